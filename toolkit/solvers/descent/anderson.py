"""Anderson extrapolation of a sequence of iterates (Bertrand and Massias, 2021)."""

from __future__ import annotations

import numpy as np

from ...arrays import Array, real_dtype
from ...execution.compiling import compile_kernel

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
def _combination_weights(steps: Array, n: int) -> Array:
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
    weights = _combination_weights(points[1:] - points[:-1], len(points) - 1)
    for m in range(ahead.shape[0]):
        for k in range(ahead.shape[1]):
            ahead[m, k] = 0
            there[m, k] = 0
            for i in range(weights.size):
                ahead[m, k] += weights[i] * points[i + 1, m, k]
                there[m, k] += weights[i] * states[i + 1, m, k]
    return bool(np.isfinite(weights).all())


_REGULARISATION = 1e-12


class Anderson:
    """Combine the last iterates so that their combined step is as short as possible.

    Parameters
    ----------
    depth : int
        How many steps are combined.
    """

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self._iterates: list[tuple[Array, Array]] = []

    def forget(self) -> None:
        """Begin anew."""
        self._iterates.clear()

    def extrapolated(self, x: Array, image: Array) -> tuple[Array, Array] | None:
        """Take an iterate in; after every `depth` steps, give the combination.

        Parameters
        ----------
        x : ndarray
            The iterate; copied.
        image : ndarray
            An affine function of it, combined with the same weights; copied.

        Returns
        -------
        (ndarray, ndarray) or None
            The combined iterate and image.
        """
        self._iterates.append((x.copy(), image.copy()))
        if len(self._iterates) <= self.depth:
            return None
        points = np.stack([point.ravel() for point, _ in self._iterates])
        real = points.view(real_dtype(points.dtype)).astype(float, copy=False)
        steps = np.diff(real, axis=0)
        gram = steps @ steps.T
        gram[np.diag_indices_from(gram)] += _REGULARISATION * np.trace(gram)
        weights = _weights(gram)
        iterates = self._iterates[1:]
        self._iterates = []
        if weights is None:
            return None
        shares = weights.astype(real_dtype(x.dtype))
        combined = [share * point for share, (point, _) in zip(shares, iterates, strict=True)]
        images = [share * image for share, (_, image) in zip(shares, iterates, strict=True)]
        return np.sum(combined, axis=0), np.sum(images, axis=0)


def _weights(gram: Array) -> Array | None:
    """Return the weights of sum one whose combined step is shortest."""
    try:
        weights: Array = np.linalg.solve(gram, np.ones(len(gram)))
    except np.linalg.LinAlgError:
        return None
    total = weights.sum()
    if not np.isfinite(total) or total == 0:
        return None
    weights /= total
    return weights
