"""Regression with a count of groups as penalty."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from ..kinds.regression import LossMixin
from ..models.group_l0 import GroupL0Model


@dataclass(eq=False, repr=False)
class GroupL0Regressor(LossMixin, GroupL0Model):
    """Linear regression with the l0(l2) penalty, ``alpha`` times the number of active groups.

    Solved by GPDASC, a primal-dual active set method that follows the strength
    down: active groups are fitted by least squares, without shrinkage.

    Parameters
    ----------
    n_groups : int, optional
        Stop when this many groups are active. Without any of the three stops,
        a tenth of all.
    alpha : float, optional
        Stop at this strength: the smallest decrease of ``1 / (2 n_samples) ||y - X coef||^2``
        for which a group becomes active.
    noise_level : float, optional
        The norm of the noise in y, over all targets: stop when the residual is not
        above it. With several stops, whichever comes first stops.
    ridge : float, default 0
        Adds ``ridge / 2 ||coef||^2``, for groups of nearly dependent features.
    groups, fit_intercept, loss
        As for `GroupLasso`.
    warm_start : bool, default False
        Whether the path begins with the groups that are active in the last fit.

    Attributes
    ----------
    coef_, intercept_, active_groups_, n_iter_, solution_
        As for `GroupLasso`.
    kkt_ : float
        By how much the best single change exceeds its threshold: 0 exactly where adding or
        removing one group, with a new fit of all others, does not lower the objective at the
        last strength, `solution_.alpha`. Exchanges of two groups may still lower it. Where all
        new fits would take more than 2**27 multiplications, the other groups keep their
        coefficients (`solution_.certificate.kind` is "coordinatewise").

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((50, 12))
    >>> y = X[:, 4:8] @ [1.0, -2.0, 3.0, 1.0] + 0.1 * rng.standard_normal(50)
    >>> GroupL0Regressor(n_groups=1, groups=4).fit(X, y).active_groups_
    array([1])
    """

    _: KW_ONLY
    noise_level: float | None = None
