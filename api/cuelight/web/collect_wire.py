"""What the collector sends."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from cuelight.web.models import MAX_COMPONENTS, Account, ChatId, Component, ComponentName, Desk, Hints, Wire


class CollectRequest(Wire):
    """The facts of one browser, for one chat."""

    key: Annotated[str, StringConstraints(pattern=r"^pk_[a-z0-9]{24}$")] = Field(
        description="The page's publishable key, as `cuelight collectors add` printed it."
    )
    chat_id: ChatId = Field(description="The desk's own id of the chat.")
    desk: Desk | None = Field(None, description="The key's desk; anything else is refused.")
    account: Account | None = Field(None, description="The key's account; anything else is refused.")
    token: Annotated[str, StringConstraints(max_length=4096)] | None = Field(
        None, description="The company's identity token (JWT, HS256 or ES256), where the contact is signed in."
    )
    client_hints: Hints | None = Field(None, description="Client Hints as headers would bring them, by name.")
    components: Annotated[dict[ComponentName, Component], Field(max_length=MAX_COMPONENTS)] = Field(
        default_factory=dict, description="The device's components, as in `POST /score`."
    )
