"""A point of the orthogonally weighted problem, and the base class of its descents."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ...arrays import Array
from ...penalties.channel_metric import ChannelMetric, norm_distances, whitened_slope
from ...reformulations.feature_view import FeatureView
from ...solution import Status


class Setting(NamedTuple):
    """The penalty's strength and relaxation."""

    alpha: float
    gamma: float


class Point(NamedTuple):
    """Coefficients with their residual, metric and objective; see `evaluate`.

    `rows`, (n, K), are the coefficients of some features, those of a group together;
    `residual` is (K, n_rows).
    """

    rows: Array
    residual: Array
    vectors: Array
    values: Array
    whitened: Array
    norms: Array
    objective: float

    @property
    def metric(self) -> ChannelMetric:
        """The metric between channels, with all its eigenvectors."""
        return ChannelMetric(self.vectors, self.values, 0.0)

    def move_towards(self, rows: Array, residual: Array, step: float) -> tuple[Array, Array]:
        """Return coefficients and residual a part of the way to others."""
        weight = self.rows.dtype.type(step)
        return (
            self.rows + weight * (rows - self.rows),
            self.residual + weight * (residual - self.residual),
        )


class Descent(ABC):
    """The state of a descent, from one strength and relaxation to the next."""

    view: FeatureView
    _setting: Setting
    _point: Point

    @property
    @abstractmethod
    def rows(self) -> Array:
        """The coefficients, shape (K, n_features)."""

    @property
    def residual(self) -> Array:
        """The data minus the image of the coefficients, shape (K, n_rows)."""
        return self._point.residual

    @property
    def objective(self) -> float:
        """``||residual||^2 / (2 alpha) + Psi`` at the present point."""
        return self._point.objective

    @property
    def n_active(self) -> int:
        """The number of groups that are not zero."""
        return int(np.count_nonzero(self._point.norms))

    @property
    def rank_margin(self) -> float:
        """The smallest over the largest eigenvalue of the metric."""
        return self._point.metric.margin

    @abstractmethod
    def begin(self, setting: Setting) -> None:
        """Set the strength and relaxation of the next steps."""

    @abstractmethod
    def step(self, tol: float) -> bool:
        """Do one step; return whether the point has settled.

        It has if the decrease that the model predicts for all groups is at most `tol`
        times the objective.
        """

    def settle(self, tol: float, max_steps: int, report: Callable[[], bool]) -> Status:
        """Step until the point has settled, or `report` is true after a step, at most so often."""
        for _ in range(max_steps):
            settled = self.step(tol)
            if report():
                return Status.STOPPED
            if settled:
                return Status.CONVERGED
        return Status.MAX_ITER

    def measure_violation(self) -> float:
        """Return the largest violation of first-order conditions, relative to the strength."""
        alpha, gamma = self._setting
        metric, groups = self._point.metric, self.view.groups
        whitened = metric.times(self.rows, -0.5)
        slope = -metric.times(self.view.correlations(self.residual), 0.5) / alpha
        slope += whitened_slope(whitened, groups, gamma)
        return float(norm_distances(whitened, slope, groups).max(initial=0.0))
