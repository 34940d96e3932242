"""Rules that choose one solution of a path, without knowledge of the truth."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..checks import check_level, check_positive, check_size
from ..penalties import Penalty
from ..problem import Problem
from ..solution import Solution, Status

PATIENCE = 5  # scores above the smallest before a path ends


class Rule(ABC):
    """Scores the solutions of a path as it is followed; the smallest score wins."""

    @abstractmethod
    def score(self, problem: Problem, penalty: Penalty, solution: Solution) -> float:
        """Return the score of a solution, the smaller the better."""

    @abstractmethod
    def is_decided(self, scores: Sequence[float]) -> bool:
        """Return whether the rest of the path cannot change the choice."""

    def choose(self, scores: Sequence[float]) -> int:
        """Return the position of the chosen solution, by default that of the smallest score."""
        return int(np.argmin(scores))

    def find_miss(self, path: Sequence[Solution], chosen: int) -> Status | None:
        """Return the status that says what the chosen solution of a path misses, if anything."""
        return None


@dataclass(frozen=True)
class Discrepancy(Rule):
    """The largest strength whose residual does not exceed the noise level (Morozov).

    Parameters
    ----------
    noise_level : float
        The norm of the noise, whitened where there are weights. For losses other than the squared
        one its square bounds the deviance, which is about the number of data less the number of
        parameters where the model is right (for counts that are not small).

    Raises
    ------
    ValueError
        If it is negative or not finite.

    Examples
    --------
    >>> Discrepancy(0.1).is_decided([0.4, 0.0])
    True
    """

    noise_level: float

    def __post_init__(self) -> None:
        check_level("noise_level", self.noise_level)

    def score(self, problem: Problem, penalty: Penalty, solution: Solution) -> float:
        """Return the excess of the residual norm over the noise level."""
        return max(0.0, solution.residual_norm - self.noise_level)

    def is_decided(self, scores: Sequence[float]) -> bool:
        """Return whether the residual has fallen to the noise."""
        return bool(scores) and scores[-1] == 0

    def find_miss(self, path: Sequence[Solution], chosen: int) -> Status | None:
        """Return NOISE_LEVEL_NOT_REACHED if the residual has not fallen to the noise."""
        missed = path[chosen].residual_norm > self.noise_level
        return Status.NOISE_LEVEL_NOT_REACHED if missed else None


@dataclass(frozen=True)
class GroupCount(Rule):
    """The solution whose number of active groups is closest to a given one.

    Parameters
    ----------
    n_groups : int
        The number of groups.

    Raises
    ------
    ValueError
        If it is not a positive integer.

    Examples
    --------
    >>> GroupCount(3).is_decided([2.0, 0.0])
    True
    """

    n_groups: int

    def __post_init__(self) -> None:
        check_size("n_groups", self.n_groups)

    def score(self, problem: Problem, penalty: Penalty, solution: Solution) -> float:
        """Return the difference between the number of active groups and the wanted one."""
        return float(abs(solution.active_groups.size - self.n_groups))

    def find_miss(self, path: Sequence[Solution], chosen: int) -> Status | None:
        """Return SATURATED if no solution has as many groups; the path may pass their number."""
        most = max(solution.active_groups.size for solution in path)
        return Status.SATURATED if most < self.n_groups else None

    def is_decided(self, scores: Sequence[float]) -> bool:
        """Return whether the number is reached, or has been passed."""
        return bool(scores) and (scores[-1] == 0 or scores[-1] > min(scores) + PATIENCE)


@dataclass(frozen=True)
class Balance(Rule):
    """The strength at which the misfit is `gamma` times the penalty (Ito and Jin, 2015).

    While groups are missing, the misfit of each is smaller than its penalty would be, and the
    misfit falls below ``gamma`` times the penalty. Once the residual is noise the misfit hardly
    falls, while the penalty goes on falling with the strength: the last strength before the
    misfit exceeds it is chosen. The noise level need not be known. The misfit is half the deviance.

    Parameters
    ----------
    gamma : float, default 0.3
        Smaller values end earlier. With ``n`` data and ``T`` groups of ``s`` it
        should be below ``(n - s T) / (T (s + 2 log N + ...))``, the misfit of the noise
        over the penalty at which noise begins to enter.

    Raises
    ------
    ValueError
        If `gamma` is not positive.

    Examples
    --------
    >>> Balance().choose([1.0, -2.0, -1.0, 0.5])
    2
    """

    gamma: float = 0.3

    def __post_init__(self) -> None:
        check_positive("gamma", self.gamma)

    def score(self, problem: Problem, penalty: Penalty, solution: Solution) -> float:
        """Return the logarithm of misfit over `gamma` times penalty."""
        misfit = solution.residual_norm**2 / 2
        cost = self.gamma * penalty.value(solution.coef, problem.groups)
        if cost == 0 or misfit == 0:
            return float(np.inf if cost == 0 else -np.inf)
        return float(np.log(misfit / cost))

    def choose(self, scores: Sequence[float]) -> int:
        """Return the last strength before the misfit exceeds `gamma` times the penalty again."""
        lighter = np.asarray(scores) < 0
        first = int(np.argmax(lighter))
        if not lighter[first]:
            return int(np.argmin(scores))
        again = np.flatnonzero(~lighter[first:])
        return first + int(again[0]) - 1 if again.size else len(scores) - 1

    def is_decided(self, scores: Sequence[float]) -> bool:
        """Return whether the misfit exceeds `gamma` times the penalty after it did not."""
        return len(scores) > 1 and min(scores[:-1]) < 0 <= scores[-1]
