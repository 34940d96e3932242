"""Compiled block coordinate descent on records whose Gram matrices are banded.

A record is a gather of K channels of n samples; group t is sample t of all channels. Its Gram
matrix in one channel is a number, so a block step needs only the norm of the minimiser. What a
step changes are the correlations of samples closer than the bands are wide: a sweep costs
``K`` times the active pairs within the bands, and the full gradient one row of the
bands for every active sample. Channels are the last axis throughout.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ....arrays import Array, IntArray
from ....execution.compiling import compile_kernel
from ....penalties.block_forms import BlockForm
from ..block_steps import TANGENTS, slope_at, value_at
from ..staged_session import DEPTH, FEWEST_GROUPS, INNER_ACCURACY, MOST_INNER_SWEEPS
from ..sweeps import combine, copy_rows
from .bands import Bands

_MOST_OUTER = 1000
_NEWTON, _ROOT = 60, 1e-12
_RIDGE = 1e-10  # of an extrapolation: neighbours are so alike that a smaller one is slower
_FAST = {"reassoc", "nsz", "contract", "arcp"}  # sums may be vectorised; infinities count


class _Part(NamedTuple):
    """Coefficients, correlations of the residual and of the data on a working set, (w, K) each."""

    x: Array
    state: Array
    targets: Array


@compile_kernel(fastmath=_FAST)
def _norm(row: Array) -> float:
    total = 0.0
    for k in range(row.size):
        total += row[k].real * row[k].real + row[k].imag * row[k].imag
    return float(np.sqrt(total))


@compile_kernel
def _take(source: Array, order: IntArray) -> Array:
    """Return some rows."""
    rows = np.empty((order.size, source.shape[1]), source.dtype)
    for i in range(order.size):
        for k in range(source.shape[1]):
            rows[i, k] = source[order[i], k]
    return rows


@compile_kernel(fastmath=_FAST)
def _correlate(bands: Bands, correlations: Array, x: Array, gradient: Array) -> None:
    """Write ``A^H (y - A x)`` of one record to `gradient`."""
    n, n_channels = x.shape
    width = (bands.rows.shape[1] + 1) // 2
    copy_rows(correlations, gradient)
    for j in range(n):
        if _norm(x[j]) > 0:
            row = bands.rows[bands.which[j]]
            for i in range(max(0, j - width + 1), min(n, j + width)):
                near = row[i - j + width - 1]
                for k in range(n_channels):
                    gradient[i, k] -= np.conj(near[k]) * x[j, k]


@compile_kernel
def _distances(form: BlockForm, first: int, x: Array, gradient: Array, distances: Array) -> float:
    """Write how far from optimal every group is; return the norm of all."""
    total = 0.0
    for j in range(x.shape[0]):
        t = _norm(x[j])
        if t == 0:
            distance = max(0.0, _norm(gradient[j]) - form.strengths[first + j])
        else:
            slope, square = slope_at(form, first + j, t) / t, 0.0
            for k in range(x.shape[1]):
                off = gradient[j, k] - slope * x[j, k]
                square += off.real * off.real + off.imag * off.imag
            distance = np.sqrt(square)
        distances[j] = distance
        total += distance * distance
    return float(np.sqrt(total))


@compile_kernel
def _working_set(x: Array, distances: Array, most: int) -> IntArray:
    """Return the samples that are not zero, and the furthest from optimal of the others.

    Neighbours are much alike, so that only the furthest of three comes in.
    """
    n = distances.size
    chosen = np.zeros(n, dtype=np.bool_)
    others = np.zeros(n)
    n_others = 0
    for j in range(n):
        if _norm(x[j]) > 0:
            chosen[j] = True
        elif distances[j] > 0:
            left = distances[j - 1] if j > 0 else 0.0
            right = distances[j + 1] if j + 1 < n else 0.0
            if distances[j] >= left and distances[j] >= right:
                others[n_others] = distances[j]
                n_others += 1
    if n_others:
        least = 0.0
        if n_others > most:
            least = np.sort(others[:n_others])[n_others - most]
        for j in range(n):
            if not chosen[j] and distances[j] >= max(least, 1e-300):
                left = distances[j - 1] if j > 0 else 0.0
                right = distances[j + 1] if j + 1 < n else 0.0
                chosen[j] = distances[j] >= left and distances[j] >= right
    return np.flatnonzero(chosen)


@compile_kernel(fastmath=_FAST, error_model="numpy")
def _minimal_norm(slope: float, diagonal: Array, squares: Array, t: float) -> float:
    """Solve ``sum_k squares_k / (d_k t + slope)^2 = 1`` for t, by Newton's method on the root."""
    for _ in range(_NEWTON):
        total, change = 0.0, 0.0
        for k in range(squares.size):
            inverse = 1 / (diagonal[k] * t + slope)
            part = squares[k] * inverse * inverse
            total += part
            change += part * diagonal[k] * inverse
        following = t - (1 - np.sqrt(total)) * total / change
        if following <= 0:
            following = t / 10
        if abs(following - t) <= _ROOT * t:
            return float(following)
        t = following
    return float(t)


