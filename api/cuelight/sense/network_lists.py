"""Network lists: one CIDR or AS number a line, read strictly, flattened for quick look-ups."""

from __future__ import annotations

import ipaddress
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cuelight.core.chat import NetworkKind
from cuelight.core.errors import DataFileInvalid

PRECEDENCE: Final = (
    *(NetworkKind.TOR, NetworkKind.VPN, NetworkKind.RELAY, NetworkKind.HOSTING),
    *(NetworkKind.MOBILE, NetworkKind.BUSINESS, NetworkKind.CONSUMER),
)
"""Which kind wins where lists overlap: the one that says more about who may be behind the address."""

MAX_LINES: Final = 2_000_000
_AS: Final = re.compile(r"^AS(\d{1,10})$", re.IGNORECASE)
_BITS: Final = {4: 32, 6: 128}

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class NetworkList:
    """One file's entries: AS numbers, and spans of addresses (first, last) by IP version."""

    asns: frozenset[int] = frozenset()
    spans: Mapping[int, tuple[Span, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.asns) + sum(map(len, self.spans.values()))


def read_list(path: Path) -> NetworkList:
    """Read a list. Raises `DataFileInvalid` naming file and line at the first line that is neither a network,
    an AS number, a comment nor empty: half a list would call the other half's VPNs home lines."""
    asns: set[int] = set()
    spans: dict[int, list[Span]] = {4: [], 6: []}
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                entry = line.partition("#")[0].strip()
                if not entry:
                    continue
                if number > MAX_LINES:
                    raise DataFileInvalid(f"{path.name}: more than {MAX_LINES} lines")
                if (match := _AS.match(entry)) is not None and 0 < (asn := int(match[1])) < 1 << 32:
                    asns.add(asn)
                    continue
                try:
                    version, span = _network(entry)
                except ValueError as error:
                    raise DataFileInvalid(f"{path.name}, line {number}: {error}") from None
                spans[version].append(span)
    except (OSError, UnicodeDecodeError) as error:
        raise DataFileInvalid(f"{path.name}: cannot be read ({type(error).__name__})") from error
    return NetworkList(frozenset(asns), {version: tuple(found) for version, found in spans.items()})


def _network(text: str) -> tuple[int, Span]:
    """IP version, first and last address of a CIDR (or a single address); `ValueError` says what to write."""
    if len(text) > 49:
        raise ValueError("write one network (192.0.2.0/24, 2001:db8::/32) or AS number (AS64500) a line")
    address, _, length = text.partition("/")
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        parsed = None
    if parsed is None or "%" in address:
        raise ValueError("write one network (192.0.2.0/24, 2001:db8::/32) or AS number (AS64500) a line")
    bits = _BITS[parsed.version]
    if "/" not in text:
        length = str(bits)
    if not (length.isascii() and length.isdigit() and len(length) <= 3 and 0 < int(length) <= bits):
        raise ValueError(f"the prefix length must be 1 to {bits}")
    size = 1 << (bits - int(length))
    first = int(parsed)
    if first % size:
        fixed = type(parsed)(first - first % size)
        raise ValueError(f"bits are set after the prefix; did you mean {fixed}/{length}?")
    return parsed.version, (first, first + size - 1)


class Spans:
    """Disjoint intervals with a kind each, made from overlapping lists; a look-up is one bisection."""

    __slots__ = ("_kinds", "_starts")

    def __init__(self, lists: Iterable[tuple[NetworkKind, tuple[Span, ...]]]) -> None:
        """Sweeps over all starts and ends, keeping how many spans of each kind are open: the kind with the
        highest precedence among the open ones holds until the next change. O(n log n)."""
        edges: list[tuple[int, int, int]] = []
        for kind, spans in lists:
            rank = PRECEDENCE.index(kind)
            for first, last in spans:
                edges.append((first, rank, 1))
                edges.append((last + 1, rank, -1))
        edges.sort()
        open_spans = [0] * len(PRECEDENCE)
        self._starts: list[int] = []
        self._kinds: list[NetworkKind | None] = []
        current: NetworkKind | None = None
        for position, (at, rank, step) in enumerate(edges):
            open_spans[rank] += step
            if position + 1 < len(edges) and edges[position + 1][0] == at:
                continue
            kind_now = next((PRECEDENCE[r] for r, count in enumerate(open_spans) if count), None)
            if kind_now is not current:
                self._starts.append(at)
                self._kinds.append(kind_now)
                current = kind_now

    def kind(self, value: int) -> NetworkKind | None:
        index = bisect_right(self._starts, value) - 1
        return self._kinds[index] if index >= 0 else None

    def __len__(self) -> int:
        return len(self._starts)
