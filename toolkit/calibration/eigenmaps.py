"""The eigenvectors, at every pixel, of a convolution of k-space in all coils."""

from __future__ import annotations

from math import prod

import numpy as np

from ..arrays import Array, Shape
from ..execution.blas_threads import one_blas_thread

_AT_ONCE = 2**23  # entries of matrices that are formed at once
_TOLERANCE, _MAX_ITER = 1e-4, 40


@one_blas_thread()
def find_eigenmaps(correlations: Array, shape: Shape, n_sets: int = 1) -> tuple[Array, Array]:
    """Return the largest eigenvalues and their eigenvectors at every pixel.

    Parameters
    ----------
    correlations : ndarray, shape (coil, coil, *distances)
        As `correlate_signal_kernels` returns them. At a pixel x they are the Hermitian matrix
        ``G(x) = sum_Delta K(Delta) exp(-2 pi i Delta x / n)``, positions from the centre.
    shape : tuple of int
        Of the images.
    n_sets : int, default 1
        How many eigenvectors, at most one per coil.

    Returns
    -------
    values : ndarray of float, shape (set, *shape)
        From the largest.
    vectors : ndarray of complex, shape (set, coil, *shape)
        Of unit norm, with arbitrary phases.

    Examples
    --------
    >>> values, vectors = find_eigenmaps(np.ones((2, 2, 1)) / 2, (4,))
    >>> values.round(3), np.abs(vectors[0, :, 0]).round(3)
    (array([[1., 1., 1., 1.]]), array([0.707, 0.707]))
    """
    from .eigenvector_kernels import iterate_eigenvectors  # loads Numba

    dtype = np.result_type(correlations.dtype, np.complex64)
    n_coils, distances = len(correlations), correlations.shape[2:]
    kernels = np.moveaxis(correlations, (0, 1), (-2, -1)).reshape(*distances, n_coils**2)
    waves = [_make_waves(n, m, dtype) for n, m in zip(shape, distances, strict=True)]
    vectors = np.empty((*shape, n_sets, n_coils), dtype)
    values = np.empty((*shape, n_sets), vectors.real.dtype)
    planes = max(1, _AT_ONCE // (prod(shape[1:]) * n_coils**2))
    for begin in range(0, shape[0], planes):
        part = slice(begin, begin + planes)
        matrices = _evaluate(kernels.astype(dtype, copy=False), [waves[0][part], *waves[1:]])
        iterate_eigenvectors(
            matrices.reshape(-1, n_coils, n_coils),
            values[part].reshape(-1, n_sets),
            vectors[part].reshape(-1, n_sets, n_coils),
            _TOLERANCE,
            _MAX_ITER,
        )
    return np.moveaxis(values, -1, 0), np.moveaxis(vectors, (-2, -1), (0, 1))


def _make_waves(n: int, n_distances: int, dtype: np.dtype[np.generic]) -> Array:
    """Return ``exp(-2 pi i Delta x / n)`` of positions x and distances Delta from the centre."""
    positions = np.arange(n) - n // 2
    distances = np.arange(n_distances) - n_distances // 2
    result: Array = np.exp(-2j * np.pi / n * np.outer(positions, distances)).astype(dtype)
    return result


def _evaluate(kernels: Array, waves: list[Array]) -> Array:
    """Return the matrices at all pixels, (*pixels, entries), axis by axis."""
    result = kernels
    for axis, wave in enumerate(waves):
        moved = np.moveaxis(result, axis, -2)  # (..., distances, entries)
        result = np.moveaxis(wave @ moved, -2, axis)
    return np.ascontiguousarray(result)
