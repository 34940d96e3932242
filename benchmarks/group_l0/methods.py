"""One function for each method, which returns a task: without arguments, to coefficients.

Packages that may be missing are imported inside the functions.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from groupsparse.toolkit.arrays import Array
from groupsparse.toolkit.execution.blas_threads import one_blas_pool
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solvers import BlockOMP, PrimalDualActiveSet

from ..group_lasso import adapters
from ..reference import fresh_gpdasc
from .trials import Trial, make_group_lasso_path

Task = Callable[[], Array]


def _gpdasc(trial: Trial) -> Task:
    solver = PrimalDualActiveSet(noise_level=trial.data.noise_level)
    return lambda: solver.solve(_make_problem(trial)).coef


def _fresh(trial: Trial) -> Task:
    return lambda: fresh_gpdasc(trial.matrix, trial.y, trial.size, trial.data.noise_level).coef


def _fresh_in_one_pool(trial: Trial) -> Task:
    """Run the reference with the thread pools of NumPy and SciPy kept apart, as ours does."""
    solve = _fresh(trial)

    def solve_in_one_pool() -> Array:
        with one_blas_pool():
            return solve()

    return solve_in_one_pool


def _block_omp(trial: Trial) -> Task:
    solver = BlockOMP(noise_level=trial.data.noise_level)
    return lambda: solver.solve(_make_problem(trial)).coef


def _group_lasso(trial: Trial) -> Task:
    solver = make_group_lasso_path(trial.data.noise_level)
    return lambda: solver.solve(_make_problem(trial)).coef


def _make_problem(trial: Trial) -> Problem:
    return Problem(trial.matrix, trial.y, groups=trial.size)


def _abess(trial: Trial) -> Task:
    A, n_active = trial.fortran, trial.data.active_groups.size
    labels = np.repeat(np.arange(trial.n_groups), trial.size)

    def solve() -> Array:
        from abess.linear import LinearRegression

        model = LinearRegression(support_size=n_active, group=labels, fit_intercept=False)
        return model.fit(A, trial.y).coef_

    return solve


def _spgl1(trial: Trial) -> Task:
    from spgl1 import spgl1

    def norms(x: Array) -> Array:
        return np.sqrt((x**2).reshape(-1, trial.size).sum(axis=1))

    def project(x: Array, _: object, radius: float) -> Array:
        before = norms(x)
        after = _project_onto_simplex(before, radius)
        factors = np.divide(after, before, out=np.zeros_like(before), where=before > 0)
        return (x.reshape(-1, trial.size) * factors[:, None]).ravel()

    solve = partial(
        spgl1,
        trial.matrix,
        trial.y,
        sigma=trial.data.noise_level,
        project=project,
        primal_norm=lambda x, _: norms(x).sum(),
        dual_norm=lambda x, _: norms(x).max(),
    )
    return lambda: solve()[0]


def _project_onto_simplex(values: Array, radius: float) -> Array:
    """Return the nearest values with a sum of at most `radius`; the input is not negative."""
    if values.sum() <= radius:
        return values
    descending = np.sort(values)[::-1]
    thresholds = (np.cumsum(descending) - radius) / np.arange(1, values.size + 1)
    # Values above their own threshold stay; there is at least one but for rounding.
    kept = max(1, np.count_nonzero(descending > thresholds))
    return np.maximum(values - thresholds[kept - 1], 0)


def _skglm(trial: Trial) -> Task:
    # Its tolerance is for the gradient, and the default exceeds this strength.
    return _solve_at_strength(adapters.skglm, trial, tol=1e-2 * trial.strength / len(trial.y))


def _celer(trial: Trial) -> Task:
    return _solve_at_strength(adapters.celer, trial, tol=1e-6)


def _solve_at_strength(
    adapter: Callable[[Array, Array, int, Array, float], adapters.Coefs], trial: Trial, tol: float
) -> Task:
    A, alphas = trial.fortran, np.array([trial.strength])
    return lambda: adapter(A, trial.y, trial.size, alphas, tol)(0)


class Method(NamedTuple):
    """A method; `task` prepares everything that is not timed, such as the order of the matrix."""

    package: str
    task: Callable[[Trial], Task]
    slow: bool = False


OURS, FRESH = "groupsparse GPDASC", "fresh Cholesky"
METHODS = {
    OURS: Method("groupsparse", _gpdasc),
    FRESH: Method("scipy", _fresh),
    "fresh Cholesky in one pool": Method("scipy", _fresh_in_one_pool),
    "groupsparse BlockOMP": Method("groupsparse", _block_omp),
    "groupsparse group lasso": Method("groupsparse", _group_lasso, slow=True),
    "abess": Method("abess", _abess, slow=True),
    "SPGL1": Method("spgl1", _spgl1, slow=True),
    "skglm": Method("skglm", _skglm, slow=True),
    "celer": Method("celer", _celer, slow=True),
}
