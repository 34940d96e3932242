"""K-space of many slices in a file, of which one at a time is read, on whichever machine asks."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ....toolkit.arrays import Array, Shape
from ...files.damage import explain_errors, import_optional
from ...files.memory import find_byte_limit
from ...files.zarr_store import load_zarr
from ..files.formats import open_scan
from ..files.scan import KSPACE, Scan, ScanSlice

ARRAY = "array"
_KSPACE = "kspace"  # the data set in fastMRI's layout
_HDF5 = (".h5", ".hdf5")
SUFFIXES = (".npy", ".zarr", *_HDF5)


@dataclass(frozen=True)
class SliceSource(ABC):
    """K-space of many slices in a file that is opened for every slice.

    Attributes
    ----------
    path : Path
    shape : tuple of int
        Of all of it, (slice, [[channel,] coil,] *space).
    n_axes : int
        Of the space of one slice: two, or three where it is a volume.
    """

    path: Path
    shape: Shape
    n_axes: int = 2

    def __len__(self) -> int:
        return self.shape[0]

    @abstractmethod
    def read(self, number: int) -> ScanSlice:
        """Return a slice; a `ValueError` if it is damaged."""

    @abstractmethod
    def open_scan(self) -> Scan:
        """Return the scan whose metadata the images keep."""

    def finish(self, images: Array) -> Array:
        """Return the part of images (channel, *space) that is shown."""
        return self.open_scan().crop_images(images)

    def describe(self) -> tuple[str, Shape, int, int]:
        """Return what tells this source from others, and from itself once it was changed."""
        files = sorted(self.path.rglob("*")) if self.path.is_dir() else [self.path]
        states = [file.stat() for file in files]
        newest = max(state.st_mtime_ns for state in states)
        size = sum(state.st_size for state in states)
        return os.path.realpath(self.path), self.shape, size, newest


class ArraySource(SliceSource):
    """K-space as one array of shape (slice, [[channel,] coil,] *space)."""

    def read(self, number: int) -> ScanSlice:
        """Return a slice; a `ValueError` if it is damaged."""
        values = self.read_part((number,))
        leading, space = values.shape[: -self.n_axes], values.shape[-self.n_axes :]
        n_channels = leading[0] if len(leading) > 1 else 1
        return ScanSlice(values.reshape(n_channels, -1, *space))

    def open_scan(self) -> Scan:
        """Return a scan without metadata."""
        shape = (1, 1, *self.shape[-self.n_axes :])
        return Scan(self.path, ARRAY, KSPACE, len(self), shape, self.read)

    @abstractmethod
    def read_part(self, index: tuple[int | slice, ...]) -> Array:
        """Return the part of the array at this index; a `ValueError` if it is damaged."""


class NpySource(ArraySource):
    """An NPY file, mapped into the memory."""

    def read_part(self, index: tuple[int | slice, ...]) -> Array:
        """Return a copy of a part."""
        with explain_errors(self.path, "NPY"):
            return np.array(np.load(self.path, mmap_mode="r", allow_pickle=False)[index])


class Hdf5Source(ArraySource):
    """The data set "kspace" of an HDF5 file, as in fastMRI's layout."""

    def read_part(self, index: tuple[int | slice, ...]) -> Array:
        """Return a part."""
        import h5py

        with explain_errors(self.path, "HDF5"), h5py.File(self.path, "r") as file:
            return np.asarray(file[_KSPACE][index])


class ZarrSource(ArraySource):
    """A Zarr store that holds one array."""

    def read_part(self, index: tuple[int | slice, ...]) -> Array:
        """Return a part."""
        zarr = load_zarr()
        with explain_errors(self.path, "Zarr"):
            return np.asarray(zarr.open_array(str(self.path), mode="r")[index])


class ScanSource(SliceSource):
    """A scan in any format, with its masks, maps and the part of images that is shown."""

    def read(self, number: int) -> ScanSlice:
        """Return a slice."""
        return self.open_scan().read_slice(number)

    def open_scan(self) -> Scan:
        """Return the scan."""
        return open_scan(self.path, check=False)


def open_stack(path: str | os.PathLike[str]) -> SliceSource:
    """Return the slices in a file: NPY and Zarr as they are, other formats as `open_scan` does.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the format is unknown, the file is damaged, or it has no k-space.
    """
    file = Path(path)
    if file.suffix.lower() in (".npy", ".zarr"):
        return open_array(file)
    # What does not fit in memory is not read here to find damage, which then ends one slice.
    is_small = file.is_file() and file.stat().st_size < find_byte_limit()
    scan = open_scan(file, check=is_small)
    if scan.domain != KSPACE:
        raise ValueError(f"{file} must hold k-space, it holds {scan.domain}")
    return ScanSource(file, (scan.n_slices, *scan.shape), len(scan.space))


def open_array(path: str | os.PathLike[str]) -> ArraySource:
    """Return the k-space in a file as one array: NPY, Zarr, or HDF5 with the data set "kspace".

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the format is unknown, the file is damaged, or its array has another number of axes.

    Examples
    --------
    >>> np.save("kspace.npy", np.ones((3, 2, 8, 8), complex))
    >>> open_array("kspace.npy").read(0).values.shape
    (1, 2, 8, 8)
    """
    file = Path(path)
    if file.suffix.lower() not in SUFFIXES:
        raise ValueError(f"{file}: k-space must be in one of {', '.join(SUFFIXES)}")
    if not file.exists():
        raise FileNotFoundError(f"{file}: there is no such file")
    if file.suffix.lower() == ".npy":
        with explain_errors(file, "NPY"):
            array = np.load(file, mmap_mode="r", allow_pickle=False)
        return _check(NpySource(file, array.shape), array.dtype)
    if file.suffix.lower() == ".zarr":
        zarr = load_zarr()
        with explain_errors(file, "Zarr"):
            store = zarr.open_array(str(file), mode="r")
        return _check(ZarrSource(file, store.shape), np.dtype(store.dtype))
    return _open_hdf5(file)


def _open_hdf5(path: Path) -> ArraySource:
    h5py = import_optional("h5py", "to read HDF5 files")
    with explain_errors(path, "HDF5"), h5py.File(path, "r") as file:
        names = sorted(file)
        item = file.get(_KSPACE)
        shape = getattr(item, "shape", None)
        dtype = np.dtype(getattr(item, "dtype", np.float64))
    if shape is None:
        found = ", ".join(names) or "nothing"
        raise ValueError(
            f"{path} must hold a data set {_KSPACE!r}, as fastMRI's files do; it has {found}"
        )
    return _check(Hdf5Source(path, shape), dtype)


def _check(source: ArraySource, dtype: np.dtype[np.generic]) -> ArraySource:
    """Return a source whose array can hold k-space."""
    if not 3 <= len(source.shape) <= 5 or min(source.shape) < 1:
        raise ValueError(
            f"{source.path}: k-space must have the shape (slice, y, x), (slice, coil, y, x) or "
            f"(slice, channel, coil, y, x), got {source.shape}"
        )
    if dtype.kind not in "fciu":
        raise ValueError(f"{source.path}: k-space must hold complex numbers, got {dtype}")
    return source
