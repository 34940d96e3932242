"""One function for each package: solves for decreasing alphas, each from the one before.

adelie and skglm minimise the loss over n, so their alpha is ours over n. Packages are imported
inside the functions, since any may be missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from groupsparse.toolkit.arrays import Array
from groupsparse.toolkit.losses import Cox, Logistic
from groupsparse.toolkit.penalties import L21
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solvers import BlockCoordinateDescent

from .cases import SIZE, Case

# Maps the index of an alpha to its coefficients; unpacking them is not timed.
Coefs = Callable[[int], Array]


def groupsparse(case: Case, tol: float) -> Coefs:
    """Solve by `BlockCoordinateDescent`; the time includes the check of the input."""
    loss = Logistic() if case.loss == "logistic" else Cox()
    problem = Problem(case.matrix, case.data, SIZE, loss=loss)
    solver = BlockCoordinateDescent(L21(float(case.alphas[0])), tol=tol)
    if case.alphas.size == 1:
        solution = solver.solve(problem)
        return lambda i: solution.coef
    session = solver.session(problem)
    solutions = [session.solve(alpha) for alpha in case.alphas]
    return lambda i: solutions[i].coef


def skglm(case: Case, tol: float) -> Coefs:
    """Solve by skglm's `GroupProxNewton`, which has the logistic loss alone."""
    from skglm.datafits.group import LogisticGroup
    from skglm.penalties import WeightedGroupL2
    from skglm.solvers import GroupProxNewton
    from skglm.utils.data import grp_converter
    from skglm.utils.jit_compilation import compiled_clone

    n, p = case.matrix.shape
    indices, pointers = grp_converter(SIZE, p)
    datafit = compiled_clone(LogisticGroup(pointers, indices))
    solver = GroupProxNewton(tol=tol, max_iter=200, fit_intercept=False)
    coef, image, coefs = np.zeros(p), np.zeros(n), []
    classes = 2 * case.data - 1
    for alpha in case.alphas / n:
        plain = WeightedGroupL2(alpha, np.ones(p // SIZE), pointers, indices)
        penalty = compiled_clone(plain)
        coef = solver.solve(case.matrix, classes, datafit, penalty, coef.copy(), image.copy())[0]
        image = case.matrix @ coef
        coefs.append(coef.copy())
    return coefs.__getitem__


def adelie(case: Case, tol: float) -> Coefs:
    """Solve by adelie's `grpnet`, with equal tolerances of its two loops."""
    from adelie import grpnet

    n, p = case.matrix.shape
    state = grpnet(
        case.matrix,
        _make_glm(case),
        groups=np.arange(0, p, SIZE),
        penalty=np.ones(p // SIZE),
        lmda_path=case.alphas / n,
        tol=tol,
        irls_tol=tol,
        max_iters=1_000_000,
        irls_max_iters=100_000,
        n_threads=1,
        intercept=False,
        early_exit=False,
        progress_bar=False,
    )
    if len(state.lmdas) != case.alphas.size:
        raise RuntimeError(f"adelie stopped after {len(state.lmdas)} strengths")
    return lambda i: state.betas[i].toarray().ravel()


def _make_glm(case: Case) -> Any:
    from adelie import glm

    if case.loss == "logistic":
        return glm.binomial(case.data)
    times, events = case.data.T
    return glm.cox(np.zeros(times.size), times.copy(), events.copy(), tie_method="efron")


# Package, losses, and tolerances from loose to tight: the loosest that is accurate enough counts.
ENTRANTS: dict[str, tuple[Callable[[Case, float], Coefs], set[str], list[float]]] = {
    "groupsparse": (groupsparse, {"logistic", "cox"}, [1e-3, 1e-4, 1e-5, 1e-6, 1e-7]),
    "adelie": (adelie, {"logistic", "cox"}, [1e-8, 1e-9, 1e-10, 1e-11, 1e-12]),
    "skglm": (skglm, {"logistic"}, [1e-4, 1e-5, 1e-6, 1e-7, 1e-8]),
}
