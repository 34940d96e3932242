"""Draws estimators.png: how often estimators find planted groups, and with which error.

``python docs/plot_estimators.py`` takes about five minutes on two cores and gives the same
picture every time.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import joblib
import matplotlib as mpl
import numpy as np

import groupsparse as gs
from groupsparse.datasets import make_joint_sparse

mpl.use("Agg")
from matplotlib import pyplot as plt

TARGET = Path(__file__).with_name("estimators.png")
N_TRIALS = 30
BLOCKS: dict[str, Any] = {"groups": 4}


class Trial(NamedTuple):
    """One planted problem."""

    X: np.ndarray
    y: np.ndarray
    coef: np.ndarray
    active: np.ndarray
    noise_level: float


def make_one_target(n_samples: int, seed: int) -> Trial:
    """8 of 100 groups of 4 features, of norms 1 to 2; a quarter of the variance is noise."""
    rng = np.random.default_rng([n_samples, seed])
    X = rng.standard_normal((n_samples, 400))
    active = np.sort(rng.choice(100, 8, replace=False))
    coef = np.zeros((100, 4))
    directions = rng.standard_normal((8, 4))
    norms = rng.uniform(1, 2, 8) / np.linalg.norm(directions, axis=1)
    coef[active] = directions * norms[:, None]
    noise = rng.standard_normal(n_samples) * np.linalg.norm(coef) / np.sqrt(3)
    return Trial(X, X @ coef.ravel() + noise, coef.ravel(), active, float(np.linalg.norm(noise)))


def make_several_targets(n_samples: int, seed: int) -> Trial:
    """The same 15 of 100 features for 20 targets, coefficients of rank 8; 20 dB."""
    data = make_joint_sparse(
        n_samples, 100, 20, 15, rank=8, snr_db=20.0, random_state=1000 * n_samples + seed
    )
    X = np.asarray(data.problem.operator.operator.values)
    return Trial(X, data.problem.data, data.coef.T, data.active_groups, data.noise_level)


class Curve(NamedTuple):
    """An estimator and its line; it is made from the noise level, which only some use."""

    label: str
    make: Callable[[float], Any]
    colour: str
    marker: str
    dash: Any


ONE_TARGET = (
    Curve("GroupLassoCV()", lambda _: gs.GroupLassoCV(**BLOCKS), "#e69f00", "o", "-"),
    Curve(
        "GroupLassoCV(one_standard_error=True)",
        lambda _: gs.GroupLassoCV(**BLOCKS, one_standard_error=True),
        "#b35900",
        "v",
        (0, (1, 1)),
    ),
    Curve(
        'GroupMCPRegressorCV(criterion="ebic")',
        lambda _: gs.GroupMCPRegressorCV(**BLOCKS, criterion="ebic"),
        "#56b4e9",
        "s",
        "-",
    ),
    Curve(
        'GroupL0RegressorCV(criterion="ebic")',
        lambda _: gs.GroupL0RegressorCV(**BLOCKS, criterion="ebic"),
        "#00295e",
        "D",
        (0, (5, 1)),
    ),
    Curve(
        'GroupOMPRegressorCV(criterion="ebic")',
        lambda _: gs.GroupOMPRegressorCV(**BLOCKS, criterion="ebic"),
        "#009e73",
        "^",
        (0, (4, 1, 1, 1)),
    ),
)
PLAIN: dict[str, Any] = {"fit_intercept": False}
SEVERAL_TARGETS = (
    Curve(
        "ConstrainedGroupLasso",
        lambda e: gs.ConstrainedGroupLasso(e, **PLAIN),
        "#e69f00",
        "o",
        "-",
    ),
    Curve(
        "SimultaneousOMPRegressor",
        lambda e: gs.SimultaneousOMPRegressor(noise_level=e, **PLAIN),
        "#009e73",
        "^",
        (0, (4, 1, 1, 1)),
    ),
    Curve(
        "GroupL0Regressor",
        lambda e: gs.GroupL0Regressor(noise_level=e, **PLAIN),
        "#00295e",
        "D",
        (0, (5, 1)),
    ),
    Curve(
        "SubspaceAugmentedMUSICRegressor",
        lambda e: gs.SubspaceAugmentedMUSICRegressor(noise_level=e, **PLAIN),
        "#777777",
        "v",
        (0, (1, 1)),
    ),
    Curve(
        "RankAwareORMPRegressor",
        lambda e: gs.RankAwareORMPRegressor(noise_level=e, **PLAIN),
        "#56b4e9",
        "s",
        "-",
    ),
    Curve(
        "OrthogonallyWeightedRegressor",
        lambda e: gs.OrthogonallyWeightedRegressor(noise_level=e, **PLAIN),
        "#a0005a",
        "P",
        (0, (3, 1, 1, 1, 1, 1)),
    ),
)


def evaluate(curve: Curve, trial: Trial) -> tuple[bool, float, int, int]:
    """Return whether the active groups are exact, the relative error, false and missed groups."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # with too few samples not all fits converge
        model = curve.make(trial.noise_level).fit(trial.X, trial.y)
    found, planted = set(model.active_groups_.tolist()), set(trial.active.tolist())
    error = np.linalg.norm(model.coef_ - trial.coef) / np.linalg.norm(trial.coef)
    return found == planted, float(error), len(found - planted), len(planted - found)


