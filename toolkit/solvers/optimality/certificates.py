"""How far a point is from optimal: duality gaps and subgradients."""

from __future__ import annotations

from math import prod

import numpy as np

from ...arrays import Array, inner, scalar_like, squared_magnitude
from ...penalties import Penalty
from ...problem import Problem
from ...reformulations.group_basis import GroupBasis
from ...solution import Certificate, CertificateKind
from ..least_squares.iterative_fitter import IterativeFitter

_ACCURACY, _ROUNDING = 1e-10, 10.0
_MAX_ITER = 500


def certificate_of(
    problem: Problem,
    penalty: Penalty,
    x: Array,
    residual: Array,
    correlation: Array | None = None,
) -> Certificate:
    """Return a duality gap for a convex penalty, else the distance to the subdifferential.

    A dual point of ``1/2 ||A x - y||^2 + alpha Omega(x)`` is any ``t`` with
    ``Omega*(A^H t) <= alpha`` and ``A^H t = 0`` on what is unpenalised; its
    value is ``Re<t, y> - 1/2 ||t||^2``. The residual ``r``, less its fit ``d`` by
    the unpenalised columns and scaled by ``s`` until it is feasible, is one, and
    its gap is ``||d||^2 / 2 + (1 - s)^2 / 2 ||t||^2 + alpha Omega(x) - s Re<A^H t, x>``,
    in which nothing large cancels. A ridge is as many more rows ``sqrt(ridge) I``
    under ``A``, with data zero.

    Parameters
    ----------
    problem : Problem
        The problem.
    penalty : Penalty
        Its penalty.
    x : ndarray
        The point.
    residual : ndarray
        ``y - A x``.
    correlation : ndarray, optional
        ``A^H residual``, if known.

    Returns
    -------
    Certificate
        Of kind "duality_gap" or "subdifferential_distance".
    """
    if correlation is None:
        correlation = problem.operator.adjoint(residual)
    if not penalty.convex:
        distance = penalty.subdifferential_distance(x, -correlation, problem.groups)
        return Certificate(CertificateKind.SUBDIFFERENTIAL_DISTANCE, distance)
    free = penalty.free(problem.groups).reshape(problem.shape)
    fitted = 0.0
    dual = residual
    if free.any():
        dual = without_free(problem, free, residual)
        fitted = float(squared_magnitude(residual - dual).sum())
        correlation = np.where(free, 0, problem.operator.adjoint(dual)).astype(correlation.dtype)
    return Certificate(
        CertificateKind.DUALITY_GAP, _gap(problem, penalty, x, dual, correlation, free, fitted)
    )


def _gap(
    problem: Problem,
    penalty: Penalty,
    x: Array,
    dual: Array,
    correlation: Array,
    free: Array,
    fitted: float,
) -> float:
    """Return the gap for a dual point that is orthogonal to the unpenalised columns."""
    groups, core = problem.groups, penalty.core
    penalised = np.where(free, 0, x).astype(x.dtype) if free.any() else x
    squares = float(squared_magnitude(dual).sum())
    if penalty.ridge:
        ridge = scalar_like(penalty.ridge, x) * penalised
        squares += penalty.ridge * float(squared_magnitude(penalised).sum())
        correlation = correlation - ridge
    reach, explained = core.dual_norm(correlation, groups), inner(correlation, penalised)
    limit = core.alpha / reach if reach else np.inf
    best = 1 + explained / squares if squares else 1.0
    scale = min(max(best, -limit), limit)
    slack = core.value(x, groups) - scale * explained
    return max(0.0, fitted / 2 + (1 - scale) ** 2 / 2 * squares + slack)


def without_free(problem: Problem, free: Array, residual: Array) -> Array:
    """Return a residual less what the unpenalised columns explain of it.

    Parameters
    ----------
    problem : Problem
        The problem.
    free : ndarray of bool
        Which coefficients are unpenalised.
    residual : ndarray
        Of the data's shape.

    Returns
    -------
    ndarray
        Orthogonal to the unpenalised columns, by conjugate gradients.
    """
    n_coefs = prod(problem.shape)
    unchanged = GroupBasis(np.ones(n_coefs), np.ones(n_coefs, dtype=bool))
    data = residual.astype(problem.dtype, copy=False).reshape(1, -1)
    fitter = IterativeFitter(problem.operator, unchanged, data, _MAX_ITER)
    # Beyond what rounding lets be reached, conjugate gradients would diverge.
    finest = max(_ACCURACY, _ROUNDING * float(np.finfo(data.dtype).eps))
    accuracy = finest * float(np.linalg.norm(problem.operator.adjoint(problem.data)))
    start = np.zeros_like(fitter.correlations)
    return fitter.fit(free.ravel(), start, accuracy)[1].reshape(residual.shape)
