"""Choices between numbers that differ by rounding: equal ones tie, and the lowest index wins.

Two processors, two BLAS kernels or two numbers of threads add in different orders, so numbers
that are equal in exact arithmetic differ in their last digits, and so does the largest of them.
Here numbers within a tolerance of the best one count as equal to it: the machine epsilon to
the power 0.7, relative to the best one, which is 1.1e-11 in double and 1.4e-5 in single
precision, far above the rounding of a sum of many terms. If the numbers are differences of
larger ones, the caller passes the size of their rounding as `rounding`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from .arrays import Array, IntArray


@lru_cache
def tie_tolerance(dtype: np.dtype[Any]) -> float:
    """Return the relative difference below which numbers of a dtype count as equal."""
    return float(np.finfo(dtype).eps ** 0.7)


def index_of_largest(values: Array, rounding: float = 0.0) -> int:
    """Return the lowest index of the numbers that equal the largest one.

    Of not-a-numbers the first counts as the largest, as for ``argmax``.
    """
    place = int(np.argmax(values))
    largest = values[place]
    if not np.isfinite(largest):
        return place
    return int(np.argmax(values >= largest - _margin(values, largest, rounding)))


def index_of_smallest(values: Array, rounding: float = 0.0) -> int:
    """Return the lowest index of the numbers that equal the smallest one."""
    return index_of_largest(-values, rounding)


def falling_order(values: Array, rounding: float = 0.0) -> IntArray:
    """Return the indices from the largest to the smallest finite number, ties by rising index."""
    order: IntArray = np.argsort(-values, kind="stable")
    ordered = values[order]
    finite = np.isfinite(ordered[:-1])
    levels = np.where(finite, ordered[:-1], 0)
    near = finite & (ordered[1:] >= levels - _margin(values, levels, rounding))
    for begin, end in _runs(near):
        while begin < end:
            least = ordered[begin] - _margin(values, ordered[begin], rounding)
            stop = begin + int(np.count_nonzero(ordered[begin:end] >= least))
            order[begin:stop].sort()
            begin = stop
    return order


def largest_few(values: Array, n: int, rounding: float = 0.0) -> Array:
    """Mark the n largest of finite numbers; of those that tie with the last, the lowest indices."""
    marked: Array = np.zeros(values.shape, dtype=bool)
    if not n:
        return marked
    last = np.partition(values, values.size - n)[values.size - n]
    if not np.isfinite(last):
        marked[np.argsort(-values, kind="stable")[:n]] = True
        return marked
    margin = _margin(values, last, rounding)
    marked = values > last + margin
    equal = np.flatnonzero(~marked & (values >= last - margin))
    marked[equal[: n - np.count_nonzero(marked)]] = True
    return marked


def _margin(values: Array, level: Array, rounding: float) -> Array:
    """Return the largest difference from `level` at which numbers still equal it."""
    margin: Array = tie_tolerance(values.dtype) * np.abs(level) + rounding
    return margin


def _runs(near: Array) -> list[tuple[int, int]]:
    """Return begin and end of every run of two and more numbers of which each is near the next."""
    edges = np.flatnonzero(np.diff(near, prepend=False, append=False))
    return [(int(begin), int(end) + 1) for begin, end in edges.reshape(-1, 2)]
