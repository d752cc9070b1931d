"""Every share the simulator assumes, in one place, each with its source or the word "assumed".

A source in brackets backs the order of magnitude, not the digits; "assumed" means that nobody publishes it
for support chats and we chose what seemed believable before looking at any score. `docs/simulator.md` explains them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Assumption:
    """A number the simulated world rests on."""

    value: float
    meaning: str
    source: str = "assumed"


_FREEMAN = "Freeman et al., NDSS 2016"
_WIEFLING = "Wiefling et al., ACM TOPS 2022 (order of magnitude)"
_DYNAMIC = "Padmanabhan et al., 'Reasons Dynamic Addresses Change', IMC 2016 (order of magnitude)"
_CGNAT = "Richter et al., 'A Multi-perspective Analysis of Carrier-Grade NAT', IMC 2016 (order of magnitude)"
_IPV6 = "public IPv6 adoption statistics of 2025 (order of magnitude)"
_BROWSERS = "public browser and OS usage statistics of 2025 (order of magnitude)"
_PRINTS = "Gómez-Boix et al., 'Hiding in the Crowd', WWW 2018 (order of magnitude)"

A: dict[str, Assumption] = {
    # customers
    "customers": Assumption(1500, "customers who chat, per seed"),
    "silent": Assumption(250, "accounts that never chat themselves, and may be impersonated"),
    "chats_mean": Assumption(12.5, "chats of a customer in twelve months"),
    "chats_shape": Assumption(0.9, "gamma shape of chats per customer: most have few, some have many"),
    "follow_up": Assumption(0.30, "chats that follow the one before within three days"),
    "joined_during": Assumption(0.45, "customers who joined during the twelve months"),
    "kind_mobile": Assumption(0.24, "customers who mostly use a mobile carrier"),
    "kind_office": Assumption(0.11, "customers who often chat from an office"),
    "kind_traveller": Assumption(0.06, "customers who travel eight times a year"),
    "kind_vpn": Assumption(0.07, "customers who usually have a VPN on"),
    "kind_relay": Assumption(0.05, "customers behind a privacy relay (all on Apple devices)"),
    "kind_tor": Assumption(0.003, "customers who use Tor"),
    "sign_in_feed": Assumption(0.40, "customers whose sign-ins the company sends as sightings"),
    "sign_in_gap_d": Assumption(24, "mean days between such sightings"),
    "verified_mean": Assumption(0.40, "legitimate chats with a signed-in identity"),
    "verified_spread": Assumption(2.0, "concentration of that share over customers (beta, a+b)"),
    # where they chat from
    "home_guest": Assumption(0.04, "chats from a café's or friend's line in the same city"),
    "home_mobile": Assumption(0.20, "chats of mostly-home customers on their carrier"),
    "mobile_home": Assumption(0.30, "chats of mostly-mobile customers at home"),
    "office_share": Assumption(0.50, "chats of office customers from the office"),
    "office_proxy": Assumption(0.12, "offices that leave through a cloud proxy"),
    "office_size": Assumption(6, "simulated customers sharing one office, on average"),
    "vpn_on": Assumption(0.85, "chats of VPN customers with the VPN on"),
    "vpn_home_country": Assumption(0.70, "VPN customers whose usual exit is in their own country"),
    "vpn_switch": Assumption(0.15, "chats on another exit country than the usual one"),
    "vpn_casual": Assumption(0.015, "chats of anyone else over a VPN"),
    "relay_on": Assumption(0.90, "chats of relay customers over the relay"),
    "trips_per_year": Assumption(1.5, "trips of a customer"),
    "trips_traveller": Assumption(8, "trips of a traveller"),
    "trip_abroad": Assumption(0.45, "trips that leave the country"),
    "trip_d": Assumption(6, "mean length of a trip, days"),
    "trip_roaming": Assumption(0.35, "chats abroad on the home carrier (address stays the carrier's)"),
    "trip_local_sim": Assumption(0.15, "chats abroad on a local carrier"),
    "trip_clock": Assumption(0.92, "devices that set their clock to the place of the trip"),
    "moves_per_year": Assumption(0.10, "moves to another home"),
    "move_far": Assumption(0.30, "moves that leave the city"),
    "provider_change": Assumption(0.08, "changes of provider without a move, per year"),
    # networks
    "lease_static": Assumption(0.15, "home lines that keep their address", _DYNAMIC),
    "lease_daily": Assumption(0.15, "home lines that change daily", _DYNAMIC),
    "lease_monthly": Assumption(0.35, "home lines that change about monthly; the rest: every six months", _DYNAMIC),
    "pool_blocks": Assumption(2, "prefixes a home line's addresses come from, on average", _DYNAMIC),
    "pool_national": Assumption(0.06, "changes that land in a pool of another city", _DYNAMIC),
    "ipv6_home": Assumption(0.45, "home lines with IPv6", _IPV6),
    "ipv6_mobile": Assumption(0.60, "mobile subscribers with IPv6", _IPV6),
    "ipv6_used": Assumption(0.70, "connections that take IPv6 where there is one", _IPV6),
    "carrier_hub_home": Assumption(0.62, "mobile sessions that leave at the nearest hub", _CGNAT),
    "carrier_hub_d": Assumption(0.8, "mean days a phone keeps its public address", _CGNAT),
    "carrier_nat": Assumption(48, "public addresses in use per /24 of a carrier's NAT", _CGNAT),
    "exits_per_block": Assumption(24, "VPN exits in use per /24"),
    "vpn_known": Assumption(0.70, "VPN prefixes the operator's list knows"),
    "tor_known": Assumption(0.95, "Tor exits the operator's list knows"),
    "relay_known": Assumption(0.98, "relay prefixes the operator's list knows (the egress list is published)"),
    "hosting_as_known": Assumption(0.85, "hosting networks the operator's list knows by AS number"),
    # devices
    "phone_iphone": Assumption(0.52, "phones that are iPhones (company in rich countries)", _BROWSERS),
    "computer_windows": Assumption(0.66, "computers with Windows", _BROWSERS),
    "computer_mac": Assumption(0.27, "computers with macOS; the rest: Linux, ChromeOS", _BROWSERS),
    "two_devices": Assumption(0.62, "customers who chat from phone and computer"),
    "tablet": Assumption(0.08, "customers with a tablet as well"),
    "new_phone_per_year": Assumption(0.36, "replacements of a phone"),
    "new_computer_per_year": Assumption(0.20, "replacements of a computer"),
    "other_browser": Assumption(0.04, "chats in a second browser of the same device"),
    "borrowed": Assumption(0.006, "chats on somebody else's device"),
    "noisy_prints": Assumption(0.03, "devices whose browser randomises canvas and audio", _PRINTS),
    "no_fingerprint": Assumption(0.07, "chats whose collector was blocked"),
    "no_ip": Assumption(0.003, "chats that reach us without an address"),
    "high_entropy_hints": Assumption(0.5, "companies whose page asks for high-entropy Client Hints"),
    "update_lag_d": Assumption(9, "mean days until a desktop or Android browser takes an update", _BROWSERS),
    "never_updates": Assumption(0.04, "devices that stay on an old version", _BROWSERS),
    "ios_lag_d": Assumption(35, "mean days until an Apple device takes an update", _BROWSERS),
    # what happens around a chat
    "ask_legit": Assumption(0.16, "legitimate chats that ask for something sensitive"),
    "ask_impostor": Assumption(0.70, "impostors' chats that do"),
    "step_up": Assumption(0.06, "ordinary unproven legitimate chats that an agent makes prove themselves"),
    "step_up_odd": Assumption(0.35, "such chats when place or device is plainly new, or the ask is sensitive"),
    "step_up_impostor": Assumption(0.20, "impostors' chats where proof is asked and not given"),
    "reported": Assumption(0.25, "impostors' chats the owner reports"),
    "report_lag_d": Assumption(6, "median days until the report"),
    "password_reset_per_year": Assumption(0.8, "password resets of an account"),
    "contact_changed_per_year": Assumption(0.25, "changes of contact details"),
    "failed_sign_in_per_year": Assumption(2.0, "days with a failed sign-in"),
    "impostor_failed_sign_in": Assumption(0.20, "impersonations preceded by failed sign-ins"),
    # impostors (shares of impostors' chats by kind; equal, so that each is measured as well as the others)
    "mix_naive": Assumption(1.0, "weight of naive impostors among impostors' chats"),
    "mix_vpn": Assumption(1.0, "weight of those on a VPN or hosting exit in the victim's country"),
    "mix_targeted": Assumption(1.0, "weight of those in the victim's city and provider"),
    "mix_returning": Assumption(1.5, "weight of those who come three times (half a third visit each)"),
    "mix_spray": Assumption(1.0, "weight of one device and network over many victims"),
    "mix_tor": Assumption(0.8, "weight of those on Tor"),
    "mix_takeover": Assumption(0.6, "weight of signed-in takeovers (reported apart)"),
    "victim_silent": Assumption(0.12, "victims who never chatted"),
    "naive_victim_country": Assumption(0.30, "naive impostors who happen to be in the victim's country", _FREEMAN),
    "naive_language": Assumption(0.5, "naive impostors with a language of the victim's country"),
    "impostor_mobile": Assumption(0.30, "ordinary lines of impostors that are a carrier's"),
    "vpn_clock_set": Assumption(0.40, "impostors on a VPN who set their clock to the victim's"),
    "vpn_language": Assumption(0.65, "impostors on a VPN with the victim's language"),
    "vpn_hosting": Assumption(0.30, "impostors on a VPN who rent a server instead"),
    "targeted_phone": Assumption(0.55, "targeted impostors on a popular phone (rest: popular computer)"),
    "returning_same_device": Assumption(0.85, "return visits on the same device"),
    "returning_same_network": Assumption(0.60, "return visits from the same address block"),
    "returning_vpn": Assumption(0.45, "returning impostors on a VPN in the victim's country"),
    "returning_abroad": Assumption(0.20, "returning impostors from anywhere (rest: other lines in the country)"),
    "returning_gap_d": Assumption(6, "mean days between visits"),
    "spray_victims": Assumption(14, "victims of one spray, on average"),
    "spray_days": Assumption(2.0, "days one spray lasts"),
    "tor_browser": Assumption(0.6, "impostors on Tor who use its own browser"),
    "takeover_foreign": Assumption(0.35, "takeovers from another country"),
    "takeover_sign_in": Assumption(0.5, "takeovers by password: the company's feed reports that sign-in too"),
}


def of(name: str) -> float:
    """The assumed value called `name`."""
    return A[name].value
