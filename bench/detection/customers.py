"""The legitimate customers: where they live and travel, what they use, and where each chat comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from bench.detection import devices
from bench.detection.assumptions import of
from bench.detection.devices import Device
from bench.detection.exits import exit_in
from bench.detection.networks import Carrier, Connection, HomeLine, Office, guest
from bench.detection.places import Metro
from bench.detection.table import Network
from bench.detection.world import World

KINDS = ("home", "mobile", "office", "traveller", "vpn", "relay", "tor")


@dataclass(frozen=True, slots=True)
class Trip:
    """Days away: `metro` says where; abroad if its country is not the customer's."""

    start: datetime
    end: datetime
    metro: Metro


@dataclass(frozen=True, slots=True)
class Contact:
    """What a customer's contact looks like at one moment, and the truth about it."""

    facts: dict[str, Any]
    kind: str
    odd: bool
    note: str


@dataclass(slots=True)
class Customer:
    """One account and its owner. `at_*` methods must be called with times that do not go back."""

    customer_id: str
    kind: str
    metro: Metro
    languages: tuple[str, ...]
    joined: datetime
    world: World
    rng: Random
    verified_share: float
    home: HomeLine
    carrier: Carrier | None
    office: Office | None
    phone: Device | None
    computer: Device | None
    tablet: Device | None
    vpn: tuple[str, Network] | None
    trips: list[Trip] = field(default_factory=list)
    changes: list[tuple[datetime, str]] = field(default_factory=list)
    chats: list[datetime] = field(default_factory=list)
    sign_ins: list[datetime] = field(default_factory=list)
    _trip_line: tuple[datetime, Connection] | None = None
    _abroad: tuple[datetime, Carrier] | None = None
    _used: set[int] = field(default_factory=set)

    def contact(self, at: datetime) -> Contact:
        """How the owner appears when writing (or signing in) at this moment."""
        notes = self._live_until(at)
        rng = self.rng
        trip = next((t for t in self.trips if t.start <= at < t.end), None)
        device, mobile_only = self._pick_device(trip)
        borrowed = rng.random() < of("borrowed")
        if borrowed:
            device, notes = devices.computer(rng), [*notes, "borrowed"]
        connection = self._connect(at, trip, device, mobile_only)
        clock = self.metro.timezone
        if trip and rng.random() < of("trip_clock"):
            clock = trip.metro.timezone
        browser = None
        if (
            rng.random() < of("other_browser")
            and device.os in ("windows", "mac", "ios", "android")
            and (device.form != "tablet")
        ):
            browser = {"safari": "chrome", "chrome": "firefox"}.get(device.browser, "chrome")
        facts = device.observe(
            at, rng, timezone=clock, languages=self.languages, high_entropy=self.world.high_entropy, browser=browser
        )
        facts["ip"] = connection.ip
        if rng.random() < of("no_fingerprint"):
            del facts["fingerprint"]
        if rng.random() < of("no_ip"):
            del facts["ip"]
        if id(device) not in self._used:
            notes = [*notes, "new_device"] if self._used else notes
            self._used.add(id(device))
        if trip:
            notes.append("abroad" if trip.metro.country != self.metro.country else "trip")
        odd = bool(notes) or connection.kind in ("vpn", "tor")
        return Contact(facts, connection.kind, odd, ",".join(notes))

    def _live_until(self, at: datetime) -> list[str]:
        """Apply moves, new providers and new devices that happened before `at`."""
        notes: list[str] = []
        while self.changes and self.changes[0][0] <= at:
            _when, what = self.changes.pop(0)
            rng = self.rng
            if what == "move_far":
                self.metro = self.world.metro_in(self.metro.country, rng)
            if what in ("move_far", "move", "provider"):
                self.home = new_home(self.world, self.metro, rng)
                notes.append("moved")
            elif what == "phone" and self.phone is not None:
                same = rng.random() < 0.85
                fresh = devices.iphone if self.phone.os == "ios" else devices.android
                self.phone = fresh(rng) if same else devices.phone(rng)
            elif what == "computer" and self.computer is not None:
                self.computer = devices.computer(rng)
        return notes

    def _pick_device(self, trip: Trip | None) -> tuple[Device, bool]:
        """The device of this contact, and whether it is out on the carrier."""
        rng = self.rng
        weight_phone = {"mobile": 0.85, "office": 0.35, "tor": 0.1}.get(self.kind, 0.55) + (0.2 if trip else 0.0)
        if self.tablet is not None and rng.random() < 0.15:
            return self.tablet, False
        on_phone = self.computer is None or (self.phone is not None and rng.random() < weight_phone)
        device = self.phone if on_phone else self.computer
        assert device is not None
        out = (
            self.carrier is not None
            and on_phone
            and rng.random()
            < {"mobile": 1 - of("mobile_home"), "office": 0.25, "traveller": 0.35}.get(
                self.kind, of("home_mobile") / 0.55
            )
        )
        return device, out

    def _connect(self, at: datetime, trip: Trip | None, device: Device, out: bool) -> Connection:
        rng, nets = self.rng, self.world.nets
        if self.kind == "tor" and rng.random() < 0.9:
            return self.world.tor_exit(rng)
        if self.kind == "relay" and device.browser == "safari" and rng.random() < of("relay_on"):
            country = trip.metro.country if trip else self.metro.country
            if relay := exit_in(nets, "relay", country, rng):
                return relay
        if self.vpn and rng.random() < (of("vpn_on") if self.kind == "vpn" else of("vpn_casual")):
            country, network = self.vpn
            if rng.random() < of("vpn_switch"):
                country = rng.choice([c for c in ("US", "GB", "DE", "NL", "CA", "FR", "CH") if c != country])
            if tunnel := exit_in(nets, "vpn", country, rng, network):
                return tunnel
        if trip:
            return self._away(at, trip, out)
        if out and self.carrier is not None:
            return self.carrier.connect(at, rng)
        if self.office is not None and device is self.computer and rng.random() < of("office_share") / 0.65:
            return self.office.connect(rng)
        if rng.random() < of("home_guest") and (line := guest(nets, self.metro, rng)):
            return line
        return self.home.connect(at, rng)

    def _away(self, at: datetime, trip: Trip, out: bool) -> Connection:
        rng, abroad = self.rng, trip.metro.country != self.metro.country
        roll = rng.random()
        if self.carrier is not None and (roll < of("trip_roaming") if abroad else out):
            found = self.carrier.connect(at, rng, None if abroad else trip.metro)
            return Connection(found.ip, "roaming", found.asn) if abroad else found
        if abroad and roll < of("trip_roaming") + of("trip_local_sim"):
            if self._abroad is None or self._abroad[0] != trip.start:
                carriers = self.world.carriers(trip.metro)
                if carriers:
                    self._abroad = (trip.start, Carrier(rng.choice(carriers), trip.metro, rng))
            if self._abroad is not None and self._abroad[0] == trip.start:
                return self._abroad[1].connect(at, rng)
        if self._trip_line is None or self._trip_line[0] != trip.start:
            line = guest(self.world.nets, trip.metro, rng, "hotel")
            if line is None:
                return self.home.connect(at, rng)
            self._trip_line = (trip.start, line)
        return self._trip_line[1]


def new_home(world: World, metro: Metro, rng: Random) -> HomeLine:
    """A home line here, larger providers first (the table lists them so)."""
    providers = world.nets.at("home", metro)
    weights = [1.0 / (i + 1) ** 0.7 for i in range(len(providers))]
    return HomeLine(rng.choices(providers, weights)[0], metro, rng)