@compile_kernel(fastmath=_FAST)
def _step(
    form: BlockForm, number: int, diagonal: Array, old: float, b: Array, squares: Array, z: Array
) -> float:
    """Minimise over one group with the right-hand side `b`; write `z`, return its norm."""
    n_channels = b.size
    total, largest = 0.0, 0.0
    for k in range(n_channels):
        squares[k] = b[k].real * b[k].real + b[k].imag * b[k].imag
        total += squares[k]
        largest = max(largest, diagonal[k])
    size = np.sqrt(total)
    slope = slope_at(form, number, old)
    t = 0.0
    for _ in range(TANGENTS):
        if size <= slope or largest == 0:
            t = 0.0
            for k in range(n_channels):
                z[k] = 0
        elif slope > 0:
            begin = old if old > 0 else (size - slope) / largest
            t = _minimal_norm(slope, diagonal, squares, begin)
            for k in range(n_channels):
                z[k] = b[k] * (t / (diagonal[k] * t + slope))
            t = _norm(z)
        else:
            for k in range(n_channels):
                z[k] = b[k] / diagonal[k] if diagonal[k] > 0 else 0 * b[k]
            t = _norm(z)
        following = slope_at(form, number, t)
        if abs(following - slope) <= 1e-10 * form.strengths[number]:
            break
        slope, old = following, t
    return t


@compile_kernel(fastmath=_FAST)
def _sweep(
    form: BlockForm, first: int, bands: Bands, order: IntArray, x: Array, state: Array, work: Array
) -> float:
    """Minimise over every sample of the working set; `x` and `state` are (w, K) there.

    Returns the norm of all changes of the correlations, each sample's by itself.
    """
    n_channels = x.shape[1]
    width = (bands.rows.shape[1] + 1) // 2
    diagonal, squares = np.empty(n_channels), np.empty(n_channels)
    moved = 0.0
    begin = 0
    for i in range(order.size):
        j = order[i]
        while order[begin] <= j - width:
            begin += 1
        old = _norm(x[i])
        if old == 0 and _norm(state[i]) <= slope_at(form, first + j, 0.0):
            continue
        for k in range(n_channels):
            diagonal[k] = bands.diagonal[j, k]
            work[0, k] = state[i, k] + diagonal[k] * x[i, k]
        _step(form, first + j, diagonal, old, work[0], squares, work[1])
        change = 0.0
        for k in range(n_channels):
            step = work[1, k] - x[i, k]
            work[0, k] = step
            x[i, k] = work[1, k]
            size = abs(step) * diagonal[k]
            change += size * size
        if change > 0:
            moved += change
            row = bands.rows[bands.which[j]]
            for m in range(begin, order.size):
                lag = order[m] - j
                if lag >= width:
                    break
                near = row[lag + width - 1]
                for k in range(n_channels):
                    state[m, k] -= np.conj(near[k]) * work[0, k]
    return float(np.sqrt(moved))


