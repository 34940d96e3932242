"""The curvature of a quadratic that lies above the data term along a proximal step.

With ``F`` the loss of the image ``u = A x``, a step from ``z`` to ``x`` is safe where
``F(A x) <= F(A z) + <grad F(A z), A x - A z> + L / 2 ||x - z||^2`` (Beck and Teboulle, 2009,
lemma 2.3). For the squared loss that is ``||A x - A z||^2 <= L ||x - z||^2``, free of
cancellation, and one L serves all steps. For other losses the inequality itself is tested, and,
for steps so small that rounding hides it,
``<grad F(A x) - grad F(A z), A x - A z> <= L ||x - z||^2``. L falls a little from step to step:
near the solution the curvature of a loss is mostly far below its bound.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...arrays import Array, inner, squared_magnitude
from ...losses import Squared
from ...problem import Problem

_GROWTH = 2.0
_FALL = 0.9  # per step, of a bound that is local
_ROUNDING = 10.0


class ImageStep(NamedTuple):
    """A step in the range of the operator, with the gradient of the loss at its begin."""

    begin: Array
    gradient: Array
    end: Array


class Majorisation:
    """The curvature `bound` to step with; it grows where a step shows that it is too small.

    Parameters
    ----------
    problem : Problem
        Operator and loss.
    step : float, optional
        A step size to use without a test.
    """

    def __init__(self, problem: Problem, step: float | None) -> None:
        self.operator, self.term = problem.operator, problem.term
        self.is_squared = isinstance(problem.loss, Squared)
        known = self.operator.lipschitz if self.is_squared else None
        self.is_tested = step is None and known is None
        self.bound = 1 / step if step is not None else known or 1.0
        self._gradient_scale = 0.0

    def begin(self, start: Array, direction: Array) -> None:
        """Estimate a bound that is not known by the curvature at an image along a direction."""
        if not self.is_tested:
            return
        squared, along = _squared_norm(direction), self.operator.apply(direction)
        curved = _squared_norm(along)
        if not self.is_squared:
            curved = inner(along, self.term.curvature(start) * along)
            self._gradient_scale = _norm(self.term.gradient(np.zeros_like(start)))
        self.bound = (curved / squared if squared else 1.0) or 1.0

    def relax(self) -> None:
        """Lower a bound that holds only near the images it was found at."""
        if self.is_tested and not self.is_squared:
            self.bound *= _FALL

    def holds(self, moved: float, step: ImageStep) -> bool:
        """Return whether the quadratic is above the loss at the end of a step; if not, raise it.

        `moved` is the squared length of the step in the operator's domain.
        """
        if not self.is_tested or moved == 0:
            return True
        # Not `<=`: NaN from an operator must end the search, too.
        if self.is_squared:
            curved = _squared_norm(step.end - step.begin)
            exceeds = np.sqrt(curved) > np.sqrt(self.bound * moved) + _bound_rounding(step.end)
            steepest = curved / moved
        else:
            exceeds = self._find_curvature(step) > self.bound * moved
            steepest = 0.0  # far out a loss may be steeper than anywhere near the minimum
        if exceeds:
            self.bound = max(self.bound * _GROWTH, steepest)
        return not exceeds

    def _find_curvature(self, step: ImageStep) -> float:
        """Return twice by how much the loss leaves its tangent, less what may be rounding.

        Infinite where the loss is, though the image is not.
        """
        if not np.isfinite(step.end).all():
            return 0.0
        value, begun = self.term.value(step.end), self.term.value(step.begin)
        if not np.isfinite(value):
            return float(np.inf)
        moved, gradient = step.end - step.begin, self.term.gradient(step.end)
        turned = gradient - step.gradient
        slope = inner(step.gradient, moved)
        above = 2 * (value - begun - slope)
        size = max(abs(value), abs(begun), abs(slope))
        visible = above > np.sqrt(np.finfo(moved.dtype).eps) * size
        gradients = _norm(gradient) + _norm(step.gradient) + self._gradient_scale
        rounding = _norm(turned) * _bound_rounding(step.end)
        rounding += _ROUNDING * float(np.finfo(moved.dtype).eps) * gradients * _norm(moved)
        return max(inner(turned, moved) - rounding, above if visible else 0.0)


def _norm(array: Array) -> float:
    return float(np.linalg.norm(array))


def _squared_norm(array: Array) -> float:
    return float(squared_magnitude(array).sum())


def _bound_rounding(image: Array) -> float:
    """Return how large the difference of two images like this one may be by rounding alone."""
    return _ROUNDING * float(np.finfo(image.dtype).eps) * _norm(image)
