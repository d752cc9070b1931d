"""Writes an AS-number table as a database that geoip2 reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from mmdb_writer import MMDBWriter, SearchTreeLeaf, SearchTreeNode

from cuelight.sense.geo_fetch import Progress, SourceFailed

AsnRange = tuple[int, int, int]
"""First address, last address (both in), AS number."""

_TYPE: Final = "Cuelight-ASN (compat=GeoLite2-ASN)"
"""geoip2 reads AS numbers from types that contain GeoLite2-ASN; DB-IP names its files the same way."""
_MAX_OVERLAP: Final = 0.01


def write_asn_database(
    ranges: Iterable[AsnRange], version: int, path: Path, built_at: datetime, progress: Progress
) -> int:
    """Write ranges, sorted by first address, as the database `path`; returns how many were written.

    A row that reaches into the one before is left out; more than 1 % of those is `SourceFailed` (not sorted).

    The writer's own `insert_network` walks from the root of the tree for every network and wants a set object
    for it: half a minute for the world's table. Sorted rows share their upper path with the row before, so
    only the lower end of the path is new each time.
    """
    bits = 32 if version == 4 else 128
    writer = _Writer(version, built_at)
    grower = _Grower(writer.tree, bits)
    leaves: dict[int, SearchTreeLeaf] = {}
    written = overlapping = 0
    before = -1
    for first, last, asn in ranges:
        if first <= before or last < first or last >> bits or not 0 < asn < 1 << 32:
            overlapping += 1
            continue
        leaf = leaves.get(asn)
        if leaf is None:
            leaf = leaves[asn] = SearchTreeLeaf({"autonomous_system_number": asn})
        for network, length in _networks(first, last, bits):
            grower.add(network, length, leaf)
        before = last
        written += 1
        if written % 10_000 == 0:
            progress(written, None, f"AS numbers, IPv{version}")
    if not written or overlapping > _MAX_OVERLAP * (written + overlapping):
        raise SourceFailed(f"AS table, IPv{version}: {overlapping} of {written + overlapping} rows make no sense")
    writer.to_db_file(str(path))
    return written


def _networks(first: int, last: int, bits: int) -> Iterator[tuple[int, int]]:
    """The networks (address, prefix length) that make up a range, in ascending order."""
    while first <= last:
        aligned = (first & -first).bit_length() - 1 if first else bits
        host_bits = min(aligned, (last - first + 1).bit_length() - 1)
        yield first, bits - host_bits
        first += 1 << host_bits


class _Writer(MMDBWriter):
    """Dates the database by its data: the writer's own date is the moment of writing."""

    def __init__(self, version: int, built_at: datetime) -> None:
        super().__init__(version, _TYPE, languages=["en"], description={"en": "AS numbers by address"})
        self._built_at = built_at

    def _build_meta(self) -> dict[str, Any]:
        return {**super()._build_meta(), "build_epoch": int(self._built_at.timestamp())}


class _Grower:
    """Adds networks in ascending order to a search tree, keeping the path to the last one."""

    __slots__ = ("_bits", "_last", "_path")

    def __init__(self, root: SearchTreeNode, bits: int) -> None:
        self._bits = bits
        self._path = [root]
        self._last = 0

    def add(self, value: int, length: int, leaf: SearchTreeLeaf) -> None:
        shared = self._bits - (value ^ self._last).bit_length()
        del self._path[min(shared, length - 1, len(self._path) - 1) + 1 :]
        node = self._path[-1]
        for depth in range(len(self._path) - 1, length - 1):
            child = SearchTreeNode()
            node[value >> (self._bits - 1 - depth) & 1] = child
            self._path.append(child)
            node = child
        node[value >> (self._bits - length) & 1] = leaf
        self._last = value
