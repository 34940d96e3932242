"""Partial Fourier data of one or several channels, measured or simulated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np
from numpy.typing import ArrayLike

from ...toolkit.arrays import (
    Array,
    Shape,
    as_double,
    as_finite_array,
    as_number_array,
    as_plain_array,
    as_real_array,
)
from ...toolkit.checks import check_level
from ...toolkit.groups import Groups
from ...toolkit.magnitudes import check_finite
from ...toolkit.noise import balance_noise, estimate_noise
from ...toolkit.operators import Channelwise, HalfPlaneFourier, Operator, PartialFourier
from ...toolkit.problem import Problem
from ...toolkit.randomness import RandomState, make_generator
from ...toolkit.short_text import shorten

_OUTER, _LEAST_OUTER = 0.1, 16  # of the frequencies: a share, and a number, that hold noise


@dataclass(frozen=True, eq=False)
class Acquisition:
    """Samples of the Fourier transforms of images, as they are or as coils see them.

    Attributes
    ----------
    operator : Operator
        The sampling P F of one channel: `PartialFourier` for complex images,
        `HalfPlaneFourier` for real ones; times the sensitivities S of the coils where they are
        known. Where masks or sensitivities differ between channels, that of all channels.
    samples : ndarray, shape (channel, *operator.range_shape) or operator.range_shape
        In the operator's order.
    mask : ndarray of bool, shape (y, x) or (channel, y, x)
        The sampled frequencies, zero frequency at ``n // 2``, of all channels or of each;
        volumes have the shape (z, y, x).
    noise_level : float
        The norm of the noise in `samples`.
    truth : ndarray, shape (channel, y, x), optional
        The true images, where they are known.
    channel_noise : ndarray, shape (channel,), optional
        The norm of the noise in the samples of every channel; by default it is the same in all.
    maps : ndarray, shape (set, coil, y, x), optional
        The sensitivities in `operator`, in one set or, for a small field of view, in two.
    """

    operator: Operator
    samples: Array
    mask: Array
    noise_level: float
    truth: Array | None = None
    channel_noise: Array | None = None
    maps: Array | None = None

    @property
    def problem(self) -> Problem:
        """The problem of the images, with one group for each pixel."""
        groups = Groups.across(axis=0)
        return Problem(self.operator, self.samples, groups, weights=self.weights)

    @property
    def space(self) -> Shape:
        """The shape of one image: (y, x), or (z, y, x) for a volume."""
        shape = self.operator.domain_shape
        return shape[-self.mask.ndim :] if self.shares_mask else shape[-self.mask.ndim + 1 :]

    @property
    def shares_mask(self) -> bool:
        """Whether all channels are sampled at the same frequencies."""
        return not isinstance(self.operator, Channelwise)

    @property
    def weights(self) -> Array | None:
        """The weights of the channels, (channel, 1), for `Problem`; None where all count alike."""
        weights = self._balance()[1]
        return None if weights is None else weights[:, None]

    @property
    def weighted_noise_level(self) -> float:
        """The norm of the noise in the samples times `weights`, whose mean square is one."""
        return self._balance()[0]

    def _balance(self) -> tuple[float, Array | None]:
        if self.channel_noise is None:
            return self.noise_level, None
        level, weights = balance_noise(self.channel_noise)
        return level * float(np.sqrt(len(self.samples))), weights

    def with_deviations(self, deviations: float | Sequence[float]) -> Acquisition:
        """Return the same with another noise, given by its deviation in every real number.

        That of all channels, or one for each of them.
        """
        complexity = 2 if np.iscomplexobj(self.samples) else 1
        if np.ndim(deviations) == 0:
            check_level("noise", deviations)
            level = float(np.sqrt(complexity * self.samples.size) * deviations)
            return replace(self, noise_level=level, channel_noise=None)
        known = _check_levels("noise", deviations, len(self.samples))
        levels = known * np.sqrt(complexity * self.samples.shape[1])
        return replace(self, noise_level=float(np.linalg.norm(levels)), channel_noise=levels)

    @property
    def sampled_fraction(self) -> float:
        """The share of the frequencies that is sampled, the mean over the channels."""
        return float(self.mask.mean())

    @property
    def group_noise(self) -> float:
        """The root mean square of the weighted noise in one group across the channels."""
        n_images = prod(self.problem.shape) // prod(self.space)
        return float(self.weighted_noise_level * np.sqrt(n_images / self.samples.size))

    def zero_fill(self) -> Array:
        """Return the images whose spectra are zero where nothing was measured."""
        problem = self.problem
        images: Array = problem.operator.adjoint(self.samples).reshape(problem.shape)
        return images


def simulate_acquisition(
    images: Array,
    mask: Array,
    sigma: float,
    *,
    random_state: RandomState = None,
) -> Acquisition:
    """Sample the Fourier transforms of images and add white noise.

    Parameters
    ----------
    images : ndarray, shape (channel, y, x)
        Real images are sampled on the half plane, as real numbers; complex
        ones as complex numbers.
    mask : ndarray of bool, shape (y, x)
        The sampled frequencies, zero frequency at ``n // 2``.
    sigma : float
        Standard deviation of the noise in every real number that is measured.
    random_state : int, Generator, RandomState or None
        Seed.

    Returns
    -------
    Acquisition
        With the true norm of the noise.

    Raises
    ------
    ValueError
        If shapes do not fit, the images are not finite, or `sigma` is negative.

    Examples
    --------
    >>> data = simulate_acquisition(np.ones((2, 4, 4)), np.eye(4, dtype=bool), 0.0)
    >>> data.samples.shape
    (2, 4)
    """
    truth = as_finite_array(images, "images")
    if truth.ndim != 3:
        raise ValueError(f"images must have shape (channel, y, x), got {truth.shape}")
    check_level("sigma", sigma)
    fourier = make_fourier_operator(mask, truth.shape[1:], truth.dtype)
    rng = make_generator(random_state)
    samples = fourier.apply(truth)
    noise = rng.standard_normal(samples.shape).astype(samples.dtype)
    if np.iscomplexobj(samples):
        noise.imag = rng.standard_normal(samples.shape)
    with np.errstate(over="ignore"):
        noise *= sigma
    check_finite(noise, "sigma: noise in single precision")
    level = float(np.linalg.norm(as_double(noise)))
    return Acquisition(fourier, samples + noise, fourier.mask, level, truth)


def sample_kspace(
    kspace: Array, mask: Array | None, noise_level: float | ArrayLike | None
) -> Acquisition:
    """Select the measured samples of full-size, centred, orthonormal Fourier transforms.

    Without a mask, a frequency counts as sampled if any channel is not zero there. `noise_level` is
    the norm of the noise in all samples, or one norm per channel; with None it is estimated for
    every channel by `estimate_channel_noise`.

    >>> sample_kspace(np.ones((1, 4, 4), complex), None, 0.0).samples.shape
    (1, 16)
    """
    values = as_finite_array(kspace, "k-space")
    if values.ndim != 3:
        raise ValueError(f"k-space must have shape (channel, y, x), got {values.shape}")
    values = values.astype(np.result_type(values.dtype, np.complex64), copy=False)
    sampled = (values != 0).any(axis=0) if mask is None else mask
    fourier = make_fourier_operator(sampled, values.shape[1:], values.dtype)
    samples = values[:, fourier.mask]
    if noise_level is None:
        levels = estimate_channel_noise(samples, fourier.mask)
    elif np.ndim(noise_level) == 0:
        check_level("noise_level", noise_level)
        return Acquisition(fourier, samples, fourier.mask, float(noise_level))  # type: ignore[arg-type]
    else:
        levels = _check_levels("noise_level", noise_level, len(samples))
    level = float(np.linalg.norm(levels))
    return Acquisition(fourier, samples, fourier.mask, level, channel_noise=levels)


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


def _check_levels(name: str, values: ArrayLike, n_channels: int) -> Array:
    levels = as_real_array(values, name).astype(float)
    if levels.shape != (n_channels,) or levels.min() < 0:
        raise ValueError(
            f"{name} must be a number, or one number per channel ({n_channels}) that is not "
            f"negative, got {shorten(values)}"
        )
    return levels


def make_fourier_operator(
    mask: Array, shape: tuple[int, ...], dtype: np.dtype[np.generic]
) -> HalfPlaneFourier | PartialFourier:
    """Return the sampling P F of one channel for images (y, x) of this shape and dtype.

    >>> make_fourier_operator(np.eye(4, dtype=bool), (4, 4), np.dtype(complex))
    PartialFourier((4, 4) -> (4,))
    """
    mask = as_plain_array(mask, "mask")
    if mask.shape != tuple(shape):
        raise ValueError(f"mask must have the image's shape {tuple(shape)}, got {mask.shape}")
    return PartialFourier(mask) if dtype.kind == "c" else HalfPlaneFourier(mask)


def apply_sensitivities(image: Array, sensitivities: Array) -> Array:
    """Return the image that each coil sees, shape (coil, y, x), complex in `image`'s precision.

    >>> apply_sensitivities(np.ones((2, 2), np.float32), np.ones((3, 2, 2), complex)).dtype
    dtype('complex64')
    """
    image, maps = as_number_array(image, "image"), as_number_array(sensitivities, "sensitivities")
    if maps.ndim != 3 or image.shape != maps.shape[1:]:
        raise ValueError(
            f"sensitivities must have shape (coil, y, x) and image (y, x), got {maps.shape} and "
            f"{image.shape}"
        )
    result: Array = maps.astype(np.result_type(image.dtype, np.complex64)) * image
    return result


def combine_coils(coil_images: Array) -> Array:
    """Combine coil images (coil, y, x) into one by the root of the sum of squares.

    >>> combine_coils(np.array([[[3.0]], [[4.0]]]))
    array([[5.]])
    """
    images = as_number_array(coil_images, "coil_images")
    if images.ndim != 3:
        raise ValueError(f"coil_images must have shape (coil, y, x), got {images.shape}")
    result: Array = np.sqrt((np.abs(images) ** 2).sum(axis=0))
    return result
