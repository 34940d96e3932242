"""Group lassos: penalised regressors solved by block coordinate descent along paths."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar, Self

from ...arrays import Array
from ...penalties import L21, GroupWeights, LatentOverlap, Penalty, SparseGroup
from ...reformulations.regression import Regression
from ...selection import make_alphas
from ...selection.path import walk
from ...solution import Solution
from ...solvers import BlockCoordinateDescent
from ...solvers.optimality.certificates import find_critical_strength
from ..group_regressor import GroupRegressor

COARSE = 1e-5  # the tolerance along paths of which one solution is kept


@dataclass(eq=False, repr=False)
class PenalisedRegressor(GroupRegressor):
    """``1 / (2 n_samples) ||y - X w||^2 + alpha * penalty(w)``, with weights of groups."""

    _strength: ClassVar[str] = "alpha"
    _explicit: ClassVar[bool] = False

    alpha: float = 1.0
    _: KW_ONLY
    group_weights: GroupWeights = None
    tol: float = 1e-11
    max_iter: int = 10_000

    def _make_penalty(self) -> Penalty:
        """Return the penalty at the estimator's strength."""
        raise NotImplementedError

    def _make_solver(self, regression: Regression) -> BlockCoordinateDescent:
        return BlockCoordinateDescent(self._make_penalty(), tol=self.tol, max_iter=self.max_iter)

    def _make_grid(self, regression: Regression, n_values: int, eps: float) -> Array:
        critical = find_critical_strength(regression.problem, self._make_penalty())
        return make_alphas(critical or 1.0, n_values, eps)

    def _make_penalty_at(self, value: float) -> Penalty:
        return self._make_penalty().with_alpha(float(value))

    def _follow(self, regression: Regression, values: Array) -> Iterator[Solution]:
        return walk(self._make_solver(regression), regression.problem, values)

    def _coarsen(self) -> Self:
        return type(self)(**{**self.get_params(deep=False), "tol": max(self.tol, COARSE)})

    def _refine(self, regression: Regression, solution: Solution) -> Solution:
        penalty = self._make_penalty_at(solution.alpha)
        solver = self._make_solver(regression).with_penalty(penalty)
        return solver.solve(regression.problem, solution.coef)


@dataclass(eq=False, repr=False)
class GroupLasso(PenalisedRegressor):
    """Linear regression with the l2,1 norm: ``alpha * sum_g w_g ||coef_g||``.

    The objective is ``1 / (2 n_samples) ||y - X coef||^2 + penalty`` (Yuan and Lin, 2006). With
    several targets a group holds its features' coefficients for all of them.

    Parameters
    ----------
    alpha : float, default 1
        Strength, positive.
    groups : None, int, array_like, Series, list of lists or Groups, optional
        Which features belong together: a block size, one label per feature
        (0, 1, ...; -1 = unpenalised), or lists of indices or feature names.
        None makes every feature a group, which for one target is the lasso
        and for several the multi-task lasso.
    group_weights : None, "sqrt" or array_like of float, optional
        ``w_g``: one for every group, the root of its number of coefficients, or an
        array: zero leaves a group unpenalised, infinity excludes it.
    fit_intercept : bool, default True
        Whether there is an intercept; it is not penalised.
    warm_start : bool, default False
        Whether `fit` starts from the coefficients of the last fit.
    tol : float, default 1e-11
        Stop when the smallest subgradient of the objective has at most `tol`
        times the norm of the gradient at zero. The suboptimality falls with its square.
    max_iter : int, default 10000
        The largest number of sweeps over groups.

    Attributes
    ----------
    coef_ : ndarray, shape (n_features,) or (n_targets, n_features)
        Coefficients.
    intercept_ : float or ndarray, shape (n_targets,)
        Intercept.
    active_groups_ : ndarray of int
        The groups that are not zero.
    n_iter_ : int
        Sweeps.
    dual_gap_ : float
        A bound on the objective minus its minimum.
    solution_ : Solution
        The solver's result. Its `coef` has shape (n_features,) or
        (n_features, n_targets), its `objective` is the one above.
    n_features_in_ : int
        Features seen in `fit`.
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Their names, if X has only names that are strings.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((50, 12))
    >>> y = X[:, 4:8] @ [1.0, -2.0, 3.0, 1.0] + 0.1 * rng.standard_normal(50)
    >>> GroupLasso(0.1, groups=4).fit(X, y).active_groups_
    array([1])
    """

    def _make_penalty(self) -> L21:
        return L21(self.alpha, self.group_weights)


@dataclass(eq=False, repr=False)
class SparseGroupLasso(PenalisedRegressor):
    """Linear regression with the sparse group penalty, which also selects inside groups.

    The penalty is ``alpha * (l1_ratio ||coef||_1 + (1 - l1_ratio) sum_g w_g ||coef_g||)``
    (Simon et al., 2013).

    Parameters
    ----------
    alpha : float, default 1
        Strength, positive.
    l1_ratio : float, default 0.5
        From 0, the group lasso, to 1, the lasso.
    groups, group_weights, fit_intercept, warm_start, tol, max_iter
        As for `GroupLasso`, but a group of weight zero keeps the l1 term; label its features -1
        to leave them unpenalised. With several targets, with ``l1_ratio > 0``, a coefficient may
        be zero for some of them only.

    Attributes
    ----------
    coef_, intercept_, active_groups_, n_iter_, dual_gap_, solution_
        As for `GroupLasso`.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((50, 12))
    >>> y = X[:, 4:6] @ [1.0, -2.0] + 0.1 * rng.standard_normal(50)
    >>> np.flatnonzero(SparseGroupLasso(0.1, l1_ratio=0.7, groups=4).fit(X, y).coef_)
    array([4, 5])
    """

    l1_ratio: float = 0.5
    _: KW_ONLY

    def _make_penalty(self) -> SparseGroup:
        return SparseGroup(self.alpha, self.l1_ratio, self.group_weights)


@dataclass(eq=False, repr=False)
class LatentGroupLasso(PenalisedRegressor):
    """Linear regression whose active features are a union of groups that may overlap.

    The penalty is ``alpha * min sum_g w_g ||v_g||`` over parts ``v_g``, each
    within its group, that add up to the coefficients (Jacob, Obozinski and Vert, 2009):
    for example pathways that share genes.

    Parameters
    ----------
    alpha : float, default 1
        Strength, positive.
    groups : None, int, array_like, Series, list of lists or Groups, optional
        As for `GroupLasso`; lists may overlap, and together hold every feature.
    group_weights, fit_intercept, warm_start, tol, max_iter
        As for `GroupLasso`.

    Attributes
    ----------
    coef_, intercept_, n_iter_, dual_gap_, solution_
        As for `GroupLasso`; `solution_.latent` holds the parts, group after group.
    active_groups_ : ndarray of int
        The groups whose part is not zero.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((50, 5))
    >>> y = X[:, :3] @ [1.0, -2.0, 3.0] + 0.1 * rng.standard_normal(50)
    >>> model = LatentGroupLasso(0.2, groups=[[0, 1, 2], [2, 3, 4]]).fit(X, y)
    >>> model.active_groups_, np.flatnonzero(model.coef_)
    (array([0]), array([0, 1, 2]))
    """

    def _make_penalty(self) -> LatentOverlap:
        return LatentOverlap(self.alpha, self.group_weights)
