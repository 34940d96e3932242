"""One reconstruction from input to metrics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from ...datasets import load_head_slice, load_photograph, make_coil_sensitivities
from ...toolkit.arrays import Array
from ...toolkit.checks import check_not_negative
from ...toolkit.diagnostics import nrmse, psnr, ssim
from .acquisition import Acquisition, sample_kspace, simulate_acquisition
from .coils.measured import estimate_sensitivities
from .files.images import ImageFile, read_image
from .methods import Callback, Settings
from .reconstruct import Reconstruction, reconstruct
from .sampling.masks import make_mask

Metrics = dict[str, float | int | str | None]

_DEFAULT_MASK = "variable:0.3"
_DEFAULT_NOISE = 0.01
_SMALLEST_SSIM_SIDE = 7  # the window of SSIM
_SAMPLES: dict[str, Callable[[], ImageFile]] = {
    "sample:astronaut": lambda: ImageFile(load_photograph("astronaut"), -1),
    "sample:chelsea": lambda: ImageFile(load_photograph("chelsea"), -1),
    "sample:coffee": lambda: ImageFile(load_photograph("coffee"), -1),
    "sample:head": lambda: ImageFile(load_head_slice()[None], None),
}


@dataclass(frozen=True)
class Job:
    """What to reconstruct and how.

    Parameters
    ----------
    source : str
        An image file, or an image that ships with the package's libraries:
        "sample:astronaut", "sample:chelsea", "sample:coffee", "sample:head".
    mask : str, optional
        "radial:LINES", "variable:FRACTION" or a file; by default
        "variable:0.3", or with `kspace` "auto": wherever the data are not zero.
    kspace : bool
        Whether the source holds measured k-space instead of an image to
        sample.
    coils : int, optional
        Simulate this many coils that see a one-channel image; their sensitivities are estimated
        from the simulated data.
    noise : float or sequence of float, optional
        Standard deviation of the noise in every measured real number,
        relative to the image's peak, 0.01 by default; with `kspace` in the
        data's units, for all channels or one per channel, and by default
        estimated for every channel.
    seed : int
        Seed of mask and noise.
    channel_axis : int, optional
        The axis of the source that holds the channels.
    settings : Settings
        Method, wavelet, strength.
    """

    source: str
    mask: str | None = None
    kspace: bool = False
    coils: int | None = None
    noise: float | Sequence[float] | None = None
    seed: int = 0
    channel_axis: int | None = None
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True, eq=False)
class Prepared:
    """The data of a job, ready to be reconstructed.

    Attributes
    ----------
    channel_axis : int or None
        The axis of the channels in the source.
    peak : float
        The peak for metrics and for white.
    """

    acquisition: Acquisition
    channel_axis: int | None
    peak: float

    def make_displayable(self, images: Array) -> Array:
        """Return images for scores and display: real, complex ones by magnitude."""
        return np.abs(images) if np.iscomplexobj(images) else images


@dataclass(frozen=True, eq=False)
class Outcome:
    """A reconstruction with its metrics.

    "psnr" (dB), "ssim" and "nrmse" (None without a truth), "peak", "seconds", "groups",
    "iterations", "status" ("empty" if no group is active), "method", "sampled_fraction", and
    "start" if the settings have one.
    """

    reconstruction: Reconstruction
    metrics: Metrics


def load_source(source: str, channel_axis: int | None = None) -> ImageFile:
    """Load a sample image or an image file.

    >>> load_source("sample:head").images.shape
    (1, 256, 256)
    """
    if source.startswith("sample:"):
        if source not in _SAMPLES:
            raise ValueError(f"source must be a file or one of {', '.join(_SAMPLES)}, got {source}")
        return _SAMPLES[source]()
    return read_image(source, channel_axis=channel_axis)


def prepare(job: Job) -> Prepared:
    """Load or simulate the data of a job.

    >>> prepare(Job("sample:head", coils=4)).acquisition.samples.shape
    (1, 4, 19661)
    """
    if job.noise is not None and (np.ndim(job.noise) == 0 or not job.kspace):
        check_not_negative("noise", job.noise)
    source = load_source(job.source, job.channel_axis)
    return _prepare_kspace(job, source) if job.kspace else _prepare_image(job, source)


def _prepare_image(job: Job, source: ImageFile) -> Prepared:
    """Sample an image, as it is or as coils see it."""
    images, peak = source.images, source.peak
    coils = None if job.coils is None else _make_coils(job.coils, images)
    rng = np.random.default_rng(job.seed)
    real = coils is None and not np.iscomplexobj(images)
    mask = make_mask(job.mask or _DEFAULT_MASK, images.shape[1:], symmetric=real, random_state=rng)
    noise = _DEFAULT_NOISE if job.noise is None else float(job.noise)  # type: ignore[arg-type]
    data = simulate_acquisition(images, mask, noise * peak, maps=coils, random_state=rng)
    if coils is not None:
        data = estimate_sensitivities(data)
    return Prepared(data, source.channel_axis, peak)


def _make_coils(n_coils: int, images: Array) -> Array:
    """Return the sensitivities of simulated coils, in the precision of the image they see."""
    if len(images) != 1:
        raise ValueError(f"coils need an image of one channel, got {len(images)} channels")
    coils = make_coil_sensitivities(n_coils, images.shape[1:])
    return coils.astype(np.result_type(images.dtype, np.complex64))


def _prepare_kspace(job: Job, source: ImageFile) -> Prepared:
    """Select the samples in measured k-space."""
    mask = None
    if job.mask is not None and job.mask != "auto":
        mask = make_mask(job.mask, source.images.shape[1:], random_state=job.seed)
    acquisition = sample_kspace(source.images, mask, None if job.noise is None else 0.0)
    if job.noise is not None:
        acquisition = acquisition.with_deviations(job.noise)
    peak = float(np.abs(acquisition.zero_fill()).max()) or 1.0
    return Prepared(acquisition, source.channel_axis, peak)


def run(job: Job, prepared: Prepared | None = None, *, callback: Callback | None = None) -> Outcome:
    """Reconstruct the images of a job and compute their metrics.

    `prepared` is the result of ``prepare(job)``, if it is known already.
    """
    data = prepared or prepare(job)
    began = perf_counter()
    result = reconstruct(data.acquisition, job.settings, callback=callback)
    seconds = perf_counter() - began
    metrics: Metrics = {
        **score_images(result.images, data),
        "peak": data.peak,
        "seconds": seconds,
        "groups": result.n_groups,
        "iterations": result.solution.iterations,
        "status": "empty" if result.has_lost_signal else result.solution.status.name.lower(),
        "method": job.settings.method,
        "sampled_fraction": data.acquisition.sampled_fraction,
    }
    if job.settings.start is not None:
        metrics["start"] = job.settings.start
    return Outcome(result, metrics)


def score_images(images: Array, prepared: Prepared) -> Metrics:
    """Return "psnr" in dB, "ssim" and "nrmse" against the truth; None where there is no truth."""
    if prepared.acquisition.truth is None:
        return {"psnr": None, "ssim": None, "nrmse": None}
    image = prepared.make_displayable(images)
    truth = prepared.make_displayable(prepared.acquisition.truth)
    large = min(image.shape[1:]) >= _SMALLEST_SSIM_SIDE
    return {
        "psnr": psnr(image, truth, data_range=prepared.peak),
        "ssim": ssim(image, truth, data_range=prepared.peak) if large else None,
        "nrmse": nrmse(image, truth) if truth.any() else None,
    }
