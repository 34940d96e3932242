"""Errors of a path on samples that were left out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...arrays import Array, IntArray
from ...execution.parallel import run_parallel
from ...solution import Status, without_warnings
from ..fitting.training import Training

# A path that ends because the samples determine no more is none; nor is an active set that
# does not come to rest at one strength, which nothing but the next one would change.
_FAILURES = (Status.MAX_ITER, Status.DIVERGED, Status.RANK_LOST)


@dataclass(frozen=True)
class PathErrors:
    """Errors of one path in all folds.

    Attributes
    ----------
    mse : ndarray of float, shape (n_values, n_folds)
        Mean squared errors over samples and targets; infinite where the path had ended.
    weights : ndarray of float, shape (n_folds,)
        The weight of the samples left out.
    n_unconverged : int
        How many fits did not converge.
    """

    mse: Array
    weights: Array
    n_unconverged: int

    @property
    def mean(self) -> Array:
        """The error over all samples, shape (n_values,)."""
        result: Array = np.average(self.mse, axis=1, weights=self.weights)
        return result

    @property
    def standard_error(self) -> Array:
        """The standard error of the mean over folds, shape (n_values,)."""
        n_folds = self.weights.size
        with np.errstate(invalid="ignore"):
            squares = (self.mse - self.mean[:, None]) ** 2
        spread = np.average(squares, axis=1, weights=self.weights)
        result: Array = np.sqrt(spread / max(1, n_folds - 1))
        return result

    def chosen(self, one_standard_error: bool) -> int:
        """Return the value with the least error, or the sparsest within a standard error of it.

        Parameters
        ----------
        one_standard_error : bool
            Which of the two (Breiman et al., 1984).

        Returns
        -------
        int
            Its place.
        """
        mean = self.mean
        best = int(np.argmin(mean))
        if not one_standard_error:
            return best
        return int(np.argmax(mean <= mean[best] + self.standard_error[best]))


def cross_validated_errors(
    candidates: Sequence[tuple[Any, Array]],
    training: Training,
    splits: Sequence[tuple[IntArray, IntArray]],
    n_jobs: int | None,
    verbose: int,
) -> list[PathErrors]:
    """Return the errors of every candidate in the same folds.

    Parameters
    ----------
    candidates : sequence of (estimator, values)
        Each with the strengths of its path.
    training : Training
        All samples.
    splits : sequence of (ndarray of int, ndarray of int)
        Samples of the fit, and samples left out, of each fold.
    n_jobs, verbose
        As in `run_parallel`.

    Returns
    -------
    list of PathErrors
        One for each candidate.
    """
    tasks = [
        (estimator, values, training, train, test)
        for estimator, values in candidates
        for train, test in splits
    ]
    done = run_parallel(_errors, tasks, n_jobs=n_jobs, verbose=verbose)
    weights = np.array([training.weights[test].sum() for _, test in splits])
    results = []
    for first in range(0, len(done), len(splits)):
        folds = done[first : first + len(splits)]
        mse = np.stack([errors for errors, _ in folds], axis=1)
        results.append(PathErrors(mse, weights, sum(failed for _, failed in folds)))
    return results


def _errors(
    estimator: Any, values: Array, training: Training, train: IntArray, test: IntArray
) -> tuple[Array, int]:
    """Follow the path on some samples; return its errors on others, and failures."""
    regression = training.part(train).regression(explicit=estimator._explicit)
    left_out = training.part(test)
    errors, n_failed = np.full(len(values), np.inf), 0
    if not left_out.weights.any():
        return np.zeros(len(values)), 0  # samples without weight have no say
    can_fail = hasattr(estimator, "max_iter")
    with without_warnings():
        for place, solution in enumerate(estimator._coarse()._along(regression, values)):
            predicted = left_out.X @ solution.coef + regression.intercept(solution.coef)
            squares = (left_out.y - predicted) ** 2
            per_sample = squares.reshape(len(squares), -1).mean(axis=1)
            errors[place] = np.average(per_sample, weights=left_out.weights)
            n_failed += can_fail and solution.status in _FAILURES
    return errors, n_failed
