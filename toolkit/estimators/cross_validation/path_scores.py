"""Scores along paths: errors on samples that were left out, or a criterion on all samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from ...arrays import Array
from ...convergence import without_warnings
from ...execution.parallel import run_parallel
from ...reformulations.regression_form import RegressionForm
from ...selection import AIC, BIC, EBIC, Discrepancy, Rule
from ...solution import Solution, Status
from ..kinds.targets import LARGER_IS_BETTER
from ..path_model import PathModel
from ..training import Training
from .splits import Split

# By name; each is made from the noise level, which only one needs.
CRITERIA: dict[str, Callable[[float | None], Rule]] = {
    "aic": lambda _: AIC(),
    "bic": lambda _: BIC(),
    "ebic": lambda _: EBIC(),
    "discrepancy": lambda noise_level: Discrepancy(noise_level or 0.0),
}

# A path that ends because the samples determine no more has not failed; nor has an active set
# that keeps changing at one strength, which nothing but the next strength would stop.
_FAILURES = (Status.MAX_ITER, Status.DIVERGED, Status.RANK_LOST)


class Candidate(NamedTuple):
    """One setting of all parameters but the strength, and the strengths to try.

    Paths are followed by `follower`, which may be less accurate than `estimator`.
    """

    estimator: PathModel
    values: Array
    follower: PathModel


@dataclass(frozen=True)
class PathScores:
    """Scores of a candidate's values, the smaller the better, and which value they choose.

    `scores` has shape (n_values,) and is NaN beyond the end of the path; `table` is what users
    see: the scores, or the errors of every fold, shape (n_values, n_folds). `solution` is the
    one at the chosen value, if the path was that of all samples.
    """

    scores: Array
    table: Array
    chosen: int
    solution: Solution | None = None
    n_failed: int = 0


def score_by_rule(candidate: Candidate, regression: RegressionForm, rule: Rule) -> PathScores:
    """Score the path of all samples until the rule has chosen; its solution says if it is met."""
    estimator, values, follower = candidate
    solutions: list[Solution] = []
    scores: list[float] = []
    for value, solution in zip(values, follower._follow(regression, values), strict=False):
        penalty = estimator._make_penalty_at(value)
        solutions.append(solution)
        scores.append(rule.score(regression.problem, penalty, solution))
        if rule.is_decided(scores):
            break
    chosen = rule.choose(scores)
    solution = solutions[chosen]
    solution = replace(solution, status=rule.find_miss(solutions, chosen) or solution.status)
    padded = np.full(len(values), np.nan)
    padded[: len(scores)] = scores
    return PathScores(padded, padded, chosen, solution)


def score_by_folds(
    candidates: Sequence[Candidate],
    training: Training,
    splits: Sequence[Split],
    *,
    measure: str,
    one_standard_error: bool,
    n_jobs: int | None,
    verbose: int,
) -> list[PathScores]:
    """Score every candidate by a measure in the same folds; a split is (fitted, left out)."""
    _check_folds(training, splits)
    tasks = [(candidate, training, split, measure) for candidate in candidates for split in splits]
    done = run_parallel(_score_fold, tasks, n_jobs=n_jobs, verbose=verbose)
    weights = np.array([training.weights[left_out].sum() for _, left_out in splits])
    results = []
    for first in range(0, len(done), len(splits)):
        folds = done[first : first + len(splits)]
        mse = np.stack([errors for errors, _ in folds], axis=1)
        mean = np.average(mse, axis=1, weights=weights)
        chosen = choose_value(mse, weights, one_standard_error=one_standard_error)
        n_failed = sum(failed for _, failed in folds)
        results.append(PathScores(mean, mse, chosen, n_failed=n_failed))
    return results


def _check_folds(training: Training, splits: Sequence[Split]) -> None:
    """Raise a `ValueError` if targets are missing in a fold, such as those of a class."""
    for number, (fitted, _) in enumerate(splits):
        gap = training.select(fitted).find_gap()
        if gap is not None:
            raise ValueError(f"cv: fold {number} has {gap} to fit")


def choose_value(mse: Array, weights: Array, *, one_standard_error: bool) -> int:
    """Return the value with the least error, or the sparsest within a standard error of it.

    The errors have shape (n_values, n_folds), with a weight for each fold (Breiman et al., 1984).
    """
    mean = np.average(mse, axis=1, weights=weights)
    best = int(np.argmin(mean))
    if not one_standard_error:
        return best
    with np.errstate(invalid="ignore"):
        squares = (mse - mean[:, None]) ** 2
    spread = np.average(squares, axis=1, weights=weights)
    standard_error = np.sqrt(spread / max(1, weights.size - 1))
    return int(np.argmax(mean <= mean[best] + standard_error[best]))


def _score_fold(
    candidate: Candidate, training: Training, split: Split, measure: str
) -> tuple[Array, int]:
    """Follow the path on some samples; return its errors on others, and how many fits failed.

    The error is the measure, or its negative where larger is better. Errors are infinite beyond
    the end of the path, and zero if no sample left out has a weight.
    """
    estimator, values, follower = candidate
    fitted, left_out = split
    regression = training.select(fitted).make_regression(explicit=estimator._explicit)
    others = training.select(left_out)
    errors, n_failed = np.full(len(values), np.inf), 0
    if not others.weights.any():
        return np.zeros(len(values)), 0
    can_fail = hasattr(estimator, "max_iter")
    sign = -1 if measure in LARGER_IS_BETTER else 1
    with without_warnings():
        for place, solution in enumerate(follower._follow(regression, values)):
            image = others.compute_image(regression, solution.coef)
            errors[place] = sign * others.targets.measure(measure, image, others.weights)
            n_failed += can_fail and solution.status in _FAILURES
    return errors, n_failed
