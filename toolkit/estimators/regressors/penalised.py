"""Group lassos: regressors with a convex penalty."""

from __future__ import annotations

from dataclasses import dataclass

from ..kinds.regression import LossMixin
from ..models.penalised import GroupLassoModel, LatentGroupLassoModel, SparseGroupLassoModel


@dataclass(eq=False, repr=False)
class GroupLasso(LossMixin, GroupLassoModel):
    """Linear regression with the l2,1 norm: ``alpha * sum_g w_g ||coef_g||``.

    The objective is ``1 / (2 n_samples) ||y - X coef||^2 + penalty`` (Yuan and Lin, 2006). With
    several targets a group holds its features' coefficients for all of them.

    Parameters
    ----------
    alpha : float, default 1
        Strength, not negative; zero = no penalty, where least squares has least norm if the
        solution is not unique.
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
    loss : {"squared", "huber", "poisson"} or Huber, default "squared"
        In place of half the squared error: Huber's loss, for outliers, or half the deviance of
        counts, whose rates are the exponential of the linear model. "huber" takes the spread of y
        for the noise level, in whose units its threshold of 1.345 is; ``Huber(scale=sigma)`` is
        told it.
    ridge : float, default 0
        Adds ``ridge / 2 ||coef||^2`` over what is penalised: the group elastic net.
    adaptive : bool, default False
        Whether a second fit, at the same strength, has group weights from a first one: groups
        that are large in it are shrunk less, those that are zero more (see `Reweighted`).
    positive : bool, default False
        Whether penalised coefficients must not be negative. Fits with bounds are by `FISTA`.
    bounds : tuple of float, optional
        A lower bound, at most zero, and an upper one, at least zero, of penalised coefficients.
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
        A bound on the objective minus its minimum. With ``alpha=0`` there is `kkt_` instead, the
        gradient relative to that at zero, or with bounds the norm of the smallest subgradient.
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


@dataclass(eq=False, repr=False)
class SparseGroupLasso(LossMixin, SparseGroupLassoModel):
    """Linear regression with the sparse group penalty, which also selects inside groups.

    The penalty is ``alpha * (l1_ratio ||coef||_1 + (1 - l1_ratio) sum_g w_g ||coef_g||)``
    (Simon et al., 2013).

    Parameters
    ----------
    alpha : float, default 1
        Strength, not negative; zero = no penalty.
    l1_ratio : float, default 0.5
        From 0, the group lasso, to 1, the lasso.
    feature_weights : array_like of float, shape (n_features,), optional
        Weights of features in the l1 norm, one by default.
    groups, group_weights, fit_intercept, warm_start, loss, ridge, adaptive, positive, bounds
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


@dataclass(eq=False, repr=False)
class LatentGroupLasso(LossMixin, LatentGroupLassoModel):
    """Linear regression whose active features are a union of groups that may overlap.

    The penalty is ``alpha * min sum_g w_g ||v_g||`` over parts ``v_g``, each
    within its group, that add up to the coefficients (Jacob, Obozinski and Vert, 2009):
    for example pathways that share genes.

    Parameters
    ----------
    alpha : float, default 1
        Strength, not negative; zero = no penalty.
    groups : None, int, array_like, Series, list of lists or Groups, optional
        As for `GroupLasso`; lists may overlap, and together hold every feature.
    group_weights, fit_intercept, warm_start, loss, ridge, adaptive, positive, bounds
        As for `GroupLasso`.
    tol, max_iter
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
