"""The calibration region of a mask: the frequencies around zero that are all sampled."""

from __future__ import annotations

import numpy as np

from ....toolkit.arrays import Array, Shape
from ....toolkit.operators.fourier import as_mask

_LEAST_WIDTH = 6  # of a region from which sensitivities can be estimated


def find_calibration_region(mask: Array, largest: int = 24) -> tuple[slice, ...]:
    """Return the largest fully sampled rectangle around zero frequency.

    Parameters
    ----------
    mask : ndarray of bool, shape (*space)
        The sampled frequencies, zero frequency at ``n // 2``.
    largest : int, default 24
        No side is longer: more frequencies take longer, and smooth maps do not need them.

    Returns
    -------
    tuple of slice
        One for each axis.

    Raises
    ------
    ValueError
        If zero frequency is not sampled, or a side is so short that maps cannot be estimated.

    Examples
    --------
    >>> lines = np.zeros((40, 30), bool)
    >>> lines[::5] = lines[12:28] = True
    >>> find_calibration_region(lines)
    (slice(12, 28, None), slice(3, 27, None))
    """
    sampled = as_mask(mask)
    space = sampled.shape
    centre = tuple(n // 2 for n in space)
    if not sampled[centre]:
        raise ValueError(
            f"mask has no calibration region: zero frequency, at {centre}, is not sampled"
        )
    limits = tuple(min(n, largest) for n in space)
    sides = _find_largest_box(sampled[_centre_box(space, limits)])
    if any(side < min(_LEAST_WIDTH, n) for side, n in zip(sides, space, strict=True)):
        raise ValueError(
            f"mask has a calibration region of {' x '.join(map(str, sides))} frequencies around "
            f"zero, which is too small: at least {_LEAST_WIDTH} are needed on every axis"
        )
    return _centre_box(space, sides)


def find_centre_box(mask: Array) -> Shape:
    """Return the sides of the largest fully sampled rectangle around zero frequency, or zeros.

    >>> find_centre_box(np.eye(4, dtype=bool))
    (1, 1)
    """
    return _find_largest_box(mask)


def _centre_box(space: Shape, sides: Shape) -> tuple[slice, ...]:
    """Return the box of these sides around zero frequency."""
    begins = [n // 2 - side // 2 for n, side in zip(space, sides, strict=True)]
    return tuple(slice(b, b + side) for b, side in zip(begins, sides, strict=True))


def _find_largest_box(sampled: Array) -> Shape:
    """Return the sides of the largest box around the centre in which all is true."""
    n = len(sampled)
    best: Shape = (0,) * sampled.ndim
    for side in range(1, n + 1):
        inner = np.asarray(sampled[_centre_box((n,), (side,))].all(axis=0))
        if not inner[tuple(m // 2 for m in inner.shape)]:
            break
        sides = (side, *(_find_largest_box(inner) if inner.ndim else ()))
        best = max(best, sides, key=lambda box: int(np.prod(box)))
    return best
