"""Complementary halves of samples, and the first groups that a path takes on each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import joblib
import numpy as np

from ...arrays import Array, IntArray
from ...execution.blas_threads import one_blas_thread
from ...execution.parallel import run_parallel
from ...problem import Problem
from ...reformulations.disjoint_groups import latent_groups
from ...solution import Solution, Status, without_warnings
from ...ties import falling_order
from ..fitting.training import Training


@dataclass(frozen=True)
class Half:
    """What a path selected on one half of the samples.

    Attributes
    ----------
    groups : ndarray of int
        The groups, in the order in which they came.
    steps : ndarray of int
        The step of the path at which each came, not falling.
    converged : bool
        Whether all fits did.
    """

    groups: IntArray
    steps: IntArray
    converged: bool


@dataclass(frozen=True)
class Race:
    """What is the same for all halves.

    Attributes
    ----------
    estimator : GroupRegressor
        Whose path is followed.
    training : Training
        All samples.
    values : ndarray of float or int
        Strengths, or numbers of groups, from the sparsest on.
    weights : ndarray of float, shape (n_groups,)
        Of the groups. Those of weight zero are always active, and not selected.
    n_most : int
        How many of them a half selects at most.
    """

    estimator: Any
    training: Training
    values: Array
    weights: Array
    n_most: int

    @cached_property
    def candidate(self) -> Array:
        """Which groups can be selected, shape (n_groups,)."""
        result: Array = (self.weights > 0) & np.isfinite(self.weights)
        return result

    def fingerprint(self) -> str:
        """Return what tells this from another race, in this version of the package."""
        samples, groups = self.training, self.training.groups
        parameters = self.estimator.get_params()
        parameters.pop("groups")  # an object that changes when it is used
        parts = (
            (samples.X, samples.y, samples.weights),
            (groups.indptr, groups.indices, groups.n_coefs),
            (type(self.estimator).__qualname__, parameters),
            (self.values, self.n_most),
        )
        return str(joblib.hash(parts))


def complementary_pair(n_samples: int, entropy: int, number: int) -> tuple[IntArray, IntArray]:
    """Return two disjoint halves of samples (Shah and Samworth, 2013, section 2).

    Parameters
    ----------
    n_samples : int
        The number of samples; if it is odd, one is in neither half.
    entropy : int
        Of all pairs.
    number : int
        Which pair. It does not depend on how many others there are.

    Returns
    -------
    ndarray of int, ndarray of int
        Each of shape (n_samples // 2,), increasing.

    Examples
    --------
    >>> complementary_pair(5, entropy=0, number=1)
    (array([3, 4]), array([0, 2]))
    """
    rng = np.random.default_rng(np.random.SeedSequence(entropy, spawn_key=(number,)))
    order, half = rng.permutation(n_samples), n_samples // 2
    return np.sort(order[:half]), np.sort(order[half : 2 * half])


def run_halves(
    race: Race, entropy: int, pairs: Sequence[int], n_jobs: int | None, verbose: int
) -> list[Half]:
    """Follow the path on both halves of several pairs.

    Linear algebra has one thread whatever `n_jobs`: sums are rounded the same
    way, so that the same groups come.

    Parameters
    ----------
    race : Race
        What all have in common.
    entropy : int
        Of all pairs.
    pairs : sequence of int
        Their numbers.
    n_jobs, verbose
        As in `run_parallel`.

    Returns
    -------
    list of Half
        Two for each pair.
    """
    n_samples = len(race.training.y)
    tasks = [
        (race, rows) for number in pairs for rows in complementary_pair(n_samples, entropy, number)
    ]
    with one_blas_thread():
        return run_parallel(_run_half, tasks, n_jobs=n_jobs, verbose=verbose)


def _run_half(race: Race, rows: IntArray) -> Half:
    """Follow the path on some samples until enough groups have been active at some step."""
    part = race.training.part(rows)
    if _says_nothing(part):
        return Half(np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp), True)
    estimator = race.estimator._coarse()
    regression = part.regression(explicit=estimator._explicit)
    waiting = race.candidate.copy()
    groups: list[int] = []
    steps: list[int] = []
    converged = True
    with without_warnings():
        for step, solution in enumerate(estimator._along(regression, race.values)):
            # A path also ends where the samples determine no more: that is no failure.
            converged &= solution.status in (Status.CONVERGED, Status.SATURATED)
            entering = _entering(regression.problem, solution, waiting)
            entering = entering[: race.n_most - len(groups)]
            groups.extend(entering.tolist())
            steps.extend([step] * entering.size)
            waiting[entering] = False
            if len(groups) == race.n_most:
                break
    return Half(np.array(groups, dtype=np.intp), np.array(steps, dtype=np.intp), converged)


def _says_nothing(part: Training) -> bool:
    """Whether the intercept alone fits the targets, as of a rare class that is in no sample."""
    return not np.any(part.y != (part.y[0] if part.fit_intercept else 0))


def _entering(problem: Problem, solution: Solution, waiting: Array) -> IntArray:
    """Return the active groups among those that wait, from the largest coefficients on."""
    active = solution.active_groups[waiting[solution.active_groups]]
    if active.size < 2:
        return active
    if solution.latent is None:
        norms = problem.groups.norms(solution.coef)
    else:
        norms = latent_groups(problem).norms(solution.latent)
    return active[falling_order(norms[active])]
