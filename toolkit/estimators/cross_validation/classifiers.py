"""Classifiers that choose the strength of their penalty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from numpy.typing import ArrayLike

from ..classifiers.penalised import (
    GroupL0Classifier,
    GroupLassoClassifier,
    GroupMCPClassifier,
    GroupSCADClassifier,
    LatentGroupLassoClassifier,
    SparseGroupLassoClassifier,
)
from ..kinds.searching import ClassificationSearchMixin
from ..path_model import PathModel
from .penalised import AlphaSearch, ConvexSearch, PenalisedSearch


@dataclass(eq=False, repr=False, kw_only=True)
class GroupLassoClassifierCV(ClassificationSearchMixin, ConvexSearch):
    """`GroupLassoClassifier` with its strength chosen by cross-validation or a criterion.

    Parameters
    ----------
    scoring : {"log_loss", "auc", "accuracy"}, default "log_loss"
        By what folds are compared: the mean log loss, the area under the ROC curve, of several
        classes the mean of that of each against the others, or the share of samples predicted.
    cv : int, splitter or iterable, optional
        As for `GroupLassoCV`, but that a number of folds is stratified by classes.
    alphas, eps, criterion, noise_level, one_standard_error, n_jobs, verbose, tol
        As for `GroupLassoCV`. Criteria compare deviances; `noise_level` is the root of one.
    groups, group_weights, fit_intercept, ridge, adaptive, max_iter, class_weight
        As for `GroupLassoClassifier`.

    Attributes
    ----------
    alpha_, alphas_, criterion_path_
        As for `GroupLassoCV`.
    log_loss_path_, auc_path_ or accuracy_path_ : ndarray, shape (n_alphas, n_folds)
        The measure on the samples left out, named as `scoring` is.
    classes_, coef_, intercept_, active_groups_, n_iter_, dual_gap_, solution_
        As for `GroupLassoClassifier`, of all samples at the strength chosen.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((100, 12))
    >>> odds = X[:, 4:8] @ [1.0, -2.0, 3.0, 1.0]
    >>> y = np.where(odds + rng.logistic(size=100) > 0, "sick", "well")
    >>> model = GroupLassoClassifierCV(groups=4, alphas=20, one_standard_error=True).fit(X, y)
    >>> 1 in model.active_groups_, model.log_loss_path_.shape
    (True, (20, 5))
    """

    _estimator: ClassVar[type[PathModel]] = GroupLassoClassifier


@dataclass(eq=False, repr=False, kw_only=True)
class SparseGroupLassoClassifierCV(ClassificationSearchMixin, ConvexSearch):
    """`SparseGroupLassoClassifier` with its strength chosen by cross-validation or a criterion.

    Parameters and attributes are those of `SparseGroupLassoCV`, but for `loss`, and of
    `GroupLassoClassifierCV`.
    """

    _estimator: ClassVar[type[PathModel]] = SparseGroupLassoClassifier
    _tuned: ClassVar[tuple[str, ...]] = ("l1_ratio",)

    l1_ratio: float | Sequence[float] = 0.5
    feature_weights: ArrayLike | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class LatentGroupLassoClassifierCV(ClassificationSearchMixin, ConvexSearch):
    """`LatentGroupLassoClassifier` with its strength chosen by cross-validation or a criterion.

    Parameters and attributes are those of `LatentGroupLassoCV`, but for `loss`, and of
    `GroupLassoClassifierCV`.
    """

    _estimator: ClassVar[type[PathModel]] = LatentGroupLassoClassifier


@dataclass(eq=False, repr=False, kw_only=True)
class GroupMCPClassifierCV(ClassificationSearchMixin, PenalisedSearch):
    """`GroupMCPClassifier` with its strength chosen by cross-validation or a criterion.

    Parameters and attributes are those of `GroupMCPRegressorCV`, but for `loss`, and of
    `GroupLassoClassifierCV`.
    """

    _estimator: ClassVar[type[PathModel]] = GroupMCPClassifier
    _tuned: ClassVar[tuple[str, ...]] = ("gamma",)

    gamma: float | Sequence[float] = 3.0
    ridge: float = 1e-3


@dataclass(eq=False, repr=False, kw_only=True)
class GroupSCADClassifierCV(ClassificationSearchMixin, PenalisedSearch):
    """`GroupSCADClassifier` with its strength chosen by cross-validation or a criterion.

    Parameters and attributes are those of `GroupSCADRegressorCV`, but for `loss`, and of
    `GroupLassoClassifierCV`.
    """

    _estimator: ClassVar[type[PathModel]] = GroupSCADClassifier
    _tuned: ClassVar[tuple[str, ...]] = ("gamma",)

    gamma: float | Sequence[float] = 3.7
    ridge: float = 1e-3


@dataclass(eq=False, repr=False, kw_only=True)
class GroupL0ClassifierCV(ClassificationSearchMixin, AlphaSearch):
    """`GroupL0Classifier` with its strength chosen by cross-validation or a criterion.

    Parameters and attributes are those of `GroupL0RegressorCV`, but for `loss`, and of
    `GroupLassoClassifierCV`.
    """

    _estimator: ClassVar[type[PathModel]] = GroupL0Classifier

    ridge: float = 1e-3
