"""Readers of NumPy's files that detect damage and never run code."""

from __future__ import annotations

import zipfile
from math import prod
from pathlib import Path
from typing import IO

import numpy as np

from ...toolkit.arrays import Array
from .damage import explain_errors
from .memory import check_bytes


def read_npy(path: Path) -> Array:
    """Return the array of an NPY file; raise a `ValueError` if it is damaged or holds objects.

    Examples
    --------
    >>> np.save("array.npy", np.arange(3))
    >>> read_npy(Path("array.npy"))
    array([0, 1, 2])
    """
    n_bytes = path.stat().st_size
    check_bytes(path, n_bytes)
    with explain_errors(path, "NPY"), path.open("rb") as file:
        return _read_array(file, n_bytes)


def read_npz(path: Path) -> dict[str, Array]:
    """Return the arrays of an NPZ file by name; raise a `ValueError` as `read_npy` does.

    Examples
    --------
    >>> np.savez("arrays.npz", data=np.arange(3))
    >>> read_npz(Path("arrays.npz"))
    {'data': array([0, 1, 2])}
    """
    with explain_errors(path, "NPZ"), zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    check_bytes(path, sum(entry.file_size for entry in entries))
    with explain_errors(path, "NPZ"), zipfile.ZipFile(path) as archive:
        return {
            entry.filename.removesuffix(".npy"): _read_entry(archive, entry) for entry in entries
        }


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Array:
    """Return the array of an entry; reading to the end compares the checksum."""
    with archive.open(entry) as file:
        array = _read_array(file, entry.file_size)
        if file.read(1):
            raise ValueError(f"{entry.filename} is longer than its header says")
        return array


def _read_array(file: IO[bytes], n_bytes: int) -> Array:
    """Return the array in a file of this length, which its header must not exceed."""
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    else:  # version 3 differs by the names of fields only
        shape, _, dtype = np.lib.format.read_array_header_2_0(file)
    expected = file.tell() + prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or expected > n_bytes:
        raise ValueError(f"{expected} bytes are expected for shape {shape}, there are {n_bytes}")
    file.seek(0)
    array: Array = np.lib.format.read_array(file, allow_pickle=False)
    return array
