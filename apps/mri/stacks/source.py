"""K-space of many slices in a file, of which one at a time is read, on whichever machine asks."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from ....toolkit.arrays import Array, Shape
from ...files.damage import explain_errors, import_optional
from ...files.zarr_store import load_zarr

_KSPACE = "kspace"  # the data set in fastMRI's layout
_HDF5 = (".h5", ".hdf5")
SUFFIXES = (".npy", ".zarr", *_HDF5)


@dataclass(frozen=True)
class SliceSource(ABC):
    """K-space of shape (slice, [[channel,] coil,] y, x) in a file that is opened for every slice.

    Attributes
    ----------
    path : Path
    shape : tuple of int
        That of the whole array.
    n_axes : int
        Of the space of one slice: two, or three of a volume that is one slice.
    """

    path: Path
    shape: Shape
    n_axes: ClassVar[int] = 2

    def __len__(self) -> int:
        return self.shape[0]

    def read(self, number: int) -> Array:
        """Return a slice (channel, coil, *space), without coils (channel, *space), complex."""
        values = self.read_part((number,))
        values = values if values.dtype.kind == "c" else values.astype(np.complex64)
        return values if values.ndim == self.n_axes + 2 else values[None]

    @abstractmethod
    def read_part(self, index: tuple[int | slice, ...]) -> Array:
        """Return the part of the array at this index; a `ValueError` if it is damaged."""

    def describe(self) -> tuple[str, Shape, int, int]:
        """Return what tells this source from others, and from itself once it was changed."""
        files = sorted(self.path.rglob("*")) if self.path.is_dir() else [self.path]
        states = [file.stat() for file in files]
        newest = max(state.st_mtime_ns for state in states)
        size = sum(state.st_size for state in states)
        return os.path.realpath(self.path), self.shape, size, newest


class NpySource(SliceSource):
    """An NPY file, mapped into the memory."""

    def read_part(self, index: tuple[int | slice, ...]) -> Array:
        """Return a copy of a part."""
        with explain_errors(self.path, "NPY"):
            return np.array(np.load(self.path, mmap_mode="r", allow_pickle=False)[index])


class Hdf5Source(SliceSource):
    """The data set "kspace" of an HDF5 file, as in fastMRI's layout."""

    def read_part(self, index: tuple[int | slice, ...]) -> Array:
        """Return a part."""
        import h5py

        with explain_errors(self.path, "HDF5"), h5py.File(self.path, "r") as file:
            return np.asarray(file[_KSPACE][index])


class ZarrSource(SliceSource):
    """A Zarr store that holds one array."""

    def read_part(self, index: tuple[int | slice, ...]) -> Array:
        """Return a part."""
        zarr = load_zarr()
        with explain_errors(self.path, "Zarr"):
            return np.asarray(zarr.open_array(str(self.path), mode="r")[index])


def open_source(path: str | os.PathLike[str]) -> SliceSource:
    """Return the k-space in a file: NPY, Zarr, or HDF5 with the data set "kspace".

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the format is unknown, the file is damaged, or its array has another number of axes.

    Examples
    --------
    >>> np.save("kspace.npy", np.ones((3, 2, 8, 8), complex))
    >>> open_source("kspace.npy").read(0).shape
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


def _open_hdf5(path: Path) -> SliceSource:
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


def _check(source: SliceSource, dtype: np.dtype[np.generic]) -> SliceSource:
    """Return a source whose array can hold k-space."""
    if not 3 <= len(source.shape) <= 5 or min(source.shape) < 1:
        raise ValueError(
            f"{source.path}: k-space must have the shape (slice, y, x), (slice, coil, y, x) or "
            f"(slice, channel, coil, y, x), got {source.shape}"
        )
    if dtype.kind not in "fciu":
        raise ValueError(f"{source.path}: k-space must hold complex numbers, got {dtype}")
    return source
