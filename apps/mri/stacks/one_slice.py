"""The reconstruction of one slice of a stack, from reading it to its images."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ....toolkit.arrays import Array
from ....toolkit.convergence import without_warnings
from ....toolkit.execution.one_job import one_thread
from ..acquisition import Acquisition, sample_kspace
from ..coils.measured import CoilSettings, sample_coils
from ..files.scan import ScanSlice
from ..measurements.inspection import describe_shift, drop_empty_lines, find_kspace_shift
from ..methods import Settings
from ..reconstruct import reconstruct
from ..sampling.masks import make_mask
from .source import SliceSource


@dataclass(frozen=True)
class StackSettings:
    """How every slice is reconstructed.

    Parameters
    ----------
    settings : Settings
        Method, wavelet, strength.
    coils : CoilSettings
        Compression and maps of the coils.
    mask : str, optional
        As for `make_mask`; by default the frequencies that are not zero.
    seed : int, default 0
        Of a random mask.
    noise : float, optional
        The standard deviation of the noise in every real number, in the data's units; by default it
        is estimated in every slice.
    noise_scan : ndarray, shape (coil, ...), optional
        Samples of the coils without signal.
    magnitude : bool, default False
        Whether images are magnitudes rather than complex numbers.
    """

    settings: Settings = field(default_factory=Settings)
    coils: CoilSettings = field(default_factory=CoilSettings)
    mask: str | None = None
    seed: int = 0
    noise: float | None = None
    noise_scan: Array | None = field(default=None, repr=False)
    magnitude: bool = False


class SliceResult(NamedTuple):
    """The images (channel, y, x) of a slice, or why there are none.

    An image is empty if no wavelet of it is above the noise.
    """

    images: Array | None
    noise: float = 0.0
    is_empty: bool = False
    error: str = ""


def reconstruct_slice(
    source: SliceSource, number: int, settings: StackSettings, alone: bool = True
) -> SliceResult:
    """Return the images of a slice, in single precision, or the error that prevents them.

    `alone` tells whether the slice may use all cores.
    """
    try:
        if alone:
            return _reconstruct(source, number, settings)
        with one_thread():
            return _reconstruct(source, number, settings)
    except Exception as error:  # noqa: BLE001 - whatever a slice holds, others are not lost
        return SliceResult(None, error=f"{type(error).__name__}: {error}")


def _reconstruct(source: SliceSource, number: int, settings: StackSettings) -> SliceResult:
    acquisition, unit = sample_slice(source.read(number), settings, source.n_axes)
    with without_warnings():
        found = reconstruct(acquisition, settings.settings)
    # Two sets of maps are two images.
    images = source.finish(found.images.reshape(-1, *acquisition.space))
    images = (np.abs(images) if settings.magnitude else images) * unit
    dtype = np.float32 if settings.magnitude else np.complex64
    deviation = unit * find_deviation(acquisition)
    return SliceResult(images.astype(dtype), deviation, found.has_lost_signal)


def sample_slice(
    found: ScanSlice, settings: StackSettings, n_axes: int = 2
) -> tuple[Acquisition, float]:
    """Return the acquisition of a slice in units in which the largest datum is about one.

    So single precision suffices whatever the scanner's units. Also returns the unit, a power of
    two. The slice has `n_axes` axes of space.
    """
    largest = float(np.abs(found.values).max())
    if not 0 < largest < np.inf:
        raise ValueError(f"k-space must be finite and not all zeros, its largest value: {largest}")
    unit = float(2.0 ** np.round(np.log2(largest)))
    values = (found.values / unit).astype(np.complex64)
    shifted = find_kspace_shift(values, n_axes)
    if shifted:
        raise ValueError(describe_shift("k-space", shifted, n_axes))
    mask = found.mask
    if settings.mask is not None:
        mask = make_mask(settings.mask, values.shape[2:], random_state=settings.seed)
    mask, _ = drop_empty_lines(values, mask, n_axes)
    if values.shape[1] > 1:
        scan = None if settings.noise_scan is None else settings.noise_scan / unit
        maps = found.maps
        acquisition = sample_coils(values, mask, settings.coils, noise_scan=scan, maps=maps)
    else:
        acquisition = sample_kspace(values[:, 0], mask, None)
    if settings.noise is not None:
        acquisition = acquisition.with_deviations(settings.noise / unit)
    return acquisition, unit


def find_deviation(acquisition: Acquisition) -> float:
    """Return the standard deviation of the noise in every real number."""
    return float(acquisition.noise_level / np.sqrt(2 * acquisition.samples.size))
