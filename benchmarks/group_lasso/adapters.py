"""One function for each package: solves for decreasing alphas, each from the one before.

All packages but ours minimise ``1/(2n) ||A x - y||^2 + alpha * sum_g ||x_g||``, so their alpha is
ours over n. Packages are imported inside the functions, since any may be missing.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from groupsparse.toolkit.arrays import Array
from groupsparse.toolkit.penalties import L21
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import solution_path
from groupsparse.toolkit.solvers import BlockCoordinateDescent

# Maps the index of an alpha to its coefficients; unpacking them is not timed.
Coefs = Callable[[int], Array]


def groupsparse(A: Array, y: Array, size: int, alphas: Array, tol: float) -> Coefs:
    """Solve by `BlockCoordinateDescent`; the time includes the check of the input."""
    problem = Problem(A, y, groups=size)
    if alphas.size == 1:
        solution = BlockCoordinateDescent(L21(float(alphas[0])), tol=tol).solve(problem)
        return lambda i: solution.coef
    path = solution_path(BlockCoordinateDescent(L21(1.0), tol=tol), problem, alphas)
    return lambda i: path[i].coef


def skglm(A: Array, y: Array, size: int, alphas: Array, tol: float) -> Coefs:
    """Solve by skglm's `GroupBCD`."""
    from skglm.datafits import QuadraticGroup
    from skglm.penalties import WeightedGroupL2
    from skglm.solvers import GroupBCD
    from skglm.utils.data import grp_converter

    n, p = A.shape
    indices, pointers = grp_converter(size, p)
    datafit = QuadraticGroup(pointers, indices)
    solver = GroupBCD(max_iter=500, max_epochs=50_000, tol=tol, fit_intercept=False)
    coef, image = np.zeros(p), np.zeros(n)
    coefs = []
    for alpha in alphas / n:
        penalty = WeightedGroupL2(alpha, np.ones(p // size), pointers, indices)
        # Coefficients and their image are changed in place.
        coef = solver.solve(A, y, datafit, penalty, coef, image)[0]
        coefs.append(coef.copy())
    return coefs.__getitem__


def celer(A: Array, y: Array, size: int, alphas: Array, tol: float) -> Coefs:
    """Solve by `celer_path`, which celer's estimators call; it is faster without pruning."""
    from celer import celer_path

    scaled = alphas / len(y)
    _, coefs, _ = celer_path(
        A, y, "grouplasso", alphas=scaled, groups=size, tol=tol, max_iter=1000, prune=False
    )
    return lambda i: coefs[:, i]


def adelie(
    A: Array, y: Array, size: int, alphas: Array, tol: float, *, n_threads: int = 1
) -> Coefs:
    """Solve by adelie's `grpnet`."""
    from adelie import glm, grpnet

    n, p = A.shape
    state = grpnet(
        A,
        glm.gaussian(y),
        groups=np.arange(0, p, size),
        penalty=np.ones(p // size),
        lmda_path=alphas / n,
        tol=tol,
        max_iters=1_000_000,
        n_threads=n_threads,
        intercept=False,
        early_exit=False,
        progress_bar=False,
    )
    return lambda i: state.betas[i].toarray().ravel()
