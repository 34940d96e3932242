"""Solvers that stop at a noise level or at a number of active groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..arrays import Array, IntArray
from ..checks import check_count, check_level
from ..problem import Problem
from ..solution import Progress
from .goal import Goal
from .requirements import DISJOINT_GROUPS, Requirement
from .solver import Solver


@dataclass(frozen=True)
class CountingSolver(Solver):
    """A solver that stops at a noise level or at a number of active groups.

    Parameters
    ----------
    noise_level : float, optional
        The norm of the noise: stop when the residual is not above it.
    n_groups : int, optional
        Stop when this many groups are active. One of the two is needed; with
        both, whichever comes first stops.
    callback : callable, optional
        Called with a `Progress` after each step; a true result stops.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or neither stop is given.
    """

    requires: ClassVar[tuple[Requirement, ...]] = (DISJOINT_GROUPS,)

    noise_level: float | None = None
    n_groups: int | None = None
    callback: Callable[[Progress], bool | None] | None = None

    def __post_init__(self) -> None:
        check_stops(self.noise_level, self.n_groups)

    @property
    def goal(self) -> Goal:
        """The number of groups and the noise level, whichever comes first."""
        return Goal(self.n_groups, self.noise_level)

    def check_problem(self, problem: Problem) -> None:
        """Raise a `ValueError` if groups overlap, or fewer exist than `n_groups`."""
        super().check_problem(problem)
        check_n_groups(problem, self.n_groups)


def check_stops(noise_level: float | None, n_groups: int | None) -> None:
    """Raise a `ValueError` if neither stop is given, or one is out of its range."""
    if noise_level is None and n_groups is None:
        raise ValueError("give noise_level or n_groups, so that the method knows when to stop")
    if noise_level is not None:
        check_level("noise_level", noise_level)
    if n_groups is not None:
        check_count("n_groups", n_groups)


def check_n_groups(problem: Problem, n_groups: int | None) -> None:
    """Raise a `ValueError` if a solver is asked for more groups than there are."""
    if n_groups is not None and n_groups > problem.groups.n_groups:
        raise ValueError(
            f"n_groups must be at most {problem.groups.n_groups}, the number of groups, "
            f"got {n_groups!r}"
        )


def find_known_groups(problem: Problem, start: Array | None) -> IntArray:
    """Return the groups that are not zero in coefficients to start from, if there are any."""
    if start is None:
        return np.empty(0, dtype=np.intp)
    return np.flatnonzero(problem.groups.norms(start))
