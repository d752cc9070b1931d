"""What kind of network an address belongs to: operator's lists, then Anonymous-IP, then the built-in list."""

from __future__ import annotations

import logging
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cuelight.core.chat import NetworkKind
from cuelight.core.errors import DataFileInvalid
from cuelight.sense.address import Address
from cuelight.sense.network_lists import PRECEDENCE, NetworkList, Spans, read_list
from cuelight.sense.watch import CHECK_EVERY_S, Watched

_log = logging.getLogger(__name__)

LISTS: Final = {
    f"{kind}.txt": kind
    for kind in PRECEDENCE
    if kind is not NetworkKind.CONSUMER  # what is in no list is a consumer line: listing them would be endless
}


@dataclass(frozen=True, slots=True)
class _Stamped:
    """A list with the state of its file when it was read; `stamp` of a bad file belongs to the list before it."""

    stamp: tuple[int, int]
    entries: NetworkList


@dataclass(frozen=True, slots=True)
class _Tables:
    """Look-up tables of one folder at one moment."""

    lists: dict[str, _Stamped]
    spans: dict[int, Spans]
    asns: dict[int, NetworkKind]
    errors: tuple[tuple[str, str], ...]
    complete: bool
    """False where a list is bad and there was no good one before: then absence from the lists means nothing."""


@dataclass(frozen=True, slots=True)
class NetworksStatus:
    """What serves, for `/readyz` and `cuelight doctor`: entries a list, and what is wrong with which file."""

    entries: dict[str, int]
    errors: tuple[tuple[str, str], ...]


class Networks:
    """Tells network kinds. Takes up changed files in `folder` while running; a bad one never takes effect.

    `builtin` is the folder of the shipped lists, by AS number. Raises `DataFileInvalid` if one of those is
    bad: that is a broken installation, not an operator's slip.
    """

    def __init__(self, folder: Path | None, builtin: Path | None, *, check_every_s: float = CHECK_EVERY_S) -> None:
        self._folder = folder
        self._builtin: dict[int, NetworkKind] = {}
        for name, kind in reversed(LISTS.items()):
            if builtin is not None and (builtin / name).is_file():
                self._builtin.update(dict.fromkeys(read_list(builtin / name).asns, kind))
        self._watched: Watched[_Tables] = Watched(self._signature, self._load, check_every_s=check_every_s)

    def kind(self, address: Address, asn: int | None, anonymiser: NetworkKind | None) -> NetworkKind:
        """The kind of network of an address with its AS number and what Anonymous-IP says of it.

        Operators know their contacts best, so their lists come first. `consumer` is what remains of a known
        network; where the network is not known either, the kind is `unknown`, never a guess.
        """
        tables = self._watched.get()
        listed = tables.spans[address.version].kind(address.value)
        if asn is not None and (by_asn := tables.asns.get(asn)) is not None:
            listed = by_asn if listed is None else min(listed, by_asn, key=PRECEDENCE.index)
        if listed is not None:
            return listed
        if anonymiser is not None:
            return anonymiser
        if asn is None:
            return NetworkKind.UNKNOWN
        return self._builtin.get(asn, NetworkKind.CONSUMER if tables.complete else NetworkKind.UNKNOWN)

    @property
    def status(self) -> NetworksStatus:
        tables = self._watched.get()
        return NetworksStatus({name: len(held.entries) for name, held in tables.lists.items()}, tables.errors)

    def refresh(self) -> NetworksStatus:
        """Take up changed files now, before returning."""
        self._watched.refresh()
        return self.status

    def _signature(self) -> Hashable:
        return tuple(sorted(_stamps(self._folder).items()))

    def _load(self, before: _Tables | None) -> _Tables:
        earlier = before.lists if before else {}
        lists: dict[str, _Stamped] = {}
        errors: list[tuple[str, str]] = []
        complete = True
        folder = self._folder or Path()  # without a folder there are no stamps either
        for name, stamp in _stamps(self._folder).items():
            if name not in LISTS:
                errors.append((name, f"{name}: not a list of ours; the names are {', '.join(LISTS)}"))
                continue
            kept = earlier.get(name)
            if kept is not None and kept.stamp == stamp:
                lists[name] = kept
                continue
            try:
                lists[name] = _Stamped(stamp, read_list(folder / name))
            except DataFileInvalid as error:
                errors.append((name, str(error)))
                if kept is not None:
                    lists[name] = kept
                complete = complete and kept is not None
        for _, problem in errors:
            _log.error("network list refused: %s", problem)
        asns: dict[int, NetworkKind] = {}
        for name, kind in reversed(LISTS.items()):
            if name in lists:
                asns.update(dict.fromkeys(lists[name].entries.asns, kind))
        return _Tables(
            lists,
            {v: Spans((LISTS[n], held.entries.spans.get(v, ())) for n, held in lists.items()) for v in (4, 6)},
            asns,
            tuple(errors),
            complete,
        )


def check(folder: Path) -> dict[str, int]:
    """Read all lists of a folder and count their entries. Raises `DataFileInvalid` for the first bad line."""
    return {name: len(read_list(folder / name)) for name in LISTS if (folder / name).is_file()}


def _stamps(folder: Path | None) -> dict[str, tuple[int, int]]:
    """Size and change time of each text file in the folder, by name."""
    stamps: dict[str, tuple[int, int]] = {}
    try:
        found = sorted(folder.glob("*.txt")) if folder is not None else []
        for path in found:
            stat = path.stat()
            stamps[path.name] = (stat.st_size, stat.st_mtime_ns)
    except OSError:
        return stamps
    return stamps
