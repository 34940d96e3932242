"""Every real data set of samples and classes by its name.

Nothing numerical is imported before data are loaded.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .samples import lung_discrete, wisconsin
from .samples.data_file import DataFile


@dataclass(frozen=True)
class Dataset:
    """What is known about a data set before it is loaded.

    Attributes
    ----------
    name : str
        What it is called in commands.
    loader : callable
        The function that loads it.
    n_samples, n_features, n_classes : int
        Its size, as published.
    source : str
        Whom to cite, shortly.
    licence : str
        On what terms it is published.
    file : DataFile or None
        The file that it needs; None if scikit-learn carries it.

    Examples
    --------
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
        """Whether there must be a file that the package does not carry."""
        return self.file is not None

    def load(self, *, data_home: str | os.PathLike[str] | None = None, **options: Any) -> Any:
        """Load the data.

        Parameters
        ----------
        data_home : path-like, optional
            The folder of its file, if it needs one.
        **options
            What else the loader takes: `return_X_y`, `as_frame`, `balance`,
            `random_state`.

        Returns
        -------
        Bunch or tuple
            What the loader returns.

        Raises
        ------
        OSError
            If its file is missing, and cannot be downloaded.
        ValueError
            If the file is damaged, or an option is not allowed.
        """
        if self.file is not None:
            options["data_home"] = data_home
        return self.loader(**options)

    def verify(self, data_home: str | os.PathLike[str] | None = None) -> None:
        """Raise an error unless the data are here and as published; nothing is downloaded.

        Parameters
        ----------
        data_home : path-like, optional
            The folder of its file, if it needs one.

        Raises
        ------
        OSError
            If its file is missing or cannot be read.
        ValueError
            If checksum or size are not the published ones.

        Examples
        --------
        >>> find_dataset("wisconsin").verify()
        """
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
    """Return a data set.

    Parameters
    ----------
    name : str
        Its name.

    Returns
    -------
    Dataset
        The data set.

    Raises
    ------
    ValueError
        If there is none of that name; the message lists the names.

    Examples
    --------
    >>> find_dataset("lung_discrete").n_features
    325
    """
    for dataset in DATASETS:
        if dataset.name == name:
            return dataset
    names = ", ".join(dataset.name for dataset in DATASETS)
    raise ValueError(f"dataset must be one of {names}, got {name!r}")
