"""Where features come from: a data set by its name, or a file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ....datasets.catalogue import DATASETS, find_dataset
from ...terminal.hints import blame
from ..table import FeatureTable
from .table_file import read_table


def load_table(
    source: str,
    *,
    label: str | None = None,
    drop: str | Iterable[str] = (),
    index: str | None = None,
    layer: str | None = None,
    key: str | None = None,
) -> FeatureTable:
    """Load a data set of `groupsparse.datasets`, with its classes as labels, or read a file.

    Parameters
    ----------
    source : str
        "wisconsin", "lung_discrete" or a file.
    label, drop, index, layer, key
        As for `read_table`; for files only, but for `drop`.

    Returns
    -------
    FeatureTable
        Samples by features.

    Raises
    ------
    OSError
        If the file, or that of the data set, is not there.
    ValueError
        As for `read_table`; or if an option is given that data sets do not have.

    Examples
    --------
    >>> table = load_table("wisconsin")
    >>> table.values.shape, table.label_name
    ((569, 30), 'class')
    """
    names = [dataset.name for dataset in DATASETS]
    if source not in names or Path(source).is_file():
        if not Path(source).suffix and not Path(source).exists():
            raise FileNotFoundError(
                f"{source}: there is no such file, and data sets are {', '.join(names)}"
            )
        return read_table(source, label=label, drop=drop, index=index, layer=layer, key=key)
    given = {"label": label, "index": index, "layer": layer, "key": key}
    names = [name for name, value in given.items() if value is not None]
    if names:
        message = f"{source} is a data set, but {', '.join(names)} can be chosen for files only"
        raise blame(ValueError(message), *names)
    return _data_set(source, (drop,) if isinstance(drop, str) else tuple(drop))


def _data_set(name: str, drop: tuple[str, ...]) -> FeatureTable:
    """Return a data set without some of its features."""
    bunch = find_dataset(name).load()
    names = [str(feature) for feature in bunch.feature_names]
    unknown = [feature for feature in drop if feature not in names]
    if unknown:
        raise blame(ValueError(f"{name} has no feature {unknown[0]!r}"), "drop")
    kept = [place for place, feature in enumerate(names) if feature not in drop]
    return FeatureTable(
        bunch.data[:, kept],
        tuple(names[place] for place in kept),
        labels=bunch.target_names[bunch.target],
        label_name="class",
    )
