"""Samples along trajectories that leave the Cartesian grid: spokes, spirals.

    min_x  1/2 ||D^(1/2) (A S x - y)||^2 + Omega(x)

A: the Fourier transform at the frequencies of the trajectory; S: the sensitivities of the coils; D:
the area around each frequency, so that A^H D A is nearly the identity and few iterations suffice.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array, Shape, as_finite_array
from ....toolkit.checks import check_count, check_level
from ....toolkit.noise import estimate_noise
from ....toolkit.operators import Joint, NonuniformFourier, PartialFourier, Sensitivities
from ..acquisition import Acquisition
from ..coils.espirit import estimate_maps

_OUTER = 0.1  # of the samples: the share that holds noise


def sample_trajectory(
    samples: ArrayLike,
    trajectory: ArrayLike,
    space: Shape,
    noise_level: float | None = None,
    *,
    maps: ArrayLike | None = None,
) -> Acquisition:
    """Return the acquisition of samples at any frequencies.

    Parameters
    ----------
    samples : array_like, shape (channel, n_samples) or (channel, coil, n_samples)
        Complex, of the unitary Fourier transform.
    trajectory : array_like, shape (n_samples, n_axes)
        The frequencies in cycles per field of view, as `NonuniformFourier` takes them.
    space : tuple of int
        The shape of an image: (y, x) or (z, y, x).
    noise_level : float, optional
        The norm of the noise in all samples; by default estimated from the outer frequencies.
    maps : array_like, shape (coil, *space) or (set, coil, *space), optional
        The sensitivities of coils; by default they are estimated from the centre of k-space.

    Returns
    -------
    Acquisition
        Of samples that are weighted by the density of the trajectory, with mean square one; `mask`
        holds the frequencies of the grid that are next to a sample.

    Raises
    ------
    ValueError
        If shapes do not fit, finufft is not installed, or maps cannot be estimated.

    Examples
    --------
    >>> trajectory = np.argwhere(np.ones((8, 8))) - 4.0
    >>> data = sample_trajectory(np.ones((1, 64)), trajectory, (8, 8), 0.0)  # doctest: +SKIP
    >>> data.operator  # doctest: +SKIP
    NonuniformFourier((8, 8) -> (64,))
    """
    values = as_finite_array(samples, "samples")
    values = values.astype(np.result_type(values.dtype, np.complex64), copy=False)
    areas = compensate_density(trajectory, space)
    weights = np.sqrt(areas / areas.mean())
    fourier = NonuniformFourier(trajectory, space, weights)
    if values.ndim not in (2, 3) or values.shape[-1:] != fourier.range_shape:
        raise ValueError(
            f"samples must have the shape (channel, [coil], {len(weights)}), one sample for each "
            f"frequency of the trajectory; got {values.shape}"
        )
    if noise_level is None:
        noise_level = _estimate_level(values, fourier.trajectory / np.array(space))
    check_level("noise_level", noise_level)
    weighted = values * weights.astype(values.real.dtype)
    mask = _find_nearest(fourier.trajectory, space)
    if values.ndim == 2:
        return Acquisition(fourier, weighted, mask, float(noise_level))
    known = _estimate_maps(weighted, fourier, mask) if maps is None else maps
    seen = Sensitivities(known, len(space))
    operator = Joint(fourier, values.shape[1]) @ seen
    has_sets = len(seen.domain_shape) > len(space)
    own = seen.maps if has_sets else seen.maps[0]
    return Acquisition(operator, weighted, mask, float(noise_level), maps=own)


def compensate_density(trajectory: ArrayLike, space: Shape, n_iter: int = 20) -> Array:
    """Return the area around every frequency of a trajectory, in cells of the grid; at most one.

    Parameters
    ----------
    trajectory : array_like, shape (n_samples, n_axes)
        The frequencies in cycles per field of view.
    space : tuple of int
        The shape of an image.
    n_iter : int, default 20
        The number of iterations.

    Returns
    -------
    ndarray of float, shape (n_samples,)
        Positive weights w. None is above one: samples far from all
        others stand for one frequency.

    Notes
    -----
    ``w <- w / (K w)`` with a kernel K that is not negative, the transform of a triangular window
    over the image (Pipe and Menon, "Sampling density compensation in MRI", 1999, eq. 7). Where
    samples are dense, the sum of w over a cell of the grid is then one.

    Examples
    --------
    >>> twice = np.array([[-1.0], [0.0], [0.0], [1.0]])
    >>> compensate_density(twice, (4,)).round(1)  # doctest: +SKIP
    array([1. , 0.5, 0.5, 1. ])
    """
    check_count("n_iter", n_iter)
    fourier = NonuniformFourier(trajectory, space)
    window = np.ones(())
    for n in fourier.domain_shape:
        window = np.multiply.outer(window, 1 - np.abs(np.arange(n) - n // 2) / (n // 2 + 1))
    weights = np.ones(fourier.range_shape)
    for _ in range(n_iter):
        weights = weights / np.abs(fourier.apply(window * fourier.adjoint(weights)))
    weights = np.minimum(weights, 1.0)
    return weights / np.maximum(1.0, np.abs(fourier.apply(fourier.adjoint(weights))))


def _find_nearest(trajectory: Array, space: Shape) -> Array:
    """Return the frequencies of the grid, centred, that are next to a sample."""
    mask = np.zeros(space, dtype=bool)
    places = np.rint(trajectory).astype(int) + np.array(space) // 2
    mask[tuple((places % np.array(space)).T)] = True
    return mask


def _estimate_level(samples: Array, frequencies: Array) -> float:
    """Return the norm of the noise in all samples, from the outer ones of every coil."""
    distance = np.linalg.norm(frequencies, axis=1)
    outer = distance >= np.quantile(distance, 1 - _OUTER)
    rows = samples.reshape(-1, samples.shape[-1])
    return float(np.linalg.norm(estimate_noise(rows[:, outer])) * np.sqrt(rows.shape[1]))


def _estimate_maps(weighted: Array, fourier: NonuniformFourier, mask: Array) -> Array:
    """Return maps from the k-space on the grid of images gridded from weighted samples."""
    whole = PartialFourier(np.ones(mask.shape, dtype=bool))
    kspace = whole.apply(fourier.adjoint(weighted))
    return estimate_maps(kspace.reshape(*kspace.shape[:-1], *mask.shape), mask)
