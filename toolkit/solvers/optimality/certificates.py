"""Certificates of optimality and critical strengths."""

from __future__ import annotations

import numpy as np

from ...arrays import Array, inner, scalar_like, squared_magnitude
from ...execution.blas_threads import limit_blas_threads
from ...groups import Groups
from ...losses import Squared
from ...magnitudes import is_computable
from ...penalties import Penalty
from ...problem import Problem
from ...solution import Certificate, CertificateKind
from .dual_rays import DualRay, fit_free_coefficients, project_residual
from .free_fit import fit_free_residual

_CRITICAL_ROUNDING = 100.0
_NEWTON_ACCURACY = 1e-9
_DISTANCE = CertificateKind.SUBDIFFERENTIAL_DISTANCE


def certify(
    problem: Problem,
    penalty: Penalty,
    x: Array,
    residual: Array,
    correlation: Array | None = None,
    image: Array | None = None,
) -> Certificate:
    """Return the duality gap at `x` for a convex penalty, else the subdifferential distance.

    The residual is ``-grad F(A x)``, for the squared loss ``y - A x``; `correlation` is
    ``A^H residual`` and `image` is ``A x``, if known. Let ``t`` be the residual made orthogonal to
    the unpenalised columns, scaled by ``s`` until it is feasible (see `dual_rays`). The gap of
    ``F(A x) + alpha Omega(x)`` is then
    ``F(A x) + F*(-s t) + s Re<t, A x> + alpha Omega(x) - s Re<A^H t, x>``, free of
    cancellation. A ridge counts as further rows ``sqrt(ridge) I`` of ``A`` with zero data and the
    squared loss. Where there is no feasible ``t``, it is the subdifferential distance, too.
    """
    if correlation is None:
        correlation = problem.operator.adjoint(residual)
    kind = CertificateKind.DUALITY_GAP if penalty.convex else _DISTANCE
    if not (is_computable(x) and is_computable(correlation)):
        return Certificate(kind, np.inf)  # of a solver that diverged
    if penalty.convex:
        gap = _find_gap(problem, penalty, x, residual, correlation, image)
        if gap is not None:
            return Certificate(kind, gap)
    distance = penalty.subdifferential_distance(x, -correlation, problem.groups)
    return Certificate(_DISTANCE, distance)


def _find_gap(
    problem: Problem,
    penalty: Penalty,
    x: Array,
    residual: Array,
    correlation: Array,
    image: Array | None,
) -> float | None:
    """Return the duality gap, None where no dual point is found."""
    free = penalty.free_coefs(problem.groups).reshape(problem.shape)
    ray: DualRay | None
    if isinstance(problem.loss, Squared):
        ray = project_residual(problem, free, residual, correlation)
    else:
        image = problem.operator.apply(x) if image is None else image
        ray = fit_free_coefficients(problem, free, x, correlation, image)
    if ray is None:
        return None
    penalised = np.where(free, 0, x).astype(x.dtype) if free.any() else x
    return _gap(penalty, problem.groups, penalised, ray)


def _gap(penalty: Penalty, groups: Groups, penalised: Array, ray: DualRay) -> float:
    """Return the least gap of a few points of a ray; unpenalised coefficients count as zero."""
    core, correlation, squares = penalty.core, ray.correlation, 0.0
    if penalty.ridge:
        squares = penalty.ridge * float(squared_magnitude(penalised).sum())
        correlation = correlation - scalar_like(penalty.ridge, penalised) * penalised
    explained = inner(correlation, penalised)
    curvature = ray.curvature + squares
    best = 1 + explained / curvature if curvature else 1.0
    cost = core.value(penalised, groups)

    forward = _find_limit(core, correlation, groups)

    def hold(scale: float) -> float:
        """Return the feasible scale closest to a given one."""
        if scale >= 0:
            return min(scale, forward)
        return -min(-scale, _find_limit(core, -correlation, groups))

    def find_gap(scale: float) -> float:
        misfit = ray.fenchel_gap(scale) + (1 - scale) ** 2 / 2 * squares
        conjugate = core.conjugate(scalar_like(scale, correlation) * correlation, groups)
        return misfit + (cost - scale * explained) + conjugate

    return max(0.0, min(map(find_gap, {hold(best), hold(1.0)})))


def _find_limit(core: Penalty, correlation: Array, groups: Groups) -> float:
    """Return the largest scale of correlations at which the penalty's conjugate is finite."""
    reach = core.polar(correlation, groups)
    return core.alpha / reach if reach else np.inf


def find_critical_strength(problem: Problem, penalty: Penalty) -> float:
    """Return the smallest strength at which every penalised group is zero.

    Zero if no penalised column correlates with the residual of the fit by the unpenalised
    columns. The strength of `penalty` does not matter.
    """
    free = penalty.free_coefs(problem.groups).reshape(problem.shape)
    with limit_blas_threads(problem.n_multiplications):
        residual = -problem.term.gradient(np.zeros(problem.data.shape, problem.dtype))
        everything = correlations = problem.operator.adjoint(residual)
        if free.any():
            correlations = problem.operator.adjoint(fit_free_residual(problem, free)[0])
    accuracy = 0.0 if isinstance(problem.loss, Squared) else _NEWTON_ACCURACY
    return compute_critical_strength(
        penalty, correlations, free, everything, problem.groups, accuracy
    )


def compute_critical_strength(
    penalty: Penalty,
    correlations: Array,
    free: Array,
    everything: Array,
    groups: Groups,
    accuracy: float = 0.0,
) -> float:
    """Return the dual norm of correlations, or zero where they are at the level of rounding.

    `correlations` are those of the residual of the fit by the coefficients marked `free`,
    `everything` those of the residual at zero, relative to which the fit has an accuracy.
    """
    penalised = np.where(free, 0, correlations)
    rounding = max(accuracy, _CRITICAL_ROUNDING * float(np.finfo(everything.dtype).eps))
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
