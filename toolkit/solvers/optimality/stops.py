"""What methods that count groups, or fit down to a noise level, may be asked for."""

from __future__ import annotations

import numpy as np

from ...arrays import Array, IntArray
from ...checks import check_count, check_not_negative
from ...problem import Problem


def check_stops(noise_level: float | None, n_groups: int | None) -> None:
    """Raise a `ValueError` if neither stop is given, or one is out of its range."""
    if noise_level is None and n_groups is None:
        raise ValueError("give noise_level or n_groups, so that the method knows when to stop")
    if noise_level is not None:
        check_not_negative("noise_level", noise_level)
    if n_groups is not None:
        check_count("n_groups", n_groups)


def check_groups(name: str, problem: Problem, n_groups: int | None) -> None:
    """Raise a `ValueError` if groups overlap, or fewer exist than a solver is asked for."""
    groups = problem.groups
    if groups.overlapping:
        raise ValueError(f"groups overlap; {name} needs disjoint groups")
    if n_groups is not None and n_groups > groups.n_groups:
        raise ValueError(
            f"n_groups must be at most {groups.n_groups}, the number of groups, got {n_groups!r}"
        )


def known_groups(problem: Problem, start: Array | None) -> IntArray:
    """Return the groups that are not zero in coefficients to start from, if there are any."""
    if start is None:
        return np.empty(0, dtype=np.intp)
    return np.flatnonzero(problem.groups.norms(problem.checked_start(start)))
