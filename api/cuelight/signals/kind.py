"""The kind of network, against the kinds this customer uses: line, mobile, hosting or VPN, relay, Tor.

Fires where the address was found in the network data. Somebody who always uses a VPN earns trust on it; a VPN
nobody knew of is worth what impostors' liking for VPNs makes it. Silent without an address or network data.
Known false alarm: a customer's first day with a VPN or a privacy relay.
"""

from __future__ import annotations

import math

from cuelight.core.chat import NetworkKind
from cuelight.core.evidence import Evidence, NotAssessed
from cuelight.signals.ladder import habit, stay
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
SHARED_BY_MANY = frozenset({"mobile", "relay"})
"""Carrier-grade NAT and relays put thousands of strangers behind one address."""


def ask(q: Question) -> Evidence | NotAssessed:
    """Impostor's share of the kind over the customer's, the latter shrunk to the crowd's."""
    origin = q.chat.origin
    if origin is None:
        return NotAssessed("kind", q.chat.unavailable.get("ip", "no_ip"))
    group = GROUPS.get(origin.kind)
    if group is None:
        return NotAssessed("kind", q.chat.unavailable.get("geo", "unknown_network"))
    seen = [(t.past.sighting.origin, t.weight) for t in q.known]
    known = habit((GROUPS[o.kind], weight) for o, weight in seen if o is not None and o.kind in GROUPS)
    staying = stay(known, q.constant("novelty"), q.constant("strength"), q.constant("memory"))
    crowd_share = sum(q.crowd.share("kind", kind) for kind, g in GROUPS.items() if g == group)
    share = known.of(group) / known.total if known.total else 0.0
    customer = staying * share + (1.0 - staying) * max(crowd_share, 1e-4)
    points = math.log(q.constant(f"impostor_{group}") / customer)
    matched = share > 0
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
        "memory",
        "impostor_line",
        "impostor_mobile",
        "impostor_exit",
        "impostor_relay",
        "impostor_tor",
    ),
)
