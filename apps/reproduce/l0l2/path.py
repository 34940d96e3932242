"""The path of GPDASC, strength by strength, for figures 4 to 6 of the l0(l2) paper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ....datasets import GroupSparseData
from ....toolkit.arrays import IntArray
from ....toolkit.diagnostics import oracle_solution
from ....toolkit.selection import solution_path
from ....toolkit.solution import Solution
from ....toolkit.solvers import PrimalDualActiveSet
from ..experiment import Experiment, Row, Task
from .setting import TrialSetting

_MOST_STRENGTHS = 300  # 0.7 to this power is below any rounding
_INNER = 5  # as in the paper


@dataclass(frozen=True, kw_only=True)
class PathExperiment(Experiment):
    """The active set and the error at each strength ``lambda_s = rho^s ||y||^2 / 2``."""

    setting: TrialSetting
    thetas: tuple[float, ...]
    n_active: int

    def list_tasks(self, n_trials: int) -> list[Task]:
        """List seeds, and for each all correlations."""
        return [{"theta": theta, "seed": seed} for seed in range(n_trials) for theta in self.thetas]

    def run(self, task: Task) -> list[Row]:
        """Follow one path; return one row per strength.

        "step" s, "alpha_ratio" rho^s, "inner" (changes of the active set, each with a
        least-squares fit), "n_active", "entered" and "left" (groups, since the strength before),
        "oracle_error" (distance to the oracle solution relative to its norm) and "residual_ratio"
        (norm of the residual over that of the noise).
        """
        data = self.setting.make_problem(n_active=self.n_active, **task)
        solver = PrimalDualActiveSet(noise_level=data.noise_level, max_inner=_INNER)
        path = solution_path(solver, data.problem, n_alphas=_MOST_STRENGTHS)
        return list(_make_rows(path, data, solver.rho))


def _make_rows(path: Iterable[Solution], data: GroupSparseData, rho: float) -> Iterator[Row]:
    """Yield one row per strength of the grid; the solver skips those where no group changes."""
    oracle = oracle_solution(data.problem, data.active_groups)
    first = float(np.linalg.norm(data.problem.data)) ** 2 / 2
    state = _State(np.zeros(0, dtype=np.intp), 1.0, float(np.sqrt(2 * first)))
    reached = 0
    for solution in path:
        step = round(float(np.log(solution.alpha / first) / np.log(rho)))
        if step == reached:  # the first strength, where nothing is active yet
            continue
        for skipped in range(reached + 1, step):
            yield _make_row(skipped, rho, 0, state, state, data)
        error = float(np.linalg.norm(solution.coef - oracle) / np.linalg.norm(oracle))
        now = _State(solution.active_groups, error, solution.residual_norm)
        yield _make_row(step, rho, solution.iterations, state, now, data)
        reached, state = step, now


class _State(NamedTuple):
    """The state of the path at one strength."""

    active: IntArray
    oracle_error: float
    residual_norm: float


def _make_row(
    step: int, rho: float, inner: int, before: _State, now: _State, data: GroupSparseData
) -> Row:
    return {
        "step": step,
        "alpha_ratio": rho**step,
        "inner": inner,
        "n_active": int(now.active.size),
        "entered": int(np.setdiff1d(now.active, before.active).size),
        "left": int(np.setdiff1d(before.active, now.active).size),
        "oracle_error": now.oracle_error,
        "residual_ratio": now.residual_norm / data.noise_level,
    }
