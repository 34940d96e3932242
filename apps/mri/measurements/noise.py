"""The noise in samples of k-space, from its outer part."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array, as_real_array
from ....toolkit.noise import balance_noise, estimate_noise
from ....toolkit.short_text import shorten

# Estimates of the same noise, from images of more and less detail, differ by less than this factor.
_RAISED = 4.0
_OUTER, _LEAST_OUTER = 0.1, 16  # of the frequencies: a share, and a number, that hold noise


def estimate_noise_levels(kspace: Array, mask: Array, n_axes: int) -> Array:
    """Return the norm of the noise in the samples of every channel, those of all its coils.

    `kspace` is (channel, [coil], *space), with `n_axes` axes of space, `mask` that of all channels
    or (channel, *space).
    """
    levels: Array = np.linalg.norm(_estimate_coil_levels(kspace, mask, n_axes), axis=1)
    return levels


def balance_coils(kspace: Array, mask: Array, n_axes: int) -> Array:
    """Return a factor for each coil that makes their noise equal; the mean square is one."""
    levels = _estimate_coil_levels(kspace, mask, n_axes)
    weights = balance_noise(np.sqrt((levels**2).mean(axis=0)))[1]
    return np.ones(levels.shape[1]) if weights is None else weights


def _estimate_coil_levels(kspace: Array, mask: Array, n_axes: int) -> Array:
    """Return the norm of the noise in the samples of every coil, shape (channel, coil)."""
    channels = kspace.reshape(len(kspace), -1, *kspace.shape[-n_axes:])
    masks = np.broadcast_to(mask, (len(kspace), *kspace.shape[-n_axes:])).astype(bool)
    pairs = zip(channels, masks, strict=True)
    levels = np.array([estimate_channel_noise(channel[:, own], own) for channel, own in pairs])
    sizes = np.sqrt([[np.count_nonzero(own)] for own in masks])
    equal: Array = _equalise(levels / sizes) * sizes
    return equal


def _equalise(deviations: Array) -> Array:
    """Return the least of the deviations in place of those that fine detail may have raised.

    A scanner's noise is the same in all contrasts; estimates from their outer k-space are not,
    and weights by them would make a contrast with much detail count less.
    """
    least = deviations[deviations > 0].min(initial=np.inf)
    raised = (deviations > 0) & (deviations <= _RAISED * least)
    return np.where(raised, least, deviations)


def estimate_channel_noise(samples: Array, mask: Array) -> Array:
    """Return the norm of the noise in the samples (channel, n_samples) of every channel.

    The outermost tenth of the frequencies in `mask` is taken to hold little but noise: the median
    of magnitudes there makes an estimate that is too high where an image has fine detail, and that
    has the units of the samples.

    >>> noise = np.random.default_rng(0).standard_normal((2, 4096)) * [[1.0], [3.0]]
    >>> (estimate_channel_noise(noise, np.ones((64, 64), bool)) / 64).round()
    array([1., 3.])
    """
    n_outer = max(_LEAST_OUTER, round(_OUTER * samples.shape[1]))
    distance = np.linalg.norm(
        [(place - n // 2) / n for place, n in zip(np.nonzero(mask), mask.shape, strict=True)],
        axis=0,
    )
    outer = np.argsort(-distance, kind="stable")[:n_outer]
    levels: Array = estimate_noise(samples[:, outer]) * np.sqrt(samples.shape[1])
    return levels


def check_levels(name: str, values: ArrayLike, n_channels: int) -> Array:
    """Return one noise level for each channel; a `ValueError` if they are none."""
    levels = as_real_array(values, name).astype(float)
    if levels.shape != (n_channels,) or levels.min() < 0:
        raise ValueError(
            f"{name} must be a number, or one number per channel ({n_channels}) that is not "
            f"negative, got {shorten(values)}"
        )
    return levels
