"""One reconstruction from input to metrics: what the command line and the demo both run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np

from ...datasets import load_head_slice, load_photograph, make_coil_sensitivities
from ...toolkit.arrays import Array
from ...toolkit.diagnostics import nrmse, psnr, ssim
from ...toolkit.solution import Progress
from .acquisition import (
    Acquisition,
    apply_sensitivities,
    combine_coils,
    sample_kspace,
    simulate_acquisition,
)
from .files import ImageFile, read_image
from .masks import make_mask
from .reconstruct import Reconstruction, Settings, reconstruct

_DEFAULT_MASK = "variable:0.3"
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
        Turn a single image into what this many simulated coils see.
    noise : float
        Standard deviation of the noise in every measured real number,
        relative to the image's peak; with `kspace` in the data's own units.
    seed : int
        Of mask and noise.
    channel_axis : int, optional
        Where the source's channels stand.
    settings : Settings
        Method, wavelet, strength.
    """

    source: str
    mask: str | None = None
    kspace: bool = False
    coils: int | None = None
    noise: float = 0.01
    seed: int = 0
    channel_axis: int | None = None
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True, eq=False)
class Prepared:
    """Data that are ready to be reconstructed.

    Attributes
    ----------
    acquisition : Acquisition
        Samples with operator and noise level.
    channel_axis : int or None
        Where the channels stood in the source.
    peak : float
        The peak for metrics and for white.
    coils : bool
        Whether channels are coils, score_images by their root sum of squares.
    """

    acquisition: Acquisition
    channel_axis: int | None
    peak: float
    coils: bool

    def shown(self, images: Array) -> Array:
        """Return images as they are score_images and displayed: real, coils combined."""
        if self.coils:
            return combine_coils(images)[None]
        return np.abs(images) if np.iscomplexobj(images) else images


@dataclass(frozen=True, eq=False)
class Outcome:
    """A reconstruction with its metrics.

    Attributes
    ----------
    reconstruction : Reconstruction
        Images and the solver's account.
    metrics : dict
        "psnr" (dB), "peak", "ssim", "nrmse" (None without a truth), "seconds",
        "groups", "iterations", "status", "method", "sampled_fraction", and
        "start" if one was asked for.
    """

    reconstruction: Reconstruction
    metrics: dict[str, float | int | str | None]


def load(source: str, channel_axis: int | None = None) -> ImageFile:
    """Return a sample image or the content of a file.

    Parameters
    ----------
    source : str
        "sample:NAME" or a path.
    channel_axis : int, optional
        Where a file's channels stand.

    Returns
    -------
    ImageFile
        Channels first.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the sample is unknown or the file cannot be read.

    Examples
    --------
    >>> load("sample:head").images.shape
    (1, 256, 256)
    """
    if source.startswith("sample:"):
        if source not in _SAMPLES:
            raise ValueError(f"{source}: the samples are {', '.join(_SAMPLES)}")
        return _SAMPLES[source]()
    return read_image(source, channel_axis=channel_axis)


def prepare(job: Job) -> Prepared:
    """Load or simulate the data of a job.

    Parameters
    ----------
    job : Job
        What to reconstruct.

    Returns
    -------
    Prepared
        Samples, and what is needed to judge the result.

    Raises
    ------
    FileNotFoundError, ValueError
        If the source, the mask or a number does not fit.

    Examples
    --------
    >>> prepared = prepare(Job("sample:head", coils=4))
    >>> prepared.acquisition.samples.shape
    (4, 19661)
    """
    if not 0 <= job.noise < np.inf:
        raise ValueError(f"noise must be finite and not negative, got {job.noise!r}")
    source = load(job.source, job.channel_axis)
    if job.kspace:
        return _measured(job, source)
    images, peak = source.images, source.peak
    if job.coils is not None:
        if len(images) != 1:
            raise ValueError(f"coils: expected an image of one channel, got {len(images)}")
        images = apply_sensitivities(
            images[0], make_coil_sensitivities(job.coils, images.shape[1:])
        )
    rng = np.random.default_rng(job.seed)
    real = not np.iscomplexobj(images)
    mask = make_mask(job.mask or _DEFAULT_MASK, images.shape[1:], symmetric=real, random_state=rng)
    acquisition = simulate_acquisition(images, mask, job.noise * peak, random_state=rng)
    channel_axis = 0 if job.coils else source.channel_axis
    return Prepared(acquisition, channel_axis, peak, job.coils is not None)


def run(
    job: Job,
    prepared: Prepared | None = None,
    *,
    callback: Callable[[Progress], bool | None] | None = None,
) -> Outcome:
    """Reconstruct and judge.

    Parameters
    ----------
    job : Job
        What to reconstruct.
    prepared : Prepared, optional
        Its data, if they were made before.
    callback : callable, optional
        Called with the solver's `Progress`.

    Returns
    -------
    Outcome
        Images and metrics.

    Raises
    ------
    FileNotFoundError, ValueError
        If the source, the mask or a setting does not fit.
    """
    data = prepared or prepare(job)
    began = perf_counter()
    result = reconstruct(data.acquisition, job.settings, callback=callback)
    seconds = perf_counter() - began
    solution = result.solution
    metrics: dict[str, float | int | str | None] = {
        **score_images(result.images, data),
        "peak": data.peak,
        "seconds": seconds,
        "groups": result.n_groups,
        "iterations": solution.iterations,
        "status": solution.status.name.lower(),
        "method": job.settings.method,
        "sampled_fraction": data.acquisition.sampled_fraction,
    }
    if job.settings.start is not None:
        metrics["start"] = job.settings.start
    return Outcome(result, metrics)


def score_images(images: Array, prepared: Prepared) -> dict[str, float | int | str | None]:
    """Return PSNR, SSIM and NRMSE against the truth, None where there is none.

    Parameters
    ----------
    images : ndarray, shape (channel, y, x)
        A reconstruction.
    prepared : Prepared
        The data it came from.

    Returns
    -------
    dict
        "psnr" in dB with the data's peak, "ssim", "nrmse".
    """
    if prepared.acquisition.truth is None:
        return {"psnr": None, "ssim": None, "nrmse": None}
    image, truth = prepared.shown(images), prepared.shown(prepared.acquisition.truth)
    return {
        "psnr": psnr(image, truth, data_range=prepared.peak),
        "ssim": ssim(image, truth, data_range=prepared.peak) if min(image.shape[1:]) > 6 else None,
        "nrmse": nrmse(image, truth) if truth.any() else None,
    }


def _measured(job: Job, source: ImageFile) -> Prepared:
    """Return the samples in a k-space file."""
    shape = source.images.shape[1:]
    mask = (
        None
        if job.mask is None or job.mask == "auto"
        else make_mask(job.mask, shape, random_state=job.seed)
    )
    acquisition = sample_kspace(source.images, mask, 0.0)
    noise_level = job.noise * np.sqrt(2 * acquisition.samples.size)
    acquisition = replace(acquisition, noise_level=float(noise_level))
    peak = float(np.abs(acquisition.zero_fill()).max()) or 1.0
    return Prepared(acquisition, source.channel_axis, peak, False)
