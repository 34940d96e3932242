"""Partial Fourier data of one or several channels, measured or simulated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import ArrayLike

from ...toolkit.arrays import (
    Array,
    IntArray,
    Shape,
    as_double,
    as_finite_array,
    as_number_array,
)
from ...toolkit.checks import check_level
from ...toolkit.groups import Groups
from ...toolkit.magnitudes import check_finite
from ...toolkit.noise import balance_noise
from ...toolkit.operators import Channelwise, Operator
from ...toolkit.problem import Problem
from ...toolkit.randomness import RandomState, make_generator
from .measurements.encoding import check_mask, make_operator, select_samples
from .measurements.noise import check_levels, estimate_noise_levels

_ALL_NOISE = 0.95  # of the norm of the samples


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
        In the operator's order: (channel, n_samples), with maps (channel, coil, n_samples), or
        what `Channelwise.pack` makes of the channels.
    mask : ndarray of bool, shape (y, x) or (channel, y, x)
        The sampled frequencies, zero frequency at ``n // 2``, of all channels or of each;
        volumes have the shape (z, y, x).
    noise_level : float
        The norm of the noise in `samples`.
    truth : ndarray, shape (channel, y, x), optional
        The true images, where they are known.
    channel_noise : ndarray, shape (channel,), optional
        The norm of the noise in the samples of every channel; by default it is the same in all.
    maps : ndarray, shape (coil, y, x) or (set, coil, y, x), optional
        The sensitivities in `operator`, in one set or, for a small field of view, in two. The
        noise of their coils is white.
    phases : ndarray, shape (channel, y, x), optional
        Of the images: they are in `operator`, whose images are real, and `restore_phases` gives
        them back to the images.
    """

    operator: Operator
    samples: Array
    mask: Array
    noise_level: float
    truth: Array | None = None
    channel_noise: Array | None = None
    maps: Array | None = None
    phases: Array | None = None

    @cached_property
    def problem(self) -> Problem:
        """The problem of the images, with one group for each pixel."""
        groups = Groups.across(self.group_axes)
        return Problem(self.operator, self.samples, groups, weights=self.weights)

    @property
    def space(self) -> Shape:
        """The shape of one image: (y, x), or (z, y, x) for a volume."""
        return self.mask.shape if self.shares_mask else self.mask.shape[1:]

    @property
    def group_axes(self) -> tuple[int, ...]:
        """The axes of the images inside the groups: of channels and, with two of maps, of sets."""
        has_sets = self.maps is not None and self.maps.ndim == len(self.space) + 2
        return (0, 1) if has_sets else (0,)

    @property
    def shares_mask(self) -> bool:
        """Whether all channels are sampled at the same frequencies."""
        return not isinstance(self.operator, Channelwise)

    @property
    def weights(self) -> Array | None:
        """The weights of the channels, for `Problem`; None where all count alike."""
        weights = self._balance()[1]
        if weights is None:
            return None
        if self.samples.ndim > 1:
            return weights.reshape(-1, *(1,) * (self.samples.ndim - 1))
        return np.repeat(weights, self.count_samples())

    @property
    def weighted_noise_level(self) -> float:
        """The norm of the noise in the samples times `weights`, whose mean square is one."""
        return self._balance()[0]

    @property
    def channel_scales(self) -> Array:
        """One number for every channel, by which noise becomes that of the mean channel."""
        weights = self._balance()[1]
        return np.ones(self.problem.shape[0]) if weights is None else weights

    def equalise_noise(self) -> Acquisition:
        """Return samples, and so images, times `channel_scales`, of noise that is alike in all.

        Unlike `weights`, scaled images need no shorter steps where noise is small.
        """
        weights = self.weights
        if weights is None:
            return self
        samples = self.samples * weights.astype(self.samples.real.dtype)
        level = self.weighted_noise_level
        return replace(self, samples=samples, noise_level=level, truth=None, channel_noise=None)

    def _balance(self) -> tuple[float, Array | None]:
        if self.channel_noise is None:
            return self.noise_level, None
        deviations = self.channel_noise / np.sqrt(self.count_samples())
        deviation, weights = balance_noise(deviations)
        return deviation * float(np.sqrt(self.samples.size)), weights

    def count_samples(self) -> IntArray:
        """Return the number of samples in every channel, those of all coils."""
        if isinstance(self.operator, Channelwise):
            return np.array([prod(part.range_shape) for part in self.operator.operators])
        return np.full(len(self.samples), self.samples[0].size)

    @property
    def deviations(self) -> Array:
        """The standard deviation of the noise in every real number, one for each channel."""
        counts = self.count_samples() * (2 if np.iscomplexobj(self.samples) else 1)
        levels = self.channel_noise
        if levels is None:
            levels = self.noise_level * np.sqrt(counts / counts.sum())
        deviations: Array = levels / np.sqrt(counts)
        return deviations

    def with_deviations(self, deviations: float | Sequence[float]) -> Acquisition:
        """Return the same with another noise, given by its deviation in every real number.

        That of all channels, or one for each of them.
        """
        complexity = 2 if np.iscomplexobj(self.samples) else 1
        if np.ndim(deviations) == 0:
            check_level("noise", deviations)
            level = float(np.sqrt(complexity * self.samples.size) * deviations)
            return replace(self, noise_level=level, channel_noise=None)
        counts = self.count_samples()
        levels = check_levels("noise", deviations, counts.size) * np.sqrt(complexity * counts)
        return replace(self, noise_level=float(np.linalg.norm(levels)), channel_noise=levels)

    def with_maps(self, maps: ArrayLike) -> Acquisition:
        """Return the same samples as coils see them, by other sensitivities.

        Without maps before, the channels become the coils of one channel, whose noise is taken to
        be white; the truth, that of coils, is left out.
        """
        if not self.shares_mask:
            raise ValueError("maps need one mask for all channels")
        samples, truth = self.samples, self.truth
        if self.maps is None:
            samples, truth = samples[None], None
        array = _read_maps(maps, samples.shape[1], len(self.space))
        shape = (len(samples), *self.space)
        operator, _ = make_operator(self.mask, shape, np.dtype(complex), array)
        return Acquisition(
            operator, samples, self.mask, self.noise_level, truth, self.channel_noise, array
        )

    @property
    def sampled_fraction(self) -> float:
        """The share of the frequencies that is sampled, the mean over the channels."""
        return float(self.mask.mean())

    @property
    def is_below_noise(self) -> bool:
        """Whether nearly all of the samples, a tenth of their energy left, is said to be noise."""
        return self.noise_level > _ALL_NOISE * float(np.linalg.norm(as_double(self.samples))) > 0

    @property
    def group_noise(self) -> float:
        """The root mean square of the weighted noise in one group across the channels."""
        n_images = prod(self.problem.shape) // prod(self.space)
        return float(self.weighted_noise_level * np.sqrt(n_images / self.samples.size))

    def restore_phases(self, images: Array) -> Array:
        """Return images of `problem` with their phases, where these are in the operator."""
        if self.phases is None:
            return images
        dtype = np.result_type(images.dtype, np.complex64)
        turned: Array = images * np.exp(1j * self.phases).astype(dtype)
        return turned

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
    maps: Array | None = None,
    random_state: RandomState = None,
) -> Acquisition:
    """Sample the Fourier transforms of images and add white noise.

    Parameters
    ----------
    images : ndarray, shape (channel, y, x) or (channel, z, y, x)
        Real images without maps are sampled on the half plane, as real numbers; others as complex
        numbers.
    mask : ndarray of bool, shape (y, x) or (channel, y, x), volumes (z, y, x)
        The sampled frequencies, zero frequency at ``n // 2``, of all channels or of each.
    sigma : float
        Standard deviation of the noise in every real number that is measured.
    maps : ndarray, shape (coil, y, x), optional
        The sensitivities of coils that see the images.
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
    >>> coils = np.ones((3, 4, 4)) / np.sqrt(3)
    >>> simulate_acquisition(np.ones((2, 4, 4)), np.eye(4), 0.0, maps=coils).samples.shape
    (2, 3, 4)
    """
    truth = as_finite_array(images, "images")
    if truth.ndim not in (3, 4):
        raise ValueError(
            f"images must have shape (channel, y, x) or (channel, z, y, x), got {truth.shape}"
        )
    check_level("sigma", sigma)
    if maps is not None:
        maps = as_finite_array(maps, "maps")
        if maps.ndim != truth.ndim:
            raise ValueError(f"maps must have the shape (coil, *space), got {maps.shape}")
    operator, mask = make_operator(mask, truth.shape, truth.dtype, maps)
    rng = make_generator(random_state)
    samples = operator.apply(truth)
    noise = rng.standard_normal(samples.shape).astype(samples.dtype)
    if np.iscomplexobj(samples):
        noise.imag = rng.standard_normal(samples.shape)
    with np.errstate(over="ignore"):
        noise *= sigma
    check_finite(noise, "sigma: noise in single precision")
    level = float(np.linalg.norm(as_double(noise)))
    return Acquisition(operator, samples + noise, mask, level, truth, maps=maps)


