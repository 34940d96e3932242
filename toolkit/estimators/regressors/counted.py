"""Greedy regressors, which stop at a number of active groups or at a noise level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

import numpy as np

from ...arrays import Array
from ...reformulations.regression_form import RegressionForm
from ...selection.counts import walk_counts
from ...solution import Solution
from ...solvers import (
    BlockOMP,
    RankAwareORMP,
    SimultaneousNIHT,
    SimultaneousOMP,
    SubspaceAugmentedMUSIC,
)
from ...solvers.counting_solver import CountingSolver
from ...solvers.solver import Solver
from ..kinds.regression import RegressionMixin
from ..path_model import PathModel


@dataclass(eq=False, repr=False)
class CountedRegressor(RegressionMixin, PathModel):
    """Least squares on few groups: as many as are asked for, or as the noise level needs."""

    _strength: ClassVar[str] = "n_groups"

    n_groups: int | None = None
    _: KW_ONLY
    noise_level: float | None = None

    def _make_pursuit(self, n_groups: int | None, noise_level: float | None) -> CountingSolver:
        """Return the solver, which stops at the number of groups, the noise level or both."""
        raise NotImplementedError

    def _make_solver(self, regression: RegressionForm) -> Solver:
        n_groups = self.n_groups
        if n_groups is None and self.noise_level is None:
            n_groups = self._find_default_count(regression)
        return self._make_pursuit(n_groups, self._scale_level(self.noise_level, regression))

    def _make_grid(self, regression: RegressionForm, n_values: int, eps: float = 0.0) -> Array:
        n_groups, n_samples = self._count_groups(regression), regression.problem.data.shape[0]
        mean_size = regression.problem.groups.sizes.mean()
        most = min(n_values, n_groups, max(1, int(n_samples / mean_size) // 2))
        return np.arange(1, most + 1)

    def _follow(self, regression: RegressionForm, values: Array) -> Iterator[Solution]:
        counts = [int(value) for value in values]
        solver = self._make_pursuit(max(counts), None)
        return walk_counts(solver, regression.problem, counts)


@dataclass(eq=False, repr=False)
class GroupOMPRegressor(CountedRegressor):
    """Group orthogonal matching pursuit: add the most correlated group, then fit by least squares.

    Parameters
    ----------
    n_groups : int, optional
        The number of active groups. Without it and `noise_level`, a tenth of all.
    groups : None, int, array_like, Series, list of lists or Groups, optional
        As for `GroupLasso`.
    noise_level : float, optional
        The norm of the noise in y, over all targets: groups are added until the
        residual is not above it. With `n_groups`, whichever comes first stops.
    fit_intercept : bool, default True
        Whether there is an intercept.
    warm_start : bool, default False
        Whether the groups that are active in the last fit stay active.

    Attributes
    ----------
    coef_, intercept_, active_groups_, n_iter_, solution_
        As for `GroupLasso`; `solution_.history["group"]` holds the groups in the order in
        which they were added.
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

    def _make_pursuit(self, n_groups: int | None, noise_level: float | None) -> BlockOMP:
        return BlockOMP(n_groups=n_groups, noise_level=noise_level)


@dataclass(eq=False, repr=False)
class SimultaneousOMPRegressor(CountedRegressor):
    """Simultaneous orthogonal matching pursuit, for several targets at once.

    Parameters
    ----------
    n_groups : int, optional
        The number of active groups. Without it and `noise_level`, a tenth of all.
    norm : {1, 2, inf}, default 1
        The norm of a group's correlations over the targets.
    groups, noise_level, fit_intercept, warm_start
        As for `GroupOMPRegressor`, to which ``norm=2`` is equivalent, as are the attributes.

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

    def _make_pursuit(self, n_groups: int | None, noise_level: float | None) -> SimultaneousOMP:
        return SimultaneousOMP(n_groups=n_groups, noise_level=noise_level, norm=self.norm)


@dataclass(eq=False, repr=False)
class RankAwareORMPRegressor(CountedRegressor):
    """Rank-aware order-recursive matching pursuit (RA-ORMP), for several targets.

    The higher the rank of the targets, the fewer samples it needs.

    Parameters
    ----------
    n_groups : int, optional
        The number of active groups. Without it and `noise_level`, a tenth of all.
    rank : int, optional
        The rank of the targets without noise; estimated by default.
    groups, noise_level, fit_intercept, warm_start
        As for `GroupOMPRegressor`, as are the attributes. If the noise level is known, give
        only that.

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

    def _make_pursuit(self, n_groups: int | None, noise_level: float | None) -> RankAwareORMP:
        return RankAwareORMP(n_groups=n_groups, noise_level=noise_level, rank=self.rank)


@dataclass(eq=False, repr=False)
class SubspaceAugmentedMUSICRegressor(CountedRegressor):
    """Subspace-augmented MUSIC (SA-MUSIC), for several targets at once.

    Parameters
    ----------
    n_groups : int, optional
        The number of active groups. Without it and `noise_level`, a tenth of all.
    rank : int, optional
        The rank of the targets without noise; estimated by default.
    groups, noise_level, fit_intercept, warm_start
        As for `GroupOMPRegressor`, as are the attributes; with `noise_level`, the fewest groups
        that reach it.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X, noise = rng.standard_normal((50, 12)), rng.standard_normal((50, 3))
    >>> Y = X[:, [2, 7]] @ [[1.0, 2.0, 0.5], [1.0, -1.0, 2.0]] + 0.1 * noise
    >>> SubspaceAugmentedMUSICRegressor(2).fit(X, Y).active_groups_
    array([2, 7])
    """

    rank: int | None = None
    _: KW_ONLY

    def _make_pursuit(
        self, n_groups: int | None, noise_level: float | None
    ) -> SubspaceAugmentedMUSIC:
        return SubspaceAugmentedMUSIC(n_groups=n_groups, noise_level=noise_level, rank=self.rank)


@dataclass(eq=False, repr=False)
class SimultaneousNIHTRegressor(CountedRegressor):
    """Simultaneous normalised iterative hard thresholding, for several targets at once.

    Gradient steps of which only the largest groups are kept.

    Parameters
    ----------
    n_groups : int, optional
        The number of active groups. Without it and `noise_level`, a tenth of all.
    groups, noise_level, fit_intercept, warm_start
        As for `GroupOMPRegressor`, as are the attributes; with `noise_level`, the fewest groups
        that reach it. Meant for features of about unit variance.
    tol : float, default 1e-6
        Stop when an iteration changes the residual norm by less than this part of the norm of y.
    max_iter : int, default 1000
        The largest number of iterations for one number of groups.

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

    def _make_pursuit(self, n_groups: int | None, noise_level: float | None) -> SimultaneousNIHT:
        return SimultaneousNIHT(
            n_groups=n_groups, noise_level=noise_level, tol=self.tol, max_iter=self.max_iter
        )
