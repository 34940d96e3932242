"""A point of the orthogonally weighted problem, with all that a step from it needs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arrays import Array, squared_magnitude
from ..groups import Groups
from ..penalties._channel_metric import ChannelMetric
from ..penalties.orthogonally_weighted import joint_norms


class Setting(NamedTuple):
    """The penalty's strength and relaxation."""

    alpha: float
    gamma: float


class Point(NamedTuple):
    """Coefficients with their residual, metric and objective.

    Attributes
    ----------
    rows : ndarray, shape (K, n)
        Coefficients.
    residual : ndarray, shape (K, n_rows)
        ``Y - A Z``.
    metric : ChannelMetric
        At these coefficients.
    whitened : ndarray, shape (K, n)
        ``W^(1/2)`` times the coefficients.
    norms : ndarray of float, shape (n_groups,)
        Of the groups, whitened.
    objective : float
        ``||residual||^2 / (2 alpha) + Psi``; infinite where the metric is singular.
    """

    rows: Array
    residual: Array
    metric: ChannelMetric
    whitened: Array
    norms: Array
    objective: float

    @classmethod
    def at(
        cls,
        rows: Array,
        residual: Array,
        groups: Groups,
        setting: Setting,
        metric: ChannelMetric | None = None,
    ) -> Point:
        """Return the point with these coefficients and residual; the metric may be known."""
        if metric is None:
            metric = ChannelMetric.at(rows, setting.gamma)
        whitened = metric.times(rows, -0.5)
        norms = joint_norms(whitened, groups)
        objective = misfit(residual, setting.alpha) + float(norms.sum())
        if not setting.gamma and metric.is_singular:
            objective = np.inf
        return cls(rows, residual, metric, whitened, norms, objective)


def misfit(residual: Array, alpha: float) -> float:
    """Return ``||residual||^2 / (2 alpha)``."""
    return float(squared_magnitude(residual).sum()) / (2 * alpha)
