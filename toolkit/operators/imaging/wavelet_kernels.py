"""Compiled passes of the periodised orthogonal wavelet transform, in place, along any axis.

Images are real arrays of shape (batch, z, y, x); the real and imaginary parts of complex ones
stand side by side in x. One pass filters along one axis in the corner of small indices.
It treats bundles of neighbouring lines at once: `width` numbers stand side by side at each of
`length` positions. With a tap vector `low` of even length 2 M, whose first tap stands at ``1 - M``,

    lowpass[i] = sum_k low[k] * x[(2 i + k + 1 - M) mod length],

and the synthesis is the transpose of that. Both are the same sum over two sequences
(analysis: even and odd positions; synthesis: low and high bands) that gives two others,

    a[t] = sum_m bank[m, 0] p[t + m] + bank[m, 1] q[t + m],
    b[t] = sum_m bank[m, 2] p[t + m] + bank[m, 3] q[t + m].
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...arrays import Array
from ...execution.compiling import compile_kernel

# Numbers in a bundle: those of it and of its result stay in the second cache.
_BUNDLE = 2**14
_LEAST_WIDTH = 32


class Pass(NamedTuple):
    """A pass along one axis: 0 is z, 1 is y, 2 is x.

    The corner has `depth` planes, `height` rows and `row` numbers in a row; `parts` is 2 for
    complex images, else 1.
    """

    axis: int
    depth: int
    height: int
    row: int
    parts: int
    analysis: bool


@compile_kernel
def count_bundles(n_images: int, job: Pass) -> int:
    """Return the number of bundles of a pass."""
    if job.axis == 2:
        return n_images * job.depth * job.height
    n_lines = n_images * (job.depth if job.axis == 1 else job.height)
    return n_lines * -(-job.row // _choose_width(job))


@compile_kernel
def _choose_width(job: Pass) -> int:
    """Return how many numbers stand side by side in a bundle."""
    if job.axis == 2:
        return job.parts
    length = job.height if job.axis == 1 else job.depth
    return min(max(_BUNDLE // length, _LEAST_WIDTH), job.row)


@compile_kernel
def filter_bundles(images: Array, job: Pass, bank: Array, begin: int, end: int) -> None:
    """Filter some bundles of the images in place."""
    planes, rows, columns = images.shape[1], images.shape[2], images.shape[3]
    flat = images.reshape(-1)
    width = _choose_width(job)
    length = (job.depth, job.height, job.row // job.parts)[job.axis]
    stride = (rows * columns, columns, job.parts)[job.axis]
    half, taps = length // 2, bank.shape[0]
    size = (half + taps) * width
    p, q = np.empty(size, images.dtype), np.empty(size, images.dtype)
    a, b = np.empty(half * width, images.dtype), np.empty(half * width, images.dtype)
    per_line = 1 if job.axis == 2 else -(-job.row // width)
    per_image = job.height if job.axis == 0 else job.depth
    for bundle in range(begin, end):
        line, strip = bundle // per_line, bundle % per_line
        wide = min(width, job.row - strip * width)
        if job.axis == 2:
            line, y = line // job.height, line % job.height
            start = ((line // job.depth * planes + line % job.depth) * rows + y) * columns
        elif job.axis == 1:
            start = (line // per_image * planes + line % per_image) * rows * columns
        else:
            start = (line // per_image * planes * rows + line % per_image) * columns
        start += strip * width if job.axis < 2 else 0
        x = flat[start:]
        n = half * wide
        if job.axis < 2:
            _load(x, stride, wide, half, p, q, taps, job.analysis)
            _filter(p, q, bank, wide, a[:n], b[:n])
            _store(x, stride, wide, half, a, b, taps, job.analysis)
        elif job.analysis:
            _load_row(x, wide, half, p, q, taps)
            _filter(p, q, bank, wide, x[:n], x[n : 2 * n])
        else:
            _load_bands(x, wide, half, p, q, taps)
            _filter(p, q, bank, wide, a[:n], b[:n])
            _store_row(x, wide, half, a, b, taps)


@compile_kernel
def _wrap(i: int, length: int) -> int:
    """Return `i` modulo `length`; for positions at most a few lengths away."""
    while i < 0:
        i += length
    while i >= length:
        i -= length
    return i


@compile_kernel
def _load(
    x: Array, stride: int, wide: int, half: int, p: Array, q: Array, taps: int, fine: bool
) -> None:
    """Read two sequences: even and odd positions (`fine`), or the low and the high band."""
    count, offset = half + taps - 1, 1 - taps
    for t in range(count):
        place = _wrap(2 * t + offset, 2 * half) if fine else _wrap(t + offset, half)
        following = _wrap(place + 1, 2 * half) if fine else place + half
        _copy(x[place * stride :], p[t * wide :], wide)
        _copy(x[following * stride :], q[t * wide :], wide)


@compile_kernel
def _store(
    x: Array, stride: int, wide: int, half: int, a: Array, b: Array, taps: int, analysis: bool
) -> None:
    """Write two sequences: to the low and the high band, or to even and odd positions."""
    for t in range(half):
        place = t if analysis else _wrap(2 * t + 1 - taps, 2 * half)
        following = t + half if analysis else _wrap(place + 1, 2 * half)
        _copy(a[t * wide :], x[place * stride :], wide)
        _copy(b[t * wide :], x[following * stride :], wide)


@compile_kernel
def _load_row(x: Array, parts: int, half: int, p: Array, q: Array, taps: int) -> None:
    """Read even and odd positions of a row of `parts` numbers each."""
    first, offset = taps // 2, 1 - taps
    for t in range(half + taps - 1):
        if first <= t < half:
            continue
        place = _wrap(2 * t + offset, 2 * half)
        following = _wrap(place + 1, 2 * half)
        for part in range(parts):
            p[t * parts + part] = x[place * parts + part]
            q[t * parts + part] = x[following * parts + part]
    if first < half:
        n = (half - first) * parts
        _split(x[(2 * first + offset) * parts :], p[first * parts :], q[first * parts :], n, parts)


@compile_kernel
def _store_row(x: Array, parts: int, half: int, a: Array, b: Array, taps: int) -> None:
    """Write even and odd positions of a row of `parts` numbers each."""
    first, offset = min(taps // 2, half), 1 - taps
    for t in range(first):
        place = _wrap(2 * t + offset, 2 * half)
        following = _wrap(place + 1, 2 * half)
        for part in range(parts):
            x[place * parts + part] = a[t * parts + part]
            x[following * parts + part] = b[t * parts + part]
    if first < half:
        n = (half - first) * parts
        _merge(a[first * parts :], b[first * parts :], x[(2 * first + offset) * parts :], n, parts)


@compile_kernel
def _load_bands(x: Array, parts: int, half: int, p: Array, q: Array, taps: int) -> None:
    """Read the low and the high band of a row, the ends of which stand in front, too."""
    for t in range(taps - 1):
        place = _wrap(t + 1 - taps, half)
        for part in range(parts):
            p[t * parts + part] = x[place * parts + part]
            q[t * parts + part] = x[(half + place) * parts + part]
    _copy(x, p[(taps - 1) * parts :], half * parts)
    _copy(x[half * parts :], q[(taps - 1) * parts :], half * parts)


@compile_kernel
def _copy(source: Array, target: Array, n: int) -> None:
    """Copy `n` numbers."""
    for j in range(n):
        target[j] = source[j]


@compile_kernel
def _split(x: Array, even: Array, odd: Array, n: int, parts: int) -> None:
    """Separate even and odd positions of `parts` numbers each, `n` numbers of either."""
    if parts == 1:
        for i in range(n):
            even[i] = x[2 * i]
            odd[i] = x[2 * i + 1]
    else:
        for i in range(n // 2):
            even[2 * i] = x[4 * i]
            even[2 * i + 1] = x[4 * i + 1]
            odd[2 * i] = x[4 * i + 2]
            odd[2 * i + 1] = x[4 * i + 3]


@compile_kernel
def _merge(even: Array, odd: Array, x: Array, n: int, parts: int) -> None:
    """Undo `_split`."""
    if parts == 1:
        for i in range(n):
            x[2 * i] = even[i]
            x[2 * i + 1] = odd[i]
    else:
        for i in range(n // 2):
            x[4 * i] = even[2 * i]
            x[4 * i + 1] = even[2 * i + 1]
            x[4 * i + 2] = odd[2 * i]
            x[4 * i + 3] = odd[2 * i + 1]


@compile_kernel(fastmath={"contract", "reassoc", "nsz"})
def _filter(p: Array, q: Array, bank: Array, step: int, a: Array, b: Array) -> None:
    """Compute both sums; positions are `step` numbers apart."""
    n, taps = a.size, bank.shape[0]
    a[:] = 0.0
    b[:] = 0.0
    m = 0
    while m + 4 <= taps:
        p0, q0 = p[m * step :], q[m * step :]
        p1, q1 = p[(m + 1) * step :], q[(m + 1) * step :]
        p2, q2 = p[(m + 2) * step :], q[(m + 2) * step :]
        p3, q3 = p[(m + 3) * step :], q[(m + 3) * step :]
        f, g, h, k = bank[m], bank[m + 1], bank[m + 2], bank[m + 3]
        for i in range(n):
            a[i] += (
                (f[0] * p0[i] + f[1] * q0[i])
                + (g[0] * p1[i] + g[1] * q1[i])
                + (h[0] * p2[i] + h[1] * q2[i])
                + (k[0] * p3[i] + k[1] * q3[i])
            )
            b[i] += (
                (f[2] * p0[i] + f[3] * q0[i])
                + (g[2] * p1[i] + g[3] * q1[i])
                + (h[2] * p2[i] + h[3] * q2[i])
                + (k[2] * p3[i] + k[3] * q3[i])
            )
        m += 4
    for m in range(taps - taps % 4, taps):
        p0, q0, f = p[m * step :], q[m * step :], bank[m]
        for i in range(n):
            a[i] += f[0] * p0[i] + f[1] * q0[i]
            b[i] += f[2] * p0[i] + f[3] * q0[i]


class Corner(NamedTuple):
    """The planes, rows and numbers in a row of a corner of small indices."""

    planes: int
    rows: int
    columns: int


@compile_kernel
def copy_rolled(source: Array, target: Array, corner: Corner, turns: Corner) -> None:
    """Copy a corner of images (batch, z, y, x), each of its axes rolled by so many places."""
    n, turn = corner.columns, turns.columns
    for image in range(source.shape[0]):
        for z in range(corner.planes):
            to = target[image, (z + turns.planes) % corner.planes]
            for y in range(corner.rows):
                given, row = source[image, z, y], to[(y + turns.rows) % corner.rows]
                _copy(given, row[turn:], n - turn)
                _copy(given[n - turn :], row, turn)
