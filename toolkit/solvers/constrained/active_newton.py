"""The end of a search on the Pareto curve: Newton's method on the active groups.

Once the groups that are zero at the solution are known, the others obey smooth
equations in the coefficients x and the multiplier lambda,

    A_S^H (y - A x) = lambda d(x),   d_g = w_g x_g / ||x_g||,

together with ``||y - A x|| = noise_level`` or ``sum_g w_g ||x_g|| = radius``.
Newton's method solves them to rounding in a few steps, where projected
gradients would need thousands. A step solves two systems with
``A_S^H A_S + lambda D``, D the derivative of d, by preconditioned conjugate
gradients: one `apply` and one `adjoint` per iteration. Complex coefficients
count as pairs of real ones, hence the real inner products.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ...arrays import Array, inner, scalar_like
from ...problem import Problem
from .l21_ball import L21Ball

_STEPS = 30
_ACCURACY = 1e-2  # of the linear systems; the error falls by about this factor in each step
_INNER_ITER = 300
_PATIENCE = 3  # steps that may fail to halve the error

LinearMap = Callable[[Array], Array]


class Target(NamedTuple):
    """The residual norm or the weighted norm of the coefficients that the root must have."""

    noise_level: float | None
    radius: float
    accuracy: float  # relative, of the equations


class _State(NamedTuple):
    """A point with the quantities of the equations there."""

    x: Array
    active: Array  # which penalised groups are not zero
    support: Array  # which coefficients may change, as factors 0 and 1
    norms: Array
    correlation: Array  # A_S^H (y - A x)
    normal: Array  # d(x)
    defect: Array  # what is missing in the equations of the coefficients
    multiplier: float
    mismatch: float  # what is missing in the last equation, linearised
    error: float


def solve_on_active_groups(
    problem: Problem, ball: L21Ball, x: Array, target: Target
) -> Array | None:
    """Return the solution among coefficients that are zero where `x` is, or None.

    Groups whose sign would turn are set to zero. None if Newton's method fails. The
    caller has to check whether the groups that are zero may be so.
    """
    return _Newton(problem, ball, target).solve(x)


class _Newton:
    """Newton's method for one target."""

    def __init__(self, problem: Problem, ball: L21Ball, target: Target) -> None:
        self.problem, self.ball, self.target = problem, ball, target
        rounding = float(np.finfo(problem.dtype).eps)
        self.goal = max(target.accuracy, 4 * rounding)
        self.negligible = rounding**2  # smaller groups would be divided by, and overflow

    def solve(self, x: Array) -> Array | None:
        """Iterate from `x` while the error falls; return None if it never became a solution."""
        state = best = self._make_state(x, None)
        sensitivity = np.zeros_like(x)
        patience = _PATIENCE
        for _ in range(_STEPS):
            if state is None or best is None or not state.multiplier > 0 or not patience:
                break
            if best.error <= self.goal:
                break
            state, sensitivity = self._step(state, sensitivity)
            if state is None:
                break
            dropped = np.count_nonzero(state.active) < np.count_nonzero(best.active)
            patience = patience if dropped or state.error < best.error / 2 else patience - 1
            best = state if dropped or state.error < best.error else best
        return best.x if best is not None and best.multiplier > 0 else None

    def _make_state(self, x: Array, multiplier: float | None) -> _State | None:
        problem, ball = self.problem, self.ball
        norms = problem.groups.norms(x)
        active = ball.penalised & (norms > self.negligible * norms.max(initial=0.0))
        if not active.any():
            return None
        support = ball.per_coefficient(active.astype(float), x)
        support.reshape(-1)[ball.free] = 1
        x, norms = support * x, np.where(ball.penalised & ~active, 0, norms)
        residual = problem.data - problem.operator.apply(x)
        correlation = support * problem.operator.adjoint(residual)
        normal = x * ball.per_coefficient(_divide(ball.weights, norms, active), x)
        if multiplier is None:
            multiplier = inner(normal, correlation) / inner(normal, normal)
        mismatch, relative = self._find_mismatch(float(np.linalg.norm(residual)), ball.norm(norms))
        defect = correlation - scalar_like(multiplier, x) * normal
        size = float(np.linalg.norm(correlation))
        error = float(np.linalg.norm(defect)) / size + relative if size else np.inf
        if not np.isfinite(error):
            return None
        return _State(
            x, active, support, norms, correlation, normal, defect, multiplier, mismatch, error
        )

    def _find_mismatch(self, misfit: float, norm: float) -> tuple[float, float]:
        """Return what is missing in the last equation, also relative to its size."""
        level, radius, _ = self.target
        if level is None:
            return radius - norm, abs(radius - norm) / radius
        return (misfit - level) * (misfit + level) / 2, abs(misfit - level) / max(misfit, level)

    def _step(self, state: _State, sensitivity: Array) -> tuple[_State | None, Array]:
        matrix, preconditioner = self._make_system(state)
        shift = solve_by_conjugate_gradients(matrix, state.defect, preconditioner)
        start = state.support * sensitivity
        rest = state.normal - matrix(start)
        accuracy = _ACCURACY * float(np.linalg.norm(state.normal))
        sensitivity = start + solve_by_conjugate_gradients(matrix, rest, preconditioner, accuracy)
        weighing = state.normal if self.target.noise_level is None else state.correlation
        change, slope = inner(weighing, shift) - state.mismatch, inner(weighing, sensitivity)
        if not slope or not np.isfinite(change / slope):
            return None, sensitivity
        change /= slope
        x = state.x + shift - scalar_like(change, shift) * sensitivity
        turned = state.active & ~(self.ball.group_inner(state.x, x) > 0)
        x = x * (1 - self.ball.per_coefficient(turned.astype(float), x))
        return self._make_state(x, state.multiplier + change), sensitivity

    def _make_system(self, state: _State) -> tuple[LinearMap, LinearMap]:
        """Return ``A_S^H A_S + lambda D`` and an inverse of ``h I + lambda D``."""
        ball, operator = self.ball, self.problem.operator
        unit = state.x * ball.per_coefficient(_divide(1.0, state.norms, state.active), state.x)
        stiffness = state.multiplier * _divide(ball.weights, state.norms, state.active)
        per_coefficient = ball.per_coefficient(stiffness, state.x)
        image = operator.apply(state.normal)
        h = inner(image, image) / inner(state.normal, state.normal) or 1.0

        def along(v: Array) -> Array:
            part: Array = unit * ball.per_coefficient(ball.group_inner(unit, v), v)
            return part

        def matrix(v: Array) -> Array:
            product: Array = state.support * operator.adjoint(operator.apply(v))
            product = product + per_coefficient * (v - along(v))
            return product

        across = 1 / (per_coefficient + scalar_like(h, unit))

        def preconditioner(v: Array) -> Array:
            solved: Array = across * v + (scalar_like(1 / h, v) - across) * along(v)
            return solved

        return matrix, preconditioner


