"""Deployment facts, from the environment. The only module that reads it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from cuelight.core.retention import Retention

_PACKAGE = Path(__file__).resolve().parent


def _shipped(folder: str) -> Path:
    """A folder that ships with Cuelight: inside the wheel, or at the top of a checkout."""
    bundled = _PACKAGE / f"_{folder}"
    return bundled if bundled.is_dir() else _PACKAGE.parent.parent / folder


class Settings(BaseSettings):
    """Each field is `CUELIGHT_<NAME>` in the environment. Paths are made on first use, never at import."""

    model_config = SettingsConfigDict(env_prefix="CUELIGHT_", extra="ignore")

    data_dir: Path = Field(default_factory=lambda: _shipped("data"))
    """Default policy, wording, sample chats, test databases (read only)."""
    extension_dir: Path = Field(default_factory=lambda: _shipped("extension"))
    """The extension's files: the sample desk draws its cues with them (read only)."""
    var_dir: Path = Path("var")
    """State of this installation: store, GeoIP data, generated hash key. Keep it private and back it up."""
    geo_dir: Path | None = None
    """GeoIP databases; default `<var_dir>/geo`."""
    maxmind_account: str | None = None
    maxmind_key: SecretStr | None = None
    """MaxMind account id and licence key, for `cuelight geo update`."""
    networks_dir: Path | None = None
    """Operator network lists; default `<var_dir>/networks`."""
    policy_file: Path | None = None
    """Default `<data_dir>/policy.json`. In force until a version is published."""
    two_person_publishing: bool = False
    """Publishing a policy takes a second person: one asks, another approves. Rolling back takes one."""
    redis_url: SecretStr | None = None
    """`redis://`, `rediss://`, `unix://`, `redis+sentinel://`, `redis+cluster://`; unset: embedded server."""
    durability: Literal["standard", "strict"] = "standard"
    """What an acknowledged decision survives. `standard`: a killed process or server loses nothing, a power cut less
    than 2 seconds. `strict`: on disk, and on a replica where there is one, before it is answered; slower."""
    threads: int = Field(default=4, ge=1, le=64)
    """Requests each worker handles at once; connections to the store are bounded by it."""
    hash_key: SecretStr | None = None
    """Base64 of >= 32 random bytes for keyed hashes; unset: `<var_dir>/hash.key`, generated once, mode 600. After a
    rotation all lines of that file, with `;` between them."""
    proxies: str = ""
    """Your reverse proxies in front of `/collect` (`10.0.0.0/8, 192.0.2.1`), whose word on addresses counts.
    Unset: the connection's own. `/score` takes addresses in its body."""
    proxy_header: Literal["forwarded", "x-forwarded-for"] | None = None
    """The one header these proxies write; the other may be anybody's. See `docs/collector.md` before you choose."""
    collect_per_minute: int = Field(default=600, ge=60, le=60_000)
    """Messages that `/collect` takes with one key in a minute: twice your busiest minute's chats, and not much more."""
    max_age: timedelta = timedelta(hours=24)
    """How far in the past `occurred_at` may lie. Raise it only to replay recorded chats over HTTP."""
    console_url: str | None = None
    """Where agents find the console, if they may: the panel links to it. `https://…`"""
    retention_history_days: int = Field(default=90, ge=1, le=730)
    """How long a history is kept after its customer was last seen. Shorter ones know fewer customers."""
    retention_decisions_days: int = Field(default=30, ge=1, le=400)
    """How long a decision is kept, with the facts it rests on: for agents, look-back and replays."""
    retention_webhook_ids_days: int = Field(default=7, ge=1, le=90)
    """How long a webhook's id is remembered, so that it is not applied twice."""
    retention_audit_days: int = Field(default=400, ge=30, le=3650)
    """How long audit entries are kept."""
    retention_alerts_days: int = Field(default=30, ge=4, le=400)
    """How long an alert is kept that was not delivered (it is tried for three days), and the log of deliveries."""
    allow_private_targets: str = ""
    """Receivers of alerts that are not public (`siem.internal, 10.20.0.0/16`): host names, addresses, networks."""
    console: bool = True
    """Serves the security team's console under `/console`, once there is an operator or an identity provider."""
    oidc_issuer: str | None = None
    """The company's identity provider (OpenID Connect), for signing in to the console: `https://id.example.com`."""
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_role_claim: str = "roles"
    """The claim that holds an operator's groups; dots lead into objects (`realm_access.roles`)."""
    oidc_roles: str = ""
    """Which group is which role (`soc=analyst, security=admin`); unset: groups are named as the roles."""
    oidc_name_claim: str = "preferred_username"
    """The claim the audit log names an operator by; one that people cannot change themselves."""
    public_url: str | None = None
    """Where customers and desks reach this server, for notices, collectors and webhooks: `https://cue.example.com`."""
    notices: Literal["off", "webhook", "mail"] = "off"
    """How the "was this you?" notice gets out: `webhook` asks your own mailer by a channel, `mail` sends from here."""
    notice_after: Literal["red", "amber", "grey", "unproven"] = "grey"
    """After which chats, each with those before it; `unproven` asks after green ones, too, that nobody proved."""
    notice_delay: timedelta = timedelta(minutes=10)
    """How long a notice waits: a chat that is proven by then needs none."""
    notices_per_day: int = Field(default=3, ge=1, le=50)
    """At most so many to one customer a day, so that an impostor cannot flood the owner."""
    notice_link_days: int = Field(default=7, ge=1, le=21)
    """How long a notice's link can be answered."""
    notice_smtp: SecretStr | None = None
    """For `mail`: `smtps://name@host:465`, or `smtp://name@host:587` with STARTTLS."""
    notice_smtp_password: SecretStr | None = None
    notice_from: str | None = None
    """For `mail`: the sender's address."""
    notice_help_url: str | None = None
    """Where a customer finds help, shown on the notice's page. `https://…`"""
    brand: str = ""
    """Your company's name as customers know it, for notices and their page."""
    demo: bool = False
    """Serves the sample desk and its sample customers. Never set it in production."""
    log_level: str = "INFO"

    @property
    def retention(self) -> Retention:
        return Retention(
            self.retention_history_days,
            self.retention_decisions_days,
            self.retention_webhook_ids_days,
            self.retention_audit_days,
            self.retention_alerts_days,
        )

    @property
    def geo(self) -> Path:
        return self.geo_dir or self.var_dir / "geo"

    @property
    def networks(self) -> Path:
        return self.networks_dir or self.var_dir / "networks"

    @property
    def policy(self) -> Path:
        return self.policy_file or self.data_dir / "policy.json"
