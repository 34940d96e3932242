"""One function for each package: images and seconds of one reconstruction.

Rivals get strengths, of which the caller keeps the one that is best for the truth; ours sees
neither strength nor truth nor noise. Packages are imported inside the functions.
"""

from __future__ import annotations

from time import perf_counter
from typing import Protocol

import numpy as np

from groupsparse.apps.mri.acquisition import sample_kspace
from groupsparse.apps.mri.coils.measured import sample_coils
from groupsparse.apps.mri.measurements.noise import estimate_noise_levels
from groupsparse.apps.mri.methods import Settings
from groupsparse.apps.mri.reconstruct import reconstruct
from groupsparse.toolkit.arrays import Array

from . import bart_tool
from .cases import CALIBRATION, Case

ITERATIONS = 100


class Entrant(Protocol):
    """Reconstruct a case at a strength, in a wavelet; return images and seconds."""

    def __call__(
        self, case: Case, strength: float, wavelet: str, n_threads: int
    ) -> tuple[Array, float]: ...


def groupsparse(case: Case, strength: float, wavelet: str, n_threads: int) -> tuple[Array, float]:
    """Reconstruct by default settings, or the method named in place of a wavelet."""
    settings = Settings() if wavelet == "default" else Settings(method=wavelet)
    began = perf_counter()
    if case.has_coils:
        data = sample_coils(case.kspace[None], case.mask)
    elif np.iscomplexobj(case.acquisition.samples):
        data = sample_kspace(case.kspace, case.mask, None)
    else:  # real images are known to be real: their samples are those of the half plane
        levels = estimate_noise_levels(case.kspace, case.mask, case.mask.ndim)
        deviations = levels / np.sqrt(case.acquisition.samples.shape[1])
        data = case.acquisition.with_deviations(deviations.tolist())
    images = reconstruct(data, settings).images
    return images, perf_counter() - began


def sigpy(case: Case, strength: float, wavelet: str, n_threads: int) -> tuple[Array, float]:
    """Reconstruct by `L1WaveletRecon`, with coils after `EspiritCalib`."""
    from sigpy.mri import app

    began = perf_counter()
    options = {"wave_name": wavelet, "max_iter": ITERATIONS, "show_pbar": False}
    if case.has_coils:
        calibration = app.EspiritCalib(
            case.kspace, calib_width=CALIBRATION, crop=0, show_pbar=False
        )
        images = app.L1WaveletRecon(case.kspace, calibration.run(), strength, **options).run()
    else:
        maps = np.ones((1, *case.mask.shape), np.complex64)
        weights = case.mask.astype(np.float32)  # a zero that was measured counts as well
        images = np.stack(
            [
                app.L1WaveletRecon(channel[None], maps, strength, weights=weights, **options).run()
                for channel in case.kspace
            ]
        )
    return images, perf_counter() - began


def pylops(case: Case, strength: float, wavelet: str, n_threads: int) -> tuple[Array, float]:
    """Reconstruct every contrast by FISTA in an unshifted wavelet basis; coils are left out."""
    from pylops import Restriction
    from pylops.optimization.sparsity import fista
    from pylops.signalprocessing import DWT2D, FFT2D

    if case.has_coils:
        raise RuntimeError("has no sensitivities")
    shape = case.mask.shape
    began = perf_counter()
    sampled = np.flatnonzero(np.fft.ifftshift(case.mask))
    fourier = FFT2D(shape, norm="ortho", dtype=np.complex64)
    basis = DWT2D(shape, wavelet=wavelet, level=5, dtype=np.complex64)
    system = Restriction(fourier.shape[0], sampled, dtype=np.complex64) @ fourier @ basis.H
    images = []
    for channel in np.fft.ifftshift(case.kspace, axes=(-2, -1)):
        data = channel.ravel()[sampled]
        coefs = fista(system, data, niter=ITERATIONS, eps=2 * strength, alpha=1.0, tol=0.0)[0]
        images.append(np.fft.fftshift((basis.H @ coefs.ravel()).reshape(shape)))
    return np.stack(images), perf_counter() - began


# Package, wavelets, and strengths of contrasts and of coils, from which the truth chooses.
ENTRANTS: dict[str, tuple[Entrant, list[str]]] = {
    "groupsparse": (groupsparse, ["default"]),
    "sigpy": (sigpy, ["db4", "haar"]),
    "bart": (bart_tool.reconstruct, ["haar", "dau2"]),
    "pylops": (pylops, ["db4"]),
}
