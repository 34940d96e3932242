"""The sub-command: time and peak memory of a volume that coils see."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from time import perf_counter

import numpy as np
import scipy.fft

from groupsparse.apps.mri.coils.measured import sample_coils
from groupsparse.apps.mri.reconstruct import reconstruct
from groupsparse.apps.mri.sampling.masks import make_variable_density_mask
from groupsparse.datasets import make_coil_sensitivities
from groupsparse.toolkit.arrays import Array
from groupsparse.toolkit.diagnostics import psnr

from ..arguments import parse_count
from ..packages import describe_versions
from ..peak_memory import measure_peak_memory
from .cases import CALIBRATION
from .slices import load_head

NAME = "mri-volume"
SUMMARY = "A volume of several coils: time and peak memory of the default reconstruction."

_NOISE, _FRACTION = 0.01, 0.25


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--shape",
        type=parse_count,
        nargs=3,
        default=[64, 192, 192],
        metavar=("Z", "Y", "X"),
        help="of the volume",
    )
    parser.add_argument("--coils", type=parse_count, default=8, help="that see the volume")


def run(arguments: Namespace) -> None:
    """Measure and print; the peak memory includes the k-space."""
    shape = tuple(arguments.shape)
    truth, kspace, mask = simulate_volume(shape, arguments.coils)
    print(describe_versions(["groupsparse"]))
    before = measure_peak_memory()
    began = perf_counter()
    data = sample_coils(kspace[None], mask)
    prepared = perf_counter() - began
    result = reconstruct(data)
    spent = perf_counter() - began
    quality = psnr(np.abs(result.images[0]), truth, data_range=float(truth.max()))
    print(f"volume {shape}, {arguments.coils} coils, {mask.mean():.1%} sampled")
    print(f"{spent:.1f} s, of which maps and samples {prepared:.1f} s; PSNR {quality:.2f} dB")
    print(f"peak memory {measure_peak_memory() / 1e9:.2f} GB, {before / 1e9:.2f} GB before")


def simulate_volume(shape: tuple[int, ...], n_coils: int) -> tuple[Array, Array, Array]:
    """Return a volume (z, y, x), what coils see of it as complex64 k-space, and the mask.

    The slices are a head that shrinks towards both ends. All frequencies along x are read
    where the mask of the phase-encoding plane (z, y) holds them.
    """
    truth = np.stack([_shrink(load_head(), shape[1:], z) for z in np.linspace(-1, 1, shape[0])])
    maps = make_coil_sensitivities(n_coils, (shape[1], shape[2]))
    kspace = np.empty((n_coils, *shape), np.complex64)
    mask = np.broadcast_to(_make_plane_mask(shape)[..., None], shape)
    rng = np.random.default_rng(0)
    depth = np.linspace(-1, 1, shape[0])[:, None, None]
    axes = (0, 1, 2)
    for coil, own in enumerate(maps):
        seen = truth * own * np.exp(0.5j * (coil - n_coils / 2) / n_coils * np.pi * depth)
        seen = np.fft.ifftshift(seen.astype(np.complex64))
        spectrum = np.fft.fftshift(
            scipy.fft.fftn(seen, axes=axes, norm="ortho", workers=os.cpu_count())
        )
        for part in (spectrum.real, spectrum.imag):
            part += _NOISE * rng.standard_normal(shape, np.float32)
        kspace[coil] = spectrum * mask
    return truth, kspace, mask


def _shrink(image: Array, shape: tuple[int, ...], depth: float) -> Array:
    """Return the image smaller towards depths of -1 and 1, with the given sizes."""
    from scipy.ndimage import affine_transform

    scale = 1 / np.sqrt(1.1 - 0.9 * depth**2)
    factors = [scale * n / m for n, m in zip(image.shape, shape, strict=True)]
    offsets = [(n - f * m) / 2 for n, m, f in zip(image.shape, shape, factors, strict=True)]
    result: Array = affine_transform(image, factors, offsets, shape, order=1).astype(np.float32)
    return result


def _make_plane_mask(shape: tuple[int, ...]) -> Array:
    """Return the samples of the plane (z, y), with a full square in the middle."""
    plane = make_variable_density_mask((shape[0], shape[1]), _FRACTION, random_state=0)
    half = CALIBRATION // 2
    middle = tuple(slice(n // 2 - half, n // 2 + half) for n in plane.shape)
    plane[middle] = True
    return plane
