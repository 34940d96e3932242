"""Fourier samples of real images as real numbers, none of them twice."""

from __future__ import annotations

import numpy as np
import scipy.fft
from numpy.typing import ArrayLike

from ..arrays import Array, real_dtype
from ..magnitudes import UNIT_NORMS
from .fourier import (
    as_mask,
    centred_frequencies,
    find_varying_axes,
    flat_places,
    image_shift_phases,
    in_both_precisions,
    keep_along,
    scatter,
)
from .operator import Operator


class HalfPlaneFourier(Operator):
    """The map from a real image to sampled Fourier coefficients, stored as real numbers.

    Parameters
    ----------
    mask : array_like of bool, shape of one image
        Which frequencies are sampled, zero frequency at ``n // 2``. A
        frequency and its negative count as one: sampling either gives both.

    Attributes
    ----------
    mask : ndarray of bool
        The mask with the negatives of all its frequencies.
    n_real : int
        How many of the first samples are self-conjugate frequencies; after
        them come the real, then the imaginary parts of the pairs.

    Raises
    ------
    ValueError
        If the mask holds other values than true and false, or no sample.

    Notes
    -----
    In matrix form ``A = P H``, where ``H`` has, of the centred unitary DFT ``F``, the rows
    ``sqrt(2) Re`` and ``sqrt(2) Im`` of one frequency ``k`` of each pair ``k, -k``, whose
    samples are conjugate, and the real row where ``k`` and ``-k`` are the same; ``P`` are the
    rows chosen by the mask. The rows are orthonormal on real images. This is the form of the
    l1-magic toolbox, and of the multichannel experiment of Jiao, Jin and Lu (table II).

    Examples
    --------
    >>> operator = HalfPlaneFourier(np.ones((3, 3), dtype=bool))
    >>> operator.range_shape, float(operator.apply(np.ones((3, 3)))[0])
    ((9,), 3.0)
    """

    dtype = np.dtype(np.float32)
    lipschitz = 1.0
    column_range = UNIT_NORMS
    orthonormal_rows = even_columns = True

    def __init__(self, mask: ArrayLike) -> None:
        given = as_mask(mask)
        shape = given.shape
        self._axes = tuple(range(-given.ndim, 0))
        self._half_shape = (*shape[:-1], shape[-1] // 2 + 1)
        frequencies = np.mod(centred_frequencies(given), shape)
        mirrored = np.mod(-frequencies, shape)
        own, other = flat_places(frequencies, shape), flat_places(mirrored, shape)
        canonical = np.where((own <= other)[:, None], frequencies, mirrored)
        canonical = np.unique(canonical, axis=0)
        alone = np.all(canonical == np.mod(-canonical, shape), axis=1)
        ordered = np.concatenate([canonical[alone], canonical[~alone]])
        self.n_real = int(np.count_nonzero(alone))
        self.domain_shape = shape
        self.range_shape = (2 * len(ordered) - self.n_real,)
        self._locate(ordered)
        full = np.zeros(shape, dtype=bool)
        full.flat[np.concatenate([own, other])] = True
        self.mask = np.fft.fftshift(full)
        self._varying = find_varying_axes(self.mask)
        self._kept = keep_along(self.mask, self._varying)
        last = self._varying[-1]
        self._kept = self._kept.take(np.arange(shape[last] // 2 + 1), last)

    def _locate(self, frequencies: Array) -> None:
        """Find each frequency, or its negative, in the half spectrum of a real transform."""
        shape = np.array(self.domain_shape)
        negated = frequencies[:, -1] >= self._half_shape[-1]
        stored = np.where(negated[:, None], np.mod(-frequencies, shape), frequencies)
        signed = np.where(stored > shape // 2, stored - shape, stored)
        self._places = np.ravel_multi_index(tuple(stored.T), self._half_shape)
        phases = image_shift_phases(signed, self.domain_shape)
        pairs = np.arange(len(frequencies)) >= self.n_real
        on_edge = (stored[:, -1] == 0) | (2 * stored[:, -1] == shape[-1])
        gain = np.where(pairs, np.sqrt(2), 1.0)
        self._weights = in_both_precisions(phases * gain)
        spread = np.where(pairs & ~on_edge, np.sqrt(0.5), gain)
        self._adjoint_weights = in_both_precisions(phases.conj() * spread)

    def spectral_weights(self) -> Array:
        """Return which frequencies are measured, uncentred, as 0.0 and 1.0."""
        return np.fft.ifftshift(self.mask).astype(float)

    def _apply(self, x: Array) -> Array:
        dtype = np.result_type(self.dtype, x.dtype)
        if dtype.kind == "c":
            raise ValueError("HalfPlaneFourier takes real images; use PartialFourier for complex")
        spectrum = scipy.fft.rfftn(x.astype(dtype, copy=False), axes=self._axes, norm="ortho")
        half = spectrum.reshape(*x.shape[: x.ndim - len(self.domain_shape)], -1)
        samples = half.take(self._places, axis=-1) * self._weights[half.dtype]
        return np.concatenate([samples.real, samples.imag[..., self.n_real :]], axis=-1)

    def _adjoint(self, y: Array) -> Array:
        dtype = np.result_type(self.dtype, y.dtype)
        if dtype.kind == "c":
            raise ValueError("HalfPlaneFourier takes real samples; use PartialFourier for complex")
        n_places = self._places.size
        samples = np.zeros((*y.shape[:-1], n_places), np.result_type(dtype, np.complex64))
        samples.real = y[..., :n_places]
        samples.imag[..., self.n_real :] = y[..., n_places:]
        samples *= self._adjoint_weights[samples.dtype]
        spectrum = scatter(samples, self._places, self._half_shape)
        if len(self._axes) > 1:
            spectrum = scipy.fft.ifftn(
                spectrum, axes=self._axes[:-1], norm="ortho", overwrite_x=True
            )
        # One axis at a time: the transform over all of them at once is slower for a given size.
        image: Array = scipy.fft.irfft(spectrum, n=self.domain_shape[-1], norm="ortho")
        return image.astype(real_dtype(dtype), copy=False)

    def normal(self, x: Array) -> Array:
        """Return ``A^H A x``, by transforms along the axes only along which the mask varies."""
        dtype = np.result_type(self.dtype, x.dtype)
        if dtype.kind == "c":
            return super().normal(x)
        *others, last = self._varying
        spectrum = scipy.fft.rfft(x.astype(dtype, copy=False), axis=last, norm="ortho")
        if others:
            spectrum = scipy.fft.fftn(spectrum, axes=others, norm="ortho", overwrite_x=True)
        spectrum *= self._kept
        if others:
            spectrum = scipy.fft.ifftn(spectrum, axes=others, norm="ortho", overwrite_x=True)
        image: Array = scipy.fft.irfft(spectrum, n=self.domain_shape[last], axis=last, norm="ortho")
        return image
