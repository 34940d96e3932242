"""Simultaneous orthogonal matching pursuit as an estimator."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from ... import solvers
from ..fitting.counted import CountedRegressor


@dataclass(eq=False, repr=False)
class SimultaneousOMPRegressor(CountedRegressor):
    """Orthogonal matching pursuit for several targets at once.

    Parameters
    ----------
    n_groups : int, optional
        The number of active groups. Without it and `noise_level`, a tenth of all.
    norm : {1, 2, inf}, default 1
        Of a group's correlations over the targets.
    groups, noise_level, fit_intercept, warm_start
        As for `GroupOMPRegressor`, which this is with ``norm=2``.

    Attributes
    ----------
    coef_, intercept_, active_groups_, n_iter_, kkt_, solution_
        As for `GroupOMPRegressor`.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X, noise = rng.standard_normal((50, 12)), rng.standard_normal((50, 3))
    >>> Y = X[:, [2, 7]] @ [[1.0, 2.0, 0.5], [1.0, -1.0, 2.0]] + 0.1 * noise
    >>> SimultaneousOMPRegressor(2).fit(X, Y).active_groups_
    array([2, 7])
    """

    norm: float = 1
    _: KW_ONLY

    def _method(self, stops: dict[str, Any]) -> solvers.SimultaneousOMP:
        return solvers.SimultaneousOMP(**stops, norm=self.norm)
