"""Compiled orthogonal iterations for the leading eigenvectors of many small matrices."""

from __future__ import annotations

import numpy as np

from ..arrays import Array
from ..execution.compiling import compile_kernel


@compile_kernel
def iterate_eigenvectors(
    matrices: Array, values: Array, vectors: Array, tolerance: float, max_iter: int
) -> None:
    """Write the largest eigenvalues and eigenvectors of Hermitian matrices (n, C, C).

    `values` are (n, M), `vectors` (n, M, C). Neighbours are alike: every iteration starts from the
    eigenvectors of the matrix before, and ends when no residual ``G v - v (v^H G v)`` is above
    `tolerance` times the eigenvalue, or after `max_iter` products.
    """
    n_sets, n_coils = vectors.shape[1:]
    current = np.zeros((n_sets, n_coils), vectors.dtype)
    image = np.zeros((n_sets, n_coils), vectors.dtype)
    for m in range(n_sets):
        for c in range(n_coils):
            current[m, c] = 1 if m == 0 or c == m else 0
    _orthonormalise(current)
    for i in range(len(matrices)):
        for _ in range(max_iter):
            settled = _multiply(matrices[i], current, image, values[i], tolerance)
            current[:] = image
            _orthonormalise(current)
            if settled:
                break
        vectors[i] = current


@compile_kernel
def _multiply(matrix: Array, vectors: Array, image: Array, values: Array, tolerance: float) -> bool:
    """Write the products ``G v`` and ``v^H G v``; return whether the v are eigenvectors."""
    n_sets, n_coils = vectors.shape
    settled = True
    for m in range(n_sets):
        value = 0.0
        for c in range(n_coils):
            total = matrix[c, 0] * vectors[m, 0]
            for d in range(1, n_coils):
                total += matrix[c, d] * vectors[m, d]
            image[m, c] = total
            value += (np.conj(vectors[m, c]) * total).real
        values[m] = value
        error = 0.0
        for c in range(n_coils):
            rest = image[m, c] - values[m] * vectors[m, c]
            error += rest.real**2 + rest.imag**2
        for before in range(m):  # what lies along the vectors before is taken out
            part = _project(vectors[before], image[m])
            error -= part.real**2 + part.imag**2
        if error > (tolerance * value) ** 2:
            settled = False
    return settled


@compile_kernel
def _project(unit: Array, vector: Array) -> complex:
    """Return ``unit^H vector``."""
    part: complex = np.conj(unit[0]) * vector[0]
    for c in range(1, unit.size):
        part += np.conj(unit[c]) * vector[c]
    return part


@compile_kernel
def _orthonormalise(vectors: Array) -> None:
    """Make vectors orthonormal, one after the other; those that vanish become unit vectors."""
    n_sets, n_coils = vectors.shape
    for m in range(n_sets):
        for before in range(m):
            part = _project(vectors[before], vectors[m])
            for c in range(n_coils):
                vectors[m, c] -= part * vectors[before, c]
        energy = 0.0
        for c in range(n_coils):
            energy += vectors[m, c].real ** 2 + vectors[m, c].imag ** 2
        if energy > 0:
            scale = 1 / np.sqrt(energy)
            for c in range(n_coils):
                vectors[m, c] *= scale
        else:
            vectors[m, m] = 1
