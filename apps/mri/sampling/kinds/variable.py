"""Random frequencies, dense near zero and sparse towards the edges."""

from __future__ import annotations

from numbers import Real

import numpy as np

from .....toolkit.arrays import Array
from .....toolkit.checks import check_flag, check_number
from .....toolkit.randomness import RandomState, make_generator
from .....toolkit.short_text import shorten
from .grid import as_image_shape, mirror
from .request import Request

# Larger than the differences between log-densities: the whole centre comes before the rest.
_CENTRE_FIRST = 1e3


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
    shape = as_image_shape(shape)
    if not isinstance(fraction, Real) or not 0 < fraction <= 1:
        raise ValueError(f"fraction must be above 0 and at most 1, got {shorten(fraction)}")
    check_number("centre", centre)
    check_number("power", power)
    check_flag("symmetric", symmetric)
    n_samples = round(fraction * shape[0] * shape[1])
    if n_samples < 1:
        raise ValueError(f"fraction {fraction} of an image of shape {shape} leaves no sample")
    order = rank_frequencies(shape, centre, power, make_generator(random_state))
    return take_first(order, n_samples, symmetric=symmetric)


def rank_frequencies(
    shape: tuple[int, int], centre: float, power: float, rng: np.random.Generator
) -> Array:
    """Return the rank of every frequency in a random order: the larger, the earlier it is taken."""
    y, x = (np.arange(n) - n // 2 for n in shape)
    radius = np.hypot(y[:, None] / (shape[0] / 2), x[None, :] / (shape[1] / 2)) / np.sqrt(2)
    density = np.maximum(1 - radius, 1e-3) ** power
    # The largest of log-density plus Gumbel noise are a weighted sample without replacement.
    order: Array = np.log(density) + rng.gumbel(size=shape)
    order[radius * np.sqrt(2) <= centre] += _CENTRE_FIRST
    order[shape[0] // 2, shape[1] // 2] = np.inf
    return order


def take_first(order: Array, n_samples: int, *, symmetric: bool) -> Array:
    """Return the mask of the frequencies of highest rank, with their negatives if `symmetric`."""
    if symmetric:
        order = np.maximum(order, mirror(order))
    ranked = np.argsort(-order, axis=None, kind="stable")
    mask = np.zeros(order.shape, dtype=bool)
    mask.flat[ranked[:n_samples]] = True
    return mask | mirror(mask) if symmetric else mask


def make_variable(request: Request) -> Array:
    """Return the mask of a description; the fraction is that of the covered part."""
    fraction = request.read(float, "a fraction such as 0.3")
    options, covered = request.options, request.covered
    symmetric = options.symmetric or (request.real and bool(covered.all()))
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction must be above 0 and at most 1, got {fraction:g}")
    order = rank_frequencies(request.shape, options.centre, options.power, request.rng)
    order[~covered] = -np.inf
    n_samples = request.count(int(covered.sum()), 1 / fraction)
    return take_first(order, n_samples, symmetric=symmetric)
