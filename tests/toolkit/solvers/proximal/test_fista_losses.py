"""FISTA for losses other than the squared one, against conic programming and scikit-learn."""

import numpy as np
import pytest
from scipy.sparse.linalg import aslinearoperator

from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.losses import Huber, Logistic, Poisson
from groupsparse.toolkit.operators import PartialFourier, Wavelet
from groupsparse.toolkit.penalties import L21, GroupMCP
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import alpha_max
from groupsparse.toolkit.solution import CertificateKind, Status
from groupsparse.toolkit.solvers import FISTA
from groupsparse.toolkit.testing import random_array

from ..loss_cases import (
    LOSSES,
    N_COLUMNS,
    N_ROWS,
    PENALTIES,
    make_arrays,
    make_groups,
    make_problem,
)


def express_logistic(cp, image, data, counts):
    image = image[:, 0]
    return cp.sum(cp.multiply(counts, cp.logistic(image) - cp.multiply(data, image)))


def express_poisson(cp, image, data, counts):
    image = image[:, 0]
    return cp.sum(cp.multiply(counts, cp.exp(image) - cp.multiply(data, image)))


def express_huber(cp, image, data, counts):
    return cp.sum(cp.huber(cp.multiply(np.sqrt(counts), image[:, 0] - data), 1.345)) / 2


def express_multinomial(cp, image, data, counts):
    logs = cp.log_sum_exp(image, axis=1) - cp.sum(cp.multiply(data, image), axis=1)
    return cp.sum(cp.multiply(counts[:, 0], logs))


def express_breslow(cp, image, times, counts):
    image, total = image[:, 0], 0
    for i in np.flatnonzero(times > 0):
        at_risk = np.flatnonzero(np.abs(times) >= times[i])
        risk = cp.log_sum_exp(image[at_risk] + np.log(counts[at_risk]))
        total += counts[i] * (risk - image[i])
    return total


EXPRESSIONS = {
    "logistic": express_logistic,
    "poisson": express_poisson,
    "huber": express_huber,
    "multinomial": express_multinomial,
    "cox, breslow": express_breslow,
}


def express_penalty(cp, name, x, groups, alpha):
    """Return the penalty of the table, written out, over rows of coefficients."""
    members = [groups.members(g) for g in range(groups.n_groups)]
    norms = [cp.norm(cp.vec(x[rows], order="C")) for rows in members]
    if name == "l21":
        roots = [np.sqrt(len(rows) * x.shape[1]) for rows in members]
        return alpha * sum(root * norm for root, norm in zip(roots, norms, strict=True))
    entries = sum(cp.sum(cp.abs(x[rows])) for rows in members)
    return alpha * (0.4 * entries + 0.6 * sum(norms))


