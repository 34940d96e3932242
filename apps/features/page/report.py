"""The report on a choice of features, as one page."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .... import __version__
from ....toolkit.arrays import Array, IntArray
from ...files.atomic import check_target
from ...report.page import write_page
from .correlation import correlations
from .sections import (
    correlation_section,
    error_section,
    selection_section,
    settings_section,
    stability_section,
)
from .separation_section import separation_section


@dataclass(frozen=True, eq=False)
class Report:
    """What a page says about a choice of features; everything but the choice may be left out.

    Attributes
    ----------
    names : sequence of str, length n_features
        Of all features of the data. Names may occur twice.
    selected : ndarray of int, shape (n_selected,)
        The chosen features, the most important first.
    scores : ndarray of float, shape (n_features,), optional
        Row norms: zero for features that were not chosen.
    title : str
        Of the page.
    description : str
        What the data are; an empty line starts a new paragraph.
    n_samples : int, optional
        How many samples the choice was made on.
    standardized : bool
        Whether features were divided by their standard deviations, and so
        errors have no unit.
    supervised : bool
        Whether the features were to predict a response or classes, instead of
        all other features.
    frequency : ndarray of float, shape (n_features,), optional
        The share of resampled data sets that chose each feature.
    correlation : ndarray of float, shape (n_selected, n_features), optional
        As :func:`~groupsparse.apps.features.page.correlation.correlations` returns it.
    curve : DataFrame, optional
        Columns ``method``, ``n_features``, ``rmse`` and optionally ``bound`` and
        ``seconds``. The method of the choice is the first.
    separation : DataFrame, optional
        As :func:`~groupsparse.apps.features.separation.class_separation` returns it.
    settings : mapping of str to object
        What else the choice was made with.
    commands : sequence of str
        Command lines that reproduce it.
    notes : sequence of str
        Remarks, such as on constant or duplicate columns.

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
        """Return the report on a fitted selector.

        Parameters
        ----------
        selector : ColumnSubsetSelector or JointSparseSelector
            After `fit`. Of another one only the attribute ``selected_`` is needed.
        X : array_like, shape (n_samples, n_features)
            The data.
        names : sequence of str, length n_features
            Of the features.
        **rest
            Other fields, which go before those of the selector.

        Returns
        -------
        Report
            With scores, correlations, selection frequencies if the selector
            has them, and its own errors for a curve if none is given.
        """
        fields: dict[str, Any] = {
            "n_samples": np.shape(X)[0],
            "scores": getattr(selector, "scores_", None),
            "frequency": getattr(selector, "selection_frequency_", None),
            "correlation": correlations(X, selector.selected_),
        }
        errors = getattr(selector, "errors_", None)
        if errors is not None:
            numbers = np.arange(1, len(errors) + 1)
            fields["curve"] = pd.DataFrame(
                {"method": "this choice", "n_features": numbers, "rmse": errors}
            )
        return cls(names, selector.selected_, **(fields | rest))

    @property
    def selected_names(self) -> list[str]:
        """The names of the chosen features, the most important first."""
        return [str(self.names[feature]) for feature in self.selected]

    @property
    def selected_scores(self) -> Array | None:
        """The scores of the chosen features, in their order."""
        return None if self.scores is None else self.scores[self.selected]

    @property
    def selection(self) -> pd.DataFrame:
        """The chosen features: feature, rank and, if known, score and selection frequency."""
        columns: dict[str, object] = {
            "feature": self.selected_names,
            "rank": np.arange(1, len(self.selected) + 1),
        }
        if self.selected_scores is not None:
            columns["score"] = self.selected_scores
        if self.frequency is not None:
            columns["selection_frequency"] = self.frequency[self.selected]
        return pd.DataFrame(columns)


def write_report(path: str | os.PathLike[str], report: Report, *, overwrite: bool = False) -> Path:
    """Write the report as one self-contained HTML page.

    Parameters
    ----------
    path : path-like
        The file; see :func:`~groupsparse.apps.report.page.write_page`.
    report : Report
        The content. Sections without data are left out.
    overwrite : bool
        Whether a file that exists may be replaced.

    Returns
    -------
    pathlib.Path
        `path`.

    Raises
    ------
    FileExistsError
        If `path` exists and `overwrite` is false.

    Examples
    --------
    >>> report = Report(["size", "weight", "age"], np.array([2, 0]))
    >>> write_report("out/features.html", report).name
    'features.html'
    """
    check_target(path, overwrite=overwrite)
    makers = (
        selection_section,
        error_section,
        correlation_section,
        stability_section,
        separation_section,
        settings_section,
    )
    sections = [section for make in makers if (section := make(report)) is not None]
    return write_page(
        path,
        report.title,
        _introduction(report),
        sections,
        footer=f"groupsparse {__version__}",
        overwrite=overwrite,
    )


def _introduction(report: Report) -> str:
    n_features, n_selected = len(report.names), len(report.selected)
    samples = "" if report.n_samples is None else f" of {report.n_samples:,} samples"
    purpose = (
        "Together they are to predict the response."
        if report.supervised
        else "Together they are to represent all others: every dropped feature is approximated by "
        "a linear combination of them."
    )
    chosen = f"{n_selected:,} of {n_features:,} features{samples} were chosen. {purpose}"
    return f"{report.description}\n\n{chosen}"
