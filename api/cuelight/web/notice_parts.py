"""What the notice's page needs besides the corridor."""

from __future__ import annotations

from dataclasses import dataclass

from cuelight.notices.asking import Notices, Offers
from cuelight.web.notice_words import NoticeTexts


@dataclass(frozen=True, slots=True)
class NoticePages:
    """The notices, and their words. `offers` takes where one goes."""

    notices: Notices
    offers: Offers
    texts: NoticeTexts
