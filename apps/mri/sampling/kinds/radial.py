"""Lines through zero frequency at equal angles, on the grid."""

from __future__ import annotations

import numpy as np

from .....toolkit.arrays import Array
from .....toolkit.checks import check_size
from .grid import as_image_shape
from .request import Request


def make_radial_mask(shape: tuple[int, int], n_lines: int) -> Array:
    """Return a mask of `n_lines` lines through the centre, at the nearest pixels of the grid.

    Angles are ``linspace(0, pi - pi / n_lines, n_lines)``; the lines end one
    pixel before the first row and column, as in the l1-magic toolbox. On a
    grid that is not square the lines are stretched with it.

    Parameters
    ----------
    shape : tuple of int
        (y, x) of the image.
    n_lines : int
        The number of lines.

    Returns
    -------
    ndarray of bool, shape `shape`
        Symmetric about the zero frequency.

    Raises
    ------
    ValueError
        If `n_lines` is below 1 or the image has fewer than 4 pixels a side.

    Examples
    --------
    >>> int(make_radial_mask((64, 64), 22).sum())
    1257
    """
    shape = as_image_shape(shape)
    check_size("n_lines", n_lines)
    mask = np.zeros(shape, dtype=bool)
    n_y, n_x = shape
    angles = np.linspace(0, np.pi - np.pi / n_lines, n_lines)
    flat = (angles <= np.pi / 4) | (angles > 3 * np.pi / 4)
    along_x = np.arange(1 - n_x // 2, n_x // 2)
    rows = np.round(np.tan(angles[flat])[:, None] * along_x * (n_y / n_x)).astype(int)
    columns = np.broadcast_to(along_x, rows.shape)
    mask[_clip_offsets(rows, n_y) + n_y // 2, columns + n_x // 2] = True
    along_y = np.arange(1 - n_y // 2, n_y // 2)
    columns = np.round(along_y / np.tan(angles[~flat])[:, None] * (n_x / n_y)).astype(int)
    rows = np.broadcast_to(along_y, columns.shape)
    mask[rows + n_y // 2, _clip_offsets(columns, n_x) + n_x // 2] = True
    return mask


def make_radial(request: Request) -> Array:
    """Return the mask of a description, inside the covered part."""
    n_lines = int(request.read(int, "a whole number of lines"))
    return make_radial_mask(request.shape, n_lines) & request.covered


def _clip_offsets(offsets: Array, size: int) -> Array:
    """Return offsets from the centre, clipped to where their negatives are on the grid as well."""
    return np.clip(offsets, -((size - 1) // 2), (size - 1) // 2)
