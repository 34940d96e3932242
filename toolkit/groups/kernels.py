"""Compiled passes over groups of coefficients.

Coefficients are real arrays of shape (n_coefs, 1), or (n_coefs, 2) for complex ones, so that
two compiled versions serve all four dtypes.
"""

from __future__ import annotations

import numpy as np

from ..arrays import Array, IntArray
from ..execution.compiling import compile_kernel


@compile_kernel
def group_norms(x: Array, indptr: IntArray, indices: IntArray, out: Array) -> None:
    """Write the Euclidean norm of every group into `out`."""
    for g in range(indptr.size - 1):
        total = 0.0
        for i in range(indptr[g], indptr[g + 1]):
            for part in range(x.shape[1]):
                total += x[indices[i], part] * x[indices[i], part]
        out[g] = np.sqrt(total)


@compile_kernel
def scale_groups(x: Array, indptr: IntArray, indices: IntArray, factors: Array) -> None:
    """Multiply every group of `x` by its factor, in place."""
    for g in range(indptr.size - 1):
        for i in range(indptr[g], indptr[g + 1]):
            for part in range(x.shape[1]):
                x[indices[i], part] *= factors[g]
