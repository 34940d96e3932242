"""Smooth complex sensitivities of a ring of receiver coils."""

from __future__ import annotations

import numpy as np

from ..toolkit.arrays import Array
from ..toolkit.checks import as_shape, check_count

# Standard deviation of a sensitivity, and change of its phase, per half width of the image.
_REACH, _TWIST = 1.2, np.pi / 2


def make_coil_sensitivities(n_coils: int, shape: tuple[int, int]) -> Array:
    """Return the sensitivities of coils on a circle around the field of view.

    Each coil has a Gaussian sensitivity around its position, with a phase that
    varies slowly; at every pixel the squared magnitudes sum to one.

    Parameters
    ----------
    n_coils : int
        The number of coils.
    shape : tuple of int
        (y, x) of the image.

    Returns
    -------
    ndarray of complex128, shape (n_coils, y, x)
        The same in every call.

    Raises
    ------
    ValueError
        If `n_coils` is below 1, or the shape is not (y, x).

    Examples
    --------
    >>> maps = make_coil_sensitivities(4, (8, 8))
    >>> bool(np.allclose((np.abs(maps) ** 2).sum(axis=0), 1))
    True
    """
    check_count("n_coils", n_coils)
    sizes = as_shape("shape", shape, 2)
    y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in sizes), indexing="ij")
    angles = 2 * np.pi * np.arange(n_coils)[:, None, None] / n_coils
    place_x, place_y = np.cos(angles), np.sin(angles)
    squared_distance = (x - place_x) ** 2 + (y - place_y) ** 2
    phase = angles + _TWIST * (x * place_x + y * place_y)
    maps = np.exp(-squared_distance / (2 * _REACH**2) + 1j * phase)
    result: Array = maps / np.sqrt((np.abs(maps) ** 2).sum(axis=0))
    return result
