"""Every key in Redis: its name, its shape, how long it lives. `docs/stores.md` shows this table.

Names are short because most customers have two or three keys and a name costs as much as a sighting.
All keys of one customer carry `{tag}` (the customer's token, or `~` and a hash for a chat nobody claims),
so Redis Cluster keeps them in one slot and one script may touch them all.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b, sha1

from cuelight.core.chat import ChatKey, Token
from cuelight.core.crowd import Trait
from cuelight.core.errors import InvalidInput
from cuelight.core.history import LOCK_D
from cuelight.core.retention import Retention

SCHEMA = 2
"""Raised when old and new code could not read each other's keys; the epoch carries it."""

DAY_S = 86_400
HISTORY_TTL_S = 90 * DAY_S
CHAT_TTL_S = 30 * DAY_S
SPRAY_TTL_S = 7 * DAY_S
REPORT_TTL_S = 90 * DAY_S
CONTACTS_TTL_S = 9 * DAY_S
LEDGER_TTL_S = 90 * DAY_S
MINUTE_TTL_S = 60
LOCK_TTL_S = LOCK_D * DAY_S
JOURNAL_TTL_S = 7 * DAY_S
_TOMB_S = Retention().tombstone_s
_WEBHOOK_IDS_S = Retention().webhook_ids_s
OUTBOX_TTL_S = 30 * DAY_S
QUEUE_S = Retention().alerts_s
MARK_TTL_S = 60
LEDGER_KEPT = 200
"""Disclosures kept of one customer; the oldest fall off."""
OUTBOX_KEPT = 10_000
"""Announcements kept in one outbox. If no worker has taken them by then, the oldest fall off and are counted."""
CROSSINGS_KEPT = 4_000
"""Counts of shadows kept: a month of several versions at up to 16 a day; the oldest days go."""
SHADOW_FORGOTTEN_MS = 60_000
"""How long no line about a forgotten chat is taken: longer than one is ever on its way."""


@dataclass(frozen=True, slots=True)
class KeyKind:
    """One row of the table. `ttl_s` None lives until removed."""

    name: str
    shape: str
    holds: str
    ttl_s: int | None
    in_customer_slot: bool


