"""What may be sent about policies."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from cuelight.policies.book import NOTE_CHARS
from cuelight.web.models import Text, Wire

Note = Annotated[Text, StringConstraints(max_length=NOTE_CHARS), Field(description="Why, for whoever comes next.")]
Version = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class DraftRequest(Wire):
    """A document to keep as a version."""

    document: dict[str, Any] = Field(
        description="The policy, as `policy.schema.json` describes it; with `base` only what is to change of that one."
    )
    base: Version | None = Field(None, description="The version to change; `live` and `installed` name one, too.")
    note: Note = ""
    validate_only: bool = Field(False, description="Only check it.")


class NoteRequest(Wire):
    """What to keep with it."""

    note: Note = ""


class RollbackRequest(Wire):
    """Which version you want to leave."""

    live: Version | None = Field(None, description="The version that is live, as far as you know.")
    note: Note = ""
