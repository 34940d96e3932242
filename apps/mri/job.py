"""One reconstruction from input to metrics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter

import numpy as np

from ...datasets import load_head_slice, load_photograph, make_coil_sensitivities
from ...toolkit.arrays import Array, Shape, as_finite_array
from ...toolkit.checks import check_not_negative
from ..terminal.hints import blame
from .acquisition import Acquisition, sample_kspace, simulate_acquisition
from .coils.measured import estimate_sensitivities
from .files.images import ImageFile, read_image
from .files.sampled_scan import is_scan, open_slice, read_images, sample_scan
from .files.scan import IMAGES, Scan
from .measurements.inspection import (
    check_image_values,
    check_kspace_values,
    describe_shift,
    drop_empty_lines,
    find_kspace_shift,
    find_mask_shift,
)
from .methods import Callback, Settings
from .reconstruct import Reconstruction, reconstruct
from .sampling.kinds.grid import mirror
from .sampling.masks import describe_mask, make_masks
from .scores import ChannelScore, score_channels, score_pair

Metrics = dict[str, float | int | str | None]

_DEFAULT_MASK = "variable:0.3"
_DEFAULT_NOISE = 0.01
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
        A description for `make_mask`, such as "radial:80" or "lines:4,calibration=24", or a file;
        by default "variable:0.3", or with `kspace` "auto": wherever the data are not zero.
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
    uncentred : bool
        Whether k-space, or the mask in a file, has zero frequency at index 0 and is to be shifted.
    slice : int, optional
        Which slice of a scan (fastMRI, ISMRMRD, BART, NIfTI, DICOM, NPZ, Zarr) is taken, by default
        the one in the middle. Such files say themselves whether they hold k-space.
    axes : str, optional
        Of an NPY, NPZ or Zarr source, a letter for each axis: s (slice), c (channel), k (coil), z,
        y, x. An NPY file of three axes holds channels unless it is said to hold coils: "kyx".
    """

    source: str
    mask: str | None = None
    kspace: bool = False
    coils: int | None = None
    noise: float | Sequence[float] | None = None
    seed: int = 0
    channel_axis: int | None = None
    settings: Settings = field(default_factory=Settings)
    uncentred: bool = False
    slice: int | None = None
    axes: str | None = None

    @property
    def is_scan(self) -> bool:
        """Whether the source is read as a scan."""
        return self.axes is not None or is_scan(self.source)


