"""Training data of estimators: checked samples, targets, weights and groups of features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from ..arrays import Array, IntArray, as_finite_array, as_plain_array
from ..checks import check_flag
from ..execution.caller import warn_caller
from ..groups import AcrossAxis, Groups
from ..groups.parsing import GroupsLike, make_groups
from ..operators.matrix import check_weights
from ..reformulations.regression import Features, Regression
from .feature_lists import list_features
from .features import prepare_features

_DTYPES = (np.float64, np.float32)
_MOST_NAMED = 5


@dataclass(frozen=True)
class Training:
    """Samples of one fit.

    `X` is an ndarray or a sparse array, shape (n_samples, n_features); a single target `y` is a
    vector, and `is_column` says whether it came as an array of two dimensions.
    """

    X: Any
    y: Array
    sample_weight: ArrayLike | None
    groups: Groups
    names: Array | None
    fit_intercept: bool
    is_column: bool

    def make_regression(self, *, explicit: bool = False) -> Regression:
        """Return the samples as a regression in scikit-learn's scaling, constant columns zero.

        In single precision a dense matrix is always centred in a copy, entry by entry: means
        that are subtracted from products would leave few digits of columns far from zero.
        """
        return Regression(
            self.X,
            self.y,
            self.groups,
            sample_weight=self.sample_weight,
            fit_intercept=self.fit_intercept,
            per_sample=True,
            explicit=explicit or self.X.dtype == np.float32,
            constant_columns="zero",
        )

    def make_whole_regression(self, *, explicit: bool = False) -> Regression:
        """Return the regression; warn of constant columns, whose coefficients are zero."""
        regression = self.make_regression(explicit=explicit)
        if regression.constant.size:
            warn_caller(
                "X is constant in "
                f"{list_features(self.names, regression.constant)}: beside an intercept, constant "
                "features have no effect, and coefficient zero"
            )
        return regression

    @property
    def weights(self) -> Array:
        """The weights as an array, one by default."""
        if self.sample_weight is None:
            return np.ones(len(self.y))
        return np.asarray(self.sample_weight, dtype=float)

    def select(self, rows: IntArray) -> Training:
        """Return a copy of some samples."""
        weights = None if self.sample_weight is None else self.weights[rows]
        return replace(self, X=self.X[rows], y=self.y[rows], sample_weight=weights)


def check_training(
    estimator: BaseEstimator, X: Features, y: ArrayLike, sample_weight: ArrayLike | None
) -> Training:
    """Return the arguments of `fit` as training data; the estimator notes the feature names.

    Raise a `ValueError` if shapes do not fit, values are not finite, `y` holds classes, or
    `groups` or `fit_intercept` of the estimator are invalid.
    """
    check_flag("fit_intercept", estimator.fit_intercept)
    _refuse_classes(y)
    samples, targets = validate_data(
        estimator,
        prepare_features(X),
        y,
        accept_sparse=("csc", "csr"),
        dtype=_DTYPES,
        multi_output=True,
        y_numeric=True,
        ensure_min_samples=2 if estimator.fit_intercept else 1,
    )
    targets = _cast_targets(np.asarray(targets), samples.dtype)
    if sample_weight is not None:
        sample_weight = check_weights(sample_weight, len(targets))
    is_column = targets.ndim == 2 and targets.shape[1] == 1
    if is_column:
        targets = targets[:, 0]
    names = getattr(estimator, "feature_names_in_", None)
    groups = make_feature_groups(estimator.groups, samples.shape[1], names)
    return Training(
        samples, targets, sample_weight, groups, names, estimator.fit_intercept, is_column
    )


def _cast_targets(targets: Array, dtype: np.dtype[Any]) -> Array:
    """Return targets in the precision of the features, in double where single cannot hold them."""
    numbers = as_finite_array(targets, "y")
    largest, limits = float(np.abs(numbers).max()), np.finfo(dtype)
    fits = not largest or float(limits.tiny) <= largest <= float(limits.max)
    return numbers.astype(dtype, copy=False) if fits else numbers


def make_feature_groups(spec: GroupsLike, n_features: int, names: Array | None) -> Groups:
    """Return groups of features, from what `make_groups` takes or from feature names.

    Names come in a list of lists, or as the index of a pandas Series of labels, in any order.

    Examples
    --------
    >>> names = np.array(["age", "dose", "weight"])
    >>> make_feature_groups([["dose"], ["age", "weight"]], 3, names).members(1)
    array([0, 2])
    """
    if isinstance(spec, AcrossAxis):
        raise ValueError("groups must be groups of features; targets belong together anyway")
    if hasattr(spec, "reindex"):
        spec = _find_labels(spec, names)
    elif _holds_names(spec):
        spec = [_find_positions(group, names) for group in spec]
    return make_groups(spec, n_features)


def _holds_names(spec: GroupsLike) -> TypeGuard[Sequence[Sequence[str]]]:
    """Return whether this is a list of groups, some of which hold names."""
    if not isinstance(spec, Sequence) or isinstance(spec, str):
        return False
    listed = [group for group in spec if isinstance(group, Sequence | np.ndarray)]
    return any(
        isinstance(name, str) for group in listed if not isinstance(group, str) for name in group
    )


def _find_labels(series: Any, names: Array | None) -> Array:
    """Return the labels of a pandas Series in the order of the features."""
    if names is None or not set(series.index) & set(names):
        return np.asarray(series)  # its index does not name features
    missing = [name for name in names if name not in series.index]
    if missing or not series.index.is_unique:
        what = f"no label for {_list_few(missing)}" if missing else "a name occurs twice"
        raise ValueError(f"groups: a Series must have one label for each feature; {what}")
    return np.asarray(series.reindex(names))


def _find_positions(group: Sequence[str], names: Array | None) -> IntArray:
    """Return the positions of named features."""
    if names is None:
        raise ValueError("groups: given by feature name, but X has no feature names")
    place = {name: position for position, name in enumerate(names)}
    unknown = [name for name in group if name not in place]
    if unknown:
        raise ValueError(f"groups: X has no feature called {_list_few(unknown)}")
    return np.array([place[name] for name in group], dtype=np.intp)


def _list_few(names: Sequence[object] | Array) -> str:
    """Return the first few names, separated by commas."""
    shown = ", ".join(map(str, names[:_MOST_NAMED]))
    return shown + (", ..." if len(names) > _MOST_NAMED else "")


def _refuse_classes(y: ArrayLike) -> None:
    """Raise a `ValueError` if targets are not numbers."""
    values = as_plain_array(y.to_numpy() if hasattr(y, "to_numpy") else y, "y")
    kind = values.dtype.kind
    if kind == "O":
        is_class = any(isinstance(value, str | bool | np.bool_) for value in values.ravel())
    else:
        is_class = kind in "USb"
    if is_class:
        classes = np.unique(values.astype(str)).tolist()
        shown = ", ".join(map(repr, classes[:3])) + (", ..." if len(classes) > 3 else "")
        raise ValueError(
            f"y must hold numbers, got class labels ({shown}): "
            "this is a regressor; code classes as numbers, such as one column of 0 and 1 per class"
        )
