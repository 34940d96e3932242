"""Least squares on given samples of convolutions, all channels of a trace at a time."""

from __future__ import annotations

import numpy as np

from ...arrays import Array
from ...operators.convolution import BandedOperator
from ...reformulations.channel_parts import ChannelParts
from .banded_session import stack_bands

_DEPENDENT = 1e-13  # of the largest eigenvalue: directions that are left out


def banded_least_squares(parts: ChannelParts, marked: Array) -> Array:
    """Fit every channel on the marked samples.

    The Gram matrices of a trace's channels are read from their bands and solved
    in one go, with one step of refinement: ``K n^3`` for n samples.

    Parameters
    ----------
    parts : ChannelParts
        Of a problem whose operators are all banded.
    marked : ndarray of bool, shape (n_features,)
        The features that may differ from zero, in all channels.

    Returns
    -------
    ndarray, shape (K, n_features)
        Coefficients, in double precision.
    """
    first = parts.operators[0]
    assert isinstance(first, BandedOperator)
    n, bands = first.n_samples, stack_bands(parts)
    images = [op.adjoint(y).ravel() for op, y in zip(parts.each, parts.data, strict=True)]
    correlations = np.stack(images).astype(bands.rows.dtype, copy=False)
    fitted = np.zeros_like(correlations)
    width = (bands.rows.shape[1] + 1) // 2
    for begin in range(0, marked.size, n):
        samples = np.flatnonzero(marked[begin : begin + n])
        if samples.size:
            lags = samples[None, :] - samples[:, None]
            near = np.abs(lags) < width
            places = np.where(near, lags + width - 1, 0)
            gram = bands.rows[bands.which[samples][:, None], places] * near[..., None]
            right = correlations[:, begin + samples]
            fitted[:, begin + samples] = _solved(gram.transpose(2, 0, 1), right[..., None])[..., 0]
    return fitted


def _solved(gram: Array, right: Array) -> Array:
    """Solve several positive definite systems; of least norm where columns depend on others."""
    try:
        factor = np.linalg.cholesky(gram)
        smallest = np.abs(np.diagonal(factor, axis1=1, axis2=2)).min(axis=1)
        if (smallest**2 <= _DEPENDENT * np.abs(gram).max(axis=(1, 2))).any():
            raise np.linalg.LinAlgError
        solution = np.linalg.solve(gram, right)
        correction: Array = np.linalg.solve(gram, right - gram @ solution)
        return solution + correction
    except np.linalg.LinAlgError:
        inverse: Array = np.linalg.pinv(gram, rcond=_DEPENDENT, hermitian=True)
        return inverse @ right
