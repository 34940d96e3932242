"""A folder that keeps the finished parts of long work, so that a stopped run can continue."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from ...toolkit.arrays import Array
from .atomic import replace_file
from .numpy_file import read_npz


class KeptParts:
    """The parts of one piece of work, each in a file that is complete or absent.

    Parameters
    ----------
    folder : path-like
        Where they are kept; it is made if necessary.
    name : str
        Of the work, with its `fingerprint`: that on other data, or with other settings, gets other
        parts.
    """

    def __init__(self, folder: str | os.PathLike[str], name: str) -> None:
        self.root = Path(folder)
        self.folder = self.root / name
        self.folder.mkdir(parents=True, exist_ok=True)

    def read(self, number: int) -> dict[str, Array] | None:
        """Return the arrays of a part, or None if it is not finished or its file is damaged."""
        try:
            return read_npz(self._path(number))
        except (ValueError, FileNotFoundError):
            return None

    def write(self, number: int, arrays: dict[str, ArrayLike]) -> None:
        """Write the arrays of a part to its file."""
        path = self._path(number)
        with replace_file(path, overwrite=True) as temporary, temporary.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]

    def remove(self) -> None:
        """Remove the parts, and the folder if nothing else is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.root.is_dir() and not any(self.root.iterdir()):
            self.root.rmdir()

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06d}.npz"


def fingerprint(arrays: Iterable[Array], settings: object) -> str:
    """Return sixteen hexadecimal digits that identify arrays and settings, by their `repr`.

    Examples
    --------
    >>> fingerprint([np.zeros(2)], "l21") == fingerprint([np.zeros(3)], "l21")
    False
    """
    digest = hashlib.sha256(repr(settings).encode())
    for array in arrays:
        digest.update(f"{array.shape} {array.dtype}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]