@compile_kernel(fastmath=_FAST)
def _objective(
    form: BlockForm, first: int, order: IntArray, targets: Array, x: Array, state: Array
) -> float:
    """Return the objective but for what does not change on the working set."""
    total = 0.0
    for i in range(order.size):
        inner, t = 0.0, _norm(x[i])
        if t > 0:
            for k in range(x.shape[1]):
                both = targets[i, k] + state[i, k]
                inner += x[i, k].real * both.real + x[i, k].imag * both.imag
            total += value_at(form, first + order[i], t) - inner / 2
    return total


@compile_kernel
def _descend(
    form: BlockForm,
    first: int,
    bands: Bands,
    order: IntArray,
    part: _Part,
    goal: float,
    most: int,
) -> int:
    """Sweep over the working set until little moves, with extrapolation; return the sweeps."""
    x, state, targets = part.x, part.state, part.targets
    work = np.empty((2, x.shape[1]), x.dtype)
    points = np.empty((DEPTH + 1, x.shape[0], x.shape[1]), x.dtype)
    states = np.empty_like(points)
    ahead, there = np.empty_like(x), np.empty_like(x)
    held = 0
    for done in range(1, most + 1):
        if _sweep(form, first, bands, order, x, state, work) <= goal:
            return done
        copy_rows(x, points[held])
        copy_rows(state, states[held])
        held += 1
        if held == DEPTH + 1:
            held = 0
            if not combine(points, states, _RIDGE, ahead, there):
                continue
            before = _objective(form, first, order, targets, x, state)
            if _objective(form, first, order, targets, ahead, there) < before:
                copy_rows(ahead, x)
                copy_rows(there, state)
    return most


@compile_kernel
def solve_record(
    form: BlockForm,
    first: int,
    bands: Bands,
    correlations: Array,
    x: Array,
    accuracy: float,
    most: int,
) -> Any:
    """Minimise over one record.

    Parameters
    ----------
    form : NamedTuple
        The penalty.
    first : int
        The number of its first group in `form`.
    bands : Bands
        The Gram matrices.
    correlations : ndarray, shape (n_samples, K)
        ``A^H y``.
    x : ndarray, shape (n_samples, K)
        Where to start from; overwritten by the solution.
    accuracy : float
        The norm of the smallest subgradient to stop at.
    most : int
        The largest number of sweeps.

    Returns
    -------
    int, float, float
        Sweeps done, the norm of the smallest subgradient, and by how much the
        objective is above that of zero.
    """
    n = x.shape[0]
    gradient, distances = np.empty_like(correlations), np.empty(n)
    sweeps, n_active = 0, 0
    share, before, total = INNER_ACCURACY, np.inf, 0.0
    for _ in range(_MOST_OUTER):
        _correlate(bands, correlations, x, gradient)
        total = _distances(form, first, x, gradient, distances)
        if total <= accuracy or sweeps >= most:
            break
        share = share / 10 if total > before / 2 else INNER_ACCURACY
        before = total
        order = _working_set(x, distances, max(FEWEST_GROUPS, n_active))
        goal = share * max(total, 3 * accuracy)
        part = _Part(_take(x, order), _take(gradient, order), _take(correlations, order))
        limit = min(MOST_INNER_SWEEPS, most - sweeps)
        sweeps += _descend(form, first, bands, order, part, goal, limit)
        n_active = 0
        for i in range(order.size):
            for k in range(x.shape[1]):
                x[order[i], k] = part.x[i, k]
            if _norm(part.x[i]) > 0:
                n_active += 1
    everything = np.arange(n)
    return sweeps, total, _objective(form, first, everything, correlations, x, gradient)
