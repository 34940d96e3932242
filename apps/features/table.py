"""A table of features by name: what every file becomes before anything is selected."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...toolkit.arrays import Array

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class FeatureTable:
    """Samples by features, with their names.

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
        What the file calls the labels.
    source : Path or None
        The file.

    Raises
    ------
    ValueError
        If the numbers of names, labels and values disagree.

    Examples
    --------
    >>> import numpy as np
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
        """The values as a DataFrame, samples and features under their names."""
        import pandas as pd

        index = None if self.sample_names is None else list(self.sample_names)
        return pd.DataFrame(self.values, index=index, columns=list(self.feature_names))
