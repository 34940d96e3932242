"""Group orthogonal matching pursuit: one group after another, by its correlation.

At each step the group whose columns correlate most with the residual, by
``||A_g^H r||``, joins the active set, and the data are fitted anew by least
squares on all active columns (Eldar, Kuppinger and Bolcskei, "Block-sparse
signals: uncertainty relations and efficient recovery", 2010, section V). A QR
factorisation of the active columns is updated. Cost per step: one product with
the adjoint and ``n_rows * n_active * group size``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from ..arrays import Array, IntArray, squared_magnitude
from ..blas_threads import one_blas_pool
from ..problem import Problem
from ..solution import Certificate, Progress, Solution, Status
from ._feature_view import FeatureView
from ._greedy_choice import GroupChoice
from ._greedy_fit import GreedyFit


@dataclass(frozen=True)
class BlockOMP:
    """Group orthogonal matching pursuit, with an updated QR factorisation.

    Parameters
    ----------
    noise_level : float, optional
        The norm of the noise: stop when the residual is not above it.
    n_groups : int, optional
        Stop when this many groups are active. One of the two is needed; with
        both, whichever comes first stops.
    callback : callable, optional
        Called with a `Progress` after each step; a true result stops.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or neither stop is given.

    Notes
    -----
    Groups are compared in the columns as given, as published: where columns of
    a group are correlated, or their norms differ, ``OrthonormalGroups(BlockOMP(...))``
    compares the parts of the residual that lie in the groups' spans instead.

    Examples
    --------
    >>> from groupsparse.toolkit.problem import Problem
    >>> problem = Problem(np.eye(4), [3.0, 4.0, 0.3, 0.4], groups=2)
    >>> BlockOMP(noise_level=0.6).solve(problem).coef
    array([3., 4., 0., 0.])
    """

    noise_level: float | None = None
    n_groups: int | None = None
    callback: Callable[[Progress], bool | None] | None = None

    def __post_init__(self) -> None:
        if self.noise_level is None and self.n_groups is None:
            raise ValueError("give noise_level or n_groups, so that the pursuit knows when to stop")
        if self.noise_level is not None and not 0 <= self.noise_level < np.inf:
            raise ValueError(
                f"noise_level must be finite and not negative, got {self.noise_level!r}"
            )
        if self.n_groups is not None and not self.n_groups >= 1:
            raise ValueError(f"n_groups must be at least 1, got {self.n_groups!r}")

    def solve(self, problem: Problem, start: Array | None = None) -> Solution:
        """Include group after group until the noise level or the number of groups is reached.

        Parameters
        ----------
        problem : Problem
            Operator, data, disjoint groups.
        start : ndarray, optional
            Coefficients whose non-zero groups are known to be active: they
            are fitted first.

        Returns
        -------
        Solution
            With ``alpha = 0`` and the objective ``1/2 ||A x - y||^2``. `history`
            holds, per step: "group", "n_active", "residual_norm".

        Raises
        ------
        ValueError
            If groups overlap, fewer exist than `n_groups`, or `start` cannot
            be coefficients of the problem.
        """
        groups = problem.groups
        if groups.overlapping:
            raise ValueError("groups overlap; BlockOMP needs disjoint groups")
        if self.n_groups is not None and self.n_groups > groups.n_groups:
            raise ValueError(
                f"n_groups must be at most {groups.n_groups}, the number of groups, "
                f"got {self.n_groups!r}"
            )
        with one_blas_pool():
            return _Pursuit(self, problem, start).run()


class _Pursuit:
    """The state of one solve: the active groups, their fit, and the choice of the next."""

    def __init__(self, config: BlockOMP, problem: Problem, start: Array | None) -> None:
        self.began = perf_counter()
        self.config, self.problem = config, problem
        self.view = FeatureView.of(problem, rotate=True)
        self.fit = GreedyFit(self.view)
        known = np.empty(0, dtype=np.intp)
        if start is not None:
            known = np.flatnonzero(problem.groups.norms(problem.checked_start(start)))
        self.active = self._fitted(known)
        self.choice = GroupChoice(self.fit, known)
        self.history: dict[str, list[float]] = {
            key: [] for key in ("group", "n_active", "residual_norm")
        }
        self.iterations = 0

    def _fitted(self, known: IntArray) -> list[int]:
        """Fit unpenalised coefficients and known groups; return those that are not redundant."""
        groups = self.view.groups
        if groups.unpenalised.size:
            self.fit.include(groups.unpenalised)
        return [int(g) for g in known if self.fit.include(groups.members(int(g))).back.shape[1] > 0]

    def run(self) -> Solution:
        """Include groups until a stopping rule is met."""
        status = self._reached()
        while status is None:
            group = self.choice.best()
            if group is None:
                status = self._ended()
            elif self.choice.include(group):
                self._record(group)
                status = self._reached()
                if self._report() and status is None:
                    status = Status.STOPPED
        return self._solution(status)

    def _reached(self) -> Status | None:
        """Return how the pursuit ends at the present fit, if it does."""
        level, n_groups = self.config.noise_level, self.config.n_groups
        if level is not None and self.fit.residual_norm <= level:
            return Status.CONVERGED
        if n_groups is not None and len(self.active) >= n_groups:
            return Status.CONVERGED
        return Status.SATURATED if self.fit.qr.size == self.fit.qr.n_rows else None

    def _ended(self) -> Status:
        """Return how the pursuit ends when no further group would change the fit."""
        if not self.choice.is_finite:
            return Status.DIVERGED
        if self.config.noise_level is not None:
            return Status.NOISE_LEVEL_NOT_REACHED
        return Status.CONVERGED

    def _record(self, group: int) -> None:
        self.active.append(group)
        self.iterations += 1
        values = (group, len(self.active), self.fit.residual_norm)
        for key, value in zip(self.history, values, strict=True):
            self.history[key].append(value)

    def _report(self) -> bool:
        """Tell the callback; return whether it asks to stop."""
        if self.config.callback is None:
            return False
        now, n_active = self.fit.residual_norm, len(self.active)
        fraction = n_active / self.config.n_groups if self.config.n_groups else 0.0
        level = self.config.noise_level
        if level is not None and now <= level:
            fraction = 1.0
        elif level:
            span = np.log(self.fit.data_norm / level)
            fraction = max(fraction, float(np.log(self.fit.data_norm / now) / span))
        progress = Progress(self.iterations, min(1.0, max(0.0, fraction)), now, n_active)
        return bool(self.config.callback(progress))

    def _solution(self, status: Status) -> Solution:
        features = self.fit.coefficients()
        images = self.view.operator._apply(features.reshape(-1, *self.view.operator.domain_shape))
        residual = self.view.data - images.reshape(len(features), -1)
        misfit = float(squared_magnitude(residual).sum())
        coef = self.view.coefficients(features)
        return Solution(
            coef=coef.astype(self.problem.dtype, copy=False),
            active_groups=np.sort(np.array(self.active, dtype=np.intp)),
            status=status,
            objective=misfit / 2,
            certificate=self._certificate(residual),
            alpha=0.0,
            residual_norm=float(np.sqrt(misfit)),
            iterations=self.iterations,
            seconds=perf_counter() - self.began,
            history={key: np.array(values) for key, values in self.history.items()},
        )

    def _certificate(self, residual: Array) -> Certificate:
        """Return the gradient on the active columns, relative to all of it at zero."""
        groups = self.view.groups
        marked = np.zeros(groups.n_groups, dtype=bool)
        marked[self.active] = True
        both = self.view.correlations(np.concatenate([self.view.data, residual]))
        at_zero, gradient = both[: len(residual)], both[len(residual) :]
        first = float(np.linalg.norm(at_zero))
        gradient = gradient[:, groups.spread(marked)]
        value = float(np.linalg.norm(gradient)) / first if first else 0.0
        return Certificate("normal_equations", value)
