"""Descent of the orthogonally weighted problem by proximal steps, without columns.

Algorithm 1 of Petrosyan, Pieper and Tran (2023) with its Armijo rule (17), for operators
that do not give their columns: a step costs a product with the operator and one with its
adjoint. The paper has one step length for all channels, as short as the strongest channel
needs; here every eigenvector of the metric has its own, from a bound of the operator's
norm, and one unknown couples the channels of a group. Steps start from an
extrapolated point as long as the objective is not larger there, so that every accepted
step lowers it.
"""

from __future__ import annotations

import numpy as np

from ...arrays import Array
from ...reformulations.feature_view import FeatureView
from .descent import Descent, Point, Setting
from .kernels import make_point, step_proximally

_ARMIJO = 1e-3
_ROUNDING = 4  # of the objective, in units of its precision
_MOST_TRIALS = 60
_PER_ROOT = 3.0  # the violation that belongs to a relative decrease, by its root
_ROUNDED = 1e4  # a violation that is rounding, in units of the precision
_DAMPING, _LEAST_DAMPING = 1e-3, 1e-6


class ProximalDescent(Descent):
    """The descent by steps with a bound of the operator's norm."""

    def __init__(self, view: FeatureView, rows: Array) -> None:
        self.view = view
        self._order, self._indptr = view.groups.indices, view.groups.indptr
        self._shape = rows.shape
        self._setting = Setting(1.0, 1.0)
        own = np.ascontiguousarray(rows[:, self._order].T)
        self._point = self._make_point(own, self.view.data - self._image(own))
        self._damping = _DAMPING
        self._lipschitz = view.operator.lipschitz
        self._restart()

    @property
    def rows(self) -> Array:
        """The coefficients, shape (K, n_features)."""
        return self._spread(self._point.rows)

    def begin(self, setting: Setting) -> None:
        """Set the strength and relaxation of the next steps."""
        self._setting = setting
        rows = self._point.rows
        self._point = self._make_point(rows, self.view.data - self._image(rows))
        self._restart()

    def step(self, tol: float) -> bool:
        """Do one step; see `Descent.step`."""
        base = self._extrapolate()
        correlations = np.ascontiguousarray(
            self.view.correlations(base.residual)[:, self._order].T, dtype=base.rows.dtype
        )
        if self._lipschitz is None:
            self._lipschitz = self._find_curvature(correlations)
        rounding = _ROUNDING * float(np.finfo(base.rows.dtype).eps) * base.objective
        for _ in range(_MOST_TRIALS):
            rows, predicted, violation = step_proximally(
                base, correlations, self._indptr, self._lipschitz, self._setting, self._damping
            )
            residual = self.view.data - self._image(rows)
            if self._is_bounded(rows - base.rows, residual - base.residual):
                trial = self._make_point(rows, residual)
                gained = base.objective - trial.objective
                if np.isfinite(trial.objective) and gained >= _ARMIJO * predicted - rounding:
                    break
                self._damping *= 4
        else:
            return True  # no step lowers the objective by more than rounding
        self._damping = max(0.7 * self._damping, _LEAST_DAMPING)
        self._before, self._point = self._point, trial
        # One step of many predicts little, so that the conditions must hold as well.
        enough = max(_PER_ROOT * np.sqrt(tol), self._bound_violation(base))
        return bool(predicted <= tol * trial.objective and violation <= enough)

    def _bound_violation(self, point: Point) -> float:
        """Return a violation that may be rounding: correlations count relative to the strength."""
        assert self._lipschitz is not None
        largest = np.sqrt(self._lipschitz * point.values[-1]) * float(
            np.linalg.norm(point.residual)
        )
        precision = float(np.finfo(point.rows.dtype).eps)
        return precision * (_ROUNDED + 1e2 * float(largest) / self._setting.alpha)

    def _restart(self) -> None:
        self._before, self._momentum = self._point, 1.0

    def _extrapolate(self) -> Point:
        """Return a point ahead in the direction of the last step, or the present one."""
        point, before = self._point, self._before
        momentum = (1 + np.sqrt(1 + 4 * self._momentum**2)) / 2
        weight = (self._momentum - 1) / momentum
        self._momentum = momentum
        if weight == 0 or before is point:
            return point
        ahead = self._make_point(*before.move_towards(point.rows, point.residual, 1 + weight))
        if ahead.objective <= point.objective:
            return ahead
        self._restart()
        return point

    def _is_bounded(self, rows: Array, residual: Array) -> bool:
        """Return whether the curvature along a step is within its bound, which is raised if not."""
        assert self._lipschitz is not None
        length, image = (float(np.linalg.norm(part)) for part in (rows, residual))
        rounding = _ROUNDED * float(np.finfo(rows.dtype).eps) * float(np.linalg.norm(self.residual))
        reach = np.sqrt((1 + 1e-3) * self._lipschitz) * length + rounding
        if not length or image <= reach or not np.isfinite(image):
            return True
        self._lipschitz = max(2 * self._lipschitz, (image / length) ** 2)
        return False

    def _find_curvature(self, rows: Array) -> float:
        length = float(np.linalg.norm(rows))
        return (float(np.linalg.norm(self._image(rows))) / length) ** 2 if length else 1.0

    def _make_point(self, rows: Array, residual: Array) -> Point:
        return make_point(rows, residual, self._indptr, self._setting)

    def _spread(self, rows: Array) -> Array:
        everywhere = np.empty(self._shape, rows.dtype)
        everywhere[:, self._order] = rows.T
        return everywhere

    def _image(self, rows: Array) -> Array:
        """Return the image of coefficients (n, K) as (K, n_rows)."""
        if not rows.any():
            return np.zeros_like(self.view.data)
        return self.view.image(self._spread(rows))
