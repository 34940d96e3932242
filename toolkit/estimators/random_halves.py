"""Random halves of samples, the same for the same seed, whichever of them are drawn."""

from __future__ import annotations

from numbers import Integral

import numpy as np

from ..arrays import IntArray

RandomState = int | np.random.Generator | np.random.RandomState | None


def draw_entropy(random_state: RandomState) -> int:
    """Return the number that determines all splits: an integer itself, or one that is drawn."""
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31))
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**63))
    if random_state is None:
        return int(np.random.default_rng().integers(2**63))
    if isinstance(random_state, Integral) and int(random_state) >= 0:
        return int(random_state)
    raise ValueError(
        "random_state must be an integer that is not negative, a Generator, a RandomState or "
        f"None, got {random_state!r}"
    )


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
