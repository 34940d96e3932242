"""Regressors that choose the strength of their penalty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from numpy.typing import ArrayLike

from ...arrays import Array
from ...checks import check_count, check_fraction
from ...penalties import GroupWeights
from ...reformulations.regression_form import RegressionForm
from ...selection.strengths import MOST_ALPHAS
from ..kinds.regression import RegressionMixin
from ..kinds.searching import LossSearchMixin
from ..path_model import PathModel
from ..regressors.folded_concave import GroupMCPRegressor, GroupSCADRegressor
from ..regressors.group_l0 import GroupL0Regressor
from ..regressors.orthogonally_weighted import OrthogonallyWeightedRegressor
from ..regressors.penalised import GroupLasso, LatentGroupLasso, SparseGroupLasso
from .strength_search import StrengthSearch


@dataclass(eq=False, repr=False, kw_only=True)
class AlphaSearch(StrengthSearch):
    """Chooses among strengths of a penalty."""

    _values: ClassVar[str] = "alphas"

    alphas: int | ArrayLike = 100
    eps: float = 1e-3

    def _make_grid(self, estimator: PathModel, regression: RegressionForm, n_values: int) -> Array:
        check_count("alphas", n_values, most=MOST_ALPHAS)
        check_fraction("eps", self.eps)
        return estimator._make_grid(regression, n_values, self.eps)


@dataclass(eq=False, repr=False, kw_only=True)
class PenalisedSearch(AlphaSearch):
    """Chooses among strengths of a penalty with weights, by block coordinate descent."""

    group_weights: GroupWeights = None
    ridge: float = 0.0
    positive: bool = False
    bounds: tuple[float, float] | None = None
    tol: float | None = None
    max_iter: int = 10_000


@dataclass(eq=False, repr=False, kw_only=True)
class ConvexSearch(PenalisedSearch):
    """Chooses among strengths of a convex penalty."""

    adaptive: bool = False


@dataclass(eq=False, repr=False, kw_only=True)
class GroupLassoCV(LossSearchMixin, ConvexSearch):
    """`GroupLasso` with `alpha` chosen by cross-validation or an information criterion.

    Parameters
    ----------
    alphas : int or array_like of float, default 100
        The number of strengths, falling geometrically from the critical one of all samples,
        or the strengths.
    eps : float, default 1e-3
        The smallest strength relative to the critical one.
    cv : int, splitter or iterable, optional
        Folds as in scikit-learn, five without shuffling by default. They are the same
        for all strengths and other parameters.
    criterion : {None, "aic", "bic", "ebic", "discrepancy"}, optional
        Choose along the path of all samples in place of cross-validation: the
        smallest AIC, BIC or extended BIC, with degrees of freedom after Yuan
        and Lin (2006); or the largest strength whose residual is not above `noise_level`.
    noise_level : float, optional
        The norm of the noise in y, for "discrepancy".
    one_standard_error : bool, default False
        Choose the largest strength whose error is within a standard error of
        the smallest: a sparser model, whose prediction is not measurably worse.
    n_jobs : int, optional
        The number of folds at once, in threads; -1 for one per core.
        Another backend, such as Dask, follows from ``joblib.parallel_config``.
    verbose : int, default 0
        Whether to report progress.
    tol : float, optional
        The tolerance of all fits. By default 1e-5 along paths, which is enough to compare
        errors, and for the last fit, to all samples, that of `GroupLasso`.
    groups, group_weights, fit_intercept, max_iter, loss, ridge, adaptive, positive, bounds
        As for `GroupLasso`.

    Attributes
    ----------
    alpha_ : float
        The strength chosen.
    alphas_ : ndarray of float, shape (n_alphas,)
        Those tried, from the largest.
    mse_path_ : ndarray of float, shape (n_alphas, n_folds)
        Mean squared error on the samples left out; only with cross-validation. With another loss
        it is `deviance_path_`, the mean deviance.
    criterion_path_ : ndarray of float, shape (n_alphas,)
        Only with a criterion; NaN where its path had ended.
    coef_, intercept_, active_groups_, n_iter_, dual_gap_, solution_
        As for `GroupLasso`, of all samples at the strength chosen.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((60, 20))
    >>> y = X[:, 4:8] @ [1.0, -2.0, 3.0, 1.0] + rng.standard_normal(60)
    >>> GroupLassoCV(groups=4, one_standard_error=True).fit(X, y).active_groups_
    array([1])
    >>> GroupLassoCV(groups=4, criterion="ebic").fit(X, y).active_groups_
    array([1])
    """

    _estimator: ClassVar[type[PathModel]] = GroupLasso


@dataclass(eq=False, repr=False, kw_only=True)
class LatentGroupLassoCV(LossSearchMixin, ConvexSearch):
    """`LatentGroupLasso` with `alpha` chosen by cross-validation or an information criterion.

    Parameters and attributes are those of `GroupLassoCV`, and `groups` of `LatentGroupLasso`.
    """

    _estimator: ClassVar[type[PathModel]] = LatentGroupLasso


@dataclass(eq=False, repr=False, kw_only=True)
class SparseGroupLassoCV(LossSearchMixin, ConvexSearch):
    """`SparseGroupLasso` with its parameters chosen by cross-validation or a criterion.

    Parameters
    ----------
    l1_ratio : float or sequence of float, default 0.5
        One, or those to choose among.
    alphas, eps, cv, criterion, noise_level, one_standard_error, n_jobs, verbose
        As for `GroupLassoCV`.
    tol
        As for `GroupLassoCV`.
    groups, group_weights, fit_intercept, max_iter
        As for `SparseGroupLasso`.

    Attributes
    ----------
    l1_ratio_ : float
        The one chosen.
    alpha_, alphas_, mse_path_, criterion_path_
        As for `GroupLassoCV`; arrays have a first axis for `l1_ratio` if it is a
        sequence. The others as for `SparseGroupLasso`.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((60, 20))
    >>> y = 3 * X[:, 4] + rng.standard_normal(60)
    >>> SparseGroupLassoCV(groups=10, l1_ratio=[0.1, 0.9]).fit(X, y).l1_ratio_
    0.9
    """

    _estimator: ClassVar[type[PathModel]] = SparseGroupLasso
    _tuned: ClassVar[tuple[str, ...]] = ("l1_ratio",)

    l1_ratio: float | Sequence[float] = 0.5
    feature_weights: ArrayLike | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class GroupMCPRegressorCV(LossSearchMixin, PenalisedSearch):
    """`GroupMCPRegressor` with `alpha` and `gamma` chosen by cross-validation or a criterion.

    `gamma` (default 3.0) is a number or a sequence of those to choose among, and `gamma_` the one
    chosen; arrays have a first axis for it if it is a sequence. The other parameters and
    attributes are those of `GroupLassoCV` and `GroupMCPRegressor`.
    """

    _estimator: ClassVar[type[PathModel]] = GroupMCPRegressor
    _tuned: ClassVar[tuple[str, ...]] = ("gamma",)

    gamma: float | Sequence[float] = 3.0


@dataclass(eq=False, repr=False, kw_only=True)
class GroupSCADRegressorCV(LossSearchMixin, PenalisedSearch):
    """`GroupSCADRegressor` with `alpha` and `gamma` chosen by cross-validation or a criterion.

    `gamma` (default 3.7) is a number or a sequence of those to choose among, and `gamma_` the one
    chosen; arrays have a first axis for it if it is a sequence. The other parameters and
    attributes are those of `GroupLassoCV` and `GroupSCADRegressor`.
    """

    _estimator: ClassVar[type[PathModel]] = GroupSCADRegressor
    _tuned: ClassVar[tuple[str, ...]] = ("gamma",)

    gamma: float | Sequence[float] = 3.7


@dataclass(eq=False, repr=False, kw_only=True)
class GroupL0RegressorCV(LossSearchMixin, AlphaSearch):
    """`GroupL0Regressor` with `alpha` chosen by cross-validation or an information criterion.

    Parameters
    ----------
    alphas : int or array_like of float, default 100
        The number of strengths, or the strengths.
    eps : float, default 1e-3
        The size of the smallest coefficients of interest, relative to the
        largest: strengths are in their squares, and fall to ``eps**2``.
    cv, criterion, noise_level, one_standard_error, n_jobs, verbose
        As for `GroupLassoCV`. To find groups without folds, "ebic" is best.
    groups, fit_intercept, ridge
        As for `GroupL0Regressor`.

    Attributes
    ----------
    alpha_, alphas_, mse_path_, criterion_path_
        As for `GroupLassoCV`; the others as for `GroupL0Regressor`. Errors are infinite
        where the samples of a fold determine no more coefficients.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((60, 20))
    >>> y = X[:, 4:8] @ [1.0, -2.0, 3.0, 1.0] + rng.standard_normal(60)
    >>> GroupL0RegressorCV(groups=4).fit(X, y).active_groups_
    array([1])
    """

    _estimator: ClassVar[type[PathModel]] = GroupL0Regressor

    ridge: float = 0.0


@dataclass(eq=False, repr=False, kw_only=True)
class OrthogonallyWeightedRegressorCV(RegressionMixin, AlphaSearch):
    """`OrthogonallyWeightedRegressor` with parameters chosen by cross-validation or a criterion.

    Each of the `alphas` is solved without a warm start, so that there are 20 by default, from the
    critical one of the l2,1 norm down to `eps` times it. `gamma` may be a sequence, as for
    `GroupMCPRegressorCV`. The other parameters and attributes are those of `GroupLassoCV` and
    `OrthogonallyWeightedRegressor`.
    """

    _estimator: ClassVar[type[PathModel]] = OrthogonallyWeightedRegressor
    _tuned: ClassVar[tuple[str, ...]] = ("gamma",)

    alphas: int | ArrayLike = 20
    eps: float = 1e-2
    gamma: float | Sequence[float] = 0.01
    tol: float = 1e-6
    max_iter: int = 10_000
