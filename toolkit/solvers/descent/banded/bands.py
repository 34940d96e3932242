"""Banded Gram matrices of convolutions, all channels side by side, and least squares by them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ....arrays import Array, IntArray
from ....operators.convolution import BandedOperator
from ....operators.gram_bands import GramBands
from ....reformulations.channel_parts import ChannelParts

_DEPENDENT = 1e-13  # of the largest eigenvalue: directions that are left out


class Bands(NamedTuple):
    """The Gram matrices of all channels.

    Attributes
    ----------
    rows : ndarray, shape (n_rows, 2 * width - 1, K)
        ``rows[which[j], width - 1 + lag, k] = G_k[j, j + lag]``.
    which : ndarray of int, shape (n_samples,)
        The row of every sample.
    diagonal : ndarray of float, shape (n_samples, K)
        ``G_k[j, j]``.
    """

    rows: Array
    which: IntArray
    diagonal: Array


def stack_bands(parts: ChannelParts, trace: int = 0) -> Bands:
    """Return the Gram matrices of all channels of a trace, as wide as the longest wavelet's."""
    operators = [op for op in parts.operators if isinstance(op, BandedOperator)]
    n_lags = max(operator.n_lags for operator in operators)
    bands = [operator.gram_bands(n_lags, trace) for operator in operators]
    most = max(bands, key=lambda one: len(one.rows))
    wide = np.result_type(parts.problem.dtype, np.float64)
    rows = [one.rows if one is most else one.rows[one.which[_find_samples(most)]] for one in bands]
    several = parts.n_channels // len(operators)
    stacked = np.stack(rows * several, axis=-1).astype(wide)
    diagonal = np.stack([one.diagonal() for one in bands] * several, axis=-1)
    return Bands(np.ascontiguousarray(stacked), most.which, np.ascontiguousarray(diagonal, float))


def do_traces_differ(parts: ChannelParts) -> bool:
    """Return whether some channel has another Gram matrix for every trace."""
    return any(isinstance(op, BandedOperator) and op.traces_differ for op in parts.operators)


def _find_samples(bands: GramBands) -> Array:
    """Return a sample for every row of bands."""
    samples = np.zeros(len(bands.rows), np.intp)
    samples[bands.which] = np.arange(bands.which.size)
    return samples


def fit_marked_samples(parts: ChannelParts, marked: Array) -> Array:
    """Fit every channel on the marked samples, of shape (n_features,), in double precision.

    The Gram matrices of a trace's channels are read from their bands and solved
    together, with one step of refinement: ``K n^3`` for n samples. The result has
    the shape (K, n_features).
    """
    first = parts.operators[0]
    assert isinstance(first, BandedOperator)
    n, bands, differ = first.n_samples, stack_bands(parts), do_traces_differ(parts)
    images = [op.adjoint(y).ravel() for op, y in zip(parts.each, parts.data, strict=True)]
    correlations = np.stack(images).astype(bands.rows.dtype, copy=False)
    fitted = np.zeros_like(correlations)
    width = (bands.rows.shape[1] + 1) // 2
    for begin in range(0, marked.size, n):
        samples = np.flatnonzero(marked[begin : begin + n])
        if samples.size:
            bands = stack_bands(parts, begin // n) if differ else bands
            lags = samples[None, :] - samples[:, None]
            near = np.abs(lags) < width
            places = np.where(near, lags + width - 1, 0)
            gram = bands.rows[bands.which[samples][:, None], places] * near[..., None]
            right = correlations[:, begin + samples]
            fitted[:, begin + samples] = _solve_systems(gram.transpose(2, 0, 1), right[..., None])[
                ..., 0
            ]
    return fitted


def _solve_systems(gram: Array, right: Array) -> Array:
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
