"""Figure 1 of the l0(l2) paper: how often each method finds exactly the active groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...report.figure_style import (
    METHOD_STYLES,
    draw_legend_below,
    draw_with_intervals,
    make_panels,
)
from ..experiment import Experiment, Row, Task
from ..recovery import estimate_share
from .setting import METHODS, TrialSetting, score_support, solve_timed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LARGE_THETA = 1.0
_DODGE = 0.12  # of the distance between numbers of groups


@dataclass(frozen=True, kw_only=True)
class SupportExperiment(Experiment):
    """The probability of exact support against the number T of active groups; a panel per theta."""

    setting: TrialSetting
    thetas: tuple[float, ...]
    n_active: tuple[int, ...]
    methods: tuple[str, ...] = tuple(METHODS)

    def list_tasks(self, n_trials: int) -> list[Task]:
        """List seeds, and for each all correlations and numbers of groups."""
        return [
            {"theta": theta, "n_active": n_active, "seed": seed}
            for seed in range(n_trials)
            for theta in self.thetas
            for n_active in self.n_active
        ]

    def run(self, task: Task) -> list[Row]:
        """Solve one problem by every method."""
        data = self.setting.make_problem(**task)
        rows: list[Row] = []
        for method in self.methods:
            solution, seconds = solve_timed(method, data)
            rows.append({"method": method, **score_support(solution, data, seconds)})
        return rows

    def summarise(self, trials: pd.DataFrame) -> pd.DataFrame:
        """Return the share of exact supports with its 95 % interval, and the paper's statement."""
        rows = []
        for (theta, n_active, method), group in trials.groupby(
            ["theta", "n_active", "method"], sort=False
        ):
            exact = estimate_share(group["exact"])
            rows.append(
                {
                    "theta": theta,
                    "n_active": n_active,
                    "method": METHODS[str(method)],
                    "n_trials": len(group),
                    "exact": exact.value,
                    "exact_low": exact.low,
                    "exact_high": exact.high,
                    "n_found": group["n_found"].mean(),
                    "relative_error": group["relative_error"].median(),
                    "converged": (group["status"] == "CONVERGED").mean(),
                    "seconds": group["seconds"].median(),
                    "published_text": _quote_paper(str(method), float(str(theta))),
                }
            )
        return pd.DataFrame(rows)

    def draw(self, trials: pd.DataFrame, summary: pd.DataFrame) -> Figure:
        """Draw one panel per correlation."""
        figure, axes = make_panels(len(self.thetas))
        for one, theta in zip(axes, self.thetas, strict=True):
            self._draw_panel(one, summary[summary["theta"] == theta])
            one.set_title(rf"$\theta = {theta:g}$", fontsize=11)
            one.set_xlabel("active groups T")
        axes[0].set_ylabel("probability of exact support")
        axes[0].set_ylim(-0.04, 1.04)
        draw_legend_below(figure, axes[0])
        return figure

    def _draw_panel(self, axes: Axes, summary: pd.DataFrame) -> None:
        """Draw shares and intervals side by side, since many of them coincide."""
        spacing = min(np.diff(self.n_active), default=1)
        for number, method in enumerate(self.methods):
            rows = summary[summary["method"] == METHODS[method]]
            exact, low, high = (rows[c].to_numpy() for c in ("exact", "exact_low", "exact_high"))
            offset = _DODGE * spacing * (number - (len(self.methods) - 1) / 2)
            x, label = rows["n_active"].to_numpy() + offset, METHODS[method]
            draw_with_intervals(
                axes, x, exact, (low, high), style=METHOD_STYLES[method], label=label
            )


def _quote_paper(method: str, theta: float) -> str:
    """Return the paper's statement about figure 1, which has no table."""
    if method == "gomp":
        return "deteriorates greatly" if theta > _LARGE_THETA else "almost as good as GPDASC"
    return {"l21": "fails most of the time"}.get(method, "among the two best")


FIGURE_1 = SupportExperiment(
    name="l0l2-fig1",
    title="Probability of exact support",
    source="l0(l2) paper, figure 1",
    default_trials=100,
    note="The paper shows curves only; published text is its statement about them. Shares of exact "
    "supports have 95 % intervals. Group OMP compares groups by the columns as given.",
    setting=TrialSetting(800, 2000, 500, dynamic_range=10.0, sigma=1e-3),
    thetas=(0.0, 3.0),
    n_active=tuple(range(10, 101, 10)),
)
