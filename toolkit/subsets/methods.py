"""The table of methods that choose columns, each under a short name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Protocol

import numpy as np

from ..arrays import IntArray
from ..problem import Problem
from ..solvers import (
    GammaContinuation,
    OrthonormalGroups,
    RankAwareORMP,
    SimultaneousNIHT,
    SimultaneousOMP,
    SpectralProjectedGradient,
    SubsetSearch,
    SubspaceAugmentedMUSIC,
)
from ..solvers.greedy.greedy_solver import GreedySolver
from ..ties import index_of_smallest
from ._reduced import Reduced, checked_sizes
from .by_tolerance import ByTolerance
from .each_size import EachSize, Searched, by_count
from .farthest_points import farthest_points
from .leverage_scores import leverage_orders
from .nested import Nested, by_pursuit
from .pivoted_qr import pivoted_qr
from .subset_errors import subset_errors

_PARTS = (0.25, 0.5, 0.75, 1.0)  # of the number of features: ranks that SA-MUSIC is given


class SubsetMethod(Protocol):
    """What chooses features for several sizes at once."""

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
        """


@dataclass(frozen=True)
class Leverage:
    """Subsets by leverage scores, of as many singular vectors as features are wanted.

    Examples
    --------
    >>> A = np.array([[3.0, 4.0, 0.0], [0.0, 0.0, 1.0]])
    >>> Leverage().subsets(Problem(A, A), [1, 2])
    {1: array([1]), 2: array([2, 1])}
    """

    def subsets(self, problem: Problem, sizes: Iterable[int]) -> dict[int, IntArray]:
        """Choose features of a problem by their columns alone.

        Parameters
        ----------
        problem : Problem
            Every group is one feature, in all channels.
        sizes : iterable of int
            How many.

        Returns
        -------
        dict of int to ndarray of int
            For each size the features, that of largest score first. Sizes beyond the
            number of independent features are left out.

        Raises
        ------
        ValueError
            If groups hold several features, or a size is not a positive integer.
        """
        asked = checked_sizes(problem, sizes)
        if not asked:
            return {}
        orders = leverage_orders(Reduced(problem).columns, asked)
        return {size: order for size, order in orders.items() if order.size == size}


def _subspace_augmented(reduced: Reduced, n: int) -> IntArray:
    """Choose by SA-MUSIC with the best of a few ranks, since data of full rank name none."""
    found = [np.empty(0, dtype=np.intp)]
    for rank in sorted({max(1, round(part * n)) for part in _PARTS}):
        if rank <= reduced.rank:
            solver = SubspaceAugmentedMUSIC(n_groups=n, rank=rank)
            found.append(reduced.solve(solver).active_groups)
    errors = subset_errors(reduced.columns, reduced.data, found)
    return found[index_of_smallest(errors)]


def _rank_aware(reduced: Reduced, n: int) -> IntArray:
    """Choose by RA-ORMP with as many directions of signal as there are features to come."""
    # Without noise no direction is left out but for that.
    return reduced.solve(RankAwareORMP(noise_level=0.0, n_groups=n)).active_groups


METHODS: dict[str, SubsetMethod] = {
    "search": Searched(SubsetSearch(1)),
    "swaps": by_count(SubsetSearch(1, width=1, depth=0)),
    "forward": Nested(lambda reduced, n: reduced.forward(np.empty(0, dtype=np.intp), n)),
    "ow": ByTolerance(GammaContinuation(0.0, refit=False)),
    "ra-ormp": by_pursuit(RankAwareORMP(n_groups=1)),
    "ra-ormp-truncated": EachSize(_rank_aware),
    "sa-music": EachSize(_subspace_augmented),
    "l21": ByTolerance(
        SpectralProjectedGradient(noise_level=0.0, tol=1e-4, max_iter=3000),
        factors=(1.0, 1.3),
        warm_start=True,
    ),
    "sniht": EachSize(
        lambda reduced, n: (
            reduced.solve(OrthonormalGroups(SimultaneousNIHT(n_groups=n))).active_groups
        )
    ),
    "somp": by_pursuit(SimultaneousOMP(n_groups=1)),
    "pivoted-qr": Nested(lambda reduced, n: pivoted_qr(reduced.columns, n)),
    "leverage": Leverage(),
    "farthest-point": Nested(lambda reduced, n: farthest_points(reduced.columns, n)),
}
"""By name. "search" is the best; "ow", "l21" and "leverage" know no sizes, see their modules.

"ra-ormp" is one pursuit for all sizes, with as many directions of signal as the largest size;
"ra-ormp-truncated" is one for each size, with as many directions as features, which is better.
"""


def as_method(method: str | Any) -> SubsetMethod:
    """Return a method that chooses features.

    Parameters
    ----------
    method : str, SubsetMethod or solver
        A name in `METHODS`, something that has `subsets`, or a solver that is a dataclass
        with a field `n_groups` or `noise_level`, whose value does not matter: `n_groups` is
        replaced for each size, or `noise_level` as by `ByTolerance`.

    Returns
    -------
    SubsetMethod
        The method.

    Raises
    ------
    ValueError
        If it is something else, or there is no method of that name.

    Examples
    --------
    >>> A = np.diag([1.0, 3.0, 2.0])
    >>> as_method("forward").subsets(Problem(A, A), [2])
    {2: array([1, 2])}
    >>> as_method(SimultaneousOMP(n_groups=1)).subsets(Problem(A, A), [1])
    {1: array([1])}
    """
    if isinstance(method, str):
        if method in METHODS:
            return METHODS[method]
    elif not isinstance(method, type):
        if hasattr(method, "subsets"):
            known: SubsetMethod = method
            return known
        found = _from_solver(method)
        if found is not None:
            return found
    raise ValueError(
        f"method must be one of {', '.join(map(repr, METHODS))}, or a solver with a field "
        f"n_groups or noise_level, got {method!r}"
    )


def _from_solver(solver: Any) -> SubsetMethod | None:
    """Return the method that a solver makes, if it is one that can be told where to stop."""
    names = {field.name for field in fields(solver)} if is_dataclass(solver) else set()
    if isinstance(solver, SubsetSearch):
        return Searched(solver)
    if isinstance(solver, GreedySolver):
        return by_pursuit(solver)
    if "n_groups" in names:
        return by_count(solver)
    if "noise_level" in names:
        return ByTolerance(solver)
    return None
