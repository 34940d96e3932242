"""Root-mean-square velocities from a number, or a table of times and velocities."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array
from ...files.damage import is_file
from .wavelet_file import read_number_table


def read_velocity(text: str, times: ArrayLike) -> Array:
    """Return the velocity at every sample, for `times` in seconds.

    `text` is a number of metres per second, or a text file with two columns: increasing two-way
    times in seconds, and velocities, which are interpolated linearly and constant beyond the table.

    Examples
    --------
    >>> read_velocity("2000", [0.0, 0.002])
    array([2000., 2000.])
    """
    try:
        value = float(text)
    except ValueError:
        return _read_table(Path(text), np.asarray(times, dtype=float))
    if not 0 < value < np.inf:
        raise ValueError(f"velocity must be positive (metres per second), got {text}")
    return np.full(np.shape(times), value)


def _read_table(source: Path, times: Array) -> Array:
    if not is_file(source):
        raise FileNotFoundError(
            f"velocity {str(source)!r} is neither a number (metres per second) nor a file"
        )
    table = read_number_table(source)
    if table.shape[1] != 2:
        raise ValueError(
            f"{source}: two columns, time (seconds) and velocity (metres per second), are "
            f"expected, got {table.shape[1]}"
        )
    known, velocities = table.T
    if not np.isfinite(known).all():
        row = int(np.argmin(np.isfinite(known)))
        raise ValueError(f"{source}: times must be finite, got {known[row]:g} in row {row + 1}")
    if not (np.diff(known) > 0).all():
        row = int(np.argmax(np.diff(known) <= 0)) + 1
        raise ValueError(
            f"{source}: times must increase, but {known[row]:g} follows {known[row - 1]:g}"
        )
    bad = np.flatnonzero(~((velocities > 0) & np.isfinite(velocities)))
    if bad.size:
        raise ValueError(
            f"{source}: velocities must be positive (metres per second), got "
            f"{velocities[bad[0]]:g} at {known[bad[0]]:g} s"
        )
    result: Array = np.interp(times, known, velocities)
    return result
