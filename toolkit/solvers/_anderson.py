"""Anderson extrapolation of a sequence of iterates (Bertrand and Massias, 2021)."""

from __future__ import annotations

import numpy as np

from ..arrays import Array, real_dtype

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