def sample_kspace(
    kspace: Array,
    mask: Array | None,
    noise_level: float | ArrayLike | None,
    *,
    maps: Array | None = None,
) -> Acquisition:
    """Select the measured samples of full-size, centred, orthonormal Fourier transforms.

    Parameters
    ----------
    kspace : ndarray, shape (channel, *space); with maps (channel, coil, *space)
        Complex; `space` is (y, x) or (z, y, x).
    mask : ndarray of bool, shape (*space) or (channel, *space), optional
        The sampled frequencies of all channels or of each. By default a frequency counts as
        sampled if any channel is not zero there.
    noise_level : float or array_like, optional
        The norm of the noise in all samples, or one norm per channel; by default it is estimated
        for every channel from the outer frequencies.
    maps : ndarray, shape (coil, *space) or (set, coil, *space), optional
        The sensitivities of the coils, whose noise is taken to be white: see `sample_coils`.

    Returns
    -------
    Acquisition
        Without truth.

    Raises
    ------
    ValueError
        If shapes do not fit, nothing is sampled, or a noise is negative.

    Examples
    --------
    >>> sample_kspace(np.ones((1, 4, 4), complex), None, 0.0).samples.shape
    (1, 16)
    """
    values = as_finite_array(kspace, "k-space")
    n_before = 1 if maps is None else 2
    if values.ndim - n_before not in (2, 3):
        axes = "(channel, y, x)" if maps is None else "(channel, coil, y, x) with maps"
        raise ValueError(
            f"k-space must have shape {axes}, volumes with z before y, got {values.shape}"
        )
    values = values.astype(np.result_type(values.dtype, np.complex64), copy=False)
    sampled = (values != 0).any(axis=tuple(range(n_before))) if mask is None else mask
    shape = (len(values), *values.shape[n_before:])
    sampled = check_mask(sampled, shape)
    if maps is not None:
        maps = _read_maps(maps, values.shape[1], len(shape) - 1)
    operator, sampled = make_operator(sampled, shape, values.dtype, maps)
    samples = select_samples(values, sampled, operator)
    data = Acquisition(operator, samples, sampled, 0.0, maps=maps)
    if noise_level is None:
        noise_level = estimate_noise_levels(values, sampled, len(shape) - 1)
    if np.ndim(noise_level) == 0:
        check_level("noise_level", noise_level)
        return replace(data, noise_level=float(noise_level))  # type: ignore[arg-type]
    levels = check_levels("noise_level", noise_level, len(values))
    return replace(data, noise_level=float(np.linalg.norm(levels)), channel_noise=levels)


def _read_maps(maps: ArrayLike, n_coils: int, n_axes: int) -> Array:
    """Return maps of as many coils as measured; a `ValueError` if there are others."""
    array = as_finite_array(maps, "maps")
    if array.ndim > n_axes and array.shape[-n_axes - 1] != n_coils:
        raise ValueError(
            f"maps must be of {n_coils} coils, as the samples are; got shape {array.shape}"
        )
    return array


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
