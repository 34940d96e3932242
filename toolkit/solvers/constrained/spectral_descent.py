"""Spectral projected gradient steps for ``1/2 ||A x - y||^2`` inside a ball.

A step goes to the projection of ``x + step * A^H r``, with Barzilai and
Borwein's step ``||s||^2 / ||A s||^2`` from the step s before (1988), halved
until the objective is below the largest of the last few (Birgin, Martinez and
Raydan, 2000, algorithm SPG1; van den Berg and Friedlander, 2008, algorithm 1).
The objective at the end is known from ``A s``, which also updates the
residual: one `apply` per trial, one `adjoint` per step.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from ...arrays import inner, scalar_like
from .pareto_root import ParetoCurve, ParetoPoint

_MEMORY = 10
_DESCENT = 1e-4
_HALVINGS = 40


class SpectralDescent:
    """Projected gradient steps of one solve, with a step length and a nonmonotone line search."""

    def __init__(self, curve: ParetoCurve) -> None:
        self.curve = curve
        self.length = curve.first_step
        self.earlier: deque[float] = deque(maxlen=_MEMORY)

    def step(self, point: ParetoPoint, radius: float) -> ParetoPoint:
        """Return the next point inside the ball; its residual is updated, not recomputed."""
        ball, operator = self.curve.ball, self.curve.problem.operator
        now = point.residual_norm**2 / 2
        self.earlier.append(now)
        highest = max(self.earlier) * (1 + self.curve.rounding)
        length = self.length
        for _ in range(_HALVINGS):
            step = scalar_like(length, point.x) * point.correlation
            x = ball.project(point.x + step, radius)
            direction = x - point.x
            image = operator.apply(direction)
            decrease, curvature = inner(point.correlation, direction), inner(image, image)
            if now - decrease + curvature / 2 <= highest - _DESCENT * decrease:
                break
            length /= 2
        if curvature > 0:
            self.length = inner(direction, direction) / curvature
        return self.curve.make_point(x, point.residual - image)

    def measure_gain(self, point: ParetoPoint) -> float:
        """Return by how much the misfit fell over the last steps, infinite if these are too few."""
        if len(self.earlier) < _MEMORY:
            return np.inf
        return max(self.earlier) - point.residual_norm**2 / 2

    def forget(self) -> None:
        """Forget the objectives of another radius."""
        self.earlier.clear()
