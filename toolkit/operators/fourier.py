"""Fourier samples of complex images at the places of a mask.

The transform is orthonormal and centred, ``fftshift(fftn(ifftshift(x)))``, but
no array is shifted: the mask's positions are moved once to the uncentred
spectrum, and the shift of the image is a phase on the packed samples. The rows
are orthonormal (``A A^H = I``). Cost: one FFT each way.
"""

from __future__ import annotations

from math import prod

import numpy as np
import scipy.fft
from numpy.typing import ArrayLike

from ..arrays import Array, IntArray, Shape
from .operator import Operator


class PartialFourier(Operator):
    """The map from a complex image to its sampled Fourier coefficients.

    Parameters
    ----------
    mask : array_like of bool, shape of one image
        Which frequencies are sampled, zero frequency at ``n // 2`` on every
        axis. Samples travel packed, in C order of the mask.

    Raises
    ------
    ValueError
        If the mask holds other values than true and false, or no sample.

    Notes
    -----
    In matrix form: the rows of the centred orthonormal DFT matrix chosen by
    the mask.

    Examples
    --------
    >>> PartialFourier(np.eye(2, dtype=bool)).apply(np.ones((2, 2)))
    array([0.+0.j, 2.+0.j])
    """

    dtype = np.dtype(np.complex64)
    lipschitz = 1.0
    orthonormal_rows = True

    def __init__(self, mask: ArrayLike) -> None:
        self.mask = as_mask(mask)
        self.domain_shape = self.mask.shape
        self.range_shape = (int(np.count_nonzero(self.mask)),)
        self._axes = tuple(range(-self.mask.ndim, 0))
        frequencies = centred_frequencies(self.mask)
        self._places = flat_places(frequencies, self.mask.shape)
        self._phases = in_both_precisions(image_shift_phases(frequencies, self.mask.shape))

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
        spectrum = scattered(y * self._phases[dtype].conj(), self._places, self.domain_shape)
        image: Array = scipy.fft.ifftn(spectrum, axes=self._axes, norm="ortho", overwrite_x=True)
        return image


def as_mask(mask: ArrayLike) -> Array:
    """Return a sampling mask as booleans.

    Parameters
    ----------
    mask : array_like
        Booleans, or zeros and ones.

    Returns
    -------
    ndarray of bool
        Of the same shape.

    Raises
    ------
    ValueError
        If it holds other values, has no axis, or samples nothing.

    Examples
    --------
    >>> as_mask([[0, 1]])
    array([[False,  True]])
    """
    array = np.asarray(mask)
    if array.dtype != bool:
        if array.dtype.kind not in "iuf" or not np.all((array == 0) | (array == 1)):
            raise ValueError("mask must hold only false and true (or 0 and 1)")
        array = array.astype(bool)
    if array.ndim == 0 or not array.any():
        raise ValueError(f"mask of shape {array.shape} has no sample; at least one is expected")
    return array


def centred_frequencies(mask: Array) -> IntArray:
    """Return the integer frequencies that a centred mask samples.

    Parameters
    ----------
    mask : ndarray of bool
        Zero frequency at ``n // 2``.

    Returns
    -------
    ndarray of int, shape (n_samples, n_axes)
        In C order of the mask.

    Examples
    --------
    >>> centred_frequencies(np.array([True, False, True]))
    array([[-1],
           [ 1]])
    """
    frequencies: IntArray = np.argwhere(mask) - np.array(mask.shape) // 2
    return frequencies


def flat_places(frequencies: IntArray, shape: Shape) -> IntArray:
    """Return where frequencies stand in a flattened uncentred spectrum of this shape.

    Parameters
    ----------
    frequencies : ndarray of int, shape (n, n_axes)
        Signed frequencies.
    shape : tuple of int
        The shape of the full spectrum.

    Returns
    -------
    ndarray of int, shape (n,)
        Flat positions.

    Examples
    --------
    >>> flat_places(np.array([[0, -1]]), (2, 4))
    array([3])
    """
    wrapped = np.mod(frequencies, shape)
    places: IntArray = np.ravel_multi_index(tuple(wrapped.T), shape)
    return places


def image_shift_phases(frequencies: IntArray, shape: Shape) -> Array:
    """Return the phase that stands for `ifftshift` of the image, at given frequencies.

    Parameters
    ----------
    frequencies : ndarray of int, shape (n, n_axes)
        Signed frequencies.
    shape : tuple of int
        The shape of the image.

    Returns
    -------
    ndarray of complex128, shape (n,)
        Of magnitude one.

    Examples
    --------
    >>> image_shift_phases(np.array([[1]]), (4,)).real.round()
    array([-1.])
    """
    sizes = np.array(shape)
    turns = (frequencies * (sizes // 2) / sizes).sum(axis=1)
    result: Array = np.exp(2j * np.pi * turns)
    return result


def in_both_precisions(values: Array) -> dict[np.dtype[np.generic], Array]:
    """Return complex numbers by the dtype of the arrays they are to be multiplied with.

    Parameters
    ----------
    values : ndarray of complex128
        Any shape.

    Returns
    -------
    dict of dtype to ndarray
        For complex64 and complex128.

    Examples
    --------
    >>> in_both_precisions(np.array([1j]))[np.dtype(np.complex64)].dtype
    dtype('complex64')
    """
    return {np.dtype(kind): values.astype(kind) for kind in (np.complex64, np.complex128)}


def scattered(values: Array, places: IntArray, shape: Shape) -> Array:
    """Return arrays that hold values at flat places and zero elsewhere.

    Parameters
    ----------
    values : ndarray, shape (..., n_places)
        What to put there.
    places : ndarray of int, shape (n_places,)
        Where, in a flattened array of `shape`.
    shape : tuple of int
        The shape of one result.

    Returns
    -------
    ndarray, shape (..., *shape)
        In the dtype of `values`.

    Examples
    --------
    >>> scattered(np.array([5.0]), np.array([2]), (2, 2))
    array([[0., 0.],
           [5., 0.]])
    """
    result = np.zeros((*values.shape[:-1], *shape), values.dtype)
    rows = result.reshape(-1, prod(shape))
    for row, row_values in zip(rows, values.reshape(-1, places.size), strict=True):
        row[places] = row_values  # row by row: NumPy is four times as fast with one index
    return result
