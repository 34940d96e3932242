"""Sensitivities of the coils, estimated from the calibration region by ESPIRiT."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array, Shape, as_finite_array
from ....toolkit.calibration import correlate_signal_kernels, find_eigenmaps
from ....toolkit.checks import check_count, check_flag, check_share
from ..measurements.encoding import check_mask
from .calibration import find_calibration_region
from .compression import find_coil_basis

_WIDTHS = {1: 6, 2: 6, 3: 5}  # of a patch of k-space, by the number of axes


def estimate_maps(
    kspace: ArrayLike,
    mask: ArrayLike | None = None,
    *,
    n_sets: int = 1,
    crop: float = 0.0,
    threshold: float = 0.001,
    soft: bool = False,
) -> Array:
    """Return the sensitivities of coils, as fully sampled frequencies around zero show them.

    Parameters
    ----------
    kspace : array_like, shape (channel, coil, *space)
        Of one object in one or several contrasts; `space` is (y, x) or (z, y, x).
    mask : array_like of bool, shape (*space) or (channel, *space), optional
        The sampled frequencies, zero frequency at ``n // 2``; by default those that are not zero
        in all coils.
    n_sets : int, default 1
        Two sets hold the ratio of the coils also where the object reaches beyond the field of view,
        so that two of its places appear in one pixel.
    crop : float, default 0
        Maps are zero where their eigenvalue is not above this (``0.8`` is usual): where no signal
        is, or for a second set, where one set explains the data.
    threshold, soft : float, bool
        Which patterns of the calibration region count as signal: see `correlate_signal_kernels`.

    Returns
    -------
    ndarray of complex, shape (coil, *space), or (set, coil, *space) for several sets
        Their squared magnitudes sum to one over the coils, or are zero. The phase is such that the
        first principal component of the coils sees a real positive factor.

    Raises
    ------
    ValueError
        If there is no calibration region or it is too small, a coil holds only zeros, or no
        eigenvalue is above `crop`.

    Notes
    -----
    Uecker et al., "ESPIRiT - an eigenvalue approach to autocalibrating parallel MRI", 2014: an
    image that fits to the data is, in every pixel, an eigenvector of eigenvalue one of the
    matrix of coils that projects patches of k-space on those of the calibration region. The maps
    are that eigenvector. Patches have 6 x 6 frequencies, 5 x 5 x 5 in volumes, and fewer in a small
    region.

    Examples
    --------
    >>> from groupsparse.datasets import make_coil_sensitivities
    >>> from groupsparse.toolkit.operators import PartialFourier
    >>> coils, image = make_coil_sensitivities(4, (32, 32)), np.zeros((32, 32))
    >>> image[6:20, 10:24] = 1.0
    >>> kspace = PartialFourier(np.ones((32, 32))).apply(coils * image).reshape(1, 4, 32, 32)
    >>> alike = np.abs((estimate_maps(kspace).conj() * coils).sum(axis=0))
    >>> bool(alike[image > 0].min() > 0.995)
    True
    """
    values = as_finite_array(kspace, "k-space")
    if values.ndim < 3:
        raise ValueError(f"k-space must have shape (channel, coil, *space), got {values.shape}")
    check_count("n_sets", n_sets, most=values.shape[1])
    check_share("crop", crop)
    check_share("threshold", threshold)
    check_flag("soft", soft)
    region = find_calibration_region(_join_masks(values, mask))
    data = values[(slice(None), slice(None), *region)]
    _refuse_empty_coils(data)
    data = data / np.abs(data).max()  # their products neither overflow nor underflow
    widths = _choose_widths(data.shape[2:])
    correlations = correlate_signal_kernels(data, widths, threshold, soft=soft)
    strengths, vectors = find_eigenmaps(correlations, values.shape[2:], n_sets)
    maps = _rotate_phases(vectors, find_coil_basis(data)[0][0])
    if crop > 0:
        maps *= (strengths > crop)[:, None]
        if not maps.any():
            raise ValueError(
                f"crop of {crop:g} is above all eigenvalues, the largest of which is "
                f"{strengths.max():.3g}: maps would vanish everywhere"
            )
    return maps[0] if n_sets == 1 else maps


def _join_masks(kspace: Array, mask: ArrayLike | None) -> Array:
    """Return where all channels are sampled."""
    if mask is None:
        return np.asarray((kspace != 0).any(axis=1).all(axis=0))
    array = check_mask(mask, (len(kspace), *kspace.shape[2:]))
    return array if array.ndim == kspace.ndim - 2 else np.asarray(array.all(axis=0))


def _refuse_empty_coils(data: Array) -> None:
    """Raise a `ValueError` if coils hold only zeros."""
    empty = np.flatnonzero(~data.any(axis=(0, *range(2, data.ndim))))
    if empty.size:
        raise ValueError(
            f"k-space of coil {', '.join(map(str, empty))} (counted from 0) holds only zeros in "
            "the calibration region; leave such coils out"
        )


def _choose_widths(region: Shape) -> Shape:
    """Return the size of patches: at most half a region, so that there are enough of them."""
    return tuple(min(_WIDTHS.get(len(region), 5), (side + 1) // 2) for side in region)


def _rotate_phases(vectors: Array, virtual: Array) -> Array:
    """Return maps (set, coil, *space) whose sum over coils times `virtual` is real positive."""
    seen = np.einsum("c,sc...->s...", virtual.astype(vectors.dtype), vectors)
    sizes = np.abs(seen)
    phases = np.divide(seen, sizes, out=np.ones_like(seen), where=sizes > 0)
    rotated: Array = np.ascontiguousarray(vectors) * phases.conj()[:, None]
    return rotated
