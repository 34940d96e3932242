"""The same problems as conic programs, solved by Clarabel through CVXPY."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from groupsparse.toolkit.losses import Cox, Huber, Logistic, Multinomial, Poisson, Squared
from groupsparse.toolkit.solution import Solution

from .problems import Case


class Program:
    """The conic program of a case: one variable for each group, and one for the rest."""

    def __init__(self, case: Case) -> None:
        import cvxpy as cp

        self.case = case
        width = case.problem.data.shape[1] if case.problem.data.ndim > 1 else 1
        self.copies = [cp.Variable((group.size, width)) for group in case.members]
        self.free = cp.Variable((max(1, case.uncovered.size), width))
        image = case.offset.reshape(len(case.matrix), -1)
        if case.uncovered.size:
            image = image + case.matrix[:, case.uncovered] @ self.free
        for group, copy in zip(case.members, self.copies, strict=True):
            image = image + case.matrix[:, group] @ copy
        penalty, bounds = self._penalise()
        self.objective = _LOSSES[type(case.loss)](case, image) + penalty
        self.program = cp.Problem(cp.Minimize(self.objective), bounds)

    def solve(self) -> float:
        """Return the optimum."""
        accuracy = {f"tol_{name}": 1e-9 for name in ("gap_abs", "gap_rel", "feas")}
        self.program.solve("CLARABEL", **accuracy)
        return float(self.objective.value)

    def evaluate(self, solution: Solution) -> float:
        """Return the objective of a solution of ours, by the formulas of the program."""
        case, coef = self.case, solution.coef.reshape(self.case.matrix.shape[1], -1)
        self.free.value = np.zeros(self.free.shape)
        if case.uncovered.size:
            self.free.value = coef[case.uncovered]
        if solution.latent is None:
            parts = [coef[group] for group in case.members]
        else:
            ends = np.cumsum([group.size for group in case.members])
            latent = solution.latent.reshape(-1, coef.shape[1])
            *parts, rest = np.split(latent, ends)
            total = np.zeros_like(coef)
            total[case.uncovered] = rest
            for group, part in zip(case.members, parts, strict=True):
                np.add.at(total, group, part)
            np.testing.assert_allclose(total, coef, atol=1e-10)
        for copy, part in zip(self.copies, parts, strict=True):
            copy.value = part
        return float(self.objective.value)

    def _penalise(self) -> tuple[Any, list[Any]]:
        """Return the penalty, and the constraints on the variables."""
        import cvxpy as cp

        case, alpha = self.case, self.case.penalty.alpha
        total, constraints = cp.Constant(0), []
        for group, copy, weight in zip(case.members, self.copies, case.weights, strict=True):
            if np.isfinite(case.lower):
                constraints.append(copy >= case.lower)
            if np.isfinite(case.upper):
                constraints.append(copy <= case.upper)
            if np.isinf(weight):
                constraints.append(copy == 0)
                continue
            total = total + alpha * (1 - case.l1_ratio) * weight * cp.norm(cp.vec(copy, order="C"))
            entries = alpha * case.l1_ratio * case.feature_weights[group]
            total = total + cp.sum(cp.multiply(entries[:, None], cp.abs(copy)))
            bounded = np.isfinite(case.lower) or np.isfinite(case.upper)
            if weight > 0 or case.l1_ratio or bounded:
                total = total + case.ridge / 2 * cp.sum_squares(copy)
        return total, constraints


def _square(case: Case, image: Any) -> Any:
    import cvxpy as cp

    residual = cp.multiply(np.sqrt(case.counts), image[:, 0] - case.data)
    return cp.sum_squares(residual) / 2


def _huber(case: Case, image: Any) -> Any:
    import cvxpy as cp

    loss = case.loss
    residual = cp.multiply(np.sqrt(case.counts), image[:, 0] - case.data)
    assert isinstance(loss, Huber)
    return cp.sum(cp.huber(residual, loss.threshold * loss.scale)) / 2


def _logistic(case: Case, image: Any) -> Any:
    import cvxpy as cp

    terms = cp.logistic(image[:, 0]) - cp.multiply(case.data, image[:, 0])
    return case.counts @ terms


def _multinomial(case: Case, image: Any) -> Any:
    import cvxpy as cp

    labels = np.eye(case.problem.data.shape[1])[case.data]
    terms = cp.log_sum_exp(image, axis=1) - cp.sum(cp.multiply(labels, image), axis=1)
    return case.counts @ terms


def _poisson(case: Case, image: Any) -> Any:
    import cvxpy as cp

    return case.counts @ (cp.exp(image[:, 0]) - cp.multiply(case.data, image[:, 0]))


def _cox(case: Case, image: Any) -> Any:
    """Return the negative log partial likelihood, event time by event time."""
    import cvxpy as cp

    loss, u = case.loss, image[:, 0]
    assert isinstance(loss, Cox)
    times, events = np.abs(case.data), (case.data > 0) & (case.counts > 0)
    strata = np.zeros(times.size) if loss.strata is None else np.asarray(loss.strata)
    total = cp.Constant(0)
    for stratum in np.unique(strata):
        inside = (strata == stratum) & (case.counts > 0)
        for time in np.unique(times[inside & events]):
            dying = np.flatnonzero(inside & events & (times == time))
            at_risk = np.flatnonzero(inside & (times >= time))
            deaths = case.counts[dying].sum()
            n_terms = dying.size if loss.ties == "efron" else 1
            for k in range(n_terms):
                shares = case.counts[at_risk] * np.where(
                    np.isin(at_risk, dying), 1 - k / n_terms, 1.0
                )
                total = total + deaths / n_terms * cp.log_sum_exp(u[at_risk] + np.log(shares))
            total = total - case.counts[dying] @ u[dying]
    return total


_LOSSES: dict[type, Callable[[Case, Any], Any]] = {
    Squared: _square,
    Huber: _huber,
    Logistic: _logistic,
    Multinomial: _multinomial,
    Poisson: _poisson,
    Cox: _cox,
}
