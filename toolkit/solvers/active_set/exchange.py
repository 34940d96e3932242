"""Polish for the l0(l2) problem: groups are exchanged while the objective falls.

A coordinatewise minimiser of ``1/2 ||A x - y||^2 + alpha * #{g : x_g != 0}`` cannot
be improved by changing one group while the others keep their values. Here a
group joins, leaves, or takes the place of another, and all active groups are
fitted again; whatever lowers the objective is kept (the exchanges of Zhu, Wen,
Zhu, Zhang and Wang, 2020, one set of groups for another). Where no such change
helps, the solution is again a coordinatewise minimiser, and a better one. Cost of
a trial: one update of the factor and one product with the adjoint; for other
losses than the squared one, a fit by Newton steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import ClassVar

import numpy as np

from ...arrays import Array, IntArray
from ...checks import check_count
from ...losses import Loss
from ...problem import Problem
from ...solution import Progress, Solution, Status
from ...ties import falling_order
from ..goal import Goal
from ..history import History
from ..requirements import DISJOINT_GROUPS, Requirement
from ..solver import Solver
from .active_set import ActiveSet
from .fitting import make_active_set
from .primal_dual_active_set import PrimalDualActiveSet

_GAIN = 1e-10


@dataclass(frozen=True)
class Exchange(Solver):
    """Improve the solution of a group selection problem by exchanging groups.

    Parameters
    ----------
    solver : PrimalDualActiveSet, BlockOMP or another
        The exchanges begin at its solution and keep its strength. At strength
        zero, as from greedy methods, and where it has found as many groups as it was
        asked for, groups are only replaced.
    n_candidates : int, default 5
        How many groups, the nearest to the threshold on either side, are
        tried one by one and one for one; sets of 2, 4, 8, ... of the nearest
        are also exchanged for one another.
    max_iter : int, default 1000
        The largest number of exchanges.
    callback : callable, optional
        Called with a `Progress` after each exchange; a true result stops.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Notes
    -----
    `start` is where the solver starts. `history` holds, per exchange:
    "objective", "n_active", "residual_norm". Iterations and seconds include the
    solver's; the certificate is coordinatewise, or the solver's own if nothing
    was exchanged. Any loss may take the place of the squared one.

    Examples
    --------
    >>> data = np.array([3.0, 4.0, 0.3, 0.4])
    >>> problem = Problem(np.eye(4), data, groups=2)
    >>> Exchange(PrimalDualActiveSet(n_groups=1)).solve(problem).active_groups
    array([0])
    """

    requires: ClassVar[tuple[Requirement, ...]] = (DISJOINT_GROUPS,)
    accepted_losses: ClassVar[tuple[type[Loss], ...]] = (Loss,)

    solver: Solver
    n_candidates: int = 5
    max_iter: int = 1000
    callback: Callable[[Progress], bool | None] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.solver, Solver):
            raise ValueError(f"solver must be a solver, got {self.solver!r}")
        check_count("n_candidates", self.n_candidates)
        check_count("max_iter", self.max_iter)

    @property
    def goal(self) -> Goal:
        """The goal of the solver."""
        return self.solver.goal

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Solve, and exchange groups until no exchange lowers the objective."""
        first = self.solver.solve(problem, start)
        began, status = perf_counter(), first.status
        state = make_active_set(problem, self._ridge)
        given = state.find_groups(first.coef)
        if given.any() or state.groups.unpenalised.size:
            state.activate(given)
        history = History("objective", "n_active", "residual_norm")
        sizes = self._find_sizes(state, first.alpha)
        while self._improve(state, first.alpha, sizes):
            history.record(
                objective=state.evaluate_objective(first.alpha),
                n_active=state.n_active,
                residual_norm=state.residual_norm,
            )
            if len(history) == self.max_iter:
                status = Status.MAX_ITER
                break
            if self._report(history):
                status = Status.STOPPED
                break
        if not len(history):
            return first
        solution = state.make_solution(first.alpha, status, history.as_arrays())
        seconds = first.seconds + perf_counter() - began
        return solution.add_work(first.iterations + len(history), seconds)

    @property
    def _ridge(self) -> float:
        return self.solver.ridge if isinstance(self.solver, PrimalDualActiveSet) else 0.0

    def _find_sizes(self, state: ActiveSet, alpha: float) -> range:
        """Return the numbers of groups that an exchange may lead to."""
        wanted, now = self.goal.n_groups, state.n_active
        if not alpha > 0 or now == wanted:
            return range(now, now + 1)
        return range((wanted or state.groups.n_groups) + 1)

    def _improve(self, state: ActiveSet, alpha: float, sizes: range) -> bool:
        """Try changes until one lowers the objective; return whether one did."""
        before, fit, active = state.evaluate_objective(alpha), state.fit, state.active
        for trial in self._list_trials(state):
            if np.count_nonzero(trial) in sizes and state.count_columns(trial) <= state.n_rows:
                state.activate(trial)
                lower = state.evaluate_objective(alpha) < before - _GAIN * abs(before)
                if lower and state.n_active in sizes:
                    return True
        state.fit, state.active = fit, active
        return False

    def _list_trials(self, state: ActiveSet) -> Iterator[Array]:
        """Yield active sets to try, the most promising first."""
        evidence, active = state.evidence, state.active
        leaving, entering = _sort_groups(evidence, active), _sort_groups(-evidence, ~active)
        none = leaving[:0]
        size = 1 << min(leaving.size, entering.size).bit_length()
        while size := size // 2:
            if size <= min(leaving.size, entering.size):
                yield _change(active, leaving[:size], entering[:size])
        out = leaving[: self.n_candidates, None]
        come = entering[: self.n_candidates, None]
        yield from (_change(active, none, j) for j in come)
        yield from (_change(active, i, none) for i in out)
        yield from (_change(active, i, j) for i in out for j in come)

    def _report(self, history: History) -> bool:
        """Call the callback; return whether it asks to stop."""
        if self.callback is None:
            return False
        objective, n_active = history["objective"][-1], int(history["n_active"][-1])
        progress = Progress(len(history), len(history) / self.max_iter, objective, n_active)
        return bool(self.callback(progress))


def _sort_groups(keys: Array, chosen: Array) -> IntArray:
    """Return the chosen groups by rising key."""
    members = np.flatnonzero(chosen)
    return members[falling_order(-keys[members])]


def _change(active: Array, leaving: IntArray, entering: IntArray) -> Array:
    """Return the active set after groups have left and entered."""
    changed = active.copy()
    changed[leaving], changed[entering] = False, True
    return changed
