"""Groups of one beside the l1 logistic regression and Cox regression of other packages."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable

import numpy as np

from groupsparse.toolkit.losses import Cox, Logistic
from groupsparse.toolkit.penalties import L21
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import alpha_max
from groupsparse.toolkit.solvers import FISTA, BlockCoordinateDescent

from ..tables import format_table

LIMIT = 1e-5
"""The largest difference of a coefficient that counts as agreement."""
SHARES = (0.5, 0.1, 0.02)
_HEADER = ("reference", "strength", "problems", "active", "FISTA", "agree", "descent", "agree")

# Returns a problem, and coefficients of the reference at a share of the largest strength.
Drawn = tuple[Problem, Callable[[float], np.ndarray]]


def compare_logistic(arguments: Namespace) -> str:
    """Return a table of the l1 logistic regression of scikit-learn, with an intercept."""
    return _compare(arguments, "scikit-learn l1", _draw_logistic)


def compare_cox(arguments: Namespace) -> str:
    """Return a table of scikit-survival's Coxnet, which has Breslow's ties."""
    return _compare(arguments, "scikit-survival Coxnet", _draw_cox)


def _draw_logistic(rng: np.random.Generator) -> Drawn:
    from sklearn.linear_model import LogisticRegression

    features = rng.standard_normal((100, 20))
    image = features[:, :4] @ rng.standard_normal(4)
    data = (rng.random(100) < 1 / (1 + np.exp(-image))).astype(float)
    labels = np.append(np.arange(20), -1)
    problem = Problem(np.column_stack([features, np.ones(100)]), data, labels, loss=Logistic())

    def fit(alpha: float) -> np.ndarray:
        model = LogisticRegression(
            l1_ratio=1.0, C=1 / alpha, solver="saga", tol=1e-12, max_iter=100_000, random_state=0
        )
        model.fit(features, data)
        return np.append(model.coef_[0], model.intercept_)

    return problem, fit


def _draw_cox(rng: np.random.Generator) -> Drawn:
    from sksurv.linear_model import CoxnetSurvivalAnalysis

    features = rng.standard_normal((120, 20))
    times = np.ceil(10 * rng.exponential(np.exp(-features[:, :4] @ rng.standard_normal(4) / 2)))
    events = rng.random(120) < 0.7
    data = np.array(list(zip(events, times, strict=True)), dtype=[("event", "?"), ("time", "f8")])
    problem = Problem(features, data, loss=Cox("breslow"))

    def fit(alpha: float) -> np.ndarray:
        model = CoxnetSurvivalAnalysis(
            l1_ratio=1.0, alphas=[alpha / 120], tol=1e-14, max_iter=1_000_000
        )
        return np.asarray(model.fit(features, data).coef_[:, 0])

    return problem, fit


def _compare(arguments: Namespace, name: str, draw: Callable[[np.random.Generator], Drawn]) -> str:
    rows = []
    for share in SHARES:
        differences: dict[str, list[float]] = {"fista": [], "descent": []}
        active = 0
        for seed in range(arguments.problems):
            problem, fit = draw(np.random.default_rng(seed))
            penalty = L21(share * alpha_max(problem))
            expected = fit(penalty.alpha)
            active += np.count_nonzero(expected)
            for key, solver in (
                ("fista", FISTA(penalty, tol=1e-11, max_iter=200_000)),
                ("descent", BlockCoordinateDescent(penalty, tol=1e-11)),
            ):
                coef = solver.solve(problem).coef
                differences[key].append(float(np.abs(coef - expected).max()))
        cells = []
        for found in differences.values():
            agree = sum(difference <= LIMIT for difference in found)
            cells += [f"{max(found):.1e}", f"{agree}/{len(found)}"]
        mean = f"{active / arguments.problems:.1f}"
        rows.append((name, str(share), str(arguments.problems), mean, *cells))
    return format_table(_HEADER, rows, 1)
