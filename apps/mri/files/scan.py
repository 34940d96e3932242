"""What a file of measurements or images gives: its slices, read one by one, and its metadata."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ....toolkit.arrays import Array, Shape

KSPACE, IMAGES = "k-space", "images"
# The fewest axes of the values of a slice: coil, y, x of a channel, or y, x.
_LEADING = {KSPACE: 2, IMAGES: 1}


@dataclass(frozen=True, eq=False)
class ScanSlice:
    """One slice, or volume, of a scan.

    Attributes
    ----------
    values : ndarray, shape (channel, coil, *space) or (channel, *space)
        K-space, centred, orthonormal and zero where nothing was measured; or images. Channels are
        contrasts, echoes or colours; `space` is (y, x) or (z, y, x).
    mask : ndarray of bool, shape (*space) or (channel, *space), optional
        The sampled frequencies, where the file says which.
    maps : ndarray, shape (coil, *space) or (set, coil, *space), optional
        The sensitivities of the coils, where the file has them.
    truth : ndarray, shape (channel, *crop), optional
        Images in the file to compare with, of the shape that is shown.
    """

    values: Array
    mask: Array | None = None
    maps: Array | None = None
    truth: Array | None = None


@dataclass(frozen=True, eq=False)
class Scan:
    """A file of measurements or images.

    Attributes
    ----------
    path : Path
        The file, or the folder of a series.
    format : str
        The name of the format, one of `formats.FORMATS`.
    domain : str
        "k-space" or "images".
    n_slices : int
        How many slices (or volumes) there are.
    shape : tuple of int
        The shape of the values of one slice.
    read : callable
        Reads the slice of a number; see `read_slice`.
    noise_scan : ndarray, shape (coil, n), optional
        Samples without signal.
    crop : tuple of int, optional
        The middle of an image that is shown; by default all of it.
    header : mapping
        The metadata, as the format keeps them, for `write_images`.
    by_slice : tuple of str
        The keys of the header that hold a value for each slice.
    notes : tuple of str
        What a user should know, for example that lines are missing.
    """

    path: Path
    format: str
    domain: str
    n_slices: int
    shape: Shape
    read: Callable[[int], ScanSlice]
    noise_scan: Array | None = None
    crop: Shape | None = None
    header: Mapping[str, Any] = field(default_factory=dict)
    by_slice: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_folder(self) -> bool:
        """Whether the scan is a folder of files."""
        return self.path.is_dir()

    @property
    def n_channels(self) -> int:
        """The number of contrasts, echoes or colours."""
        return self.shape[0]

    @property
    def n_coils(self) -> int:
        """The number of coils of k-space; 1 for images."""
        return self.shape[1] if self.domain == KSPACE else 1

    @property
    def space(self) -> Shape:
        """The shape of one image, before it is cropped: (y, x) or (z, y, x)."""
        return self.shape[_LEADING[self.domain] :]

    def read_slice(self, number: int) -> ScanSlice:
        """Return one slice, and nothing else, from the file.

        Raises
        ------
        IndexError
            If there is no slice of this number.
        ValueError
            If the file is damaged, or its values are not finite.
        """
        if not 0 <= number < self.n_slices:
            raise IndexError(f"{self.path} has {self.n_slices} slices, got number {number}")
        found = self.read(number)
        if not np.isfinite(found.values).all():
            raise ValueError(f"{self.path}: slice {number} has values that are not finite")
        return found

    def select_slice(self, number: int, notes: tuple[str, ...] = ()) -> Scan:
        """Return a scan that has this slice only, with its metadata and other notes.

        >>> stack = Scan(Path("a"), "DICOM", "images", 3, (1, 8, 8), print, by_slice=("files",))
        >>> replace(stack, header={"files": ["1", "2", "3"]}).select_slice(1).header
        {'files': ['2'], 'first': 1}
        """
        header = {
            key: value[number : number + 1] if key in self.by_slice else value
            for key, value in self.header.items()
        }
        header["first"] = number + self.header.get("first", 0)
        read = partial(_read_one, self.read, number)
        return replace(self, n_slices=1, read=read, header=header, notes=notes)

    def crop_images(self, images: Array) -> Array:
        """Return the middle of images (..., *space) that is shown.

        >>> scan = Scan(Path("a.h5"), "npy", "images", 1, (1, 8, 8), print, crop=(4, 6))
        >>> scan.crop_images(np.zeros((2, 8, 8))).shape
        (2, 4, 6)
        """
        return images if self.crop is None else crop_middle(images, self.crop)


def _read_one(read: Callable[[int], ScanSlice], number: int, _: int) -> ScanSlice:
    return read(number)


def crop_middle(images: Array, shape: Shape) -> Array:
    """Return the middle of the last axes, which keeps index ``n // 2`` in the middle.

    >>> crop_middle(np.arange(8), (4,))
    array([2, 3, 4, 5])
    """
    space = images.shape[-len(shape) :]
    if any(kept > length for kept, length in zip(shape, space, strict=True)):
        raise ValueError(f"images of shape {space} cannot be cropped to {shape}")
    starts = [length // 2 - kept // 2 for kept, length in zip(shape, space, strict=True)]
    middle = [slice(first, first + kept) for first, kept in zip(starts, shape, strict=True)]
    cropped: Array = images[(..., *middle)]  # type: ignore[arg-type]
    return cropped
