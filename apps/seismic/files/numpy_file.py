"""Arrays from NumPy's own files, which are not trusted: damage is told, and code never run."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from ....toolkit.arrays import Array
from ...files.damage import explain_errors


def read_npy(path: Path) -> Array:
    """Read one array from an NPY file, without trusting its header or running its code.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    ndarray
        In memory.

    Raises
    ------
    ValueError
        If it is damaged or holds Python objects.

    Examples
    --------
    >>> np.save("array.npy", np.arange(3))
    >>> read_npy(Path("array.npy"))
    array([0, 1, 2])
    """
    with explain_errors(path, "NPY"):
        # A map is made only if the file is as long as its header says.
        return np.array(np.lib.format.open_memmap(path, mode="r"))


def read_npz(path: Path) -> dict[str, Array]:
    """Read the arrays of an NPZ file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dict of ndarray
        By name.

    Raises
    ------
    ValueError
        If it is damaged or holds Python objects.

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
    """Return one array, if it is all that the entry holds: at the end its checksum is compared."""
    with archive.open(entry) as file:
        array: Array = np.lib.format.read_array(file, allow_pickle=False)
        if file.read(1):
            raise ValueError(f"{entry.filename} is longer than its header says")
        return array
