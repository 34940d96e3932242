"""The report on a selection: everything that goes on its page, computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.multiclass import type_of_target

from ....toolkit.arrays import Array
from ....toolkit.estimators import ColumnSubsetSelector, JointSparseSelector
from ..compare import DEFAULT_METHODS, compare_methods
from ..select import Settings, remarks
from ..separation import class_separation
from ..table import FeatureTable
from ..univariate import univariate_selectors
from .report import Report

_LARGE = 2**20  # entries of the table: beyond, only what takes seconds is computed
_QUICK = ("forward", "pivoted-qr", "leverage", "farthest-point")
_IN_FOLDS = "forward"  # the method for large tables, where each choice is made many times
_MOST_SIZES = 25
_FEW_SIZES = 5

Watch = Callable[[str], object]


def make_report(
    table: FeatureTable,
    selector: Any,
    settings: Settings,
    *,
    command: str,
    watch: Watch,
    data: str = "",
) -> Report:
    """Compute what the page says about a selection.

    Parameters
    ----------
    table : FeatureTable
        The data.
    selector : ColumnSubsetSelector or JointSparseSelector
        Fitted on it.
    settings : Settings
        How it was made.
    command : str
        The command line that makes it again.
    watch : callable
        Given the name of every step as it begins.
    data : str
        What the data are called; by default as the table's file.

    Returns
    -------
    Report
        Of large tables without the slow methods.
    """
    rest: dict[str, Any] = {}
    if not settings.supervised:
        rest["curve"] = error_curve(table.values, selector, settings, watch)
    if table.labels is not None and has_classes(table.labels):
        watch("class separation")
        rest["separation"] = separation(table, selector, settings)
    names, notes = table.feature_names, remarks(table)
    if "separation" in rest and table.values.size > _LARGE and settings.method != _IN_FOLDS:
        notes.append(
            f"The table is large: inside the folds of the class separation features were chosen "
            f"by the method {_IN_FOLDS!r}."
        )
    called = data or ("" if table.source is None else table.source.name)
    where = f"Data: {called}." if called else ""
    labels = f" Labels: {table.label_name}." if table.label_name else ""
    watch("page")
    return Report.from_selector(
        selector,
        table.values,
        names,
        description=f"{where}{labels}",
        standardized=settings.standardize,
        supervised=settings.supervised,
        settings={
            "method": settings.method + (", polished by exchanges" if settings.polish else ""),
            "standardised": settings.standardize,
            "tolerance": settings.tol,
            "random halves": settings.resamples or None,
            "seed": settings.seed,
        },
        commands=[command],
        notes=notes,
        **rest,
    )


def error_curve(values: Array, selector: Any, settings: Settings, watch: Watch) -> pd.DataFrame:
    """Return the errors of several methods, the one that was used first.

    Parameters
    ----------
    values : ndarray, shape (n_samples, n_features)
        The data.
    selector : ColumnSubsetSelector
        Fitted on them.
    settings : Settings
        How.
    watch : callable
        Given the name of every method as it begins.

    Returns
    -------
    DataFrame
        As `compare_methods` returns it; of large tables for few numbers of features.
    """
    n, is_large = selector.selected_.size, values.size > _LARGE
    sizes = list(range(1, max(n, _MOST_SIZES) + 1))
    if is_large:
        sizes = _spread(n)
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
    own = pd.DataFrame(
        {
            "method": settings.method,
            "n_features": np.arange(1, n + 1),
            "rmse": selector.errors_,
        }
    )
    own["bound"] = own["n_features"].map(curve.groupby("n_features")["bound"].min())
    return pd.concat([own[own["n_features"].isin(sizes)], curve]) if is_large else curve


def has_classes(labels: Array) -> bool:
    """Return whether labels are classes, not a response.

    Parameters
    ----------
    labels : ndarray
        Numbers or strings.

    Returns
    -------
    bool
        False for numbers that are not whole, and where nearly every sample has its own.

    Examples
    --------
    >>> has_classes(np.array(["a", "b", "a", "b"])), has_classes(np.array([0.5, 1.5, 2.5]))
    (True, False)
    """
    counts = np.unique(labels, return_counts=True)[1]
    kind = type_of_target(labels)
    return kind in ("binary", "multiclass") and counts.size > 1 and int(counts.min()) > 1


def separation(table: FeatureTable, selector: Any, settings: Settings) -> pd.DataFrame:
    """Return cross-validated accuracies for several numbers of features.

    Parameters
    ----------
    table : FeatureTable
        With classes as labels.
    selector : ColumnSubsetSelector or JointSparseSelector
        Fitted on it.
    settings : Settings
        How.

    Returns
    -------
    DataFrame
        As `class_separation` returns it.
    """
    assert table.labels is not None
    plain = replace(settings, resamples=0, tol=None, standardize=False)
    if table.values.size > _LARGE:
        plain = replace(plain, method=_IN_FOLDS, polish=False)
    # Inside the folds features are standardised before anything is chosen.
    ours = {
        "representing all features": ColumnSubsetSelector(**_parameters(plain)),
        "predicting classes": JointSparseSelector(**_parameters(replace(plain, method="forward"))),
    }
    names = list(ours)[::-1] if settings.supervised else list(ours)
    others = univariate_selectors(settings.seed)
    if table.values.size > _LARGE:
        del others["mutual information"]
    most = min(selector.selected_.size, int(np.count_nonzero(np.ptp(table.values, axis=0))))
    return class_separation(
        table.values,
        table.labels,
        selectors={name: ours[name] for name in names} | others,
        n_features=_spread(most),
        random_state=settings.seed,
        n_jobs=settings.jobs,
    )


def _parameters(settings: Settings) -> dict[str, Any]:
    parameters: dict[str, Any] = settings.selector().get_params()
    return parameters


def _spread(n: int) -> list[int]:
    """Return a few numbers up to n."""
    return sorted({max(1, round(n * part)) for part in np.linspace(1 / _FEW_SIZES, 1, _FEW_SIZES)})
