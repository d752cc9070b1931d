"""Shelf 2: webhooks in. One pure file a desk (`verify`, `parse`), in the order in which they are listed.

A new desk is one file and one line here. `calling` and `notes` are what talks to a desk's API; nothing else in
this folder does.
"""

from __future__ import annotations

from cuelight.desks import (
    chatwoot,
    crisp,
    generic,
    hubspot,
    intercom,
    libredesk,
    live_helper_chat,
    livechat,
    zendesk,
)
from cuelight.desks.desk import Desk

DESKS: tuple[Desk, ...] = (
    live_helper_chat.DESK,
    libredesk.DESK,
    chatwoot.DESK,
    zendesk.DESK,
    intercom.DESK,
    livechat.DESK,
    crisp.DESK,
    hubspot.DESK,
    generic.DESK,
)

BY_NAME = {desk.name: desk for desk in DESKS}
