"""Which seeds may be tuned on, and which only reported on. The two never meet."""

from __future__ import annotations

_CALIBRATION = range(1, 21)
_REPORT = range(101, 201)


def calibration_seeds(count: int = 20) -> tuple[int, ...]:
    """Seeds that anything may be fitted on."""
    if not 1 <= count <= len(_CALIBRATION):
        raise ValueError(f"between 1 and {len(_CALIBRATION)} calibration seeds")
    return tuple(_CALIBRATION[:count])


def report_seeds(count: int = 5) -> tuple[int, ...]:
    """Seeds that figures are reported on. For `bench` alone: whoever fits anything must not ask for them."""
    if not 1 <= count <= len(_REPORT):
        raise ValueError(f"between 1 and {len(_REPORT)} report seeds")
    return tuple(_REPORT[:count])


def check(seed: int, *, reporting: bool) -> int:
    """The seed, if it may be used so; ValueError if tuning asks for a report seed, or reporting for a tuned one."""
    if reporting and seed not in _REPORT:
        raise ValueError(f"seed {seed} is not a report seed ({_REPORT.start}-{_REPORT.stop - 1})")
    if not reporting and seed in _REPORT:
        raise ValueError(f"seed {seed} is kept for reporting: tune on {_CALIBRATION.start}-{_CALIBRATION.stop - 1}")
    return seed
