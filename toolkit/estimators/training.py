"""Training data of estimators: checked samples, targets, weights and groups of features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array, IntArray, Shape, as_finite_array
from ..execution.caller import warn_caller
from ..groups import AcrossAxis, Groups
from ..groups.parsing import GroupsLike, make_groups
from ..reformulations.loss_regression import LossRegression
from ..reformulations.regression import Regression
from ..reformulations.regression_form import RegressionForm
from .feature_lists import list_features
from .kinds.targets import Targets

_MOST_NAMED = 5


@dataclass(frozen=True)
class Training:
    """Samples of one fit.

    `X` is an ndarray or a sparse array, shape (n_samples, n_features); an `offset` is that of
    the linear model, in the shape of an image.
    """

    X: Any
    targets: Targets
    sample_weight: Array | None
    offset: Array | None
    groups: Groups
    names: Array | None
    fit_intercept: bool

    def make_regression(self, *, explicit: bool = False) -> RegressionForm:
        """Return the samples as a regression in scikit-learn's scaling, constant columns zero.

        In single precision a dense matrix is always centred in a copy, entry by entry: means
        that are subtracted from products would leave few digits of columns far from zero.
        """
        if not self.targets.is_squared:
            return self._make_loss_regression()
        y = self.targets.values
        return Regression(
            self.X,
            y if self.offset is None else (y - self.offset).astype(y.dtype),
            self.groups,
            sample_weight=self.sample_weight,
            fit_intercept=self.fit_intercept,
            per_sample=True,
            explicit=explicit or self.X.dtype == np.float32,
            constant_columns="zero",
        )

    def _make_loss_regression(self) -> RegressionForm:
        """Return the samples of positive weight as a regression of their loss."""
        part = self.drop_weightless()
        weights = part.weights
        return LossRegression(
            part.X,
            part.targets.make_data(),
            part.groups,
            loss=part.targets.make_loss(np.sqrt(weights / weights.sum())),
            sample_weight=weights,
            offset=part.offset,
            fit_intercept=part.fit_intercept,
            has_column=part.targets.has_level,
        )

    def make_whole_regression(self, *, explicit: bool = False) -> RegressionForm:
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
    def y(self) -> Array:
        """The targets, coded as numbers."""
        return self.targets.values

    @property
    def weights(self) -> Array:
        """The weights as an array, one by default."""
        if self.sample_weight is None:
            return np.ones(len(self.y))
        return np.asarray(self.sample_weight, dtype=float)

    def compute_image(self, regression: RegressionForm, coef: Array) -> Array:
        """Return the linear model of all samples for coefficients of a regression's problem."""
        image: Array = self.X @ regression.slopes(coef) + regression.intercept(coef)
        return image if self.offset is None else image + self.offset

    def select(self, rows: IntArray) -> Training:
        """Return a copy of some samples."""
        return replace(
            self,
            X=self.X[rows],
            targets=self.targets.select(rows),
            sample_weight=None if self.sample_weight is None else self.weights[rows],
            offset=None if self.offset is None else self.offset[rows],
        )

    def find_gap(self) -> str | None:
        """Return which targets are missing among samples of positive weight, or None."""
        return self.drop_weightless().targets.find_gap()

    def drop_weightless(self) -> Training:
        """Return the samples of positive weight."""
        weighted = np.flatnonzero(self.weights > 0)
        return self if weighted.size == len(self.weights) else self.select(weighted)


def check_offset(offset: ArrayLike, shape: Shape, dtype: np.dtype[Any]) -> Array:
    """Return an offset of the linear model in the shape of its image; a `ValueError` if none."""
    values = as_finite_array(offset, "offset")
    if values.ndim == 1 and len(shape) == 2 and values.shape[0] == shape[0]:
        values = values[:, None]
    if values.dtype.kind == "c" or values.shape not in (shape, (*shape[:1], 1)):
        raise ValueError(
            f"offset must be real and of shape {shape}, got {values.dtype} of shape {values.shape}"
        )
    return np.broadcast_to(values, shape).astype(dtype)


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
