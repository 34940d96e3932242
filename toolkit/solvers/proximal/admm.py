"""Alternating directions for operators with orthonormal rows, each step in closed form.

``1/2 ||A x - y||^2 + penalty(v)`` with ``x = v`` by the scaled method of multipliers (Boyd et al.,
2011, "Distributed optimization and statistical learning via the alternating direction method of
multipliers", section 3.1.1). With ``A A^H = I``, Woodbury's identity gives the step in x,

    q = A^H y + rho (v - u),    x = (q - A^H A q / (1 + rho)) / rho,

so an iteration costs one `apply`, one `adjoint` and a few passes, as one of FISTA at step 1 does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import ClassVar

import numpy as np

from ...arrays import Array, scalar_like
from ...checks import check_count, check_positive, check_strength
from ...penalties import Penalty
from ...problem import Problem
from ...reformulations.disjoint_groups import DisjointForm, make_disjoint
from ...solution import Progress, Solution, Status
from ..history import History
from ..optimality.certificates import certify
from ..optimality.session import PenalisedSolver
from ..requirements import ORTHONORMAL_ROWS, Requirement


@dataclass(frozen=True)
class ADMM(PenalisedSolver):
    """Alternating direction method of multipliers, for operators with orthonormal rows.

    Parameters
    ----------
    penalty : Penalty
        The penalty, with its strength.
    tol : float, default 1e-6
        Stop when a bound of the norm of the subgradient, ``||v - x|| + rho ||v - v_before||``,
        is at most `tol` times ``||A^H y||``.
    max_iter : int, default 1000
        The largest number of iterations.
    rho : float, default 0.2
        The weight of ``||x - v||^2``: larger is faster for strong penalties, smaller for weak ones.
    callback : callable, optional
        Called with a `Progress` after each iteration; a true result stops.

    Raises
    ------
    ValueError
        If a parameter is out of its range; in `solve`, if ``A A^H`` is not known to be I.

    Notes
    -----
    The loss is the squared one. The solution is v, whose zeros are exact; the certificate is a
    duality gap if the penalty is convex. `history` holds, per iteration: "objective" (the data
    term at x and the penalty at v), "criterion". On Fourier samples of a head scan at weak l2,1
    penalties it takes down to half of FISTA's iterations to an accuracy of 1e-6; at strong ones
    FISTA is faster.

    Examples
    --------
    >>> from groupsparse.toolkit.operators import Wavelet
    >>> from groupsparse.toolkit.penalties import L21
    >>> problem = Problem(Wavelet((4,), "haar", 2), [4.0, 4.0, 1.0, 1.0], groups=1)
    >>> abs(ADMM(L21(1.0), tol=1e-9).solve(problem).coef.round(6))
    array([4., 2., 0., 0.])
    """

    requires: ClassVar[tuple[Requirement, ...]] = (ORTHONORMAL_ROWS,)

    penalty: Penalty
    tol: float = 1e-6
    max_iter: int = 1000
    rho: float = 0.2
    callback: Callable[[Progress], bool | None] | None = None

    def __post_init__(self) -> None:
        self.check_penalty()
        check_positive("tol", self.tol)
        check_count("max_iter", self.max_iter)
        check_strength("rho", self.rho)

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Minimise the penalised problem."""
        form = make_disjoint(problem, self.penalty)
        ORTHONORMAL_ROWS.check(type(self).__name__, form.problem)
        return _Run(self, form, start).run()


class _Run:
    """The state of one solve: x, v and the multiplier u."""

    def __init__(self, config: ADMM, form: DisjointForm, start: Array | None) -> None:
        self.began = perf_counter()
        self.config, self.form, self.problem = config, form, form.problem
        self.back = self.problem.operator.adjoint(self.problem.data)
        self.scale = float(np.linalg.norm(self.back))
        self.v = np.zeros_like(self.back) if start is None else form.start(start)
        self.u = np.zeros_like(self.back)
        self.norms = self.problem.groups.norms(self.v)
        self.history = History("objective", "criterion")

    def run(self) -> Solution:
        """Iterate until the criterion, the callback or the iteration limit stops it."""
        target = self.config.tol * self.scale
        status, iteration = Status.MAX_ITER, 0
        for iteration in range(1, self.config.max_iter + 1):
            objective, criterion = self._iterate()
            self.history.record(objective=objective, criterion=criterion)
            n_active = int(np.count_nonzero(self.norms))
            share = iteration / self.config.max_iter
            progress = Progress(iteration, share, objective, n_active)
            if self.config.callback is not None and self.config.callback(progress):
                status = Status.STOPPED
                break
            if criterion <= target:
                status = Status.CONVERGED
                break
        return self._make_solution(status, iteration)

    def _iterate(self) -> tuple[float, float]:
        """Step in x, v and u; return the objective and the bound of the subgradient."""
        operator, groups, penalty = self.problem.operator, self.problem.groups, self.config.penalty
        rho = scalar_like(self.config.rho, self.v)
        q = self.back + rho * (self.v - self.u)
        image = operator.apply(q) / (1 + rho)  # A x
        x = (q - operator.adjoint(image)) / rho
        before = self.v
        self.v, self.norms = penalty.prox_with_norms(x + self.u, 1 / self.config.rho, groups)
        gap = x - self.v
        self.u += gap
        cost = penalty.value_with_norms(self.v, self.norms, groups)
        moved = self.config.rho * float(np.linalg.norm(self.v - before))
        return self.problem.term.value(image) + cost, float(np.linalg.norm(gap)) + moved

    def _make_solution(self, status: Status, iterations: int) -> Solution:
        problem, penalty = self.problem, self.config.penalty
        image = problem.operator.apply(self.v)
        residual = problem.data - image
        cost = penalty.value_with_norms(self.v, self.norms, problem.groups)
        return Solution(
            coef=self.form.coefficients(self.v),
            active_groups=np.flatnonzero(self.norms),
            status=status,
            objective=problem.term.value(image) + cost,
            certificate=certify(problem, penalty, self.v, residual, image=image),
            alpha=penalty.alpha,
            residual_norm=float(np.sqrt(problem.term.deviance(image))),
            iterations=iterations,
            seconds=perf_counter() - self.began,
            history=self.history.as_arrays(),
            latent=self.form.latent(self.v),
        )
