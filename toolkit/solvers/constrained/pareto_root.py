"""Points near the Pareto curve, and the bounds of its root that they give.

The curve is the least residual norm ``phi(radius)`` among coefficients with
``sum_g w_g ||x_g|| <= radius``: convex, falling, with slope
``-||A^H r||_dual / ||r||`` (van den Berg and Friedlander, 2008, theorem 2.1).
Any residual r bounds it from below by a straight line,

    phi(radius) >= (Re<r, y> - radius ||A^H r||_dual) / ||r||,

and where that line meets the noise level is a radius not above the root: the
value of the dual problem. Unpenalised coefficients are taken to be optimal
here; by how much they are not is measured beside it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...arrays import Array
from ...problem import Problem
from .active_newton import solve_by_conjugate_gradients
from .l21_ball import L21Ball

_ROUNDING = 10  # units of the data's rounding that a residual may be off by
_LOST = 1e-3  # of the objective: what rounding may cost at most to be called converged


class ParetoPoint(NamedTuple):
    """Coefficients with the quantities that the search needs."""

    x: Array
    residual: Array  # y - A x
    correlation: Array  # A^H residual, zero on excluded groups
    norms: Array
    residual_norm: float
    norm: float  # sum_g w_g ||x_g||
    dual_norm: float  # of the correlation
    alignment: float  # Re<correlation, x> over penalised coefficients

    def slack(self, radius: float) -> float:
        """Return by how much Hoelder's inequality is slack; zero at a solution for the radius."""
        return max(0.0, radius * self.dual_norm - self.alignment)

    def root(self, noise_level: float) -> float:
        """Return the dual objective: a radius not above the one that the noise level needs."""
        misfit = self.residual_norm
        ahead = misfit * (misfit - noise_level) - self.slack(self.norm)
        return max(0.0, self.norm + ahead / self.dual_norm) if self.dual_norm else 0.0


