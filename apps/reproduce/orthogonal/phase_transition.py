"""Phase transitions: how often methods recover random problems, over a grid of parameters.

Every combination of a point of the grid, a seed and a method is a separate trial, so that a grid
is extended, or a method added, by running only the new trials.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ....datasets import GroupSparseData, make_joint_sparse
from ....toolkit.checks import check_count
from ....toolkit.problem import Problem
from ....toolkit.solution import Solution
from ...report.figure_style import choose_style, draw_legend_below, draw_with_intervals, make_panels
from ..experiment import Experiment, Row, Task
from ..recovery import score_recovery, summarise_recovery, time_solve
from ..trials import run_trials
from ..trials_file import TrialsFile

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Solve = Callable[[Problem, float, int], Solution]
_LABELS = {
    "exact": "probability of exact support",
    "rmse": r"$\|X - \hat X\|_F / \sqrt{NK}$, median",
}
_ENDS = ("", "_low", "_high")
_COMPILED: set[tuple[str, str]] = set()  # methods that have run in this process


class RecoveryMethod(NamedTuple):
    """A method with its label in figures and tables.

    `solve` takes the problem, the norm of the noise and the number of active groups.
    """

    label: str
    solve: Solve


@dataclass(frozen=True)
class Panel:
    """One parameter that is swept, on the horizontal axis, while the others are fixed.

    `label` and `title`, below and above the axes, are by default made of the parameters' names.
    """

    parameter: str
    values: tuple[Any, ...]
    others: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""
    title: str = ""

    def list_points(self) -> list[Task]:
        """Return the parameters of all trials, in the order of their names."""
        points = [{**self.others, self.parameter: value} for value in self.values]
        return [dict(sorted(point.items())) for point in points]


@dataclass(frozen=True, kw_only=True)
class PhaseTransition(Experiment):
    """A comparison of methods, along one swept parameter in each panel.

    Attributes
    ----------
    panels : tuple of Panel
        All with the same parameters; points that they share are run once.
    fixed : dict
        Further arguments of `make`.
    make : callable
        Makes a problem from parameters and a seed, `random_state`.
    metric : {"exact", "rmse"}
        The vertical axis of the figure.
    published : dict of str to dict of tuple to float
        For each method, shares of exact supports at values of the parameters,
        in the order of their names.
    """

    panels: tuple[Panel, ...]
    methods: Mapping[str, RecoveryMethod]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    make: Callable[..., GroupSparseData] = make_joint_sparse
    metric: str = "exact"
    published: Mapping[str, Mapping[tuple[Any, ...], float]] = field(default_factory=dict)

    def list_tasks(self, n_trials: int) -> list[Task]:
        """List seeds, for each the points of all panels, for each the methods."""
        return [
            {**point, "seed": seed, "method": method}
            for seed in range(n_trials)
            for point in self._list_points()
            for method in self.methods
        ]

    def run(self, task: Task) -> list[Row]:
        """Solve one problem by one method; a method new to the process runs twice to compile."""
        point = {name: task[name] for name in self._parameter_names}
        data = self.make(**self.fixed, **point, random_state=task["seed"])
        solve, n_active = self.methods[task["method"]].solve, data.active_groups.size
        key = (self.trials_name, task["method"])
        for _ in range(2 - (key in _COMPILED)):
            solution, seconds = time_solve(lambda: solve(data.problem, data.noise_level, n_active))
        _COMPILED.add(key)
        return [score_recovery(solution, data, seconds)]

    def summarise(self, trials: pd.DataFrame) -> pd.DataFrame:
        """Return shares of exact supports, errors and seconds at every point."""
        names = self._parameter_names
        table = summarise_recovery(trials, [*names, "method"])
        if self.published:
            keys = zip(table["method"], table[names].itertuples(index=False), strict=True)
            table["published_exact"] = [
                self.published.get(method, {}).get(tuple(point)) for method, point in keys
            ]
        table["method"] = [self.methods[method].label for method in table["method"]]
        return table

    def draw(self, trials: pd.DataFrame, summary: pd.DataFrame) -> Figure:
        """Draw the metric in panels side by side."""
        figure, axes = make_panels(len(self.panels))
        for one, panel in zip(axes, self.panels, strict=True):
            self._draw_panel(one, panel, summary)
        axes[0].set_ylabel(_LABELS[self.metric])
        if self.metric == "exact":
            axes[0].set_ylim(-0.04, 1.04)
        else:
            axes[0].set_yscale("log")
        draw_legend_below(figure, axes[0], n_columns=3)
        return figure

    def make_header(self) -> dict[str, Any]:
        """Return the header with what problems depend on beside the parameters of a task."""
        made_by = getattr(self.make, "__qualname__", repr(self.make))
        return self._add_name({"make": made_by, **self.fixed})

    def _draw_panel(self, axes: Axes, panel: Panel, summary: pd.DataFrame) -> None:
        here = np.logical_and.reduce(
            [summary[name] == value for name, value in panel.others.items()]
            + [summary[panel.parameter].isin(panel.values)]
        )
        for number, (name, method) in enumerate(self.methods.items()):
            rows = summary[here & (summary["method"] == method.label)]
            rows = rows.sort_values(panel.parameter)
            x, columns = rows[panel.parameter].to_numpy(), (self.metric + e for e in _ENDS)
            value, low, high = (rows[column].to_numpy() for column in columns)
            style = choose_style(name, number)
            draw_with_intervals(axes, x, value, (low, high), style=style, label=method.label)
        others = ", ".join(f"{name} = {value}" for name, value in panel.others.items())
        axes.set_title(panel.title or others, fontsize=11)
        axes.set_xlabel(panel.label or panel.parameter)

    @property
    def _parameter_names(self) -> list[str]:
        return sorted((self.panels[0].parameter, *self.panels[0].others))

    def _list_points(self) -> list[Task]:
        points = [tuple(point.items()) for panel in self.panels for point in panel.list_points()]
        return [dict(point) for point in dict.fromkeys(points)]


def run_phase_transition(
    methods: Mapping[str, Solve],
    grid: Mapping[str, Iterable[Any]],
    *,
    fixed: Mapping[str, Any] | None = None,
    make: Callable[..., GroupSparseData] = make_joint_sparse,
    n_trials: int = 40,
    jobs: int = 1,
    out: str | PathLike[str] | None = None,
) -> pd.DataFrame:
    """Run methods over a grid of parameters and seeds.

    Parameters
    ----------
    methods : dict of str to callable
        Each takes the problem, the norm of the noise and the number of active
        groups, and returns a `Solution`.
    grid : dict of str to iterable
        Parameters of `make` with their values; every combination is run.
    fixed : dict, optional
        Further arguments of `make`.
    make : callable
        Makes a problem with its answer from these arguments and a seed,
        `random_state`.
    n_trials : int
        Seeds 0, 1, ... at every point and for every method.
    jobs : int
        How many trials run at the same time. Each uses one BLAS thread.
    out : path-like, optional
        A file to which each trial is written as soon as it is done. Trials that
        it holds are not run again, so an interrupted run is continued, and a
        larger grid, more trials or another method add to it.

    Returns
    -------
    DataFrame
        One row per point, seed and method: the parameters, "seed", "method",
        "jobs" and the columns of `score_recovery`. `summarise_recovery`
        computes shares and medians of them.

    Raises
    ------
    ValueError
        If there is no method, the grid is empty, a number is not positive, or
        the file holds trials of other problems.

    Examples
    --------
    >>> from groupsparse.toolkit.solvers import BlockOMP
    >>> def omp(problem, noise_level, n_active):
    ...     return BlockOMP(n_groups=n_active).solve(problem)
    >>> sizes = {"n_features": 40, "n_channels": 4, "n_active": 3}
    >>> grid = {"rank": [1, 3], "n_rows": [8, 24]}
    >>> trials = run_phase_transition({"OMP": omp}, grid, fixed=sizes, n_trials=2)
    >>> summarise_recovery(trials, ["rank", "n_rows"])["exact"].tolist()
    [0.0, 1.0, 0.5, 1.0]
    """
    values = {name: [_to_python(value) for value in swept] for name, swept in grid.items()}
    if not (methods and values and all(values.values())):
        raise ValueError("methods and grid must not be empty, nor any parameter of the grid")
    for name, number in (("n_trials", n_trials), ("jobs", jobs)):
        check_count(name, number)
    experiment = PhaseTransition(
        name="phase-transition",
        title="Phase transition",
        source="",
        default_trials=n_trials,
        panels=_combine(values),
        methods={name: RecoveryMethod(name, solve) for name, solve in methods.items()},
        fixed={name: _to_python(value) for name, value in (fixed or {}).items()},
        make=make,
    )
    with TemporaryDirectory() as folder:
        file = TrialsFile(out or Path(folder) / "trials.jsonl", experiment.make_header())
        return run_trials(experiment, experiment.list_tasks(n_trials), file, jobs=jobs)


def _combine(grid: Mapping[str, Sequence[Any]]) -> tuple[Panel, ...]:
    """Return one panel for every combination of all parameters but the last."""
    *others, swept = grid
    return tuple(
        Panel(swept, tuple(grid[swept]), dict(zip(others, values, strict=True)))
        for values in product(*(grid[name] for name in others))
    )


def _to_python(value: Any) -> Any:
    """Return a number of NumPy as a number of Python."""
    return value.item() if isinstance(value, np.generic) else value
