"""A sighting's parts as bytes: network, prefixes, software, components."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from cuelight.core.chat import Cell, Device, NetworkKind, Origin, Software, Token
from cuelight.stores.codec import Reader, Writer
from cuelight.stores.words import COMPONENTS

Components = tuple[tuple[str, Token], ...]

KINDS = tuple(NetworkKind)
"""Stored by position: `NetworkKind` may grow at its end only (a test holds the first eight)."""

_BIT_OF = {name: bit for bit, name in enumerate(COMPONENTS)}
_ASN, _COUNTRY, _CELL, _RADIUS = 8, 16, 32, 64
_OS, _BROWSER, _FORM, _FINGERPRINT = 1, 2, 4, 8


def write_network(w: Writer, origin: Origin) -> None:
    """What an origin says about its network and place: everything but address and prefixes."""
    w.byte(
        KINDS.index(origin.kind)
        | (_ASN if origin.asn is not None else 0)
        | (_COUNTRY if origin.country is not None else 0)
        | (_CELL if origin.cell is not None else 0)
        | (_RADIUS if origin.accuracy_radius_km is not None else 0)
    )
    if origin.asn is not None:
        w.varint(origin.asn)
    if origin.country is not None:
        w.text(origin.country)
    if origin.cell is not None:
        w.number(origin.cell.latitude_deg)
        w.number(origin.cell.longitude_deg)
    if origin.accuracy_radius_km is not None:
        w.number(origin.accuracy_radius_km)


Network = tuple[int | None, NetworkKind, str | None, Cell | None, float | None]
"""AS number, kind, country, cell, accuracy radius: the tail of an `Origin`."""


def read_network(r: Reader) -> Network:
    head = r.byte()
    return (
        r.varint() if head & _ASN else None,
        KINDS[head & 7],
        r.text() if head & _COUNTRY else None,
        Cell(r.number(), r.number()) if head & _CELL else None,
        r.number() if head & _RADIUS else None,
    )


@lru_cache(maxsize=4096)
def network_of(data: bytes) -> Network:
    """A network by its bytes. Remembered: most customers of a provider in a city share theirs."""
    return read_network(Reader(data))


def write_software(w: Writer, device: Device) -> None:
    """A device without its components."""
    w.byte(
        (_OS if device.os else 0)
        | (_BROWSER if device.browser else 0)
        | (_FORM if device.form is not None else 0)
        | (_FINGERPRINT if device.fingerprint is not None else 0)
    )
    for software in (device.os, device.browser):
        if software is not None:
            w.text(software.family)
            w.varint(len(software.version))
            for part in software.version:
                w.varint(part)
    if device.form is not None:
        w.text(device.form)
    if device.fingerprint is not None:
        w.token(device.fingerprint)


def read_software(r: Reader, components: Components) -> Device:
    head = r.byte()
    return Device(
        os=_read_family(r) if head & _OS else None,
        browser=_read_family(r) if head & _BROWSER else None,
        form=r.text() if head & _FORM else None,
        fingerprint=r.token() if head & _FINGERPRINT else None,
        components=components,
    )


def _read_family(r: Reader) -> Software:
    return Software(r.text(), tuple(r.varint() for _ in range(r.varint())))


def write_components(w: Writer, components: Sequence[tuple[str, Token]]) -> None:
    """Components sorted by name: known names as bits, others spelled out."""
    known: dict[int, Token] = {}
    other: list[tuple[str, Token]] = []
    bits = 0
    for name, token in components:
        bit = _BIT_OF.get(name)
        if bit is None or bit in known:
            other.append((name, token))
        else:
            known[bit] = token
            bits |= 1 << bit
    w.varint(bits << 1 | bool(other))
    if known:
        w.tokens([known[bit] for bit in sorted(known)])
    if other:
        w.varint(len(other))
        for name, token in other:
            w.text(name)
            w.token(token)


def read_components(r: Reader) -> list[tuple[str, Token]]:
    head = r.varint()
    names = _names(head >> 1)
    found = list(zip(names, r.tokens(), strict=True)) if names else []
    if head & 1:
        found += [(r.text(), r.token()) for _ in range(r.varint())]
    return found


@lru_cache(maxsize=4096)
def components_of(data: bytes) -> Components:
    """Components by their bytes. Remembered: popular models, languages and time zones recur."""
    return tuple(read_components(Reader(data)))


@lru_cache(maxsize=512)
def _names(bits: int) -> tuple[str, ...]:
    return tuple(name for name, bit in _BIT_OF.items() if bits >> bit & 1)


def write_origin(w: Writer, origin: Origin) -> None:
    w.token(origin.address)
    w.tokens(origin.prefixes)
    write_network(w, origin)


def read_origin(r: Reader) -> Origin:
    address, prefixes = r.token(), r.tokens()
    return Origin(address, prefixes, *read_network(r))


def write_device(w: Writer, device: Device) -> None:
    write_software(w, device)
    write_components(w, device.components)


def read_device(r: Reader) -> Device:
    bare = read_software(r, ())
    components = tuple(sorted(read_components(r)))
    return Device(bare.os, bare.browser, bare.form, bare.fingerprint, components)
