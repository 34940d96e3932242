"""Fewer virtual coils that hold nearly all the energy of many coils."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array, as_finite_array
from ....toolkit.checks import check_count, check_share

_ROUNDING = 1e-12  # the energies of coils without noise


def compress_coils(
    kspace: ArrayLike, n_virtual: int | None = None, *, share: float = 0.995
) -> tuple[Array, Array]:
    """Return k-space of virtual coils, and the matrix that makes them of the coils.

    Parameters
    ----------
    kspace : array_like, shape (channel, coil, *space)
        Of coils with white noise of one deviation: the virtual coils' noise is the same.
    n_virtual : int, optional
        The number of virtual coils; by default the least that holds `share` of the energy.
    share : float, default 0.995
        Of the energy, 0 to 1.

    Returns
    -------
    compressed : ndarray, shape (channel, n_virtual, *space)
        ``basis @ kspace`` over the coils.
    basis : ndarray, shape (n_virtual, coil)
        Orthonormal rows, the strongest first. Maps of the coils are compressed by the same matrix.

    Raises
    ------
    ValueError
        If the k-space is not finite, or there are fewer coils than virtual ones.

    Notes
    -----
    The left singular vectors of all samples, coils by samples (Buehrer et al., "Array compression
    for MRI with large coil arrays", 2007).

    Examples
    --------
    >>> coils = np.array([1.0, 2.0, 0.0])[:, None, None] * np.ones((3, 8, 8))
    >>> compressed, basis = compress_coils(coils[None])
    >>> compressed.shape, basis.round(3)
    ((1, 1, 8, 8), array([[0.447, 0.894, 0.   ]]))
    """
    values = as_finite_array(kspace, "k-space")
    if values.ndim < 3:
        raise ValueError(f"k-space must have shape (channel, coil, *space), got {values.shape}")
    check_share("share", share)
    if n_virtual is not None:
        check_count("n_virtual", n_virtual, most=values.shape[1])
    basis, energies = find_coil_basis(values)
    if n_virtual is None:
        held = np.cumsum(energies)
        n_virtual = int(np.searchsorted(held, share * held[-1] * (1 - _ROUNDING))) + 1
    kept = basis[:n_virtual]
    return mix_coils(kept, values, values.ndim - 2), kept


def mix_coils(matrix: Array, values: Array, n_axes: int) -> Array:
    """Return a matrix times the coils of k-space or maps (..., coil, *space).

    `n_axes` is the number of axes of space. A `ValueError` if the number of coils does not fit.
    """
    axis = values.ndim - n_axes - 1
    if axis < 0 or values.shape[axis] != matrix.shape[1]:
        raise ValueError(f"maps must be of {matrix.shape[1]} coils, got shape {values.shape}")
    dtype = np.result_type(values.dtype, np.complex64 if matrix.dtype.kind == "c" else np.float32)
    mixed = np.tensordot(matrix.astype(dtype), values, axes=(1, axis))
    return np.ascontiguousarray(np.moveaxis(mixed, 0, axis))


def find_coil_basis(kspace: Array) -> tuple[Array, Array]:
    """Return principal components of the coils, and their energies.

    `kspace` is (channel, coil, ...). The components are orthonormal rows, the strongest first, with
    their largest entry real and positive.
    """
    energies, vectors = np.linalg.eigh(sum_coil_products(kspace))
    basis = vectors[:, ::-1].conj().T
    largest = basis[np.arange(len(basis)), np.abs(basis).argmax(axis=1)]
    basis = basis * (np.abs(largest) / largest)[:, None]
    return basis.astype(kspace.dtype, copy=False), np.maximum(energies[::-1], 0)


def sum_coil_products(kspace: Array) -> Array:
    """Return the sum of ``y y^H`` over all data y of the coils of k-space (channel, coil, ...)."""
    coils = np.moveaxis(kspace, 1, 0).reshape(kspace.shape[1], -1)
    products: Array = coils @ coils.conj().T
    return products.astype(np.result_type(products.dtype, np.float64), copy=False)
