"""The best few sets of features of every size that a search has found."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...ties import tie_tolerance

_TIE = tie_tolerance(np.dtype(float))


class FeatureSet(NamedTuple):
    """A set of features, in increasing order, and the squared residual of its fit."""

    error: float
    members: tuple[int, ...]


class BestSets:
    """At most `width` sets of every size, the best first; `by_size` holds them."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.by_size: dict[int, list[FeatureSet]] = {}
        self._carried: set[tuple[tuple[int, ...], int]] = set()

    def keep(self, one: FeatureSet, rounding: float) -> bool:
        """Keep a set if it is among the best of its size; return whether it is a new one.

        Squared residuals that differ by no more than `rounding` are equal.
        """

        def bound_equal(error: float) -> float:
            return error * (1 + _TIE) + rounding

        sets = self.by_size.setdefault(len(one.members), [])
        if any(one.members == other.members for other in sets):
            return False
        if len(sets) == self.width and one.error > bound_equal(sets[-1].error):
            return False
        sets.append(one)
        sets.sort()
        begin = 0
        while begin < len(sets):  # sets that fit equally well are sorted by their features
            most = bound_equal(sets[begin].error)
            tied = [each for each in sets[begin:] if each.error <= most]
            sets[begin : begin + len(tied)] = sorted(tied, key=lambda each: each.members)
            begin += len(tied)
        del sets[self.width :]
        return one in sets

    def find_nearest(self, size: int) -> int:
        """Return the nearest size of which there are sets, 0 where there are none."""
        return min(self.by_size, key=lambda other: abs(other - size), default=0)

    def take_uncarried(self, size: int, step: int) -> list[FeatureSet]:
        """Return the sets that were not taken for this step to another size before."""
        new = [one for one in self.by_size[size] if (one.members, step) not in self._carried]
        self._carried.update((one.members, step) for one in new)
        return new
