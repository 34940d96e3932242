"""The numbers in the columns of a data frame.

A column that holds something else is refused by name: turned into numbers by
itself, text would become a feature without meaning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ....toolkit.arrays import Array
from ...terminal.hints import blame
from ...terminal.messages import abbreviate, quote
from .column_kinds import PLAIN, in_words
from .values import row_shown

if TYPE_CHECKING:
    import pandas as pd


def numbers_of(frame: pd.DataFrame, samples: Sequence[str] | None, source: Path) -> Array:
    """Return all columns as one array.

    Parameters
    ----------
    frame : DataFrame
        With columns of distinct names.
    samples : sequence of str or None
        The names of the samples, for the message.
    source : Path
        The file, for the message.

    Returns
    -------
    ndarray, shape (n_samples, n_features)
        Single precision if all columns are, else double; missing values have
        become NaN.

    Raises
    ------
    ValueError
        If columns hold something else than numbers or booleans.

    Examples
    --------
    >>> import pandas as pd
    >>> numbers_of(pd.DataFrame({"size": [1, 2], "ill": [True, None]}), None, Path("data.csv"))
    array([[ 1.,  1.],
           [ 2., nan]])
    """
    single = True
    others: dict[str, str] = {}
    converted: dict[str, Array] = {}
    for name, dtype in frame.dtypes.items():
        kind = getattr(dtype, "kind", "O") if isinstance(dtype, np.dtype) else "O"
        single = single and kind == "f" and dtype.itemsize <= 4
        if kind in "biuf":
            continue
        column = _plain_numbers(frame[name])
        if isinstance(column, str):
            others[str(name)] = column
        else:
            converted[str(name)] = column
    if others:
        message = _other_than_numbers(frame, others, samples, source)
        raise blame(ValueError(message), "label", "index", "drop")
    target = np.float32 if single else np.float64
    if not converted:
        return frame.to_numpy(dtype=target)
    return frame.assign(**converted).to_numpy(dtype=target)


def _plain_numbers(column: pd.Series[Any]) -> Array | str:
    """Return a column as double precision, or what else it holds in words."""
    from pandas.api.types import infer_dtype

    plain = np.asarray(column, dtype=object)
    kind = str(infer_dtype(column if column.dtype.kind in "mM" else plain, skipna=True))
    if kind not in PLAIN:
        return in_words(kind)
    missing = np.asarray(column.isna())
    values: Array = np.where(missing, np.nan, plain).astype(np.float64)
    return values


def _other_than_numbers(
    frame: pd.DataFrame, others: Mapping[str, str], samples: Sequence[str] | None, source: Path
) -> str:
    import pandas as pd

    name = next(iter(others))
    column = frame[name]
    offending = np.asarray(column.notna())
    if others[name] == "text":
        offending &= np.asarray(pd.to_numeric(column.astype(object), errors="coerce").isna())
    if not offending.any():  # numbers, but written as text
        offending = np.asarray(column.notna())
    row = int(offending.argmax())
    value = column.iloc[row]
    value = value if isinstance(value, str) else str(value)
    plural = "s hold" if len(others) > 1 else " holds"
    shown = abbreviate(f"{quote(column)} ({kind})" for column, kind in others.items())
    return (
        f"{source}: {len(others)} column{plural} something other than numbers: {shown}; the first "
        f"is {quote(value)} in {row_shown(row, samples)} of {quote(name)}; name it as the label or "
        "the index, or drop it"
    )
