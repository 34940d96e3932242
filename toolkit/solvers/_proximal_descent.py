"""Descent of the orthogonally weighted problem by proximal steps in its metric.

Algorithm 1 of Petrosyan, Pieper and Tran (2023) with its Armijo rule (17), for
operators whose columns are not at hand: a step costs a product with the operator
and one with its adjoint. Steps start from an extrapolated point as long as the
objective is not larger there, so that every accepted step lowers it; the length of
the last step is where the next search begins.
"""

from __future__ import annotations

import numpy as np

from ..arrays import Array
from ..penalties.orthogonally_weighted import (
    joint_norms,
    scaled,
    shrinkage,
    unmet,
    whitened_slope,
)
from ._descent import Descent
from ._feature_view import FeatureView
from ._orthogonal_point import Point, Setting

_ARMIJO = 1e-3
_ROUNDING = 4  # of the objective, in units of its precision
_MOST_HALVINGS = 40


class ProximalDescent(Descent[Point]):
    """The state of a descent, from one strength and relaxation to the next.

    Parameters
    ----------
    view : FeatureView
        Operator on features and right-hand sides.
    rows : ndarray, shape (K, n_features)
        Coefficients to start from.
    """

    def __init__(self, view: FeatureView, rows: Array) -> None:
        self.view, self.groups = view, view.groups
        self._setting = Setting(1.0, 1.0)
        self._point = self._at(rows, self._left_by(rows))
        self._before = self._point
        self._momentum = 1.0
        self._step_length: float | None = None

    @property
    def rows(self) -> Array:
        """The coefficients, shape (K, n_features)."""
        return self._point.rows

    def begin(self, setting: Setting) -> None:
        """Take the next steps at another strength and relaxation."""
        before = self._point.metric.largest / self._setting.alpha
        self._setting = setting
        self._point = self._at(self._point.rows, self._left_by(self._point.rows))
        self._restart()
        if self._step_length is not None:
            # The curvature of the data term in the metric has changed by that much.
            now = self._point.metric.largest / setting.alpha
            self._step_length = self._step_length * before / now if now > 0 else None

    def step(self, tol: float) -> bool:
        """Do one step.

        Parameters
        ----------
        tol : float
            Relative to the objective.

        Returns
        -------
        bool
            Whether the predicted decrease, relative to the step length, is at
            most `tol` times the objective: equation (18).
        """
        base = self._extrapolated()
        slope = self._slope(base)
        length = self._step_length or self._first_length(base, slope)
        rounding = _ROUNDING * float(np.finfo(base.rows.dtype).eps) * base.objective
        for _ in range(_MOST_HALVINGS):
            trial, predicted = self._proximal_step(base, slope, length)
            gained = base.objective - trial.objective
            if gained >= _ARMIJO * predicted - rounding:
                break
            length /= 2
        else:
            return True  # no step lowers the objective by more than rounding
        self._step_length = length * (1.5 if gained > 0.75 * predicted else 1.0)
        if gained < predicted / 3:
            self._step_length = length * 2 / 3
        self._before, self._point = self._point, trial
        return predicted / length <= tol * trial.objective

    def violation(self) -> float:
        """Return by how much the first-order conditions fail, relative to the strength."""
        unmet_by = unmet(self._point.whitened, self._slope(self._point), self.groups)
        return float(unmet_by.max(initial=0.0))

    def _restart(self) -> None:
        self._before, self._momentum = self._point, 1.0

    def _extrapolated(self) -> Point:
        """Return a point ahead in the direction of the last step, or the present one."""
        point, before = self._point, self._before
        momentum = (1 + np.sqrt(1 + 4 * self._momentum**2)) / 2
        weight = (self._momentum - 1) / momentum
        self._momentum = momentum
        if weight == 0 or before is point:
            return point
        ahead = self._at(
            point.rows + point.rows.dtype.type(weight) * (point.rows - before.rows),
            point.residual + point.rows.dtype.type(weight) * (point.residual - before.residual),
        )
        if ahead.objective <= point.objective:
            return ahead
        self._restart()
        return point

    def _slope(self, point: Point) -> Array:
        """Return the gradient of all but the norms, in whitened channels."""
        correlations = point.metric.times(self.view.correlations(point.residual), 0.5)
        slope = whitened_slope(point.whitened, self.groups, self._setting.gamma)
        slope -= correlations / self._setting.alpha
        return slope

    def _first_length(self, point: Point, slope: Array) -> float:
        """Return the inverse curvature of the data term along the slope."""
        image = self._image(point.metric.times(slope, 0.5))
        curvature = float(np.linalg.norm(image)) ** 2 / self._setting.alpha
        size = float(np.linalg.norm(slope)) ** 2
        return size / curvature if curvature > 0 else 1.0

    def _proximal_step(self, base: Point, slope: Array, length: float) -> tuple[Point, float]:
        """Return where a step of this length leads, and the decrease that is predicted."""
        ahead = base.whitened - base.whitened.dtype.type(length) * slope
        ahead = scaled(ahead, shrinkage(joint_norms(ahead, self.groups), length), self.groups)
        rows = base.metric.times(ahead, 0.5)
        predicted = float(base.norms.sum() - joint_norms(ahead, self.groups).sum())
        predicted -= float(np.vdot(slope, ahead - base.whitened).real)
        if not np.isfinite(rows).all():  # a step far too long, in single precision
            return base._replace(objective=np.inf), 0.0
        return self._at(rows, self._left_by(rows)), max(0.0, predicted)

    def _at(self, rows: Array, residual: Array) -> Point:
        return Point.at(rows, residual, self.groups, self._setting)

    def _left_by(self, rows: Array) -> Array:
        if not rows.any():
            return self.view.data
        residual: Array = self.view.data - self._image(rows)
        return residual

    def _image(self, rows: Array) -> Array:
        operator = self.view.operator
        return operator._apply(rows.reshape(-1, *operator.domain_shape)).reshape(len(rows), -1)
