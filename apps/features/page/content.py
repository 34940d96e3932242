"""The content of a page about a selection of features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array, IntArray
from .correlation import correlate_features


@dataclass(frozen=True, eq=False)
class Report:
    """The content of a report on a selection of features; all but the selection is optional.

    Attributes
    ----------
    names : sequence of str, length n_features
        Names of all features of the data, not necessarily distinct.
    selected : ndarray of int, shape (n_selected,)
        The selected features, the most important first.
    scores : ndarray of float, shape (n_features,), optional
        Row norms of the coefficients: zero for features that were not selected.
    title : str
        Title of the page.
    description : str
        Description of the data; an empty line starts a new paragraph.
    n_samples : int, optional
        Number of samples the selection was made on.
    standardized : bool
        Whether features were divided by their standard deviations, so that errors
        have no unit.
    supervised : bool
        Whether the features predict a response or classes instead of all other
        features.
    frequency : ndarray of float, shape (n_features,), optional
        Share of the resampled data sets in which each feature was selected.
    correlation : ndarray of float, shape (n_selected, n_features), optional
        The result of :func:`~groupsparse.apps.features.page.correlation.correlate_features`.
    curve : DataFrame, optional
        Columns ``method``, ``n_features``, ``rmse`` and optionally ``bound`` and
        ``seconds``. The method of the selection comes first.
    separation : DataFrame, optional
        The result of :func:`~groupsparse.apps.features.separation.measure_class_separation`.
    settings : mapping of str to object
        Other settings of the selection.
    commands : sequence of str
        Command lines that reproduce it.
    notes : sequence of str
        Remarks, for example on constant or duplicate columns.

    Raises
    ------
    ValueError
        If nothing is selected, or an array does not have the shape above.

    Examples
    --------
    >>> report = Report(["size", "weight", "age"], np.array([2, 0]))
    >>> report.selection[["feature", "rank"]]
      feature  rank
    0     age     1
    1    size     2
    """

    names: Sequence[str]
    selected: IntArray
    _: KW_ONLY
    scores: Array | None = None
    title: str = "Chosen features"
    description: str = ""
    n_samples: int | None = None
    standardized: bool = False
    supervised: bool = False
    frequency: Array | None = None
    correlation: Array | None = None
    curve: pd.DataFrame | None = None
    separation: pd.DataFrame | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    commands: Sequence[str] = ()
    notes: Sequence[str] = ()

    def __post_init__(self) -> None:
        n_features, n_selected = len(self.names), len(self.selected)
        if not 1 <= n_selected <= n_features:
            raise ValueError(
                f"selected must hold between 1 and {n_features} features, got {n_selected}"
            )
        shapes = {
            "scores": (n_features,),
            "frequency": (n_features,),
            "correlation": (n_selected, n_features),
        }
        for name, expected in shapes.items():
            array = getattr(self, name)
            if array is not None and array.shape != expected:
                raise ValueError(f"{name} must have shape {expected}, got {array.shape}")

    @classmethod
    def from_selector(
        cls, selector: Any, X: ArrayLike, names: Sequence[str], **rest: Any
    ) -> Report:
        """Return the report on a fitted selector, with its own errors as the default curve.

        Parameters
        ----------
        selector : ColumnSubsetSelector or JointSparseSelector
            Fitted. Any other object needs only the attribute ``selected_``.
        X : array_like, shape (n_samples, n_features)
            The data.
        names : sequence of str, length n_features
            Names of the features.
        **rest
            Other fields of the report; they override those of the selector.
        """
        fields: dict[str, Any] = {
            "n_samples": np.shape(X)[0],
            "scores": getattr(selector, "scores_", None),
            "frequency": getattr(selector, "selection_frequency_", None),
            "correlation": correlate_features(X, selector.selected_),
        }
        errors = getattr(selector, "errors_", None)
        if errors is not None:
            numbers = np.arange(1, len(errors) + 1)
            fields["curve"] = pd.DataFrame(
                {"method": "this selection", "n_features": numbers, "rmse": errors}
            )
        return cls(names, selector.selected_, **(fields | rest))

    @property
    def selected_names(self) -> list[str]:
        """The names of the selected features, the most important first."""
        return [str(self.names[feature]) for feature in self.selected]

    @property
    def selected_scores(self) -> Array | None:
        """The scores of the selected features, in the order of `selected`."""
        return None if self.scores is None else self.scores[self.selected]

    @property
    def selection(self) -> pd.DataFrame:
        """The selected features: feature, rank and, if known, score and selection frequency."""
        columns: dict[str, object] = {
            "feature": self.selected_names,
            "rank": np.arange(1, len(self.selected) + 1),
        }
        if self.selected_scores is not None:
            columns["score"] = self.selected_scores
        if self.frequency is not None:
            columns["selection_frequency"] = self.frequency[self.selected]
        return pd.DataFrame(columns)
