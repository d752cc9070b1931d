"""Policies as the JSON that the API promises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cuelight.core import policy_diff
from cuelight.core.policy_book import PolicyVersion, Publication, Request, Shadowing
from cuelight.core.shadow import ShadowReport
from cuelight.policies.book import Overview
from cuelight.web.render import instant

Json = dict[str, object]


def overview(found: Overview) -> Json:
    return {
        "live": found.live,
        "refused": found.refused,
        "two_person": found.two_person,
        "versions": [version(one) for one in found.versions],
        "log": [_published(one) for one in found.log],
        "shadow": _running(found.shadow),
    }


def version(made: PolicyVersion) -> Json:
    return {
        "version": made.version,
        "state": made.state.value,
        "author": made.author,
        "note": made.note,
        "created_at": instant(made.created_at),
        "published": _published(made.published) if made.published else None,
        "request": _request(made.request) if made.request else None,
    }


def whole(made: PolicyVersion, live: PolicyVersion) -> Json:
    document = made.document or {}
    return {**version(made), "document": dict(document), "changes": changes(live, document)}


def changes(live: PolicyVersion, document: Mapping[str, Any]) -> list[Json]:
    """What a document would change of the live one."""
    return [
        {"field": one.field, "old": one.old, "new": one.new, "text": one.text}
        for one in policy_diff.changes(live.document or {}, document)
    ]


def shadow(running: Shadowing | None, report: ShadowReport | None) -> Json:
    found = report or ShadowReport()
    return {
        "running": _running(running),
        "decisions": found.decisions,
        "differing": found.differing,
        "counts": [
            {"day": day.isoformat(), "live": live.value, "shadow": other.value, "count": count}
            for (day, live, other), count in sorted(found.counts.items())
        ],
        "chats": [
            {
                "at": instant(line.at),
                "chat": {"desk": line.chat.desk, "account": line.chat.account, "chat_id": line.chat.chat_id},
                "live": line.live.value,
                "shadow": line.shadow.value,
                "gained": list(line.gained),
                "lost": list(line.lost),
                "moved": list(line.moved),
            }
            for line in found.lines
        ],
    }


def _published(one: Publication) -> Json:
    return {
        "version": one.version,
        "at": instant(one.at),
        "by": one.by,
        "note": one.note,
        "approved_by": one.approved_by,
        "rolled_back": one.rolled_back,
    }


def _request(one: Request) -> Json:
    return {"by": one.by, "at": instant(one.at), "note": one.note}


def _running(one: Shadowing | None) -> Json | None:
    return {"version": one.version, "by": one.by, "since": instant(one.at)} if one else None
