"""Methods whose larger sets hold the smaller ones: one order serves all sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from ..arrays import IntArray
from ..problem import Problem
from ..solvers.greedy.greedy_solver import GreedySolver
from ._reduced import Reduced, checked_sizes, prefixes

FindOrder = Callable[[Reduced, int], IntArray]


@dataclass(frozen=True)
class Nested:
    """Subsets that are the beginnings of one order.

    Parameters
    ----------
    find : callable
        Given the reduced problem and the largest size, returns features, the
        most important first: as many, or fewer if no more are independent.

    Examples
    --------
    >>> A = np.array([[3.0, 2.9, -2.0], [0.0, 1.0, 0.5]])
    >>> Nested(lambda reduced, n: np.arange(n)).subsets(Problem(A, A), [1, 2])
    {1: array([0]), 2: array([0, 1])}
    """

    find: FindOrder

    def subsets(self, problem: Problem, sizes: Iterable[int]) -> dict[int, IntArray]:
        """Choose features of a problem.

        Parameters
        ----------
        problem : Problem
            Every group is one feature, in all channels.
        sizes : iterable of int
            How many.

        Returns
        -------
        dict of int to ndarray of int
            For each size the features, the most important first. Sizes beyond
            the number of independent features are left out.

        Raises
        ------
        ValueError
            If groups hold several features, or a size is not a positive integer.
        """
        asked = checked_sizes(problem, sizes)
        if not asked:
            return {}
        return prefixes(self.find(Reduced(problem), asked[-1]), asked)


def by_pursuit(solver: GreedySolver) -> Nested:
    """Return the method that takes groups in the order in which a pursuit includes them.

    Parameters
    ----------
    solver : GreedySolver
        Such as `SimultaneousOLS`; its stops are replaced.

    Returns
    -------
    Nested
        The method.

    Examples
    --------
    >>> from groupsparse.toolkit.solvers import SimultaneousOLS
    >>> A = np.diag([1.0, 5.0, 3.0])
    >>> by_pursuit(SimultaneousOLS(n_groups=1)).subsets(Problem(A, A), [2])
    {2: array([1, 2])}
    """

    def find(reduced: Reduced, n: int) -> IntArray:
        pursuit = replace(solver, n_groups=n, noise_level=None)
        order: IntArray = reduced.solve(pursuit).history["group"].astype(np.intp)
        return order

    return Nested(find)
