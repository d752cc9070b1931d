"""A sighting's parts as bytes: network, prefixes, software, components.

Each is a regular form for what `sense` makes (tokens of its lengths, a country of two capitals), which says no
length twice, and an odd one for anything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from cuelight.core.chat import Cell, Device, NetworkKind, Origin, Software, Token
from cuelight.stores.codec import Reader, Writer
from cuelight.stores.codec_values import cut, join, unbase
from cuelight.stores.words import COMPONENTS, FORMS

Components = tuple[tuple[str, Token], ...]

KINDS = tuple(NetworkKind)
"""Stored by position: `NetworkKind` may grow at its end only (a test holds the first eight)."""

LONG, SHORT = 8, 4
"""Characters of a token of 6 bytes (addresses, narrow prefixes, fingerprints, time zones) and of 3 (the rest)."""
PREFIX_WIDTHS = ((), (LONG, SHORT, SHORT), (LONG, SHORT, SHORT, SHORT))
"""No prefixes; IPv4: /24, /20, /16; IPv6: /64, /56, /48, /32. The position is what is stored."""
ODD_PREFIXES = len(PREFIX_WIDTHS)

_BIT_OF = {name: bit for bit, name in enumerate(COMPONENTS)}
_ASN, _COUNTRY, _CELL, _RADIUS, _ODD_COUNTRY = 8, 16, 32, 64, 128
_OS, _BROWSER, _ODD_FORM = 1, 2, 7
_REGULAR_FINGERPRINT, _ODD_FINGERPRINT = 1, 2
_ODD_ADDRESS = 4
_ODD_TOKENS, _OTHER_NAMES = 2, 1


def write_network(w: Writer, origin: Origin) -> None:
    """What an origin says about its network and place: everything but address and prefixes."""
    country = origin.country
    odd = country is not None and not (len(country) == 2 and country.isascii() and country.isalpha())
    w.byte(
        KINDS.index(origin.kind)
        | (_ASN if origin.asn is not None else 0)
        | (_COUNTRY if country is not None else 0)
        | (_CELL if origin.cell is not None else 0)
        | (_RADIUS if origin.accuracy_radius_km is not None else 0)
        | (_ODD_COUNTRY if odd else 0)
    )
    if origin.asn is not None:
        w.varint(origin.asn)
    if country is not None:
        if odd:
            w.text(country)
        else:
            w.out += country.encode()
    if origin.cell is not None:
        w.number(origin.cell.latitude_deg)
        w.number(origin.cell.longitude_deg)
    if origin.accuracy_radius_km is not None:
        w.number(origin.accuracy_radius_km)


Network = tuple[int | None, NetworkKind, str | None, Cell | None, float | None]
"""AS number, kind, country, cell, accuracy radius: the tail of an `Origin`."""


def read_network(r: Reader) -> Network:
    head = r.byte()
    asn = r.varint() if head & _ASN else None
    country = None
    if head & _COUNTRY:
        country = r.text() if head & _ODD_COUNTRY else r.take(2).decode("ascii")
    cell = Cell(r.number(), r.number()) if head & _CELL else None
    return asn, KINDS[head & 7], country, cell, r.number() if head & _RADIUS else None


@lru_cache(maxsize=4096)
def network_of(data: bytes) -> Network:
    """A network by its bytes. Remembered: most customers of a provider in a city share theirs."""
    return read_network(Reader(data))


def prefix_form(prefixes: Sequence[Token]) -> tuple[int, bytes]:
    """The form of some prefixes and their bytes."""
    for form, widths in enumerate(PREFIX_WIDTHS):
        if (data := join(prefixes, widths)) is not None:
            return form, data
    w = Writer()
    w.tokens(prefixes)
    return ODD_PREFIXES, bytes(w.out)


def read_prefixes(r: Reader, form: int) -> tuple[Token, ...]:
    if form >= ODD_PREFIXES:
        return r.tokens()
    widths = PREFIX_WIDTHS[form]
    return cut(r.take(sum(widths) // 4 * 3), widths)


def write_software(w: Writer, device: Device) -> None:
    """A device without its components."""
    form = 0 if device.form is None else _FORM_OF.get(device.form, _ODD_FORM)
    fingerprint = _fingerprint_form(device.fingerprint)
    w.byte((_OS if device.os else 0) | (_BROWSER if device.browser else 0) | form << 2 | fingerprint << 5)
    for software in (device.os, device.browser):
        if software is not None:
            w.text(software.family)
            write_version(w, software.version)
    if device.form is not None and form == _ODD_FORM:
        w.text(device.form)
    if device.fingerprint is not None:
        if fingerprint == _REGULAR_FINGERPRINT:
            w.out += unbase(device.fingerprint)[0]
        else:
            w.token(device.fingerprint)


_FORM_OF = {form: number for number, form in enumerate(FORMS, 1)}


def _fingerprint_form(fingerprint: Token | None) -> int:
    if fingerprint is None:
        return 0
    return _ODD_FINGERPRINT if join((fingerprint,), (LONG,)) is None else _REGULAR_FINGERPRINT


def write_version(w: Writer, version: tuple[int, ...]) -> None:
    """Zeros at the end are only counted: browsers freeze the rest of their version to them."""
    zeros = 0
    while zeros < 3 and zeros < len(version) and version[-1 - zeros] == 0:
        zeros += 1
    telling = version[: len(version) - zeros]
    w.varint(len(telling) << 2 | zeros)
    for part in telling:
        w.varint(part)


def read_software(r: Reader, components: Components) -> Device:
    head = r.byte()
    os = _read_family(r) if head & _OS else None
    browser = _read_family(r) if head & _BROWSER else None
    number, fingerprint = head >> 2 & 7, head >> 5
    form = None if not number else r.text() if number == _ODD_FORM else FORMS[number - 1]
    token = None if not fingerprint else cut(r.take(6), (LONG,))[0] if fingerprint == 1 else r.token()
    return Device(os, browser, form, token, components)


def _read_family(r: Reader) -> Software:
    return Software(r.text(), read_version(r))


def read_version(r: Reader) -> tuple[int, ...]:
    head = r.varint()
    return tuple(r.varint() for _ in range(head >> 2)) + (0,) * (head & 3)


def width_of(component: str) -> int:
    """How long the token of a component regularly is."""
    return LONG if component == "timezone" else SHORT


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
    tokens = [known[bit] for bit in sorted(known)]
    data = join(tokens, _names(bits)[1])
    w.varint(bits << 2 | (_ODD_TOKENS if data is None else 0) | (_OTHER_NAMES if other else 0))
    if data is None:
        w.tokens(tokens)
    else:
        w.out += data
    if other:
        w.varint(len(other))
        for name, token in other:
            w.text(name)
            w.token(token)


def read_components(r: Reader) -> list[tuple[str, Token]]:
    head = r.varint()
    names, widths = _names(head >> 2)
    tokens = r.tokens() if head & _ODD_TOKENS else cut(r.take(sum(widths) // 4 * 3), widths)
    found = list(zip(names, tokens, strict=True))
    if head & _OTHER_NAMES:
        found += [(r.text(), r.token()) for _ in range(r.varint())]
    return found


@lru_cache(maxsize=4096)
def components_of(data: bytes) -> Components:
    """Components by their bytes. Remembered: popular models, languages and time zones recur."""
    return tuple(read_components(Reader(data)))


@lru_cache(maxsize=512)
def _names(bits: int) -> tuple[tuple[str, ...], tuple[int, ...]]:
    names = tuple(name for name, bit in _BIT_OF.items() if bits >> bit & 1)
    return names, tuple(map(width_of, names))


def write_origin(w: Writer, origin: Origin) -> None:
    form, prefixes = prefix_form(origin.prefixes)
    address = join((origin.address,), (LONG,))
    w.byte(form | (_ODD_ADDRESS if address is None else 0))
    if address is None:
        w.token(origin.address)
    else:
        w.out += address
    w.out += prefixes
    write_network(w, origin)


def read_origin(r: Reader) -> Origin:
    head = r.byte()
    address = r.token() if head & _ODD_ADDRESS else cut(r.take(6), (LONG,))[0]
    prefixes = read_prefixes(r, head & 3)
    return Origin(address, prefixes, *read_network(r))


def write_device(w: Writer, device: Device) -> None:
    write_software(w, device)
    write_components(w, device.components)


def read_device(r: Reader) -> Device:
    bare = read_software(r, ())
    components = tuple(sorted(read_components(r)))
    return Device(bare.os, bare.browser, bare.form, bare.fingerprint, components)
