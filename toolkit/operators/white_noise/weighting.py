"""The operator that scales every datum, which keeps the structure of the operator before it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ...arrays import Array, as_finite_array
from ...magnitudes import ColumnNorms
from ..channels import Channelwise, Joint
from ..convolution import BandedOperator
from ..matrix import Matrix
from ..operator import Operator, check_composition
from .scaled_channels import ScaledChannels
from .weighted import Weighted, WeightedMatrix
from .weighted_convolution import weigh_convolution


class Weighting(Operator):
    """Multiplies every datum by its weight.

    ``Weighting(w) @ A`` keeps the structure of ``A``: the rows of a dense matrix are weighted
    without a copy, convolutions stay banded, channels stay channels.

    Parameters
    ----------
    weights : array_like of float
        The weights, in the shape of the data, such as inverse standard deviations.

    Raises
    ------
    ValueError
        If weights are not finite, not real, or all zero.

    Notes
    -----
    In matrix form ``diag(w)``.

    Examples
    --------
    >>> Weighting([1.0, 0.5]).apply(np.array([1.0, 2.0]))
    array([1., 1.])
    """

    def __init__(self, weights: ArrayLike) -> None:
        array = as_finite_array(weights, "weights")
        if array.dtype.kind == "c" or not array.any():
            raise ValueError("weights must be real and not all zero")
        self.weights = array
        self.domain_shape = self.range_shape = array.shape
        self.dtype = np.dtype(np.float32)  # weights of higher precision do not widen the data
        largest = float(np.abs(array).max())
        self.lipschitz = largest**2
        self.column_range = ColumnNorms(largest, largest)
        self._fits_single = largest <= float(np.finfo(np.float32).max)

    def _apply(self, x: Array) -> Array:
        dtype = x.real.dtype if self._fits_single else self.weights.dtype
        result: Array = x * self.weights.astype(dtype, copy=False)
        return result

    def _adjoint(self, y: Array) -> Array:
        return self._apply(y)

    def column_norms(self) -> Array:
        """Return the magnitudes of the weights."""
        return np.abs(self.weights).astype(float)

    def __matmul__(self, other: Operator) -> Operator:
        """Return the composition that applies `other` first, with the structure of `other`."""
        check_composition(self, other)
        return weigh(other, self.weights)


def weigh(operator: Operator, weights: Array) -> Operator:
    """Return ``diag(w) A`` with the structure of ``A``, for weights in the shape of its range."""
    if np.all(weights == 1):
        return operator
    if isinstance(operator, Joint):
        return _weigh_joint(operator, weights)
    if isinstance(operator, Channelwise):
        pairs = zip(operator.operators, operator.unpack(weights), strict=True)
        return Channelwise([weigh(part, own) for part, own in pairs], operator.channel_axis)
    if isinstance(operator, BandedOperator):
        return weigh_convolution(operator, weights)
    if isinstance(operator, Weighted):
        return weigh(operator.operator, operator.weights * weights)
    if isinstance(operator, Matrix):
        is_sparse = operator.is_sparse
        return operator.weigh_stored(weights) if is_sparse else WeightedMatrix(operator, weights)
    return Weighted(operator, weights)


def weigh_all(operator: Operator, weight: float) -> Operator:
    """Return an operator times one weight of all data."""
    return weigh(operator, np.full(operator.range_shape, weight))


def _weigh_joint(operator: Joint, weights: Array) -> Operator:
    """Return the weighted operator of all channels, or one for each channel."""
    inner, axis = operator.operator, operator.channel_axis
    channels = operator.channels_first(weights)
    if np.all(channels == channels[:1]):
        return Joint(weigh(inner, channels[0]), operator.n_channels, axis)
    scales = channels.reshape(operator.n_channels, -1)
    if np.all(scales == scales[:, :1]) and not isinstance(inner, BandedOperator):
        return ScaledChannels(inner, scales[:, 0], axis=axis)
    return Channelwise([weigh(inner, own) for own in channels], axis)
