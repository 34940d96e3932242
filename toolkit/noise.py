"""The standard deviation of white noise in every channel, and the weights that follow from it.

Differences of some order along an axis remove what is smooth; the median of their magnitudes then
says how strong the noise is, whatever a minority of them holds besides (Donoho and Johnstone,
"Ideal spatial adaptation by wavelet shrinkage", 1994, section 4.2).
"""

from __future__ import annotations

from math import comb
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike

from .arrays import Array, as_finite_array
from .checks import check_count
from .short_text import shorten

_MEDIAN_OF_REAL = 0.6744897501960817  # of the magnitude of a standard normal number
_MEDIAN_OF_COMPLEX = float(np.sqrt(np.log(2)))  # of a complex one
_LEAST_WEIGHT = 1e-6  # of a channel, relative to the largest: with zero, nothing would be left
_EQUAL = 1e-9  # a relative difference that is rounding


def estimate_noise(
    data: ArrayLike, *, order: int = 0, axis: int = -1, channel_axis: int = 0
) -> Array:
    """Return the standard deviation of white noise in each channel.

    Parameters
    ----------
    data : array_like
        Real or complex: a residual, a part of the data without signal, or with `order`, data whose
        signal is smooth. Values that are exactly zero, such as dead traces, do not count.
    order : int, default 0
        How many times differences of neighbours along `axis` are taken, 0 to 20. Each removes more
        of a smooth signal.
    axis : int, default -1
        The axis of the differences.
    channel_axis : int, default 0
        The axis of channels.

    Returns
    -------
    ndarray of float, shape (n_channels,)
        ``median |d| / (c sqrt(binom(2 order, order)))`` of the differences d, with c = 0.6745 for
        real and 0.8326 for complex data: ``(E |noise|^2)^(1/2)``. Zero for a channel of zeros.
        Fewer than half of the differences should hold signal.

    Raises
    ------
    ValueError
        If the data are not finite or have no such axes, or there are too few for such differences.

    Examples
    --------
    >>> noise = np.random.default_rng(0).standard_normal((2, 5000)) * [[1.0], [3.0]]
    >>> signal = np.cos(np.arange(5000) / 50)
    >>> estimate_noise(signal + noise, order=2).round(1)
    array([1., 3.])
    >>> weights = 1 / estimate_noise(signal + noise, order=2)[:, None]  # those of `Problem`
    """
    array = as_finite_array(data, "data")
    check_count("order", order, 0, 20)
    channel_axis = _find_axis("channel_axis", channel_axis, array.ndim)
    along = _find_axis("axis", axis, array.ndim)
    if order and along == channel_axis:
        raise ValueError(f"axis must not be that of channels, got {axis} for both")
    if array.shape[along] <= order:
        raise ValueError(
            f"order must be less than the number of data along axis {axis}, "
            f"{array.shape[along]}, got {order}"
        )
    channels = np.moveaxis(array, channel_axis, 0)
    along = np.delete(np.arange(array.ndim), channel_axis).tolist().index(along) if order else 0
    return np.array([_estimate_one(channel, order, along) for channel in channels])


def balance_noise(deviations: Array) -> tuple[float, Array | None]:
    """Return one standard deviation, and the weights of mean square one that bring all to it.

    The weights are for `Problem`, one per channel; None where the noise is the same in all.
    Channels said to be without noise count as the least noisy of the others. No weight is below a
    millionth of the largest.

    >>> deviation, weights = balance_noise(np.array([1.0, 7.0]))
    >>> (weights * [1.0, 7.0] / deviation).round(12), (weights**2).mean().round(12)
    (array([1., 1.]), np.float64(1.0))
    """
    if not deviations.any():
        return 0.0, None
    least = float(deviations[deviations > 0].min())
    most = float(deviations.max())
    if most - deviations.min() <= _EQUAL * most:
        return float(deviations[0]), None
    weights = np.maximum(least / np.maximum(deviations, least), _LEAST_WEIGHT)
    mean = float(np.sqrt((weights**2).mean()))
    return least / mean, weights / mean


def _estimate_one(channel: Array, order: int, axis: int) -> float:
    wide = channel.astype(np.result_type(channel.dtype, np.float64))
    magnitudes = np.abs(np.diff(wide, order, axis=axis) if order else wide)
    counted = magnitudes[magnitudes > 0]
    if not counted.size:
        return 0.0
    median = _MEDIAN_OF_COMPLEX if wide.dtype.kind == "c" else _MEDIAN_OF_REAL
    return float(np.median(counted) / (median * np.sqrt(comb(2 * order, order))))


def _find_axis(name: str, axis: int, n_axes: int) -> int:
    """Return an axis counted from the first; a `ValueError` if there is none."""
    is_whole = isinstance(axis, Integral) and not isinstance(axis, bool)
    if not is_whole or not -n_axes <= axis < n_axes:
        raise ValueError(f"{name} must be an axis of data with {n_axes} axes, got {shorten(axis)}")
    return int(axis) % n_axes
