"""The relative entropy of positive numbers, the Fenchel gap of every loss with a logarithm."""

from __future__ import annotations

from typing import cast

import numpy as np
from scipy.special import xlogy

from ..arrays import Array

_NEAR = 1e-2  # below, eight terms of the series are as accurate as double precision


def relative_entropy(x: Array, y: Array, log_y: Array) -> Array:
    """Return ``x log(x / y) - x + y`` in double precision, accurate near ``x = y``.

    Neither number is negative. `y` may have underflowed to zero; its logarithm has not.
    """
    x, y, log_y = np.broadcast_arrays(*(np.asarray(a, float) for a in (x, y, log_y)))
    result = np.asarray(xlogy(x, x) - x * log_y - x + y)
    near = np.abs(x - y) <= _NEAR * y
    excess = (x[near] - y[near]) / np.where(y[near] > 0, y[near], 1.0)
    result[near] = y[near] * excess_entropy(excess)
    return cast(Array, np.maximum(result, 0.0))


def excess_entropy(t: Array) -> Array:
    """Return ``(1 + t) log(1 + t) - t`` for small `t`, by its series."""
    total = np.zeros_like(t)
    for order in range(9, 1, -1):  # t^2/2 - t^3/6 + t^4/12 - ...
        total = (-1) ** order / (order * (order - 1)) + total * t
    return total * t * t


def negative_entropy(x: Array) -> Array:
    """Return ``x log x``, zero at zero."""
    result: Array = xlogy(x, x)
    return result
