"""Random generators from the `random_state` that callers pass."""

from __future__ import annotations

from numbers import Integral
from typing import TypeAlias

import numpy as np

from .short_text import shorten

RandomState: TypeAlias = int | np.random.Generator | np.random.RandomState | None


def make_generator(random_state: RandomState) -> np.random.Generator:
    """Return the generator that `random_state` stands for: itself, or one that it seeds.

    A `ValueError` for anything but an integer that is not negative, a Generator, a RandomState,
    from which a seed is drawn, or None.

    Examples
    --------
    >>> make_generator(0).integers(10), make_generator(0).integers(10)
    (np.int64(8), np.int64(8))
    """
    if isinstance(random_state, np.random.Generator):
        return random_state
    return np.random.default_rng(draw_entropy(random_state))


def draw_entropy(random_state: RandomState) -> int:
    """Return a number that determines random streams: an integer itself, or one that is drawn."""
    check_random_state(random_state)
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31))
    if isinstance(random_state, np.random.Generator) or random_state is None:
        return int(np.random.default_rng(random_state).integers(2**63))
    return int(random_state)


def check_random_state(random_state: object) -> None:
    """Raise a `ValueError` unless random streams can be made from this."""
    if random_state is None or isinstance(
        random_state, np.random.Generator | np.random.RandomState
    ):
        return
    if not isinstance(random_state, Integral) or int(random_state) < 0:
        raise ValueError(
            "random_state must be an integer that is not negative, a Generator, a RandomState or "
            f"None, got {shorten(random_state)}"
        )
