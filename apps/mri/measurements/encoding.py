"""The operator that maps images to the samples of their Fourier transforms."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array, Shape
from ....toolkit.operators import (
    Channelwise,
    HalfPlaneFourier,
    Joint,
    Operator,
    PartialFourier,
    Sensitivities,
)
from ....toolkit.operators.fourier import as_mask


def make_operator(
    mask: Array, shape: Shape, dtype: np.dtype[np.generic], maps: Array | None = None
) -> tuple[Operator, Array]:
    """Return the sampling of images (channel, *space), and its mask.

    Parameters
    ----------
    mask : ndarray of bool, shape (*space) or (channel, *space)
        The sampled frequencies, zero frequency at ``n // 2``.
    shape : tuple of int
        (channel, *space).
    dtype : numpy.dtype
        Of the images: real ones without maps are sampled on the half plane.
    maps : ndarray, shape (coil, *space) or (set, coil, *space), optional
        The sensitivities of the coils.

    Returns
    -------
    operator : Operator
        P F, or P F S, of one channel; with a mask for each channel that of all.
    mask : ndarray of bool
        Of the operator: for real images with the negatives of all frequencies.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a mask has no sample.

    Examples
    --------
    >>> maps = np.ones((2, 4, 4))
    >>> make_operator(np.eye(4, dtype=bool), (3, 4, 4), np.dtype(complex), maps)[0]
    Joint((2, 4, 4) -> (2, 4)) @ Sensitivities((4, 4) -> (2, 4, 4))
    """
    array, space = check_mask(mask, shape), tuple(shape[1:])
    seen = None if maps is None else Sensitivities(maps, len(space))
    if seen is not None and seen.range_shape[1:] != space:
        raise ValueError(f"maps must be of images of shape {space}, got {seen.range_shape}")
    is_complex = dtype.kind == "c" or seen is not None
    if array.ndim == len(space):
        fourier = _make_fourier(array, is_complex)
        return _see(fourier, seen), fourier.mask
    fouriers = [_make_fourier(own, is_complex) for own in array]
    operator = Channelwise([_see(fourier, seen) for fourier in fouriers])
    return operator, np.stack([fourier.mask for fourier in fouriers])


def check_mask(mask: ArrayLike, shape: Shape) -> Array:
    """Return a mask, or one for each channel, of images (channel, *space) as booleans."""
    array = as_mask(mask)
    if array.shape not in (tuple(shape[1:]), tuple(shape)):
        raise ValueError(
            f"mask must have the image's shape {tuple(shape[1:])}, got {array.shape}; "
            f"one mask per channel has the shape {tuple(shape)}"
        )
    return array


def select_samples(kspace: Array, mask: Array, operator: Operator) -> Array:
    """Return the samples of k-space (channel, [coil], *space) in the order of an operator."""
    if isinstance(operator, Channelwise):
        pairs = zip(kspace, mask, strict=True)
        return operator.pack([channel[..., own] for channel, own in pairs])
    samples: Array = kspace[..., mask]
    return samples


def spread_samples(samples: Array, mask: Array) -> Array:
    """Return k-space (..., *space) that holds samples (..., n_samples) at a mask, else zeros."""
    kspace = np.zeros((*samples.shape[:-1], *mask.shape), samples.dtype)
    kspace[..., mask] = samples
    return kspace


def _make_fourier(mask: Array, is_complex: bool) -> PartialFourier | HalfPlaneFourier:
    return PartialFourier(mask) if is_complex else HalfPlaneFourier(mask)


def _see(fourier: Operator, seen: Sensitivities | None) -> Operator:
    """Return the sampling of an image, or of the images that coils see of it."""
    return fourier if seen is None else Joint(fourier, seen.range_shape[0]) @ seen
