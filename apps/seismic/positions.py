"""Choices of some positions along an axis: evenly spaced, or with round numbers."""

from __future__ import annotations

import numpy as np

from ...toolkit.arrays import IntArray


def choose_evenly(n: int, most: int) -> IntArray:
    """Return all of n positions, or `most` of them, evenly spaced."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(np.intp))


def choose_round_places(n: int, most: int) -> IntArray:
    """Return at most `most` of n positions, counted from 0, whose numbers from 1 are round."""
    steps = (digit * 10**power for power in range(20) for digit in (1, 2, 5))
    step = next(step for step in steps if n // step <= most)
    return np.arange(step - 1, n, step)
