"""The operators that convolve reflectivities with the wavelets of the shots."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....toolkit.arrays import Array, Shape, as_filled_array, as_number_array
from ....toolkit.checks import as_list
from ....toolkit.operators import Channelwise, Convolution, TimeVaryingConvolution


def make_source_operator(wavelet: Array, shape: Shape) -> Convolution | TimeVaryingConvolution:
    """Return the convolution with a wavelet: r, of a shape with time last, to recorded traces.

    The wavelet is (n_lags,), or (n_samples, n_lags) if it changes with time; a `ValueError` is
    raised if it is not finite, zero throughout, or longer than a trace.

    Examples
    --------
    >>> import numpy as np
    >>> make_source_operator(np.array([1.0, 2.0, 1.0]), (5,)).apply(np.eye(5)[2])
    array([0., 1., 2., 1., 0.])
    """
    wavelet = as_number_array(wavelet, "wavelet")
    if wavelet.ndim == 1:
        return Convolution(wavelet, shape)
    return TimeVaryingConvolution(wavelet, shape)


def make_channel_operator(wavelets: Sequence[Array], shape: Shape) -> Channelwise:
    """Return W = diag(W_1, ..., W_K), the convolutions of K channels, which are the first axis.

    `shape` is that of the traces of one channel.

    Examples
    --------
    >>> make_channel_operator([np.ones(3), np.ones(5)], (2, 9)).domain_shape
    (2, 2, 9)
    """
    listed = as_list("wavelets", wavelets, "one wavelet per channel")
    return Channelwise([make_source_operator(wavelet, shape) for wavelet in listed], axis=0)


def compute_mean_norm(wavelets: Sequence[Array]) -> float:
    """Return the root of the mean energy of wavelets, averaged over time where they change.

    Examples
    --------
    >>> compute_mean_norm([np.array([3.0, 4.0]), np.array([[5.0], [5.0]])])
    5.0
    """
    listed = as_list("wavelets", wavelets, "wavelets")
    arrays = [np.atleast_2d(as_filled_array(wavelet, "wavelets")) for wavelet in listed]
    energies = [(wavelet**2).sum(axis=1).mean() for wavelet in arrays]
    return float(np.sqrt(np.mean(energies)))
