"""Methods that begin anew for every size."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from ..arrays import IntArray
from ..problem import Problem
from ..solution import without_warnings
from ..solvers.subset.subset_search import SubsetSearch
from ._reduced import Reduced, checked_sizes, prefixes


@dataclass(frozen=True)
class EachSize:
    """Subsets of which each is found by itself.

    Parameters
    ----------
    find : callable
        Given the reduced problem and a size, returns features. Dependent ones are taken
        out; what is then missing is filled up by forward selection, and of too many the
        first stay in the order of forward selection among them.

    Examples
    --------
    >>> import numpy as np
    >>> A = np.diag([1.0, 5.0, 3.0])
    >>> EachSize(lambda reduced, n: np.arange(n)).subsets(Problem(A, A), [1, 2])
    {1: array([0]), 2: array([1, 0])}
    """

    find: Callable[[Reduced, int], IntArray]

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
            For each size the features, in the order of forward selection among them.
            Sizes beyond the number of independent features are left out.

        Raises
        ------
        ValueError
            If groups hold several features, or a size is not a positive integer.
        """
        asked = checked_sizes(problem, sizes)
        reduced, found = Reduced(problem), {}
        for size in asked:
            order = reduced.ordered(self.find(reduced, size))
            order = reduced.forward(order, size)
            if order.size < size:
                break
            found[size] = order[:size]
        return found


def by_count(solver: Any) -> EachSize:
    """Return the method that asks a solver for so many groups.

    Parameters
    ----------
    solver : dataclass with a field `n_groups`
        A `noise_level`, if it has one, is set to None.

    Returns
    -------
    EachSize
        The method.

    Examples
    --------
    >>> import numpy as np
    >>> from groupsparse.toolkit.solvers import SimultaneousNIHT
    >>> A = np.diag([1.0, 5.0, 3.0])
    >>> by_count(SimultaneousNIHT(n_groups=1)).subsets(Problem(A, A), [2])
    {2: array([1, 2])}
    """
    others = {"noise_level": None} if hasattr(solver, "noise_level") else {}

    def find(reduced: Reduced, n: int) -> IntArray:
        return reduced.solve(replace(solver, n_groups=n, **others)).active_groups

    return EachSize(find)


@dataclass(frozen=True)
class Searched:
    """Subsets by `SubsetSearch`: all sizes up to the largest at once, or a single one.

    Parameters
    ----------
    solver : SubsetSearch
        Its `n_groups` is replaced.

    Examples
    --------
    >>> import numpy as np
    >>> A = np.array([[2.0, 2.0, 0.0, 1.5], [1.0, 0.0, 1.0, 1.0], [1.0, 1.0, 1.0, 0.0]])
    >>> np.sort(Searched(SubsetSearch(1)).subsets(Problem(A, A), [2])[2])
    array([0, 2])
    """

    solver: SubsetSearch

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
            As `EachSize.subsets`.

        Raises
        ------
        ValueError
            If groups hold several features, or a size is not a positive integer.
        """
        asked = checked_sizes(problem, sizes)
        if not asked:
            return {}
        reduced = Reduced(problem)
        search = replace(self.solver, n_groups=asked[-1])
        if len(asked) == 1:
            return prefixes(reduced.solve(search).history["group"].astype(int), asked)
        with without_warnings():
            path = search.path(reduced.problem)
        return {order.size: order for order in path if order.size in asked}
