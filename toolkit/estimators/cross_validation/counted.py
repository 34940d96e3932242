"""Greedy regressors that choose their number of active groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from numpy.typing import ArrayLike

from ...arrays import Array
from ...reformulations.regression_form import RegressionForm
from ..kinds.regression import RegressionMixin
from ..path_model import PathModel
from ..regressors.counted import (
    GroupOMPRegressor,
    RankAwareORMPRegressor,
    SimultaneousNIHTRegressor,
    SimultaneousOMPRegressor,
    SubspaceAugmentedMUSICRegressor,
)
from .strength_search import StrengthSearch


@dataclass(eq=False, repr=False, kw_only=True)
class CountSearch(StrengthSearch):
    """Chooses among numbers of active groups."""

    _values: ClassVar[str] = "n_groups"

    n_groups: int | ArrayLike = 50

    def _make_grid(self, estimator: PathModel, regression: RegressionForm, n_values: int) -> Array:
        return estimator._make_grid(regression, n_values, 0.0)


@dataclass(eq=False, repr=False, kw_only=True)
class GroupOMPRegressorCV(RegressionMixin, CountSearch):
    """`GroupOMPRegressor` with the number of groups chosen by cross-validation or a criterion.

    Parameters
    ----------
    n_groups : int or array_like of int, default 50
        The largest number of active groups to try, reduced where the samples
        determine fewer, or the numbers to try.
    cv, criterion, noise_level, one_standard_error, n_jobs, verbose
        As for `GroupLassoCV`.
    groups, fit_intercept
        As for `GroupOMPRegressor`.

    Attributes
    ----------
    n_groups_ : int
        The number chosen.
    n_groups_values_ : ndarray of int, shape (n_values,)
        The numbers tried.
    mse_path_, criterion_path_
        As for `GroupLassoCV`; the others as for `GroupOMPRegressor`.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((60, 20))
    >>> y = X[:, 4:8] @ [1.0, -2.0, 3.0, 1.0] + rng.standard_normal(60)
    >>> GroupOMPRegressorCV(groups=4).fit(X, y).n_groups_
    1
    """

    _estimator: ClassVar[type[PathModel]] = GroupOMPRegressor


@dataclass(eq=False, repr=False, kw_only=True)
class SimultaneousOMPRegressorCV(RegressionMixin, CountSearch):
    """`SimultaneousOMPRegressor` with the number of groups chosen as by `GroupOMPRegressorCV`.

    Parameters and attributes are those of `GroupOMPRegressorCV`, and `norm` of
    `SimultaneousOMPRegressor`.
    """

    _estimator: ClassVar[type[PathModel]] = SimultaneousOMPRegressor

    norm: float = 1


@dataclass(eq=False, repr=False, kw_only=True)
class RankAwareORMPRegressorCV(RegressionMixin, CountSearch):
    """`RankAwareORMPRegressor` with the number of groups chosen as by `GroupOMPRegressorCV`.

    Parameters and attributes are those of `GroupOMPRegressorCV`, and `rank` of
    `RankAwareORMPRegressor`.
    """

    _estimator: ClassVar[type[PathModel]] = RankAwareORMPRegressor

    rank: int | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class SubspaceAugmentedMUSICRegressorCV(RegressionMixin, CountSearch):
    """`SubspaceAugmentedMUSICRegressor` with the number of groups chosen from the data.

    Parameters and attributes are those of `GroupOMPRegressorCV`, and `rank` of
    `SubspaceAugmentedMUSICRegressor`.
    """

    _estimator: ClassVar[type[PathModel]] = SubspaceAugmentedMUSICRegressor

    rank: int | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class SimultaneousNIHTRegressorCV(RegressionMixin, CountSearch):
    """`SimultaneousNIHTRegressor` with the number of groups chosen as by `GroupOMPRegressorCV`.

    Parameters and attributes are those of `GroupOMPRegressorCV`, and `tol` and `max_iter` of
    `SimultaneousNIHTRegressor`.
    """

    _estimator: ClassVar[type[PathModel]] = SimultaneousNIHTRegressor

    tol: float = 1e-6
    max_iter: int = 1000
