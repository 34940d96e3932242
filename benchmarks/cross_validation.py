"""Cross-validation of the group lasso: ours beside celer's, on the same strengths and folds.

1,000 training and 1,000 test samples of 2,000 features in 200 groups of 10, correlated inside the
groups; 20 groups are active, at about 10 dB. celer 0.7.4 passes ``n_alphas`` to scikit-learn, which
removed it in 1.9: a subclass with another constructor works around that and changes nothing else.
skglm has no cross-validation.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import KFold

from groupsparse.datasets import make_group_sparse
from groupsparse.toolkit.arrays import Array
from groupsparse.toolkit.estimators.cross_validation.penalised import GroupLassoCV
from groupsparse.toolkit.estimators.models.penalised import COARSE

from .arguments import parse_count
from .group_lasso import adapters
from .packages import describe_versions, explain_missing
from .tables import format_ratio, format_table, format_time
from .timing import time_task

NAME = "cross-validation"
SUMMARY = "Cross-validation of the group lasso: time and cores beside celer's GroupLassoCV."

_SIZE = 10
_NOTE = (
    "cores: CPU time of the process and its threads over wall time. test: mean squared error on\n"
    "the test samples. subopt.: the largest relative suboptimality along the path of the first\n"
    "fold's training samples, and its median. Same alphas and folds; with an intercept."
)


class _Data(NamedTuple):
    X: Array
    y: Array
    X_test: Array
    y_test: Array


class _Run(NamedTuple):
    model: Any
    wall: float
    cpu: float


def _parse_tolerance(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1:
        raise ArgumentTypeError(f"expected a number between 0 and 1, got {text!r}")
    return value


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--alphas", type=parse_count, default=100, help="number of strengths")
    parser.add_argument("--folds", type=parse_count, default=10, help="number of folds")
    parser.add_argument(
        "--eps", type=_parse_tolerance, default=1e-3, help="the last strength over the first"
    )
    parser.add_argument("--jobs", type=parse_count, default=2, help="folds that run at once")
    parser.add_argument(
        "--celer-tol",
        type=_parse_tolerance,
        default=1e-4,
        help="celer's tolerance, of the duality gap relative to the mean square of y",
    )


def run(arguments: Namespace) -> None:
    """Measure and print."""
    has_celer = explain_missing("celer") is None
    print(describe_versions(["groupsparse", *(["celer"] if has_celer else []), "scikit-learn"]))
    data = _make_data()
    folds = list(KFold(arguments.folds).split(data.X))
    ours = GroupLassoCV(
        groups=_SIZE,
        cv=folds,
        alphas=arguments.alphas,
        eps=arguments.eps,
        n_jobs=arguments.jobs,
    )
    _warm_up(ours, data)
    runs = {f"groupsparse, tol {COARSE:g}": _measure(ours, data)}
    alphas = next(iter(runs.values())).model.alphas_
    if has_celer:
        celer = _make_celer(alphas, folds, arguments.jobs, arguments.celer_tol)
        _warm_up(celer, data)
        runs[f"celer, tol {arguments.celer_tol:g}"] = _measure(celer, data)
    else:
        print(f"celer: {explain_missing('celer')}")
    print("skglm: has no cross-validation")
    train = folds[0][0]
    suboptimalities = _compute_suboptimalities(
        data.X[train], data.y[train], alphas, arguments.celer_tol
    )
    comparison = _format_comparison(list(runs.values()))
    print(f"\n{_format_runs(runs, data, suboptimalities)}\n\n{comparison}{_NOTE}")


def _make_data() -> _Data:
    made = make_group_sparse(2000, 2000, 200, 20, theta=0.5, sigma=0.5, random_state=0)
    X, y = np.sqrt(2000) * made.problem.operator.values, made.problem.data + 1.0
    return _Data(np.asfortranarray(X[:1000]), y[:1000], X[1000:], y[1000:])


def _measure(model: Any, data: _Data) -> _Run:
    before, began = os.times(), perf_counter()
    time_task(lambda: model.fit(data.X, data.y))
    wall, after = perf_counter() - began, os.times()
    return _Run(model, wall, sum(after[:4]) - sum(before[:4]))  # user and system, children's too


def _warm_up(model: Any, data: _Data) -> None:
    """Import packages, and compile or load kernels, on a small problem."""
    small = clone(model).set_params(cv=2, alphas=[1.0, 0.5])
    time_task(lambda: small.fit(data.X[:60, :40].copy("F"), data.y[:60]))


def _make_celer(alphas: Array, folds: list[Any], n_jobs: int, tol: float) -> Any:
    """Return celer's estimator for given strengths; pruning, the default, is slower here."""
    from celer import GroupLassoCV as Published
    from sklearn.linear_model._coordinate_descent import LinearModelCV

    class Rival(Published):  # type: ignore[misc]
        def __init__(
            self,
            groups: int = 1,
            eps: float = 1e-3,
            alphas: Any = 100,
            fit_intercept: bool = True,
            max_iter: int = 100,
            tol: float = 1e-4,
            cv: Any = None,
            verbose: int = 0,
            max_epochs: int = 50_000,
            p0: int = 10,
            prune: bool = True,
            precompute: Any = "auto",
            positive: bool = False,
            n_jobs: int | None = None,
        ) -> None:
            own = {"eps": eps, "alphas": alphas, "max_iter": max_iter, "tol": tol, "cv": cv}
            LinearModelCV.__init__(
                self, fit_intercept=fit_intercept, verbose=verbose, n_jobs=n_jobs, **own
            )
            self.groups, self.max_epochs, self.p0, self.prune = groups, max_epochs, p0, prune
            self.precompute, self.positive = precompute, positive

    return Rival(groups=_SIZE, alphas=alphas, cv=folds, n_jobs=n_jobs, tol=tol)


