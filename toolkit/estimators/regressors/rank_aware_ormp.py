"""Rank-aware order-recursive matching pursuit as an estimator."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from ... import solvers
from ..fitting.counted import CountedRegressor


@dataclass(eq=False, repr=False)
class RankAwareORMPRegressor(CountedRegressor):
    """Rank-aware matching pursuit (RA-ORMP): the more the targets differ, the more it finds.

    Parameters
    ----------
    n_groups : int, optional
        The number of active groups. Without it and `noise_level`, a tenth of all.
    rank : int, optional
        The rank of the targets without noise; estimated by default.
    groups, noise_level, fit_intercept, warm_start
        As for `GroupOMPRegressor`. Where the noise level is known, give only that.

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
    >>> RankAwareORMPRegressor(2).fit(X, Y).active_groups_
    array([2, 7])
    """

    rank: int | None = None
    _: KW_ONLY

    def _method(self, stops: dict[str, Any]) -> solvers.RankAwareORMP:
        return solvers.RankAwareORMP(**stops, rank=self.rank)
