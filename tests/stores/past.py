"""A small desk as an installation of the first schema kept it (`fixtures/schema1.json` holds its bytes).

`fill` wrote them, run by the code of that schema. The tokens are as long as they were then.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import replace
from hashlib import blake2b

from tests.stores.world import at, decision

from cuelight.core.chat import (
    Cell,
    Chat,
    ChatKey,
    Consistency,
    Device,
    Identity,
    NetworkKind,
    Origin,
    Sighting,
    Software,
    Token,
    traits,
)
from cuelight.core.decision import Decision
from cuelight.core.disclosure import Disclosure, Kind
from cuelight.core.history import (
    AccountEvent,
    AccountEventKind,
    History,
    Incident,
    Outcome,
    PastSighting,
    Proof,
)
from cuelight.core.ports import ApiKey, OutcomeRecord, StoredChat
from cuelight.stores import Stores

LONG, WIDE, COMPONENT = 8, 4, 4
"""Characters that are left of a token of 16."""
OWNERS = ("u-1", "u-2", "u-3")
SECRET = "0" * 64


def token(of: str, size: int = 12) -> Token:
    return urlsafe_b64encode(blake2b(of.encode(), digest_size=size).digest()).rstrip(b"=").decode()


def customer(name: str) -> Token:
    return token(name, 18)


def origin(name: str, cut: bool, *, wide: int = 2) -> Origin:
    prefixes = [token(f"{name[:-1]}/{n}") for n in range(wide + 1)]
    if cut:
        prefixes = [prefixes[0][:LONG], *(p[:WIDE] for p in prefixes[1:])]
    address = token(name)
    return Origin(
        address[:LONG] if cut else address,
        tuple(prefixes),
        3320,
        NetworkKind.CONSUMER,
        "DE",
        Cell(50.25, 8.75),
        20.0,
    )


def device(name: str, cut: bool) -> Device:
    found = {c: token(name + c) for c in ("canvas", "gpu", "languages", "odd.one", "screen")} | {
        "timezone": token("tz")
    }
    if cut:
        found = {c: t[: LONG if c == "timezone" else COMPONENT] for c, t in found.items()}
    fingerprint = token(name)
    return Device(
        Software("Windows", (10,)),
        Software("Chrome", (131, 0, 6778, 85)),
        "computer",
        fingerprint[:LONG] if cut else fingerprint,
        tuple(sorted(found.items())),
    )


def chats(owner: str, *, cut: bool) -> list[Chat]:
    number = OWNERS.index(owner)
    return [
        Chat(
            key=ChatKey("zendesk", "acme", f"{owner}-{n}" if n else str(7431 + number)),
            customer=customer(owner),
            identity=Identity.CLAIMED,
            sighting=Sighting(
                at(24 * n + 0.1 * number),
                origin(f"{owner} at {n}", cut, wide=2 + n % 2),
                device(f"{owner} with {n % 2}", cut),
            ),
            consistency=Consistency(clock_gap_h=0.0, language_fits=True),
            unavailable={"geo": "no_geo_data"},
        )
        for n in range(4)
    ]


def decided(chat: Chat) -> Decision:
    name = f"{chat.key}"
    made = decision(chat, digest=token(name, 12))
    return replace(made, decision_id="d_" + blake2b(name.encode(), digest_size=12).hexdigest())


def incident(owner: str) -> Incident:
    key = chats(owner, cut=True)[2].key
    return Incident("i_" + blake2b(owner.encode(), digest_size=9).hexdigest(), at(50), at(50 + 24 * 90), (key,))


def event(owner: str, *, cut: bool) -> AccountEvent:
    address = token(f"{owner} at 1")
    return AccountEvent(AccountEventKind.SIGN_IN_FAILED, at(30), address[:LONG] if cut else address)


def sign_ins(owner: str, *, cut: bool) -> list[PastSighting]:
    here, what = origin(f"{owner} at 0", cut), device(f"{owner} with 0", cut)
    return [PastSighting(Sighting(at(-24 * n), here, what), Proof.SIGN_IN) for n in range(1, 4)]


def report() -> OutcomeRecord:
    return OutcomeRecord(Outcome.IMPERSONATION, at(50), "Sam")


def fill(stores: Stores) -> None:
    """Everything there is of the desk, by way of the ports."""
    for owner in OWNERS:
        who, made = customer(owner), chats(owner, cut=False)
        stores.customers.observe(who, sign_ins(owner, cut=False))
        for chat in made:
            entry = PastSighting(chat.sighting, Proof.NONE, chat.key, 1.9876543210123)
            stores.customers.record(chat, decided(chat), entry)
            stores.crowd.contact(who, list(traits(chat.sighting)), chat.at)
            stores.crowd.learn(list(traits(chat.sighting)))
        stores.customers.note(who, event(owner, cut=False))
        stores.customers.settle(
            made[2].key,
            who,
            report(),
            proof=Proof.NONE,
            reported=True,
            failed_step_up=False,
            incident=incident(owner),
        )
        stores.crowd.report(list(traits(made[2].sighting)), made[2].key, at(50))
        stores.customers.ledger(who, made[2].key, [disclosure(owner)])
    nobody = unclaimed(cut=False)
    stores.customers.record(nobody, decided(nobody), None)
    stores.keys.add(ApiKey("k_1", "shop", frozenset({"score"}), at()), SECRET)


def unclaimed(*, cut: bool) -> Chat:
    chat = chats("u-1", cut=cut)[0]
    return replace(chat, key=ChatKey("crisp", "acme", "s-1"), customer=None, identity=Identity.ANONYMOUS)


def disclosure(owner: str) -> Disclosure:
    return Disclosure(chats(owner, cut=True)[2].key, next(iter(Kind)), at(51), "Sam")


def history(owner: str) -> History:
    """What a customer's history is after the migration."""
    entries = sign_ins(owner, cut=True)
    for n, chat in enumerate(chats(owner, cut=True)):
        entries.append(PastSighting(chat.sighting, Proof.NONE, chat.key, 1.9876543210123, reported=n == 2))
    entries.sort(key=lambda e: e.at, reverse=True)
    return History(tuple(entries), (incident(owner),), (event(owner, cut=True),))


def stored(owner: str) -> Iterator[StoredChat]:
    """A customer's recorded chats, newest first."""
    for n, chat in reversed(list(enumerate(chats(owner, cut=True)))):
        yield StoredChat(chat, decided(chat), report() if n == 2 else None)
