"""Strings that occur in many stored values, by number. Append only: the position is part of the format.

A word that is missing here still works; it is then stored letter by letter.
"""

from __future__ import annotations

COMPONENTS = (
    "audio",
    "canvas",
    "color_depth",
    "cores",
    "fonts",
    "gpu",
    "memory",
    "pixel_ratio",
    "platform",
    "screen",
    "touch",
    "languages",
    "timezone",
)
"""Fingerprint components with a bit of their own. The first eleven say what the device is."""

WORDS = (
    "Windows",
    "Mac OS X",
    "iOS",
    "Android",
    "Linux",
    "Ubuntu",
    "Chrome OS",
    "Chrome",
    "Chrome Mobile",
    "Chrome Mobile iOS",
    "Chrome Mobile WebView",
    "Safari",
    "Mobile Safari",
    "Mobile Safari UI/WKWebView",
    "Firefox",
    "Firefox Mobile",
    "Firefox iOS",
    "Edge",
    "Edge Mobile",
    "Samsung Internet",
    "Opera",
    "Opera Mobile",
    "Other",
    "phone",
    "tablet",
    "computer",
    "bot",
)

NUMBER_OF = {word: number for number, word in enumerate(WORDS)}
