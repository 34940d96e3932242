"""Estimators that choose their number of active groups: one mechanism, `StrengthSearch`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from numpy.typing import ArrayLike

from ...arrays import Array
from ...reformulations.regression import Regression
from ..regressors.group_omp import GroupOMP
from ..regressors.rank_aware_ormp import RankAwareORMP
from ..regressors.simultaneous_niht import SimultaneousNIHT
from ..regressors.simultaneous_omp import SimultaneousOMP
from ..regressors.subspace_augmented_music import SubspaceAugmentedMUSIC
from .strength_search import StrengthSearch


@dataclass(eq=False, repr=False, kw_only=True)
class CountSearch(StrengthSearch):
    """Chooses among numbers of active groups."""

    _values: ClassVar[str] = "n_groups"

    n_groups: int | ArrayLike = 50

    def _grid(self, estimator: Any, regression: Regression, n_values: int) -> Array:
        grid: Array = estimator._grid(regression, n_values)
        return grid


@dataclass(eq=False, repr=False, kw_only=True)
class GroupOMPCV(CountSearch):
    """`GroupOMP` whose number of groups is chosen by cross-validation, or by a criterion.

    Parameters
    ----------
    n_groups : int or array_like of int, default 50
        The largest number of active groups to try, lessened where the samples
        determine fewer, or the numbers to try.
    cv, criterion, noise_level, one_standard_error, n_jobs, verbose
        As for `GroupLassoCV`.
    groups, fit_intercept
        As for `GroupOMP`.

    Attributes
    ----------
    n_groups_ : int
        The number chosen.
    n_groups_values_ : ndarray of int, shape (n_values,)
        Those tried.
    mse_path_, criterion_path_
        As for `GroupLassoCV`; the others as for `GroupOMP`.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((60, 20))
    >>> y = X[:, 4:8] @ [1.0, -2.0, 3.0, 1.0] + rng.standard_normal(60)
    >>> GroupOMPCV(groups=4).fit(X, y).n_groups_
    1
    """

    _estimator: ClassVar[type[Any]] = GroupOMP


@dataclass(eq=False, repr=False, kw_only=True)
class SimultaneousOMPCV(CountSearch):
    """`SimultaneousOMP` whose number of groups is chosen by cross-validation or criterion.

    Parameters
    ----------
    n_groups, cv, criterion, noise_level, one_standard_error, n_jobs, verbose
        As for `GroupOMPCV`.
    norm, groups, fit_intercept
        As for `SimultaneousOMP`.

    Attributes
    ----------
    n_groups_, n_groups_values_, mse_path_, criterion_path_
        As for `GroupOMPCV`; the others as for `SimultaneousOMP`.
    """

    _estimator: ClassVar[type[Any]] = SimultaneousOMP

    norm: float = 1


@dataclass(eq=False, repr=False, kw_only=True)
class RankAwareORMPCV(CountSearch):
    """`RankAwareORMP` whose number of groups is chosen by cross-validation or criterion.

    Parameters
    ----------
    n_groups, cv, criterion, noise_level, one_standard_error, n_jobs, verbose
        As for `GroupOMPCV`.
    rank, groups, fit_intercept
        As for `RankAwareORMP`.

    Attributes
    ----------
    n_groups_, n_groups_values_, mse_path_, criterion_path_
        As for `GroupOMPCV`; the others as for `RankAwareORMP`.
    """

    _estimator: ClassVar[type[Any]] = RankAwareORMP

    rank: int | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class SubspaceAugmentedMUSICCV(CountSearch):
    """`SubspaceAugmentedMUSIC` whose number of groups is chosen by cross-validation or criterion.

    Parameters
    ----------
    n_groups, cv, criterion, noise_level, one_standard_error, n_jobs, verbose
        As for `GroupOMPCV`.
    rank, groups, fit_intercept
        As for `SubspaceAugmentedMUSIC`.

    Attributes
    ----------
    n_groups_, n_groups_values_, mse_path_, criterion_path_
        As for `GroupOMPCV`; the others as for `SubspaceAugmentedMUSIC`.
    """

    _estimator: ClassVar[type[Any]] = SubspaceAugmentedMUSIC

    rank: int | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class SimultaneousNIHTCV(CountSearch):
    """`SimultaneousNIHT` whose number of groups is chosen by cross-validation or criterion.

    Parameters
    ----------
    n_groups, cv, criterion, noise_level, one_standard_error, n_jobs, verbose
        As for `GroupOMPCV`.
    tol, max_iter, groups, fit_intercept
        As for `SimultaneousNIHT`.

    Attributes
    ----------
    n_groups_, n_groups_values_, mse_path_, criterion_path_
        As for `GroupOMPCV`; the others as for `SimultaneousNIHT`.
    """

    _estimator: ClassVar[type[Any]] = SimultaneousNIHT

    tol: float = 1e-6
    max_iter: int = 1000
