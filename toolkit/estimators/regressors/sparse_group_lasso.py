"""The sparse group lasso: few groups, and few features inside them (Simon et al., 2013)."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from ...penalties import SparseGroup
from ..fitting.penalised import PenalisedRegressor


@dataclass(eq=False, repr=False)
class SparseGroupLasso(PenalisedRegressor):
    """Linear regression with ``alpha (l1_ratio ||coef||_1 + (1 - l1_ratio) sum w_g ||coef_g||)``.

    Parameters
    ----------
    alpha : float, default 1
        Strength, positive.
    l1_ratio : float, default 0.5
        From 0, the group lasso, to 1, the lasso.
    groups, group_weights, fit_intercept, warm_start, tol, max_iter
        As for `GroupLasso`; with several targets, with ``l1_ratio > 0``, a coefficient may be
        zero for some of them only.

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

    def _penalty(self) -> SparseGroup:
        return SparseGroup(self.alpha, self.l1_ratio, self.group_weights)
