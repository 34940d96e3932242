"""Regressors with folded concave penalties, which do not shrink large groups."""

from __future__ import annotations

from dataclasses import dataclass

from ..kinds.regression import LossMixin
from ..models.penalised import GroupMCPModel, GroupSCADModel


@dataclass(eq=False, repr=False)
class GroupMCPRegressor(LossMixin, GroupMCPModel):
    """Linear regression with the group MCP penalty, which does not shrink large groups.

    The penalty of a group grows with slope ``alpha w_g`` at zero, and is flat
    from ``||coef_g|| = gamma alpha w_g`` on (Huang, Breheny and Ma, 2012). It is not convex: fits
    follow the path from the critical strength down.

    Parameters
    ----------
    alpha : float, default 1
        Strength, not negative; zero = no penalty.
    gamma : float, default 3
        Concavity, above 1; the smaller, the closer to a count of groups. Meant for features
        of about unit variance.
    groups, group_weights, fit_intercept, warm_start, loss, ridge, positive, tol, max_iter
        As for `GroupLasso`.

    Attributes
    ----------
    coef_, intercept_, active_groups_, n_iter_, solution_
        As for `GroupLasso`.
    kkt_ : float
        The norm of the smallest subgradient of the objective.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((200, 12))
    >>> y = X[:, 4:8] @ [1.0, -2.0, 3.0, 1.0] + 0.1 * rng.standard_normal(200)
    >>> GroupMCPRegressor(0.5, groups=4).fit(X, y).coef_[4:8].round(1)
    array([ 1., -2.,  3.,  1.])
    """


@dataclass(eq=False, repr=False)
class GroupSCADRegressor(LossMixin, GroupSCADModel):
    """Linear regression with the group SCAD penalty, which does not shrink large groups.

    The penalty of a group is that of the group lasso up to ``||coef_g|| = alpha w_g``, and flat
    from ``gamma alpha w_g`` on (Fan and Li, 2001; Wang, Chen and Li, 2007). It is not convex: fits
    follow the path from the critical strength down.

    Parameters
    ----------
    alpha : float, default 1
        Strength, not negative; zero = no penalty.
    gamma : float, default 3.7
        Concavity, above 2. Meant for features of about unit variance.
    groups, group_weights, fit_intercept, warm_start, loss, ridge, positive, tol, max_iter
        As for `GroupLasso`.

    Attributes
    ----------
    coef_, intercept_, active_groups_, n_iter_, solution_
        As for `GroupLasso`.
    kkt_ : float
        The norm of the smallest subgradient of the objective.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((200, 12))
    >>> y = X[:, 4:8] @ [1.0, -2.0, 3.0, 1.0] + 0.1 * rng.standard_normal(200)
    >>> GroupSCADRegressor(0.5, groups=4).fit(X, y).coef_[4:8].round(1)
    array([ 1., -2.,  3.,  1.])
    """
