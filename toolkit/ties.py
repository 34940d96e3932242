"""Choices between numbers that differ by rounding: equal ones are a tie, and the lowest index wins.

Two processors, two BLAS kernels or two numbers of threads add in different orders, so numbers
that are equal in exact arithmetic differ in their last digits, and so does the largest of them.
Here numbers within a tolerance of the best one count as equal to it: the precision in which
they were computed to the power 0.7, relative to the best one, which is 1.1e-11 in double and
1.4e-5 in single precision. That is far above what rounding does to a sum of many terms. Where
numbers are differences of larger ones, the caller adds how large the rounding of these is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from .arrays import Array, IntArray


@lru_cache
def tie_tolerance(dtype: np.dtype[Any]) -> float:
    """Return the relative difference below which numbers of a precision count as equal.

    Parameters
    ----------
    dtype : numpy.dtype
        Floating-point, real or complex.

    Returns
    -------
    float
        The machine epsilon to the power 0.7.

    Examples
    --------
    >>> tie_tolerance(np.dtype("float64")) < 2e-11
    True
    """
    return float(np.finfo(dtype).eps ** 0.7)


def index_of_largest(values: Array, rounding: float = 0.0) -> int:
    """Return the lowest index of the numbers that equal the largest one.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        At least one. Of not-a-numbers the first is the largest, as for ``argmax``.
    rounding : float, default 0
        How far equal numbers may differ beside the relative tolerance.

    Returns
    -------
    int
        The index.

    Examples
    --------
    >>> index_of_largest(np.array([0.0, 1.0, 1.0 + 1e-15, 0.5]))
    1
    """
    place = int(np.argmax(values))
    largest = values[place]
    if not np.isfinite(largest):
        return place
    return int(np.argmax(values >= largest - _margin(values, largest, rounding)))


def index_of_smallest(values: Array, rounding: float = 0.0) -> int:
    """Return the lowest index of the numbers that equal the smallest one.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        At least one.
    rounding : float, default 0
        How far equal numbers may differ beside the relative tolerance.

    Returns
    -------
    int
        The index.

    Examples
    --------
    >>> index_of_smallest(np.array([2.0, 1.0 + 1e-15, 1.0]))
    1
    """
    return index_of_largest(-values, rounding)


def falling_order(values: Array, rounding: float = 0.0) -> IntArray:
    """Return the indices from the largest to the smallest number, equal ones by rising index.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        Finite.
    rounding : float, default 0
        How far equal numbers may differ beside the relative tolerance.

    Returns
    -------
    ndarray of int, shape (n,)
        The order.

    Examples
    --------
    >>> falling_order(np.array([1.0, 3.0, 1.0 + 1e-15, 2.0]))
    array([1, 3, 0, 2])
    """
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
    """Mark the n largest numbers; of those that equal the last one, the lowest indices.

    Parameters
    ----------
    values : ndarray of float, shape (n_values,)
        Finite.
    n : int
        From 0 to `n_values`.
    rounding : float, default 0
        How far equal numbers may differ beside the relative tolerance.

    Returns
    -------
    ndarray of bool, shape (n_values,)
        True at `n` places.

    Examples
    --------
    >>> largest_few(np.array([1.0, 3.0, 1.0 + 1e-15]), 2)
    array([ True,  True, False])
    """
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
    """Return by how much numbers may differ from a level and still equal it."""
    margin: Array = tie_tolerance(values.dtype) * np.abs(level) + rounding
    return margin


def _runs(near: Array) -> list[tuple[int, int]]:
    """Return begin and end of every run of two and more numbers of which each is near the next."""
    edges = np.flatnonzero(np.diff(near, prepend=False, append=False))
    return [(int(begin), int(end) + 1) for begin, end in edges.reshape(-1, 2)]
