"""Readers of NumPy's files that detect damage and never run code."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from ....toolkit.arrays import Array
from ...files.damage import explain_errors


def read_npy(path: Path) -> Array:
    """Return the array of an NPY file; raise a `ValueError` if it is damaged or holds objects.

    Examples
    --------
    >>> np.save("array.npy", np.arange(3))
    >>> read_npy(Path("array.npy"))
    array([0, 1, 2])
    """
    with explain_errors(path, "NPY"):
        # Mapping fails unless the file is as long as its header says.
        return np.array(np.lib.format.open_memmap(path, mode="r"))


def read_npz(path: Path) -> dict[str, Array]:
    """Return the arrays of an NPZ file by name; raise a `ValueError` as `read_npy` does.

    Examples
    --------
    >>> np.savez("arrays.npz", data=np.arange(3))
    >>> read_npz(Path("arrays.npz"))
    {'data': array([0, 1, 2])}
    """
    with explain_errors(path, "NPZ"), zipfile.ZipFile(path) as archive:
        return {
            entry.filename.removesuffix(".npy"): _read_entry(archive, entry)
            for entry in archive.infolist()
        }


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Array:
    """Return the array of an entry; reading to the end compares the checksum."""
    with archive.open(entry) as file:
        array: Array = np.lib.format.read_array(file, allow_pickle=False)
        if file.read(1):
            raise ValueError(f"{entry.filename} is longer than its header says")
        return array
