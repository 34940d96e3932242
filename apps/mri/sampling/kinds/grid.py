"""Frequencies on a plane: their mirror images, the centre, and the part that is covered."""

from __future__ import annotations

import numpy as np

from .....toolkit.arrays import Array, Shape
from .....toolkit.checks import as_shape


def as_image_shape(shape: object) -> tuple[int, int]:
    """Return (y, x) of a plane that is large enough for a mask."""
    n_y, n_x = as_shape("shape", shape, 2)
    if min(n_y, n_x) < 4:
        raise ValueError(
            f"shape: a mask needs an image of at least 4 x 4 pixels, got shape {shape}"
        )
    return n_y, n_x


def mirror(array: Array) -> Array:
    """Return the array whose entry at a centred frequency is the given one at its negative.

    >>> mirror(np.array([1, 2, 3, 4]))
    array([1, 4, 3, 2])
    """
    places = [(2 * (n // 2) - np.arange(n)) % n for n in array.shape]
    result: Array = array[np.ix_(*places)]
    return result


def centre_box(shape: Shape, sides: Shape) -> Array:
    """Return which frequencies are in the box of these sides around zero.

    >>> centre_box((5,), (2,))
    array([False,  True,  True, False, False])
    """
    box = np.zeros(shape, dtype=bool)
    begins = [n // 2 - side // 2 for n, side in zip(shape, sides, strict=True)]
    box[tuple(slice(b, b + side) for b, side in zip(begins, sides, strict=True))] = True
    return box


def cover_part(n: int, fraction: float) -> Array:
    """Return which of n frequencies partial Fourier covers: the last ones, of both signs.

    >>> cover_part(8, 0.75)
    array([False, False,  True,  True,  True,  True,  True,  True])
    """
    covered = np.zeros(n, dtype=bool)
    covered[n - round(fraction * n) :] = True
    return covered
