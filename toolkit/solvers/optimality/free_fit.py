"""Residuals that are orthogonal to the columns of unpenalised coefficients."""

from __future__ import annotations

from math import prod

import numpy as np

from ...arrays import Array
from ...losses import Squared
from ...problem import Problem
from ...reformulations.group_basis import GroupBasis
from ..least_squares.iterative_fitter import IterativeFitter
from ..least_squares.newton_fit import fit_features

_ACCURACY, _ROUNDING = 1e-10, 10.0
_MAX_ITER = 500


def remove_free_fit(problem: Problem, free: Array, residual: Array) -> Array:
    """Return a residual minus its fit by the coefficients marked `free`.

    By conjugate gradients; the result is orthogonal to the columns of these coefficients.
    """
    n_coefs = prod(problem.shape)
    unchanged = GroupBasis(np.ones(n_coefs), np.ones(n_coefs, dtype=bool))
    data = residual.astype(problem.dtype, copy=False).reshape(1, -1)
    fitter = IterativeFitter(problem.operator, unchanged, data, _MAX_ITER)
    # Below the level of rounding, conjugate gradients diverge.
    finest = max(_ACCURACY, _ROUNDING * float(np.finfo(data.dtype).eps))
    accuracy = finest * float(np.linalg.norm(problem.operator.adjoint(problem.data)))
    start = np.zeros_like(fitter.correlations)
    return fitter.fit(free.ravel(), start, accuracy)[1].reshape(residual.shape)


def fit_free_residual(
    problem: Problem, free: Array, start: Array | None = None
) -> tuple[Array, bool]:
    """Return the residual with only the coefficients marked `free` fitted, all others zero.

    The residual is ``-grad F(A x)``. Also return whether the fit is as accurate as rounding allows.
    """
    if isinstance(problem.loss, Squared):
        return remove_free_fit(problem, free, problem.data), True
    fit = fit_features(problem, np.flatnonzero(free), start)
    return -problem.term.gradient(fit.image), fit.converged
