"""Checks of numbers that callers pass, with one message for each."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np


def check_count(name: str, value: Any, least: int = 1) -> None:
    """Raise a `ValueError` unless a parameter is an integer that is large enough.

    Parameters
    ----------
    name : str
        What the parameter is called.
    value : object
        What came.
    least : int
        The smallest one that is accepted.

    Raises
    ------
    ValueError
        If it is something else.

    Examples
    --------
    >>> check_count("n_groups", 3)
    """
    if not isinstance(value, Integral) or int(value) < least:
        raise ValueError(f"{name} must be an integer of at least {least}, got {value!r}")


def check_not_negative(name: str, value: Any) -> None:
    """Raise a `ValueError` unless a parameter is a finite number of at least zero.

    Parameters
    ----------
    name : str
        What the parameter is called.
    value : object
        What came.

    Raises
    ------
    ValueError
        If it is something else.

    Examples
    --------
    >>> check_not_negative("noise_level", 0)
    """
    if not 0 <= _real(value) < np.inf:
        raise ValueError(f"{name} must be finite and not negative, got {value!r}")


def check_positive(name: str, value: Any) -> None:
    """Raise a `ValueError` unless a parameter is a finite number above zero.

    Parameters
    ----------
    name : str
        What the parameter is called.
    value : object
        What came.

    Raises
    ------
    ValueError
        If it is something else.

    Examples
    --------
    >>> check_positive("tol", 1e-6)
    """
    if not 0 < _real(value) < np.inf:
        raise ValueError(f"{name} must be positive and finite, got {value!r}")


def check_fraction(name: str, value: Any) -> None:
    """Raise a `ValueError` unless a parameter is a number between zero and one, neither of them.

    Parameters
    ----------
    name : str
        What the parameter is called.
    value : object
        What came.

    Raises
    ------
    ValueError
        If it is something else.

    Examples
    --------
    >>> check_fraction("eps", 1e-3)
    """
    if not 0 < _real(value) < 1:
        raise ValueError(f"{name} must lie between 0 and 1, got {value!r}")


def check_share(name: str, value: Any) -> None:
    """Raise a `ValueError` unless a parameter is a number from zero to one, both included.

    Parameters
    ----------
    name : str
        What the parameter is called.
    value : object
        What came.

    Raises
    ------
    ValueError
        If it is something else.

    Examples
    --------
    >>> check_share("l1_ratio", 1)
    """
    if not 0 <= _real(value) <= 1:
        raise ValueError(f"{name} must be from 0 to 1, got {value!r}")


def check_flag(name: str, value: Any) -> None:
    """Raise a `ValueError` unless a parameter is True or False.

    Parameters
    ----------
    name : str
        What the parameter is called.
    value : object
        What came.

    Raises
    ------
    ValueError
        If it is something else.

    Examples
    --------
    >>> check_flag("fit_intercept", True)
    """
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be True or False, got {value!r}")


def check_choice(name: str, value: Any, choices: Iterable[Any]) -> None:
    """Raise a `ValueError` unless a parameter is one of some values.

    Parameters
    ----------
    name : str
        What the parameter is called.
    value : object
        What came.
    choices : iterable
        What it may be.

    Raises
    ------
    ValueError
        If it is something else.

    Examples
    --------
    >>> check_choice("norm", 1, (1, 2))
    """
    allowed = list(choices)
    if not any(type(value) is type(choice) and value == choice for choice in allowed):
        shown = ", ".join(map(repr, allowed))
        raise ValueError(f"{name} must be one of {shown}, got {value!r}")


def _real(value: Any) -> float:
    """Return a number in double precision; NaN if it is none."""
    try:
        return float(value) if isinstance(value, Real) else np.nan
    except OverflowError:
        return np.inf
