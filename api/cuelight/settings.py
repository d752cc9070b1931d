"""Deployment facts, from the environment. The only module that reads it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from cuelight.core.errors import CuelightError, InvalidInput
from cuelight.core.retention import Retention

_PREFIX = "CUELIGHT_"
_PACKAGE = Path(__file__).resolve().parent
_GONE = {
    "CUELIGHT_HASH_KEY_PREVIOUS": "the key before stands in hash.key, or in CUELIGHT_HASH_KEY after a `;`",
    "CUELIGHT_TRUSTED_PROXIES": "set CUELIGHT_PROXIES and CUELIGHT_PROXY_HEADER instead",
}
"""Settings of earlier versions, and what took their place."""
_CALLERS_KEY = "CUELIGHT_API_KEY"
"""No setting of the service: `cuelight score` takes its key from it."""
_ALIKE = 0.8
"""From here on a name is taken for a slip of the pen."""


class SettingsInvalid(CuelightError):
    """Settings that cannot be used, each named by its variable; no message repeats a value, which may be secret."""

    code = "invalid_input"

    def __init__(self, problems: Sequence[InvalidInput]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def _shipped(folder: str) -> Path:
    """A folder that ships with Cuelight: inside the wheel, or at the top of a checkout."""
    bundled = _PACKAGE / f"_{folder}"
    return bundled if bundled.is_dir() else _PACKAGE.parent.parent / folder


class Settings(BaseSettings):
    """Each field is `CUELIGHT_<NAME>` in the environment. Paths are made on first use, never at import."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="ignore", env_ignore_empty=True)

    def __init__(self, **values: Any) -> None:
        """Raises `SettingsInvalid` in plain words: pydantic's own would show the value, and be a traceback's length."""
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise SettingsInvalid([_problem(each["loc"], each["type"]) for each in error.errors()]) from None

    @classmethod
    def forgiving(cls) -> tuple[Self, Sequence[InvalidInput]]:
        """With the defaults in place of what cannot be used, and what that was: to look at the rest all the same."""
        try:
            return cls(), ()
        except SettingsInvalid as error:
            names = [problem.field.removeprefix(_PREFIX).lower() for problem in error.problems]
            fields = cls.model_fields
            return cls(**{name: fields[name].get_default(call_default_factory=True) for name in names}), error.problems

    data_dir: Path = Field(default_factory=lambda: _shipped("data"))
    """Default policy, wording, sample chats, test databases (read only)."""
    extension_dir: Path = Field(default_factory=lambda: _shipped("extension"))
    """The extension's files: the sample desk draws its cues with them (read only)."""
    var_dir: Path = Path("var")
    """State of this installation: store, GeoIP data, generated hash key. Keep it private and back it up."""
    geo_dir: Path | None = None
    """GeoIP databases; default `<var_dir>/geo`."""
    maxmind_account: str | None = None
    """MaxMind's account id, for `cuelight geo update`; unset: free data is fetched."""
    maxmind_key: SecretStr | None = None
    """The licence key of that account."""
    networks_dir: Path | None = None
    """Operator network lists; default `<var_dir>/networks`."""
    policy_file: Path | None = None
    """The policy's file; default `<data_dir>/policy.json`. In force until a version is published."""
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
    """Receivers of alerts and desks' APIs that are not public (`siem.internal, 10.20.0.0/16`): names, networks."""
    console: bool = True
    """Serves the security team's console under `/console`, once there is an operator or an identity provider."""
    oidc_issuer: str | None = None
    """The company's identity provider (OpenID Connect), for signing in to the console: `https://id.example.com`."""
    oidc_client_id: str | None = None
    """The console's name at that provider; needed with an issuer."""
    oidc_client_secret: SecretStr | None = None
    """Its secret there; needed with an issuer."""
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
    """For `mail`: the password of the name in that address."""
    notice_from: str | None = None
    """For `mail`: the sender's address."""
    notice_help_url: str | None = None
    """Where a customer finds help, shown on the notice's page. `https://…`"""
    brand: str = ""
    """Your company's name as customers know it, for notices and their page."""
    demo: bool = False
    """Serves the sample desk and its sample customers. Never set it in production."""
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(str.upper)] = "INFO"
    """From which level on a line is logged, on standard error."""

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


def unknown_names() -> list[tuple[str, str]]:
    """Variables that look like settings and are none, each with what was probably meant: a slip of the pen leaves a
    default in force that nobody chose."""
    known = [_PREFIX + name.upper() for name in Settings.model_fields]
    found = []
    for name in sorted(os.environ):
        upper = name.upper()
        if not upper.startswith(_PREFIX) or upper in (*known, _CALLERS_KEY):
            continue
        near = get_close_matches(upper, known, 1, _ALIKE)
        meant = f"did you mean {near[0]}?" if near else "docs/settings.md lists them"
        found.append((name, f"is no longer a setting: {_GONE[upper]}" if upper in _GONE else f"is no setting; {meant}"))
    return found


def _problem(loc: Sequence[object], kind: str) -> InvalidInput:
    name = str(loc[0]) if loc else ""
    return InvalidInput(_PREFIX + name.upper(), _wanted(Settings.model_fields[name], kind))


def _wanted(field: FieldInfo, kind: str) -> str:
    if kind.startswith(("int", "greater", "less")):
        bounds = {name: getattr(each, name) for each in field.metadata for name in ("ge", "le") if hasattr(each, name)}
        return "must be a whole number" + (f" from {bounds['ge']} to {bounds['le']}" if len(bounds) == 2 else "")
    if kind.startswith("literal"):
        return "must be one of " + ", ".join(str(field.annotation).split("'")[1::2])
    if kind.startswith("bool"):
        return "must be true or false"
    if kind.startswith("time_delta"):
        return "must be a time span: 00:10:00 (ten minutes), 36:00:00 or 2d"
    return "cannot be read; docs/settings.md has an example"
