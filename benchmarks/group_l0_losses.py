"""Group l0 for classes and survival times: exact supports and times, beside abess.

The matrix is that of Jiao, Jin and Lu with correlation theta inside groups; images are ``size``
times unit coefficients on columns of unit variance. Every method is given the true number of
groups.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from statistics import mean, median

import numpy as np

from groupsparse.datasets import make_group_sparse
from groupsparse.toolkit.arrays import Array
from groupsparse.toolkit.losses import Cox, Logistic, Loss
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solvers import BlockOMP, Exchange, OrthonormalGroups, PrimalDualActiveSet
from groupsparse.toolkit.solvers.least_squares.newton_fit import fit_active
from groupsparse.toolkit.solvers.solver import Solver

from .arguments import parse_count, split_names
from .packages import report_packages
from .tables import format_table, format_time
from .timing import run_in_turns, warm_up

NAME = "group-l0-logistic"
SUMMARY = "Group l0 for classes, or survival times: exact supports and times beside abess."

_N_ROWS, _N_GROUPS, _SIZE, _THETA = 400, 250, 4, 3.0
_SIZES = {"logistic": "0.35,0.5,0.7,1,2", "cox": "0.15,0.2,0.3"}
_CENSORED = 0.3  # of the survival times, about
_EQUAL = 1e-6
_NOTE = (
    "exact: draws whose true groups were found. beaten: draws in which the groups found explain\n"
    "the data better than the true ones do, where the best groups are others. excess: the mean\n"
    "deviance above that of the true groups. time: the median over the draws. abess runs at its\n"
    "defaults, and with a ridge; all methods are given the true number of groups."
)

Task = Callable[[], Array]


def _parse_sizes(text: str) -> list[float]:
    try:
        return [float(part) for part in split_names(text)]
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--loss", choices=sorted(_SIZES), default="logistic", help="what is fitted")
    parser.add_argument("--draws", type=parse_count, default=40, help="problems of each size")
    parser.add_argument("--active", type=parse_count, default=8, help="number of active groups")
    parser.add_argument(
        "--sizes", type=_parse_sizes, help="sizes of coefficients; by default some that suit"
    )


@dataclass(frozen=True, eq=False)
class Trial:
    """A problem with its true groups; labels or times as its data."""

    matrix: Array
    data: Array
    active: Array
    loss: Loss

    @classmethod
    def draw(cls, kind: str, size: float, n_active: int, seed: int) -> Trial:
        """Draw one problem."""
        rng = np.random.default_rng(seed)
        n_features = _N_GROUPS * _SIZE
        given = make_group_sparse(
            *(_N_ROWS, n_features, _N_GROUPS, n_active),
            dynamic_range=2.0,
            theta=_THETA,
            sigma=0.0,
            random_state=rng,
        )
        matrix = given.problem.operator.values * np.sqrt(_N_ROWS)
        image = size * (matrix @ given.coef)
        if kind == "logistic":
            data = (rng.random(_N_ROWS) < 1 / (1 + np.exp(-image))).astype(float)
            return cls(matrix, data, given.active_groups, Logistic())
        times = rng.exponential(size=_N_ROWS) * np.exp(-image)
        events = rng.random(_N_ROWS) >= _CENSORED
        return cls(matrix, np.column_stack([times, events]), given.active_groups, Cox())

    def make_problem(self) -> Problem:
        """Return the problem; of classes with an intercept."""
        labels = np.repeat(np.arange(_N_GROUPS), _SIZE)
        matrix = self.matrix
        if isinstance(self.loss, Logistic):
            matrix = np.column_stack([matrix, np.ones(_N_ROWS)])
            labels = np.append(labels, -1)
        return Problem(matrix, self.data, labels, loss=self.loss)

    def find_groups(self, coef: Array) -> Array:
        """Return the groups that are not zero."""
        rows = coef[: _N_GROUPS * _SIZE].reshape(_N_GROUPS, _SIZE)
        return np.flatnonzero(rows.any(axis=1))

    def evaluate_deviance(self, groups: Array) -> float:
        """Return the deviance of the best fit on some groups."""
        problem = self.make_problem()
        active = problem.groups.spread(np.isin(np.arange(_N_GROUPS), groups))
        return problem.term.deviance(fit_active(problem, active)[1])


@dataclass(frozen=True)
class _Outcome:
    exact: bool
    excess: float
    seconds: float


def _solve_by(make_solver: Callable[[int], Solver]) -> Callable[[Trial], Task]:
    def make_task(trial: Trial) -> Task:
        solver = make_solver(trial.active.size)
        return lambda: solver.solve(trial.make_problem()).coef

    return make_task


def _run_abess(ridge: float = 0.0) -> Callable[[Trial], Task]:
    def make_task(trial: Trial) -> Task:
        def solve() -> Array:
            import abess

            classes = isinstance(trial.loss, Logistic)
            make = abess.LogisticRegression if classes else abess.CoxPHSurvivalAnalysis
            labels = np.repeat(np.arange(_N_GROUPS), _SIZE)
            model = make(support_size=trial.active.size, group=labels, alpha=ridge)
            return np.ravel(model.fit(trial.matrix, trial.data).coef_)

        return solve

    return make_task


def _exchange(n_groups: int, ridge: float = 0.0) -> Solver:
    return Exchange(PrimalDualActiveSet(n_groups=n_groups, ridge=ridge))


METHODS = {
    "abess": _run_abess(),
    "abess, ridge 0.1": _run_abess(0.1),
    "groupsparse GPDASC": _solve_by(lambda n: PrimalDualActiveSet(n_groups=n)),
    "groupsparse GPDASC, exchanges": _solve_by(_exchange),
    "groupsparse GPDASC, exchanges, ridge 0.3": _solve_by(lambda n: _exchange(n, 0.3)),
    "groupsparse BlockOMP, exchanges": _solve_by(
        lambda n: Exchange(OrthonormalGroups(BlockOMP(n_groups=n)))
    ),
}


def run(arguments: Namespace) -> None:
    """Measure and print."""
    present = report_packages(["abess", "groupsparse"])
    methods = {
        name: make for name, make in METHODS.items() if name.replace(",", "").split()[0] in present
    }
    kind, n_active = arguments.loss, arguments.active
    sizes = arguments.sizes or _parse_sizes(_SIZES[kind])
    warm_up([make(Trial.draw(kind, sizes[0], n_active, 0)) for make in methods.values()])
    rows = []
    for size in sizes:
        outcomes: dict[str, list[_Outcome]] = {name: [] for name in methods}
        for seed in range(arguments.draws):
            print(f"measuring {kind}, size {size:g}, draw {seed}", file=sys.stderr)
            for name, outcome in _measure(Trial.draw(kind, size, n_active, seed), methods).items():
                outcomes[name].append(outcome)
        rows += [_make_row(size, name, done, arguments.draws) for name, done in outcomes.items()]
    header = ("size", "method", "exact", "beaten", "excess", "time")
    print(f"\n{format_table(header, rows, n_left=2)}\n\n{_NOTE}")


def _measure(trial: Trial, methods: dict[str, Callable[[Trial], Task]]) -> dict[str, _Outcome]:
    """Solve one problem by all methods, one after another."""
    found: dict[str, Array] = {}

    def examine(name: str, coef: Array) -> None:
        found[name] = trial.find_groups(coef)

    tasks = {name: make(trial) for name, make in methods.items()}
    seconds = run_in_turns(tasks, 1, examine)
    truth = trial.evaluate_deviance(trial.active)
    return {
        name: _Outcome(
            exact=np.array_equal(groups, trial.active),
            excess=trial.evaluate_deviance(groups) - truth,
            seconds=seconds[name][0],
        )
        for name, groups in found.items()
    }


def _make_row(size: float, name: str, done: list[_Outcome], n_draws: int) -> tuple[str, ...]:
    if not done:
        return (f"{size:g}", name, f"0 of {n_draws}", "-", "-", "-")
    return (
        f"{size:g}",
        name,
        f"{sum(o.exact for o in done)} of {n_draws}",
        str(sum(o.excess < -_EQUAL for o in done)),
        f"{mean(o.excess for o in done):.2f}",
        format_time(median(o.seconds for o in done)),
    )
