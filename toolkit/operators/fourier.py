"""Fourier samples of complex images at the places of a mask."""

from __future__ import annotations

from math import prod

import numpy as np
import scipy.fft
from numpy.typing import ArrayLike

from ..arrays import Array, IntArray, Shape, as_plain_array
from ..magnitudes import UNIT_NORMS
from .operator import Operator


class PartialFourier(Operator):
    """The map from a complex image to its sampled Fourier coefficients.

    Parameters
    ----------
    mask : array_like of bool, shape of one image
        Which frequencies are sampled, zero frequency at ``n // 2`` on every
        axis. The samples are one vector, in C order of the mask.

    Raises
    ------
    ValueError
        If the mask holds other values than true and false, or no sample.

    Notes
    -----
    In matrix form ``A = P F``, with ``F`` the centred unitary DFT,
    ``fftshift(fftn(ifftshift(x), norm="ortho"))``, and ``P`` the rows chosen by the mask;
    ``A A^H = I``. No array is shifted: the positions of the mask are moved once to the
    uncentred spectrum, and the shift of the image is a phase of the samples. A product takes
    one FFT.

    Examples
    --------
    >>> PartialFourier(np.eye(2, dtype=bool)).apply(np.ones((2, 2)))
    array([0.+0.j, 2.+0.j])
    """

    dtype = np.dtype(np.complex64)
    lipschitz = 1.0
    column_range = UNIT_NORMS
    orthonormal_rows = even_columns = True

    def __init__(self, mask: ArrayLike) -> None:
        self.mask = as_mask(mask)
        self.domain_shape = self.mask.shape
        self.range_shape = (int(np.count_nonzero(self.mask)),)
        self._axes = tuple(range(-self.mask.ndim, 0))
        frequencies = centred_frequencies(self.mask)
        self._places = flat_places(frequencies, self.mask.shape)
        self._phases = in_both_precisions(image_shift_phases(frequencies, self.mask.shape))
        self._varying = find_varying_axes(self.mask)
        self._kept = keep_along(self.mask, self._varying)

    def spectral_weights(self) -> Array:
        """Return which frequencies are measured, uncentred, as 0.0 and 1.0."""
        return np.fft.ifftshift(self.mask).astype(float)

    def _apply(self, x: Array) -> Array:
        dtype = np.result_type(self.dtype, x.dtype)
        spectrum = scipy.fft.fftn(x.astype(dtype, copy=False), axes=self._axes, norm="ortho")
        flat = spectrum.reshape(*x.shape[: x.ndim - self.mask.ndim], -1)
        packed = flat.take(self._places, axis=-1)
        packed *= self._phases[dtype]
        return packed

    def _adjoint(self, y: Array) -> Array:
        dtype = np.result_type(self.dtype, y.dtype)
        spectrum = scatter(y * self._phases[dtype].conj(), self._places, self.domain_shape)
        image: Array = scipy.fft.ifftn(spectrum, axes=self._axes, norm="ortho", overwrite_x=True)
        return image

    def normal(self, x: Array) -> Array:
        """Return ``A^H A x``, by transforms along the axes only along which the mask varies."""
        dtype = np.result_type(self.dtype, x.dtype)
        given = x.astype(dtype, copy=False)
        spectrum = scipy.fft.fftn(given, axes=self._varying, norm="ortho")
        spectrum *= self._kept
        image: Array = scipy.fft.ifftn(spectrum, axes=self._varying, norm="ortho", overwrite_x=True)
        return image


def find_varying_axes(mask: Array) -> tuple[int, ...]:
    """Return the axes, counted from the last, along which a mask varies; the last if none does.

    Examples
    --------
    >>> find_varying_axes(np.array([[True, False], [True, False]]))
    (-1,)
    """
    varying = (axis for axis in range(-mask.ndim, 0) if np.any(mask != mask.take([0], axis)))
    return tuple(varying) or (-1,)


def keep_along(mask: Array, axes: tuple[int, ...]) -> Array:
    """Return the uncentred mask in single precision, of length one along all other axes."""
    others = [axis for axis in range(-mask.ndim, 0) if axis not in axes]
    for axis in others:
        mask = mask.take([0], axis)
    return np.fft.ifftshift(mask).astype(np.float32)


def as_mask(mask: ArrayLike) -> Array:
    """Return a sampling mask of booleans, zeros and ones as booleans; at least one is true."""
    array = as_plain_array(mask, "mask")
    if array.dtype != bool:
        if array.dtype.kind not in "iuf" or not np.all((array == 0) | (array == 1)):
            raise ValueError("mask must hold only false and true (or 0 and 1)")
        array = array.astype(bool)
    if array.ndim == 0 or not array.any():
        raise ValueError(f"mask of shape {array.shape} has no sample; at least one is expected")
    return array


def centred_frequencies(mask: Array) -> IntArray:
    """Return the integer frequencies of a centred mask, shape (n_samples, n_axes), in C order."""
    frequencies: IntArray = np.argwhere(mask) - np.array(mask.shape) // 2
    return frequencies


def flat_places(frequencies: IntArray, shape: Shape) -> IntArray:
    """Return the flat positions of signed frequencies in an uncentred spectrum of this shape."""
    wrapped = np.mod(frequencies, shape)
    places: IntArray = np.ravel_multi_index(tuple(wrapped.T), shape)
    return places


def image_shift_phases(frequencies: IntArray, shape: Shape) -> Array:
    """Return the phases at signed frequencies by which `ifftshift` of an image acts."""
    sizes = np.array(shape)
    turns = (frequencies * (sizes // 2) / sizes).sum(axis=1)
    result: Array = np.exp(2j * np.pi * turns)
    return result


def in_both_precisions(values: Array) -> dict[np.dtype[np.generic], Array]:
    """Return complex numbers by the dtype (complex64, complex128) of what they multiply."""
    return {np.dtype(kind): values.astype(kind) for kind in (np.complex64, np.complex128)}


def scatter(values: Array, places: IntArray, shape: Shape) -> Array:
    """Return arrays (..., *shape) with values (..., n_places) at flat places, zero elsewhere."""
    result = np.zeros((*values.shape[:-1], *shape), values.dtype)
    rows = result.reshape(-1, prod(shape))
    for row, row_values in zip(rows, values.reshape(-1, places.size), strict=True):
        row[places] = row_values  # row by row: NumPy is four times as fast with one index
    return result
