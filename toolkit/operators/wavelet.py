"""Synthesis of an image from the coefficients of an orthogonal wavelet transform."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from numbers import Integral

import numpy as np
import pywt
import scipy.sparse as sp

from ..arrays import Array, Shape, real_dtype
from ..checks import as_shape, check_instance
from ..magnitudes import UNIT_NORMS
from ..short_text import shorten
from .operator import Operator

_ORTHONORMALITY = 1e-9


class Wavelet(Operator):
    """The synthesis operator of an orthogonal wavelet basis, from coefficients to the image.

    Parameters
    ----------
    shape : tuple of int
        The shape of one image: one to three spatial axes.
    family : str
        A PyWavelets name of an orthogonal family: "haar", "db4", "sym4", ...
    levels : int, optional
        The number of decompositions; by default as many as fit the filter,
        at most five.

    Raises
    ------
    ValueError
        If the family is unknown or not orthogonal, or an axis is too short
        for the levels asked for.

    Notes
    -----
    In matrix form ``A = C W``, with the wavelets as columns of the orthonormal ``W`` and ``C``
    the crop to `shape`; ``A A^H = I``, and `adjoint` is the analysis. The transform is
    separable and periodic. Axes that are not a multiple of ``2**levels`` are embedded in the
    next multiple. Coefficients form a pyramid, the coarse band in the corner of small
    indices, as in Mallat, "A Wavelet Tour of Signal Processing", section 7.7. A product takes
    about 4/3 passes of the filter per axis.

    Examples
    --------
    >>> wavelet = Wavelet((4, 4), "haar", levels=2)
    >>> image = wavelet.apply(wavelet.adjoint(np.eye(4)))
    >>> bool(np.allclose(image, np.eye(4)))
    True
    """

    dtype = np.dtype(np.float32)
    lipschitz = 1.0
    column_range = UNIT_NORMS
    orthonormal_rows = True

    def __init__(self, shape: Shape, family: str = "db4", levels: int | None = None) -> None:
        self.range_shape = as_shape("shape", shape)
        if len(self.range_shape) > 3:
            raise ValueError(f"shape must have one to three axes, got {shape}")
        self.family = family
        self._low, self._high = _filters(family)
        self._banks = _make_banks(self._low, self._high)
        self.levels = _choose_levels(self.range_shape, self._low.size, levels)
        step = 2**self.levels
        self.domain_shape = tuple(-(-n // step) * step for n in self.range_shape)

    @property
    def coarse(self) -> Array:
        """Which coefficients belong to the coarse band: bool, shape `domain_shape`."""
        marked = np.zeros(self.domain_shape, dtype=bool)
        marked[tuple(slice(n >> self.levels) for n in self.domain_shape)] = True
        return marked

    def _apply(self, x: Array) -> Array:
        return self.apply_rolled(x, (0,) * len(self.range_shape))

    def _adjoint(self, y: Array) -> Array:
        return self.adjoint_rolled(y, (0,) * len(self.range_shape))

    def adjoint_rolled(self, y: Array, shift: Sequence[int]) -> Array:
        """Return the analysis of images that are first rolled by `shift` pixels, as `np.roll`.

        Examples
        --------
        >>> wavelet, image = Wavelet((8, 8), "haar"), np.eye(8)
        >>> rolled = wavelet.adjoint(np.roll(image, (1, 2), (0, 1)))
        >>> bool(np.all(wavelet.adjoint_rolled(image, (1, 2)) == rolled))
        True
        """
        from .imaging.wavelet_passes import analyse, copy_shifted

        given = self._as_floats(y)
        batch = given.shape[: given.ndim - len(self.range_shape)]
        make = np.empty if self.domain_shape == self.range_shape else np.zeros
        coefs = make((*batch, *self.domain_shape), given.dtype)
        planes, parts = self._as_planes(coefs)
        copy_shifted(self._as_planes(given)[0], planes, shift, parts)
        bank = self._banks[0].astype(planes.dtype, copy=False)
        analyse(planes, bank, self.levels, len(self.range_shape), parts)
        return coefs

    def apply_rolled(self, x: Array, shift: Sequence[int]) -> Array:
        """Return the synthesis, the images of which are then rolled by ``-shift`` pixels.

        Examples
        --------
        >>> wavelet, image = Wavelet((8, 8), "haar"), np.eye(8)
        >>> back = wavelet.apply_rolled(wavelet.adjoint_rolled(image, (1, 2)), (1, 2))
        >>> bool(np.allclose(back, image))
        True
        """
        from .imaging.wavelet_passes import copy_shifted, synthesise

        work = np.array(x, np.result_type(self.dtype, x.dtype), order="C")
        planes, parts = self._as_planes(work)
        bank = self._banks[1].astype(planes.dtype, copy=False)
        synthesise(planes, bank, self.levels, len(self.range_shape), parts)
        if self.domain_shape == self.range_shape and not any(shift):
            return work
        batch = work.shape[: work.ndim - len(self.domain_shape)]
        images = np.empty((*batch, *self.range_shape), work.dtype)
        copy_shifted(planes, self._as_planes(images)[0], [-turn for turn in shift], parts)
        return images

    def _as_floats(self, x: Array) -> Array:
        """Return contiguous real or complex numbers of at least single precision."""
        return np.ascontiguousarray(x, np.result_type(self.dtype, x.dtype))

    def _as_planes(self, x: Array) -> tuple[Array, int]:
        """View images or coefficients as real (batch, z, y, x) of one or two parts a number."""
        n_axes = len(self.range_shape)
        shape = x.shape[x.ndim - n_axes :]
        parts = 1 + np.iscomplexobj(x)
        wide = (*(1,) * (3 - n_axes), *shape[:-1], shape[-1] * parts)
        n_images = prod(x.shape[: x.ndim - n_axes])
        return x.view(real_dtype(x.dtype)).reshape(n_images, *wide), parts

    def norms_under(self, weights: Array) -> Array:
        """Return the norm of every wavelet whose spectrum is weighted, shape `domain_shape`.

        That is ``sqrt(sum_k weights[k] |FFT(w_j)[k]|^2)`` with weights of shape `range_shape`,
        uncentred (zero first). A wavelet is a product of one-dimensional ones, so its energy is a
        multilinear form in their spectra: exact for every position, including the cropped ones.
        """
        energies = np.zeros(self.domain_shape)
        bands = [
            _axis_spectra(padded, n, self._low, self._high, self.levels)
            for padded, n in zip(self.domain_shape, self.range_shape, strict=True)
        ]
        for level in range(1, self.levels + 1):
            for kinds in np.ndindex(*(2,) * len(bands)):
                if not any(kinds) and level < self.levels:
                    continue
                value, place = weights.astype(float), []
                for axis, kind in enumerate(kinds):
                    value = np.moveaxis(
                        np.tensordot(bands[axis][level][kind], value, (1, axis)), 0, axis
                    )
                    count = self.domain_shape[axis] >> level
                    place.append(slice(kind * count, (kind + 1) * count))
                energies[tuple(place)] = value
        return np.sqrt(np.maximum(energies, 0))

    def __repr__(self) -> str:
        return f"Wavelet({self.range_shape}, {self.family!r}, levels={self.levels})"


def _filters(family: str) -> tuple[Array, Array]:
    """Return the analysis taps of an orthogonal family in the order the kernels use."""
    if not isinstance(family, str) or family not in pywt.wavelist(kind="discrete"):
        raise ValueError(
            f"family: wavelet {shorten(family)} is unknown; give one such as haar, db4 or sym4"
        )
    wavelet = pywt.Wavelet(family)
    low = np.array(wavelet.dec_lo)[::-1]
    high = np.array(wavelet.dec_hi)[::-1]
    products = np.correlate(low, low, "full")[low.size - 1 :: 2]
    products[0] -= 1
    if not wavelet.orthogonal or abs(products).max() > _ORTHONORMALITY:
        raise ValueError(
            f"family: wavelet {family!r} is not orthogonal; use haar, dbN, symN or coifN"
        )
    return low, high


def _make_banks(low: Array, high: Array) -> tuple[Array, Array]:
    """Return the weights of the sums of analysis and synthesis, each (taps / 2, 4)."""
    forward = np.stack([low[::2], low[1::2], high[::2], high[1::2]], axis=1)
    back = np.stack([low[::2], high[::2], low[1::2], high[1::2]], axis=1)
    return forward, np.ascontiguousarray(back[::-1])


def _choose_levels(shape: Shape, taps: int, levels: int | None) -> int:
    """Return the number of levels, or say why the one asked for does not fit."""
    deepest = int(np.log2(min(shape)))
    if levels is None:
        levels = max(1, min(5, pywt.dwt_max_level(min(shape), taps)))
    check_instance("levels", levels, Integral)
    if levels < 1 or levels > deepest:
        raise ValueError(
            f"levels must be from 1 to {deepest} for an image of shape {shape}, "
            f"got {shorten(levels)}"
            if deepest
            else f"an image of shape {shape} is too small for a wavelet transform"
        )
    return levels


def _axis_spectra(
    padded: int, length: int, low: Array, high: Array, levels: int
) -> list[tuple[Array, Array]]:
    """Return, for each level, the power spectra of one axis's low and high atoms.

    Without cropping all atoms of a band are shifts of the first: its row is enough.
    """
    distinct = slice(1) if padded == length else slice(None)
    spectra: list[tuple[Array, Array]] = [(np.empty(0), np.empty(0))]
    coarse = np.eye(padded)
    for level in range(levels):
        step_low, step_high = (_one_level_synthesis(padded >> level, taps) for taps in (low, high))
        pair = (coarse @ step_low, coarse @ step_high)
        spectra.append((_power(pair[0][:length, distinct].T), _power(pair[1][:length, distinct].T)))
        coarse = pair[0]
    return spectra


def _one_level_synthesis(length: int, taps: Array) -> sp.csc_array:
    """Return the matrix of one periodised synthesis step, shape (length, length / 2)."""
    columns, places = np.meshgrid(np.arange(length // 2), np.arange(taps.size), indexing="ij")
    rows = (2 * columns + places + 1 - taps.size // 2) % length
    entries = (np.tile(taps, length // 2), (rows.ravel(), columns.ravel()))
    return sp.csc_array(entries, shape=(length, length // 2))


def _power(atoms: Array) -> Array:
    """Return ``|FFT|**2`` of every row, orthonormal."""
    result: Array = np.abs(np.fft.fft(atoms, axis=-1, norm="ortho")) ** 2
    return result
