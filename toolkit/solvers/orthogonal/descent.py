"""What the two descents of the orthogonally weighted problem have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from ...arrays import Array
from ...penalties.channel_metric import norm_distances, whitened_slope
from ...reformulations.feature_view import FeatureView
from .point import Point, Setting


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
        """What the coefficients leave of the data, shape (K, n_rows)."""
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
        """Take the next steps at another strength and relaxation."""

    @abstractmethod
    def step(self, tol: float) -> bool:
        """Do one step.

        Parameters
        ----------
        tol : float
            Relative to the objective.

        Returns
        -------
        bool
            Whether the decrease that the model predicts for all groups is at
            most `tol` times the objective.
        """

    def violation(self) -> float:
        """Return by how much the first-order conditions fail, relative to the strength."""
        alpha, gamma = self._setting
        metric, groups = self._point.metric, self.view.groups
        whitened = metric.times(self.rows, -0.5)
        slope = -metric.times(self.view.correlations(self.residual), 0.5) / alpha
        slope += whitened_slope(whitened, groups, gamma)
        return float(norm_distances(whitened, slope, groups).max(initial=0.0))
