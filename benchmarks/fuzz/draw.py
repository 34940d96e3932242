"""Decisions of one call, each drawn from its own generator, so that some can be taken back."""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")
LARGEST = 12


class Draw:
    """The decisions of call number `call` of a seed.

    A decision depends on the seed, the call, its own name, and how often it was asked before;
    so a call can be repeated without an oddity, or smaller, and all else stays as it was.
    """

    def __init__(
        self, seed: int, call: int, banned: frozenset[str] = frozenset(), largest: int = LARGEST
    ) -> None:
        self.seed, self.call = seed, call
        self.banned, self.largest = banned, largest
        self.oddities: list[str] = []
        self._asked: dict[str, int] = {}

    def _key(self, name: str) -> str:
        number = self._asked[name] = self._asked.get(name, 0) + 1
        return f"{self.seed}/{self.call}/{name}/{number}"

    def chance(self, name: str) -> float:
        """Return a number between 0 and 1."""
        return random.Random(self._key(name)).random()

    def pick(self, name: str, items: Sequence[Item]) -> Item:
        """Return one of some items."""
        return items[int(self.chance(name) * len(items))]

    def odd(self, name: str, probability: float) -> bool:
        """Return whether something unusual is to happen, and note it."""
        happens = self.chance(name) < probability and name not in self.banned
        if happens:
            self.oddities.append(name)
        return happens

    def count(self, name: str, least: int, most: int | None = None) -> int:
        """Return a whole number from `least` to `most`, or to the largest size of this call."""
        top = self.largest if most is None else min(most, max(least, self.largest))
        return least + int(self.chance(name) * (max(top, least) + 1 - least))

    def rng(self, name: str) -> np.random.Generator:
        """Return a generator of its own for an array."""
        return np.random.default_rng(zlib.crc32(self._key(name).encode()))

    def normal(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        """Return normal numbers of two decimals, which are short to write."""
        return self.rng(name).standard_normal(shape).round(2)
