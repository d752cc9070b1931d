"""Stored bytes with any one of them changed are read as something, or are no answer; never another kind of error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.stores import world

from cuelight.core.errors import StoreUnavailable
from cuelight.stores import Stores, codec_history, codec_incident, codec_record, open_stores
from cuelight.stores.codec import VERSION

MASKS = (0x01, 0x40, 0x55, 0x80, 0xFF)


def damaged(data: bytes) -> Iterator[bytes]:
    for at in range(len(data)):
        for mask in MASKS:
            yield data[:at] + bytes((data[at] ^ mask,)) + data[at + 1 :]


def read_all(data: bytes, read: Callable[[bytes], object]) -> Counter[str]:
    found: Counter[str] = Counter()
    for one in damaged(data):
        try:
            read(one)
        except StoreUnavailable:
            found["no answer"] += 1
        else:
            found["read"] += 1
    return found


def test_a_chat() -> None:
    chat = world.chat(world.customer())
    record = bytes((VERSION, 0, 0)) + codec_record.pack_record(chat, world.decision(chat))
    found = read_all(record, lambda data: codec_record.unpack_record(data, chat.key, chat.customer))
    assert found["no answer"] > found.total() / 20


def test_an_incident() -> None:
    data = codec_incident.pack_incident(world.incident())
    assert read_all(data, lambda data: codec_incident.unpack_incident("i_00", data))["no answer"] > 0


def test_a_history(embedded_url: str, opened: dict[str, Stores], room: Path) -> None:
    stores = opened.setdefault("codec", open_stores(f"{embedded_url}?socket_timeout=10", room))
    chat = world.chat(world.customer())
    stores.customers.record(chat, world.decision(chat), world.entry(chat))
    assert stores.link is not None
    data = stores.link.call("GET", f"cl:h:{{{chat.customer}}}")

    def read(data: bytes) -> object:
        reader = codec_history.HistoryReader(data)
        return reader.history(), reader.chats()

    assert read_all(data, read)["no answer"] > 0
