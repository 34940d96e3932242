"""The balance of misfit and penalty: choosing along a path when the noise is not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np

from ..penalties import Penalty
from ..problem import Problem
from ..solution import Solution
from .rules import Rule


@dataclass(frozen=True)
class Balance(Rule):
    """The strength at which the misfit is `gamma` times the penalty (Ito and Jin, 2015).

    While signal is missing, every missing group leaves less misfit than its
    penalty would cost, and the misfit falls below ``gamma`` times the penalty.
    Once only noise is left the misfit hardly falls, and the penalty goes on
    falling with the strength: the last strength before it is outweighed is
    chosen. The noise need not be known.

    Parameters
    ----------
    gamma : float, default 0.3
        Smaller values end earlier. With ``n`` data and ``T`` groups of ``s`` it
        should be below ``(n - s T) / (T (s + 2 log N + ...))``, the noise left
        over the penalty at which noise begins to enter.

    Raises
    ------
    ValueError
        If `gamma` is not positive.

    Examples
    --------
    >>> Balance().chosen([1.0, -2.0, -1.0, 0.5])
    2
    """

    gamma: float = 0.3

    def __post_init__(self) -> None:
        if not isinstance(self.gamma, Real) or not 0 < float(self.gamma) < np.inf:
            raise ValueError(f"gamma must be positive and finite, got {self.gamma!r}")

    def score(self, problem: Problem, penalty: Penalty, solution: Solution) -> float:
        """Return the logarithm of misfit over `gamma` times penalty."""
        misfit = solution.residual_norm**2 / 2
        cost = self.gamma * penalty.value(solution.coef, problem.groups)
        if cost == 0 or misfit == 0:
            return float(np.inf if cost == 0 else -np.inf)
        return float(np.log(misfit / cost))

    def chosen(self, scores: Sequence[float]) -> int:
        """Return the last strength before the misfit outweighs the penalty again."""
        lighter = np.asarray(scores) < 0
        first = int(np.argmax(lighter))
        if not lighter[first]:
            return int(np.argmin(scores))
        again = np.flatnonzero(~lighter[first:])
        return first + int(again[0]) - 1 if again.size else len(scores) - 1

    def enough(self, scores: Sequence[float]) -> bool:
        """Return whether the misfit outweighs the penalty after it did not."""
        return len(scores) > 1 and min(scores[:-1]) < 0 <= scores[-1]
