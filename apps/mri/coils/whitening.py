"""White noise of the same deviation in all coils."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array, as_finite_array
from ....toolkit.operators import Whitening


def find_noise_covariance(noise_scan: ArrayLike) -> Array:
    """Return the covariance of the coils' noise in a scan without signal.

    Parameters
    ----------
    noise_scan : array_like, shape (coil, ...)
        Samples of every coil, taken at the same times.

    Returns
    -------
    ndarray, shape (coil, coil)
        ``E[n_i conj(n_j)]``, Hermitian.

    Raises
    ------
    ValueError
        If the samples are fewer than the coils need, not finite, or a coil has none but zeros.

    Examples
    --------
    >>> find_noise_covariance([[2.0, -2.0, 2.0], [1.0, 1.0, -1.0]]).round(2)
    array([[ 4.  , -0.67],
           [-0.67,  1.  ]])
    """
    scan = as_finite_array(noise_scan, "noise_scan")
    if scan.ndim < 2 or scan[0].size <= len(scan):
        raise ValueError(
            "noise_scan must have the shape (coil, samples) with more samples than coils, "
            f"got {scan.shape}"
        )
    flat = scan.reshape(len(scan), -1).astype(np.result_type(scan.dtype, np.float64))
    silent = np.flatnonzero(~flat.any(axis=1))
    if silent.size:
        raise ValueError(f"noise_scan holds only zeros in coil {silent[0]}")
    covariance: Array = flat @ flat.conj().T / flat.shape[1]
    return (covariance + covariance.conj().T) / 2


def find_whitening(covariance: ArrayLike, n_coils: int) -> Array:
    """Return the matrix that makes the noise of coils white, shape (coil, coil).

    The noise has, in every new coil, the mean variance of the given ones, so that units stay.

    >>> np.abs(find_whitening(np.diag([9.0, 1.0]), 2) @ [3.0, 1.0]).round(3)
    array([2.236, 2.236])
    """
    whitening = Whitening(covariance, n_coils)
    deviation = np.sqrt(np.trace(np.asarray(covariance)).real / n_coils)
    matrix: Array = deviation * whitening.scales[:, None] * whitening.basis.conj().T
    return matrix
