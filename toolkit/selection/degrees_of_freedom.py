"""How many parameters a group-sparse solution has fitted."""

from __future__ import annotations

import numpy as np

from ..arrays import Array, squared_magnitude
from ..operators import CentredMatrix, Matrix
from ..penalties import LatentOverlap, Penalty, SlopedPenalty
from ..problem import Problem
from ..reformulations.feature_view import FeatureView
from ..solution import Solution


def degrees_of_freedom(problem: Problem, penalty: Penalty, solution: Solution) -> float:
    """Estimate the degrees of freedom of a solution (Yuan and Lin, 2006, eq. 6.4).

    An active group of ``s`` real coefficients counts
    ``1 + (s - 1) ||x_g|| / (||x_g|| + slope_g / c_g)``: what shrinkage leaves of
    its directions, with ``c_g`` the mean squared norm of the group's columns. The
    formula is exact for the l2,1 norm and orthogonal columns of equal norm,
    with the least-squares norm written as norm plus ``slope_g / c_g``. Operators
    other than matrices are taken to have columns of unit norm. For penalties
    that are no function of the group norms it is the number of coefficients
    that are not zero.

    Parameters
    ----------
    problem : Problem
        The problem.
    penalty : Penalty
        With the strength of the solution.
    solution : Solution
        From a solver with this penalty.

    Returns
    -------
    float
        In real parameters: a complex coefficient has two.

    Examples
    --------
    >>> from groupsparse.toolkit.penalties import L21
    >>> from groupsparse.toolkit.solvers import BlockCoordinateDescent
    >>> problem, penalty = Problem(np.eye(4), [3.0, 4.0, 0.3, 0.4], groups=2), L21(1.0)
    >>> solution = BlockCoordinateDescent(penalty).solve(problem)
    >>> round(degrees_of_freedom(problem, penalty, solution), 6)
    1.8
    """
    groups, core = problem.groups, penalty.core
    parts = 2 if problem.dtype.kind == "c" else 1
    if not isinstance(core, SlopedPenalty) or isinstance(core, LatentOverlap):
        return float(parts * np.count_nonzero(solution.coef))
    norms = groups.norms(solution.coef).astype(float)
    active = norms > 0
    slopes = core.slopes(norms, groups)[active]
    kept = norms[active] / (norms[active] + slopes / _column_energies(problem, active))
    inside = (1 + (parts * groups.sizes[active] - 1) * kept).sum()
    return float(inside + parts * groups.unpenalised.size)


def _column_energies(problem: Problem, active: Array) -> Array:
    """Return the mean squared norm of the columns of every active group, or ones."""
    view = FeatureView.of(problem)
    n_active = int(np.count_nonzero(active))
    if view.groups.n_groups != active.size or not isinstance(view.operator, Matrix | CentredMatrix):
        return np.ones(n_active)
    sizes = view.groups.sizes[active]
    features = view.groups.indices[np.repeat(active, view.groups.sizes)]
    if not n_active:
        return np.ones(0)
    norms = squared_magnitude(view.operator.columns(features)).sum(axis=1, dtype=float)
    means = np.add.reduceat(norms, np.cumsum(sizes) - sizes) / sizes
    return np.maximum(means, np.finfo(float).tiny)
