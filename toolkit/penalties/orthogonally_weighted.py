"""The orthogonally weighted l2,1 penalty: rank-aware joint sparsity."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..arrays import Array
from ..checks import check_level, check_share, check_strength
from ..groups import Groups
from .channel_metric import ChannelMetric, ChannelRows, norm_distances, whitened_slope


@dataclass(frozen=True)
class OrthogonallyWeightedL21:
    """``alpha * sum_n ||z_n||_W``: l2,1 at gamma = 1, aware of the rank of Z below.

    The rows z_n of Z hold one feature in K channels, and
    ``W = (gamma I + (1 - gamma) Z^H Z)^+`` (Petrosyan, Pieper and Tran, "Orthogonally weighted
    l2,1 regularization for rank-aware joint sparse recovery", 2023, section 5). At gamma = 1
    it is the l2,1 norm; at gamma = 0 the l2,1 norm of an orthonormal basis of the columns of
    Z: between the rank and, where that equals the number of active rows, this number. With one
    channel, gamma = 0 gives l1 / l2.

    Parameters
    ----------
    alpha : float
        Strength, positive.
    gamma : float, default 0
        From 0 to 1. Positive values make the penalty continuous. It is added to
        ``Z^H Z``: its meaning depends on the units of the coefficients.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Notes
    -----
    Coefficients and groups come as for every penalty; groups that hold their
    features in several channels, as `Problem` makes them, say which axis runs
    over the channels. Groups of several features count by the norm over all of
    them. The penalty is not convex, and its proximal step is known in its own
    metric only: it needs `VariableMetric` or `GammaContinuation`.

    Examples
    --------
    >>> rows = Groups.across(axis=1).bind((3, 2))
    >>> x = np.array([[0.0, 0.0], [1.0, 1.0], [1.0, -1.0]])
    >>> round(OrthogonallyWeightedL21(1.0).value(x, rows), 6)
    2.0
    """

    alpha: float
    gamma: float = 0.0
    convex: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_strength("alpha", self.alpha)
        check_share("gamma", self.gamma)

    def with_alpha(self, alpha: float) -> OrthogonallyWeightedL21:
        """Return the same penalty at another strength."""
        return dataclasses.replace(self, alpha=alpha)

    def value(self, x: Array, groups: Groups) -> float:
        """Return the penalty of `x`."""
        rows = ChannelRows.of(x, groups)
        metric = ChannelMetric.at(rows.values, self.gamma)
        return float(self.alpha * rows.groups.joint_norms(metric.times(rows.values, -0.5)).sum())

    def weight(self, x: Array, groups: Groups) -> Array:
        """Return ``W`` at `x`, shape (K, K), Hermitian: ``||z||_W^2 = z W z^H`` of a row z."""
        rows = ChannelRows.of(x, groups)
        metric = ChannelMetric.at(rows.values, self.gamma)
        weight = metric.times(np.eye(len(rows.values), dtype=rows.values.dtype), -1.0).conj()
        return weight.astype(rows.given.dtype, copy=False)

    def slope(self, reference: Array, groups: Groups) -> Array:
        """Return ``alpha Z Lambda`` of definition 5.3 in the shape of the reference point Z.

        It is the linear part of the model: how the penalty falls as its weight changes.
        """
        rows = ChannelRows.of(reference, groups, "reference")
        return rows.home(self._slope_at(rows, ChannelMetric.at(rows.values, self.gamma)))

    def _slope_at(self, rows: ChannelRows, metric: ChannelMetric) -> Array:
        """Return the slope, shape (K, n_features), at rows whose metric is known."""
        whitened = metric.times(rows.values, -0.5)
        return metric.times(self.alpha * whitened_slope(whitened, rows.groups, self.gamma), -0.5)

    def model(self, x: Array, reference: Array, groups: Groups) -> float:
        """Return the convex model of the penalty at `x`, equation (10).

        It is ``alpha ||Z||_{W,1} + <alpha Z' Lambda, Z - Z'>`` for the reference Z', where it
        equals the penalty.
        """
        rows, before = ChannelRows.of(x, groups), ChannelRows.of(reference, groups, "reference")
        metric = ChannelMetric.at(before.values, self.gamma)
        weighted = self.alpha * rows.groups.joint_norms(metric.times(rows.values, -0.5)).sum()
        change = np.vdot(self._slope_at(before, metric), rows.values - before.values)
        return float(weighted + change.real)

    def prox(self, x: Array, step: float, reference: Array, groups: Groups) -> Array:
        """Return the proximal step in the metric of a reference point, equation (12).

        Parameters
        ----------
        x : ndarray
            Coefficients.
        step : float
            The step size.
        reference : ndarray
            The point whose weight W is used; its metric must be regular.
        groups : Groups
            The grouping of both.

        Returns
        -------
        ndarray
            The minimiser over Z of ``alpha ||Z||_{W,1} + 1/(2 step) ||Z - x||_{W,2}^2``.
        """
        check_level("step", step)
        rows, before = ChannelRows.of(x, groups), ChannelRows.of(reference, groups, "reference")
        metric = ChannelMetric.at(before.values, self.gamma)
        norms = rows.groups.joint_norms(metric.times(rows.values, -0.5))
        kept, threshold = norms > step * self.alpha, step * self.alpha
        factors = np.where(kept, 1 - threshold / np.where(kept, norms, 1), 0).astype(norms.dtype)
        return rows.home(rows.values * rows.groups.per_coefficient(factors))

    def violations(self, x: Array, gradient: Array, groups: Groups) -> Array:
        """Return by how much the first-order conditions fail, per group, theorem 5.4.

        Relative to `alpha`, in the metric of `x`, where `gradient` is that of the data term.
        """
        rows = ChannelRows.of(x, groups)
        metric = ChannelMetric.at(rows.values, self.gamma)
        whitened = metric.times(rows.values, -0.5)
        slope = metric.times(ChannelRows.of(gradient, groups, "gradient").values, 0.5) / self.alpha
        slope += whitened_slope(whitened, rows.groups, self.gamma)
        return norm_distances(whitened, slope, rows.groups)
