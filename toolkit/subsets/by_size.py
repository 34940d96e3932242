"""Methods that choose subsets by their size: one order for all sizes, or a search for each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, is_dataclass, replace

import numpy as np

from ..arrays import IntArray
from ..convergence import without_warnings
from ..problem import Problem
from ..solvers.greedy.pursuit import GreedySolver
from ..solvers.solver import Solver
from ..solvers.subset.subset_search import SubsetSearch
from .column_orders import leverage_orders
from .reduced_problem import ReducedProblem, check_sizes

FindFeatures = Callable[[ReducedProblem, int], IntArray]


class SubsetMethod(ABC):
    """A method that chooses features for several sizes at once."""

    @abstractmethod
    def subsets(self, problem: Problem, sizes: Iterable[int]) -> dict[int, IntArray]:
        """Choose features of a problem.

        Parameters
        ----------
        problem : Problem
            Every group is one feature, in all channels.
        sizes : iterable of int
            The numbers of features.

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


@dataclass(frozen=True)
class EachSize(SubsetMethod):
    """Subsets of which each is found by itself, in the order of forward selection among them.

    `find` returns features of the reduced problem for a size. Dependent ones are removed;
    forward selection adds any that are missing, and of too many the first ones stay.

    Examples
    --------
    >>> A = np.diag([1.0, 5.0, 3.0])
    >>> EachSize(lambda reduced, n: np.arange(n)).subsets(Problem(A, A), [1, 2])
    {1: array([0]), 2: array([1, 0])}
    """

    find: FindFeatures

    def subsets(self, problem: Problem, sizes: Iterable[int]) -> dict[int, IntArray]:
        """Choose features of a problem for each size."""
        asked = check_sizes(problem, sizes)
        reduced, found = ReducedProblem(problem), {}
        for size in asked:
            order = reduced.sort_members(self.find(reduced, size))
            order = reduced.select_forward(order, size)
            if order.size < size:
                break
            found[size] = order[:size]
        return found


@dataclass(frozen=True)
class Nested(SubsetMethod):
    """Subsets that are the beginnings of one order.

    `find` returns features of the reduced problem for the largest size, the most important
    first: as many, or fewer if no more are independent.

    Examples
    --------
    >>> A = np.array([[3.0, 2.9, -2.0], [0.0, 1.0, 0.5]])
    >>> Nested(lambda reduced, n: np.arange(n)).subsets(Problem(A, A), [1, 2])
    {1: array([0]), 2: array([0, 1])}
    """

    find: FindFeatures

    def subsets(self, problem: Problem, sizes: Iterable[int]) -> dict[int, IntArray]:
        """Choose features of a problem for each size."""
        asked = check_sizes(problem, sizes)
        if not asked:
            return {}
        return _cut_order(self.find(ReducedProblem(problem), asked[-1]), asked)


@dataclass(frozen=True)
class Searched(SubsetMethod):
    """Subsets by `SubsetSearch`: all sizes up to the largest at once, or a single one.

    Examples
    --------
    >>> A = np.array([[2.0, 2.0, 0.0, 1.5], [1.0, 0.0, 1.0, 1.0], [1.0, 1.0, 1.0, 0.0]])
    >>> np.sort(Searched(SubsetSearch(1)).subsets(Problem(A, A), [2])[2])
    array([0, 2])
    """

    solver: SubsetSearch

    def subsets(self, problem: Problem, sizes: Iterable[int]) -> dict[int, IntArray]:
        """Choose features of a problem for each size."""
        asked = check_sizes(problem, sizes)
        if not asked:
            return {}
        reduced = ReducedProblem(problem)
        search = replace(self.solver, n_groups=asked[-1])
        if len(asked) == 1:
            return _cut_order(reduced.solve(search).history["group"].astype(int), asked)
        with without_warnings():
            path = search.path(reduced.problem)
        return {order.size: order for order in path if order.size in asked}


@dataclass(frozen=True)
class Leverage(SubsetMethod):
    """Subsets by leverage scores, of as many singular vectors as features are wanted.

    Examples
    --------
    >>> A = np.array([[3.0, 4.0, 0.0], [0.0, 0.0, 1.0]])
    >>> Leverage().subsets(Problem(A, A), [1, 2])
    {1: array([1]), 2: array([2, 1])}
    """

    def subsets(self, problem: Problem, sizes: Iterable[int]) -> dict[int, IntArray]:
        """Choose features of a problem for each size, by their columns alone."""
        asked = check_sizes(problem, sizes)
        if not asked:
            return {}
        orders = leverage_orders(ReducedProblem(problem).columns, asked)
        return {size: order for size, order in orders.items() if order.size == size}


def by_count(solver: Solver) -> EachSize:
    """Return the method that asks a solver with a field `n_groups` for so many groups.

    Examples
    --------
    >>> from groupsparse.toolkit.solvers import SimultaneousNIHT
    >>> A = np.diag([1.0, 5.0, 3.0])
    >>> by_count(SimultaneousNIHT(n_groups=1)).subsets(Problem(A, A), [2])
    {2: array([1, 2])}
    """

    def find(reduced: ReducedProblem, n: int) -> IntArray:
        return reduced.solve(set_stops(solver, n_groups=n, noise_level=None)).active_groups

    return EachSize(find)


def by_pursuit(solver: GreedySolver) -> Nested:
    """Return the method that takes groups in the order in which a pursuit includes them.

    Examples
    --------
    >>> from groupsparse.toolkit.solvers import SimultaneousOLS
    >>> A = np.diag([1.0, 5.0, 3.0])
    >>> by_pursuit(SimultaneousOLS(n_groups=1)).subsets(Problem(A, A), [2])
    {2: array([1, 2])}
    """

    def find(reduced: ReducedProblem, n: int) -> IntArray:
        pursuit = replace(solver, n_groups=n, noise_level=None)
        order: IntArray = reduced.solve(pursuit).history["group"].astype(np.intp)
        return order

    return Nested(find)


def find_fields(solver: Solver) -> set[str]:
    """Return the names of a solver's settings."""
    return {field.name for field in fields(solver)} if is_dataclass(solver) else set()


def set_stops(solver: Solver, **stops: float | None) -> Solver:
    """Return a solver with other values of those settings that it has."""
    assert is_dataclass(solver)
    known = find_fields(solver)
    return replace(solver, **{name: value for name, value in stops.items() if name in known})


def _cut_order(order: IntArray, sizes: list[int]) -> dict[int, IntArray]:
    """Return the first so many of an order, for every size that it reaches."""
    return {size: order[:size] for size in sizes if size <= order.size}
