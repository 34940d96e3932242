"""What a mask samples: fraction, acceleration and calibration region."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array, Shape
from ....toolkit.operators.fourier import as_mask
from ..coils.calibration import find_centre_box


@dataclass(frozen=True)
class MaskSummary:
    """What a mask samples.

    Attributes
    ----------
    sampled_fraction : float
        The share of all frequencies.
    acceleration : float
        Its inverse.
    calibration : tuple of int
        The sides of the largest fully sampled rectangle around zero frequency; zeros if that is
        not sampled.
    """

    sampled_fraction: float
    acceleration: float
    calibration: Shape

    def __str__(self) -> str:
        sides = " x ".join(map(str, self.calibration))
        return (
            f"{100 * self.sampled_fraction:.1f} % of the frequencies, acceleration "
            f"{self.acceleration:.2f}, calibration region {sides}"
        )


def describe_mask(mask: ArrayLike) -> MaskSummary:
    """Return what a mask (y, x) or (z, y, x) samples.

    Raises
    ------
    ValueError
        If it holds other values than true and false, or no sample.

    Examples
    --------
    >>> lines = np.zeros((40, 30), bool)
    >>> lines[::5] = lines[12:28] = True
    >>> print(describe_mask(lines))
    52.5 % of the frequencies, acceleration 1.90, calibration region 16 x 30
    """
    sampled = as_mask(mask)
    fraction = float(np.count_nonzero(sampled) / sampled.size)
    return MaskSummary(fraction, 1 / fraction, _find_calibration(sampled))


def _find_calibration(sampled: Array) -> Shape:
    """Return the sides of the calibration region, without a search along constant axes."""
    thin = sampled
    for axis, n in enumerate(sampled.shape):
        one = thin.take([n // 2], axis=axis)
        thin = one if (thin == one).all() else thin
    sides = find_centre_box(thin)
    pairs = zip(sides, thin.shape, sampled.shape, strict=True)
    return tuple(n if width == 1 < n and side == 1 else side for side, width, n in pairs)
