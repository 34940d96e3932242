"""The columns of a data frame, sorted by their parts: features, labels, names of samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...terminal.hints import blame
from ...terminal.messages import check_distinct_names, check_known_names, quote
from ..table import FeatureTable
from .labels import label_values, sample_names
from .numbers import numbers_of
from .values import checked_table

if TYPE_CHECKING:
    import pandas as pd

# A first column without a name holds the names of the samples. The second is what pandas calls
# it when it reads such a file and writes it again.
UNNAMED = ("", "Unnamed: 0")


def table_from_frame(
    frame: pd.DataFrame,
    source: Path,
    *,
    label: str | None,
    index: str | None,
    drop: Sequence[str],
) -> FeatureTable:
    """Return the table in a data frame whose columns have distinct names.

    Parameters
    ----------
    frame : DataFrame
        Its own index gives the names of the samples, or its first column if
        that has no name; an index that just counts gives none.
    source : Path
        The file, for the messages.
    label, index : str or None
        Which columns hold the labels and the names of the samples.
    drop : sequence of str
        Which columns are left out.

    Returns
    -------
    FeatureTable
        With the remaining columns as features.

    Raises
    ------
    ValueError
        If a column asked for does not exist, has two parts or misses values,
        or if a feature holds no numbers, or missing or infinite ones.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"size": [1, 2], "weight": [3, 4], "class": ["B", "M"]})
    >>> table = table_from_frame(frame, Path("data.csv"), label="class", index=None, drop=())
    >>> table.feature_names, table.labels
    (('size', 'weight'), array(['B', 'M'], dtype=object))
    """
    import pandas as pd

    frame = frame.set_axis([str(name) for name in frame.columns], axis="columns")
    check_distinct_names(list(frame.columns), source, "columns")
    frame = _named(frame, {label, index, *drop})
    names = list(frame.columns)
    as_index = frame.index.name if isinstance(frame.index.name, str) else None
    beside = index is not None and index == as_index and index not in names
    roles = {"label": label, "index": None if beside else index}
    left_out = _check_roles(roles, drop, names, source)
    labels = None if label is None else label_values(frame[label], label, source)
    samples = None
    if index is not None and not beside:
        samples = sample_names(frame[index], index, source)
    elif not isinstance(frame.index, pd.RangeIndex):
        samples = sample_names(frame.index.to_series(), as_index or "", source)
    features = frame[[name for name in names if name not in left_out]]
    values = numbers_of(features, samples, source)
    return checked_table(
        values,
        list(features.columns),
        source,
        sample_names=samples,
        labels=labels,
        label_name=label,
    )


def _named(frame: pd.DataFrame, asked_for: set[str | None]) -> pd.DataFrame:
    """Return the frame with a first column that has no name as its index."""
    import pandas as pd

    first = frame.columns[0] if frame.shape[1] else None
    if first not in UNNAMED or first in asked_for:
        return frame
    if isinstance(frame.index, pd.RangeIndex):
        return frame.set_index(first).rename_axis(index=None)
    return frame.drop(columns=first)


def _check_roles(
    roles: Mapping[str, str | None], drop: Sequence[str], names: Sequence[str], source: Path
) -> set[str]:
    """Return the columns that are no features, each asked for once."""
    check_known_names(drop, names, source, "column", argument="drop")
    taken = dict.fromkeys(drop, "drop")
    for argument, name in roles.items():
        if name is None:
            continue
        check_known_names([name], names, source, "column", argument=argument)
        if name in taken:
            message = f"{source}: the column {quote(name)} is both {taken[name]} and {argument}"
            raise blame(ValueError(message), taken[name], argument)
        taken[name] = argument
    return set(taken)
