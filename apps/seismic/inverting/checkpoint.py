"""A folder that keeps the finished parts of an inversion, so that a stopped run can continue."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ....toolkit.arrays import Array
from ...files.atomic import replace_file
from ...files.numpy_file import read_npz
from .batch import InvertedBatch

_NAME = "inversion-{key}"


class Checkpoint:
    """The parts of one inversion, each in a file that is complete or absent.

    Parameters
    ----------
    folder : path-like
        Where they are kept; it is made if necessary.
    key : str
        From `fingerprint`: an inversion of other data or settings gets other parts.
    """

    def __init__(self, folder: str | os.PathLike[str], key: str) -> None:
        self.root = Path(folder)
        self.folder = self.root / _NAME.format(key=key)
        self.folder.mkdir(parents=True, exist_ok=True)

    def load(self, number: int) -> InvertedBatch | None:
        """Return a part, or None if it is not finished or its file is damaged."""
        try:
            parts = read_npz(self._path(number))
            reflectors = np.split(parts["reflectors"], parts["ends"][:-1])
            return InvertedBatch(
                parts["reflectivity"],
                reflectors,
                np.asarray(parts["outliers"], bool),
                int(parts["n_unconverged"]),
            )
        except (ValueError, KeyError):
            return None

    def save(self, number: int, part: InvertedBatch) -> None:
        """Write a part to its file."""
        path = self._path(number)
        with replace_file(path, overwrite=True) as temporary, temporary.open("wb") as file:
            np.savez(
                file,
                reflectivity=part.reflectivity,
                reflectors=np.concatenate(part.reflectors),
                ends=np.cumsum([one.size for one in part.reflectors]),
                outliers=part.outliers,
                n_unconverged=part.n_unconverged,
            )

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
