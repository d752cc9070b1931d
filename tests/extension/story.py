"""What the pictures tell: five chats in the catalogue's own words, in one language or another."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.extension.cue_server import CueServer, body_for, details_for

ROOT = Path(__file__).resolve().parents[2]
WORDING = {
    locale: json.loads((ROOT / "data" / "wording" / f"{locale}.json").read_text("utf-8")) for locale in ("en", "de")
}


def _ago(**ago: float) -> str:
    return (datetime.now(UTC) - timedelta(**ago)).isoformat(timespec="seconds").replace("+00:00", "Z")


class Story:
    """Five chats, told in one language as the API tells them."""

    def __init__(self, locale: str) -> None:
        self.words = WORDING[locale]

    def reasons(self, *lines: tuple[float, str], country: str = "") -> list[dict[str, Any]]:
        name = self.words["names"]["country"].get(country, "")
        return [
            {
                "code": code,
                "points": points,
                "params": {},
                "text": self.words["reasons"][code].replace("{country}", name),
            }
            for points, code in lines
        ]

    def advice(self, *codes: str) -> list[dict[str, str]]:
        return [{"code": code, "text": self.words["advice"][code]} for code in codes]

    def would_be(self, cue: str, if_: str) -> dict[str, str]:
        text = self.words["would_be"][if_].replace("{cue}", self.words["names"]["cue"][cue])
        return {"cue": cue, "if": if_, "text": text}

    def habit(self, fact: str, usual: str, now: str) -> dict[str, Any]:
        names = self.words["names"]

        def said(value: str) -> str:
            if fact == "device":
                browser, system = value.split("/")
                return str(self.words["phrases"]["device"]).format(browser=browser, system=system)
            return str(names[fact][value])

        kinds = usual.split(" ")
        known = [said(value) for value in kinds]
        return {
            "fact": fact,
            "label": names["fact"][fact],
            "usual": known,
            "now": said(now),
            "differs": now not in kinds,
        }

    def kinds(self) -> list[dict[str, str]]:
        return [{"code": code, "text": text} for code, text in self.words["names"]["kind"].items()]

    def bodies(self) -> dict[str, dict[str, Any]]:
        return {
            "1001": body_for(
                "1001",
                "green",
                reasons=self.reasons((-3.4, "device.known"), (-2.1, "network.known_place")),
                advice=self.advice("usual_care"),
            ),
            "1002": body_for(
                "1002",
                "amber",
                reasons=self.reasons(
                    (1.9, "network.new_country"), (0.8, "kind.unusual"), (-2.6, "device.known"), country="PT"
                ),
                advice=self.advice("disclose_no_personal_data", "one_time_code", "call_back"),
                would_be=self.would_be("green", "one_time_code"),
                not_assessed=[
                    {
                        "code": "timezone",
                        "why": "no_timezone",
                        "text": f"{self.words['signals']['timezone']}: {self.words['not_assessed']['no_timezone']}.",
                    }
                ],
            ),
            "1003": body_for(
                "1003",
                "red",
                reasons=self.reasons(
                    (4.2, "identity.not_signed_in_unusual"),
                    (3.1, "network.new_country"),
                    (2.4, "device.new"),
                    (1.7, "kind.hidden"),
                    country="NL",
                ),
                advice=self.advice("disclose_nothing", "sign_in", "call_back", "incident_hand_over"),
                would_be=self.would_be("amber", "signed_in"),
                incident={"incident_id": "i_1", "opened_at": _ago(days=2), "ends_at": _ago(days=-88)},
            ),
            "1004": body_for(
                "1004",
                "grey",
                reasons=self.reasons((0, "chat.anonymous")),
                advice=self.advice("general_help_only", "sign_in"),
            ),
            "1005": body_for(
                "1005",
                "red",
                reasons=self.reasons((4.2, "identity.not_signed_in_unusual")),
                advice=self.advice("disclose_nothing", "sign_in"),
                outcome={"outcome": "impersonation", "method": None, "at": _ago(minutes=3), "by": "Sam"},
            ),
        }

    def details(self) -> dict[str, dict[str, Any]]:
        address = {
            "kind": "address",
            "text": self.words["names"]["kind"]["address"],
            "at": _ago(minutes=2),
            "by": "Sam",
        }
        told: dict[str, dict[str, Any]] = {
            "1001": {
                "habits": [self.habit("country", "DE", "DE"), self.habit("device", "Firefox/Linux", "Firefox/Linux")]
            },
            "1002": {
                "habits": [
                    self.habit("country", "DE", "PT"),
                    self.habit("network", "consumer", "business"),
                    self.habit("device", "Chrome/Android", "Chrome/Android"),
                ],
                "contacts": [_contact(12, "green", "genuine")],
            },
            "1003": {
                "habits": [
                    self.habit("sign_in", "signed_in", "not_signed_in"),
                    self.habit("country", "US", "NL"),
                    self.habit("network", "consumer mobile", "hosting"),
                    self.habit("device", "Safari/macOS Safari/iOS", "Chrome/Windows"),
                ],
                "contacts": [
                    _contact(2, "red", "impersonation", "address", "orders"),
                    _contact(9, "amber", "unknown"),
                    _contact(41, None, "genuine"),
                    _contact(58, "green"),
                    _contact(77, "green"),
                ],
                "disclosures": [address],
                "console_url": "https://cuelight.example.com/console",
            },
        }
        return {
            chat_id: details_for(
                {"desk": "sample", "account": "demo", "chat_id": chat_id}, **{"kinds": self.kinds(), **more}
            )
            for chat_id, more in told.items()
        }

    def tell(self, server: CueServer) -> None:
        server.bodies.update(self.bodies())
        server.details.update(self.details())


def _contact(days: float, cue: str | None, outcome: str | None = None, *disclosed: str) -> dict[str, Any]:
    at = _ago(days=days)
    return {"at": at, "desk": "sample", "cue": cue, "outcome": outcome, "method": None, "disclosed": list(disclosed)}
