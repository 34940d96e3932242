"""What a shot's wavelet does to reflectivities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....toolkit.arrays import Array, Shape
from ....toolkit.operators import Channelwise, Convolution, TimeVaryingConvolution


def make_source_operator(wavelet: Array, shape: Shape) -> Convolution | TimeVaryingConvolution:
    """Return the convolution with a wavelet.

    Parameters
    ----------
    wavelet : ndarray, shape (n_lags,) or (n_samples, n_lags)
        One for all samples, or one for each.
    shape : tuple of int
        Of an array of traces, time last.

    Returns
    -------
    Convolution or TimeVaryingConvolution
        From reflectivities to recorded traces.

    Raises
    ------
    ValueError
        If the wavelet is not finite, zero throughout, or longer than a trace.

    Examples
    --------
    >>> import numpy as np
    >>> make_source_operator(np.array([1.0, 2.0, 1.0]), (5,)).apply(np.eye(5)[2])
    array([0., 1., 2., 1., 0.])
    """
    if wavelet.ndim == 1:
        return Convolution(wavelet, shape)
    return TimeVaryingConvolution(wavelet, shape)


def make_channel_operator(wavelets: Sequence[Array], shape: Shape) -> Channelwise:
    """Return the convolutions of several channels, each with a wavelet of its own.

    Parameters
    ----------
    wavelets : sequence of ndarray
        One per channel, as for `make_source_operator`.
    shape : tuple of int
        Of an array of traces of one channel, time last.

    Returns
    -------
    Channelwise
        With channels as the first axis.

    Raises
    ------
    ValueError
        As `make_source_operator` does.

    Examples
    --------
    >>> make_channel_operator([np.ones(3), np.ones(5)], (2, 9)).domain_shape
    (2, 2, 9)
    """
    return Channelwise([make_source_operator(wavelet, shape) for wavelet in wavelets], axis=0)


def compute_mean_norm(wavelets: Sequence[Array]) -> float:
    """Return the root of the mean energy of wavelets, divided by which they are of unit norm.

    Parameters
    ----------
    wavelets : sequence of ndarray
        Of shape (n_lags,), or (n_samples, n_lags), whose mean over time counts.

    Returns
    -------
    float
        Their norm.

    Examples
    --------
    >>> compute_mean_norm([np.array([3.0, 4.0]), np.array([[5.0], [5.0]])])
    5.0
    """
    energies = [(np.atleast_2d(wavelet) ** 2).sum(axis=1).mean() for wavelet in wavelets]
    return float(np.sqrt(np.mean(energies)))
