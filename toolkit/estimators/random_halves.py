"""Random halves of samples, the same for the same seed, whichever of them are drawn."""

from __future__ import annotations

import numpy as np

from ..arrays import IntArray


def draw_halves(n_samples: int, entropy: int, number: int) -> tuple[IntArray, IntArray]:
    """Return two disjoint halves of the samples, increasing (Shah and Samworth, 2013, section 2).

    They depend on the number of the pair, but not on how many pairs there are. If the number of
    samples is odd, one sample is in neither half.

    Examples
    --------
    >>> draw_halves(5, entropy=0, number=1)
    (array([3, 4]), array([0, 2]))
    """
    rng = np.random.default_rng(np.random.SeedSequence(entropy, spawn_key=(number,)))
    order, half = rng.permutation(n_samples), n_samples // 2
    return np.sort(order[:half]), np.sort(order[half : 2 * half])