TABLE = (
    KeyKind("cl:epoch", "string", "schema version and a random id: says that this store is ours", None, False),
    KeyKind("cl:epoch:{slot}", "string", "the same in every slot of a Cluster", None, False),
    KeyKind("cl:h:{tag}", "string", "history: sightings, their parts shared, account events", HISTORY_TTL_S, True),
    KeyKind("cl:i:{tag}", "hash", "incidents; lives 90 days longer than the longest", HISTORY_TTL_S, True),
    KeyKind("cl:c:{tag}:chat", "string", "a chat: facts, decision, outcome", CHAT_TTL_S, True),
    KeyKind("cl:x:{tag}", "zset", "chats that fell out of a full history, by time", CHAT_TTL_S, True),
    KeyKind("cl:d:{tag}", "list", "what was disclosed: kinds, newest 200", LEDGER_TTL_S, True),
    KeyKind("cl:l:{tag}", "string", "the customer's lock: when it was set, by whom", LOCK_TTL_S, True),
    KeyKind("cl:f:{tag}", "hash", "agents who saw a chat red or amber, newest 200", CHAT_TTL_S, True),
    KeyKind("cl:j:{j}", "zset", "incidents of all customers (5,000) by when they opened", HISTORY_TTL_S, False),
    KeyKind("cl:j:{j}:t", "hash", "whose they are", HISTORY_TTL_S, False),
    KeyKind("cl:m:name", "string", "a campaign was told of today", DAY_S, False),
    KeyKind("cl:sn", "hash", "snoozed signals by id (500); each goes when it is over", None, False),
    KeyKind("cl:t:name", "string", "when a customer was erased, or moved to a newer hash key", _TOMB_S, False),
    KeyKind("cl:t:{slot}:name", "string", "the same in every slot of a Cluster", _TOMB_S, True),
    KeyKind("cl:v:day", "list", "chats that changed on a day, for the archive", JOURNAL_TTL_S, False),
    KeyKind("cl:p:chat", "string", "which tag a chat belongs to", CHAT_TTL_S, False),
    KeyKind("cl:o", "stream", "outbox: announcements, newest 10,000", OUTBOX_TTL_S, False),
    KeyKind("cl:o:{slot}", "stream", "the same in every slot of a Cluster", OUTBOX_TTL_S, True),
    KeyKind("cl:o:lost", "string", "how many announcements fell off", None, False),
    KeyKind("cl:o:{slot}:lost", "string", "the same in every slot of a Cluster", None, True),
    KeyKind("cl:b", "set", "slots of a Cluster whose outbox holds something new", None, False),
    KeyKind("cl:ch", "hash", "channels by id, with their secrets", None, False),
    KeyKind("cl:q:{channel}", "hash", "alerts of a channel: waiting (50,000) and dead letters (5,000)", QUEUE_S, False),
    KeyKind("cl:q:{channel}:o", "zset", "their order, by group and number", QUEUE_S, False),
    KeyKind("cl:q:{channel}:d", "zset", "groups of alerts by when they are due", QUEUE_S, False),
    KeyKind("cl:q:{channel}:c", "zset", "groups lent to a worker, by when they fall back", QUEUE_S, False),
    KeyKind("cl:q:{channel}:s", "zset", "alerts put here within the hour", QUEUE_S, False),
    KeyKind("cl:q:{channel}:f", "zset", "groups forgotten within the hour", QUEUE_S, False),
    KeyKind("cl:q:{channel}:x", "zset", "dead letters in the order they were given up", QUEUE_S, False),
    KeyKind("cl:q:{channel}:t", "hash", "what was tried with an alert", QUEUE_S, False),
    KeyKind("cl:q:{channel}:n", "hash", "counters: number, buried, failures, held, lost, minute", QUEUE_S, False),
    KeyKind("cl:q:{channel}:l", "list", "delivery log, newest 200", QUEUE_S, False),
    KeyKind("cl:s:trait", "zset", "customers whose unproven chats bore a trait (newest 50)", SPRAY_TTL_S, False),
    KeyKind("cl:r:trait", "zset", "reported chats that bore a trait (newest 50)", REPORT_TTL_S, False),
    KeyKind("cl:n:name", "hash", "how many customers bear each value of a trait (20,000 values)", None, False),
    KeyKind("cl:u:{day}", "HyperLogLog", "customers with an unproven chat on a day", CONTACTS_TTL_S, False),
    KeyKind("cl:z", "string", "written before a replica is waited for (strict)", MARK_TTL_S, False),
    KeyKind("cl:z:{slot}", "string", "the same in every slot of a Cluster", MARK_TTL_S, True),
    KeyKind("cl:k", "hash", "API keys by the SHA-256 of their secret", None, False),
    KeyKind("cl:w", "hash", "webhooks of desks by id, with their secrets", None, False),
    KeyKind("cl:w:name", "string", "a delivery done: hash of its signed part", _WEBHOOK_IDS_S, False),
    KeyKind("cl:wd", "zset", "chats whose note may have to be written (10,000), by when", CHAT_TTL_S, False),
    KeyKind("cl:wn:name", "string", "the last note in a chat: its id, a digest of its text", CHAT_TTL_S, False),
    KeyKind("cl:e", "hash", "enrolled browsers by id: secrets as SHA-256 only", None, False),
    KeyKind("cl:a:{a}", "zset", "audit entries by number; go after 400 days", None, False),
    KeyKind("cl:a:{a}:s", "string", "the signed mark where the audit log starts", None, False),
    KeyKind("cl:g", "hash", "collectors by publishable key, with the secrets of identity tokens", None, False),
    KeyKind("cl:g:name", "hash", "messages of a collector's minute, by keyed hash of the sender", MINUTE_TTL_S, False),
    KeyKind("cl:nt:{nt}:name", "string", "a notice: of which chat, whose, how it was answered", CHAT_TTL_S, False),
    KeyKind("cl:nt:{nt}:a:name", "string", "where a notice goes, sealed; removed when it is sent", DAY_S, False),
    KeyKind("cl:nt:{nt}:d", "zset", "notices by when they are due (10,000)", None, False),
    KeyKind("cl:nt:{nt}:b:name", "string", "a customer's notices of a day, a page's calls of a minute", DAY_S, False),
    KeyKind("cl:op", "hash", "operators by name: passwords as argon2, authenticators' secrets sealed", None, False),
    KeyKind("cl:os:name", "string", "a session of the console, by the SHA-256 of its cookie", 12 * 3600, False),
    KeyKind("cl:of:{f}:name", "hash", "attempts to sign in, by name or address (hashed)", DAY_S, False),
    KeyKind("cl:y:{y}", "hash", "the book of policies: what is live, was, is asked for; its revision", None, False),
    KeyKind("cl:y:{y}:h", "hash", "policy versions (500) without their documents", None, False),
    KeyKind("cl:y:{y}:d", "hash", "documents of policy versions", None, False),
    KeyKind("cl:y:{y}:c", "hash", "a shadow's cues against the live ones, by day", CHAT_TTL_S, False),
    KeyKind("cl:y:{y}:l", "list", "chats a shadow decides otherwise, newest 500", CHAT_TTL_S, False),
    KeyKind("cl:y:{y}:f", "zset", "chats forgotten within the minute", SHADOW_FORGOTTEN_MS // 1000, False),
)

EPOCH = "cl:epoch"
API_KEYS = "cl:k"
MARK = "cl:z"
BELLS = "cl:b"
CHANNELS = "cl:ch"
LOST = ":lost"
ENROLMENTS = "cl:e"
AUDIT = "cl:a:{a}"
AUDIT_START = f"{AUDIT}:s"
SNOOZES = "cl:sn"
INDEX_TAG = "j"
INDEX = ("cl:j:{j}", "cl:j:{j}:t")
OPERATORS = "cl:op"
POLICY_TAG = "y"
POLICY_BOOK = "cl:y:{y}"
POLICY_HEADS, POLICY_DOCUMENTS = f"{POLICY_BOOK}:h", f"{POLICY_BOOK}:d"
SHADOW_COUNTS, SHADOW_LINES, SHADOW_FORGOTTEN = f"{POLICY_BOOK}:c", f"{POLICY_BOOK}:l", f"{POLICY_BOOK}:f"
HOOKS = "cl:w"
COLLECTORS = "cl:g"
NOTES = "cl:wd"
NOTES_DUE = 10_000


def hashed(text: str, size: int = 9) -> str:
    """A short name that holds no readable value: 72 bits, URL-safe."""
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def tag(customer: Token | None, chat: ChatKey | None = None) -> str:
    """The hash tag of a customer, or of a chat that nobody claims."""
    if customer is None:
        return "~" + hashed("" if chat is None else chat_name(chat).hex())
    if not customer or "}" in customer or customer.startswith("~"):
        raise InvalidInput("customer", "is not a token")
    return customer


def chat_prefix(key: ChatKey) -> bytes:
    """Desk and account, each with its length in front so that no two chats share a name."""
    parts = [part.encode("utf-8", "surrogatepass") for part in (key.desk, key.account)]
    for name, part in zip(("desk", "account"), parts, strict=True):
        if len(part) > 127:
            raise InvalidInput(name, "is longer than 127 bytes")
    return b"".join(bytes((len(part),)) + part for part in parts)


def chat_name(key: ChatKey) -> bytes:
    return chat_prefix(key) + key.chat_id.encode("utf-8", "surrogatepass")


def read_chat_name(name: bytes) -> ChatKey:
    desk_end = 1 + name[0]
    account_end = desk_end + 1 + name[desk_end]
    parts = (name[1:desk_end], name[desk_end + 1 : account_end], name[account_end:])
    return ChatKey(*(part.decode("utf-8", "surrogatepass") for part in parts))


def history(tag: str) -> str:
    return f"cl:h:{{{tag}}}"


def incidents(tag: str) -> str:
    return f"cl:i:{{{tag}}}"


def ledger(tag: str) -> str:
    return f"cl:d:{{{tag}}}"


def tombstone(tag: str, epoch_key: str) -> str:
    """Named by a hash, so that nothing of an erased customer is left but for somebody who asks for that customer."""
    name = sha1(tag.encode(), usedforsecurity=False).hexdigest()
    return f"cl:t{epoch_key.removeprefix(EPOCH)}:{name}"


def lock(tag: str) -> str:
    return f"cl:l:{{{tag}}}"


def views(tag: str) -> str:
    return f"cl:f:{{{tag}}}"


def campaign(trait: Trait) -> str:
    return f"cl:m:{hashed('='.join(trait), 12)}"


def overflow(tag: str) -> str:
    return f"cl:x:{{{tag}}}"


def chats(tag: str) -> bytes:
    """What the names of a customer's chat keys begin with."""
    return f"cl:c:{{{tag}}}:".encode()


def chat(tag: str, key: ChatKey) -> bytes:
    return chats(tag) + chat_name(key)


def pointer(key: ChatKey) -> bytes:
    return b"cl:p:" + chat_name(key)


def journal(day: int) -> str:
    """`day` counts from 1970, by the store's clock."""
    return f"cl:v:{day}"


def delivery(hook_id: str, signed: bytes) -> str:
    """Named by a hash: a signed part holds the whole body."""
    return f"{HOOKS}:{blake2b(hook_id.encode() + bytes(1) + signed, digest_size=16).hexdigest()}"


def session(digest: str) -> str:
    return f"cl:os:{digest}"


def attempt(name: str) -> str:
    """One slot, so that an account and an address are counted in one step."""
    return f"cl:of:{{f}}:{hashed(name, 16)}"


def minute(collector: str, at: datetime) -> str:
    return f"{COLLECTORS}:{hashed(collector)}:{int(at.timestamp()) // 60}"


def note(key: ChatKey) -> str:
    return f"cl:wn:{hashed(chat_name(key).hex(), 16)}"


def spray(trait: Trait) -> str:
    return f"cl:s:{hashed('='.join(trait), 12)}"


def reports(trait: Trait) -> str:
    return f"cl:r:{hashed('='.join(trait), 12)}"


def shares(name: str) -> str:
    return f"cl:n:{hashed(name) if len(name) > 32 else name}"


def share_field(trait: Trait) -> str:
    """A value's field among the shares of its name; the `v` tells it from the sum's."""
    return "v" + hashed(trait[1])


def contacts(at: datetime) -> str:
    """One key a day; the tag keeps all days in one slot, so that they can be counted together."""
    return f"cl:u:{{u}}:{at:%Y%m%d}"
