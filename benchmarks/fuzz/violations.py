"""Residuals, objectives, active groups and certificates again, from the coefficients, in NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import Any

import numpy as np
import scipy.sparse as sp

from groupsparse.toolkit.arrays import inexact_dtype
from groupsparse.toolkit.losses import Huber, Squared
from groupsparse.toolkit.penalties import GroupL0, LatentOverlap, Penalty, WithBounds, WithRidge
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.reformulations.disjoint_groups import make_latent_groups
from groupsparse.toolkit.selection import SolutionPath
from groupsparse.toolkit.solution import CertificateKind, Solution, Status

from .expressions import Made, Method
from .formulas import adjoint, dual_norm, image, norm_of, omega, widen
from .losses import conjugate, evaluate
from .recipes import Call

Violation = tuple[str, str]
_ROUNDING = 300.0


def find_violations(call: Call, result: Any) -> Iterator[Violation]:
    """Yield what is wrong with the result of a call, the most serious first."""
    if isinstance(result, Solution):
        yield from _check_solution(call, result)
    elif isinstance(result, SolutionPath):
        for solution in result[:3]:
            yield from _check_solution(call, solution)
    elif hasattr(result, "coef_") or hasattr(result, "solution_"):
        yield from _check_estimator(result)
    elif call.made.method == "predict" if isinstance(call.made, Method) else False:
        yield from _check_prediction(call, result)
    else:
        yield from _check_plain(call, result)


def _check_solution(call: Call, solution: Solution) -> Iterator[Violation]:
    assert call.problem is not None
    problem: Problem = call.problem.value
    yield from _check_shape(problem, solution)
    if not np.isfinite(solution.coef).all():
        return
    fit = _Fit(call.problem, solution)
    yield from _check_residual(fit, solution)
    yield from _check_active(problem, solution)
    solver = _last_of(call.made.target.value) if isinstance(call.made, Method) else None
    penalty = _penalty_of(solver, solution)
    if penalty is not None:
        yield from _check_objective(fit, penalty, solution)
        yield from _check_certificate(fit, penalty, solution)
    elif solution.alpha == 0 and type(solver).__name__ not in _OTHER_OBJECTIVES:
        yield from _check_objective(fit, None, solution)
    if solution.status is Status.CONVERGED:
        yield from _check_aim(call, solver, solution, fit)


def _last_of(solver: Any) -> Any:
    """Return the solver whose solution is returned: of two in turn, the second."""
    return _last_of(solver.then) if type(solver).__name__ == "InTurn" else solver


def _check_shape(problem: Problem, solution: Solution) -> Iterator[Violation]:
    coef = solution.coef
    if coef.shape != problem.shape:
        yield "shape", f"{coef.shape}, not {problem.shape}"
    if coef.dtype != problem.dtype:
        yield "dtype", f"{coef.dtype}, not {problem.dtype}"
    if solution.status is Status.CONVERGED:
        numbers = {
            "coef": coef,
            "objective": solution.objective,
            "residual_norm": solution.residual_norm,
            "certificate": solution.certificate.value,
            "alpha": solution.alpha,
        }
        for name, value in numbers.items():
            if not np.isfinite(value).all():
                yield f"not finite {name} called CONVERGED", f"{value}"


class _Fit:
    """The residual of coefficients, and what rounding may do to its norm.

    With another loss than the squared one, `misfit` is the loss, None where it is not evaluated,
    and `norm` the root of the deviance, None where that is unknown.
    """

    def __init__(self, made: Any, solution: Solution) -> None:
        problem: Problem = made.value
        self.problem, self.loss = problem, problem.loss
        self.coef = widen(solution.coef)
        # Without loss and weights, which a problem may put into its operator.
        weights, offset = (_plain_keyword(made, name) for name in ("weights", "offset"))
        self.operator = problem.operator
        if weights is not None and self.loss.whitens:
            self.operator = Problem(*map(_make, made.args)).operator
        # Products in which one factor is of single precision are rounded to it.
        given = getattr(_make(made.args[1]), "dtype", problem.dtype)
        kinds = (problem.operator.dtype, problem.data.dtype, problem.dtype, inexact_dtype(given))
        self.eps = max(float(np.finfo(kind).eps) for kind in kinds)
        self.offset = np.longdouble(0) if offset is None else widen(offset)
        self.counts = np.longdouble(1) if weights is None else widen(weights) ** 2
        self.image = image(self.operator, self.coef) + self.offset
        self.size = image(self.operator, np.abs(self.coef), absolute=True) + np.abs(self.offset)
        self.data = widen(_raw(made.args[1]))
        self.norm = self.value = None
        if made.kwargs.get("covariance") is not None:
            return
        if isinstance(self.loss, Squared):
            self._subtract()
        else:
            self._evaluate()

    def _subtract(self) -> None:
        roots = np.sqrt(self.counts)
        self.data = self.data.reshape(self.image.shape)
        self.residual = roots * (self.data - self.image)
        self.gradient = -roots * self.residual
        self.norm = norm_of(self.residual)
        self.rounding = (
            _ROUNDING * self.eps * (norm_of(roots * self.size) + norm_of(roots * self.data))
        )
        self.value = self.norm**2 / 2
        self.value_rounding = (self.norm + self.rounding) * self.rounding

    def _evaluate(self) -> None:
        counts = np.broadcast_to(self.counts, self.image.shape)
        errors = _ROUNDING * self.eps * (self.size + np.longdouble(1e-3))
        if isinstance(self.loss, Huber):
            errors = errors + _ROUNDING * self.eps * np.abs(self.data)
        misfit = evaluate(self.loss, self.data, counts, self.image, errors)
        if misfit is None:
            return
        self.gradient, self.value, self.value_rounding = (
            misfit.gradient,
            misfit.value,
            misfit.rounding,
        )
        deviance = max(2 * (misfit.value - misfit.infimum), np.longdouble(0))
        self.norm = np.sqrt(deviance)
        self.rounding = np.sqrt(deviance + 2 * misfit.rounding) - np.sqrt(
            max(deviance - 2 * misfit.rounding, np.longdouble(0))
        )


def _plain_keyword(made: Any, name: str) -> Any:
    value = made.kwargs.get(name)
    return None if value is None else _raw(value)


def _make(value: Any) -> Any:
    return value.value if isinstance(value, Made) else value


def _raw(value: Any) -> Any:
    made = _make(value)
    if not sp.issparse(made):
        return np.asarray(made)
    wide = copy(made)
    wide.data = widen(made.data)  # SciPy makes no dense array of some dtypes
    return wide.toarray()


def _check_residual(fit: _Fit, solution: Solution) -> Iterator[Violation]:
    if fit.norm is None:
        return
    if not abs(solution.residual_norm - fit.norm) <= fit.rounding:
        yield (
            "wrong residual_norm",
            f"{solution.residual_norm}, but {fit.norm} ({solution.status.name})",
        )


def _check_active(problem: Problem, solution: Solution) -> Iterator[Violation]:
    if solution.latent is not None or (
        "n_active" in solution.history and solution.alpha != solution.alpha
    ):
        return
    if problem.groups.overlapping:
        return
    flat = np.abs(solution.coef.ravel())
    active = [g for g in range(problem.groups.n_groups) if flat[problem.groups.members(g)].any()]
    if active != solution.active_groups.tolist():
        yield "wrong active_groups", f"{solution.active_groups.tolist()}, but {active} are not zero"


# Their objectives are of other variables, or of penalties that change on the way.
_OTHER_OBJECTIVES = (
    "Reweighted",
    "Robust",
    "OrthonormalGroups",
    "CycleSpinning",
    "Exchange",
    "SpectralProjectedGradient",
)


def _penalty_of(solver: Any, solution: Solution) -> Penalty | None:
    """Return the penalty that a solution minimises, if one is stated."""
    name = type(solver).__name__
    if name == "AlongPath":
        return _penalty_of(solver.solver, solution)
    if name == "PrimalDualActiveSet" and solution.alpha > 0:
        penalty = GroupL0(solution.alpha)
        return WithRidge(penalty, solver.ridge) if solver.ridge else penalty
    if name in _OTHER_OBJECTIVES or name == "PrimalDualActiveSet":
        return None
    penalty = getattr(solver, "penalty", None)
    usable = isinstance(penalty, Penalty) and solution.alpha > 0
    return penalty.with_alpha(solution.alpha) if usable else None


def _check_objective(fit: _Fit, penalty: Penalty | None, solution: Solution) -> Iterator[Violation]:
    groups, x = fit.problem.groups, fit.coef
    if penalty is not None and isinstance(penalty.core, LatentOverlap):
        if solution.latent is None or penalty.ridge:
            return
        groups, x = make_latent_groups(fit.problem), widen(solution.latent)
    value = np.longdouble(0) if penalty is None else omega(penalty, x, groups)
    if value is None:
        return
    if fit.value is None:
        return
    expected = fit.value + value
    rounding = fit.value_rounding + _ROUNDING * fit.eps * abs(value)
    if not abs(solution.objective - expected) <= rounding + 1e-300:
        yield "wrong objective", f"{solution.objective}, but {expected} ({solution.status.name})"


def _check_certificate(fit: _Fit, penalty: Penalty, solution: Solution) -> Iterator[Violation]:
    kind, value = solution.certificate
    if kind is not CertificateKind.DUALITY_GAP or not np.isfinite(value):
        return
    free = penalty.free_coefs(fit.problem.groups)
    if free.any():
        return
    if fit.value is None or not isinstance(fit.loss, Squared):
        yield from _check_gap_of_loss(fit, penalty, solution)
        return
    gap = _gap(fit, penalty, solution)
    if gap is None:
        return
    expected, reach = gap
    size = norm_of(fit.data) ** 2 / 2 + solution.objective
    rounding = fit.rounding * (fit.norm + fit.rounding) + _ROUNDING * fit.eps * size
    if reach > 0:  # rounding of the residual shifts the dual point
        longest = np.max(widen(fit.problem.operator.column_norms()))
        rounding += longest * fit.rounding / reach * size
    if not value >= expected - rounding - 1e-300:
        yield "too small duality gap", f"{value}, but {expected} ({solution.status.name})"
    if not value <= expected + rounding + 1e-300:
        yield "too large duality gap", f"{value}, but {expected} ({solution.status.name})"


def _check_gap_of_loss(fit: _Fit, penalty: Penalty, solution: Solution) -> Iterator[Violation]:
    """Yield if the gap exceeds that of the gradient scaled until it is feasible."""
    core = penalty.core
    if fit.value is None or penalty.ridge or isinstance(core, LatentOverlap | WithBounds):
        return
    correlation = adjoint(fit.operator, -fit.gradient)
    reach, value = (
        dual_norm(core, correlation, fit.problem.groups),
        omega(core, fit.coef, fit.problem.groups),
    )
    if reach is None or value is None:
        return
    scale = min(np.longdouble(1), core.alpha / reach) if reach > 0 else np.longdouble(1)
    counts = np.broadcast_to(fit.counts, fit.image.shape)
    dual = conjugate(fit.loss, fit.data, counts, fit.gradient, scale)
    if dual is None:
        return
    expected = fit.value + dual + value - scale * np.sum(fit.gradient * fit.offset)
    rounding = fit.value_rounding * 10 + _ROUNDING * fit.eps * (abs(value) + abs(dual))
    found = solution.certificate.value
    if not found <= expected + rounding + 1e-300:
        yield "too large duality gap", f"{found}, but {expected} ({solution.status.name})"


def _gap(fit: _Fit, penalty: Penalty, solution: Solution) -> Any:
    """Return the gap of the best multiple of the residual as dual point, and the dual norm."""
    groups, x = fit.problem.groups, fit.coef
    correlation = adjoint(fit.operator, -fit.gradient)
    squares = fit.norm**2
    if penalty.ridge:
        correlation = correlation - np.longdouble(penalty.ridge) * x
        squares = squares + np.longdouble(penalty.ridge) * np.sum(np.abs(x) ** 2)
    core = penalty.core
    reach = dual_norm(core, correlation, groups)
    if isinstance(core, LatentOverlap):
        if solution.latent is None or penalty.ridge:
            return None
        value = omega(core, widen(solution.latent), make_latent_groups(fit.problem))
    else:
        value = omega(core, x, groups)
    if reach is None or value is None:
        return None
    explained = np.vdot(correlation.ravel(), x.ravel()).real
    limit = core.alpha / reach if reach > 0 else np.longdouble(np.inf)
    best = 1 + explained / squares if squares > 0 else np.longdouble(1)
    scale = min(max(best, -limit), limit)
    gap = (1 - scale) ** 2 / 2 * squares + value - scale * explained
    return max(np.longdouble(0), gap), reach


# To these a noise level is the size of the noise in their model, not where they stop.
_OTHER_AIMS = (
    "CycleSpinning",
    "Reweighted",
    "Robust",
    "FastMarginalLikelihood",
    "SparseBayesianLearning",
    "GammaContinuation",
)


def _check_aim(call: Call, solver: Any, solution: Solution, fit: _Fit) -> Iterator[Violation]:
    """Yield if a solver that stops at a count or a noise level is called converged elsewhere."""
    if fit.norm is None:
        return
    level, count = (getattr(solver, name, None) for name in ("noise_level", "n_groups"))
    if type(solver).__name__ in _OTHER_AIMS:
        return
    if (level is None and count is None) or getattr(solver, "alpha", None) is not None:
        return
    by_level = level is not None and fit.norm <= _reach_of(solver, level, fit) + fit.rounding
    # Groups of a start, or of the first of two solvers, are kept, however many they are.
    begins = isinstance(call.made, Method) and (
        len(call.made.args) > 1 or type(call.made.target.value).__name__ == "InTurn"
    )
    n_active = solution.active_groups.size
    by_count = count is not None and (n_active == count or (begins and n_active > count))
    if count is not None and n_active > count and not begins:
        yield "more groups than n_groups", f"{solution.active_groups.size}, not {count}"
    elif not by_level and not by_count:
        aim = "CONVERGED without reaching n_groups or noise_level"
        told = f"{solution.active_groups.size} groups, residual {float(fit.norm):.3g}"
        yield aim, f"{told}; asked {count}, {level}"


def _reach_of(solver: Any, level: Any, fit: _Fit) -> float:
    """Return the residual norm up to which a noise level counts as reached."""
    if type(solver).__name__ == "SpectralProjectedGradient":  # `tol` of it, or of the data
        return float(level) + float(solver.tol) * (float(level) or float(norm_of(fit.data)))
    return float(level) * (1 + 1e-4)


def _check_estimator(estimator: Any) -> Iterator[Violation]:
    for name in ("coef_", "intercept_", "alpha_", "dual_gap_", "kkt_", "scores_", "errors_"):
        value = getattr(estimator, name, None)
        if value is not None and not np.isfinite(np.asarray(value, dtype=complex)).all():
            converged = getattr(getattr(estimator, "solution_", None), "status", Status.CONVERGED)
            if converged is Status.CONVERGED:
                yield f"not finite {name} called CONVERGED", f"{value}"


def _check_prediction(call: Call, result: Any) -> Iterator[Violation]:
    assert isinstance(call.made, Method)
    estimator = call.made.target.value
    if hasattr(estimator, "classes_"):
        if not np.isin(result, estimator.classes_).all():
            yield "wrong labels", f"{result}, of {estimator.classes_}"
        return
    X = widen(_raw(call.features)).real
    coef, intercept = widen(estimator.coef_), widen(estimator.intercept_)
    expected = X @ coef.T + intercept
    size = np.abs(X) @ np.abs(coef).T + np.abs(intercept)
    if getattr(estimator, "loss", None) == "poisson":
        expected = np.exp(expected)
        size = size * expected
    eps = float(np.finfo(result.dtype).eps)
    if result.shape != expected.shape:
        yield "wrong shape of predictions", f"{result.shape}, not {expected.shape}"
    elif not np.all(np.abs(result - expected) <= _ROUNDING * eps * size):
        yield "wrong predictions", f"{result}, but {expected}"


def _check_plain(call: Call, result: Any) -> Iterator[Violation]:
    """Yield if numbers are NaN though none came in."""
    if isinstance(result, str | bytes) or result is None or _is_score_of_one(call):
        return
    for value in result if isinstance(result, tuple) else (result,):
        array = np.asarray(value) if not sp.issparse(value) else value.toarray()
        if array.dtype.kind in "fc" and np.isnan(array).any() and not _has_bad_input(call):
            yield "NaN", f"{array}"


def _is_score_of_one(call: Call) -> bool:
    """Return whether this is R^2 on one sample, which scikit-learn leaves undefined."""
    made = call.made
    if not isinstance(made, Method) or made.method != "score":
        return False
    return len(_raw(made.args[1])) < 2


def _has_bad_input(call: Call) -> bool:
    for part in call.made.parts():
        if isinstance(part, np.ndarray) and part.dtype.kind in "fc" and not np.isfinite(part).all():
            return True
        if isinstance(part, float) and not np.isfinite(part):
            return True
    return False
