"""Runs of consecutive positions, so that compiled loops over them are contiguous."""

from __future__ import annotations

import numpy as np

from ..arrays import IntArray

LONGEST_RUN = 1024  # of double precision, so that sums over a run stay in the first cache


def find_runs(positions: IntArray) -> IntArray:
    """Return the runs in a vector of positions as rows (place, first position, length).

    A run ends where the next position is not one more, or after `LONGEST_RUN`.

    Examples
    --------
    >>> find_runs(np.array([4, 5, 6, 9]))
    array([[0, 4, 3],
           [3, 9, 1]])
    """
    begins = np.flatnonzero(np.diff(positions, prepend=positions[0] - 2) != 1)
    lengths = np.diff(begins, append=positions.size)
    n_pieces = -(-lengths // LONGEST_RUN)
    piece = np.arange(n_pieces.sum()) - np.repeat(np.cumsum(n_pieces) - n_pieces, n_pieces)
    places = np.repeat(begins, n_pieces) + piece * LONGEST_RUN
    ends = np.append(places[1:], positions.size)
    result: IntArray = np.stack([places, positions[places], ends - places], axis=1)
    return result
