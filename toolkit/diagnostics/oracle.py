"""The least-squares solution on the true support: the limit for every selection method."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array, as_index_array
from ..checks import check_instance, check_positive
from ..problem import Problem
from ..reformulations.channel_parts import ChannelParts
from ..reformulations.feature_view import FeatureView
from ..reformulations.group_basis import make_orthonormal_basis
from ..short_text import shorten
from ..solvers.descent.banded.bands import fit_marked_samples
from ..solvers.least_squares.fitting import make_fitter

_MAX_ITER = 2000


def oracle_solution(problem: Problem, active_groups: ArrayLike, *, tol: float = 1e-10) -> Array:
    """Fit the data on known active groups by least squares (Jiao, Jin and Lu, eq. 5).

    Parameters
    ----------
    problem : Problem
        Operator, data, disjoint groups.
    active_groups : array_like of int
        The groups that may differ from zero; unpenalised coefficients always
        may.
    tol : float
        Accuracy relative to the gradient at zero, for operators without a
        matrix.

    Returns
    -------
    ndarray
        Coefficients, of the problem's shape.

    Raises
    ------
    ValueError
        If a group does not exist.

    Examples
    --------
    >>> problem = Problem(np.eye(4), [3.0, 4.0, 0.3, 0.4], groups=2)
    >>> oracle_solution(problem, [0])
    array([3., 4., 0., 0.])
    """
    check_instance("problem", problem, Problem)
    check_positive("tol", tol)
    chosen = as_index_array(active_groups, "active_groups").ravel()
    n_groups = problem.groups.n_groups
    if chosen.size and not (chosen.min() >= 0 and chosen.max() < n_groups):
        raise ValueError(
            f"active_groups must lie in 0 .. {n_groups - 1}, got {shorten(active_groups)}"
        )
    parts = ChannelParts.of(problem)
    if parts is not None and parts.are_banded:
        members = parts.features.indices[parts.features.indptr[chosen]]
        free = np.zeros(parts.features.n_coefs, dtype=bool)
        free[members] = free[parts.features.unpenalised] = True
        return parts.coefficients(fit_marked_samples(parts, free))
    view = FeatureView.of(problem, rescale=True)
    basis = make_orthonormal_basis(view.operator, view.groups)
    fitter = make_fitter(view, basis, _MAX_ITER)
    marked = np.zeros(n_groups, dtype=bool)
    marked[chosen] = True
    start = np.zeros_like(fitter.correlations)
    accuracy = tol * float(np.linalg.norm(fitter.correlations))
    coef = fitter.fit(view.groups.spread(marked), start, accuracy)[0]
    return view.coefficients(basis.coefficients(coef)).astype(problem.dtype, copy=False)
