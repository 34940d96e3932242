"""Compiled products of images with the sensitivities of coils, without temporary arrays.

Arrays are complex: maps (set, coil, pixel), images (batch, set, pixel), coil images
(batch, coil, pixel).
"""

from __future__ import annotations

import numpy as np

from ...arrays import Array
from ...execution.compiling import compile_kernel


@compile_kernel
def see_by_coils(maps: Array, images: Array, out: Array) -> None:
    """Write the sum over the sets of maps times images into the coil images `out`."""
    n_sets, n_coils, n_pixels = maps.shape
    for b in range(len(images)):
        for c in range(n_coils):
            for p in range(n_pixels):
                out[b, c, p] = maps[0, c, p] * images[b, 0, p]
            for s in range(1, n_sets):
                for p in range(n_pixels):
                    out[b, c, p] += maps[s, c, p] * images[b, s, p]


@compile_kernel
def join_from_coils(maps: Array, coils: Array, out: Array) -> None:
    """Write the sum over the coils of conjugate maps times coil images into the images `out`."""
    n_sets, n_coils, n_pixels = maps.shape
    for b in range(len(coils)):
        for s in range(n_sets):
            out[b, s] = 0
            for c in range(n_coils):
                for p in range(n_pixels):
                    out[b, s, p] += np.conj(maps[s, c, p]) * coils[b, c, p]
