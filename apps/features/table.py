"""A table of features by name, and the checks that it passes whatever file it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike

from ...toolkit.arrays import Array, inexact_dtype
from ..files.memory import check_array
from ..terminal.messages import abbreviate, check_distinct_names, check_known_names, quote

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ReadOptions:
    """Which parts of a file hold what; see `read_table`."""

    label: str | None = None
    index: str | None = None
    drop: tuple[str, ...] = ()
    layer: str | None = None
    key: str | None = None


@dataclass(frozen=True, eq=False)
class FeatureTable:
    """A table of samples by features, with the names of both.

    Attributes
    ----------
    values : ndarray, shape (n_samples, n_features)
        Finite, of dtype float32 or float64.
    feature_names : tuple of str
        Distinct, one per column.
    sample_names : tuple of str or None
        One per row, not necessarily distinct; None if the file has none.
    labels : ndarray, shape (n_samples,), or None
        Class labels or a response, without missing values: numbers, booleans
        or strings (dtype object).
    label_name : str or None
        The name of the labels in the file.
    source : Path or None
        The file.

    Raises
    ------
    ValueError
        If the numbers of names, labels and values disagree.

    Examples
    --------
    >>> table = FeatureTable(np.eye(2), ("size", "weight"), ("Ann", "Bob"))
    >>> float(table.frame.loc["Bob", "weight"])
    1.0
    """

    values: Array
    feature_names: tuple[str, ...]
    sample_names: tuple[str, ...] | None = None
    labels: Array | None = None
    label_name: str | None = None
    source: Path | None = None

    def __post_init__(self) -> None:
        n_samples, n_features = self.values.shape
        if len(self.feature_names) != n_features:
            raise ValueError(
                f"feature_names must hold {n_features} names, got {len(self.feature_names)}"
            )
        for name, values in (("sample_names", self.sample_names), ("labels", self.labels)):
            if values is not None and len(values) != n_samples:
                raise ValueError(f"{name} must hold {n_samples} values, got {len(values)}")

    @property
    def frame(self) -> pd.DataFrame:
        """The values as a DataFrame with the names of samples and features."""
        import pandas as pd

        index = None if self.sample_names is None else list(self.sample_names)
        return pd.DataFrame(self.values, index=index, columns=list(self.feature_names))


def make_table(
    values: Array,
    feature_names: Sequence[str],
    source: Path,
    *,
    drop: Sequence[str] = (),
    sample_names: Sequence[str] | None = None,
    labels: Array | None = None,
    label_name: str | None = None,
) -> FeatureTable:
    """Return a table of real, finite numbers without the features to drop.

    Errors name the features that hold anything else.

    >>> make_table(np.array([[1, np.nan]]), ["size", "weight"], Path("data.csv"))
    Traceback (most recent call last):
    ValueError: data.csv: missing values in 1 of 2 features: 'weight' (1); the first is in row...
    """
    if drop:
        check_known_names(drop, feature_names, source, "feature", argument="drop")
        kept = [j for j, name in enumerate(feature_names) if name not in set(drop)]
        values, feature_names = values[:, kept], [feature_names[j] for j in kept]
    n_samples, n_features = values.shape
    check_distinct_names(feature_names, source, "features")
    if n_samples == 0:
        raise ValueError(f"{source} has no samples (shape {values.shape})")
    if n_features < 2:
        only = f"only one feature, {quote(feature_names[0])}" if n_features else "no features"
        raise ValueError(f"{source} has {only}: there is nothing to select from")
    numbers = _convert_to_real(values, source)
    _check_finite(numbers, feature_names, sample_names, source)
    samples = None if sample_names is None else tuple(sample_names)
    return FeatureTable(numbers, tuple(feature_names), samples, labels, label_name, source)


def densify(
    values: ArrayLike | scipy.sparse.sparray | scipy.sparse.spmatrix, source: str | Path
) -> Array:
    """Return a matrix of NumPy or SciPy as a dense array; raise if its indices are damaged.

    >>> from scipy.sparse import csr_array
    >>> densify(csr_array(np.eye(2)), "data.mat")
    array([[1., 0.],
           [0., 1.]])
    """
    from scipy.sparse import csr_array, issparse

    if not issparse(values):
        return np.asarray(values)
    compressed: Any = values
    matrix = compressed if compressed.format in ("csr", "csc") else csr_array(compressed)
    matrix.check_format(full_check=True)  # indices of a damaged file would write anywhere
    check_array(source, matrix.shape, matrix.dtype.itemsize)
    return np.asarray(matrix.toarray(order="C"))


def _convert_to_real(values: Array, source: Path) -> Array:
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
        f"the first is in {describe_row(row, samples)} of {quote(names[column])}"
    )


def describe_row(row: int, samples: Sequence[str] | None) -> str:
    """Return the number of a row, counted from 1, and its name if there is one.

    >>> print(describe_row(1, ["Ann", "Bob"]))
    row 2 ('Bob')
    """
    return f"row {row + 1}" + ("" if samples is None else f" ({quote(samples[row])})")
