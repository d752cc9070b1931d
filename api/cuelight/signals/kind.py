"""The kind of network, against the kinds this customer uses: line, mobile, hosting or VPN, relay, Tor.

Fires where the address was found in the network data. Somebody who always uses a VPN earns trust on it; a VPN
nobody knew of is worth what impostors' liking for VPNs makes it. Silent without an address or network data.
Known false alarm: a customer's first day with a VPN or a privacy relay.
"""

from __future__ import annotations

import math

from cuelight.core.chat import NetworkKind
from cuelight.core.evidence import Evidence, NotAssessed
from cuelight.signals.question import Question, Signal

GROUPS = {
    NetworkKind.HOSTING: "exit",  # VPN exits stand in hosting networks and lists of them are never complete
    NetworkKind.VPN: "exit",
    NetworkKind.CONSUMER: "line",
    NetworkKind.BUSINESS: "line",
    NetworkKind.MOBILE: "mobile",
    NetworkKind.RELAY: "relay",
    NetworkKind.TOR: "tor",
}


def ask(q: Question) -> Evidence | NotAssessed:
    """Impostor's share of the kind over the customer's, the latter shrunk to the crowd's."""
    origin = q.chat.origin
    if origin is None:
        return NotAssessed("kind", q.chat.unavailable.get("ip", "no_ip"))
    group = GROUPS.get(origin.kind)
    if group is None:
        return NotAssessed("kind", q.chat.unavailable.get("geo", "unknown_network"))
    total = matched = 0.0
    for t in q.trusted:
        past = t.past.sighting.origin
        if past is None or past.kind not in GROUPS:
            continue
        total += t.weight
        matched += t.weight * (GROUPS[past.kind] == group)
    stay = (1.0 - q.constant("novelty")) * total / (total + q.constant("strength"))
    crowd_share = sum(q.crowd.share("kind", kind) for kind, g in GROUPS.items() if g == group)
    customer = stay * (matched / total if total else 0.0) + (1.0 - stay) * max(crowd_share, 1e-4)
    points = math.log(q.constant(f"impostor_{group}") / customer)
    if group == "tor":
        finding = "tor_usual" if matched else "tor"
    elif origin.kind.hides_origin:
        finding = "hidden_usual" if matched else "hidden"
    else:
        finding = "usual" if matched or points <= 0 else "unusual"
    return Evidence(f"kind.{finding}", points, {"kind": origin.kind.value})


SIGNAL = Signal(
    "kind",
    ask,
    codes=("kind.tor", "kind.tor_usual", "kind.hidden", "kind.hidden_usual", "kind.usual", "kind.unusual"),
    whys=("no_ip", "ip_not_public", "unknown_network", "no_geo_data", "not_in_geo_data"),
    constants=(
        "novelty",
        "strength",
        "impostor_line",
        "impostor_mobile",
        "impostor_exit",
        "impostor_relay",
        "impostor_tor",
    ),
)
