"""`GroupL0Regressor` and abess, given the true number of groups, at the sizes of figure 2."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Sequence

import numpy as np

from groupsparse.toolkit.arrays import Array
from groupsparse.toolkit.estimators.regressors.group_l0 import GroupL0Regressor

from ..group_l0.command import FIGURE_2
from ..group_l0.methods import METHODS
from ..group_l0.trials import Trial
from ..tables import format_table, format_time
from ..timing import run_in_turns, warm_up

_NOTE = (
    "2,000 x 10,000 with 2,500 groups of 4, theta 1. Both are given the true number T of groups; "
    "a method that\ntakes over 5 s runs once, the others twice. abess at its defaults."
)


def compare_group_l0(arguments: Namespace, packages: Sequence[str]) -> str:
    """Compare both on problems whose number of groups they are given."""
    rows: list[tuple[str, ...]] = []
    for n_active in arguments.active:
        rows += _compare(FIGURE_2.trial(n_active, 0), "abess" in packages)
    header = ("T", "method", "exact", "right", "found", "rel. error", "time")
    return f"GroupL0Regressor\n\n{format_table(header, rows, n_left=2)}\n\n{_NOTE}"


def _compare(trial: Trial, with_abess: bool) -> list[tuple[str, ...]]:
    tasks = {"groupsparse GroupL0Regressor": _make_ours(trial)}
    warm_up([_make_ours(FIGURE_2._replace(n_rows=100, n_features=200, n_groups=50).trial(5, 0))])
    if with_abess:
        tasks["abess"] = METHODS["abess"].task(trial)
    coefs: dict[str, Array] = {}
    seconds = run_in_turns(tasks, 2, coefs.__setitem__)
    truth = trial.data.active_groups
    rows = []
    for method, coef in coefs.items():
        found = np.flatnonzero(trial.norms(coef))
        error = np.linalg.norm(coef - trial.data.coef) / np.linalg.norm(trial.data.coef)
        exact = "yes" if np.array_equal(found, truth) else "no"
        right = f"{np.isin(found, truth).sum()}"
        cells = (exact, right, f"{found.size}", f"{error:.1e}", format_time(min(seconds[method])))
        rows.append((f"{truth.size}", method, *cells))
    return rows


def _make_ours(trial: Trial) -> Callable[[], Array]:
    model = GroupL0Regressor(
        n_groups=trial.data.active_groups.size, groups=trial.size, fit_intercept=False
    )

    def fit() -> Array:
        coef: Array = model.fit(trial.matrix, trial.y).coef_
        return coef

    return fit
