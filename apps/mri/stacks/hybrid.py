"""The hybrid space of a volume: independent slices where one axis of k-space is fully sampled.

A transform F of three axes is the product of those of one, so after an inverse transform along the
read-out the data of every slice are the transform of that slice alone, with the same mask:
``P F_yx F_z x = y`` is ``P F_yx x_z = (F_z^H y)_z``. White noise stays white.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import scipy.fft

from ....toolkit.arrays import Array, Shape
from ...files.atomic import replace_file
from .source import ArraySource, NpySource


class WholeVolume(ArraySource):
    """A volume (z, y, x), (coil, z, y, x) or (channel, coil, z, y, x) as one slice."""

    def __init__(self, inner: ArraySource) -> None:
        super().__init__(inner.path, (1, *inner.shape), 3)
        object.__setattr__(self, "inner", inner)

    inner: ArraySource

    def read_part(self, index: tuple[int | slice, ...]) -> Array:
        """Return the whole volume, or a part of it."""
        return self.inner.read_part(index[1:])


def find_readout(volume: ArraySource) -> int | None:
    """Return the axis of space, -3 to -1, along which the mask of k-space is constant.

    The longest if there are several, None if there is none. The mask is where any coil is not zero.
    """
    mask = np.zeros(volume.shape[-3:], bool)
    for place in _list_coils(volume.shape):
        mask |= volume.read_part(place) != 0
    constant = [axis for axis in (-3, -2, -1) if (mask == mask.take([0], axis)).all()]
    return max(constant, key=lambda axis: mask.shape[axis], default=None)


def transform_readout(volume: ArraySource, axis: int, path: Path) -> NpySource:
    """Write the hybrid space of a volume, coil by coil, to an NPY file, and return its slices.

    The file has the shape (slice, [[channel,] coil,] *others). It is not written again if it is
    there.
    """
    leading, space = volume.shape[:-3], list(volume.shape[-3:])
    n_slices = space.pop(axis)
    shape = (n_slices, *leading, *space)
    if not path.exists():
        with replace_file(path, overwrite=True) as temporary:
            mapped = np.lib.format.open_memmap(temporary, "w+", np.complex64, shape)
            for place in _list_coils(volume.shape):
                index: tuple[int | slice, ...] = (slice(None), *place)
                mapped[index] = np.moveaxis(_invert(volume.read_part(place), axis), axis, 0)
            mapped.flush()
    return NpySource(path, shape)


def _list_coils(shape: Shape) -> Iterator[tuple[int, ...]]:
    """Yield the index of every coil of every channel."""
    return product(*map(range, shape[:-3]))


def _invert(kspace: Array, axis: int) -> Array:
    """Return the centred, orthonormal inverse transform along an axis."""
    shifted = scipy.fft.ifftshift(kspace, axes=axis)
    inverse = scipy.fft.ifft(shifted, axis=axis, norm="ortho", overwrite_x=True)
    centred: Array = scipy.fft.fftshift(inverse, axes=axis)
    return centred
