"""Convolutions whose data have weights: still banded, with one matrix for each trace."""

from __future__ import annotations

from math import prod

import numpy as np

from ...arrays import Array, squared_magnitude
from ..convolution import BandedOperator, Convolution, TimeVaryingConvolution
from ..operator import Operator
from .weighted import Weighted


class WeightedConvolution(Weighted, BandedOperator):
    """``diag(w) A`` of a convolution, with weights in the shape of its domain.

    The bands are those of ``A^H diag(w)^2 A``.
    """

    operator: BandedOperator

    def __init__(self, operator: BandedOperator, weights: Array) -> None:
        super().__init__(operator, weights)
        self.n_lags = operator.n_lags
        traces = weights.reshape(-1, self.n_samples)
        self.traces_differ = bool(np.any(traces != traces[:1]))
        self._traces = traces if self.traces_differ else traces[:1]

    def widen(self) -> Operator:
        """Return the same with the convolution in double precision."""
        operator = self.operator.widen()
        assert isinstance(operator, BandedOperator)
        return WeightedConvolution(operator, self.weights)

    def segments(self, trace: int = 0) -> Array:
        """Return the wavelet of every sample of a trace, shape (n_samples, n_lags)."""
        n, n_lags = self.n_samples, self.n_lags
        padded = np.zeros(n + n_lags - 1)
        padded[n_lags // 2 : n_lags // 2 + n] = self._traces[trace if self.traces_differ else 0]
        around = np.lib.stride_tricks.sliding_window_view(padded, n_lags)
        segments: Array = self.operator.segments() * around.astype(self.dtype, copy=False)
        return segments

    def column_norms(self) -> Array:
        """Return the norm of every column."""
        n = self.n_samples
        traces = [self._cut_segments(n, trace) for trace in range(len(self._traces))]
        norms = np.stack([np.sqrt(squared_magnitude(cut).sum(axis=1)) for cut in traces])
        shape = (prod(self.domain_shape) // n, n)
        return np.broadcast_to(norms, shape).reshape(self.domain_shape).copy()


def weigh_convolution(operator: BandedOperator, weights: Array) -> BandedOperator:
    """Return a convolution with weighted data; one weight for all of them scales the wavelet."""
    if isinstance(operator, WeightedConvolution):
        return WeightedConvolution(operator.operator, operator.weights * weights)
    first = weights.flat[0]
    if not first or np.any(weights != first):
        return WeightedConvolution(operator, weights)
    if isinstance(operator, Convolution):
        return Convolution(_scale(operator.wavelet, first), operator.domain_shape)
    assert isinstance(operator, TimeVaryingConvolution)
    return TimeVaryingConvolution(_scale(operator.wavelets, first), operator.domain_shape)


def _scale(wavelet: Array, factor: float) -> Array:
    scaled: Array = wavelet * np.asarray(factor, wavelet.real.dtype)
    return scaled