class ParetoCurve:
    """The curve of one problem, and how near to optimal a point on it has to be.

    `noise_level` is None if the radius is given; `tol` is that of
    `SpectralProjectedGradient`, and `max_iter` limits least-squares fits. A
    `ValueError` if the noise level is not below the norm of the data.
    """

    def __init__(
        self,
        problem: Problem,
        ball: L21Ball,
        noise_level: float | None,
        tol: float,
        max_iter: int,
    ) -> None:
        self.problem, self.ball = problem, ball
        self.noise_level, self.tol, self.max_iter = noise_level, tol, max_iter
        self.rounding = _ROUNDING * float(np.finfo(problem.dtype).eps)
        zero = self.make_point(np.zeros(problem.shape, problem.dtype))
        self.data_norm = zero.residual_norm
        self.first_slope = zero.dual_norm / (self.data_norm or 1.0)
        self.scale, self.first_step = self._find_scales(zero.correlation)
        if self.scale and noise_level is not None and noise_level >= self.data_norm:
            raise ValueError(
                f"noise_level must be below the norm of the data, {self.data_norm:.6g}, "
                f"got {noise_level!r}: the answer is zero"
            )

    def _find_scales(self, correlation: Array) -> tuple[float, float]:
        """Return the norm of ``A^H y``, zero if it is only rounding, and a first step."""
        size = float(np.linalg.norm(correlation))
        stretched = float(np.linalg.norm(self.problem.operator.apply(correlation)))
        if size**2 <= self.rounding * stretched * self.data_norm or not stretched:
            return 0.0, 1.0
        return size, (size / stretched) ** 2

    def make_point(self, x: Array, residual: Array | None = None) -> ParetoPoint:
        """Return the point of these coefficients; a known residual saves a product.

        `x` is zero on excluded groups.
        """
        problem, ball = self.problem, self.ball
        if residual is None:
            residual = problem.data - problem.operator.apply(x)
        correlation = ball.remove_excluded(problem.operator.adjoint(residual))
        norms = problem.groups.norms(x)
        return ParetoPoint(
            x,
            residual,
            correlation,
            norms,
            residual_norm=float(np.linalg.norm(residual)),
            norm=ball.norm(norms),
            dual_norm=ball.dual_norm(correlation),
            alignment=ball.penalised_inner(correlation, x),
        )

    def find_first(self, x: Array, radius: float | None) -> tuple[ParetoPoint, float]:
        """Return a start inside the ball, with the best unpenalised coefficients, and its radius.

        The radius is not above the root.
        """
        level, reach = self.noise_level, radius or 0.0
        if not self.scale:
            return self.make_point(np.zeros_like(x)), reach
        if level is not None and x.any():
            reach = self._fit_free(x).root(level)
        point = self._fit_free(self.ball.project(x, reach))
        return point, reach if level is None else max(reach, point.root(level))

    def _fit_free(self, x: Array) -> ParetoPoint:
        """Return the point with unpenalised coefficients fitted by least squares."""
        point = self.make_point(x)
        return self._fit_on(point, self.ball.free) if self.ball.free.size else point

    def evaluate_objective(self, point: ParetoPoint) -> float:
        """Return what is minimised: the norm at a noise level, the misfit in a ball."""
        return point.norm if self.noise_level is not None else point.residual_norm**2 / 2

    def gap(self, point: ParetoPoint, radius: float) -> float:
        """Return objective less dual objective; negative only if the point is not feasible."""
        if self.noise_level is not None:
            return point.norm - point.root(self.noise_level)
        squared = point.residual_norm**2
        bound = squared - point.slack(radius)  # Re<r, y> - radius ||A^H r||_dual
        return point.slack(radius) * (1 + bound / squared) / 2 if bound > 0 else squared / 2

    def measure_error(self, point: ParetoPoint, radius: float) -> float:
        """Return how far from optimal a point is; at most 1 is what `tol` asks for."""
        tol, misfit = self.tol, point.residual_norm
        free = float(np.linalg.norm(self.ball.select_free(point.correlation)))
        error = _divide(free, (tol + self.rounding) * self.scale)
        if self.noise_level is None:
            limit = (tol + self.rounding) * max(misfit, tol * self.data_norm) * self.data_norm
        else:
            lost = self.rounding * self.data_norm**2 / (point.dual_norm or np.inf)
            limit = tol * point.norm + min(lost, _LOST * point.norm)
            error = max(error, _divide(abs(misfit - self.noise_level), self.allowance))
        return max(error, _divide(abs(self.gap(point, radius)), limit))

    @property
    def allowance(self) -> float:
        """How far from the noise level the residual norm may be."""
        return self.tol * (self.noise_level or self.data_norm) + self.rounding * self.data_norm

    def find_end(self, point: ParetoPoint) -> ParetoPoint | None:
        """Return where the curve ends near a point, if that is above the noise level.

        None if the noise level can be met, or it takes too long to find out.
        """
        allowed = self.problem.groups.spread(np.isfinite(self.ball.weights))
        best = self._fit_on(point, np.flatnonzero(allowed))
        level = (self.noise_level or 0.0) + self.allowance
        flat = float(np.linalg.norm(best.correlation)) <= (self.tol + self.rounding) * self.scale
        return best if flat and best.residual_norm > level else None

    def _fit_on(self, point: ParetoPoint, support: Array) -> ParetoPoint:
        """Return the best fit that differs from `point` in some coefficients only."""
        operator = self.problem.operator
        factors = np.zeros(point.x.size, point.x.real.dtype)
        factors[support] = 1
        factors = factors.reshape(point.x.shape)

        def normal(v: Array) -> Array:
            product: Array = factors * operator.adjoint(operator.apply(v))
            return product

        gradient = factors * point.correlation
        goal = 0.1 * (self.tol + self.rounding) * self.scale
        shift = solve_by_conjugate_gradients(
            normal, gradient, accuracy=goal, max_iter=self.max_iter
        )
        return self.make_point(point.x + shift)


def _divide(value: float, limit: float) -> float:
    """Return ``value / limit``, zero if the value is."""
    if value == 0:
        return 0.0
    return value / limit if limit else np.inf
