"""The modified Shepp-Logan phantom (Toft, 1996) with several channels."""

from __future__ import annotations

import numpy as np

from ..toolkit.arrays import Array
from ..toolkit.checks import check_count, check_size
from ..toolkit.randomness import RandomState, make_generator

# Intensity, half axes, centre (x, y), angle in degrees; unit square [-1, 1]^2, y upwards.
_ELLIPSES = np.array(
    [
        (1.0, 0.69, 0.92, 0.0, 0.0, 0.0),
        (-0.8, 0.6624, 0.874, 0.0, -0.0184, 0.0),
        (-0.2, 0.11, 0.31, 0.22, 0.0, -18.0),
        (-0.2, 0.16, 0.41, -0.22, 0.0, 18.0),
        (0.1, 0.21, 0.25, 0.0, 0.35, 0.0),
        (0.1, 0.046, 0.046, 0.0, 0.1, 0.0),
        (0.1, 0.046, 0.046, 0.0, -0.1, 0.0),
        (0.1, 0.046, 0.023, -0.08, -0.605, 0.0),
        (0.1, 0.023, 0.023, 0.0, -0.606, 0.0),
        (0.1, 0.023, 0.046, 0.06, -0.605, 0.0),
    ]
)


def make_shepp_logan_channels(
    size: int = 64,
    n_channels: int = 3,
    *,
    random_state: RandomState = None,
) -> Array:
    """Return a modified Shepp-Logan phantom whose channels share edges but not intensities.

    Channel 0 has the modified Shepp-Logan intensities; in every other channel
    each ellipse's intensity is multiplied by U(0.5, 1.5) and a random sign.
    All channels are divided by their common largest magnitude.

    Parameters
    ----------
    size : int
        Pixels along each side.
    n_channels : int
        The number of channels.
    random_state : int, Generator, RandomState or None
        Seed.

    Returns
    -------
    ndarray of float64, shape (n_channels, size, size)
        With largest magnitude 1.

    Raises
    ------
    ValueError
        If `size` is below 3 or `n_channels` below 1.

    Examples
    --------
    >>> make_shepp_logan_channels(random_state=0).shape
    (3, 64, 64)
    """
    check_count("size", size, least=3)
    check_size("size", size)
    check_count("n_channels", n_channels)
    rng = make_generator(random_state)
    inside = np.stack([_inside(ellipse, size) for ellipse in _ELLIPSES]).astype(float)
    intensities = np.tile(_ELLIPSES[:, 0], (n_channels, 1))
    for channel in intensities[1:]:
        channel *= rng.uniform(0.5, 1.5, channel.size) * rng.choice([-1, 1], channel.size)
    images = np.tensordot(intensities, inside, axes=1)
    result: Array = images / np.abs(images).max()
    return result


def _inside(ellipse: Array, size: int) -> Array:
    """Return which pixel centres lie inside an ellipse."""
    _, half_x, half_y, centre_x, centre_y, degrees = ellipse
    line = (np.arange(size) - (size - 1) / 2) / ((size - 1) / 2)
    x, y = line[None, :] - centre_x, -line[:, None] - centre_y
    cosine, sine = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    along, across = x * cosine + y * sine, y * cosine - x * sine
    result: Array = (along / half_x) ** 2 + (across / half_y) ** 2 <= 1
    return result
