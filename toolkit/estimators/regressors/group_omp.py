"""Group orthogonal matching pursuit as an estimator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...solvers import BlockOMP
from ..fitting.counted import CountedRegressor


@dataclass(eq=False, repr=False)
class GroupOMPRegressor(CountedRegressor):
    """Group orthogonal matching pursuit: the group that correlates most joins, then a fit.

    Parameters
    ----------
    n_groups : int, optional
        The number of active groups. Without it and `noise_level`, a tenth of all.
    groups : None, int, array_like, Series, list of lists or Groups, optional
        As for `GroupLasso`.
    noise_level : float, optional
        The norm of the noise in y, over all targets: groups join until the
        residual is not above it. With `n_groups`, whichever comes first stops.
    fit_intercept : bool, default True
        Whether there is an intercept.
    warm_start : bool, default False
        Whether the groups that are active in the last fit stay so.

    Attributes
    ----------
    coef_, intercept_, active_groups_, n_iter_, solution_
        As for `GroupLasso`; `solution_.history["group"]` holds the groups in the order in
        which they joined.
    kkt_ : float
        The gradient on the active features relative to that at zero.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((50, 12))
    >>> y = X[:, 4:8] @ [1.0, -2.0, 3.0, 1.0] + 0.1 * rng.standard_normal(50)
    >>> GroupOMPRegressor(1, groups=4).fit(X, y).active_groups_
    array([1])
    """

    def _method(self, stops: dict[str, Any]) -> BlockOMP:
        return BlockOMP(**stops)