def solve_by_conjugate_gradients(
    matrix: LinearMap,
    rhs: Array,
    preconditioner: LinearMap | None = None,
    accuracy: float | None = None,
    max_iter: int = _INNER_ITER,
) -> Array:
    """Solve a symmetric positive semidefinite system over the real numbers.

    Stop where the residual has the norm `accuracy`, by default a small part of that
    of `rhs`, or at rounding, or after `max_iter` iterations. The preconditioner is an
    approximate inverse.

    Examples
    --------
    >>> solve_by_conjugate_gradients(lambda v: 2 * v, np.array([2.0, 4.0]))
    array([1., 2.])
    """
    x, residual = np.zeros_like(rhs), rhs
    with np.errstate(over="ignore"):
        scale = float(np.linalg.norm(rhs))
    goal = _ACCURACY * scale if accuracy is None else accuracy
    lost = scale / float(np.finfo(rhs.dtype).eps)  # beyond it nothing but rounding grows
    direction, before = None, 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(max_iter):
            if not goal < float(np.linalg.norm(residual)) <= lost:
                break
            z = residual if preconditioner is None else preconditioner(residual)
            now = inner(residual, z)
            direction = z if direction is None else z + scalar_like(now / before, z) * direction
            before = now
            image = matrix(direction)
            curvature = inner(direction, image)
            if not 0 < curvature < np.inf:
                break
            length = scalar_like(now / curvature, x)
            x = x + length * direction
            residual = residual - length * image
    return x


def _divide(numerator: Array | float, norms: Array, active: Array) -> Array:
    """Return ``numerator / norms`` where active, else zero."""
    top = np.broadcast_to(np.asarray(numerator, dtype=float), norms.shape)
    ratio: Array = np.divide(top, norms, out=np.zeros(norms.shape), where=active)
    return ratio
