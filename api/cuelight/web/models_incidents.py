"""What may be sent about incidents."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from cuelight.core.incident import MOST_DAYS, CloseReason, OpenReason
from cuelight.web.models import Agent, ChatPath, CustomerId, Wire

By = Annotated[Agent, Field(description="Who does this: a person's name in your own words.")]
Days = Annotated[int, Field(ge=1, le=MOST_DAYS)]
IncidentId = Annotated[str, StringConstraints(pattern=r"^i_[0-9a-f]{12,64}$")]


class IncidentRequest(Wire):
    """Somebody pretends to be this customer."""

    customer_id: CustomerId = Field(description="Whose account it is.")
    reason: Annotated[OpenReason, Field(strict=False)] = Field(OpenReason.OTHER, description="How it is known.")
    by: By
    days: Days | None = Field(None, description="How long at least; absent: as the policy says.")
    chat: ChatPath | None = Field(None, description="The chat that was not the customer, if it is known.")


class CloseRequest(Wire):
    """Close it, or confirm that it may be closed."""

    reason: Annotated[CloseReason, Field(strict=False)] = Field(description="Why it may be closed.")
    by: By


class ByRequest(Wire):
    """Who does it."""

    by: By


class ExtendRequest(Wire):
    """Keep it open for longer."""

    days: Days = Field(description="From now.")
    by: By


class IncidentPath(Wire):
    """An incident, from the path."""

    incident_id: IncidentId


class ListQuery(Wire):
    """Which incidents, from the query."""

    state: Annotated[str, StringConstraints(pattern="^(open|all)$")] = "all"
    limit: Annotated[int, Field(ge=1, le=100, strict=False)] = 50
    after: IncidentId | None = None
