"""The examples of the API's description. The tests send every request among them and check every answer's shape."""

from __future__ import annotations

CUSTOMER = "u-1001"
AT = "2026-11-23T12:00:00Z"
USER_AGENT = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36"
)

_DEVICE = {
    "id": "f3a1c09b7d",
    "components": {
        "timezone": "America/New_York",
        "languages": ["en-US", "en"],
        "screen": "1920x1080",
        "platform": "MacIntel",
        "cores": 8,
        "touch": False,
    },
}

SCORE_REQUESTS: dict[str, object] = {
    "least": {"chat_id": "7430"},
    "whole": {
        "chat_id": "7431",
        "desk": "zendesk",
        "account": "acme",
        "customer_id": CUSTOMER,
        "identity": "claimed",
        "ip": "203.0.113.7",
        "user_agent": USER_AGENT,
        "client_hints": {"sec-ch-ua": '"Chromium";v="142"', "sec-ch-ua-platform": '"macOS"'},
        "fingerprint": _DEVICE,
        "connection": {"tls_version": "1.3", "http_version": "2", "ja4": "t13d1516h2_8daaf6152771_02713d6af862"},
        "asks": ["address"],
    },
}

SIGHTINGS: dict[str, object] = {
    "sign-in": {
        "customer_id": CUSTOMER,
        "occurred_at": AT,
        "ip": "203.0.113.7",
        "user_agent": USER_AGENT,
        "fingerprint": _DEVICE,
    },
}

ACCOUNT_EVENTS: dict[str, object] = {
    "contact changed": {"customer_id": CUSTOMER, "kind": "contact_changed", "occurred_at": AT, "ip": "203.0.113.7"},
}

OUTCOMES: dict[str, object] = {
    "proven": {"outcome": "genuine", "method": "one_time_code", "by": "Sam"},
    "impostor": {"outcome": "impersonation", "by": "Sam"},
    "could not prove it": {"outcome": "unknown", "method": "one_time_code", "by": "Sam"},
}

_CUED: dict[str, object] = {
    "chat": {"desk": "zendesk", "account": "acme", "chat_id": "7431"},
    "decision_id": "d_4xk2m9q7",
    "cue": "red",
    "score": 97.2,
    "reasons": [
        {
            "code": "network.new_country",
            "points": 3.1,
            "params": {"country": "NL"},
            "text": "Comes from a country this customer has not been seen in before (NL).",
        }
    ],
    "not_assessed": [{"code": "travel", "why": "no_place", "text": "No place is known for this address."}],
    "advice": [{"code": "sign_in", "text": "Ask them to sign in and to open the chat from their account."}],
    "would_be": {"cue": "green", "if": "signed_in", "text": "Would be green if they sign in."},
    "policy_version": "2026-11-1",
    "scored_at": "2026-11-23T12:00:00.000Z",
}
_LIFE: dict[str, object] = {"expires_at": "2026-11-23T12:01:00.000Z", "ttl_s": 60}

DECISION: dict[str, object] = {**_CUED, "incident": None, **_LIFE}
CUE: dict[str, object] = {
    **_CUED,
    "incident": {
        "incident_id": "i_6dk1",
        "opened_at": "2026-11-20T09:30:00.000Z",
        "ends_at": "2027-02-18T09:30:00.000Z",
    },
    "outcome": {"outcome": "impersonation", "method": None, "at": "2026-11-20T09:30:00.000Z", "by": "Sam"},
    **_LIFE,
}

READY: dict[str, object] = {
    "status": "ready",
    "checks": {
        "store": {
            "status": "ok",
            "durability": "standard",
            "kept": True,
            "means": "a killed process loses nothing; a power cut may cost decisions of the last 2 seconds",
        },
        "geo": {"status": "ok", "city": "2026-11-01", "asn": "2026-11-01"},
        "policy": {
            "status": "ok",
            "version": "2026-11-24.5",
            "since": "2026-11-24T09:00:00.000Z",
            "age_s": 7261,
            "checked_s_ago": 0.4,
            "refused": None,
        },
    },
}

DISCLOSURES: dict[str, object] = {
    "given out": {"kinds": ["address", "orders"], "by": "Sam"},
    "a slip": {"kinds": ["orders"], "by": "Sam", "mistaken": True},
}
_LEDGER = [{"kind": "address", "text": "Address", "at": "2026-11-23T12:04:00.000Z", "by": "Sam"}]
DISCLOSED: dict[str, object] = {"chat": _CUED["chat"], "disclosures": _LEDGER}
DETAILS: dict[str, object] = {
    "chat": _CUED["chat"],
    "habits": [
        {
            "fact": "country",
            "label": "Country",
            "usual": ["the United States"],
            "now": "the Netherlands",
            "differs": True,
        }
    ],
    "contacts": [
        {
            "at": "2026-11-20T09:12:00.000Z",
            "desk": "zendesk",
            "cue": "red",
            "outcome": "impersonation",
            "method": None,
            "disclosed": [],
        }
    ],
    "contact_days": 90,
    "disclosures": _LEDGER,
    "notice": {"at": "2026-11-24T12:10:03.000Z", "answer": None, "answered_at": None},
    "kinds": [{"code": "address", "text": "Address"}],
    "console_url": None,
}

ENROLMENTS: dict[str, object] = {
    "a code": {"code": "7KQ3M-P2XNA-4D9TW-EH6RC", "secret": "n3ZrPq0cJ8yW5tVbLk2xHf7uGd1sAo4eMi6wTz9vRXE"},
}
RENEWALS: dict[str, object] = {
    "next": {
        "secret": "n3ZrPq0cJ8yW5tVbLk2xHf7uGd1sAo4eMi6wTz9vRXE",
        "next": "Ck8sVb1nQe4yUj7pLw0zXr3tGh6mDa9fOi2kBu5vEHY",
    },
}
ENROLMENT: dict[str, object] = {
    "enrolment_id": "7kq3mp",
    "name": "Sam",
    "token": "cua_7kq3mp_9fLx2Vn6Qb0wKr4Ty8Uc1Zs5Mh7Jd3Ga6Pe0Oi2Bk4E",
    "expires_at": "2026-11-24T00:00:00.000Z",
    "ttl_s": 43200,
}
