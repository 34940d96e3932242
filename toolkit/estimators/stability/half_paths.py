"""The path of an estimator on halves of the samples, and the first groups that it selects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral

import joblib
import numpy as np
from numpy.typing import ArrayLike

from ...arrays import Array, IntArray
from ...checks import as_strengths
from ...convergence import without_warnings
from ...execution.blas_threads import one_blas_thread
from ...execution.parallel import run_parallel
from ...groups import Groups
from ...penalties import Penalty
from ...problem import Problem
from ...reformulations.disjoint_groups import make_latent_groups
from ...reformulations.regression_form import RegressionForm
from ...solution import Solution, Status
from ...ties import falling_order
from ..path_model import PathModel
from ..random_halves import draw_halves
from ..training import Training

_HEAD = 10  # one strength in so many lies above the critical one of all samples


@dataclass(frozen=True)
class Half:
    """The groups that a path selected on one half of the samples.

    `groups` are in the order in which they came, `steps` (not falling) the steps of the path at
    which each came; `converged` says whether all fits did.
    """

    groups: IntArray
    steps: IntArray
    converged: bool


@dataclass(frozen=True)
class HalfPath:
    """The path to be followed on every half.

    `values` are strengths, or numbers of groups, from the sparsest on. Groups marked in `free`,
    shape (n_groups,), are always active, and not selected; of those marked in `candidates` a half
    selects at most `n_most`.
    """

    estimator: PathModel
    training: Training
    values: Array
    free: Array
    candidates: Array
    n_most: int

    def compute_fingerprint(self) -> str:
        """Return what distinguishes this from another path, in this version of the package."""
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


def check_has_path(estimator: object) -> None:
    """Raise a `ValueError` unless an estimator can follow a path of growing models."""
    if not isinstance(estimator, PathModel) or type(estimator)._follow is PathModel._follow:
        raise ValueError(
            "estimator must be one of this package that has a path of growing models, such as "
            f"GroupLasso(), GroupL0Regressor() or GroupOMPRegressor(), got {estimator!r}"
        )


def find_candidates(penalty: Penalty, groups: Groups, constant: IntArray) -> Array:
    """Return which groups can be selected: penalised, not excluded, and not wholly constant.

    Raise a `ValueError` if there are none.
    """
    is_constant = np.zeros(groups.n_coefs, dtype=np.intp)
    is_constant[constant] = 1
    varies = groups.sums(is_constant) < groups.sizes
    candidates: Array = varies & ~(penalty.free_groups(groups) | penalty.excluded_groups(groups))
    if not candidates.any():
        raise ValueError("groups: no group to select; all are unpenalised, excluded or constant")
    return candidates


def find_steps(
    estimator: PathModel,
    regression: RegressionForm,
    alphas: int | ArrayLike,
    eps: float,
    n_most: int,
) -> Array:
    """Return the strengths, or numbers of groups, at which all halves are solved."""
    if estimator._strength != "alpha":
        if np.ndim(alphas):
            raise ValueError(
                f"alphas: {type(estimator).__name__} has no strength; its path has one step for "
                "each number of groups up to n_groups"
            )
        return np.arange(1, n_most + 1)
    if isinstance(alphas, Integral):
        return _make_strengths(estimator, regression, int(alphas), eps)
    return np.unique(as_strengths("alphas", alphas))[::-1]


def _make_strengths(
    estimator: PathModel, regression: RegressionForm, n_values: int, eps: float
) -> Array:
    """Return strengths that begin a tenth of their steps above the critical one.

    The critical strengths of halves are often larger than that of all samples,
    and groups that come with the first step could not be told apart.
    """
    n_above = n_values // _HEAD
    grid = estimator._make_grid(regression, n_values - n_above, float(eps))
    if not n_above:
        return grid
    above = (grid[0] / grid[1]) ** np.arange(n_above, 0, -1)
    return np.concatenate([grid[0] * above, grid])


def follow_halves(
    path: HalfPath, entropy: int, pairs: Sequence[int], n_jobs: int | None, verbose: int
) -> list[Half]:
    """Follow the path on both halves of several pairs.

    Linear algebra has one thread whatever `n_jobs`: sums are rounded the same
    way, so that the same groups come.
    """
    n_samples = len(path.training.y)
    tasks = [(path, rows) for number in pairs for rows in draw_halves(n_samples, entropy, number)]
    with one_blas_thread():
        return run_parallel(_follow_half, tasks, n_jobs=n_jobs, verbose=verbose)


def _follow_half(path: HalfPath, rows: IntArray) -> Half:
    """Follow the path on some samples until enough groups have been active at some step."""
    part = path.training.select(rows)
    if part.targets.is_trivial(fit_intercept=part.fit_intercept):
        return Half(np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp), True)
    estimator = path.estimator._coarsen()
    regression = part.make_regression(explicit=estimator._explicit)
    waiting = path.candidates.copy()
    groups: list[int] = []
    steps: list[int] = []
    converged = True
    with without_warnings():
        for step, solution in enumerate(estimator._follow(regression, path.values)):
            # A path also ends where the samples determine no more: that is no failure.
            converged &= solution.status in (Status.CONVERGED, Status.SATURATED)
            entering = _find_entering(regression.problem, solution, waiting)
            entering = entering[: path.n_most - len(groups)]
            groups.extend(entering.tolist())
            steps.extend([step] * entering.size)
            waiting[entering] = False
            if len(groups) == path.n_most:
                break
    return Half(np.array(groups, dtype=np.intp), np.array(steps, dtype=np.intp), converged)


def _find_entering(problem: Problem, solution: Solution, waiting: Array) -> IntArray:
    """Return the active groups among those that wait, from the largest coefficients on."""
    active = solution.active_groups[waiting[solution.active_groups]]
    if active.size < 2:
        return active
    if solution.latent is None:
        norms = problem.groups.norms(solution.coef)
    else:
        norms = make_latent_groups(problem).norms(solution.latent)
    return active[falling_order(norms[active])]
