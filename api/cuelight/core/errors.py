"""One family of errors. Adapters wrap their driver's errors in these; `web` maps each to a status once."""

from __future__ import annotations


class CuelightError(Exception):
    """The family. `code` is stable and public; the message says what to do and never carries personal data."""

    code = "internal_error"


class InvalidInput(CuelightError):
    """A caller's value cannot be used. `field` names it, dotted (`fingerprint.components`)."""

    code = "invalid_input"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class NotFound(CuelightError):
    """The thing addressed does not exist (or has been erased)."""

    code = "not_found"


class Conflict(CuelightError):
    """The request contradicts what is already recorded."""

    code = "conflict"


class SecondPersonNeeded(Conflict):
    """What takes two people was asked for twice by the same one."""

    code = "second_person_needed"


class Erased(CuelightError):
    """The customer was erased after the time of these facts, so they are not kept. To callers a conflict; apart from
    `Conflict`, because trying again does not help."""

    code = "conflict"

    def __init__(self) -> None:
        super().__init__(
            "this customer was erased after the time of these facts, so they are not kept; a chat that still goes on "
            "may be sent again with its present time"
        )


class StoreUnavailable(CuelightError):
    """The store did not answer in time, is empty, or is not ours. Never treated as 'a new customer'."""

    code = "store_unavailable"


class Rekeyed(StoreUnavailable):
    """The customer is kept under a newer hash key than this process used: read the key file and ask again."""


class PolicyInvalid(CuelightError):
    """A policy file or draft that cannot be used; the message begins with the field (`thresholds.amber: …`)."""

    code = "policy_invalid"

    @property
    def field(self) -> str:
        return str(self).partition(": ")[0]

    @property
    def problem(self) -> str:
        return str(self).partition(": ")[2]


class DataFileInvalid(CuelightError):
    """A GeoIP database or network list that cannot be used; the message names file and line."""

    code = "data_file_invalid"
