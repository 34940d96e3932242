"""The columns of a data frame converted to features, labels and names of samples.

A column that holds something other than numbers is refused by name: converted to numbers
silently, text would become a feature without meaning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ....toolkit.arrays import Array
from ...terminal.hints import blame
from ...terminal.messages import abbreviate, check_distinct_names, check_known_names, quote
from ..table import FeatureTable, ReadOptions, describe_row, make_table

if TYPE_CHECKING:
    import pandas as pd

# A first column without a name holds the names of the samples. The second is what pandas calls
# it when it reads such a file and writes it again.
UNNAMED = ("", "Unnamed: 0")
# What may be labels or features, as pandas calls it, and the dtype that holds it.
_PLAIN: dict[str, Any] = {
    "boolean": bool,
    "decimal": float,
    "empty": float,
    "floating": float,
    "integer": float,
    "mixed-integer-float": float,
}
_IN_WORDS = {
    "bytes": "bytes",
    "complex": "complex numbers",
    "date": "dates",
    "datetime": "dates",
    "datetime64": "dates",
    "interval": "intervals",
    "period": "dates",
    "string": "text",
    "time": "times",
    "timedelta": "durations",
    "timedelta64": "durations",
}


def make_table_from_frame(frame: pd.DataFrame, source: Path, options: ReadOptions) -> FeatureTable:
    """Return the table in a data frame, whose remaining columns become the features.

    The frame's own index gives the names of the samples, or its first column if that has no name;
    an index that merely counts gives none.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"size": [1, 2], "weight": [3, 4], "class": ["B", "M"]})
    >>> table = make_table_from_frame(frame, Path("data.csv"), ReadOptions(label="class"))
    >>> table.feature_names, table.labels
    (('size', 'weight'), array(['B', 'M'], dtype=object))
    """
    import pandas as pd

    label, index = options.label, options.index
    frame = frame.set_axis([str(name) for name in frame.columns], axis="columns")
    check_distinct_names(list(frame.columns), source, "columns")
    frame = _move_unnamed_to_index(frame, {label, index, *options.drop})
    names = list(frame.columns)
    as_index = frame.index.name if isinstance(frame.index.name, str) else None
    beside = index is not None and index == as_index and index not in names
    roles = {"label": label, "index": None if beside else index}
    left_out = _check_roles(roles, options.drop, names, source)
    labels = None if label is None else convert_labels(frame[label], label, source)
    samples = None
    if index is not None and not beside:
        samples = convert_sample_names(frame[index], index, source)
    elif not isinstance(frame.index, pd.RangeIndex):
        samples = convert_sample_names(frame.index.to_series(), as_index or "", source)
    features = frame[[name for name in names if name not in left_out]]
    values = _convert_numbers(features, samples, source)
    feature_names = list(features.columns)
    return make_table(
        values, feature_names, source, sample_names=samples, labels=labels, label_name=label
    )


def _move_unnamed_to_index(frame: pd.DataFrame, asked_for: set[str | None]) -> pd.DataFrame:
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
    """Return the columns that are not features; raise if one has two roles."""
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


def convert_labels(column: pd.Series[Any], name: str, source: Path) -> Array:
    """Return class labels or a response: numbers, booleans or strings (dtype object).

    >>> import pandas as pd
    >>> convert_labels(pd.Series(["M", None]), "class", Path("data.csv"))
    Traceback (most recent call last):
    ValueError: data.csv: the label 'class' misses 1 value, the first in row 2 (empty, NA, None...
    """
    from pandas.api.types import infer_dtype

    _check_complete(column, f"the label {quote(name)}", source)
    plain = np.asarray(column)
    kind = str(infer_dtype(plain))
    if kind == "string":
        return np.array([str(value) for value in plain], dtype=object)
    if kind not in _PLAIN:
        raise ValueError(
            f"{source}: the label {quote(name)} must hold classes or numbers, got {_describe(kind)}"
        )
    dtype = int if kind == "integer" else _PLAIN[kind]
    values = plain if plain.dtype.kind in "biuf" else plain.astype(dtype)
    if not np.isfinite(values).all():
        row = int((~np.isfinite(values)).argmax())
        raise ValueError(
            f"{source}: the label {quote(name)} has infinite values, the first in row {row + 1}"
        )
    return values


def convert_sample_names(column: pd.Series[Any], name: str, source: Path) -> list[str]:
    """Return the names of the samples as strings; `name`, that of the column, may be empty.

    >>> import pandas as pd
    >>> convert_sample_names(pd.Series([7, 8]), "patient", Path("data.csv"))
    ['7', '8']
    """
    shown = f"the column of sample names {quote(name)}" if name else "the unnamed first column"
    _check_complete(column, shown, source)
    return [str(value) for value in column]


def _check_complete(column: pd.Series[Any], shown: str, source: Path) -> None:
    missing = np.asarray(column.isna())
    n_missing = int(missing.sum())
    if n_missing:
        raise ValueError(
            f"{source}: {shown} misses {n_missing} value{'s' if n_missing > 1 else ''}, the first "
            f"in row {int(missing.argmax()) + 1} (empty, NA, None and the like count as missing)"
        )


def _convert_numbers(frame: pd.DataFrame, samples: Sequence[str] | None, source: Path) -> Array:
    """Return all columns as one array; missing values become NaN.

    The dtype is float32 if that of all columns is at most as wide, otherwise float64.
    """
    single = True
    others: dict[str, str] = {}
    converted: dict[str, Array] = {}
    for name, dtype in frame.dtypes.items():
        kind = getattr(dtype, "kind", "O") if isinstance(dtype, np.dtype) else "O"
        single = single and kind == "f" and dtype.itemsize <= 4
        if kind in "biuf":
            continue
        column = _convert_column(frame[name])
        if isinstance(column, str):
            others[str(name)] = column
        else:
            converted[str(name)] = column
    if others:
        message = _describe_other_values(frame, others, samples, source)
        raise blame(ValueError(message), "label", "index", "drop")
    target = np.float32 if single else np.float64
    if not converted:
        return frame.to_numpy(dtype=target)
    return frame.assign(**converted).to_numpy(dtype=target)


def _convert_column(column: pd.Series[Any]) -> Array | str:
    """Return a column as float64, or a description of its values if they are not numbers."""
    from pandas.api.types import infer_dtype

    plain = np.asarray(column, dtype=object)
    kind = str(infer_dtype(column if column.dtype.kind in "mM" else plain, skipna=True))
    if kind not in _PLAIN:
        return _describe(kind)
    missing = np.asarray(column.isna())
    values: Array = np.where(missing, np.nan, plain).astype(np.float64)
    return values


def _describe(kind: str) -> str:
    return _IN_WORDS.get(kind, "values of several kinds")


def _describe_other_values(
    frame: pd.DataFrame, others: Mapping[str, str], samples: Sequence[str] | None, source: Path
) -> str:
    import pandas as pd

    name = next(iter(others))
    column = frame[name]
    offending = np.asarray(column.notna())
    if others[name] == "text":
        numbers = pd.to_numeric(column.astype(object), errors="coerce")
        offending = offending & np.asarray(numbers.isna())  # pandas' own array is read-only
    if not offending.any():  # numbers, but written as text
        offending = np.asarray(column.notna())
    row = int(offending.argmax())
    value = column.iloc[row]
    value = value if isinstance(value, str) else str(value)
    plural = "s hold" if len(others) > 1 else " holds"
    shown = abbreviate(f"{quote(column)} ({kind})" for column, kind in others.items())
    return (
        f"{source}: {len(others)} column{plural} something other than numbers: {shown}; the first "
        f"is {quote(value)} in {describe_row(row, samples)} of {quote(name)}; name it as the label "
        "or the index, or drop it"
    )
