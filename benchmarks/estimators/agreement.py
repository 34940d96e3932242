"""Coefficients at the same strength, for the group lasso and for several targets."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from sklearn.linear_model import MultiTaskLasso

from groupsparse.datasets import make_group_sparse
from groupsparse.toolkit.arrays import Array
from groupsparse.toolkit.estimators.regressors.penalised import GroupLasso

from ..tables import format_table, format_time
from ..timing import run_in_turns, warm_up

Make = Callable[..., Any]  # from alpha, and perhaps tol, to an estimator

TARGET = 1e-6
OURS, SKLEARN = "groupsparse", "scikit-learn"
_TIGHT = {OURS: 1e-12, "celer": 1e-14, "skglm": 1e-12, SKLEARN: 1e-12}
_FRACTIONS = (0.5, 0.1, 0.02)
_SIZES = ((100, 200, 4), (200, 2000, 10), (1000, 2000, 10))
_JOINT_SIZES = ((100, 200, 5), (500, 1000, 20))
_HEADER = ("intercept", "alpha", "rival", "|diff|", "at defaults", "ours", "ours tight", "rival")
_NOTE = (
    f"|diff|: largest difference of coefficients, both at tight tolerances; it should be at most "
    f"{TARGET:.0e}.\nat defaults: between ours at its default tolerance and the rival at its tight "
    "one. ours, rival: times at\ndefault tolerances; tight: at tight ones. alpha is relative to "
    "the smallest whose solution is zero.\nTolerances differ in meaning between packages; tight: "
    + ", ".join(f"{name} {tol:.0e}" for name, tol in _TIGHT.items())
)


class _Case(NamedTuple):
    name: str
    X: Array
    y: Array
    fit_intercept: bool
    fraction: float
    largest: float

    @property
    def alpha(self) -> float:
        """The strength for packages with 1 / (2 n_samples)."""
        return self.fraction * self.largest


def compare_group_lasso(arguments: Namespace, packages: Sequence[str]) -> str:
    """Compare with the group lassos of celer and skglm."""
    rows = []
    rivals = [name for name in ("celer", "skglm") if name in packages]
    for n, p, size in _SIZES:
        data = make_group_sparse(n, p, p // size, 5, sigma=0.1, random_state=0)
        X, y = np.asfortranarray(data.problem.operator.values), data.problem.data + 1.0
        makers = {name: _find_group_lasso(name, size) for name in (OURS, *rivals)}
        for case in _make_cases(f"{n} x {p}, groups of {size}", X, y, size):
            rows += _compare(case, makers, arguments.repeats)
    header = ("problem", *_HEADER, "rival tight")
    return (
        f"GroupLasso\n\n{format_table(header, rows, n_left=4)}\n\n{_summarise_worst(rows)}\n{_NOTE}"
    )


def compare_multi_task(arguments: Namespace, packages: Sequence[str]) -> str:
    """Compare with scikit-learn's multi-task lasso."""
    rows = []
    for n, p, n_targets in _JOINT_SIZES:
        rng = np.random.default_rng(0)
        X = np.asfortranarray(rng.standard_normal((n, p)))
        Y = X[:, :8] @ rng.standard_normal((8, n_targets)) + 1.0
        Y += 0.1 * rng.standard_normal((n, n_targets))
        makers = {OURS: GroupLasso, SKLEARN: MultiTaskLasso}
        for case in _make_cases(f"{n} x {p}, {n_targets} targets", X, Y, 1):
            rows += _compare(case, makers, arguments.repeats)
    table = format_table(("problem", *_HEADER, "rival tight"), rows, n_left=4)
    return f"GroupLasso with several targets\n\n{table}\n\n{_summarise_worst(rows)}"


def _find_group_lasso(package: str, size: int) -> Make:
    if package == "celer":
        from celer import GroupLasso as Rival
    elif package == "skglm":
        from skglm import GroupLasso as Rival
    else:
        Rival = GroupLasso

    def make(alpha: float, **parameters: Any) -> Any:
        return Rival(alpha=alpha, groups=size, **parameters)

    return make


def _make_cases(name: str, X: Array, y: Array, size: int) -> list[_Case]:
    cases: list[_Case] = []
    for fit_intercept in (False, True):
        target = y - y.mean(axis=0) if fit_intercept else y
        correlation = (X - X.mean(axis=0) if fit_intercept else X).T @ target
        largest = np.linalg.norm(correlation.reshape(X.shape[1] // size, -1), axis=1).max()
        largest = float(largest) / len(y)
        cases += [_Case(name, X, y, fit_intercept, each, largest) for each in _FRACTIONS]
    return cases


def _compare(case: _Case, makers: dict[str, Make], repeats: int) -> list[tuple[str, ...]]:
    """Return one row for each rival."""
    tasks = {
        (name, tight): _make_fit(case, make, {"tol": _TIGHT[name]} if tight else {})
        for name, make in makers.items()
        for tight in (False, True)
    }
    coefs: dict[tuple[str, bool], Array] = {}
    warm_up([tasks[name, False] for name in makers])
    seconds = run_in_turns(tasks, repeats, coefs.__setitem__)
    rows = []
    for name in makers:
        if name == OURS or (name, True) not in coefs:
            continue
        differences = [np.abs(coefs[OURS, t] - coefs[name, True]).max() for t in (True, False)]
        keys = ((OURS, False), (OURS, True), (name, False), (name, True))
        times = [format_time(median(seconds[key])) for key in keys]
        shown = (*(f"{difference:.1e}" for difference in differences), *times)
        rows.append(
            (case.name, "yes" if case.fit_intercept else "no", f"{case.fraction:g}", name, *shown)
        )
    return rows


def _make_fit(case: _Case, make: Make, parameters: dict[str, Any]) -> Callable[[], Array]:
    def fit() -> Array:
        model = make(alpha=case.alpha, fit_intercept=case.fit_intercept, **parameters)
        coef: Array = model.fit(case.X, case.y).coef_
        return coef

    return fit


def _summarise_worst(rows: Sequence[Sequence[str]]) -> str:
    lines = []
    for rival in dict.fromkeys(row[3] for row in rows):
        worst = [max(float(row[i]) for row in rows if row[3] == rival) for i in (4, 5)]
        verdict = "agrees" if worst[0] <= TARGET else "DIFFERS"
        lines.append(f"{rival}: {verdict}, at most {worst[0]:.1e}; at our default {worst[1]:.1e}")
    return "\n".join(lines)
