"""A mean of images with a measure of how settled it is: the means over its two halves."""

from __future__ import annotations

import numpy as np

from ...arrays import Array, scalar_like


class HalvedMean:
    """The mean of `n_expected` arrays, with the means over their earlier and later half.

    Examples
    --------
    >>> mean = HalvedMean(4)
    >>> for value in (1.0, 3.0, 4.0, 8.0):
    ...     mean.add(np.array([value]))
    >>> mean.compute(), mean.measure_doubt()
    (array([4.]), 2.0)
    """

    def __init__(self, n_expected: int) -> None:
        self.n_expected, self.count = n_expected, 0
        self._sums: list[Array] = []
        self._counts = [0, 0]

    def add(self, x: Array) -> None:
        """Add one array, real or complex, of the shape of all others."""
        half = 2 * self.count // self.n_expected
        if len(self._sums) <= half:
            self._sums.append(x.copy())
        else:
            self._sums[half] += x
        self._counts[half] += 1
        self.count += 1

    def compute(self) -> Array:
        """Return the mean of the arrays so far, at least one."""
        total = self._sums[0] if len(self._sums) == 1 else self._sums[0] + self._sums[1]
        result: Array = total / scalar_like(self.count, total)
        return result

    def measure_doubt(self) -> float | None:
        """Return half the distance between the means over the halves, None before there are two."""
        if len(self._sums) < 2:
            return None
        first, second = (
            total / scalar_like(count, total)
            for total, count in zip(self._sums, self._counts, strict=True)
        )
        return float(np.linalg.norm(first - second)) / 2
