"""Polish for the l0(l2) problem: groups are exchanged while the objective falls.

A coordinatewise minimiser of ``1/2 ||A x - y||^2 + alpha * #{g : x_g != 0}`` cannot
be improved by changing one group while the others keep their values. Here a
group joins, leaves, or takes the place of another, and all that are active are
fitted anew; whatever lowers the objective is kept (the exchanges of Zhu, Wen,
Zhu, Zhang and Wang, 2020, one set of groups for another). Where no such change
helps, the solution is a coordinatewise minimiser again, and a better one. Cost of
a trial: one up-date of the factor and one product with the adjoint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...arrays import Array, IntArray
from ...checks import check_count
from ...problem import Problem
from ...solution import Progress, Solution, Status
from ...ties import falling_order
from ..history import History
from ..requirements import DISJOINT_GROUPS, Requirement
from ..solver import Solver
from .path import ActiveSetPath
from .primal_dual_active_set import PrimalDualActiveSet

_GAIN = 1e-10


@dataclass(frozen=True)
class Exchange(Solver):
    """Any solver of a group selection problem, its groups exchanged while that helps.

    Parameters
    ----------
    solver : PrimalDualActiveSet, BlockOMP or another
        Its solution is where the exchanges begin; its strength is kept. At
        strength zero, as greedy methods have it, groups only change places.
    n_candidates : int, default 5
        How many groups, those nearest to the threshold on either side, are
        tried one by one and one against one; sets of 2, 4, 8, ... of the
        nearest are exchanged for one another, too.
    max_iter : int, default 1000
        The largest number of exchanges.
    callback : callable, optional
        Called with a `Progress` after each exchange; a true result stops.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Examples
    --------
    >>> data = np.array([3.0, 4.0, 0.3, 0.4])
    >>> problem = Problem(np.eye(4), data, groups=2)
    >>> Exchange(PrimalDualActiveSet(n_groups=1)).solve(problem).active_groups
    array([0])
    """

    requires: ClassVar[tuple[Requirement, ...]] = (DISJOINT_GROUPS,)

    solver: Solver
    n_candidates: int = 5
    max_iter: int = 1000
    callback: Callable[[Progress], bool | None] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.solver, Solver):
            raise ValueError(f"solver must be a solver, got {self.solver!r}")
        check_count("n_candidates", self.n_candidates)
        check_count("max_iter", self.max_iter)

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Solve, and exchange groups until no exchange lowers the objective.

        Parameters
        ----------
        problem : Problem
            Operator, data, disjoint groups.
        start : ndarray, optional
            Where the solver starts.

        Returns
        -------
        Solution
            `history` holds, per exchange: "objective", "n_active",
            "residual_norm". Iterations and seconds include the solver's.

        Raises
        ------
        ValueError
            If groups overlap, or as the solver says.
        """
        first = self.solver.solve(problem, start)
        polish = _Polish(self, problem, first)
        status = polish.run()
        if not polish.n_done:
            return first
        return polish.path.solution(status, polish.n_done, polish.history.as_arrays()).add_work(
            first.iterations, first.seconds
        )


class _Polish:
    """An active set that changes while its objective falls."""

    def __init__(self, config: Exchange, problem: Problem, first: Solution) -> None:
        self.config, self.first = config, first
        ridge = getattr(config.solver, "ridge", 0.0)
        settings = PrimalDualActiveSet(alpha=1.0, ridge=ridge)
        self.path = ActiveSetPath(settings, problem, first.coef)
        self.path.alpha = first.alpha
        self.history = History("objective", "n_active", "residual_norm")

    @property
    def n_done(self) -> int:
        """The number of exchanges."""
        return len(self.history)

    def run(self) -> Status:
        """Exchange until nothing helps; return how it ended."""
        while self._improved():
            if self.n_done == self.config.max_iter:
                return Status.MAX_ITER
            if self._report():
                return Status.STOPPED
        return self.first.status

    def _improved(self) -> bool:
        """Try changes until one lowers the objective; return whether one did."""
        path = self.path
        before, fit, active = path.objective(), path.fit, path.active
        for trial in self._trials(path.evidence(), active):
            path.take(trial, 0.0)
            now = path.objective()
            if now < before - _GAIN * abs(before):
                norm = path.fit.residual_norm
                self.history.record(objective=now, n_active=path.n_active, residual_norm=norm)
                return True
        path.fit, path.active = fit, active
        return False

    def _trials(self, evidence: Array, active: Array) -> Iterator[Array]:
        """Yield active sets to try, the most promising first."""
        leaving, entering = _sorted(evidence, active), _sorted(-evidence, ~active)
        none = leaving[:0]
        size = 1 << min(leaving.size, entering.size).bit_length()
        while size := size // 2:
            if size <= min(leaving.size, entering.size):
                yield _changed(active, leaving[:size], entering[:size])
        out = leaving[: self.config.n_candidates, None]
        come = entering[: self.config.n_candidates, None]
        if self.path.alpha > 0:
            yield from (_changed(active, none, j) for j in come if self._has_room(active, j))
        yield from (_changed(active, i, none) for i in out)
        yield from (_changed(active, i, j) for i in out for j in come)

    def _has_room(self, active: Array, entering: IntArray) -> bool:
        return self.path.n_columns(_changed(active, entering[:0], entering)) <= self.path.n_rows

    def _report(self) -> bool:
        if self.config.callback is None:
            return False
        fraction, objective = self.n_done / self.config.max_iter, self.history["objective"][-1]
        progress = Progress(self.n_done, fraction, objective, self.path.n_active)
        return bool(self.config.callback(progress))


def _sorted(keys: Array, chosen: Array) -> IntArray:
    """Return the chosen groups by rising key."""
    members = np.flatnonzero(chosen)
    return members[falling_order(-keys[members])]


def _changed(active: Array, leaving: IntArray, entering: IntArray) -> Array:
    """Return the active set after groups have left and entered."""
    changed = active.copy()
    changed[leaving], changed[entering] = False, True
    return changed
