"""The checks that the numbers of a table go through, whatever file they come from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ....toolkit.arrays import Array, inexact_dtype
from ...terminal.messages import abbreviate, check_distinct_names, quote
from ..table import FeatureTable


def checked_table(
    values: Array,
    feature_names: Sequence[str],
    source: Path,
    *,
    sample_names: Sequence[str] | None,
    labels: Array | None,
    label_name: str | None,
) -> FeatureTable:
    """Return a table of real, finite numbers, or say which features have others.

    Parameters
    ----------
    values : ndarray, shape (n_samples, n_features)
        Numbers or booleans.
    feature_names : sequence of str
        One per column.
    source : Path
        The file, for the messages.
    sample_names : sequence of str or None
        One per row.
    labels : ndarray or None
        One per row.
    label_name : str or None
        What they are called.

    Returns
    -------
    FeatureTable
        With values in float32 or float64.

    Raises
    ------
    ValueError
        If the values are something else, are missing or infinite, if there
        are fewer than two features or no sample, or if two features have one
        name.

    Examples
    --------
    >>> checked_table(
    ...     np.array([[1, np.nan]]),
    ...     ["size", "weight"],
    ...     Path("data.csv"),
    ...     sample_names=None,
    ...     labels=None,
    ...     label_name=None,
    ... )
    Traceback (most recent call last):
    ValueError: data.csv: missing values in 1 of 2 features: 'weight' (1); the first is in row...
    """
    n_samples, n_features = values.shape
    check_distinct_names(feature_names, source, "features")
    if n_samples == 0:
        raise ValueError(f"{source} has no samples (shape {values.shape})")
    if n_features < 2:
        only = f"only one feature, {quote(feature_names[0])}" if n_features else "no features"
        raise ValueError(f"{source} has {only}: there is nothing to select from")
    numbers = _real(values, source)
    _check_finite(numbers, feature_names, sample_names, source)
    samples = None if sample_names is None else tuple(sample_names)
    return FeatureTable(numbers, tuple(feature_names), samples, labels, label_name, source)


def dense(values: Any) -> Array:
    """Return a matrix as a dense array, whether or not it is sparse.

    Parameters
    ----------
    values : ndarray or SciPy sparse matrix
        With two axes.

    Returns
    -------
    ndarray
        In C order if it was sparse.

    Raises
    ------
    ValueError
        If the indices of a sparse matrix point outside of it.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> dense(csr_array(np.eye(2)))
    array([[1., 0.],
           [0., 1.]])
    """
    from scipy.sparse import csr_array, issparse

    if not issparse(values):
        return np.asarray(values)
    compressed: Any = values
    matrix = compressed if compressed.format in ("csr", "csc") else csr_array(compressed)
    matrix.check_format(full_check=True)  # indices of a damaged file would write anywhere
    return np.asarray(matrix.toarray(order="C"))


def _real(values: Array, source: Path) -> Array:
    """Return numbers in a real floating-point dtype, in C order."""
    if values.dtype.kind == "c":
        raise ValueError(f"{source} holds complex values; features must be real")
    if values.dtype.kind not in "biuf":
        raise ValueError(f"{source} holds values of dtype {values.dtype}; features must be numbers")
    return np.ascontiguousarray(values, dtype=inexact_dtype(values.dtype))


def _check_finite(
    values: Array, names: Sequence[str], samples: Sequence[str] | None, source: Path
) -> None:
    finite = np.isfinite(values)
    if finite.all():
        return
    missing = np.isnan(values)
    kind, bad = ("missing", missing) if missing.any() else ("infinite", ~finite)
    counts = bad.sum(axis=0)
    columns = np.flatnonzero(counts)
    shown = abbreviate(f"{quote(names[j])} ({counts[j]})" for j in columns.tolist())
    column = int(columns[0])
    row = int(bad[:, column].argmax())
    raise ValueError(
        f"{source}: {kind} values in {columns.size} of {len(names)} features: {shown}; "
        f"the first is in {row_shown(row, samples)} of {quote(names[column])}"
    )


def row_shown(row: int, samples: Sequence[str] | None) -> str:
    """Return how a message speaks of a row.

    Parameters
    ----------
    row : int
        Its position, from 0.
    samples : sequence of str or None
        The names of the samples, if there are any.

    Returns
    -------
    str
        Its number from 1, and its name.

    Examples
    --------
    >>> print(row_shown(1, ["Ann", "Bob"]))
    row 2 ('Bob')
    """
    return f"row {row + 1}" + ("" if samples is None else f" ({quote(samples[row])})")
