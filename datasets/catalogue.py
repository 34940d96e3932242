"""The real data sets of samples and classes, by name."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .samples import lung_discrete, wisconsin
from .samples.data_file import DataFile


@dataclass(frozen=True)
class Dataset:
    """The description of a data set: its size as published, whom to cite, and on what terms.

    `file` is None if scikit-learn carries the data.

    >>> tumours = find_dataset("wisconsin")
    >>> tumours.needs_file, tumours.load(balance="oversample").data.shape
    (False, (714, 30))
    """

    name: str
    loader: Callable[..., Any]
    n_samples: int
    n_features: int
    n_classes: int
    source: str
    licence: str
    file: DataFile | None = None

    @property
    def needs_file(self) -> bool:
        """Whether the data come from a file that the package does not carry."""
        return self.file is not None

    def load(self, *, data_home: str | os.PathLike[str] | None = None, **options: Any) -> Any:
        """Load the data; `options` are further arguments of the loader."""
        if self.file is not None:
            options["data_home"] = data_home
        return self.loader(**options)

    def verify(self, data_home: str | os.PathLike[str] | None = None) -> None:
        """Raise an error unless the data are present and as published; nothing is downloaded."""
        local = {"download_if_missing": False} if self.needs_file else {}
        bunch = self.load(data_home=data_home, **local)
        found = (*bunch.data.shape, len(bunch.target_names))
        expected = (self.n_samples, self.n_features, self.n_classes)
        if found != expected:
            raise ValueError(
                f"{self.name} must have (samples, features, classes) = {expected}, got {found}"
            )


DATASETS: tuple[Dataset, ...] = (
    Dataset(
        "wisconsin",
        wisconsin.load_wisconsin,
        569,
        30,
        2,
        source="Street, Wolberg and Mangasarian, 1993",
        licence="CC BY 4.0",
    ),
    Dataset(
        "lung_discrete",
        lung_discrete.load_lung_discrete,
        73,
        325,
        7,
        source="Peng, Long and Ding, 2005; Li et al., 2018",
        licence="not stated",
        file=lung_discrete.FILE,
    ),
)


def find_dataset(name: str) -> Dataset:
    """Return a data set by its name.

    >>> find_dataset("lung_discrete").n_features
    325
    """
    for dataset in DATASETS:
        if dataset.name == name:
            return dataset
    names = ", ".join(dataset.name for dataset in DATASETS)
    raise ValueError(f"dataset must be one of {names}, got {name!r}")
