"""From the k-space of coils to an acquisition: white noise, fewer coils, sensitivities."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array, as_finite_array
from ....toolkit.checks import check_count, check_flag, check_share
from ....toolkit.execution.blas_threads import one_blas_thread
from ..acquisition import Acquisition, sample_kspace
from ..measurements.encoding import check_mask, spread_samples
from ..measurements.noise import balance_coils
from .compression import compress_coils, mix_coils, sum_coil_products
from .espirit import estimate_maps
from .whitening import find_noise_covariance, find_whitening


@dataclass(frozen=True)
class CoilSettings:
    """How the coils are combined.

    Parameters
    ----------
    compress : bool
        Whether coils are compressed to virtual ones.
    n_virtual : int, optional
        The number of virtual coils; by default the least that holds `share` of the energy.
    share : float
        Of the energy.
    n_sets : int
        How many sets of maps are estimated: one, or two where the object reaches beyond the field
        of view.
    crop : float
        Maps are zero where their eigenvalue is not above this.

    Raises
    ------
    ValueError
        If a parameter is out of its range.
    """

    compress: bool = False
    n_virtual: int | None = None
    share: float = 0.995
    n_sets: int = 1
    crop: float = 0.0

    def __post_init__(self) -> None:
        check_flag("compress", self.compress)
        if self.n_virtual is not None:
            check_count("n_virtual", self.n_virtual)
        check_share("share", self.share)
        check_count("n_sets", self.n_sets)
        check_share("crop", self.crop)


@one_blas_thread()
def sample_coils(
    kspace: Array,
    mask: Array | None = None,
    settings: CoilSettings | None = None,
    *,
    noise_scan: ArrayLike | None = None,
    maps: ArrayLike | None = None,
) -> Acquisition:
    """Return the acquisition of images that coils see by sensitivities, given or estimated.

    Parameters
    ----------
    kspace : ndarray, shape (channel, coil, *space)
        Full-size, centred, orthonormal Fourier transforms of what the coils see of every channel
        (contrast, echo); `space` is (y, x) or (z, y, x).
    mask : ndarray of bool, shape (*space) or (channel, *space), optional
        The sampled frequencies; by default those that are not zero.
    settings : CoilSettings, optional
        Compression and maps.
    noise_scan : array_like, shape (coil, ...), optional
        Samples without signal: the noise is whitened by their covariance, and known. By default the
        coils are weighted to equal noise, which is estimated from the outer k-space.
    maps : array_like, shape (coil, *space) or (set, coil, *space), optional
        The sensitivities; by default `estimate_maps` estimates them.

    Returns
    -------
    Acquisition
        With maps, whose coils have white noise.

    Raises
    ------
    ValueError
        If shapes do not fit or the maps cannot be estimated.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> kspace = rng.standard_normal((1, 4, 16, 16)) + 0j
    >>> sample_coils(kspace, noise_scan=rng.standard_normal((4, 99))).samples.shape
    (1, 4, 256)
    """
    chosen = CoilSettings() if settings is None else settings
    values = as_finite_array(kspace, "k-space")
    if values.ndim not in (4, 5):
        raise ValueError(
            "k-space of coils must have shape (channel, coil, y, x) or (channel, coil, z, y, x), "
            f"got {values.shape}"
        )
    n_axes = values.ndim - 2
    sampled = (values != 0).any(axis=(0, 1)) if mask is None else mask
    sampled = check_mask(sampled, (len(values), *values.shape[2:]))
    covariance = None if noise_scan is None else find_noise_covariance(noise_scan)
    products = sum_coil_products(values)
    matrix = _find_whitening(values, sampled, covariance)
    values = mix_coils(matrix, values, n_axes)
    if chosen.compress:
        values, basis = compress_coils(values, chosen.n_virtual, share=chosen.share)
        matrix = basis @ matrix
    if maps is None:
        found = estimate_maps(values, sampled, n_sets=chosen.n_sets, crop=chosen.crop)
        mixed = _normalise(found, matrix, products, n_axes)
    else:
        mixed = mix_coils(matrix, as_finite_array(maps, "maps"), n_axes)
    if covariance is None:
        return sample_kspace(values, sampled, None, maps=mixed)
    variance = float(np.trace(covariance).real) / len(covariance)
    data = sample_kspace(values, sampled, 0.0, maps=mixed)
    return replace(data, noise_level=float(np.sqrt(variance * data.samples.size)))


def estimate_sensitivities(
    acquisition: Acquisition, settings: CoilSettings | None = None
) -> Acquisition:
    """Return an acquisition of coils with white noise, with maps estimated from its samples.

    The noise level stays, and so does the truth.

    >>> from groupsparse.apps.mri.acquisition import simulate_acquisition
    >>> from groupsparse.datasets import make_coil_sensitivities
    >>> image, coils = np.ones((1, 16, 16)), make_coil_sensitivities(2, (16, 16))
    >>> data = simulate_acquisition(image, np.ones((16, 16)), 0.0, maps=2 * coils)
    >>> estimate_sensitivities(data).maps.shape
    (2, 16, 16)
    """
    chosen = CoilSettings() if settings is None else settings
    kspace = spread_samples(acquisition.samples, acquisition.mask)
    maps = estimate_maps(kspace, acquisition.mask, n_sets=chosen.n_sets, crop=chosen.crop)
    return acquisition.with_maps(maps)


def _find_whitening(values: Array, mask: Array, covariance: Array | None) -> Array:
    """Return the matrix that makes the noise of coils white, by their covariance if it is known."""
    if covariance is not None:
        return find_whitening(covariance, values.shape[1])
    return np.diag(balance_coils(values, mask, values.ndim - 2))


def _normalise(maps: Array, matrix: Array, products: Array, n_axes: int) -> Array:
    """Return maps of mixed coils, scaled so that those of the coils before have unit norm.

    So an image is the root of the sum of squares over the measured coils, whatever their noise.
    Where there are fewer coils than before, these are predicted from them by least squares over
    k-space, whose sum of ``y y^H`` is in `products`.
    """
    mixed = products @ matrix.conj().T
    prediction = mixed @ np.linalg.pinv(matrix @ mixed, hermitian=True)
    norms = np.linalg.norm(mix_coils(prediction, maps, n_axes), axis=-n_axes - 1, keepdims=True)
    scaled: Array = np.divide(maps, norms, out=np.zeros_like(maps), where=norms > 0)
    return scaled
