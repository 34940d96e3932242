"""Class labels, responses and names of samples, from a column of a data frame."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ....toolkit.arrays import Array
from ...terminal.messages import quote
from .column_kinds import PLAIN, in_words

if TYPE_CHECKING:
    import pandas as pd


def label_values(column: pd.Series[Any], name: str, source: Path) -> Array:
    """Return class labels or a response, as numbers, booleans or strings.

    Parameters
    ----------
    column : Series
        As it came from the file.
    name : str
        What it is called.
    source : Path
        The file, for the message.

    Returns
    -------
    ndarray
        Strings have dtype object.

    Raises
    ------
    ValueError
        If values are missing or infinite, or are something else.

    Examples
    --------
    >>> import pandas as pd
    >>> label_values(pd.Series(["M", None]), "class", Path("data.csv"))
    Traceback (most recent call last):
    ValueError: data.csv: the label 'class' misses 1 value, the first in row 2 (empty, NA, None...
    """
    from pandas.api.types import infer_dtype

    _check_complete(column, f"the label {quote(name)}", source)
    plain = np.asarray(column)
    kind = str(infer_dtype(plain))
    if kind == "string":
        return np.array([str(value) for value in plain], dtype=object)
    if kind not in PLAIN:
        raise ValueError(
            f"{source}: the label {quote(name)} must hold classes or numbers, got {in_words(kind)}"
        )
    integers = kind == "integer"
    values = plain if plain.dtype.kind in "biuf" else plain.astype(int if integers else PLAIN[kind])
    if not np.isfinite(values).all():
        row = int((~np.isfinite(values)).argmax())
        raise ValueError(
            f"{source}: the label {quote(name)} has infinite values, the first in row {row + 1}"
        )
    return values


def sample_names(column: pd.Series[Any], name: str, source: Path) -> list[str]:
    """Return the names of the samples as strings.

    Parameters
    ----------
    column : Series
        As it came from the file.
    name : str
        What it is called; empty if it has no name.
    source : Path
        The file, for the message.

    Returns
    -------
    list of str
        One per row.

    Raises
    ------
    ValueError
        If names are missing.

    Examples
    --------
    >>> import pandas as pd
    >>> sample_names(pd.Series([7, 8]), "patient", Path("data.csv"))
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