def _compute_suboptimalities(X: Array, y: Array, alphas: Array, celer_tol: float) -> list[Array]:
    """Return the relative suboptimalities of each package's path at its tolerance."""
    X, y = np.asfortranarray(X - X.mean(axis=0)), y - y.mean()
    scaled = alphas * len(y)
    solvers: list[tuple[Callable[..., adapters.Coefs], float]] = [
        (adapters.groupsparse, 1e-10),
        (adapters.groupsparse, COARSE),
    ]
    if explain_missing("celer") is None:
        solvers.append((adapters.celer, celer_tol))
    objectives = []
    for solve, tol in solvers:
        _, coefs = time_task(lambda solve=solve, tol=tol: solve(X, y, _SIZE, scaled, tol))
        objectives.append(
            [_compute_objective(X, y, coefs(i), alpha) for i, alpha in enumerate(scaled)]
        )
    best = np.min(objectives, axis=0)
    return [np.array(each) / best - 1 for each in objectives[1:]]


def _compute_objective(X: Array, y: Array, coef: Array, alpha: float) -> float:
    residual = y - X @ coef
    norms = np.linalg.norm(coef.reshape(-1, _SIZE), axis=1)
    return float(residual @ residual / 2 + alpha * norms.sum())


def _format_runs(runs: dict[str, _Run], data: _Data, suboptimalities: list[Array]) -> str:
    header = ("solver", "wall", "CPU", "cores", "alpha", "test", "subopt.", "median")
    rows = []
    for (name, (model, wall, cpu)), suboptimality in zip(
        runs.items(), suboptimalities, strict=True
    ):
        error = np.mean((data.y_test - model.predict(data.X_test)) ** 2)
        quality = (f"{suboptimality.max():.1e}", f"{np.median(suboptimality):.1e}")
        shown = (format_time(wall), format_time(cpu), f"{cpu / wall:.2f}", f"{model.alpha_:.4g}")
        rows.append((name, *shown, f"{error:.4f}", *quality))
    return format_table(header, rows, n_left=1)


def _format_comparison(runs: list[_Run]) -> str:
    """Return how two runs compare; an empty string for a single one."""
    if len(runs) < 2:
        return ""
    ours, rival = runs
    difference = np.abs(ours.model.mse_path_ - rival.model.mse_path_)
    relative = (difference / rival.model.mse_path_).max()
    same = "the same" if np.isclose(ours.model.alpha_, rival.model.alpha_) else "another"
    ratio = format_ratio(rival.wall / ours.wall)
    return (
        f"celer takes {ratio} times as long and chooses {same} alpha; "
        f"mse_path_ differs by at most {difference.max():.1e}, relatively {relative:.1e}.\n"
    )