@dataclass(frozen=True, eq=False)
class Prepared:
    """The data of a job, ready to be reconstructed.

    Attributes
    ----------
    channel_axis : int or None
        The axis of the channels in the source.
    peak : float
        The peak for metrics and for white.
    white : int or None
        The pixel that stands for `peak` in the source, if that has pixels of 8 or 16 bits.
    notes : tuple of str
        What was assumed about the source and the mask, in sentences.
    real : bool
        Whether the source is a real image, though it may be sampled as a complex one.
    scan : Scan or None
        The slice of a scan that was read, with its metadata.
    """

    acquisition: Acquisition
    channel_axis: int | None
    peak: float
    white: int | None = None
    notes: tuple[str, ...] = ()
    real: bool = False
    scan: Scan | None = None

    @property
    def n_images(self) -> int:
        """The number of images that are reconstructed."""
        return int(np.prod(self.acquisition.problem.shape) // np.prod(self.acquisition.space))

    def finish(self, images: Array) -> Array:
        """Return images as they are written: cropped, and real if the source was."""
        if self.scan is not None:
            images = self.scan.crop_images(images)
        truth = self.acquisition.truth
        if not self.real or truth is None or not np.iscomplexobj(images):
            return images
        result: Array = np.abs(images) if truth.real.min() >= 0 else images.real
        return result

    def make_displayable(self, images: Array) -> Array:
        """Return images for scores and display: real, complex ones by magnitude."""
        return np.abs(images) if np.iscomplexobj(images) else images


@dataclass(frozen=True, eq=False)
class Outcome:
    """A reconstruction with its metrics.

    "psnr" (dB), "ssim" and "nrmse" (None without a truth), "peak", "seconds", "groups",
    "iterations", "status" ("empty" if no group is active), "method", "sampled_fraction", "noise"
    (the deviation of every real number measured) and "residual" (the root mean square that the
    images leave, in units of the noise), and "start" if the settings have one. `images` are as
    they are written.
    """

    reconstruction: Reconstruction
    metrics: Metrics
    images: Array


def load_source(source: str, channel_axis: int | None = None, *, finite: bool = True) -> ImageFile:
    """Load a sample image or an image file, whose values must be finite unless `finite` is False.

    >>> load_source("sample:head").images.shape
    (1, 256, 256)
    """
    if source.startswith("sample:"):
        if source not in _SAMPLES:
            raise ValueError(f"source must be a file or one of {', '.join(_SAMPLES)}, got {source}")
        return _SAMPLES[source]()
    return read_image(source, channel_axis=channel_axis, finite=finite)


def prepare(job: Job) -> Prepared:
    """Load or simulate the data of a job.

    >>> prepare(Job("sample:head", coils=4)).acquisition.samples.shape
    (1, 4, 19661)
    """
    if job.noise is not None and (np.ndim(job.noise) == 0 or not job.kspace):
        check_not_negative("noise", job.noise)
    if job.kspace and job.coils is not None:
        raise ValueError("coils are simulated for an image; k-space is measured by coils already")
    if job.is_scan:
        return _prepare_scan(job)
    source = load_source(job.source, job.channel_axis, finite=not job.kspace)
    return _prepare_kspace(job, source) if job.kspace else _prepare_image(job, source)


def _prepare_scan(job: Job) -> Prepared:
    """Sample the images of a scan, or select what was measured."""
    scan = open_slice(job.source, job.slice, job.axes)
    if scan.domain == IMAGES and not job.kspace:
        return replace(_prepare_image(job, read_images(scan)), scan=scan)
    if job.coils is not None:
        raise ValueError(f"coils are simulated for an image; {job.source} was measured by coils")
    mask, notes = None, list[str]()
    if job.mask is not None and job.mask != "auto":
        shape = (scan.n_channels, *scan.space)
        mask, notes = _read_mask(job, shape, False, np.random.default_rng(job.seed))
    data, more = sample_scan(scan, mask)
    if job.noise is not None:
        data = data.with_deviations(job.noise)
    peak = float(np.abs(data.zero_fill()).max()) or 1.0
    return Prepared(data, 0, peak, None, (*notes, *more), scan=scan)


def _prepare_image(job: Job, source: ImageFile) -> Prepared:
    """Sample an image, as it is or as coils see it."""
    images, peak = source.images, source.peak
    check_image_values(images, job.source)
    coils = None if job.coils is None else _make_coils(job.coils, images)
    rng = np.random.default_rng(job.seed)
    real = coils is None and not np.iscomplexobj(images)
    mask, notes = _read_mask(job, images.shape, real, rng)
    mirrored = _mirror_fraction(mask, images.ndim - 1) if real else 0.0
    if mirrored > mask.mean():
        images = images.astype(np.result_type(images.dtype, np.complex64))
        notes.append(
            f"the mask is not symmetric, so that the real image is sampled as a complex one; with "
            f"its mirror image the mask would have {100 * mirrored:.1f} % of the frequencies"
        )
    noise = _DEFAULT_NOISE if job.noise is None else float(job.noise)  # type: ignore[arg-type]
    data = simulate_acquisition(images, mask, noise * peak, maps=coils, random_state=rng)
    if coils is not None:
        data = estimate_sensitivities(data)
    return Prepared(data, source.channel_axis, peak, source.white, (*source.notes, *notes), real)


def _mirror_fraction(mask: Array, n_axes: int) -> float:
    """Return the share of frequencies that a mask samples together with its mirror image."""
    masks = mask.reshape(-1, *mask.shape[-n_axes:])
    return float(np.mean([one | mirror(one) for one in masks]))


def _read_mask(
    job: Job, shape: Shape, real: bool, rng: np.random.Generator
) -> tuple[Array, list[str]]:
    """Return the mask of images or k-space (channel, *space), centred, and what was assumed."""
    description, space = job.mask or _DEFAULT_MASK, shape[1:]
    masks = make_masks(description, space, shape[0], symmetric=real, random_state=rng)
    mask = masks[0] if len(masks) == 1 else masks
    axes = find_mask_shift(mask) if Path(description).is_file() else ()
    if not axes:
        return mask, []
    found = describe_shift(f"mask {description}", axes, len(space))
    if not job.uncentred:
        raise blame(ValueError(found), "uncentred")
    return np.fft.fftshift(mask, axes=axes), [f"{found}; it is shifted"]


def _make_coils(n_coils: int, images: Array) -> Array:
    """Return the sensitivities of simulated coils, in the precision of the image they see."""
    if len(images) != 1:
        raise ValueError(f"coils need an image of one channel, got {len(images)} channels")
    coils = make_coil_sensitivities(n_coils, images.shape[1:])
    return coils.astype(np.result_type(images.dtype, np.complex64))


def _prepare_kspace(job: Job, source: ImageFile) -> Prepared:
    """Select the samples in measured k-space."""
    kspace, notes = _centre_kspace(job, source)
    mask = None
    if job.mask is not None and job.mask != "auto":
        rng = np.random.default_rng(job.seed)
        mask, more = _read_mask(job, kspace.shape, False, rng)
        notes += more
    mask, more = drop_empty_lines(kspace, mask, kspace.ndim - 1)
    notes += more
    if job.mask not in (None, "auto"):
        kspace = np.where(mask, kspace, 0)  # what is not sampled may be NaN
    kspace = as_finite_array(kspace, job.source)
    acquisition = sample_kspace(kspace, mask, None if job.noise is None else 0.0)
    if job.noise is not None:
        acquisition = acquisition.with_deviations(job.noise)
    peak = float(np.abs(acquisition.zero_fill()).max()) or 1.0
    return Prepared(acquisition, source.channel_axis, peak, None, tuple(notes))


def _centre_kspace(job: Job, source: ImageFile) -> tuple[Array, list[str]]:
    """Return k-space with zero frequency at ``n // 2``, and what was assumed."""
    kspace, notes = source.images, list(source.notes)
    check_kspace_values(kspace, job.source)
    n_axes = kspace.ndim - 1
    axes = find_kspace_shift(kspace, n_axes)
    if axes:
        found = describe_shift(job.source, axes, n_axes)
        if not job.uncentred:
            raise blame(ValueError(found), "uncentred")
        kspace = np.fft.fftshift(kspace, axes=[axis + 1 for axis in axes])
        notes.append(f"{found}; it is shifted")
    return kspace, notes


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
        **_compare_with_noise(result.images, data.acquisition),
    }
    if job.settings.start is not None:
        metrics["start"] = job.settings.start
    return Outcome(result, metrics, data.finish(result.images))


