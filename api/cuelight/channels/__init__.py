"""SHELF 3: where alerts go. One pure file a kind of channel renders messages; one deliverer sends them.

A new kind: its file, and its line here. The contract test takes it through the rest.
"""

from __future__ import annotations

from collections.abc import Mapping

from cuelight.channels import mail, slack, syslog, webhook
from cuelight.channels.model import ChannelKind

CHANNELS: tuple[ChannelKind, ...] = (
    webhook.KIND,
    slack.KIND,
    mail.KIND,
    syslog.KIND,
)
"""The registry, in the order of the documentation."""

BY_NAME: Mapping[str, ChannelKind] = {kind.name: kind for kind in CHANNELS}
