"""Compiled Anderson extrapolation: the combination of iterates whose steps combine to the least.

Loops stand where array expressions would do: those take seconds to compile.
"""

from __future__ import annotations

import numpy as np

from ..arrays import Array
from ..compiling import compile_kernel

_RIDGE = 1e-10


@compile_kernel
def copy_rows(source: Array, target: Array) -> None:
    """Copy an array of two axes."""
    for i in range(source.shape[0]):
        for k in range(source.shape[1]):
            target[i, k] = source[i, k]


@compile_kernel(error_model="numpy")
def _solved_for_ones(gram: Array) -> Array:
    """Solve a small positive definite system with ones on the right; `gram` is overwritten."""
    n = len(gram)
    x = np.ones(n)
    for j in range(n):
        for i in range(j + 1, n):
            factor = gram[i, j] / gram[j, j]
            x[i] -= factor * x[j]
            for k in range(j + 1, n):
                gram[i, k] -= factor * gram[j, k]
    for j in range(n - 1, -1, -1):
        for k in range(j + 1, n):
            x[j] -= gram[j, k] * x[k]
        x[j] /= gram[j, j]
    return x


@compile_kernel(error_model="numpy")
def _weights(steps: Array, n: int) -> Array:
    """Return the weights, of sum one, that make the combined step smallest (Anderson)."""
    gram = np.empty((n, n))
    for i in range(n):
        for j in range(i + 1):
            total = 0.0
            for m in range(steps.shape[1]):
                for k in range(steps.shape[2]):
                    a, b = steps[i, m, k], steps[j, m, k]
                    total += a.real * b.real + a.imag * b.imag
            gram[i, j] = gram[j, i] = total
    trace = 0.0
    for i in range(n):
        trace += gram[i, i]
    for i in range(n):
        gram[i, i] += _RIDGE * trace + 1e-300
    weights, total = _solved_for_ones(gram), 0.0
    for i in range(n):
        total += weights[i]
    return weights / total


@compile_kernel
def combine(points: Array, states: Array, ahead: Array, there: Array) -> bool:
    """Write the weighted means of points and states; return whether there are any."""
    weights = _weights(points[1:] - points[:-1], len(points) - 1)
    for m in range(ahead.shape[0]):
        for k in range(ahead.shape[1]):
            ahead[m, k] = 0
            there[m, k] = 0
            for i in range(weights.size):
                ahead[m, k] += weights[i] * points[i + 1, m, k]
                there[m, k] += weights[i] * states[i + 1, m, k]
    return bool(np.isfinite(weights).all())
