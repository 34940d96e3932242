"""Replacing K channels by r linear combinations: ``Y = Q Y'`` with orthonormal columns of Q.

Norms over the channels do not change under such a map. A problem with the data Y', of shape
(r, n_rows), therefore replaces the problem with Y, (K, n_rows); if Z' are its coefficients,
``Q Z'`` are those of the original problem.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arrays import Array


class ChannelRotation(NamedTuple):
    """A map between K channels and r combinations of them, by Q of shape (K, r).

    `combinations` is Q; its columns are orthonormal.
    """

    combinations: Array

    @property
    def n_channels(self) -> int:
        """K, the number of channels before the rotation."""
        return len(self.combinations)

    def keep_leading(self, n: int) -> ChannelRotation:
        """Return the rotation to the first `n` combinations alone."""
        return ChannelRotation(self.combinations[:, :n])

    def reduce(self, rows: Array) -> Array:
        """Return ``Q^H Y``, (r, n), of one row per channel, (K, n)."""
        result: Array = self.combinations.conj().T @ rows
        return result

    def restore(self, rows: Array) -> Array:
        """Return ``Q Y'``, (K, n), of one row per combination, (r, n)."""
        result: Array = self.combinations @ rows
        return result


def rotate_to_extent(rows: Array) -> tuple[ChannelRotation | None, Array]:
    """Return Q and Y' with as many combinations as a channel has entries, where K is larger.

    Otherwise None and the rows, (K, n_rows), themselves.
    """
    if rows.shape[0] <= rows.shape[1]:
        return None, rows
    combinations, reduced = np.linalg.qr(rows)
    return ChannelRotation(combinations), reduced


def reduce_to_extent(rows: Array) -> Array:
    """Return Y' of `rotate_to_extent` without Q, for results that no rotation changes."""
    if rows.shape[0] <= rows.shape[1]:
        return rows
    return np.asarray(np.linalg.qr(rows, mode="r"))
