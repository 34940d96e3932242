"""The group lasso (Yuan and Lin, 2006); with several targets, the multi-task lasso of groups."""

from __future__ import annotations

from dataclasses import dataclass

from ...penalties import L21
from ..fitting.penalised import PenalisedRegressor


@dataclass(eq=False, repr=False)
class GroupLasso(PenalisedRegressor):
    """Linear regression with the l2,1 norm: ``alpha * sum_g w_g ||coef_g||``.

    The objective is ``1 / (2 n_samples) ||y - X coef||^2 + penalty``; with
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
        ``w_g``: one for every group, the root of its number of coefficients, or
        given: zero leaves a group unpenalised, infinity excludes it.
    fit_intercept : bool, default True
        Whether there is an intercept; it is not penalised.
    warm_start : bool, default False
        Whether `fit` starts from the coefficients of the last one.
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
        The objective is at most so much above its minimum.
    solution_ : Solution
        All that the solver knows. Its `coef` has shape (n_features,) or
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

    def _penalty(self) -> L21:
        return L21(self.alpha, self.group_weights)
