"""Examples of what the collector sends, for the API's description."""

from __future__ import annotations

COLLECTED: dict[str, object] = {
    "a browser": {
        "key": "pk_4f7d2c9a1be05836a7d94e10",
        "chat_id": "7431",
        "desk": "zendesk",
        "account": "acme",
        "client_hints": {"sec-ch-ua-platform": '"macOS"', "sec-ch-ua-platform-version": '"15.1.0"'},
        "components": {
            "timezone": "America/New_York",
            "languages": ["en-US", "en"],
            "screen": "1920x1080",
            "pixel_ratio": 2,
            "platform": "MacIntel",
            "cores": 8,
            "touch": 0,
        },
    },
}
