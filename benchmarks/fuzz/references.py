"""Residuals, objectives, active groups and certificates again, from the coefficients, in NumPy.

In extended precision, whose range also holds the squares of 1e300.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.sparse as sp

from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.operators import Channelwise, Composition, External, Joint, Matrix, Operator
from groupsparse.toolkit.operators import Replicated
from groupsparse.toolkit.penalties import (
    L21,
    GroupL0,
    GroupMCP,
    GroupSCAD,
    LatentOverlap,
    Penalty,
    SparseGroup,
    WithRidge,
)
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import SolutionPath
from groupsparse.toolkit.solution import CertificateKind, Solution, Status

from .expressions import Made, Method
from .recipes import Call

Violation = tuple[str, str]
_ROUNDING = 300.0
_Wide = Any


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
    fit = _Fit(call.problem.args[0].value if isinstance(call.problem.args[0], Made) else call.problem.args[0],
               call.problem, solution)
    yield from _check_residual(fit, solution)
    yield from _check_active(problem, solution)
    solver = call.made.target.value if isinstance(call.made, Method) else None
    penalty = _penalty_of(solver, solution)
    if penalty is not None:
        yield from _check_objective(fit, penalty, solution)
        yield from _check_certificate(fit, penalty, solution)
    elif solution.alpha == 0:
        yield from _check_objective(fit, None, solution)
    if solution.status is Status.CONVERGED:
        yield from _check_aim(problem, solver, solution, fit)


def _check_shape(problem: Problem, solution: Solution) -> Iterator[Violation]:
    coef = solution.coef
    if coef.shape != problem.shape:
        yield "shape", f"{coef.shape}, not {problem.shape}"
    if coef.dtype != problem.dtype:
        yield "dtype", f"{coef.dtype}, not {problem.dtype}"
    if solution.status is Status.CONVERGED:
        numbers = {"coef": coef, "objective": solution.objective, "residual_norm": solution.residual_norm,
                   "certificate": solution.certificate.value, "alpha": solution.alpha}
        for name, value in numbers.items():
            if not np.isfinite(value).all():
                yield f"not finite {name} called CONVERGED", f"{value}"


class _Fit:
    """The residual of coefficients, and what rounding may do to its norm."""

    def __init__(self, given: Any, made: Any, solution: Solution) -> None:
        problem: Problem = made.value
        self.problem, self.operator = problem, problem.operator
        self.coef = _widen(solution.coef)
        self.data = _widen(_raw(made.args[1])).reshape(problem.data.shape)
        self.residual = self.data - image(problem.operator, self.coef)
        self.norm = _norm(self.residual)
        eps = float(np.finfo(problem.dtype).eps)
        size = image(problem.operator, np.abs(self.coef), absolute=True)
        self.rounding = _ROUNDING * eps * (_norm(size) + _norm(self.data))


def _raw(value: Any) -> Any:
    made = value.value if isinstance(value, Made) else value
    return made.toarray() if sp.issparse(made) else np.asarray(made)


def _widen(values: Any) -> _Wide:
    array = np.asarray(values)
    return array.astype(np.clongdouble if array.dtype.kind == "c" else np.longdouble)


def _norm(values: _Wide) -> Any:
    return np.sqrt(np.sum(np.abs(values) ** 2))


def image(operator: Operator, x: _Wide, *, absolute: bool = False) -> _Wide:
    """Return ``A x``, or ``|A| |x|``, in extended precision where the operator is of matrices."""
    if isinstance(operator, Matrix):
        values = operator.values.toarray() if operator.is_sparse else operator.values
        wide = _widen(values)
        return np.tensordot(np.abs(wide) if absolute else wide, x, axes=([1], [0]))
    if isinstance(operator, Joint):
        axis = operator.channel_axis
        parts = [image(operator.operator, part, absolute=absolute) for part in np.moveaxis(x, axis, 0)]
        return np.stack(parts, axis=axis)
    if isinstance(operator, Channelwise):
        channels = np.moveaxis(x, operator.channel_axis, 0)
        parts = [image(o, part, absolute=absolute) for o, part in zip(operator.operators, channels, strict=True)]
        if operator.stacked:
            return np.stack(parts, axis=operator.channel_axis)
        return np.concatenate([part.ravel() for part in parts])
    if isinstance(operator, Composition):
        inner = image(operator.right, x, absolute=absolute)
        return image(operator.left, inner, absolute=absolute)
    if isinstance(operator, Replicated):
        total = np.zeros(int(np.prod(operator.operator.domain_shape)), x.dtype)
        np.add.at(total, operator.originals, x.ravel())
        return image(operator.operator, total.reshape(operator.operator.domain_shape), absolute=absolute)
    if isinstance(operator, External):
        columns = _widen(operator.columns(np.arange(operator.domain_shape[0]))).T
        return (np.abs(columns) if absolute else columns) @ x
    narrow = x.astype(complex if x.dtype.kind == "c" else float)
    if operator.dtype.kind != "c" and narrow.dtype.kind == "c":
        parts = operator.apply(narrow.real), operator.apply(narrow.imag)
        result = parts[0] + 1j * parts[1]
    else:
        result = operator.apply(narrow)
    return np.full(result.shape, _norm(x) * np.sqrt(x.size) + _norm(result)) if absolute else _widen(result)


def adjoint(operator: Operator, y: _Wide) -> _Wide:
    """Return ``A^H y`` in extended precision, of an operator of matrices."""
    if isinstance(operator, Matrix):
        values = operator.values.toarray() if operator.is_sparse else operator.values
        return np.tensordot(_widen(values).conj(), y, axes=([0], [0]))
    if isinstance(operator, Joint):
        axis = operator.channel_axis
        return np.stack([adjoint(operator.operator, part) for part in np.moveaxis(y, axis, 0)], axis=axis)
    units = np.eye(int(np.prod(operator.domain_shape))).reshape(-1, *operator.domain_shape)
    columns = [image(operator, _widen(unit)) for unit in units]
    products = [np.vdot(column.ravel(), y.ravel()) for column in columns]
    return np.array(products).reshape(operator.domain_shape)


def _check_residual(fit: _Fit, solution: Solution) -> Iterator[Violation]:
    if not abs(solution.residual_norm - fit.norm) <= fit.rounding:
        yield "wrong residual_norm", f"{solution.residual_norm}, but {fit.norm} ({solution.status.name})"


def _check_active(problem: Problem, solution: Solution) -> Iterator[Violation]:
    if solution.latent is not None or "n_active" in solution.history and solution.alpha != solution.alpha:
        return
    if problem.groups.overlapping:
        return
    flat = np.abs(solution.coef.ravel())
    active = [g for g in range(problem.groups.n_groups) if flat[problem.groups.members(g)].any()]
    if active != solution.active_groups.tolist():
        yield "wrong active_groups", f"{solution.active_groups.tolist()}, but {active} are not zero"


def _penalty_of(solver: Any, solution: Solution) -> Penalty | None:
    """Return the penalty that a solution minimises, if one is stated."""
    if type(solver).__name__ in ("Reweighted", "OrthonormalGroups", "CycleSpinning", "Exchange"):
        return None
    if type(solver).__name__ == "AlongPath" and isinstance(solver.solver.penalty, Penalty):
        return None if type(solver.solver).__name__ == "OrthonormalGroups" else (
            solver.solver.penalty.with_alpha(solution.alpha))
    penalty = getattr(solver, "penalty", None)
    return penalty if isinstance(penalty, Penalty) else None


def omega(penalty: Penalty, x: _Wide, groups: Groups) -> Any:
    """Return the penalty at coefficients, ``alpha * Omega(x)``, from its formula; None if unknown."""
    if isinstance(penalty, WithRidge):
        inner = omega(penalty.penalty, x, groups)
        free = penalty.free_coefs(groups)
        return None if inner is None else inner + penalty.ridge / 2 * np.sum(np.abs(x.ravel()[~free]) ** 2)
    flat, alpha = x.ravel(), np.longdouble(penalty.alpha)
    members = [flat[groups.members(g)] for g in range(groups.n_groups)]
    norms = np.array([_norm(part) for part in members], dtype=np.longdouble)
    weights = plain_weights(penalty, groups)
    used = norms > 0
    strengths, t = alpha * weights[used], norms[used]
    if isinstance(penalty, L21 | LatentOverlap):
        return np.sum(strengths * t)
    if isinstance(penalty, SparseGroup):
        ones = sum((np.abs(part).sum() for part, w in zip(members, weights, strict=True)), np.longdouble(0))
        return alpha * penalty.l1_ratio * ones + (1 - np.longdouble(penalty.l1_ratio)) * np.sum(strengths * t)
    if isinstance(penalty, GroupL0):
        return alpha * np.count_nonzero(used)
    gamma = np.longdouble(getattr(penalty, "gamma", 0))
    if isinstance(penalty, GroupMCP):
        small = strengths * t - t**2 / (2 * gamma)
        return np.sum(np.where(t <= gamma * strengths, small, gamma * strengths**2 / 2))
    if isinstance(penalty, GroupSCAD):
        middle = (2 * gamma * strengths * t - t**2 - strengths**2) / (2 * (gamma - 1))
        large = strengths**2 * (gamma + 1) / 2
        small = np.where(t <= strengths, strengths * t, middle)
        return np.sum(np.where(t <= gamma * strengths, small, large))
    return None


def plain_weights(penalty: Penalty, groups: Groups) -> _Wide:
    """Return the weights of the groups."""
    given = penalty.core.group_weights
    if given is None:
        return np.ones(groups.n_groups, np.longdouble)
    if isinstance(given, str):
        return np.sqrt(groups.sizes.astype(np.longdouble))
    return np.asarray(given, dtype=np.longdouble)


def _check_objective(fit: _Fit, penalty: Penalty | None, solution: Solution) -> Iterator[Violation]:
    groups, x = fit.problem.groups, fit.coef
    if penalty is not None and isinstance(penalty.core, LatentOverlap):
        if solution.latent is None or penalty.ridge:
            return
        groups, x = Groups.from_sizes(groups.sizes), _widen(solution.latent)
    value = np.longdouble(0) if penalty is None else omega(penalty, x, groups)
    if value is None:
        return
    expected = fit.norm**2 / 2 + value
    eps = float(np.finfo(fit.problem.dtype).eps)
    rounding = (fit.norm + fit.rounding) * fit.rounding + _ROUNDING * eps * abs(value)
    if not abs(solution.objective - expected) <= rounding + 1e-300:
        yield "wrong objective", f"{solution.objective}, but {expected} ({solution.status.name})"


def _check_certificate(fit: _Fit, penalty: Penalty, solution: Solution) -> Iterator[Violation]:
    kind, value = solution.certificate
    if kind is not CertificateKind.DUALITY_GAP or not np.isfinite(value):
        return
    free = penalty.free_coefs(fit.problem.groups)
    if free.any():
        return
    expected = _gap(fit, penalty, solution)
    if expected is None:
        return
    eps = float(np.finfo(fit.problem.dtype).eps)
    size = _norm(fit.data) ** 2 / 2 + solution.objective
    rounding = fit.rounding * (fit.norm + fit.rounding) + _ROUNDING * eps * size
    if not value >= expected - rounding - 1e-300:
        yield "too small duality gap", f"{value}, but {expected} ({solution.status.name})"
    if not value <= expected + rounding + 1e-300:
        yield "too large duality gap", f"{value}, but {expected} ({solution.status.name})"


def _gap(fit: _Fit, penalty: Penalty, solution: Solution) -> Any:
    """Return the gap of the best multiple of the residual as dual point."""
    groups, x = fit.problem.groups, fit.coef
    correlation = adjoint(fit.problem.operator, fit.residual)
    squares = fit.norm**2
    if penalty.ridge:
        correlation = correlation - np.longdouble(penalty.ridge) * x
        squares = squares + np.longdouble(penalty.ridge) * np.sum(np.abs(x) ** 2)
    core = penalty.core
    reach = dual_norm(core, correlation, groups)
    if isinstance(core, LatentOverlap):
        if solution.latent is None or penalty.ridge:
            return None
        value = omega(core, _widen(solution.latent), Groups.from_sizes(groups.sizes))
    else:
        value = omega(core, x, groups)
    if reach is None or value is None:
        return None
    explained = np.vdot(correlation.ravel(), x.ravel()).real
    limit = core.alpha / reach if reach > 0 else np.longdouble(np.inf)
    best = 1 + explained / squares if squares > 0 else np.longdouble(1)
    scale = min(max(best, -limit), limit)
    return max(np.longdouble(0), (1 - scale) ** 2 / 2 * squares + value - scale * explained)


def dual_norm(penalty: Penalty, gradient: _Wide, groups: Groups) -> Any:
    """Return the dual norm of Omega; None where it is unknown."""
    weights, flat = plain_weights(penalty, groups), gradient.ravel()
    parts = [np.abs(flat[groups.members(g)]) for g in range(groups.n_groups)]
    if isinstance(penalty, L21 | LatentOverlap):
        norms = np.array([_norm(part) for part in parts], dtype=np.longdouble)
        return np.max(norms / weights, initial=np.longdouble(0))
    if isinstance(penalty, SparseGroup):
        reaches = [_sparse_reach(part, penalty.l1_ratio, w) for part, w in zip(parts, weights, strict=True)]
        return max(reaches, default=np.longdouble(0))
    return None


def _sparse_reach(part: _Wide, l1_ratio: float, weight: Any) -> Any:
    """Return the smallest strength at which a group of the sparse group penalty is zero."""
    if not np.isfinite(weight) or not part.any():
        return np.longdouble(0)
    low, high = np.longdouble(0), np.longdouble(1)
    ratio, ball = np.longdouble(l1_ratio), (1 - np.longdouble(l1_ratio)) * weight
    top = part.max()
    part = part / top
    while _norm(np.maximum(part - high * ratio, 0)) > high * ball:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        if _norm(np.maximum(part - middle * ratio, 0)) > middle * ball:
            low = middle
        else:
            high = middle
    return high * top


def _check_aim(problem: Problem, solver: Any, solution: Solution, fit: _Fit) -> Iterator[Violation]:
    """Yield if a solver that stops at a count or a noise level is called converged elsewhere."""
    level, count = (getattr(solver, name, None) for name in ("noise_level", "n_groups"))
    if type(solver).__name__ in ("CycleSpinning", "Reweighted", "FastMarginalLikelihood"):
        return
    if level is None and count is None:
        return
    by_level = level is not None and fit.norm <= float(level) * (1 + 1e-4) + fit.rounding
    by_count = count is not None and solution.active_groups.size == count
    if count is not None and solution.active_groups.size > count:
        yield "more groups than n_groups", f"{solution.active_groups.size}, not {count}"
    elif not by_level and not by_count:
        told = f"{solution.active_groups.size} groups, residual {float(fit.norm):.3g}"
        yield "CONVERGED without reaching n_groups or noise_level", f"{told}; asked {count}, {level}"


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
    X = _widen(_raw(call.features)).real
    coef, intercept = _widen(estimator.coef_), _widen(estimator.intercept_)
    expected = X @ coef.T + intercept
    size = np.abs(X) @ np.abs(coef).T + np.abs(intercept)
    eps = float(np.finfo(result.dtype).eps)
    if result.shape != expected.shape:
        yield "wrong shape of predictions", f"{result.shape}, not {expected.shape}"
    elif not np.all(np.abs(result - expected) <= _ROUNDING * eps * size):
        yield "wrong predictions", f"{result}, but {expected}"


def _check_plain(call: Call, result: Any) -> Iterator[Violation]:
    """Yield if numbers are NaN though none came in."""
    if isinstance(result, str | bytes) or result is None:
        return
    for value in result if isinstance(result, tuple) else (result,):
        array = np.asarray(value) if not sp.issparse(value) else value.toarray()
        if array.dtype.kind in "fc" and np.isnan(array).any() and not _has_bad_input(call):
            yield "NaN", f"{array}"


def _has_bad_input(call: Call) -> bool:
    for part in call.made.parts():
        if isinstance(part, np.ndarray) and part.dtype.kind in "fc" and not np.isfinite(part).all():
            return True
        if isinstance(part, float) and not np.isfinite(part):
            return True
    return False
