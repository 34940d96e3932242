"""Estimators of survival times that choose the strength of their penalty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from numpy.typing import ArrayLike

from ..kinds.searching import SurvivalSearchMixin
from ..path_model import PathModel
from ..survival.penalised import (
    GroupL0Survival,
    GroupLassoSurvival,
    GroupMCPSurvival,
    GroupSCADSurvival,
    LatentGroupLassoSurvival,
    SparseGroupLassoSurvival,
)
from .penalised import AlphaSearch, ConvexSearch, PenalisedSearch


@dataclass(eq=False, repr=False, kw_only=True)
class GroupLassoSurvivalCV(SurvivalSearchMixin, ConvexSearch):
    """`GroupLassoSurvival` with its strength chosen by cross-validation or a criterion.

    Parameters
    ----------
    scoring : {"deviance", "concordance"}, default "deviance"
        By what folds are compared: the deviance of the partial likelihood of the samples left
        out, for each event, or Harrell's concordance.
    cv : int, splitter or iterable, optional
        As for `GroupLassoCV`, but that a number of folds is stratified by events.
    alphas, eps, criterion, noise_level, one_standard_error, n_jobs, verbose, tol
        As for `GroupLassoCV`. Criteria compare deviances; `noise_level` is the root of one.
    groups, group_weights, ridge, adaptive, max_iter, ties
        As for `GroupLassoSurvival`.

    Attributes
    ----------
    alpha_, alphas_, criterion_path_
        As for `GroupLassoCV`.
    deviance_path_ or concordance_path_ : ndarray, shape (n_alphas, n_folds)
        The measure on the samples left out, named as `scoring` is.
    coef_, intercept_, active_groups_, n_iter_, dual_gap_, solution_
        As for `GroupLassoSurvival`, of all samples at the strength chosen, as are
        `unique_times_`, `baseline_hazard_` and `baseline_survival_`.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((100, 12))
    >>> times = rng.exponential(np.exp(-X[:, 4:8] @ [1.0, -1.0, 1.0, 0.5]))
    >>> y = np.array([(time < 2, min(time, 2)) for time in times], "?,f8")  # until time 2
    >>> model = GroupLassoSurvivalCV(groups=4, alphas=20, one_standard_error=True).fit(X, y)
    >>> 1 in model.active_groups_, model.deviance_path_.shape
    (True, (20, 5))
    """

    _estimator: ClassVar[type[PathModel]] = GroupLassoSurvival


@dataclass(eq=False, repr=False, kw_only=True)
class SparseGroupLassoSurvivalCV(SurvivalSearchMixin, ConvexSearch):
    """`SparseGroupLassoSurvival` with its strength chosen by cross-validation or a criterion.

    Parameters and attributes are those of `SparseGroupLassoCV`, but for `loss`, and of
    `GroupLassoSurvivalCV`.
    """

    _estimator: ClassVar[type[PathModel]] = SparseGroupLassoSurvival
    _tuned: ClassVar[tuple[str, ...]] = ("l1_ratio",)

    l1_ratio: float | Sequence[float] = 0.5
    feature_weights: ArrayLike | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class LatentGroupLassoSurvivalCV(SurvivalSearchMixin, ConvexSearch):
    """`LatentGroupLassoSurvival` with its strength chosen by cross-validation or a criterion.

    Parameters and attributes are those of `LatentGroupLassoCV`, but for `loss`, and of
    `GroupLassoSurvivalCV`.
    """

    _estimator: ClassVar[type[PathModel]] = LatentGroupLassoSurvival


@dataclass(eq=False, repr=False, kw_only=True)
class GroupMCPSurvivalCV(SurvivalSearchMixin, PenalisedSearch):
    """`GroupMCPSurvival` with its strength chosen by cross-validation or a criterion.

    Parameters and attributes are those of `GroupMCPRegressorCV`, but for `loss`, and of
    `GroupLassoSurvivalCV`.
    """

    _estimator: ClassVar[type[PathModel]] = GroupMCPSurvival
    _tuned: ClassVar[tuple[str, ...]] = ("gamma",)

    gamma: float | Sequence[float] = 3.0
    ridge: float = 1e-3


@dataclass(eq=False, repr=False, kw_only=True)
class GroupSCADSurvivalCV(SurvivalSearchMixin, PenalisedSearch):
    """`GroupSCADSurvival` with its strength chosen by cross-validation or a criterion.

    Parameters and attributes are those of `GroupSCADRegressorCV`, but for `loss`, and of
    `GroupLassoSurvivalCV`.
    """

    _estimator: ClassVar[type[PathModel]] = GroupSCADSurvival
    _tuned: ClassVar[tuple[str, ...]] = ("gamma",)

    gamma: float | Sequence[float] = 3.7
    ridge: float = 1e-3


@dataclass(eq=False, repr=False, kw_only=True)
class GroupL0SurvivalCV(SurvivalSearchMixin, AlphaSearch):
    """`GroupL0Survival` with its strength chosen by cross-validation or a criterion.

    Parameters and attributes are those of `GroupL0RegressorCV`, but for `loss`, and of
    `GroupLassoSurvivalCV`.
    """

    _estimator: ClassVar[type[PathModel]] = GroupL0Survival

    ridge: float = 1e-3
