"""Sampling masks in the Fourier plane: centred boolean arrays, zero frequency at ``n // 2``."""

from __future__ import annotations

from numbers import Real
from pathlib import Path
from typing import TypeVar

import numpy as np

from ....toolkit.arrays import Array
from ....toolkit.checks import (
    as_shape,
    check_flag,
    check_instance,
    check_number,
    check_size,
)
from ....toolkit.randomness import RandomState, make_generator
from ....toolkit.short_text import shorten
from ..files.images import read_mask

Number = TypeVar("Number", int, float)

# Larger than the differences between log-densities: the whole centre comes before the rest.
_CENTRE_FIRST = 1e3


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
    shape = _as_image_shape(shape)
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


def make_variable_density_mask(
    shape: tuple[int, int],
    fraction: float,
    *,
    centre: float = 0.08,
    power: float = 3.0,
    symmetric: bool = False,
    random_state: RandomState = None,
) -> Array:
    """Return a mask of random samples, dense near the centre and sparse towards the edges.

    Parameters
    ----------
    shape : tuple of int
        (y, x) of the image.
    fraction : float
        The fraction of the frequencies that is sampled, above 0 and at most 1.
    centre : float
        Radius of the fully sampled centre, relative to the half axis.
    power : float
        The density falls as ``(1 - r)**power`` with the relative radius r.
    symmetric : bool
        Whether a frequency is sampled together with its negative, as real
        images need.
    random_state : int, Generator, RandomState or None
        Seed.

    Returns
    -------
    ndarray of bool, shape `shape`
        With ``round(fraction * y * x)`` true entries; one more if a symmetric
        mask would lack the negative of the last one.

    Raises
    ------
    ValueError
        If a parameter is out of its range or the mask would have no sample.

    Examples
    --------
    >>> int(make_variable_density_mask((10, 10), 0.3, random_state=0).sum())
    30
    """
    shape = _as_image_shape(shape)
    if not isinstance(fraction, Real) or not 0 < fraction <= 1:
        raise ValueError(f"fraction must be above 0 and at most 1, got {shorten(fraction)}")
    check_number("centre", centre)
    check_number("power", power)
    check_flag("symmetric", symmetric)
    n_samples = round(fraction * shape[0] * shape[1])
    if n_samples < 1:
        raise ValueError(f"fraction {fraction} of an image of shape {shape} leaves no sample")
    rng = make_generator(random_state)
    y, x = (np.arange(n) - n // 2 for n in shape)
    radius = np.hypot(y[:, None] / (shape[0] / 2), x[None, :] / (shape[1] / 2)) / np.sqrt(2)
    density = np.maximum(1 - radius, 1e-3) ** power
    # The largest of log-density plus Gumbel noise are a weighted sample without replacement.
    order = np.log(density) + rng.gumbel(size=shape)
    order[radius * np.sqrt(2) <= centre] += _CENTRE_FIRST
    order[shape[0] // 2, shape[1] // 2] = np.inf
    if symmetric:
        order = np.maximum(order, _mirror(order))
    ranked = np.argsort(-order, axis=None, kind="stable")
    mask = np.zeros(shape, dtype=bool)
    mask.flat[ranked[:n_samples]] = True
    return mask | _mirror(mask) if symmetric else mask


def make_mask(
    description: str,
    shape: tuple[int, int],
    *,
    symmetric: bool = False,
    random_state: RandomState = None,
) -> Array:
    """Return the mask that a description stands for.

    `description` is "radial:22" (lines), "variable:0.3" (fraction of the frequencies), or
    the path of an NPY, PNG or TIFF file; `shape` is (y, x) of the image.

    >>> int(make_mask("radial:22", (64, 64)).sum())
    1257
    """
    check_instance("mask", description, str)
    shape = _as_image_shape(shape)
    kind, _, amount = description.partition(":")
    if kind == "radial" and amount:
        return make_radial_mask(shape, _parse_number(description, amount, int))
    if kind == "variable" and amount:
        fraction = _parse_number(description, amount, float)
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


def _parse_number(description: str, text: str, kind: type[Number]) -> Number:
    """Return the number in a mask's description."""
    try:
        return kind(text)
    except ValueError as error:
        expected = "a whole number of lines" if kind is int else "a fraction such as 0.3"
        raise ValueError(f"mask {description!r}: expected {expected}, got {text!r}") from error


def _as_image_shape(shape: object) -> tuple[int, int]:
    n_y, n_x = as_shape("shape", shape, 2)
    if min(n_y, n_x) < 4:
        raise ValueError(
            f"shape: a mask needs an image of at least 4 x 4 pixels, got shape {shape}"
        )
    return n_y, n_x


def _clip_offsets(offsets: Array, size: int) -> Array:
    """Return offsets from the centre, clipped to where their negatives are on the grid as well."""
    return np.clip(offsets, -((size - 1) // 2), (size - 1) // 2)


def _mirror(array: Array) -> Array:
    """Return the array whose entry at a centred frequency is the given one at its negative."""
    rows, columns = ((2 * (n // 2) - np.arange(n)) % n for n in array.shape)
    result: Array = array[np.ix_(rows, columns)]
    return result
