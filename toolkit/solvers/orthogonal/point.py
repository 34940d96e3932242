"""A point of the orthogonally weighted problem, with all that a step from it needs."""

from __future__ import annotations

from typing import NamedTuple

from ...arrays import Array
from ...penalties.channel_metric import ChannelMetric


class Setting(NamedTuple):
    """The penalty's strength and relaxation."""

    alpha: float
    gamma: float


class Point(NamedTuple):
    """Coefficients with their residual, metric and objective.

    Attributes
    ----------
    rows : ndarray, shape (n, K)
        Coefficients of some features, those of a group together.
    residual : ndarray, shape (K, n_rows)
        What they leave of the data.
    vectors, values, whitened, norms, objective
        The metric at these coefficients, and what they are in it; see `evaluate`.
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

    def towards(self, rows: Array, residual: Array, step: float) -> tuple[Array, Array]:
        """Return coefficients and residual that lie a part of the way to others."""
        weight = self.rows.dtype.type(step)
        return (
            self.rows + weight * (rows - self.rows),
            self.residual + weight * (residual - self.residual),
        )
