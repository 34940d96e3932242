"""Compute everything that the page about a selection shows, and write the page."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from .... import __version__
from ....toolkit.arrays import Array
from ....toolkit.estimators import ColumnSubsetSelector, JointSparseSelector
from ....toolkit.estimators.selectors.response import find_response
from ...files.atomic import check_target
from ...report.page import write_page
from ..compare import DEFAULT_METHODS, compare_methods
from ..folds import CrossValidation
from ..job import Selection, describe_response, list_remarks
from ..separation import measure_class_separation
from ..table import FeatureTable
from ..univariate import make_univariate_selectors
from .content import Report
from .sections import (
    make_correlation_section,
    make_error_section,
    make_selection_section,
    make_separation_section,
    make_settings_section,
    make_stability_section,
)

_LARGE = 2**20  # entries of the table: beyond, only what takes seconds is computed
_QUICK = ("forward", "pivoted-qr", "leverage", "farthest-point")
_IN_FOLDS = "forward"  # the method for large tables, where each selection is made many times
_MOST_SIZES = 25
_FEW_SIZES = 5

Watch = Callable[[str], object]


def write_report(path: str | os.PathLike[str], report: Report, *, overwrite: bool = False) -> Path:
    """Write the report as one self-contained HTML page.

    Parameters
    ----------
    path : path-like
        The file; see :func:`~groupsparse.apps.report.page.write_page`.
    report : Report
        The content. Sections without data are left out.
    overwrite : bool
        Whether an existing file may be replaced.

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
        make_selection_section,
        make_error_section,
        make_correlation_section,
        make_stability_section,
        make_separation_section,
        make_settings_section,
    )
    sections = [section for make in makers if (section := make(report)) is not None]
    return write_page(
        path,
        report.title,
        _introduce(report),
        sections,
        footer=f"groupsparse {__version__}",
        overwrite=overwrite,
    )


def _introduce(report: Report) -> str:
    n_features, n_selected = len(report.names), len(report.selected)
    samples = "" if report.n_samples is None else f" of {report.n_samples:,} samples"
    purpose = (
        "Together they predict the response."
        if report.supervised
        else "Together they represent all others: every dropped feature is approximated by a "
        "linear combination of them."
    )
    chosen = f"{n_selected:,} of {n_features:,} features{samples} were chosen. {purpose}"
    return f"{report.description}\n\n{chosen}"


def make_report(
    table: FeatureTable, selection: Selection, *, command: str, watch: Watch, data: str = ""
) -> Report:
    """Compute the content of the page about a selection; large tables skip the slow methods.

    `command` is the command line that repeats the selection, `data` the name of the data (by
    default that of the table's file); `watch` is called with the name of every step as it begins.
    """
    settings = selection.settings
    parts: dict[str, pd.DataFrame] = {}
    if not settings.supervised:
        parts["curve"] = _compute_error_curve(table.values, selection, watch)
    if table.labels is not None and has_classes(table.labels, settings.response):
        watch("class separation")
        parts["separation"] = _measure_separation(table, selection)
    notes = [note for note in (describe_response(selection), *list_remarks(table)) if note]
    if "separation" in parts and table.values.size > _LARGE and settings.method != _IN_FOLDS:
        notes.append(
            "The table is large: inside the folds of the class separation, features were chosen "
            f"by the method {_IN_FOLDS!r}."
        )
    name = data or ("" if table.source is None else table.source.name)
    described = f"Data: {name}." if name else ""
    labels = f" Labels: {table.label_name}." if table.label_name else ""
    watch("page")
    return Report.from_selector(
        selection.selector,
        table.values,
        table.feature_names,
        description=f"{described}{labels}",
        standardized=settings.standardize,
        supervised=settings.supervised,
        settings={
            "method": settings.method + (", improved by exchanges" if settings.polish else ""),
            "standardised": settings.standardize,
            "tolerance": settings.tol,
            "random halves": settings.resamples or None,
            "seed": settings.seed,
        },
        commands=[command],
        notes=notes,
        **parts,
    )


def _compute_error_curve(values: Array, selection: Selection, watch: Watch) -> pd.DataFrame:
    """Return the errors of several methods, that of the selection first."""
    settings, selector = selection.settings, selection.selector
    n, is_large = selector.selected_.size, values.size > _LARGE
    sizes = _spread(n) if is_large else list(range(1, max(n, _MOST_SIZES) + 1))
    others = _QUICK if is_large else DEFAULT_METHODS
    methods = [name for name in others if name != settings.method]
    if not is_large:
        methods.insert(0, settings.method)
    curve = compare_methods(
        values,
        sizes=sizes,
        methods=methods,
        standardize=settings.standardize,
        callback=lambda name, *_: watch(f"compare: {name}"),
    )
    if not is_large:
        return curve
    own = pd.DataFrame(
        {"method": settings.method, "n_features": np.arange(1, n + 1), "rmse": selector.errors_}
    )
    own["bound"] = own["n_features"].map(curve.groupby("n_features")["bound"].min())
    return pd.concat([own[own["n_features"].isin(sizes)], curve])


def has_classes(labels: Array, response: str = "auto") -> bool:
    """Return whether labels are classes of at least two samples each, and not numbers.

    `response` says what they are, as in `JointSparseSelector`.

    >>> has_classes(np.array(["a", "b", "a", "b"])), has_classes(np.array([0.5, 1.5, 2.5]))
    (True, False)
    """
    counts = np.unique(labels, return_counts=True)[1]
    is_classes = find_response(labels, response).kind == "classes"
    return is_classes and counts.size > 1 and int(counts.min()) > 1


def _measure_separation(table: FeatureTable, selection: Selection) -> pd.DataFrame:
    """Return cross-validated accuracies for several numbers of features."""
    assert table.labels is not None
    settings = selection.settings
    # Inside the folds, features are standardised before anything is chosen.
    plain = replace(settings, resamples=0, tol=None, standardize=False)
    if table.values.size > _LARGE:
        plain = replace(plain, method=_IN_FOLDS, polish=False)
    forward = replace(plain, method="forward")
    ours = {
        "representing all features": ColumnSubsetSelector(**plain.parameters),
        "predicting classes": JointSparseSelector(response="classes", **forward.parameters),
    }
    names = list(ours)[::-1] if settings.supervised else list(ours)
    others = make_univariate_selectors(settings.seed)
    if table.values.size > _LARGE:
        del others["mutual information"]
    n_varying = int(np.count_nonzero(np.ptp(table.values, axis=0)))
    return measure_class_separation(
        table.values,
        table.labels,
        selectors={name: ours[name] for name in names} | others,
        n_features=_spread(min(selection.selector.selected_.size, n_varying)),
        validation=CrossValidation(random_state=settings.seed),
        n_jobs=settings.jobs,
    )


def _spread(n: int) -> list[int]:
    """Return a few numbers up to `n`."""
    return sorted({max(1, round(n * part)) for part in np.linspace(1 / _FEW_SIZES, 1, _FEW_SIZES)})
