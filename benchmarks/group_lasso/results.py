"""Times and objectives of one case, and the fastest settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

import numpy as np

from groupsparse.toolkit.arrays import Array

from ..timing import run_in_turns, warm_up
from .adapters import Coefs
from .cases import Case
from .entrants import Entrant

TARGET = 1e-8


class Setting(NamedTuple):
    """A solver with its tolerance and way of calling."""

    solver: str
    variant: str
    tol: float

    def __str__(self) -> str:
        return f"{self.solver}, {self.text}"

    @property
    def text(self) -> str:
        """The setting without the solver."""
        return f"{self.tol:.0e}" + (f", {self.variant}" if self.variant else "")


@dataclass(frozen=True)
class Result:
    """The result of a setting in one case.

    Attributes
    ----------
    problem, strength : str
        The case.
    setting : Setting
        Solver, tolerance and way of calling.
    seconds : list of float
        One for each repeat.
    objective : float
        At the last alpha.
    suboptimality : float
        Relative to the best objective of all settings; the largest along a path.
    n_active : int
        Nonzero groups at the last alpha.
    """

    problem: str
    strength: str
    setting: Setting
    seconds: list[float]
    objective: float
    suboptimality: float
    n_active: int

    @property
    def time(self) -> float:
        """The median over the repeats."""
        return median(self.seconds)


class _Quality(NamedTuple):
    objectives: Array
    n_active: int


def measure(case: Case, entrants: Sequence[Entrant], repeats: int) -> list[Result]:
    """Run all settings of all entrants."""
    entrants = [entrant for entrant in entrants if entrant.takes_part(case)]
    warm_up([entrant.task(case, entrant.tolerances[0]) for entrant in entrants])
    qualities: dict[Setting, _Quality] = {}

    def examine(setting: Setting, coefs: Coefs) -> None:
        qualities[setting] = _judge(case, coefs)

    seconds = run_in_turns(_make_tasks(case, entrants), repeats, examine)
    best = np.min([quality.objectives for quality in qualities.values()], axis=0, initial=np.inf)
    return [
        Result(
            case.problem,
            case.strength,
            setting,
            seconds[setting],
            float(quality.objectives[-1]),
            float((quality.objectives / best - 1).max()),
            quality.n_active,
        )
        for entrant in entrants
        for tol in entrant.tolerances
        for setting in [Setting(entrant.solver, entrant.variant, tol)]
        for quality in [qualities.get(setting)]
        if quality is not None
    ]


def _make_tasks(case: Case, entrants: Sequence[Entrant]) -> dict[Setting, Callable[[], Coefs]]:
    """Return all tasks, so that solvers alternate and loose tolerances come first."""
    ranked = [
        (rank, entrant, tol) for entrant in entrants for rank, tol in enumerate(entrant.tolerances)
    ]
    ranked.sort(key=lambda each: each[0])
    return {
        Setting(entrant.solver, entrant.variant, tol): entrant.task(case, tol)
        for _, entrant, tol in ranked
    }


def _judge(case: Case, coefs: Coefs) -> _Quality:
    solutions = map(coefs, range(case.alphas.size))
    objectives = []
    for coef, alpha in zip(solutions, case.alphas, strict=True):
        objectives.append(case.objective(coef, alpha))
    return _Quality(np.array(objectives), case.n_active(coef))


def find_fastest(results: Sequence[Result], *solvers: str) -> Result | None:
    """Return the fastest setting of these solvers that reaches the target, if any."""
    reached = [
        result
        for result in results
        if result.setting.solver in solvers and result.suboptimality <= TARGET
    ]
    return min(reached, key=lambda result: result.time, default=None)
