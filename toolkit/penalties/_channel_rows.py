"""Coefficients as one row per channel, and what orthogonal weighting computes of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arrays import Array
from ..groups import Groups


class ChannelRows(NamedTuple):
    """Coefficients as one row per channel, with the grouping of one channel's features."""

    values: Array
    groups: Groups

    @classmethod
    def of(cls, x: Array, groups: Groups) -> ChannelRows:
        """Return coefficients of any shape as (K, n_features)."""
        if groups.features is None or groups.channel_axis is None:
            return cls(x.reshape(1, -1), groups)
        channels = np.moveaxis(x, groups.channel_axis, 0)
        return cls(channels.reshape(len(channels), -1), groups.features)

    def home(self, values: Array, like: Array, groups: Groups) -> Array:
        """Return rows of channels in the shape that they came from."""
        if groups.features is None or groups.channel_axis is None:
            return values.reshape(like.shape)
        shape = np.moveaxis(like, groups.channel_axis, 0).shape
        return np.ascontiguousarray(np.moveaxis(values.reshape(shape), 0, groups.channel_axis))


def scaled(rows: Array, factors: Array, groups: Groups) -> Array:
    """Return rows of channels with every group of features multiplied by its factor.

    Parameters
    ----------
    rows : ndarray, shape (K, n_features)
        Real or complex.
    factors : ndarray of float, shape (n_groups,)
        One per group.
    groups : Groups
        Over the features.

    Returns
    -------
    ndarray, shape (K, n_features)
        A new array.
    """
    result: Array = rows * groups.per_coefficient(factors)
    return result


def shrinkage(norms: Array, threshold: float) -> Array:
    """Return the factors by which norms shrink when the threshold is taken off.

    Parameters
    ----------
    norms : ndarray of float
        Not negative.
    threshold : float
        Not negative.

    Returns
    -------
    ndarray of float
        From 0 to 1.
    """
    kept = norms > threshold
    return np.where(kept, 1 - threshold / np.where(kept, norms, 1), 0).astype(norms.dtype)


def whitened_slope(whitened: Array, groups: Groups, gamma: float) -> Array:
    """Return the linear part of the model in whitened channels.

    Parameters
    ----------
    whitened : ndarray, shape (K, n_features)
        ``W^(1/2) z_n`` as columns.
    groups : Groups
        Over the features.
    gamma : float
        As in the penalty.

    Returns
    -------
    ndarray, shape (K, n_features)
        ``-(1 - gamma) (sum_g U_g U_g^H / ||U_g||) U``.
    """
    norms = groups.joint_norms(whitened)
    inverse = np.divide(1, norms, out=np.zeros_like(norms), where=norms > 0)
    mixing = scaled(whitened, inverse, groups) @ whitened.conj().T
    result: Array = whitened.dtype.type(gamma - 1) * (mixing @ whitened)
    return result


def unmet(whitened: Array, slope: Array, groups: Groups) -> Array:
    """Return per group the distance of minus the slope from the subdifferential of the norm.

    Parameters
    ----------
    whitened, slope : ndarray, shape (K, n_features)
        Coefficients, and the gradient of all but their norms.
    groups : Groups
        Over the features.

    Returns
    -------
    ndarray of float, shape (n_groups,)
        Zero where a group is optimal.
    """
    norms = groups.joint_norms(whitened)
    inverse = np.divide(1, norms, out=np.zeros_like(norms), where=norms > 0)
    distance = groups.joint_norms(scaled(whitened, inverse, groups) + slope)
    result: Array = np.where(norms > 0, distance, np.maximum(distance - 1, 0))
    return result
