"""A dark colour picture with few lit pixels, and its recovery from random sums of all pixels.

Jiao, Jin and Lu recover a picture of 48 x 48 pixels, 152 of them lit, in which the three colours
of a pixel form a group (section V-D, table I). Their picture is not available; the one drawn here,
a boat under the sun, has the same size, number of lit pixels and largest value (1), but other
colours and shapes.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ..toolkit.arrays import Array, as_finite_array
from ..toolkit.randomness import RandomState, make_generator
from .synthetic import GroupSparseData, make_correlated_columns, measure

SIZE = 48
_SUN = ((6, 8), (6, 10), (9, 13), (11, 13), (14, 10), (14, 8), (11, 5), (9, 5), (6, 8))
# Red, green, blue, and the corners (y, x) of a line of that colour.
_STROKES = (
    ((1.0, 0.85, 0.25), _SUN),
    ((0.6, 0.4, 0.25), ((14, 27), (34, 27))),
    ((0.95, 0.9, 0.8), ((15, 29), (31, 37), (31, 29))),
    ((0.9, 0.3, 0.25), ((17, 25), (31, 18), (31, 25))),
    ((0.35, 0.5, 0.9), ((35, 16), (35, 38), (39, 34), (39, 20), (35, 16))),
    ((0.25, 0.75, 0.8), ((44, 12), (42, 14), (44, 16), (42, 18), (44, 20), (42, 22))),
    ((0.25, 0.75, 0.8), ((42, 32), (44, 34), (42, 36), (44, 38), (42, 40))),
)


def draw_lit_pixels() -> Array:
    """Return the picture (3, 48, 48): 152 lit pixels with values from 0.25 to 1, the others zero.

    >>> picture = draw_lit_pixels()
    >>> int(picture.any(axis=0).sum()), float(picture.max())
    (152, 1.0)
    """
    from skimage.draw import line

    picture = np.zeros((3, SIZE, SIZE))
    for colour, corners in _STROKES:
        for start, end in pairwise(corners):
            y, x = line(*start, *end)
            picture[:, y, x] = np.array(colour)[:, None]
    return picture


def make_lit_pixels(
    n_rows: int = 1152,
    *,
    theta: float = 10.0,
    sigma: float = 1e-3,
    random_state: RandomState = None,
) -> GroupSparseData:
    """Return the problem of table I: the picture measured by random sums of its pixels.

    Parameters
    ----------
    n_rows : int
        The number of sums.
    theta, sigma : float
        Correlation inside a group and standard deviation of the noise, as in
        `make_group_sparse`.
    random_state : int, Generator, RandomState or None
        Seed of the matrix, then the noise; the picture is always the same.

    Returns
    -------
    GroupSparseData
        The coefficients are the pixels row by row, with the three colours of
        one pixel side by side: a group is a pixel. `reshape_to_picture` turns
        coefficients into a picture.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Examples
    --------
    >>> data = make_lit_pixels(100, random_state=0)
    >>> data.problem.shape, data.problem.groups.n_groups, data.active_groups.size
    ((6912,), 2304, 152)
    """
    rng = make_generator(random_state)
    matrix = make_correlated_columns(n_rows, SIZE**2, 3, theta=theta, random_state=rng)
    pixels = draw_lit_pixels().reshape(3, -1).T
    return measure(matrix, pixels, sigma=sigma, random_state=rng)


def reshape_to_picture(coef: Array) -> Array:
    """Return the picture (3, 48, 48) of coefficients ordered as in `make_lit_pixels`.

    >>> data = make_lit_pixels(1, random_state=0)
    >>> bool((reshape_to_picture(data.coef) == draw_lit_pixels()).all())
    True
    """
    values = as_finite_array(coef, "coef")
    if values.size != 3 * SIZE**2:
        raise ValueError(f"coef must hold {3 * SIZE**2} values, got shape {values.shape}")
    return np.moveaxis(values.reshape(SIZE, SIZE, 3), -1, 0)
