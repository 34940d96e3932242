"""Certificates of optimality and critical strengths."""

from __future__ import annotations

from math import prod

import numpy as np

from ...arrays import Array, inner, scalar_like, squared_magnitude
from ...execution.blas_threads import limit_blas_threads
from ...groups import Groups
from ...losses import Squared
from ...magnitudes import is_computable
from ...penalties import Penalty
from ...problem import Problem
from ...reformulations.group_basis import GroupBasis
from ...solution import Certificate, CertificateKind
from ..least_squares.iterative_fitter import IterativeFitter

_ACCURACY, _ROUNDING = 1e-10, 10.0
_MAX_ITER = 500
_CRITICAL_ROUNDING = 100.0
_DISTANCE = CertificateKind.SUBDIFFERENTIAL_DISTANCE


def certify(
    problem: Problem,
    penalty: Penalty,
    x: Array,
    residual: Array,
    correlation: Array | None = None,
) -> Certificate:
    """Return the duality gap at `x` for a convex penalty, else the subdifferential distance.

    A dual point of ``1/2 ||A x - y||^2 + alpha Omega(x)`` is any ``t`` with
    ``Omega*(A^H t) <= alpha`` and ``A^H t = 0`` on unpenalised coefficients; its value is
    ``Re<t, y> - 1/2 ||t||^2``. Let ``t`` be the residual ``y - A x`` minus its fit ``d`` by the
    unpenalised columns, and scale it by ``s`` until it is feasible. Its gap is
    ``||d||^2 / 2 + (1 - s)^2 / 2 ||t||^2 + alpha Omega(x) - s Re<A^H t, x>``, free of
    cancellation. A ridge counts as further rows ``sqrt(ridge) I`` of ``A`` with zero data.
    `correlation` is ``A^H residual``, if known.
    """
    if correlation is None:
        correlation = problem.operator.adjoint(residual)
    has_gap = penalty.convex and isinstance(problem.loss, Squared)
    kind = CertificateKind.DUALITY_GAP if has_gap else _DISTANCE
    if not (is_computable(x) and is_computable(correlation)):
        return Certificate(kind, np.inf)  # of a solver that diverged
    if not has_gap:
        distance = penalty.subdifferential_distance(x, -correlation, problem.groups)
        return Certificate(kind, distance)
    free = penalty.free_coefs(problem.groups).reshape(problem.shape)
    fitted = 0.0
    dual = residual
    if free.any():
        dual = remove_free_fit(problem, free, residual)
        fitted = float(squared_magnitude(residual - dual).sum())
        correlation = np.where(free, 0, problem.operator.adjoint(dual)).astype(correlation.dtype)
    return Certificate(kind, _gap(problem, penalty, x, dual, correlation, free, fitted))


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


def find_critical_strength(problem: Problem, penalty: Penalty) -> float:
    """Return the smallest strength at which every penalised group is zero.

    Zero if no penalised column correlates with the data minus their fit by the unpenalised
    columns. The strength of `penalty` does not matter.
    """
    residual = problem.data
    free = penalty.free_coefs(problem.groups).reshape(problem.shape)
    with limit_blas_threads(problem.n_multiplications):
        everything = correlations = problem.operator.adjoint(problem.data)
        if free.any():
            residual = remove_free_fit(problem, free, residual)
            correlations = problem.operator.adjoint(residual)
    return compute_critical_strength(penalty, correlations, free, everything, problem.groups)


def compute_critical_strength(
    penalty: Penalty, correlations: Array, free: Array, everything: Array, groups: Groups
) -> float:
    """Return the dual norm of correlations, or zero where they are at the level of rounding.

    `correlations` are those of the data minus their fit by the coefficients marked `free`,
    `everything` those of the data.
    """
    penalised = np.where(free, 0, correlations)
    rounding = _CRITICAL_ROUNDING * float(np.finfo(everything.dtype).eps)
    if np.linalg.norm(penalised) <= rounding * np.linalg.norm(everything):
        return 0.0
    return penalty.dual_norm(penalised, groups)


def space_strengths(begin: float, end: float, step: float) -> Array:
    """Return falling strengths strictly between two, spaced by a factor close to `step`.

    Examples
    --------
    >>> space_strengths(1.0, 0.001, 0.1)
    array([0.1 , 0.01])
    """
    if not 0 < end < begin:
        return np.empty(0)
    n_steps = max(1, round(float(np.log(end / begin) / np.log(step))))
    return begin * (end / begin) ** (np.arange(1, n_steps) / n_steps)
