"""Checks of numbers that callers pass, with one message for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from inspect import signature
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .arrays import Array, Shape, as_number_array
from .short_text import shorten

MOST_STRENGTH = 1e120


def check_count(name: str, value: object, least: int = 1, most: int | None = None) -> None:
    """Raise a `ValueError` unless a parameter is an integer from `least` to `most`."""
    number = int(value) if isinstance(value, Integral) and not isinstance(value, bool) else None
    if number is None or number < least or (most is not None and number > most):
        wanted = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} must be an integer {wanted}, got {shorten(value)}")


def check_size(name: str, value: object) -> None:
    """Raise a `ValueError` unless a parameter is a positive integer that an array's axis can be."""
    check_count(name, value)
    if not _real(value) <= np.iinfo(np.intp).max:
        raise ValueError(f"{name} must be a possible size of an array, got {shorten(value)}")


def check_not_negative(name: str, value: object) -> None:
    """Raise a `ValueError` unless a parameter is a finite number of at least zero."""
    if not 0 <= _real(value) < np.inf:
        raise ValueError(f"{name} must be finite and not negative, got {shorten(value)}")


def check_positive(name: str, value: object) -> None:
    """Raise a `ValueError` unless a parameter is a finite number above zero."""
    if not 0 < _real(value) < np.inf:
        raise ValueError(f"{name} must be positive and finite, got {shorten(value)}")


def check_strength(name: str, value: object) -> None:
    """Raise a `ValueError` unless a parameter is positive and of a size that can be computed with.

    That is from 1e-120 to 1e120: powers of operators and data are in this range.
    """
    check_positive(name, value)
    if not 1 / MOST_STRENGTH <= _real(value) <= MOST_STRENGTH:
        raise ValueError(
            f"{name} must lie between {1 / MOST_STRENGTH:g} and {MOST_STRENGTH:g}, "
            f"got {shorten(value)}"
        )


def check_level(name: str, value: object) -> None:
    """Raise a `ValueError` unless a parameter is not negative and can be computed with."""
    check_not_negative(name, value)
    if _real(value) > MOST_STRENGTH:
        raise ValueError(f"{name} must be at most {MOST_STRENGTH:g}, got {shorten(value)}")


def check_strengths(name: str, values: Array) -> None:
    """Raise a `ValueError` unless an array holds one or more numbers as `check_strength` wants."""
    is_real = values.dtype.kind != "c"
    inside = is_real and (values >= 1 / MOST_STRENGTH) & (values <= MOST_STRENGTH)
    if values.size == 0 or not np.all(inside):
        raise ValueError(
            f"{name} must be positive finite numbers, at least one, got {shorten(values)}"
        )


def as_strengths(name: str, value: ArrayLike) -> Array:
    """Return one or more strengths in double precision; a `ValueError` for all else."""
    values = as_number_array(value, name).ravel()
    check_strengths(name, values)
    return values.astype(float)


def check_above(name: str, value: object, bound: float) -> None:
    """Raise a `ValueError` unless a parameter is a finite number above `bound`."""
    if not bound < _real(value) <= MOST_STRENGTH:
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


def check_number(name: str, value: object) -> None:
    """Raise a `ValueError` unless a parameter is a finite number."""
    if not -np.inf < _real(value) < np.inf:
        raise ValueError(f"{name} must be a finite number, got {shorten(value)}")


def check_instance(name: str, value: object, kind: type) -> None:
    """Raise a `ValueError` unless a parameter is of a type."""
    if not isinstance(value, kind):
        raise ValueError(f"{name} must be of type {kind.__name__}, got {shorten(value)}")


def check_callable(name: str, value: object) -> None:
    """Raise a `ValueError` unless a parameter can be called with one argument, or is None."""
    if value is not None and not (callable(value) and _takes_one_argument(value)):
        raise ValueError(f"{name} must be None or a function of one argument, got {shorten(value)}")


def as_list(name: str, value: object, what: str) -> list[Any]:
    """Return the items of a sequence or array; a `ValueError` for texts and all else."""
    if isinstance(value, str | bytes) or not isinstance(value, Sequence | np.ndarray):
        raise ValueError(f"{name} must be a list of {what}, got {shorten(value)}")
    return list(value)


def as_shape(name: str, value: object, n_axes: int | None = None) -> Shape:
    """Return the shape of an array, one or more positive integers; one may come without a tuple."""
    given = value.tolist() if isinstance(value, np.ndarray) else value
    sizes: list[object] = list(given) if isinstance(given, list | tuple) else [given]
    if not sizes or n_axes not in (None, len(sizes)) or not isinstance(sizes[0], Integral):
        number = "one or more" if n_axes is None else n_axes
        raise ValueError(f"{name} must be {number} positive integers, got {shorten(value)}")
    for size in sizes:
        check_size(name, size)
    return tuple(int(size) for size in sizes if isinstance(size, Integral))


def check_choice(name: str, value: object, choices: Iterable[object]) -> None:
    """Raise a `ValueError` unless a parameter is one of some values, of the same type."""
    allowed = list(choices)
    if not any(type(value) is type(choice) and value == choice for choice in allowed):
        shown = ", ".join(map(repr, allowed))
        raise ValueError(f"{name} must be one of {shown}, got {shorten(value)}")


def _takes_one_argument(function: Callable[..., object]) -> bool:
    """Return whether a function can be called with one argument; true if it does not say."""
    try:
        parameters = signature(function)
    except (TypeError, ValueError):
        return True
    try:
        parameters.bind(None)
    except TypeError:
        return False
    return True


def hold_strength(value: float) -> float:
    """Return the strength nearest to `value` that `check_strength` accepts."""
    return min(max(float(value), 1 / MOST_STRENGTH), MOST_STRENGTH)


def _real(value: object) -> float:
    """Return a number in double precision; NaN for anything else."""
    try:
        return float(value) if isinstance(value, Real) else np.nan
    except OverflowError:
        return np.inf
