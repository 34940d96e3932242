"""Convolution along the last axis with one wavelet, or with another one for each sample.

``y[t] = sum_s w[t - s + c] x[s]`` for the samples of a record: time zero of the wavelet is its
middle sample ``c = size // 2``, and what falls outside the record is cut off. In both cases
``A^H A`` is banded, and Toeplitz but for the ends where the wavelet is the same for all samples:
`gram_bands` returns its rows.
"""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from math import prod

import numpy as np
import scipy.fft
import scipy.sparse as sp
from numpy.typing import ArrayLike

from ..arrays import Array, IntArray, Shape, as_double, as_finite_array, squared_magnitude
from ..checks import as_shape
from ..magnitudes import find_column_norms, summarise_norms
from .gram_bands import GramBands, bands_of
from .operator import Operator

_MOST_KEPT = 2**22  # entries of the bands of traces that differ


class BandedOperator(Operator):
    """An operator on the last axis whose columns have `n_lags` entries around their sample.

    Subclasses set `n_lags` and implement `segments`. All traces have the same matrix, unless
    `traces_differ`.
    """

    n_lags: int
    traces_differ: bool = False

    @property
    def n_samples(self) -> int:
        """The length of a trace."""
        return self.domain_shape[-1]

    @abstractmethod
    def segments(self, trace: int = 0) -> Array:
        """Return the wavelet of every sample, shape (n_samples, n_lags), or (1, n_lags)."""

    def _cut_segments(self, n_samples: int, trace: int = 0) -> Array:
        """Return the wavelets of a record of `n_samples`, zero outside the record."""
        segments = np.array(np.broadcast_to(self.segments(trace), (n_samples, self.n_lags)))
        places = np.arange(n_samples)[:, None] + np.arange(self.n_lags) - self.n_lags // 2
        segments[(places < 0) | (places >= n_samples)] = 0
        return segments

    def gram_bands(self, n_lags: int | None = None, trace: int = 0) -> GramBands:
        """Return the rows of a trace's ``A^H A`` around the diagonal, of width ``2 n_lags - 1``.

        A larger `n_lags` than the operator's pads with zeros: several operators then have bands of
        one width.
        """
        width = self.n_lags if n_lags is None else max(n_lags, self.n_lags)
        key = width, trace if self.traces_differ else 0
        if key not in self._known_bands:
            bands = self._bands(*key)
            if self.traces_differ and len(self._known_bands) * bands.rows.size > _MOST_KEPT:
                self._known_bands.clear()
            self._known_bands[key] = bands
        return self._known_bands[key]

    @cached_property
    def _known_bands(self) -> dict[tuple[int, int], GramBands]:
        return {}

    def _bands(self, width: int, trace: int) -> GramBands:
        n, reach = self.n_samples, 2 * width
        if len(self.segments(trace)) > 1 or n <= 2 * reach + 1:
            return bands_of(self._cut_segments(n, trace), width, np.arange(n))
        few = 2 * reach + 1
        which = np.full(n, reach)
        which[:reach], which[n - reach :] = np.arange(reach), np.arange(reach + 1, few)
        return bands_of(self._cut_segments(few), width, which)

    def columns(self, features: IntArray) -> Array:
        """Return some columns of the operator's matrix, each as a row."""
        n = self.n_samples
        cut = self._cut_segments(n)
        columns = np.zeros((features.size, prod(self.domain_shape)), self.dtype)
        trace, sample = np.divmod(features, n)
        places = sample[:, None] + np.arange(self.n_lags) - self.n_lags // 2
        inside = (places >= 0) & (places < n)
        rows = np.broadcast_to(np.arange(features.size)[:, None], places.shape)
        columns[rows[inside], (trace[:, None] * n + places)[inside]] = cut[sample][inside]
        return columns

    def column_norms(self) -> Array:
        """Return the norm of every column, the same for every trace."""
        return np.broadcast_to(self._norms, self.domain_shape).copy()

    @cached_property
    def _norms(self) -> Array:
        squares = squared_magnitude(self._cut_segments(self.n_samples)).sum(axis=1)
        return np.asarray(np.sqrt(squares))