def _compare_with_noise(images: Array, acquisition: Acquisition) -> Metrics:
    """Return "noise" and "residual", that of channels by their root mean square."""
    left = acquisition.operator.apply(images) - acquisition.samples
    level = acquisition.noise_level
    n_numbers = (2 if np.iscomplexobj(left) else 1) * left.size
    return {
        "noise": level / float(np.sqrt(n_numbers)),
        "residual": float(np.linalg.norm(left)) / level if level > 0 else None,
    }


def describe_samples(job: Job, prepared: Prepared) -> str:
    """Return what was asked of the mask and what it samples, in words."""
    acquisition = prepared.acquisition
    asked = job.mask or ("auto" if acquisition.truth is None else _DEFAULT_MASK)
    masks = acquisition.mask[None] if acquisition.shares_mask else acquisition.mask
    text = f"{asked} samples {describe_mask(masks[0])}"
    return text if len(masks) == 1 else f"{text}; {len(masks)} channels with a mask each"


def describe_outcome(outcome: Outcome, prepared: Prepared) -> dict[str, object]:
    """Return the metrics and, with a truth, as "channels", the scores of each."""
    scores = score_each_channel(outcome.reconstruction.images, prepared)
    channels = {"channels": [score.as_figures() for score in scores]} if scores else {}
    return {**outcome.metrics, **channels}


def score_images(images: Array, prepared: Prepared) -> Metrics:
    """Return "psnr" in dB, "ssim" and "nrmse" against the truth; None where there is no truth."""
    if prepared.acquisition.truth is None:
        return {"psnr": None, "ssim": None, "nrmse": None}
    image = prepared.make_displayable(images)
    truth = prepared.make_displayable(prepared.acquisition.truth)
    return score_pair(image, truth, prepared.peak)._asdict()


def score_each_channel(images: Array, prepared: Prepared) -> list[ChannelScore]:
    """Return the scores of every channel, of all pixels and inside the object; none without truth.

    >>> prepared = prepare(Job("sample:head"))
    >>> [score.channel for score in score_each_channel(prepared.acquisition.truth, prepared)]
    [1]
    """
    truth = prepared.acquisition.truth
    if truth is None:
        return []
    pair = prepared.make_displayable(images), prepared.make_displayable(truth)
    return score_channels(*pair, prepared.peak)
