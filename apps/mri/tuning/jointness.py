"""Which channels share their edges, so that groups across them help, seen in the data.

Groups across channels of different images keep what is noise in one channel because another one
has an edge there; groups across contrasts of one image find fainter edges. The magnitudes of
wavelet coefficients of the zero-filled images tell them apart: within one band they are correlated
between channels by .6 and more where edges are shared, and by less than .4 where they are not.
"""

from __future__ import annotations

from itertools import product
from math import prod

import numpy as np
from scipy.sparse.csgraph import connected_components

from ....toolkit.arrays import Array, IntArray, squared_magnitude
from ....toolkit.operators import Wavelet
from ..acquisition import Acquisition

JOINT = ("auto", "always", "never")
# Finest details hold more noise than edges, coarsest bands few coefficients.
_LEVELS = (2, 3, 4)
_FEWEST = 64  # coefficients in a band
_CORRELATED = 0.5


def label_channels(acquisition: Acquisition, wavelet: Wavelet, joint: str = "auto") -> IntArray:
    """Return labels of all images before the axes of space, equal for those that share groups.

    Parameters
    ----------
    acquisition : Acquisition
        The samples; two sets of maps of a channel always share groups.
    wavelet : Wavelet
        Of one image.
    joint : {"auto", "always", "never"}
        Whether channels share groups; by default those whose wavelet coefficients are large at the
        same places.

    Returns
    -------
    ndarray of int
        One label for each channel and set of maps.

    Examples
    --------
    >>> from groupsparse.apps.mri.acquisition import simulate_acquisition
    >>> y, x = np.indices((64, 64))
    >>> disc, other = np.hypot(y - 30, x - 25) < 20, np.hypot(y - 41, x - 40) < 15
    >>> images = np.stack([disc, other, 2.0 - disc])
    >>> data = simulate_acquisition(images, np.ones((64, 64), dtype=bool), 1e-3, random_state=0)
    >>> label_channels(data, Wavelet((64, 64), "haar")).tolist()
    [0, 1, 0]
    """
    images = acquisition.zero_fill()
    n_inside = prod(images.shape[1 : -len(acquisition.space)])
    if joint == "never":
        labels = np.arange(len(images))
    elif joint == "always" or len(images) == 1:
        labels = np.zeros(len(images), dtype=int)
    else:
        labels = _link_channels(wavelet.adjoint(images), wavelet)
    return np.repeat(labels, n_inside)


def _link_channels(coefs: Array, wavelet: Wavelet) -> IntArray:
    """Return labels, equal for channels that are linked by correlated bands."""
    energies = squared_magnitude(coefs)
    n_axes = len(wavelet.domain_shape)
    energies = energies.reshape(len(coefs), -1, *wavelet.domain_shape).sum(axis=1)
    bands = [_find_band(energies, n_axes, level) for level in range(1, wavelet.levels + 1)]
    details = [band for level in bands for band in level]
    middle = [
        band
        for level, parts in enumerate(bands, 1)
        for band in parts
        if level in _LEVELS and band.shape[1] >= _FEWEST
    ]
    correlations = np.mean([_correlate(np.sqrt(band)) for band in middle or details], axis=0)
    labels = connected_components(correlations > _CORRELATED, directed=False)[1]
    return np.asarray(labels, dtype=np.intp)


def _find_band(energies: Array, n_axes: int, level: int) -> list[Array]:
    """Return the bands of details of one level, each of the shape (channel, coefficient)."""
    sizes = [n >> level for n in energies.shape[-n_axes:]]
    corners = list(product((0, 1), repeat=n_axes))[1:]
    boxes = [
        tuple(slice(half * n, (half + 1) * n) for half, n in zip(corner, sizes, strict=True))
        for corner in corners
    ]
    return [energies[(slice(None), *box)].reshape(len(energies), -1) for box in boxes]


def _correlate(magnitudes: Array) -> Array:
    """Return the correlations between channels, zero where a channel is constant."""
    centred = (magnitudes - magnitudes.mean(axis=1, keepdims=True)).astype(float)
    norms = np.linalg.norm(centred, axis=1, keepdims=True)
    unit = centred / np.where(norms > 0, norms, 1.0)
    correlations: Array = unit @ unit.T
    return correlations
