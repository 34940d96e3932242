"""Figures 4, 5 and 6 of the l0(l2) paper: iterations, set changes and error along the path."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from ....toolkit.arrays import Array
from ...report.figure_style import FAINT, MAIN, SECOND, draw_legend_below, make_panels
from .path import PathExperiment
from .setting import TrialSetting

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROUNDING = 1e-9
_STEP = r"step $s$ of the path, $\lambda_s = 0.7^s \lambda_0$"


@dataclass(frozen=True, kw_only=True)
class _PathFigure(PathExperiment):
    """One panel per correlation theta: seed 0, and the range of the other seeds."""

    _y_label: ClassVar[str]

    def summarise(self, trials: pd.DataFrame) -> pd.DataFrame:
        """Return one row per correlation."""
        rows = []
        for theta, group in trials.groupby("theta", sort=False):
            n_steps = group.groupby("seed")["step"].max()
            rows.append(
                {
                    "theta": theta,
                    "n_trials": group["seed"].nunique(),
                    "n_strengths": n_steps.mean(),
                    **self._summarise_panel(group),
                }
            )
        return pd.DataFrame(rows)

    def draw(self, trials: pd.DataFrame, summary: pd.DataFrame) -> Figure:
        """Draw one panel per correlation."""
        figure, axes = make_panels(len(self.thetas))
        for one, theta in zip(axes, self.thetas, strict=True):
            self._draw_panel(one, trials[trials["theta"] == theta])
            one.set_title(rf"$\theta = {theta:g}$", fontsize=11)
            one.set_xlabel(_STEP)
        axes[0].set_ylabel(self._y_label)
        draw_legend_below(figure, axes[0], n_columns=3)
        return figure

    @abstractmethod
    def _summarise_panel(self, trials: pd.DataFrame) -> dict[str, Any]:
        """Return the columns of one correlation."""

    @abstractmethod
    def _draw_panel(self, axes: Axes, trials: pd.DataFrame) -> None:
        """Draw one correlation."""


@dataclass(frozen=True, kw_only=True)
class InnerIterations(_PathFigure):
    """Figure 4: how often the active set changes at each strength."""

    _y_label: ClassVar[str] = "inner iterations"

    def _summarise_panel(self, trials: pd.DataFrame) -> dict[str, Any]:
        """Return the shares of strengths by their iterations."""
        inner = trials["inner"]
        return {
            "share_with_none": (inner == 0).mean(),
            "share_with_one": (inner == 1).mean(),
            "share_with_two": (inner == 2).mean(),
            "share_with_more": (inner > 2).mean(),
            "largest": inner.max(),
            "published_text": "usually one or two",
        }

    def _draw_panel(self, axes: Axes, trials: pd.DataFrame) -> None:
        from matplotlib.ticker import MaxNLocator

        first = trials[trials["seed"] == trials["seed"].min()]
        largest = trials.groupby("step")["inner"].max()
        axes.bar(first["step"], first["inner"], color=MAIN, label="seed 0")
        _mark_largest(axes, largest, trials["seed"].nunique())
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))


@dataclass(frozen=True, kw_only=True)
class SetChanges(_PathFigure):
    """Figure 5: how many groups enter and leave from one strength to the next."""

    _y_label: ClassVar[str] = "groups that enter or leave"

    def _summarise_panel(self, trials: pd.DataFrame) -> dict[str, Any]:
        """Return the sizes of the changes."""
        entered, left = trials["entered"], trials["left"]
        changed = entered[entered > 0]
        leaving = left.groupby(trials["seed"]).sum()
        return {
            "largest_entered": entered.max(),
            "share_of_changes_below_5": (changed < 5).mean(),
            "share_of_changes_1_or_2": (changed <= 2).mean(),
            "largest_left": left.max(),
            "share_of_monotone_paths": (leaving == 0).mean(),
            "published_text": "fewer than five, mostly one or two; monotone",
        }

    def _draw_panel(self, axes: Axes, trials: pd.DataFrame) -> None:
        from matplotlib.ticker import MaxNLocator

        first = trials[trials["seed"] == trials["seed"].min()]
        entering = r"seed 0, $|\mathcal{A}_{s+1} \setminus \mathcal{A}_s|$"
        leaving = r"seed 0, $|\mathcal{A}_s \setminus \mathcal{A}_{s+1}|$ (downwards)"
        axes.bar(first["step"], first["entered"], color=MAIN, label=entering)
        axes.bar(first["step"], -first["left"], color=SECOND, label=leaving)
        _mark_largest(axes, trials.groupby("step")["entered"].max(), trials["seed"].nunique())
        lowest = -trials.groupby("step")["left"].max()
        axes.plot(lowest[lowest < 0], ".", color=FAINT, markersize=4)
        axes.axhline(0, color="black", linewidth=0.8)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))


@dataclass(frozen=True, kw_only=True)
class OracleError(_PathFigure):
    """Figure 6: how far each iterate is from the oracle solution."""

    _y_label: ClassVar[str] = r"$\|x(\lambda_s) - x^o\| / \|x^o\|$, $x^o$ the oracle solution"

    def _summarise_panel(self, trials: pd.DataFrame) -> dict[str, Any]:
        """Return the largest and the last errors."""
        paths = [path["oracle_error"].to_numpy() for _, path in trials.groupby("seed")]
        rises = [_compute_rise_after_peak(path) for path in paths]
        last = pd.Series([path[-1] for path in paths])
        return {
            "first_error": max(path[0] for path in paths),
            "largest_error": max(path.max() for path in paths),
            "share_falling_after_it": sum(rise <= _ROUNDING for rise in rises) / len(rises),
            "largest_rise_after_it": max(rises),
            "last_error": last.median(),
            "largest_last_error": last.max(),
            "published_text": "one, rises slightly, falls monotonically to extremely small",
        }

    def _draw_panel(self, axes: Axes, trials: pd.DataFrame) -> None:
        first = trials["seed"].min()
        for seed, path in reversed(list(trials.groupby("seed"))):
            label = {first: "seed 0", trials["seed"].max(): "other seeds"}.get(seed)
            style = (MAIN, 1.8) if seed == first else (FAINT, 0.7)
            axes.semilogy(
                path["step"], path["oracle_error"], color=style[0], linewidth=style[1], label=label
            )


def _compute_rise_after_peak(errors: Array) -> float:
    """Return the largest relative rise from one error to the next, after the largest error."""
    after = errors[errors.argmax() :]
    return float((after[1:] / after[:-1] - 1).max(initial=0.0))


def _mark_largest(axes: Axes, largest: pd.Series[Any], n_trials: int) -> None:
    label = f"largest of {n_trials} seeds"
    axes.plot(largest, ".", color=FAINT, markersize=4, label=label, clip_on=False)


_SETTING = TrialSetting(500, 1000, 250, dynamic_range=100.0, sigma=1e-3)

FIGURE_4 = InnerIterations(
    name="l0l2-fig4",
    title="Inner iterations along the path",
    source="l0(l2) paper, figure 4",
    default_trials=10,
    note="An inner iteration is a change of the active set with its least-squares fit; the final "
    "check that finds nothing to change is not counted.",
    setting=_SETTING,
    thetas=(0.0, 3.0),
    n_active=50,
)
FIGURE_5 = SetChanges(
    name="l0l2-fig5",
    title="Groups that enter and leave along the path",
    source="l0(l2) paper, figure 5",
    default_trials=10,
    note="Shares of changes are among the strengths at which a group enters.",
    setting=_SETTING,
    thetas=(0.0, 1.0),
    n_active=15,
)
FIGURE_6 = OracleError(
    name="l0l2-fig6",
    title="Distance to the oracle solution along the path",
    source="l0(l2) paper, figure 6",
    default_trials=10,
    setting=_SETTING,
    thetas=(0.0, 1.0),
    n_active=50,
)
