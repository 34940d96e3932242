"""Sampling masks in the Fourier plane: radial lines on the grid, and variable density.

Masks are centred boolean arrays (zero frequency at ``n // 2``) for images
(y, x). A variable-density mask holds exactly the number of samples asked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import numpy as np

from ...toolkit.arrays import Array
from .files import read_mask

Number = TypeVar("Number", int, float)

# More than the orders of any two frequencies differ by: the whole centre comes before the rest.
_CENTRE_FIRST = 1e3


def make_radial_mask(shape: tuple[int, int], n_lines: int) -> Array:
    """Return `n_lines` lines through the centre, at the nearest pixels of the grid.

    Angles are ``linspace(0, pi - pi / n_lines, n_lines)``; the lines end one
    pixel before the first row and column, as in the l1-magic toolbox. On a
    grid that is not square they are stretched with it.

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
    _check_shape(shape)
    if n_lines < 1:
        raise ValueError(f"n_lines must be at least 1, got {n_lines}")
    mask = np.zeros(shape, dtype=bool)
    n_y, n_x = shape
    angles = np.linspace(0, np.pi - np.pi / n_lines, n_lines)
    flat = (angles <= np.pi / 4) | (angles > 3 * np.pi / 4)
    along_x = np.arange(1 - n_x // 2, n_x // 2)
    rows = np.round(np.tan(angles[flat])[:, None] * along_x * (n_y / n_x)).astype(int)
    columns = np.broadcast_to(along_x, rows.shape)
    mask[_kept(rows, n_y) + n_y // 2, columns + n_x // 2] = True
    along_y = np.arange(1 - n_y // 2, n_y // 2)
    columns = np.round(along_y / np.tan(angles[~flat])[:, None] * (n_x / n_y)).astype(int)
    rows = np.broadcast_to(along_y, columns.shape)
    mask[rows + n_y // 2, _kept(columns, n_x) + n_x // 2] = True
    return mask


def make_variable_density_mask(
    shape: tuple[int, int],
    fraction: float,
    *,
    centre: float = 0.08,
    power: float = 3.0,
    symmetric: bool = False,
    random_state: int | np.random.Generator | None = None,
) -> Array:
    """Return random samples, all near the centre and fewer towards the edges.

    Parameters
    ----------
    shape : tuple of int
        (y, x) of the image.
    fraction : float
        The part of the frequencies that is sampled, above 0 and at most 1.
    centre : float
        Radius of the fully sampled centre, as a part of the half axis.
    power : float
        The density falls as ``(1 - r)**power`` with the relative radius r.
    symmetric : bool
        Whether a frequency is sampled together with its negative, as suits
        real images.
    random_state : int, Generator or None
        Seed.

    Returns
    -------
    ndarray of bool, shape `shape`
        With ``round(fraction * y * x)`` true entries; one more if symmetric
        and the last one's negative would be missing.

    Raises
    ------
    ValueError
        If a parameter is out of its range or no sample would be left.

    Examples
    --------
    >>> int(make_variable_density_mask((10, 10), 0.3, random_state=0).sum())
    30
    """
    _check_shape(shape)
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction must be above 0 and at most 1, got {fraction!r}")
    n_samples = round(fraction * shape[0] * shape[1])
    if n_samples < 1:
        raise ValueError(f"fraction {fraction} of an image of shape {shape} leaves no sample")
    rng = np.random.default_rng(random_state)
    y, x = (np.arange(n) - n // 2 for n in shape)
    radius = np.hypot(y[:, None] / (shape[0] / 2), x[None, :] / (shape[1] / 2)) / np.sqrt(2)
    density = np.maximum(1 - radius, 1e-3) ** power
    # The largest of log-density plus Gumbel noise are a weighted sample without replacement.
    order = np.log(density) + rng.gumbel(size=shape)
    order[radius * np.sqrt(2) <= centre] += _CENTRE_FIRST
    order[shape[0] // 2, shape[1] // 2] = np.inf
    if symmetric:
        order = np.maximum(order, _mirrored(order))
    ranked = np.argsort(-order, axis=None, kind="stable")
    mask = np.zeros(shape, dtype=bool)
    mask.flat[ranked[:n_samples]] = True
    return mask | _mirrored(mask) if symmetric else mask


def make_mask(
    description: str,
    shape: tuple[int, int],
    *,
    symmetric: bool = False,
    random_state: int | np.random.Generator | None = None,
) -> Array:
    """Return the mask that a short description or a file stands for.

    Parameters
    ----------
    description : str
        "radial:22" (lines), "variable:0.3" (fraction of the frequencies), or
        the path of an NPY, PNG or TIFF file.
    shape : tuple of int
        (y, x) of the image.
    symmetric : bool
        Whether variable-density samples come with their negatives.
    random_state : int, Generator or None
        Seed.

    Returns
    -------
    ndarray of bool, shape `shape`
        Zero frequency at ``n // 2``.

    Raises
    ------
    FileNotFoundError
        If it is neither a description nor a file.
    ValueError
        If the number in it or the file's shape does not fit.

    Examples
    --------
    >>> int(make_mask("radial:22", (64, 64)).sum())
    1257
    """
    kind, _, amount = description.partition(":")
    if kind == "radial" and amount:
        return make_radial_mask(shape, _number(description, amount, int))
    if kind == "variable" and amount:
        fraction = _number(description, amount, float)
        return make_variable_density_mask(
            shape, fraction, symmetric=symmetric, random_state=random_state
        )
    if not Path(description).is_file():
        raise FileNotFoundError(
            f"mask {description!r} is neither radial:LINES, variable:FRACTION nor a file"
        )
    mask = read_mask(description)
    if mask.shape != tuple(shape):
        raise ValueError(
            f"mask {description}: expected the image's shape {tuple(shape)}, got {mask.shape}"
        )
    if not mask.any():
        raise ValueError(f"mask {description} has no sample; at least one is expected")
    return mask


def _number(description: str, text: str, kind: type[Number]) -> Number:
    """Return the number in a mask's description, or say what was expected there."""
    try:
        return kind(text)
    except ValueError as error:
        expected = "a whole number of lines" if kind is int else "a fraction such as 0.3"
        raise ValueError(f"mask {description!r}: expected {expected}, got {text!r}") from error


def _check_shape(shape: tuple[int, int]) -> None:
    if len(shape) != 2 or min(shape) < 4:
        raise ValueError(f"a mask needs an image of at least 4 x 4 pixels, got shape {shape}")


def _kept(offsets: Array, size: int) -> Array:
    """Return offsets from the centre, held where their negatives are on the grid as well."""
    return np.clip(offsets, -((size - 1) // 2), (size - 1) // 2)


def _mirrored(array: Array) -> Array:
    """Return what stands at the negative of every centred frequency."""
    rows, columns = ((2 * (n // 2) - np.arange(n)) % n for n in array.shape)
    result: Array = array[np.ix_(rows, columns)]
    return result
