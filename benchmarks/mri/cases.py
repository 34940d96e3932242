"""Simulated measurements of real slices, and the score of a reconstruction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from groupsparse.apps.mri.acquisition import Acquisition, simulate_acquisition
from groupsparse.apps.mri.sampling.masks import make_radial_mask, make_variable_density_mask
from groupsparse.toolkit.arrays import Array, Shape

from .slices import SLICES, add_phase, make_contrasts, see_by_coils

N_COILS, CALIBRATION = 8, 24
_NOISE, _SEED = 0.01, 0
# Of the half axis: all of a square of CALIBRATION frequencies is sampled in images of 256 x 256.
_CENTRE = 0.15
# Pixels brighter than this share of the peak belong to the object.
_VISIBLE = 0.05


@dataclass(frozen=True, eq=False)
class Case:
    """Samples of all channels and what they should give.

    Attributes
    ----------
    kspace : ndarray of complex64, shape (channel, y, x)
        Centred and orthonormal, zero where nothing was measured. Channels are contrasts or coils.
    truth : ndarray, shape (channel, y, x) or (1, y, x)
        The magnitudes of the contrasts, or the root of the sum of squares over the coils.
    has_coils : bool
        Whether channels are coils.
    acquisition : Acquisition
        Ours, of the same samples, every channel for itself.
    """

    name: str
    kspace: Array
    mask: Array
    truth: Array
    has_coils: bool
    acquisition: Acquisition

    def score(self, images: Array) -> float:
        """Return the mean PSNR in dB of magnitudes, after the best common scale in the object."""
        found = np.abs(images).astype(float).reshape(self.truth.shape)
        inside = self.truth > _VISIBLE * self.truth.max()
        energy = float(np.sum(found[inside] ** 2))
        scale = float(np.sum(found[inside] * self.truth[inside])) / energy if energy else 1.0
        axes = tuple(range(1, self.truth.ndim))
        errors = np.mean((scale * found - self.truth) ** 2, axis=axes)
        peaks = self.truth.max(axis=axes)
        return float(np.mean(10 * np.log10(peaks**2 / errors)))


def make_case(kind: str, slice_name: str, mask_name: str) -> Case:
    """Return a case of a kind: "real" or "complex" contrasts, or "coils"."""
    image = SLICES[slice_name]()
    mask = MASKS[mask_name](image.shape)
    if kind == "coils":
        channels = see_by_coils(image, N_COILS)
        truth = np.linalg.norm(channels, axis=0)[None]
    else:
        truth = make_contrasts(image)
        channels = add_phase(truth) if kind == "complex" else truth
    data = simulate_acquisition(channels, mask, _NOISE, random_state=_SEED)
    kspace = _transform(data.zero_fill()) * data.mask
    name = f"{kind}, {slice_name}, {mask_name} ({mask.mean():.1%} sampled)"
    return Case(name, kspace.astype(np.complex64), data.mask, truth, kind == "coils", data)


def _transform(images: Array) -> Array:
    """Return the centred, orthonormal Fourier transforms."""
    axes = (-2, -1)
    shifted = np.fft.ifftshift(images, axes=axes)
    spectra: Array = np.fft.fftshift(np.fft.fft2(shifted, norm="ortho"), axes=axes)
    return spectra


def _make_variable_mask(shape: Shape) -> Array:
    """Return 22 % of the frequencies, random and dense at the centre."""
    return make_variable_density_mask(
        (shape[0], shape[1]), 0.22, centre=_CENTRE, symmetric=True, random_state=_SEED
    )


def _make_line_mask(shape: Shape, step: int) -> Array:
    """Return every `step`-th column, and those of the calibration region."""
    offsets = np.arange(shape[1]) - shape[1] // 2
    half = CALIBRATION // 2
    columns = (offsets % step == 0) | ((-half <= offsets) & (offsets < half))
    return np.broadcast_to(columns | np.roll(columns[::-1], 1), shape).copy()


MASKS: dict[str, Callable[[Shape], Array]] = {
    "variable22": _make_variable_mask,
    "radial60": lambda shape: make_radial_mask((shape[0], shape[1]), 60),
    "lines3": lambda shape: _make_line_mask(shape, 3),
    "lines4": lambda shape: _make_line_mask(shape, 4),
}
KINDS = ("real", "complex", "coils")
