"""Accelerated proximal gradient for ``F(A x) + penalty(x)``, with ``F`` any loss.

FISTA (Beck and Teboulle, 2009) with one of two safeguards: restart of the
momentum whenever it points uphill (O'Donoghue and Candes, 2015, gradient
scheme), or the monotone variant (Beck and Teboulle, 2009b, MFISTA). Or the proximal
optimised gradient method (Taylor, Hendrickx and Glineur, 2017) with restarts (Kim and Fessler,
2018, "Adaptive restart of the optimized gradient method for convex optimization", section 6),
whose worst case is half of FISTA's. Products
``A x`` are carried along with the iterates, so an iteration costs one `apply`,
one `adjoint` and a few passes; backtracking (see `majorisation`) costs one `apply` per rejected
step. Operators may be real or complex, dense, sparse or matrix-free.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from ...arrays import Array, inner, scalar_like, squared_magnitude
from ...checks import check_choice, check_count, check_positive, check_strength
from ...losses import Loss
from ...penalties import Penalty
from ...problem import Problem
from ...reformulations.disjoint_groups import DisjointForm, make_disjoint
from ...solution import Progress, Solution, Status
from ..history import History
from ..optimality.certificates import certify
from ..optimality.session import PenalisedSolver
from .majorisation import ImageStep, Majorisation


class _Point(NamedTuple):
    """The start of a proximal step: coefficients and their image under the operator."""

    x: Array
    image: Array


class _Iterate(NamedTuple):
    """The end of a proximal step, with its group norms and objective."""

    x: Array
    image: Array
    norms: Array
    objective: float

    def extrapolate(self, other: _Iterate, factor: float) -> _Point:
        """Return ``self + factor * (self - other)``."""
        return _Point(
            self.x + scalar_like(factor, self.x) * (self.x - other.x),
            self.image + scalar_like(factor, self.image) * (self.image - other.image),
        )


@dataclass(frozen=True)
class FISTA(PenalisedSolver):
    """Accelerated proximal gradient method (FISTA) with restarts, or its monotone variant.

    Parameters
    ----------
    penalty : Penalty
        The penalty, with its strength.
    tol : float, default 1e-6
        Stop when the proximal gradient ``L ||z - prox(z - grad / L)||`` (of POGM: the
        subgradient) is at most `tol` times the gradient's norm at zero, ``||A^H y||`` for the
        squared loss.
    max_iter : int, default 1000
        The largest number of iterations.
    acceleration : {"restarted", "monotone", "optimised"}, default "restarted"
        The safeguard of the momentum; or the proximal optimised gradient method (POGM) with
        restarts. It stops at a small subgradient at the solution itself. Where a high accuracy is
        asked of samples that leave much open, such as few radial lines, it takes half of FISTA's
        iterations; for a low accuracy FISTA is faster.
    step : float, optional
        The step size. By default the inverse of the operator's known bound, or, where none is
        known or the loss is not the squared one, found by backtracking.
    callback : callable, optional
        Called with a `Progress` after each iteration; a true result stops.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Notes
    -----
    It minimises any loss, from `start`, by default from zero. The certificate is a duality
    gap if the penalty is convex, else the distance to the subdifferential. `history` holds,
    per iteration: "objective", "criterion" (the proximal gradient's norm).

    Examples
    --------
    >>> from groupsparse.toolkit.penalties import L21
    >>> problem = Problem(np.eye(4), [3.0, 4.0, 0.3, 0.4], groups=2)
    >>> FISTA(L21(1.0)).solve(problem).coef
    array([2.4, 3.2, 0. , 0. ])
    """

    accepted_losses: ClassVar[tuple[type[Loss], ...]] = (Loss,)

    penalty: Penalty
    tol: float = 1e-6
    max_iter: int = 1000
    acceleration: Literal["restarted", "monotone", "optimised"] = "restarted"
    step: float | None = None
    callback: Callable[[Progress], bool | None] | None = None

    def __post_init__(self) -> None:
        self.check_penalty()
        check_positive("tol", self.tol)
        check_count("max_iter", self.max_iter)
        check_choice("acceleration", self.acceleration, ("restarted", "monotone", "optimised"))
        if self.step is not None:
            check_strength("step", self.step)

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Minimise the penalised problem."""
        kind = _OptimisedRun if self.acceleration == "optimised" else _Run
        return kind(self, make_disjoint(problem, self.penalty), start).run()


class _Run:
    """The state of one solve."""

    def __init__(self, config: FISTA, form: DisjointForm, start: Array | None) -> None:
        self.began = perf_counter()
        self.config, self.form = config, form
        self.problem = problem = form.problem
        self.term = problem.term
        at_zero = problem.operator.adjoint(
            self.term.gradient(np.zeros(problem.data.shape, problem.dtype))
        )
        self.scale = float(np.linalg.norm(at_zero))
        self.current = self._make_first(start)
        self.majorisation = Majorisation(problem, config.step)
        self.majorisation.begin(self.current.image, at_zero)
        self.history = History("objective", "criterion")
        self.forward = _Point(self.current.x, self.current.image)
        self.momentum = 1.0

    def run(self) -> Solution:
        """Iterate until the criterion, the callback or the iteration limit stops it."""
        status = Status.MAX_ITER
        iteration = 0
        for iteration in range(1, self.config.max_iter + 1):
            with np.errstate(over="ignore", invalid="ignore"):  # a step that is too long diverges
                candidate = self._propose()
            if not np.isfinite(candidate.objective + candidate.norms.sum()):
                status = Status.DIVERGED
                break
            criterion = self._accept(candidate)
            if self._report(iteration, criterion):
                status = Status.STOPPED
                break
            if criterion <= self.config.tol * self.scale:
                status = Status.CONVERGED
                break
        return self._make_solution(status, iteration)

    def _propose(self) -> _Iterate:
        """Step from the extrapolated point."""
        return self._step(self.forward)

    def _accept(self, candidate: _Iterate) -> float:
        """Go on from a step, and return the norm of its proximal gradient."""
        gap = self.forward.x - candidate.x
        criterion = self.majorisation.bound * float(np.linalg.norm(gap))
        momentum, following = self.momentum, _next_momentum(self.momentum)
        if self.config.acceleration == "monotone":
            self.forward = self._keep_better(candidate, momentum, following)
        else:
            previous, self.current = self.current, candidate
            if inner(gap, candidate.x - previous.x) > 0:
                momentum, following = 1.0, 1.0
            self.forward = candidate.extrapolate(previous, (momentum - 1) / following)
        self.momentum = following
        return criterion

    def _make_first(self, start: Array | None) -> _Iterate:
        """Return the starting coefficients, zero by default."""
        problem = self.problem
        if start is None:
            x = np.zeros(problem.shape, problem.dtype)
            image = np.zeros(problem.data.shape, problem.dtype)
        else:
            x = self.form.start(start)
            image = problem.operator.apply(x)
        return self._evaluate(x, image, problem.groups.norms(x))

    def _evaluate(self, x: Array, image: Array, norms: Array) -> _Iterate:
        """Return coefficients with their objective."""
        cost = self.config.penalty.value_with_norms(x, norms, self.problem.groups)
        return _Iterate(x, image, norms, self.term.value(image) + cost)

    def _step(self, forward: _Point) -> _Iterate:
        """Step from `forward`, raising the bound until it majorises the data term."""
        operator, groups, bound = self.problem.operator, self.problem.groups, self.majorisation
        slope = self.term.gradient(forward.image)
        gradient = operator.adjoint(slope)
        bound.relax()
        while True:
            step = 1 / bound.bound
            descended = forward.x - scalar_like(step, gradient) * gradient
            x, norms = self.config.penalty.prox_with_norms(descended, step, groups)
            image = operator.apply(x)
            if not bound.is_tested:
                return self._evaluate(x, image, norms)
            moved = float(squared_magnitude(x - forward.x).sum())
            if bound.holds(moved, ImageStep(forward.image, slope, image)):
                return self._evaluate(x, image, norms)

    def _keep_better(self, candidate: _Iterate, momentum: float, following: float) -> _Point:
        """Keep whichever of current and candidate is lower, and extrapolate (MFISTA)."""
        previous = self.current
        if candidate.objective <= previous.objective:
            self.current = candidate
            return candidate.extrapolate(previous, (momentum - 1) / following)
        return previous.extrapolate(candidate, -momentum / following)

    def _report(self, iteration: int, criterion: float) -> bool:
        """Record the history and call the callback; return whether it asks to stop."""
        objective = self.current.objective
        self.history.record(objective=objective, criterion=criterion)
        if self.config.callback is None:
            return False
        target = self.config.tol * self.scale
        first = max(self.history["criterion"][0], target)
        reached = 1.0
        if first > target > 0:
            reached = float(np.log(first / max(criterion, target)) / np.log(first / target))
        fraction = max(iteration / self.config.max_iter, reached)
        n_active = int(np.count_nonzero(self.current.norms))
        return bool(self.config.callback(Progress(iteration, fraction, objective, n_active)))

    def _make_solution(self, status: Status, iterations: int) -> Solution:
        problem, penalty = self.problem, self.config.penalty
        x, image, objective = self.current.x, self.current.image, self.current.objective
        residual = -self.term.gradient(image)
        return Solution(
            coef=self.form.coefficients(x),
            active_groups=np.flatnonzero(problem.groups.norms(self.current.x)),
            status=status,
            objective=objective,
            certificate=certify(problem, penalty, x, residual, image=image),
            alpha=penalty.alpha,
            residual_norm=float(np.sqrt(self.term.deviance(image))),
            iterations=iterations,
            seconds=perf_counter() - self.began,
            history=self.history.as_arrays(),
            latent=self.form.latent(x),
        )


class _OptimisedRun(_Run):
    """The state of one solve by POGM; `gradient` is that of the data term at `current`.

    The letters are those of Kim and Fessler (2018): w are gradient steps, z points before the
    proximal step of length gamma, y ends of steps along the composite gradient.
    """

    def __init__(self, config: FISTA, form: DisjointForm, start: Array | None) -> None:
        super().__init__(config, form, start)
        self.slope, self.gradient = self._find_gradient()
        self._restart()
        self.y = self.current.x

    def _restart(self) -> None:
        """Forget all earlier steps."""
        self.momentum, self.w = 1.0, self.current.x
        # (z - x) / gamma of the last step, a subgradient of the penalty
        self.pull = np.zeros_like(self.w)

    def _find_gradient(self) -> tuple[Array, Array]:
        """Return the gradient of the loss at the image, and of the data term."""
        slope = self.term.gradient(self.current.image)
        return slope, self.problem.operator.adjoint(slope)

    def _propose(self) -> _Iterate:
        """Take a proximal step from the optimised extrapolation; start again if L is too small."""
        while True:
            candidate = self._extrapolate()
            moved = float(squared_magnitude(candidate.x - self.current.x).sum())
            step = ImageStep(self.current.image, self.slope, candidate.image)
            if self.majorisation.holds(moved, step):
                return candidate
            self._restart()

    def _extrapolate(self) -> _Iterate:
        """Return the end of the step."""
        x, bound, momentum = self.current.x, self.majorisation.bound, self.momentum
        following = _next_momentum(momentum)
        w = x - scalar_like(1 / bound, x) * self.gradient
        z = w + scalar_like((momentum - 1) / following, x) * (w - self.w)
        z += scalar_like(momentum / following, x) * (w - x)
        z += scalar_like((momentum - 1) / (bound * following), x) * self.pull
        self.w, self.z, self.momentum = w, z, following
        self.length = (2 * momentum + following - 1) / (following * bound)
        ends, norms = self.config.penalty.prox_with_norms(z, self.length, self.problem.groups)
        return self._evaluate(ends, self.problem.operator.apply(ends), norms)

    def _accept(self, candidate: _Iterate) -> float:
        """Go on from a step; return the norm of the subgradient at its end."""
        x = self.current.x
        self.pull = (self.z - candidate.x) * scalar_like(1 / self.length, x)
        composite = self.gradient + self.pull
        y = x - scalar_like(1 / self.majorisation.bound, x) * composite
        if inner(composite, y - self.y) > 0:
            self.momentum = 1.0
        self.current, self.y = candidate, y
        self.slope, self.gradient = self._find_gradient()
        return float(np.linalg.norm(self.gradient + self.pull))


def _next_momentum(momentum: float) -> float:
    """Return Nesterov's next number."""
    return float(1 + np.sqrt(1 + 4 * momentum**2)) / 2
