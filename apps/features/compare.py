"""Comparison of the methods of column subset selection with the bound that none can beat."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ...toolkit.arrays import Array, as_finite_array
from ...toolkit.checks import check_count, check_flag, check_size
from ...toolkit.short_text import shorten
from ...toolkit.subsets.methods import as_method
from ...toolkit.subsets.reduced_problem import make_column_problem
from ...toolkit.subsets.subset_errors import subset_errors, svd_bound
from ..files.atomic import check_target, replace_file

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_METHODS = (
    "search",
    "swaps",
    "forward",
    "ow",
    "ra-ormp",
    "sa-music",
    "l21",
    "pivoted-qr",
    "leverage",
    "farthest-point",
)
"""Names in `groupsparse.toolkit.subsets.methods.METHODS`."""


def compare_methods(
    X: ArrayLike,
    *,
    sizes: int | Iterable[int],
    methods: Iterable[str] | Mapping[str, Any] = DEFAULT_METHODS,
    standardize: bool = False,
    callback: Callable[[str, int, int], object] | None = None,
) -> pd.DataFrame:
    """Compare methods of column subset selection by their reconstruction errors.

    Parameters
    ----------
    X : array_like or DataFrame, shape (n_samples, n_features)
        Samples are rows. The columns are centred.
    sizes : int or iterable of int
        Numbers of features; an integer n stands for 1 to n.
    methods : iterable of str, or dict of str to method
        Names of methods, or a dict with names of your own for anything that `as_method` accepts.
    standardize : bool, default False
        Whether columns are divided by their standard deviations. Constant ones stay zero.
    callback : callable, optional
        Called before each method runs, with its name, its number from 0 on and the number of
        methods.

    Returns
    -------
    DataFrame
        One row per method and size, in this order: "method"; "n_features"; "rmse",
        ``sqrt(||X - X_S X_S^+ X||_F^2 / (n_samples n_features))`` of the centred data;
        "seconds" that the method took for all its sizes; "bound", the same error of the
        best approximation of that rank. Sizes beyond the rank are left out.

    Raises
    ------
    ValueError
        If the table is not numeric and finite or has only one sample, sizes are not positive
        integers, or a method is unknown.

    Examples
    --------
    >>> X = np.random.default_rng(0).standard_normal((20, 6))
    >>> table = compare_methods(X, sizes=3, methods=["search", "forward"])
    >>> table.shape, bool((table["rmse"] >= table["bound"]).all())
    ((6, 5), True)
    """
    import pandas as pd

    columns = centre_columns(X, standardize=standardize)
    asked = _check_sizes(sizes)
    if not isinstance(methods, Mapping):
        if isinstance(methods, str) or not isinstance(methods, Iterable):
            raise ValueError(f"methods must be names of methods, got {shorten(methods)}")
        methods = list(methods)
    named = methods if isinstance(methods, Mapping) else {name: name for name in methods}
    found = {name: as_method(method) for name, method in named.items()}
    root = np.sqrt(columns.size)
    bound = svd_bound(columns) / root
    problem, rows = make_column_problem(columns), []
    for number, (name, method) in enumerate(found.items()):
        if callback is not None:
            callback(name, number, len(found))
        began = perf_counter()
        subsets = method.subsets(problem, asked)
        seconds = perf_counter() - began
        errors = subset_errors(columns, columns, subsets.values()) / root
        rows += [
            (name, n, float(error), seconds, float(bound[n]))
            for n, error in zip(subsets, errors, strict=True)
        ]
    return pd.DataFrame(rows, columns=["method", "n_features", "rmse", "seconds", "bound"])


def centre_columns(X: ArrayLike, *, standardize: bool) -> Array:
    """Return a table, samples as rows, with columns of mean zero and optionally variance one.

    Constant columns become exactly zero.

    >>> centre_columns([[1.0, 5.0], [3.0, 5.0]], standardize=True)
    array([[-1.,  0.],
           [ 1.,  0.]])
    """
    check_flag("standardize", standardize)
    array = as_finite_array(X, "X")
    if array.ndim != 2:
        raise ValueError(f"X must have samples as rows and features as columns, got {array.shape}")
    if len(array) < 2:
        raise ValueError("X must have at least two samples, got one")
    constant = (array == array[0]).all(axis=0)
    centred: Array = array - array.mean(axis=0)
    centred[:, constant] = 0
    if standardize:
        deviations = centred.std(axis=0)
        deviations[constant] = 1
        centred /= deviations
    return centred


def write_comparison(path: Path, curve: pd.DataFrame, *, overwrite: bool) -> None:
    """Write the result of `compare_methods` as CSV or TSV, completely or not at all."""
    check_comparison_output(path, overwrite=overwrite)
    separator = "," if path.suffix.lower() == ".csv" else "\t"
    with replace_file(path, overwrite=overwrite) as temporary:
        curve.to_csv(temporary, index=False, sep=separator)


def check_comparison_output(path: Path, *, overwrite: bool) -> None:
    """Raise, before long work, whatever `write_comparison` would raise."""
    if path.suffix.lower() not in (".csv", ".tsv"):
        raise ValueError(f"{path}: the format must be .csv or .tsv")
    check_target(path, overwrite=overwrite)


def _check_sizes(sizes: int | Iterable[int]) -> list[int]:
    if not isinstance(sizes, Iterable):
        check_size("sizes", sizes)
        return list(range(1, int(sizes) + 1))
    asked = list(sizes)
    if not asked:
        raise ValueError("sizes must name at least one number of features, got none")
    for size in asked:
        check_count("sizes", size)
    return sorted(set(asked))
