"""Compiled parts of the search for the variances that make the data likeliest.

A group with the variance g, and in channel k the sparsity s_k and the quality q_k (the data's
evidence about it beside the others), changes twice the logarithm of the evidence by

    ``sum_k |q_k|^2 g / (1 + g s_k) - log(1 + g s_k)``

(Tipping and Faul, 2003, eq. (18), summed over the channels that share the variance).
"""

from __future__ import annotations

import numpy as np

from ...arrays import Array
from ...execution.compiling import compile_kernel

_STEPS = 40
_ACCURACY = 1e-3  # relative, of the best variance
_TIE = 1e-9  # relative: gains that differ by less are equal, and the first counts


@compile_kernel
def find_gain(q: Array, s: Array, j: int, variance: float) -> float:
    """Return the gain of feature j with this variance."""
    total, product = 0.0, 1.0
    for k in range(q.shape[0]):
        own = s[k if s.shape[0] > 1 else 0, j]
        scale = 1 + variance * own
        total += (q[k, j].real ** 2 + q[k, j].imag ** 2) * variance / scale
        product *= scale
        if product > 1e100:
            total -= np.log(product)
            product = 1.0
    return float(total - np.log(product))


@compile_kernel
def _find_slope(q: Array, s: Array, j: int, variance: float) -> float:
    """Return the derivative of the gain of feature j."""
    total = 0.0
    for k in range(q.shape[0]):
        own = s[k if s.shape[0] > 1 else 0, j]
        scale = 1 / (1 + variance * own)
        total += ((q[k, j].real ** 2 + q[k, j].imag ** 2) * scale - own) * scale
    return float(total)


@compile_kernel
def _find_bounds(q: Array, s: Array, j: int) -> tuple[float, float]:
    """Return a bound of the gain of feature j, and the largest variance best for any channel."""
    bound, largest = 0.0, 0.0
    for k in range(q.shape[0]):
        own = s[k if s.shape[0] > 1 else 0, j]
        if own > 0:
            ratio = (q[k, j].real ** 2 + q[k, j].imag ** 2) / own
            if ratio > 1:
                bound += ratio - 1 - np.log(ratio)
                largest = max(largest, (ratio - 1) / own)
    return bound, largest


@compile_kernel
def _find_loose_bounds(q: Array, s: Array) -> Array:
    """Return for every feature a bound of what it gains that needs no logarithm."""
    bounds = np.zeros(q.shape[1])
    for k in range(q.shape[0]):
        own = s[k if s.shape[0] > 1 else 0]
        for j in range(q.shape[1]):
            square = q[k, j].real * q[k, j].real + q[k, j].imag * q[k, j].imag
            # Only where the quality is above its noise does a channel gain.
            bounds[j] += square / own[j] - 1 if square > own[j] > 0 else 0.0
    return bounds


@compile_kernel
def find_best_variance(q: Array, s: Array, j: int, floor: float) -> tuple[float, float]:
    """Return the largest gain of feature j and its variance; zeros if it is below `floor`."""
    bound, high = _find_bounds(q, s, j)
    if bound <= floor:
        return 0.0, 0.0
    if q.shape[0] > 1:
        low = high * 1e-3
        while _find_slope(q, s, j, low) < 0:
            high, low = low, low * 1e-3
            if low < 1e-30:
                return 0.0, 0.0
        for _ in range(_STEPS):
            middle = np.sqrt(low * high)
            if _find_slope(q, s, j, middle) > 0:
                low = middle
            else:
                high = middle
            if high <= low * (1 + _ACCURACY):
                break
    return find_gain(q, s, j, high), high


@compile_kernel
def find_best_newcomer(q: Array, s: Array, taken: Array, floor: float) -> tuple[int, float, float]:
    """Return which feature gains most, its gain, and its variance; -1 if none does."""
    best, gain, variance = -1, floor, 0.0
    loose = _find_loose_bounds(q, s)
    least = floor
    for j in range(taken.size):
        if not taken[j] and loose[j] > least:
            now, its = find_best_variance(q, s, j, least)
            if now > least:
                best, gain, variance = j, now, its
                least = gain * (1 + _TIE)
    return best, gain, variance


@compile_kernel
def find_gains(q: Array, s: Array, variances: Array) -> tuple[Array, Array, Array]:
    """Return for every member what it gains now, at best, and with which variance."""
    n = variances.size
    now, best, at = np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        now[i] = find_gain(q, s, i, variances[i])
        best[i], at[i] = find_best_variance(q, s, i, 0.0)
    return now, best, at


@compile_kernel
def spread(
    rows: Array,
    ranges: Array,
    weights: Array,
    scale: Array,
    along: Array,
    s: Array,
    q: Array,
) -> None:
    """Apply a change of one member to sparsities and qualities of all features.

    With ``w = sum_i conj(G_i) weights_i`` in every channel, adds ``scale |w|^2``
    to the sparsities and ``along w`` to the qualities.
    """
    n_grams, n_members = weights.shape
    n_channels, n = q.shape
    begin, end = n, 0
    for i in range(n_members):
        begin, end = min(begin, ranges[i, 0]), max(end, ranges[i, 1])
    w = np.zeros(n, q.dtype)
    for d in range(n_grams):
        w[begin:end] = 0
        for i in range(n_members):
            weight = weights[d, i]
            if weight != 0:
                for m in range(ranges[i, 0], ranges[i, 1]):
                    w[m] += np.conj(rows[i, d, m]) * weight
        for m in range(begin, end):
            s[d, m] += scale[d] * (w[m].real * w[m].real + w[m].imag * w[m].imag)
        if n_grams > 1:
            for m in range(begin, end):
                q[d, m] += along[d] * w[m]
        else:
            for k in range(n_channels):
                for m in range(begin, end):
                    q[k, m] += along[k] * w[m]


@compile_kernel
def add_outer(matrices: Array, scale: Array, vectors: Array) -> None:
    """Add ``scale v v^H`` to every matrix."""
    n_grams, n = vectors.shape
    for d in range(n_grams):
        for i in range(n):
            own = scale[d] * vectors[d, i]
            if own != 0:
                for j in range(n):
                    matrices[d, i, j] += own * np.conj(vectors[d, j])