class Convolution(BandedOperator):
    """Convolution of every trace with one wavelet, by fast Fourier transforms.

    Parameters
    ----------
    wavelet : array_like, shape (n_lags,)
        Real or complex, with time zero at its middle sample, ``n_lags // 2``;
        no longer than a trace.
    shape : int or tuple of int
        The number of samples, or the shape of an array of traces, time last.

    Raises
    ------
    ValueError
        If the wavelet is not a finite vector, is zero throughout, or is longer
        than a trace, or the shape is not of positive integers.

    Notes
    -----
    In matrix form ``A[t, s] = w[t - s + n_lags // 2]`` for every trace, a banded Toeplitz
    matrix; a product takes ``O(n log n)`` operations a trace.

    Examples
    --------
    >>> Convolution([1.0, 2.0, 1.0], 5).apply(np.array([0.0, 1.0, 0.0, 0.0, 4.0]))
    array([1., 2., 1., 4., 8.])
    """

    def __init__(self, wavelet: ArrayLike, shape: int | Shape) -> None:
        self.wavelet = _as_wavelet(wavelet, 1)
        self.domain_shape = self.range_shape = as_shape("shape", shape)
        self.n_lags, self.dtype = self.wavelet.size, self.wavelet.dtype
        _check_length(self.n_lags, self.n_samples)
        self._n_fft = scipy.fft.next_fast_len(
            self.n_samples + self.n_lags - 1, real=self.dtype.kind != "c"
        )
        around = np.zeros(self._n_fft, self.dtype)
        around[: self.n_lags] = self.wavelet
        around = np.roll(around, -(self.n_lags // 2))
        self._spectrum = scipy.fft.fft(around)
        # A record is cut from a periodic one, which no eigenvalue can exceed.
        largest = float(np.abs(self._spectrum).max())
        self.lipschitz = largest**2
        self.column_range = summarise_norms(find_column_norms(self.wavelet[:, None]))

    def widen(self) -> Operator:
        """Return the convolution with the wavelet in double precision."""
        return Convolution(as_double(self.wavelet), self.domain_shape)

    def segments(self, trace: int = 0) -> Array:
        """Return the wavelet, shape (1, n_lags)."""
        return self.wavelet[None]

    def _apply(self, x: Array) -> Array:
        return self._filter(x, self._spectrum)

    def _adjoint(self, y: Array) -> Array:
        return self._filter(y, self._spectrum.conj())

    def _filter(self, x: Array, spectrum: Array) -> Array:
        n, dtype = self.n_samples, np.result_type(x.dtype, self.dtype)
        x = x.astype(dtype, copy=False)
        if dtype.kind == "c":
            images = scipy.fft.ifft(scipy.fft.fft(x, self._n_fft) * spectrum.astype(dtype))
        else:
            half = spectrum[: self._n_fft // 2 + 1]
            product = scipy.fft.rfft(x, self._n_fft)
            product *= half
            images = scipy.fft.irfft(product, self._n_fft)
        return np.ascontiguousarray(images[..., :n])


class TimeVaryingConvolution(BandedOperator):
    """Convolution with a different wavelet for every sample, as a banded matrix.

    Parameters
    ----------
    wavelets : array_like, shape (n_samples, n_lags)
        Row s is the response to a unit at sample s, with time zero
        at its middle sample, ``n_lags // 2``; no longer than a trace.
    shape : int or tuple of int
        The number of samples, or the shape of an array of traces, time last.

    Raises
    ------
    ValueError
        If there is not one finite wavelet per sample, one is longer than a
        trace, all are zero, or the shape is not of positive integers.

    Notes
    -----
    In matrix form ``A[t, s] = w_s[t - s + n_lags // 2]`` for every trace, a banded matrix; a
    product takes ``O(n n_lags)`` operations a trace.

    Examples
    --------
    >>> wavelets = [[0.0, 3.0, 1.0], [0.0, 2.0, 1.0], [0.0, 1.0, 1.0]]
    >>> TimeVaryingConvolution(wavelets, 3).apply(np.array([1.0, 1.0, 1.0]))
    array([3., 3., 2.])
    """

    def __init__(self, wavelets: ArrayLike, shape: int | Shape) -> None:
        self.wavelets = _as_wavelet(wavelets, 2)
        self.domain_shape = self.range_shape = as_shape("shape", shape)
        self.n_lags, self.dtype = self.wavelets.shape[1], self.wavelets.dtype
        if len(self.wavelets) != self.n_samples:
            raise ValueError(
                f"wavelets must have one row for each of {self.n_samples} samples, "
                f"got {len(self.wavelets)}"
            )
        _check_length(self.n_lags, self.n_samples)
        n, centre = self.n_samples, self.n_lags // 2
        cut = self._cut_segments(n)
        # Diagonal d of the matrix holds, at column s, what sample s puts at s - d.
        offsets = centre - np.arange(self.n_lags)
        matrix = sp.dia_array((cut.T, offsets), shape=(n, n))
        self._matrix, self._adjoint_matrix = matrix.tocsr(), matrix.conj().T.tocsr()
        # The largest eigenvalue of A^H A is at most its largest sum of magnitudes in a row.
        sums = [float(abs(self._matrix).sum(axis=axis).max()) for axis in (0, 1)]
        self.lipschitz = sums[0] * sums[1]
        self.column_range = summarise_norms(find_column_norms(self.wavelets.T))

    def widen(self) -> Operator:
        """Return the convolution with the wavelets in double precision."""
        return TimeVaryingConvolution(as_double(self.wavelets), self.domain_shape)

    def segments(self, trace: int = 0) -> Array:
        """Return the wavelet of every sample, shape (n_samples, n_lags)."""
        return self.wavelets

    def _apply(self, x: Array) -> Array:
        return _multiply_traces(self._matrix, x)

    def _adjoint(self, y: Array) -> Array:
        return _multiply_traces(self._adjoint_matrix, y)


def _multiply_traces(matrix: sp.csr_array, x: Array) -> Array:
    """Return the product of a sparse matrix with every trace."""
    traces = x.reshape(-1, x.shape[-1])
    images: Array = (matrix @ traces.T).T
    return np.ascontiguousarray(images).reshape(*x.shape[:-1], -1)


def _as_wavelet(value: ArrayLike, n_dims: int) -> Array:
    name = "wavelet" if n_dims == 1 else "wavelets"
    wavelet = as_finite_array(value, name)
    if wavelet.ndim != n_dims:
        raise ValueError(f"{name} must have {n_dims} dimension(s), got shape {wavelet.shape}")
    if not wavelet.any():
        raise ValueError(f"{name} must not be zero throughout")
    return wavelet


def _check_length(n_lags: int, n_samples: int) -> None:
    if n_lags > n_samples:
        raise ValueError(
            f"the wavelet has {n_lags} samples, a trace only {n_samples}; "
            "it must not be longer than a trace"
        )
