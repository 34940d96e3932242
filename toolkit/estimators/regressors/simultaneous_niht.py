"""Simultaneous normalised iterative hard thresholding as an estimator."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from ... import solvers
from ..fitting.counted import CountedRegressor


@dataclass(eq=False, repr=False)
class SimultaneousNIHTRegressor(CountedRegressor):
    """Normalised iterative hard thresholding: gradient steps that keep the largest groups.

    Parameters
    ----------
    n_groups : int, optional
        The number of active groups. Without it and `noise_level`, a tenth of all.
    groups, noise_level, fit_intercept, warm_start
        As for `GroupOMPRegressor`; with `noise_level`, the fewest groups that reach it. Meant
        for features of about unit variance.
    tol : float, default 1e-6
        Stop when an iteration changes the residual's norm by less than this part of that of y.
    max_iter : int, default 1000
        The largest number of iterations for one number of groups.

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
    >>> SimultaneousNIHTRegressor(2).fit(X, Y).active_groups_
    array([2, 7])
    """

    _: KW_ONLY
    tol: float = 1e-6
    max_iter: int = 1000

    def _method(self, stops: dict[str, Any]) -> solvers.SimultaneousNIHT:
        return solvers.SimultaneousNIHT(**stops, tol=self.tol, max_iter=self.max_iter)
