"""Real slices that libraries ship, and what a scanner would see of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from groupsparse.datasets import load_head_slice, make_coil_sensitivities
from groupsparse.toolkit.arrays import Array

# The share of the background in the abdomen that is cut off: sizes become multiples of 32.
_ABDOMEN = (slice(6, 294), slice(18, 466))
_BRAIN_SLICE = 12


def load_head() -> Array:
    """Return Matplotlib's T1 slice of a head, 256 x 256, with peak 1."""
    return load_head_slice().astype(float)


def load_abdomen() -> Array:
    """Return pydicom's slice of an abdomen (`examples_overlay.dcm`), 288 x 448, with peak 1."""
    import pydicom

    folder = Path(pydicom.__file__).parent / "data" / "test_files"
    image = pydicom.dcmread(folder / "examples_overlay.dcm").pixel_array[_ABDOMEN].astype(float)
    result: Array = image / image.max()
    return result


def load_brain() -> Array:
    """Return a slice of nibabel's echo-planar volume (`example4d.nii.gz`), 128 x 96, peak 1."""
    import nibabel

    path = Path(nibabel.__file__).parent / "tests" / "data" / "example4d.nii.gz"
    image = np.asarray(nibabel.load(path).dataobj[:, :, _BRAIN_SLICE, 0], dtype=float)
    result: Array = image / image.max()
    return result


SLICES = {"head": load_head, "abdomen": load_abdomen, "brain": load_brain}


def make_contrasts(image: Array) -> Array:
    """Return three contrasts of the same tissue: x, 0.9 x^2, and a map bright in middle greys.

    The last is ``exp(-((x - 0.4) / 0.2)^2)`` minus its value in air, so that air stays dark.
    """
    air = np.exp(-4.0)
    middle = (np.exp(-(((image - 0.4) / 0.2) ** 2)) - air) / (1 - air)
    return np.stack([image, 0.9 * image**2, np.maximum(middle, 0.0)])


def add_phase(images: Array) -> Array:
    """Return images with a smooth phase, another one in every channel."""
    y, x = (np.linspace(-1, 1, n) for n in images.shape[1:])
    waves = [
        1.2 * np.sin(np.pi * (0.6 * y[:, None] + 0.4 * x) + k) + 0.8 * y[:, None] * x + 0.5 * k
        for k in range(len(images))
    ]
    result: Array = images * np.exp(1j * np.stack(waves))
    return result


def see_by_coils(image: Array, n_coils: int) -> Array:
    """Return what coils on a ring see of an image with a smooth phase."""
    maps = make_coil_sensitivities(n_coils, image.shape)
    result: Array = maps * add_phase(image[None])
    return result
