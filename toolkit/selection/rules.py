"""Rules that choose one solution of a path, without knowledge of the truth."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral

import numpy as np

from ..checks import check_not_negative
from ..penalties import Penalty
from ..problem import Problem
from ..solution import Solution
from .degrees_of_freedom import degrees_of_freedom

_PATIENCE = 5


class Rule(ABC):
    """Scores the solutions of a path as it is followed; the smallest score wins."""

    @abstractmethod
    def score(self, problem: Problem, penalty: Penalty, solution: Solution) -> float:
        """Return how bad a solution is."""

    @abstractmethod
    def enough(self, scores: Sequence[float]) -> bool:
        """Return whether the path need not be followed further."""

    def chosen(self, scores: Sequence[float]) -> int:
        """Return which solution of a path is chosen, from the scores of all: the smallest."""
        return int(np.argmin(scores))

    def accepts(self, score: float) -> bool:
        """Return whether the chosen score is good enough to be called a success."""
        return True


@dataclass(frozen=True)
class Discrepancy(Rule):
    """The largest strength whose residual is not above the noise (Morozov's principle).

    Parameters
    ----------
    noise_level : float
        The norm of the noise.

    Raises
    ------
    ValueError
        If it is negative or not finite.

    Examples
    --------
    >>> Discrepancy(0.1).enough([0.4, 0.0])
    True
    """

    noise_level: float

    def __post_init__(self) -> None:
        check_not_negative("noise_level", self.noise_level)

    def score(self, problem: Problem, penalty: Penalty, solution: Solution) -> float:
        """Return by how much the residual exceeds the noise."""
        return max(0.0, solution.residual_norm - self.noise_level)

    def enough(self, scores: Sequence[float]) -> bool:
        """Return whether the residual has fallen to the noise."""
        return bool(scores) and scores[-1] == 0

    def accepts(self, score: float) -> bool:
        """Return whether the residual has fallen to the noise."""
        return score == 0


@dataclass(frozen=True)
class GroupCount(Rule):
    """The solution whose number of active groups is closest to a given one.

    Parameters
    ----------
    n_groups : int
        How many.

    Raises
    ------
    ValueError
        If it is not a positive integer.

    Examples
    --------
    >>> GroupCount(3).enough([2.0, 0.0])
    True
    """

    n_groups: int

    def __post_init__(self) -> None:
        if not isinstance(self.n_groups, Integral) or self.n_groups < 1:
            raise ValueError(f"n_groups must be a positive integer, got {self.n_groups!r}")

    def score(self, problem: Problem, penalty: Penalty, solution: Solution) -> float:
        """Return by how many groups a solution misses."""
        return float(abs(solution.active_groups.size - self.n_groups))

    def enough(self, scores: Sequence[float]) -> bool:
        """Return whether the number is met, or has been passed."""
        return bool(scores) and (scores[-1] == 0 or scores[-1] > min(scores) + _PATIENCE)


@dataclass(frozen=True)
class MallowsCp(Rule):
    """The smallest estimate of the prediction error, ``||r||^2 + 2 sigma^2 df`` (Mallows, 1973).

    Parameters
    ----------
    noise_level : float
        The norm of the noise; its variance per real number is its square over
        how many real numbers the data hold.

    Raises
    ------
    ValueError
        If it is negative or not finite.

    Examples
    --------
    >>> MallowsCp(0.1).enough([3.0, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5])
    True
    """

    noise_level: float

    def __post_init__(self) -> None:
        check_not_negative("noise_level", self.noise_level)

    def score(self, problem: Problem, penalty: Penalty, solution: Solution) -> float:
        """Return the estimate for one solution."""
        n_numbers = problem.data.size * (2 if problem.data.dtype.kind == "c" else 1)
        variance = self.noise_level**2 / n_numbers
        return solution.residual_norm**2 + 2 * variance * degrees_of_freedom(
            problem, penalty, solution
        )

    def enough(self, scores: Sequence[float]) -> bool:
        """Return whether the last few scores are all above the smallest."""
        return len(scores) > _PATIENCE and int(np.argmin(scores)) < len(scores) - _PATIENCE
