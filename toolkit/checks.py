"""Checks of numbers that callers pass, with one message for each."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral, Real

import numpy as np

from .arrays import Array
from .short_text import shorten


def check_count(name: str, value: object, least: int = 1, most: int | None = None) -> None:
    """Raise a `ValueError` unless a parameter is an integer from `least` to `most`."""
    number = int(value) if isinstance(value, Integral) else None
    if number is None or number < least or (most is not None and number > most):
        wanted = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} must be an integer {wanted}, got {shorten(value)}")


def check_not_negative(name: str, value: object) -> None:
    """Raise a `ValueError` unless a parameter is a finite number of at least zero."""
    if not 0 <= _real(value) < np.inf:
        raise ValueError(f"{name} must be finite and not negative, got {shorten(value)}")


def check_positive(name: str, value: object) -> None:
    """Raise a `ValueError` unless a parameter is a finite number above zero."""
    if not 0 < _real(value) < np.inf:
        raise ValueError(f"{name} must be positive and finite, got {shorten(value)}")


def check_strengths(name: str, values: Array) -> None:
    """Raise a `ValueError` unless an array holds finite numbers above zero, at least one."""
    if values.size == 0 or not np.all((values > 0) & np.isfinite(values)):
        raise ValueError(
            f"{name} must be positive finite numbers, at least one, got {shorten(values)}"
        )


def check_above(name: str, value: object, bound: float) -> None:
    """Raise a `ValueError` unless a parameter is a finite number above `bound`."""
    if not bound < _real(value) < np.inf:
        raise ValueError(f"{name} must be a finite number above {bound:g}, got {shorten(value)}")


def check_fraction(name: str, value: object) -> None:
    """Raise a `ValueError` unless a parameter is a number between zero and one, both excluded."""
    if not 0 < _real(value) < 1:
        raise ValueError(f"{name} must lie between 0 and 1, got {shorten(value)}")


def check_share(name: str, value: object) -> None:
    """Raise a `ValueError` unless a parameter is a number from zero to one, both included."""
    if not 0 <= _real(value) <= 1:
        raise ValueError(f"{name} must be from 0 to 1, got {shorten(value)}")


def check_flag(name: str, value: object) -> None:
    """Raise a `ValueError` unless a parameter is True or False."""
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be True or False, got {shorten(value)}")


def check_choice(name: str, value: object, choices: Iterable[object]) -> None:
    """Raise a `ValueError` unless a parameter is one of some values, of the same type."""
    allowed = list(choices)
    if not any(type(value) is type(choice) and value == choice for choice in allowed):
        shown = ", ".join(map(repr, allowed))
        raise ValueError(f"{name} must be one of {shown}, got {shorten(value)}")


def _real(value: object) -> float:
    """Return a number in double precision; NaN for anything else."""
    try:
        return float(value) if isinstance(value, Real) else np.nan
    except OverflowError:
        return np.inf