@pytest.mark.parametrize("penalty", ["l21", "sparse group"])
@pytest.mark.parametrize("loss", EXPRESSIONS)
def test_it_agrees_with_conic_programming(loss, penalty):
    cp = pytest.importorskip("cvxpy")
    groups = make_groups(penalty, True)
    matrix, data, weights, offset = make_arrays(loss, intercept=True, weighted=True)
    problem = make_problem(loss, groups, intercept=True, weighted=True)
    make = PENALTIES[penalty]
    alpha = 0.1 * alpha_max(problem, penalty=make(1.0))
    solution = FISTA(make(alpha), tol=1e-11, max_iter=20_000).solve(problem)
    x = cp.Variable((N_COLUMNS, data.size // N_ROWS))
    image = matrix @ x + offset.reshape(N_ROWS, -1)
    cost = EXPRESSIONS[loss](cp, image, data, weights**2)
    program = cp.Problem(cp.Minimize(cost + express_penalty(cp, penalty, x, groups, alpha)))
    program.solve(solver=cp.CLARABEL, tol_gap_abs=1e-10, tol_gap_rel=1e-10, tol_feas=1e-10)
    assert solution.status is Status.CONVERGED
    assert solution.objective == pytest.approx(program.value, rel=1e-7, abs=1e-7)
    found = problem.operator.apply(solution.coef).reshape(N_ROWS, -1)
    expected = matrix @ x.value * (weights[:, None] if problem.loss.whitens else 1)
    if loss == "multinomial":  # a number for each datum may be added to all of its classes
        found, expected = (rows - rows.mean(axis=1, keepdims=True) for rows in (found, expected))
    if "cox" in loss:  # a number may be added to all risks
        found, expected = found - found.mean(), expected - expected.mean()
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_groups_of_one_equal_logistic_regression_with_an_l1_norm():
    linear_model = pytest.importorskip("sklearn.linear_model")
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((80, 12))
    labels = (matrix[:, 0] - matrix[:, 1] + rng.standard_normal(80) > 0).astype(float)
    problem = Problem(
        np.column_stack([matrix, np.ones(80)]), labels, [*range(12), -1], loss=Logistic()
    )
    alpha = 0.1 * alpha_max(problem)
    solution = FISTA(L21(alpha), tol=1e-11, max_iter=20_000).solve(problem)
    model = linear_model.LogisticRegression(
        C=1 / alpha, l1_ratio=1.0, solver="saga", tol=1e-12, max_iter=100_000
    )
    model.fit(matrix, labels)
    np.testing.assert_allclose(solution.coef[:-1], model.coef_[0], atol=1e-6)
    assert solution.coef[-1] == pytest.approx(model.intercept_[0], abs=1e-6)


@pytest.mark.parametrize("acceleration", ["restarted", "monotone", "optimised"])
@pytest.mark.parametrize("loss", LOSSES)
def test_matrix_free_operators_and_both_safeguards_agree(loss, acceleration):
    groups = make_groups("l21", True)
    matrix, data, *_ = make_arrays(loss, intercept=True)
    problem = Problem(matrix, data, groups, loss=LOSSES[loss][0])
    free = Problem(aslinearoperator(matrix), data, groups, loss=LOSSES[loss][0])
    solver = FISTA(L21(0.1 * alpha_max(problem)), tol=1e-10, max_iter=20_000)
    expected = solver.solve(problem)
    other = FISTA(solver.penalty, solver.tol, solver.max_iter, acceleration).solve(free)
    assert other.status is Status.CONVERGED
    np.testing.assert_allclose(other.coef, expected.coef, atol=1e-6)


def test_the_monotone_variant_never_rises_without_a_bound_of_the_curvature():
    problem = make_problem("poisson", make_groups("l21", False))
    solver = FISTA(L21(1.0), tol=1e-6, max_iter=20_000, acceleration="monotone")
    solution = solver.solve(problem)
    assert solution.status is Status.CONVERGED
    assert (np.diff(solution.history["objective"]) <= 0).all()


@pytest.mark.parametrize("size", [1e-3, 30.0])
def test_a_loss_without_a_bound_converges_from_bad_starts_and_badly_scaled_columns(size):
    rng = np.random.default_rng(0)
    matrix = size * rng.standard_normal((50, 8)) * np.geomspace(0.2, 5, 8)
    counts = rng.poisson(np.exp(1 + matrix[:, 0] / size)).astype(float)
    problem = Problem(matrix, counts, 2, loss=Poisson())
    solver = FISTA(L21(0.1 * alpha_max(problem)), tol=1e-9, max_iter=20_000)
    expected = solver.solve(problem)
    assert expected.status is Status.CONVERGED
    found = solver.solve(problem, np.full(8, 2 / size))
    assert found.status is Status.CONVERGED
    assert found.objective == pytest.approx(expected.objective, rel=1e-9)


@pytest.mark.parametrize("dtype", ["complex128", "complex64"])
def test_outliers_in_complex_samples_of_an_image(dtype):
    """Huber's loss of complex residuals sees their magnitudes, matrix-free and with weights."""
    cp = pytest.importorskip("cvxpy")
    rng = np.random.default_rng(0)
    mask = rng.random((8, 8)) < 0.6
    operator = PartialFourier(mask) @ Wavelet((8, 8), "haar", 1)
    image = np.zeros((8, 8))
    image[2:5, 3:6] = 2
    samples = operator.apply(operator.right.adjoint(image).astype(dtype))
    samples = samples + random_array(samples.shape, dtype, rng) / 10
    samples[::9] += 3
    weights = rng.uniform(0.5, 1.5, samples.shape)
    problem = Problem(operator, samples.astype(dtype), 4, loss=Huber(0.3), weights=weights)
    solver = FISTA(L21(0.1), tol=1e-10 if dtype == "complex128" else 1e-5, max_iter=5000)
    solution = solver.solve(problem)
    x = cp.Variable(64, complex=True)
    matrix = operator.columns(np.arange(64)).T
    sizes = cp.abs(cp.multiply(weights, matrix @ x - samples))
    norms = [cp.norm(x[begin : begin + 4]) for begin in range(0, 64, 4)]
    program = cp.Problem(cp.Minimize(cp.sum(cp.huber(sizes, 0.3)) / 2 + 0.1 * sum(norms)))
    program.solve(solver=cp.CLARABEL)
    accurate = dtype == "complex128"
    assert solution.coef.dtype == dtype
    assert solution.objective == pytest.approx(program.value, rel=1e-6 if accurate else 1e-4)
    assert solution.certificate.kind is CertificateKind.DUALITY_GAP
    assert solution.certificate.value < (1e-8 if accurate else 1e-2)


def test_residual_norm_is_the_root_of_the_deviance():
    rng = np.random.default_rng(0)
    matrix, counts = rng.standard_normal((20, 6)), rng.poisson(2.0, 20).astype(float)
    problem = Problem(matrix, counts, Groups.blocks(2, 6), loss=Poisson())
    solution = FISTA(GroupMCP(1.0), tol=1e-8, max_iter=5000).solve(problem)
    rate = np.exp(matrix @ solution.coef)
    logs = np.where(counts > 0, counts * np.log(np.where(counts > 0, counts, 1) / rate), 0)
    deviance = 2 * np.sum(logs - counts + rate)
    assert solution.deviance == pytest.approx(deviance)
    assert solution.residual_norm == pytest.approx(np.sqrt(deviance))
