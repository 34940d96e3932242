"""Figures 2 and 3 of the l0(l2) paper: computing time and relative error on large problems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from ....datasets import GroupSparseData
from ...report.figure_style import METHOD_STYLES, draw_legend_below, make_panels
from ..experiment import Experiment, Row, Task
from .setting import METHODS, TrialSetting, score_support, solve_timed

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class TimeExperiment(Experiment):
    """Seconds, relative error and exact support against the number T of active groups.

    `published_slower` holds the paper's statements about the time of a method relative to GPDASC's.
    """

    setting: TrialSetting
    theta: float
    n_active: tuple[int, ...]
    methods: tuple[str, ...] = tuple(METHODS)
    published_slower: tuple[tuple[str, str], ...] = ()

    def list_tasks(self, n_trials: int) -> list[Task]:
        """List seeds, for each the numbers of groups, for each the methods."""
        return [
            {"n_active": n_active, "seed": seed, "method": method}
            for seed in range(n_trials)
            for n_active in self.n_active
            for method in self.methods
        ]

    def run(self, task: Task) -> list[Row]:
        """Solve one problem by one method."""
        data = _LAST.make_problem(self.setting, self.theta, task["n_active"], task["seed"])
        solution, seconds = solve_timed(task["method"], data)
        return [score_support(solution, data, seconds)]

    def summarise(self, trials: pd.DataFrame) -> pd.DataFrame:
        """Return medians, and times relative to GPDASC's beside the paper's statements."""
        columns = ["n_active", "method"]
        median = trials.groupby(columns, sort=False)[["seconds", "relative_error"]].median()
        means = trials.groupby(columns, sort=False)[["exact", "n_found"]].mean()
        table = median.join(means).reset_index()
        table["n_trials"] = trials.groupby(columns, sort=False).size().to_numpy()
        ended = trials["status"].eq("CONVERGED").groupby([trials[c] for c in columns], sort=False)
        table["converged"] = ended.mean().to_numpy()
        own = table[table["method"] == "gpdasc"].set_index("n_active")["seconds"]
        table["seconds_over_gpdasc"] = table["seconds"] / table["n_active"].map(own)
        table["published_over_gpdasc"] = table["method"].map(dict(self.published_slower))
        table["method"] = table["method"].map(METHODS)
        return table

    def draw(self, trials: pd.DataFrame, summary: pd.DataFrame) -> Figure:
        """Draw time on the left and error on the right."""
        figure, axes = make_panels(2, share_y=False)
        for one, column in zip(axes, ("seconds", "relative_error"), strict=True):
            for method in self.methods:
                rows = summary[summary["method"] == METHODS[method]]
                colour, marker = METHOD_STYLES[method]
                one.semilogy(
                    rows["n_active"], rows[column], color=colour, marker=marker,
                    label=METHODS[method],
                )  # fmt: skip
            one.set_xlabel("active groups T")
        axes[0].set_ylabel("computing time (s), median")
        axes[1].set_ylabel(r"relative error $\|x - x^\dagger\| / \|x^\dagger\|$, median")
        draw_legend_below(figure, axes[0])
        return figure


class _LastProblem:
    """The problem made last: successive methods share it, and only one is held in memory."""

    def __init__(self) -> None:
        self.held: tuple[object, GroupSparseData] | None = None

    def make_problem(
        self, setting: TrialSetting, theta: float, n_active: int, seed: int
    ) -> GroupSparseData:
        key, held = (setting, theta, n_active, seed), self.held
        if held is not None and held[0] == key:
            return held[1]
        held = self.held = None  # before the next one needs the memory
        data = setting.make_problem(theta=theta, n_active=n_active, seed=seed)
        self.held = (key, data)
        return data


_LAST = _LastProblem()

FIGURE_2 = TimeExperiment(
    name="l0l2-fig2",
    title="Computing time and relative error",
    source="l0(l2) paper, figure 2",
    default_trials=10,
    timed=True,
    note="The paper shows curves only, and says that GPDASC is at least three to four times faster "
    "than group OMP and group MCP, with the errors of l0(l2) and group MCP comparable, slightly "
    "better than group OMP's and far better than group lasso's. The numbers of groups are those "
    "of its caption; its text has 200 to 400.",
    setting=TrialSetting(2000, 10_000, 2500, dynamic_range=100.0, sigma=1e-2),
    theta=1.0,
    n_active=tuple(range(150, 351, 50)),
    published_slower=(("gomp", "at least 3 to 4"), ("mcp", "at least 3 to 4")),
)
FIGURE_3 = TimeExperiment(
    name="l0l2-fig3",
    title="Computing time and relative error, strongly correlated",
    source="l0(l2) paper, figure 3",
    default_trials=3,
    timed=True,
    max_jobs=1,
    note="The paper shows curves only, and says that against figure 2 the time of GPDASC does not "
    "change much while that of the others has doubled, and that its error is far smaller than "
    "that of the other methods.",
    setting=TrialSetting(5000, 20_000, 5000, dynamic_range=100.0, sigma=1e-3),
    theta=10.0,
    n_active=tuple(range(500, 801, 50)),
)
