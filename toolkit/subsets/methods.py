"""The table of methods that choose columns, each under a short name."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from ..arrays import IntArray
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
from ..solvers.greedy.pursuit import GreedySolver
from ..solvers.solver import Solver
from ..ties import index_of_smallest
from .by_size import (
    EachSize,
    Leverage,
    Nested,
    Searched,
    SubsetMethod,
    by_count,
    by_pursuit,
    find_fields,
)
from .by_tolerance import ByTolerance
from .column_orders import farthest_points, pivoted_qr
from .reduced_problem import ReducedProblem
from .subset_errors import subset_errors

MethodLike: TypeAlias = str | SubsetMethod | Solver

_PARTS = (0.25, 0.5, 0.75, 1.0)  # of the number of features: ranks that SA-MUSIC is given


def _find_by_music(reduced: ReducedProblem, n: int) -> IntArray:
    """Return the features of SA-MUSIC at the best of a few ranks, as data of full rank set none."""
    found = [np.empty(0, dtype=np.intp)]
    for rank in sorted({max(1, round(part * n)) for part in _PARTS}):
        if rank <= reduced.rank:
            solver = SubspaceAugmentedMUSIC(n_groups=n, rank=rank)
            found.append(reduced.solve(solver).active_groups)
    errors = subset_errors(reduced.columns, reduced.data, found)
    return found[index_of_smallest(errors)]


def _find_by_ormp(reduced: ReducedProblem, n: int) -> IntArray:
    """Return the features of RA-ORMP with as many signal directions as features to come.

    Without noise no other direction is left out.
    """
    return reduced.solve(RankAwareORMP(noise_level=0.0, n_groups=n)).active_groups


METHODS: dict[str, SubsetMethod] = {
    "search": Searched(SubsetSearch(1)),
    "swaps": by_count(SubsetSearch(1, width=1, depth=0)),
    "forward": Nested(lambda reduced, n: reduced.select_forward(np.empty(0, dtype=np.intp), n)),
    "ow": ByTolerance(GammaContinuation(0.0, refit=False)),
    "ra-ormp": by_pursuit(RankAwareORMP(n_groups=1)),
    "ra-ormp-truncated": EachSize(_find_by_ormp),
    "sa-music": EachSize(_find_by_music),
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
"""By name. "search" is the best; "ow" and "l21" take tolerances, not sizes.

"ra-ormp" is one pursuit for all sizes, with as many signal directions as the largest size;
"ra-ormp-truncated" is one for each size, with as many directions as features, which is better.
"""


def as_method(method: MethodLike) -> SubsetMethod:
    """Return a method that chooses features.

    Parameters
    ----------
    method : str, SubsetMethod or solver
        A name in `METHODS`, a method itself, or a solver that is a dataclass
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
    >>> from groupsparse.toolkit.problem import Problem
    >>> A = np.diag([1.0, 3.0, 2.0])
    >>> as_method("forward").subsets(Problem(A, A), [2])
    {2: array([1, 2])}
    >>> as_method(SimultaneousOMP(n_groups=1)).subsets(Problem(A, A), [1])
    {1: array([1])}
    """
    if isinstance(method, str):
        if method in METHODS:
            return METHODS[method]
    elif isinstance(method, SubsetMethod):
        return method
    elif isinstance(method, Solver):
        found = _make_method(method)
        if found is not None:
            return found
    raise ValueError(
        f"method must be one of {', '.join(map(repr, METHODS))}, or a solver with a field "
        f"n_groups or noise_level, got {method!r}"
    )


def _make_method(solver: Solver) -> SubsetMethod | None:
    """Return the method that a solver makes, if it has a stop that can be set."""
    names = find_fields(solver)
    if isinstance(solver, SubsetSearch):
        return Searched(solver)
    if isinstance(solver, GreedySolver):
        return by_pursuit(solver)
    if "n_groups" in names:
        return by_count(solver)
    if "noise_level" in names:
        return ByTolerance(solver)
    return None
