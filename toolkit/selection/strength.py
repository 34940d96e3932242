"""The strength at which a penalty gives the zero solution: the scale for all others."""

from __future__ import annotations

from math import prod

import numpy as np
from numpy.typing import ArrayLike

from ..penalties import L21
from ..problem import Problem
from ..solvers._group_basis import GroupBasis
from ..solvers._iterative_fitter import IterativeFitter

_ACCURACY = 1e-8
_MAX_ITER = 500


def alpha_max(problem: Problem, group_weights: ArrayLike | None = None) -> float:
    """Return the smallest `alpha` for which every penalised group of the l2,1 problem is zero.

    Parameters
    ----------
    problem : Problem
        Operator, data, groups. What is unpenalised, or has weight zero, is
        fitted first.
    group_weights : None, "sqrt" or array_like, optional
        As in `L21`.

    Returns
    -------
    float
        ``max_g ||(A^H r)_g|| / w_g`` with `r` the data, less what the
        unpenalised coefficients explain; zero if nothing is penalised.

    Examples
    --------
    >>> alpha_max(Problem(np.eye(4), [3.0, 4.0, 0.3, 0.4], groups=2))
    5.0
    """
    residual = problem.data
    weights = L21(1.0, group_weights).weights(problem.groups)
    free = problem.groups.spread(weights == 0)
    if free.any():
        n_coefs = prod(problem.shape)
        unchanged = GroupBasis(np.ones(n_coefs), np.ones(n_coefs, dtype=bool))
        data = residual.astype(problem.dtype, copy=False).reshape(1, -1)
        fitter = IterativeFitter(problem.operator, unchanged, data, _MAX_ITER)
        accuracy = _ACCURACY * float(np.linalg.norm(fitter.correlations))
        start = np.zeros_like(fitter.correlations)
        residual = fitter.fit(free, start, accuracy)[1].reshape(residual.shape)
    norms = problem.groups.norms(problem.operator._adjoint(residual))
    penalised = weights > 0
    return float((norms[penalised] / weights[penalised]).max(initial=0.0))
