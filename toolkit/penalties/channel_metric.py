"""The metric between channels that orthogonal weighting uses, and what it computes in it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arrays import Array, as_coefficients, as_double, real_dtype
from ..checks import check_instance
from ..groups import Groups


class ChannelRows(NamedTuple):
    """Coefficients with one row per channel, and the groups of features, the same in every row.

    `values` are in double precision, `given` is as the coefficients came.
    """

    values: Array
    groups: Groups
    given: Array
    channel_axis: int | None

    @classmethod
    def of(cls, x: Array, groups: Groups, name: str = "x") -> ChannelRows:
        """Return coefficients of any shape as (K, n_features)."""
        check_instance("groups", groups, Groups)
        given = as_coefficients(x, name)
        if given.size != groups.n_coefs:
            raise ValueError(
                f"{name} must hold {groups.n_coefs} coefficients, as the groups do; "
                f"got shape {given.shape}"
            )
        if groups.features is None or groups.channel_axis is None:
            return cls(as_double(given).reshape(1, -1), groups, given, None)
        channels = np.moveaxis(as_double(given), groups.channel_axis, 0)
        rows = channels.reshape(len(channels), -1)
        return cls(rows, groups.features, given, groups.channel_axis)

    def home(self, values: Array) -> Array:
        """Return rows of channels in the shape and precision that they came from."""
        with np.errstate(over="ignore"):
            values = values.astype(self.given.dtype, copy=False)
        if self.channel_axis is None:
            return values.reshape(self.given.shape)
        shape = np.moveaxis(self.given, self.channel_axis, 0).shape
        return np.ascontiguousarray(np.moveaxis(values.reshape(shape), 0, self.channel_axis))


class ChannelMetric(NamedTuple):
    """``M = gamma I + (1 - gamma) Z Z^H`` for Z of shape (K, n_features), by its eigenvectors.

    Where fewer features are active than there are channels, the eigenvectors of Z alone are
    kept: on their complement M is gamma times the identity (Petrosyan, Pieper and Tran, 2023,
    remark 6.1). Negative powers are those of the pseudo-inverse.

    Attributes
    ----------
    vectors : ndarray, shape (K, r)
        Orthonormal; all of them, or those not in the complement.
    values : ndarray of float, shape (r,)
        Their eigenvalues, in double precision; none is negative.
    gamma : float
        The eigenvalue on the complement.
    """

    vectors: Array
    values: Array
    gamma: float

    @classmethod
    def at(cls, rows: Array, gamma: float) -> ChannelMetric:
        """Return the metric at coefficients of shape (K, n_features)."""
        active = rows[:, rows.any(axis=0)]
        if active.shape[1] >= len(rows):
            wide = active.astype(np.result_type(rows, np.float64), copy=False)
            values, vectors = np.linalg.eigh((1 - gamma) * (wide @ wide.conj().T))
            vectors = vectors.astype(rows.dtype, copy=False)
            return cls(vectors, np.maximum(values, 0) + gamma, gamma)
        vectors, singular, _ = np.linalg.svd(active, full_matrices=False)
        squares = singular.astype(float) ** 2
        return cls(vectors, gamma + (1 - gamma) * squares, gamma)

    @property
    def margin(self) -> float:
        """The smallest over the largest eigenvalue: zero for a singular metric."""
        n_channels, r = self.vectors.shape
        ends = [self.values.min(initial=np.inf), self.values.max(initial=0.0)]
        if r < n_channels:
            ends += [self.gamma]
        return float(min(ends) / max(ends)) if max(ends) > 0 else 0.0

    def times(self, rows: Array, power: float) -> Array:
        """Return a power of the metric times rows of channels, shape (K, n)."""
        outside = _power(np.array([self.gamma]), power, 0.0)[0]
        rounding = 10 * float(np.finfo(self.vectors.dtype).eps)
        inside = _power(self.values, power, rounding * float(self.values.max(initial=0.0)))
        if self.vectors.shape[0] == self.vectors.shape[1]:
            outside = 0.0
        factors = (inside - outside).astype(real_dtype(rows.dtype))
        result: Array = self.vectors @ (factors[:, None] * (self.vectors.conj().T @ rows))
        if outside:
            result += rows.dtype.type(outside) * rows
        return result


def _power(values: Array, power: float, floor: float) -> Array:
    """Return powers; negative ones of what does not exceed the floor are zero."""
    if power >= 0:
        result: Array = values**power
        return result
    beyond = values > floor
    return np.where(beyond, np.where(beyond, values, 1.0) ** power, 0.0)


def whitened_slope(whitened: Array, groups: Groups, gamma: float) -> Array:
    """Return the linear part of the model, ``-(1 - gamma) (sum_g U_g U_g^H / ||U_g||) U``.

    `whitened` is U of shape (K, n_features), with ``W^(1/2) z_n`` as columns.
    """
    mixing = _divide_by_norms(whitened, groups.joint_norms(whitened), groups) @ whitened.conj().T
    result: Array = whitened.dtype.type(gamma - 1) * (mixing @ whitened)
    return result


def norm_distances(whitened: Array, slope: Array, groups: Groups) -> Array:
    """Return per group the distance of minus the slope from the subdifferential of the norm.

    `whitened` holds the coefficients, `slope` the gradient of all but their norms, both of
    shape (K, n_features).
    """
    norms = groups.joint_norms(whitened)
    distance = groups.joint_norms(_divide_by_norms(whitened, norms, groups) + slope)
    result: Array = np.where(norms > 0, distance, np.maximum(distance - 1, 0))
    return result


def _divide_by_norms(rows: Array, norms: Array, groups: Groups) -> Array:
    """Return rows of channels with every group divided by its norm; zero groups stay zero."""
    inverse = np.divide(1, norms, out=np.zeros_like(norms), where=norms > 0)
    result: Array = rows * groups.per_coefficient(inverse)
    return result
