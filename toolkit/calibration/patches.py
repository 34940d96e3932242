"""The space that small patches of the k-space of all coils span.

A patch of k-space in all coils, as one vector, lies in a space of few dimensions: coil images are
one image times smooth maps, so that k-space of any coil follows from that of its neighbours. The
projection on this space, applied to all patches that hold a sample and averaged, is a convolution,
and so a matrix of coils at every pixel of the images (Uecker et al., "ESPIRiT - an eigenvalue
approach to autocalibrating parallel MRI", Magnetic Resonance in Medicine 71, 2014, section 2).
"""

from __future__ import annotations

from itertools import product
from math import prod

import numpy as np
import scipy.linalg

from ..arrays import Array, Shape
from ..execution.blas_threads import limit_blas_threads, one_blas_thread

_AT_ONCE = 2**22  # entries of patches that are multiplied in one product


def correlate_signal_kernels(
    data: Array, widths: Shape, threshold: float = 0.001, *, soft: bool = False
) -> Array:
    """Return the convolution that projects k-space on what its patches span.

    Parameters
    ----------
    data : ndarray, shape (channel, coil, *region)
        Fully sampled k-space. Channels have other images, but the same coils.
    widths : tuple of int
        The size of a patch on every axis of the region.
    threshold : float, default 0.001
        The space is that of eigenvectors whose eigenvalue, relative to the largest, is above this:
        singular values of patches count above the root.
    soft : bool
        Weigh eigenvectors by the share of their eigenvalue that is not noise, as the smallest
        eigenvalues show it, instead of by zero and one.

    Returns
    -------
    ndarray, shape (coil, coil, *(2 * widths - 1))
        ``K[c, d, Delta]``, what coil c at a frequency gets from coil d at a distance Delta from
        it, no shift in the centre; ``K[d, c, -Delta]`` is the conjugate. Divided by the number of
        frequencies in a patch, so that eigenvalues in the image are between zero and one.

    Examples
    --------
    >>> constant = np.ones((1, 2, 6))  # the k-space of a point, which both coils see
    >>> correlate_signal_kernels(constant, (2,)).round(2)[0]
    array([[0.12, 0.25, 0.12],
           [0.12, 0.25, 0.12]])
    """
    n_coils = data.shape[1]
    n_patches = prod(n - w + 1 for n, w in zip(data.shape[2:], widths, strict=True))
    with limit_blas_threads(n_patches * (n_coils * prod(widths)) ** 2):
        values, vectors = scipy.linalg.eigh(_sum_patch_products(data, widths), driver="evd")
    weights = _weigh_soft(values) if soft else (values > threshold * values[-1]).astype(float)
    kept = vectors[:, weights > 0] * np.sqrt(weights[weights > 0]).astype(vectors.real.dtype)
    with one_blas_thread():
        projection = (kept @ kept.conj().T).reshape(n_coils, *widths, n_coils, *widths)
    result = np.zeros((n_coils, n_coils, *(2 * w - 1 for w in widths)), projection.dtype)
    by_place = np.moveaxis(projection, 0, len(widths))  # (*place, coil, coil, *other place)
    by_shift = np.moveaxis(result, (0, 1), (-2, -1))
    for place in product(*map(range, widths)):
        begin = [w - 1 - p for w, p in zip(widths, place, strict=True)]
        part = tuple(slice(b, b + w) for b, w in zip(begin, widths, strict=True))
        by_shift[part] += np.moveaxis(by_place[place], (0, 1), (-2, -1))
    result /= prod(widths)
    return result


def _sum_patch_products(data: Array, widths: Shape) -> Array:
    """Return the sum of ``p p^H`` over all patches p of all channels, flattened."""
    axes = tuple(range(1, 1 + len(widths)))
    n_entries = data.shape[1] * prod(widths)
    total = np.zeros((n_entries, n_entries), data.dtype)
    for channel in data:
        windows = np.lib.stride_tricks.sliding_window_view(channel, widths, axes)
        moved = np.moveaxis(windows, 0, len(widths))  # (*places, coil, *widths)
        lines = max(1, _AT_ONCE // (n_entries * prod(moved.shape[1 : len(widths)])))
        for begin in range(0, len(moved), lines):
            rows = moved[begin : begin + lines].reshape(-1, n_entries)
            total += rows.T @ rows.conj()
    return total


def _weigh_soft(values: Array) -> Array:
    """Return the share of every eigenvalue above the noise, the median of the lower half."""
    noise = max(float(np.median(values[: max(len(values) // 2, 1)])), 0.0)
    weights: Array = np.clip(1 - noise / np.maximum(values, np.finfo(values.dtype).tiny), 0, 1)
    return weights
