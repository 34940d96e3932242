"""The latent group lasso, for groups that overlap (Jacob, Obozinski and Vert, 2009)."""

from __future__ import annotations

from dataclasses import dataclass

from ...penalties import LatentOverlap
from ..fitting.penalised import PenalisedRegressor


@dataclass(eq=False, repr=False)
class LatentGroupLasso(PenalisedRegressor):
    """Linear regression whose active features are a union of groups that may overlap.

    The penalty is ``alpha * min sum_g w_g ||v_g||`` over parts ``v_g``, each
    within its group, that add up to the coefficients. Such are genes and the
    pathways that share them.

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

    def _penalty(self) -> LatentOverlap:
        return LatentOverlap(self.alpha, self.group_weights)