def measure(
    make: Callable[[int, int], Trial], curves: tuple[Curve, ...], sizes: np.ndarray, n_trials: int
) -> np.ndarray:
    """Return the results, shape (n_curves, n_sizes, n_trials, 4)."""

    def run(size: int, seed: int) -> list[tuple[bool, float, int, int]]:
        trial = make(size, seed)
        return [evaluate(curve, trial) for curve in curves]

    tasks = [joblib.delayed(run)(int(size), seed) for size in sizes for seed in range(n_trials)]
    results = np.array(joblib.Parallel(n_jobs=2)(tasks), dtype=float)
    return results.reshape(len(sizes), n_trials, len(curves), 4).transpose(2, 0, 1, 3)


def draw(ax: plt.Axes, curves: tuple[Curve, ...], sizes: np.ndarray, values: np.ndarray) -> None:
    """Draw one line for each estimator."""
    for curve, line in zip(curves, values, strict=True):
        # Large and open, since it is often below another marker.
        open_marker = {"markersize": 12, "markerfacecolor": "none"} if curve.marker == "D" else {}
        ax.plot(
            sizes,
            line,
            color=curve.colour,
            marker=curve.marker,
            linestyle=curve.dash,
            label=curve.label,
            clip_on=False,
            **{"markersize": 6, **open_marker},
        )
    ax.set_xlabel("samples")
    ax.set_ylim(0, 1)
    ax.grid(alpha=0.3)
    ax.spines[["top", "right"]].set_visible(False)


def add_legend(figure: plt.Figure, ax: plt.Axes, place: str, title: str) -> None:
    """Draw the legend of one panel below it."""
    handles, labels = ax.get_legend_handles_labels()
    legend = figure.legend(
        handles, labels, loc=f"outside lower {place}", ncols=2, frameon=False, title=title
    )
    legend.set_alignment("left")


def main() -> None:
    """Measure, and draw."""
    few, many = np.arange(80, 401, 40), np.arange(16, 53, 4)
    one = measure(make_one_target, ONE_TARGET, few, N_TRIALS)
    several = measure(make_several_targets, SEVERAL_TARGETS, many, N_TRIALS)
    figure, axes = plt.subplots(1, 3, figsize=(14, 5.6), layout="constrained")
    figure.get_layout_engine().set(wspace=0.06)
    panels = (
        ("A  8 of 100 groups of 4 features: groups exact", "share of trials"),
        ("B  The same: error of the coefficients", "||coef_ - planted|| / ||planted||"),
        ("C  15 of 100 features, 20 targets: features exact", "share of trials"),
    )
    for ax, (title, quantity) in zip(axes, panels, strict=True):
        ax.set_title(title, fontsize=11, pad=14, loc="left")
        ax.set_ylabel(quantity)
    draw(axes[0], ONE_TARGET, few, one[..., 0].mean(axis=2))
    draw(axes[1], ONE_TARGET, few, np.median(one[..., 1], axis=2))
    draw(axes[2], SEVERAL_TARGETS, many, several[..., 0].mean(axis=2))
    add_legend(figure, axes[0], "left", "A, B: the data choose the strength")
    add_legend(figure, axes[2], "right", "C: the noise_level is given")
    figure.savefig(TARGET, dpi=110)


if __name__ == "__main__":
    main()
