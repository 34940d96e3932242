"""Criteria that choose along the path of all samples, without folds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ...arrays import Array
from ...reformulations.regression import Regression
from ...selection import AIC, BIC, EBIC, Discrepancy, Rule
from ...solution import Solution, Status

# By name; each is made from the noise level, which only one needs.
CRITERIA: dict[str, Callable[[float | None], Rule]] = {
    "aic": lambda _: AIC(),
    "bic": lambda _: BIC(),
    "ebic": lambda _: EBIC(),
    "discrepancy": lambda noise_level: Discrepancy(noise_level or 0.0),
}


class Followed(NamedTuple):
    """A path, as far as its rule followed it.

    Attributes
    ----------
    scores : ndarray of float, shape (n_values,)
        NaN beyond the end.
    chosen : int
        Which value.
    solution : Solution
        The solution there.
    """

    scores: Array
    chosen: int
    solution: Solution


def follow(estimator: Any, regression: Regression, values: Array, rule: Rule) -> Followed:
    """Follow the path of an estimator until its rule has seen enough.

    Parameters
    ----------
    estimator : GroupRegressor
        Its strength does not matter.
    regression : Regression
        All samples.
    values : ndarray
        The strengths.
    rule : Rule
        Scores the solutions and chooses one.

    Returns
    -------
    Followed
        Scores and choice; its solution says so if the rule does not accept it.
    """
    solutions: list[Solution] = []
    scores: list[float] = []
    for value, solution in zip(
        values, estimator._coarse()._along(regression, values), strict=False
    ):
        penalty = estimator._counting(value)
        solutions.append(solution)
        scores.append(rule.score(regression.problem, penalty, solution))
        if rule.enough(scores):
            break
    chosen = rule.chosen(scores)
    solution = solutions[chosen]
    if not rule.accepts(scores[chosen]):
        solution = solution.with_status(Status.NOISE_LEVEL_NOT_REACHED)
    padded = np.full(len(values), np.nan)
    padded[: len(scores)] = scores
    return Followed(padded, chosen, solution)
