"""How fast and how well a method recovers known coefficients, and tables of that over trials."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ...datasets import GroupSparseData
from ...toolkit.arrays import Array
from ...toolkit.convergence import ConvergenceWarning
from ...toolkit.diagnostics import oracle_solution
from ...toolkit.solution import Solution
from .experiment import Row

_QUARTILES = (0.25, 0.75)


def time_solve(solve: Callable[[], Solution]) -> tuple[Solution, float]:
    """Return a solution and the seconds it took; its status says how it ended, without a warning.

    >>> from groupsparse.datasets import make_joint_sparse
    >>> from groupsparse.toolkit.solvers import BlockOMP
    >>> problem = make_joint_sparse(20, 40, 3, 2, rank=2, random_state=0).problem
    >>> solution, seconds = time_solve(lambda: BlockOMP(n_groups=2).solve(problem))
    >>> solution.active_groups.size, seconds > 0
    (2, True)
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        began = perf_counter()
        solution = solve()
        return solution, perf_counter() - began


def score_recovery(solution: Solution, data: GroupSparseData, seconds: float) -> Row:
    """Return the scores of a solution, given the true number s of active groups.

    Parameters
    ----------
    solution : Solution
        The solution of a method.
    data : GroupSparseData
        The problem and its answer.
    seconds : float
        The time of the solution.

    Returns
    -------
    dict
        "exact" (1 if the s groups of largest norm are the s true ones, else
        0: no threshold enters), "n_found" (groups that are not zero), "rmse"
        ``||X - X_true||_F`` over the square root of the number of
        coefficients, "rmse_refit" (the same after a least-squares fit on the s
        groups of largest norm), "seconds", "status".

    Examples
    --------
    >>> from groupsparse.datasets import make_joint_sparse
    >>> from groupsparse.toolkit.solvers import BlockOMP
    >>> data = make_joint_sparse(30, 40, 5, 3, rank=3, random_state=0)
    >>> row = score_recovery(BlockOMP(n_groups=3).solve(data.problem), data, 0.1)
    >>> row["exact"], row["n_found"], row["rmse_refit"] < 1e-12
    (1, 3, True)
    """
    norms = data.problem.groups.norms(solution.coef)
    largest = np.argsort(-norms, kind="stable")[: data.active_groups.size]
    largest = np.sort(largest[norms[largest] > 0])
    refitted = oracle_solution(data.problem, largest)
    return {
        "exact": int(np.array_equal(largest, data.active_groups)),
        "n_found": int(np.count_nonzero(norms)),
        "rmse": _rmse(solution.coef, data),
        "rmse_refit": _rmse(refitted, data),
        "seconds": seconds,
        "status": solution.status.name,
    }


def _rmse(coef: Array, data: GroupSparseData) -> float:
    return float(np.linalg.norm(coef - data.coef) / np.sqrt(data.coef.size))


class Share(NamedTuple):
    """A share of trials with the ends of its 95 % interval, all from 0 to 1."""

    value: float
    low: float
    high: float


def estimate_share(succeeded: ArrayLike) -> Share:
    """Return the share of trials that succeeded (1, else 0), with Wilson's 95 % interval.

    The interval has a length even where all trials succeeded.

    >>> [round(value, 3) for value in estimate_share([1, 1, 0, 1])]
    [0.75, 0.301, 0.954]
    """
    from scipy.stats import binomtest

    outcomes = np.asarray(succeeded, dtype=int)
    result = binomtest(int(outcomes.sum()), outcomes.size)
    interval = result.proportion_ci(method="wilson")
    return Share(float(outcomes.mean()), float(interval.low), float(interval.high))


def summarise_recovery(trials: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Summarise the scores of `score_recovery` over trials.

    Parameters
    ----------
    trials : DataFrame
        One row per trial, with the columns of `score_recovery` and of `by`.
    by : sequence of str
        The columns in which trials of one row of the summary agree, such as
        parameters and the method.

    Returns
    -------
    DataFrame
        The columns of `by`; "n_trials"; "exact", the share, with its 95 %
        interval "exact_low", "exact_high"; the median of "rmse" with the
        quartiles "rmse_low", "rmse_high"; medians of "rmse_refit" and "seconds";
        the mean of "n_found"; the share "converged".

    Examples
    --------
    >>> row = {"exact": 1, "n_found": 3, "rmse": 0.5, "rmse_refit": 0.5, "seconds": 0.1}
    >>> trials = pd.DataFrame([{"rank": 2, **row, "status": "CONVERGED"}] * 4)
    >>> summarise_recovery(trials, ["rank"])[["rank", "n_trials", "exact", "rmse"]]
       rank  n_trials  exact  rmse
    0     2         4    1.0   0.5
    """
    rows = [
        {**dict(zip(by, key, strict=True)), **_summarise_group(group)}
        for key, group in trials.groupby(list(by), sort=False)
    ]
    return pd.DataFrame(rows)


def _summarise_group(trials: pd.DataFrame) -> Row:
    exact = estimate_share(trials["exact"])
    low, high = trials["rmse"].quantile(_QUARTILES)
    return {
        "n_trials": len(trials),
        "exact": exact.value,
        "exact_low": exact.low,
        "exact_high": exact.high,
        "rmse": trials["rmse"].median(),
        "rmse_low": low,
        "rmse_high": high,
        "rmse_refit": trials["rmse_refit"].median(),
        "n_found": trials["n_found"].mean(),
        "converged": (trials["status"] == "CONVERGED").mean(),
        "seconds": trials["seconds"].median(),
    }
