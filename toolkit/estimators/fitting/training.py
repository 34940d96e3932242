"""What estimators are trained on: checked samples, targets, weights and groups of features."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import validate_data

from ...arrays import Array, IntArray
from ...checks import check_flag
from ...groups import Groups
from ...reformulations.regression import Regression
from .feature_groups import feature_groups

_DTYPES = (np.float64, np.float32)


@dataclass(frozen=True)
class Training:
    """Samples of one fit.

    Attributes
    ----------
    X : ndarray or scipy.sparse array, shape (n_samples, n_features)
        Features.
    y : ndarray, shape (n_samples,) or (n_samples, n_targets)
        Targets, in the dtype of X; a single one is a vector.
    sample_weight : array_like of float, shape (n_samples,), optional
        As it came.
    groups : Groups
        Of the features.
    fit_intercept : bool
        Whether there is an intercept.
    is_column : bool
        Whether the single target came as an array of two dimensions.
    """

    X: Any
    y: Array
    sample_weight: ArrayLike | None
    groups: Groups
    fit_intercept: bool
    is_column: bool

    def regression(self, *, explicit: bool = False) -> Regression:
        """Return the samples as a regression in scikit-learn's scaling, constant columns zero.

        In single precision a dense matrix is always centred in a copy, entry by entry: means
        that are taken off products would leave few digits of columns far from zero.
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

    @property
    def weights(self) -> Array:
        """The weights as an array, one by default."""
        if self.sample_weight is None:
            return np.ones(len(self.y))
        return np.asarray(self.sample_weight, dtype=float)

    def part(self, rows: Array) -> Training:
        """Return some of the samples.

        Parameters
        ----------
        rows : ndarray of int
            Which.

        Returns
        -------
        Training
            Copies of these rows.
        """
        weights = None if self.sample_weight is None else self.weights[rows]
        return replace(self, X=self.X[rows], y=self.y[rows], sample_weight=weights)


def checked_training(estimator: Any, X: Any, y: Any, sample_weight: ArrayLike | None) -> Training:
    """Return what came to `fit` as training data, and note the features' names.

    Parameters
    ----------
    estimator : GroupRegressor
        With `groups` and `fit_intercept`.
    X : array_like, DataFrame or sparse matrix, shape (n_samples, n_features)
        Features.
    y : array_like, shape (n_samples,) or (n_samples, n_targets)
        Targets.
    sample_weight : array_like of float, shape (n_samples,), optional
        Weights.

    Returns
    -------
    Training
        The data.

    Raises
    ------
    ValueError
        If something does not fit, is not finite, or `y` holds classes; or `fit_intercept`
        is neither true nor false.
    """
    check_flag("fit_intercept", estimator.fit_intercept)
    _refuse_classes(y)
    X, y = validate_data(
        estimator,
        X,
        y,
        accept_sparse=("csc", "csr"),
        dtype=_DTYPES,
        multi_output=True,
        y_numeric=True,
        ensure_min_samples=2 if estimator.fit_intercept else 1,
    )
    y = np.asarray(y).astype(X.dtype, copy=False)
    is_column = y.ndim == 2 and y.shape[1] == 1
    if is_column:
        y = y[:, 0]
    groups = feature_groups(
        estimator.groups, X.shape[1], getattr(estimator, "feature_names_in_", None)
    )
    return Training(X, y, sample_weight, groups, estimator.fit_intercept, is_column)


def refuse_constant_groups(estimator: Any, groups: Groups, constant: IntArray) -> None:
    """Raise a `ValueError` if all columns of a group are constant beside an intercept.

    Parameters
    ----------
    estimator : GroupRegressor
        Which may know the features' names.
    groups : Groups
        Of the features.
    constant : ndarray of int
        The constant columns.

    Raises
    ------
    ValueError
        With the first such group and its columns.
    """
    is_constant = np.zeros(groups.n_coefs, dtype=bool)
    is_constant[constant] = True
    empty = np.flatnonzero(groups.sums(is_constant.astype(np.intp)) == groups.sizes)
    if not empty.size:
        return
    members = groups.members(int(empty[0]))
    names = getattr(estimator, "feature_names_in_", np.arange(groups.n_coefs))[members]
    shown = ", ".join(map(str, names[:5])) + (", ..." if names.size > 5 else "")
    more = f", and {empty.size - 1} more such groups" if empty.size > 1 else ""
    raise ValueError(
        f"X: all columns of group {empty[0]} ({shown}) are constant{more}; they say nothing "
        "beside an intercept: leave them out, or pass fit_intercept=False"
    )


def _refuse_classes(y: Any) -> None:
    """Raise a `ValueError` if targets are no numbers."""
    values = np.asarray(y) if not hasattr(y, "dtypes") else np.asarray(y.to_numpy())
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
