"""What receiver coils see of an image."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import numpy as np
from numpy.typing import ArrayLike

from ...arrays import Array, Shape, as_finite_array, squared_magnitude
from ...checks import check_count
from ...magnitudes import ColumnNorms
from ..operator import Operator


class Sensitivities(Operator):
    """The map from an image, or one per set of maps, to the images that coils see.

    Parameters
    ----------
    maps : array_like, shape (coil, *space) or (set, coil, *space)
        The sensitivity of every coil at every pixel; with an axis of sets, the coils see the sum of
        one image for each set, as where the field of view is smaller than the object (Uecker et
        al., "ESPIRiT", 2014, "soft SENSE").
    n_axes : int, optional
        The number of axes of an image; by default 2.

    Attributes
    ----------
    maps : ndarray of complex, shape (set, coil, *space)
        The maps, always with an axis of sets.

    Raises
    ------
    ValueError
        If the maps are not finite, all zero, or have neither one nor two axes more than an image.

    Notes
    -----
    In matrix form ``A = [diag(S_1); ...; diag(S_C)]``, one block row for each coil; with M sets the
    blocks are ``[diag(S_1c), ..., diag(S_Mc)]``. ``A^H A`` couples only the sets of one pixel, so
    that its largest eigenvalue is the largest one of M x M matrices; with one set it is the
    largest sum of squared magnitudes over the coils. Images in single precision stay so.

    Examples
    --------
    >>> Sensitivities(np.array([[[1.0, 2.0]], [[0.0, 1j]]])).apply(np.array([[1.0, 10.0]]))
    array([[[ 1. +0.j, 20. +0.j]],
    <BLANKLINE>
           [[ 0. +0.j,  0.+10.j]]])
    """

    dtype = np.dtype(np.complex64)
    orthogonal_channel_rows = True

    def __init__(self, maps: ArrayLike, n_axes: int = 2) -> None:
        array = as_finite_array(maps, "maps")
        check_count("n_axes", n_axes)
        if array.ndim - n_axes not in (1, 2):
            raise ValueError(
                f"maps of images with {n_axes} axes must have the shape (coil, *space) or "
                f"(set, coil, *space), got {array.shape}"
            )
        if not array.any():
            raise ValueError(f"maps of shape {array.shape} vanish everywhere")
        array = array.astype(np.result_type(array.dtype, np.complex64), copy=False)
        space = array.shape[-n_axes:]
        has_sets = array.ndim == n_axes + 2
        self.maps = np.ascontiguousarray(array if has_sets else array[None])
        self._n_sets, self._n_coils = self.maps.shape[:2]
        self.domain_shape = (self._n_sets, *space) if has_sets else space
        self.range_shape = (self._n_coils, *space)
        self._flat = {self.maps.dtype: self.maps.reshape(*self.maps.shape[:2], -1)}
        energies = squared_magnitude(self.maps).sum(axis=0, dtype=float)
        self.row_energy = float(energies.mean())
        self.lipschitz = self._find_largest_eigenvalue(energies.sum(axis=0))
        largest = float(np.sqrt(self.lipschitz))
        self.column_range = ColumnNorms(largest, largest)

    def _find_largest_eigenvalue(self, sums: Array) -> float:
        """Return that of ``A^H A``, whose trace over the sets of a pixel is in `sums`."""
        if len(self.maps) == 1:
            return float(sums.max())
        maps = self._in_precision(np.dtype(np.complex128))
        grams = np.einsum("scp,tcp->pst", maps.conj(), maps)
        return float(np.linalg.eigvalsh(grams)[:, -1].max())

    def _in_precision(self, dtype: np.dtype[np.generic]) -> Array:
        """Return the maps, shape (set, coil, pixel), in a complex dtype."""
        if dtype not in self._flat:
            self._flat[dtype] = self._flat[self.maps.dtype].astype(dtype)
        return self._flat[dtype]

    def _apply(self, x: Array) -> Array:
        from .sensitivity_kernels import see_by_coils  # Numba is loaded when something is computed

        return self._run(see_by_coils, x, self.domain_shape, self.range_shape)

    def _adjoint(self, y: Array) -> Array:
        from .sensitivity_kernels import join_from_coils

        return self._run(join_from_coils, y, self.range_shape, self.domain_shape)

    def _run(
        self, kernel: Callable[[Array, Array, Array], None], x: Array, before: Shape, after: Shape
    ) -> Array:
        """Return what a kernel makes of arrays (..., *before), shape (..., *after)."""
        dtype = np.result_type(self.dtype, x.dtype)
        maps = self._in_precision(dtype)
        batch = x.shape[: x.ndim - len(before)]
        flat = np.ascontiguousarray(x, dtype).reshape(prod(batch), -1, maps.shape[-1])
        n_images = prod(after) // maps.shape[-1]
        result = np.empty((len(flat), n_images, maps.shape[-1]), dtype)
        kernel(maps, flat, result)
        return result.reshape(*batch, *after)

    def column_norms(self) -> Array:
        """Return the root of the sum of squares over the coils, of every set at every pixel."""
        squares = squared_magnitude(self.maps).sum(axis=1, dtype=float)
        norms: Array = np.sqrt(squares).reshape(self.domain_shape)
        return norms
