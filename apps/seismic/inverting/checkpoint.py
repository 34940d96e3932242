"""A folder that keeps the finished parts of an inversion, so that a stopped run can continue."""

from __future__ import annotations

import os

import numpy as np

from ...files.kept_parts import KeptParts
from .batch import InvertedBatch


class Checkpoint(KeptParts):
    """The parts of one inversion, each in a file that is complete or absent.

    Parameters
    ----------
    folder : path-like
        Where they are kept; it is made if necessary.
    key : str
        From `fingerprint`: an inversion of other data or settings gets other parts.
    """

    def __init__(self, folder: str | os.PathLike[str], key: str) -> None:
        super().__init__(folder, f"inversion-{key}")

    def load(self, number: int) -> InvertedBatch | None:
        """Return a part, or None if it is not finished or its file is damaged."""
        parts = self.read(number)
        if parts is None:
            return None
        try:
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
        self.write(
            number,
            {
                "reflectivity": part.reflectivity,
                "reflectors": np.concatenate(part.reflectors),
                "ends": np.cumsum([one.size for one in part.reflectors]),
                "outliers": part.outliers,
                "n_unconverged": part.n_unconverged,
            },
        )
