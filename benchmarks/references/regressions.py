"""Fits without a penalty beside statsmodels: coefficients of GLM, MNLogit, RLM and PHReg."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from groupsparse.toolkit.losses import Cox, Huber, Logistic, Multinomial, Poisson
from groupsparse.toolkit.penalties import L21
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import alpha_max
from groupsparse.toolkit.solvers import BlockCoordinateDescent
from groupsparse.toolkit.solvers.least_squares.newton_fit import fit_active

from ..tables import format_table

LIMIT = 1e-6
"""The largest difference of a coefficient that counts as agreement."""
_SHARE = 1e-10  # of the largest strength, as strength zero
_HEADER = ("model", "problems", "Newton fit", "agree", "descent", "agree")


class Regression(NamedTuple):
    """A problem without a penalty, and the coefficients of statsmodels."""

    problem: Problem
    expected: np.ndarray


def draw_binomial(rng: np.random.Generator) -> Regression:
    """Return a binomial model with weights, an offset and an intercept."""
    import statsmodels.api as sm

    matrix, image = _draw_design(rng)
    offset, weights = 0.3 * rng.standard_normal(image.size), rng.uniform(0.3, 2, image.size)
    data = (rng.random(image.size) < 1 / (1 + np.exp(-image - offset))).astype(float)
    model = sm.GLM(data, matrix, sm.families.Binomial(), offset=offset, freq_weights=weights)
    problem = _state(matrix, data, Logistic(), np.sqrt(weights), offset)
    return Regression(problem, model.fit(tol=1e-14, maxiter=100).params)


def draw_poisson(rng: np.random.Generator) -> Regression:
    """Return a Poisson model with weights and an exposure."""
    import statsmodels.api as sm

    matrix, image = _draw_design(rng)
    exposure, weights = rng.uniform(0.5, 3, image.size), rng.uniform(0.3, 2, image.size)
    data = rng.poisson(exposure * np.exp(image / 2)).astype(float)
    model = sm.GLM(data, matrix, sm.families.Poisson(), exposure=exposure, freq_weights=weights)
    problem = _state(matrix, data, Poisson(), np.sqrt(weights), np.log(exposure))
    return Regression(problem, model.fit(tol=1e-14, maxiter=100).params)


def draw_multinomial(rng: np.random.Generator) -> Regression:
    """Return a multinomial model; coefficients are those of a class less those of the first."""
    import statsmodels.api as sm

    matrix, _ = _draw_design(rng)
    image = 0.5 * matrix @ rng.standard_normal((matrix.shape[1], 3))
    data = np.argmax(image + rng.gumbel(size=image.shape), axis=1)
    fit = sm.MNLogit(data, matrix).fit(method="newton", tol=1e-14, maxiter=100, disp=0)
    return Regression(_state(matrix, data, Multinomial()), fit.params)


def draw_huber(rng: np.random.Generator) -> Regression:
    """Return a robust linear model whose noise level is known."""
    import statsmodels.api as sm

    matrix, image = _draw_design(rng)
    spikes = rng.standard_t(2, image.size)
    model = sm.RLM(image + spikes, matrix, M=sm.robust.norms.HuberT(1.345))
    fit = model.fit(update_scale=False, maxiter=2000, tol=1e-14, conv="coefs")
    return Regression(_state(matrix, image + spikes, Huber(1.345, fit.scale)), fit.params)


def draw_cox(ties: str, n_strata: int) -> Callable[[np.random.Generator], Regression]:
    """Return a function that draws a proportional hazards model with tied times and an offset."""

    def draw(rng: np.random.Generator) -> Regression:
        import statsmodels.api as sm

        matrix, image = _draw_design(rng)
        matrix = matrix[:, 1:]
        offset = 0.3 * rng.standard_normal(image.size)
        times = np.ceil(8 * rng.exponential(np.exp(-image / 2 - offset)))
        events = rng.random(image.size) < 0.7
        strata = rng.integers(0, n_strata, image.size) if n_strata > 1 else None
        model = sm.PHReg(times, matrix, events, strata=strata, offset=offset, ties=ties)
        fit = model.fit(method="newton", tol=1e-14, maxiter=200, disp=0)
        data = np.column_stack([times, events])
        return Regression(_state(matrix, data, Cox(ties, strata), None, offset), fit.params)

    return draw


MODELS: dict[str, Callable[[np.random.Generator], Regression]] = {
    "GLM binomial, weights and offset": draw_binomial,
    "GLM Poisson, weights and exposure": draw_poisson,
    "MNLogit": draw_multinomial,
    "RLM Huber": draw_huber,
    "PHReg Breslow": draw_cox("breslow", 1),
    "PHReg Efron": draw_cox("efron", 1),
    "PHReg Breslow, strata": draw_cox("breslow", 3),
    "PHReg Efron, strata": draw_cox("efron", 3),
}


def compare_regressions(arguments: Namespace) -> str:
    """Return a table with the largest difference of a coefficient in every model."""
    rows = []
    for number, (name, draw) in enumerate(MODELS.items()):
        fitted, descended = [], []
        for seed in range(arguments.problems):
            problem, expected = draw(np.random.default_rng((number, seed)))
            coef, _ = fit_active(problem, np.ones(problem.shape, dtype=bool))
            fitted.append(_find_difference(coef, expected))
            penalty = L21(_SHARE * max(alpha_max(problem), 1e-6))
            solution = BlockCoordinateDescent(penalty, tol=1e-12, max_iter=20_000).solve(problem)
            descended.append(_find_difference(solution.coef, expected))
        cells = [cell for found in (fitted, descended) for cell in _summarise(found)]
        rows.append((name, str(arguments.problems), *cells))
    return format_table(_HEADER, rows, 1)


def _summarise(differences: list[float]) -> tuple[str, str]:
    agree = sum(difference <= LIMIT for difference in differences)
    return f"{max(differences):.1e}", f"{agree}/{len(differences)}"


def _find_difference(coef: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest difference of a coefficient, classes relative to the first."""
    if coef.ndim > 1:
        coef = (coef - coef[:, :1])[:, 1:]
    return float(np.abs(coef - expected).max())


def _draw_design(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return a matrix whose first column is one, and an image of it."""
    matrix = rng.standard_normal((200, 7))
    matrix[:, 0] = 1
    return matrix, matrix @ (0.5 * rng.standard_normal(7))


def _state(
    matrix: np.ndarray,
    data: np.ndarray,
    loss: Logistic | Poisson | Multinomial | Huber | Cox,
    weights: np.ndarray | None = None,
    offset: np.ndarray | None = None,
) -> Problem:
    """Return the problem with groups of two columns, the first column in none."""
    labels = np.arange(matrix.shape[1]) // 2
    labels = np.where(np.ptp(matrix, axis=0) > 0, labels, -1)
    labels[labels >= 0] = np.unique(labels[labels >= 0], return_inverse=True)[1]
    return Problem(matrix, data, labels, loss=loss, weights=weights, offset=offset)
