"""The answers' shapes, for the API's description. `render` and the views make them; the tests hold the two together."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cuelight.core.decision import Cue
from cuelight.core.disclosure import Kind
from cuelight.core.history import Outcome

Points = Annotated[float, Field(description="Nats added to the log-odds; above zero speaks against the contact.")]


class Shape(BaseModel):
    # Described, never validated: what would check them is made for who asks, and not at every start.
    model_config = ConfigDict(extra="forbid", defer_build=True)


class ChatName(Shape):
    """A chat's full name."""

    desk: str
    account: str
    chat_id: str


class ReasonShape(Shape):
    """One weighted piece of evidence."""

    code: str
    points: Points
    params: dict[str, str | float | bool]
    text: str = Field(description="For agents, from the wording catalogue.")


class NotAssessedShape(Shape):
    """A question that could not be answered. Never counted as safe."""

    code: str
    why: str
    text: str


class AdviceShape(Shape):
    """What to do next."""

    code: str
    text: str


class WouldBeShape(Shape):
    """The counterfactual: the cue this chat would have with that proof."""

    cue: Cue
    if_: str = Field(alias="if")
    text: str


class IncidentRef(Shape):
    """The open incident that floors this cue."""

    incident_id: str


class IncidentShape(IncidentRef):
    """The customer's open incident."""

    opened_at: datetime
    ends_at: datetime


class OutcomeShape(Shape):
    """What an agent found out."""

    outcome: Outcome
    method: Literal["signed_in", "one_time_code", "call_back"] | None
    at: datetime
    by: str


class _Cued(Shape):
    chat: ChatName
    cue: Cue
    score: float | None = Field(ge=0, le=100)
    decision_id: str | None
    reasons: list[ReasonShape]
    not_assessed: list[NotAssessedShape]
    advice: list[AdviceShape]
    would_be: WouldBeShape | None
    policy_version: str
    scored_at: datetime | None
    expires_at: datetime
    ttl_s: int = Field(description="How long the answer may be shown, in seconds from its arrival.")


class DecisionAnswer(_Cued):
    """A decision."""

    incident: IncidentRef | None


class CueAnswer(_Cued):
    """What an agent may see of a chat now."""

    incident: IncidentShape | None
    outcome: OutcomeShape | None


class DisclosedShape(Shape):
    """One kind of data that was given out in this chat."""

    kind: Kind
    text: str
    at: datetime
    by: str


class DisclosuresAnswer(Shape):
    """What a chat's ledger says."""

    chat: ChatName
    disclosures: list[DisclosedShape]


class HabitShape(Shape):
    """One coarse fact: what is usual for this customer, and what is seen now."""

    fact: Literal["sign_in", "country", "network", "device"]
    label: str
    usual: list[str]
    now: str | None
    differs: bool | None = Field(description="Null where either side is not known.")


class ContactShape(Shape):
    """An earlier contact about the same customer."""

    at: datetime
    desk: str
    cue: Cue | None = Field(description="Null where the decision is no longer kept.")
    outcome: Outcome | None
    method: Literal["signed_in", "one_time_code", "call_back"] | None
    disclosed: list[Kind]


class AskedShape(Shape):
    """The "was this you?" notice about this chat. A `no` has opened an incident; a `yes` proves nothing."""

    at: datetime
    answer: Literal["yes", "no"] | None = Field(description="Null while there is no answer.")
    answered_at: datetime | None


class KindShape(Shape):
    """A kind of data that can be noted."""

    code: Kind
    text: str


class DetailsAnswer(Shape):
    """What an agent may see of a chat beyond its cue."""

    chat: ChatName
    habits: list[HabitShape]
    contacts: list[ContactShape]
    contact_days: int
    disclosures: list[DisclosedShape]
    notice: AskedShape | None = Field(description="Null where the owner was not asked.")
    kinds: list[KindShape]
    console_url: str | None


class EnrolmentAnswer(Shape):
    """An enrolled browser's token."""

    enrolment_id: str
    name: str
    token: str
    expires_at: datetime
    ttl_s: int = Field(description="How long the token lives, in seconds from its arrival.")


class SightingsAnswer(Shape):
    """How many sightings arrived, and how many of them were new."""

    received: int
    added: int


class EventsAnswer(Shape):
    """How many account events arrived, and how many of them were new."""

    received: int
    added: int


class LiveAnswer(Shape):
    """The process runs."""

    status: Literal["live"]


class StoreCheck(Shape):
    status: Literal["ok"]
    durability: Literal["standard", "strict"]
    kept: bool | None = Field(description="Whether the store is set up to keep that promise; null: it does not say.")
    means: str = Field(description="What becomes of acknowledged decisions, in plain words.")


class PolicyCheck(Shape):
    status: Literal["ok", "refused"] = Field(description="`refused`: the published version cannot be used.")
    version: str
    since: datetime | None = Field(description="When it went live; null: it is the installed file.")
    age_s: int | None
    checked_s_ago: float = Field(description="How long ago the store was asked which version is live.")
    refused: str | None = Field(description="The field of the published version that cannot be used, and why.")


class Checks(Shape):
    store: StoreCheck
    geo: dict[str, object] = Field(description="State and date of the GeoIP data in use.")
    policy: PolicyCheck


class ReadyAnswer(Shape):
    """The service can decide."""

    status: Literal["ready"]
    checks: Checks


class FieldErrorShape(Shape):
    field: str
    problem: str
    line: int | None = None


class ProblemAnswer(BaseModel):
    """An error (RFC 9457). `code` is stable; `detail` says what to do."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldErrorShape] | None = None
    request_id: str | None = None
