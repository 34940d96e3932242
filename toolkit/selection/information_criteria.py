"""Information criteria: choosing along a path when the noise is not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np
from scipy.special import gammaln

from ..penalties import Penalty
from ..problem import Problem
from ..solution import Solution
from .degrees_of_freedom import degrees_of_freedom
from .rules import Rule


@dataclass(frozen=True)
class BIC(Rule):
    """The Bayesian information criterion ``n log(||r||^2 / n) + df log n`` (Schwarz, 1978).

    ``n`` counts the real numbers of the data. Solutions with more than half as
    many parameters are not considered: there the residual says little, and the
    path ends.

    Examples
    --------
    >>> from groupsparse.toolkit.problem import Problem
    >>> from groupsparse.toolkit.selection import AlongPath
    >>> from groupsparse.toolkit.solvers import PrimalDualActiveSet
    >>> problem = Problem(np.eye(8), [9.0, 9.0, 0.1, 0.2, 0.1, 0.1, 0.2, 0.1], groups=2)
    >>> AlongPath(PrimalDualActiveSet(), BIC()).solve(problem).active_groups
    array([0])
    """

    def score(self, problem: Problem, penalty: Penalty, solution: Solution) -> float:
        """Return the criterion, infinite where it is not to be trusted."""
        n = problem.data.size * (2 if problem.data.dtype.kind == "c" else 1)
        df = degrees_of_freedom(problem, penalty, solution)
        if 2 * df > n:
            return float(np.inf)
        precision = np.finfo(problem.dtype).eps * float(np.linalg.norm(problem.data))
        energy = max(solution.residual_norm**2, precision**2, np.finfo(float).tiny)
        price = df * self._price(n)
        return float(n * np.log(energy / n) + price) + self._prior(problem, solution)

    def _price(self, n: int) -> float:
        """Return what a parameter costs."""
        return float(np.log(n))

    def _prior(self, problem: Problem, solution: Solution) -> float:
        return 0.0

    def enough(self, scores: Sequence[float]) -> bool:
        """Return whether the last solution has too many parameters."""
        return bool(scores) and scores[-1] == np.inf


@dataclass(frozen=True)
class AIC(BIC):
    """Akaike's criterion ``n log(||r||^2 / n) + 2 df`` (Akaike, 1974).

    Made to predict rather than to find the groups: it keeps more than `BIC`.

    Examples
    --------
    >>> from groupsparse.toolkit.problem import Problem
    >>> from groupsparse.toolkit.selection import AlongPath
    >>> from groupsparse.toolkit.solvers import PrimalDualActiveSet
    >>> problem = Problem(np.eye(8), [9.0, 9.0, 0.1, 0.2, 0.1, 0.1, 0.2, 0.1], groups=2)
    >>> AlongPath(PrimalDualActiveSet(), AIC()).solve(problem).active_groups
    array([0])
    """

    def _price(self, n: int) -> float:
        return 2.0


@dataclass(frozen=True)
class EBIC(BIC):
    """The extended criterion, ``BIC + 2 gamma log C(N, k)`` (Chen and Chen, 2008).

    The last term is the logarithm of the number of sets of ``k`` among ``N``
    groups: among many groups some fit the noise by chance.

    Parameters
    ----------
    gamma : float, default 1
        From 0, which is `BIC`, to 1.

    Raises
    ------
    ValueError
        If `gamma` is not between 0 and 1.

    Examples
    --------
    >>> EBIC(0.5).gamma
    0.5
    """

    gamma: float = 1.0

    def __post_init__(self) -> None:
        if not isinstance(self.gamma, Real) or not 0 <= float(self.gamma) <= 1:
            raise ValueError(f"gamma must lie between 0 and 1, got {self.gamma!r}")

    def _prior(self, problem: Problem, solution: Solution) -> float:
        n, k = problem.groups.n_groups, solution.active_groups.size
        n_sets = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
        return float(2 * self.gamma * n_sets)
