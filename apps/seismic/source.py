"""What a shot's wavelet does to reflectivities."""

from __future__ import annotations

from ...toolkit.arrays import Array, Shape
from ...toolkit.operators import Convolution, Operator, TimeVaryingConvolution


def source_operator(wavelet: Array, shape: Shape) -> Operator:
    """Return the convolution with a wavelet.

    Parameters
    ----------
    wavelet : ndarray, shape (n_lags,) or (n_samples, n_lags)
        One for all samples, or one for each.
    shape : tuple of int
        Of an array of traces, time last.

    Returns
    -------
    Operator
        From reflectivities to recorded traces.

    Raises
    ------
    ValueError
        If the wavelet is not finite, zero throughout, or longer than a trace.

    Examples
    --------
    >>> import numpy as np
    >>> source_operator(np.array([1.0, 2.0, 1.0]), (5,)).apply(np.eye(5)[2])
    array([0., 1., 2., 1., 0.])
    """
    if wavelet.ndim == 1:
        return Convolution(wavelet, shape)
    return TimeVaryingConvolution(wavelet, shape)
