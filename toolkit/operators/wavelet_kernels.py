"""Compiled passes of the periodised orthogonal wavelet transform.

Arrays are real and contiguous. One axis is transformed at a time, on a view of
shape (outer, length, inner). With a tap vector `low` and `high` of even length
F, whose first tap stands at ``1 - F/2``,

    lowpass[i] = sum_k low[k] * x[(2 i + k + 1 - F/2) mod length],

and the synthesis is the transpose of that. Along the last axis (inner = 1)
even and odd samples are separated first, so that the inner loops have unit
stride.
"""

from __future__ import annotations

import numpy as np

from ..arrays import Array
from ..execution.compiling import compile_kernel


@compile_kernel
def _wrap(i: int, length: int) -> int:
    """Return `i` modulo `length`; for positions at most a few lengths away."""
    while i < 0:
        i += length
    while i >= length:
        i -= length
    return i


@compile_kernel(fastmath={"contract", "reassoc", "nsz"})
def _analyse_rows(x: Array, out: Array, low: Array, high: Array, even: Array, odd: Array) -> None:
    """Analyse along the last axis of (rows, length) arrays."""
    length = x.shape[1]
    half, taps = length // 2, low.size // 2
    shift = 1 - taps
    for row in range(x.shape[0]):
        for i in range(half + taps):
            even[i] = x[row, _wrap(2 * i + shift, length)]
            odd[i] = x[row, _wrap(2 * i + shift + 1, length)]
        for i in range(half):
            out[row, i] = low[0] * even[i] + low[1] * odd[i]
            out[row, half + i] = high[0] * even[i] + high[1] * odd[i]
        for m in range(1, taps):
            low_even, low_odd = low[2 * m], low[2 * m + 1]
            high_even, high_odd = high[2 * m], high[2 * m + 1]
            for i in range(half):
                out[row, i] += low_even * even[i + m] + low_odd * odd[i + m]
                out[row, half + i] += high_even * even[i + m] + high_odd * odd[i + m]


@compile_kernel(fastmath={"contract", "reassoc", "nsz"})
def _synthesise_rows(
    c: Array, out: Array, low: Array, high: Array, even: Array, odd: Array
) -> None:
    """Apply the transpose of `_analyse_rows`."""
    length = c.shape[1]
    half, taps = length // 2, low.size // 2
    shift = 1 - taps
    for row in range(c.shape[0]):
        even[: half + taps] = 0.0
        odd[: half + taps] = 0.0
        for m in range(taps):
            low_even, low_odd = low[2 * m], low[2 * m + 1]
            high_even, high_odd = high[2 * m], high[2 * m + 1]
            for i in range(half):
                even[i + m] += low_even * c[row, i] + high_even * c[row, half + i]
                odd[i + m] += low_odd * c[row, i] + high_odd * c[row, half + i]
        out[row, :] = 0.0
        for i in range(half + taps):
            out[row, _wrap(2 * i + shift, length)] += even[i]
            out[row, _wrap(2 * i + shift + 1, length)] += odd[i]


@compile_kernel(fastmath={"contract", "reassoc", "nsz"})
def _analyse_planes(x: Array, out: Array, low: Array, high: Array) -> None:
    """Analyse along the middle axis of (outer, length, inner) arrays."""
    length, inner = x.shape[1], x.shape[2]
    half, shift = length // 2, 1 - low.size // 2
    for p in range(x.shape[0]):
        for i in range(half):
            out[p, i, :] = 0.0
            out[p, half + i, :] = 0.0
            for k in range(low.size):
                row = _wrap(2 * i + k + shift, length)
                for j in range(inner):
                    out[p, i, j] += low[k] * x[p, row, j]
                    out[p, half + i, j] += high[k] * x[p, row, j]


@compile_kernel(fastmath={"contract", "reassoc", "nsz"})
def _synthesise_planes(c: Array, out: Array, low: Array, high: Array) -> None:
    """Apply the transpose of `_analyse_planes`."""
    length, inner = c.shape[1], c.shape[2]
    half, shift = length // 2, 1 - low.size // 2
    for p in range(c.shape[0]):
        out[p, :, :] = 0.0
        for i in range(half):
            for k in range(low.size):
                row = _wrap(2 * i + k + shift, length)
                for j in range(inner):
                    out[p, row, j] += low[k] * c[p, i, j] + high[k] * c[p, half + i, j]


@compile_kernel
def _copy_block(source: Array, target: Array, d: int, h: int, w: int) -> None:
    """Copy the corner block (d, h, w) between two three-dimensional arrays."""
    for z in range(d):
        for y in range(h):
            target[z, y, :w] = source[z, y, :w]


@compile_kernel
def analyse(pyramid: Array, low: Array, high: Array, levels: int, n_axes: int, work: Array) -> None:
    """Transform a (z, y, x) image in place into its wavelet pyramid.

    `work` has shape (2, pyramid.size); axes before the last `n_axes` keep
    their length of one.
    """
    d, h, w = pyramid.shape
    even, odd = np.empty(w + low.size, low.dtype), np.empty(w + low.size, low.dtype)
    for _ in range(levels):
        size = d * h * w
        a, b = work[0, :size], work[1, :size]
        _copy_block(pyramid, a.reshape((d, h, w)), d, h, w)
        rows = (d * h, w)
        _analyse_rows(a.reshape(rows), b.reshape(rows), low, high, even, odd)
        if n_axes > 1:
            planes = (d, h, w)
            _analyse_planes(b.reshape(planes), a.reshape(planes), low, high)
            a, b = b, a
        if n_axes > 2:
            volumes = (1, d, h * w)
            _analyse_planes(b.reshape(volumes), a.reshape(volumes), low, high)
            a, b = b, a
        _copy_block(b.reshape((d, h, w)), pyramid, d, h, w)
        w //= 2
        if n_axes > 1:
            h //= 2
        if n_axes > 2:
            d //= 2


@compile_kernel
def synthesise(
    pyramid: Array, low: Array, high: Array, levels: int, n_axes: int, work: Array
) -> None:
    """Transform a (z, y, x) wavelet pyramid in place into an image."""
    depth, height, width = pyramid.shape
    even, odd = np.empty(width + low.size, low.dtype), np.empty(width + low.size, low.dtype)
    for level in range(levels - 1, -1, -1):
        w = width >> level
        h = height >> level if n_axes > 1 else height
        d = depth >> level if n_axes > 2 else depth
        size = d * h * w
        a, b = work[0, :size], work[1, :size]
        _copy_block(pyramid, a.reshape((d, h, w)), d, h, w)
        rows = (d * h, w)
        _synthesise_rows(a.reshape(rows), b.reshape(rows), low, high, even, odd)
        if n_axes > 1:
            planes = (d, h, w)
            _synthesise_planes(b.reshape(planes), a.reshape(planes), low, high)
            a, b = b, a
        if n_axes > 2:
            volumes = (1, d, h * w)
            _synthesise_planes(b.reshape(volumes), a.reshape(volumes), low, high)
            a, b = b, a
        _copy_block(b.reshape((d, h, w)), pyramid, d, h, w)
