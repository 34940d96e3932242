"""FISTA against a plain proximal gradient method, its certificates, its safeguards."""

import dataclasses
import math

import numpy as np
import pytest

from groupsparse.toolkit.convergence import ConvergenceWarning
from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.operators import Channelwise, Matrix, Wavelet
from groupsparse.toolkit.penalties import (
    L21,
    GroupL0,
    GroupMCP,
    GroupSCAD,
    SparseGroup,
    WithRidge,
)
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solution import CertificateKind, Status
from groupsparse.toolkit.solvers import FISTA
from groupsparse.toolkit.testing import random_array

ACCELERATIONS = ("restarted", "monotone", "optimised")


def proximal_gradient(matrix, data, groups, thresholds, n_iter=5000):
    """Minimise ``1/2 ||A x - y||^2 + sum_g thresholds_g ||x_g||``, plainly and slowly."""
    step = 1 / np.linalg.norm(matrix, 2) ** 2
    x = np.zeros(matrix.shape[1], np.result_type(matrix, data))
    for _ in range(n_iter):
        x = x - step * matrix.conj().T @ (matrix @ x - data)
        for members, threshold in zip(groups, thresholds, strict=True):
            norm = math.sqrt(sum(abs(x[i]) ** 2 for i in members))
            x[members] *= max(0, 1 - step * threshold / norm) if norm else 0
    return x


def objective(matrix, data, groups, thresholds, x):
    penalties = [t * np.linalg.norm(x[m]) for m, t in zip(groups, thresholds, strict=True)]
    return np.linalg.norm(matrix @ x - data) ** 2 / 2 + sum(penalties)


LABELS = np.array([0, 1, 1, 2, 2, 2, 3, 0, 4, 4])
FREE = np.array([0, 1, 1, -1, -1, -1, 2, 0, 3, 3])


def make(kind, dtype="float64"):
    """Return a problem, and its groups as lists of flat positions."""
    rng = np.random.default_rng(0)

    def random(*shape):
        return random_array(shape, dtype, rng)

    if kind == "channelwise":
        operator = Channelwise([Matrix(random(n, 10)) for n in (9, 12)])
        lists = np.arange(20).reshape(10, 2)
        return Problem(operator, random(21), Groups.across(1)), lists
    if kind == "joint":
        flat = np.repeat(LABELS, 2)
        return Problem(random(7, 10), random(7, 2), LABELS), _members(flat)
    labels = FREE if kind == "unpenalised" else LABELS
    return Problem(random(12, 10), random(12), labels), _members(labels)


def _members(labels):
    return [np.flatnonzero(labels == g) for g in range(labels.max() + 1)]


@pytest.mark.covering(2)
@pytest.mark.parametrize("acceleration", ACCELERATIONS)
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("kind", ["columns", "joint", "channelwise", "unpenalised"])
def test_agrees_with_plain_proximal_gradient(kind, dtype, acceleration, dense):
    problem, groups = make(kind, dtype)
    matrix, data = dense(problem.operator), problem.data.ravel()
    thresholds = 0.8 * np.sqrt([len(members) for members in groups])
    expected = proximal_gradient(matrix, data, groups, thresholds)
    solver = FISTA(L21(0.8, "sqrt"), tol=1e-13, max_iter=20000, acceleration=acceleration)
    solution = solver.solve(problem)
    np.testing.assert_allclose(solution.coef.ravel(), expected, atol=1e-8)
    zero = [g for g, members in enumerate(groups) if not expected[members].any()]
    assert sorted({*range(len(groups))} - {*zero}) == solution.active_groups.tolist()
    best = objective(matrix, data, groups, thresholds, expected)
    assert solution.objective == pytest.approx(best, rel=1e-12)
    assert solution.certificate.value == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("max_iter", [1, 3, 10, 30])
def test_duality_gap_bounds_the_distance_from_the_optimum(dtype, max_iter):
    problem, _ = make("columns", dtype)
    penalty = L21(0.8, [1.0, 0.5, 2.0, 1.0, np.inf])
    best = FISTA(penalty, tol=1e-14, max_iter=20000).solve(problem)
    with pytest.warns(ConvergenceWarning, match="duality gap"):
        early = FISTA(penalty, tol=1e-15, max_iter=max_iter).solve(problem)
    assert early.certificate.kind == CertificateKind.DUALITY_GAP
    assert best.certificate.value < 1e-11
    assert early.objective - best.objective <= early.certificate.value
    assert not early.coef[8:].any()


@pytest.mark.covering(2)
@pytest.mark.parametrize("max_iter", [1, 3, 10, 30])
@pytest.mark.parametrize(
    ("kind", "penalty"),
    [
        ("unpenalised", L21(0.8)),
        ("columns", L21(0.8, [0, 1, 1, 1, 1])),
        ("columns", SparseGroup(0.8, 0.3, [1, 0.5, 2, 0, np.inf])),
        ("unpenalised", WithRidge(SparseGroup(0.8), 0.4)),
        ("columns", WithRidge(L21(0.8, "sqrt"), 0.4)),
    ],
    ids=repr,
)
def test_duality_gap_is_a_bound_with_unpenalised_coefficients_and_a_ridge(kind, penalty, max_iter):
    problem, _ = make(kind)
    best = FISTA(penalty, tol=1e-14, max_iter=20000).solve(problem)
    with pytest.warns(ConvergenceWarning, match="duality gap"):
        early = FISTA(penalty, tol=1e-15, max_iter=max_iter).solve(problem)
    assert best.certificate.value < 1e-11
    assert early.objective - best.objective <= early.certificate.value + 1e-12


def test_without_a_dual_point_the_certificate_is_the_smallest_subgradient():
    for problem, penalty in (
        (make("unpenalised")[0], GroupMCP(0.8)),
        (make("columns")[0], GroupSCAD(0.8)),
        (make("columns")[0], GroupL0(0.3)),
    ):
        solution = FISTA(penalty, tol=1e-13, max_iter=20000).solve(problem)
        gradient = problem.operator.adjoint(problem.operator.apply(solution.coef) - problem.data)
        distance = penalty.subdifferential_distance(solution.coef, gradient, problem.groups)
        assert solution.certificate.kind == CertificateKind.SUBDIFFERENTIAL_DISTANCE
        assert solution.certificate.value == pytest.approx(distance, abs=1e-12)
        assert distance < 1e-9


@pytest.mark.parametrize("acceleration", ACCELERATIONS)
def test_converged_means_the_tolerance_is_met(acceleration):
    problem, _ = make("columns", "complex128")
    scale = np.linalg.norm(problem.operator.adjoint(problem.data))
    for tol in (1e-2, 1e-5, 1e-8):
        solution = FISTA(L21(0.8), tol=tol, acceleration=acceleration).solve(problem)
        assert solution.status is Status.CONVERGED
        assert solution.history["criterion"][-1] <= tol * scale
        assert (solution.history["criterion"][:-1] > tol * scale).all()
        assert len(solution.history["criterion"]) == solution.iterations


def ill_conditioned(dtype="float64"):
    rng = np.random.default_rng(1)
    matrix = random_array((20, 40), dtype, rng) * np.geomspace(1, 6, 40).astype("float32")
    return Problem(matrix, random_array((20,), dtype, rng), 4)


@pytest.mark.parametrize("start_of_ones", [False, True])
def test_monotone_never_rises(start_of_ones):
    problem = ill_conditioned()
    start = np.ones(40) if start_of_ones else None
    with pytest.warns(ConvergenceWarning):
        plain = FISTA(L21(3.0), tol=1e-14, max_iter=300).solve(problem, start)
    solver = FISTA(L21(3.0), tol=1e-9, max_iter=20000, acceleration="monotone")
    solution = solver.solve(problem, start)
    assert (np.diff(plain.history["objective"]) > 0).any()  # it is not the problem that is tame
    assert (np.diff(solution.history["objective"]) <= 0).all()
    assert solution.objective <= solution.history["objective"][-1]


@pytest.mark.parametrize("acceleration", ACCELERATIONS)
def test_backtracking_agrees_with_a_known_step(acceleration):
    problem = ill_conditioned()
    solver = FISTA(L21(3.0), tol=1e-11, max_iter=20000, acceleration=acceleration)
    step = 1 / np.linalg.norm(problem.operator.values, 2) ** 2
    known = dataclasses.replace(solver, step=step).solve(problem)
    found = solver.solve(problem)
    np.testing.assert_allclose(found.coef, known.coef, atol=1e-8)
    assert found.objective == pytest.approx(known.objective, rel=1e-12)


def test_a_known_bound_of_the_operator_is_used():
    problem = Problem(Wavelet((8, 8), "haar", 2), np.random.default_rng(0).standard_normal((8, 8)))
    solution = FISTA(L21(0.5)).solve(problem)
    analysed = problem.operator.adjoint(problem.data)
    np.testing.assert_allclose(solution.coef, L21(0.5).prox(analysed, 1.0, problem.groups))
    assert solution.iterations <= 2


@pytest.mark.parametrize("acceleration", ACCELERATIONS)
def test_good_start_saves_iterations(acceleration):
    problem = ill_conditioned()
    solver = FISTA(L21(3.0), tol=1e-8, max_iter=20000, acceleration=acceleration)
    cold = solver.solve(problem)
    warm = solver.solve(problem, cold.coef)
    assert warm.iterations < cold.iterations / 10
    elsewhere = solver.solve(problem, 10 * np.ones(40))
    assert elsewhere.objective == pytest.approx(cold.objective, rel=1e-9)


def test_callback_stops_at_once_without_a_warning():
    seen = []
    solver = FISTA(L21(3.0), tol=1e-15, callback=lambda p: seen.append(p) or p.iteration == 5)
    solution = solver.solve(ill_conditioned())
    assert solution.status is Status.STOPPED
    assert not solution.status.is_success
    assert solution.iterations == 5
    assert [progress.iteration for progress in seen] == [1, 2, 3, 4, 5]
    assert seen[-1].objective == solution.objective


@pytest.mark.parametrize("acceleration", ACCELERATIONS)
def test_running_out_of_iterations_is_a_status_and_a_warning(acceleration):
    solver = FISTA(L21(3.0), tol=1e-15, max_iter=7, acceleration=acceleration)
    with pytest.warns(ConvergenceWarning, match=r"7 iterations, duality gap") as caught:
        solution = solver.solve(ill_conditioned())
    assert caught[0].filename == __file__
    assert solution.status is Status.MAX_ITER
    assert solution.iterations == len(solution.history["objective"]) == 7
    assert not solution.status.is_success


@pytest.mark.filterwarnings("ignore::groupsparse.toolkit.convergence.ConvergenceWarning")
@pytest.mark.parametrize("acceleration", ACCELERATIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_asking_for_more_than_the_precision_does_no_harm(dtype, acceleration):
    """The test of the step must not take rounding for curvature and freeze the iteration."""
    problem = ill_conditioned(dtype)
    eps = np.finfo(dtype).eps
    solver = FISTA(L21(3.0), tol=eps / 1e3, max_iter=4000, acceleration=acceleration)
    step = 1 / np.linalg.norm(problem.operator.values, 2) ** 2
    known = dataclasses.replace(solver, step=float(step)).solve(problem)
    found = solver.solve(problem)
    size = np.linalg.norm(problem.operator.adjoint(problem.data)) * np.abs(known.coef).sum()
    assert found.certificate.value < 10 * known.certificate.value + 100 * eps * size


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_operator_that_breaks_down_ends_the_run(value, make_breaking):
    broken = make_breaking(4, value)
    with pytest.warns(ConvergenceWarning), np.errstate(all="ignore"):
        solution = FISTA(L21(0.1), max_iter=3).solve(Problem(broken, np.ones(4), 2))
    assert solution.status is Status.DIVERGED


@pytest.mark.parametrize("weight", [0.0, np.inf])
def test_weights_zero_and_infinity(weight):
    problem, _ = make("columns")
    weights = np.array([1, 1, weight, 1, 1])
    solution = FISTA(L21(3.0, weights), tol=1e-12, max_iter=20000).solve(problem)
    residual = problem.data - problem.operator.apply(solution.coef)
    members = problem.groups.members(2)
    if weight == 0:
        np.testing.assert_allclose(problem.operator.adjoint(residual)[members], 0, atol=1e-9)
        assert 2 in solution.active_groups
    else:
        assert 2 not in solution.active_groups
        assert np.isfinite(solution.objective)


def test_alpha_above_the_dual_norm_gives_zero_and_below_does_not():
    problem, _ = make("columns", "complex128")
    largest = L21(1.0).dual_norm(problem.operator.adjoint(problem.data), problem.groups)
    assert FISTA(L21(1.0001 * largest)).solve(problem).active_groups.size == 0
    assert FISTA(L21(0.999 * largest)).solve(problem).active_groups.size == 1


def test_everything_unpenalised_is_least_squares():
    rng = np.random.default_rng(0)
    matrix, data = rng.standard_normal((12, 5)), rng.standard_normal(12)
    problem = Problem(matrix, data, np.full(5, -1))
    solution = FISTA(L21(1.0), tol=1e-13, max_iter=5000).solve(problem)
    np.testing.assert_allclose(solution.coef, np.linalg.lstsq(matrix, data)[0], atol=1e-10)


def test_rotation_of_the_channels_rotates_the_solution():
    """Row norms do not change under a rotation of the channels, so nor does the solution."""
    rng = np.random.default_rng(0)
    matrix, data = rng.standard_normal((10, 20)), rng.standard_normal((10, 4))
    rotation = np.linalg.qr(rng.standard_normal((4, 4)))[0]
    solver = FISTA(L21(2.0), tol=1e-12, max_iter=20000)
    plain, rotated = (solver.solve(Problem(matrix, y)) for y in (data, data @ rotation))
    np.testing.assert_allclose(rotated.coef, plain.coef @ rotation, atol=1e-8)


@pytest.mark.parametrize("acceleration", ACCELERATIONS)
def test_the_l0_penalty_keeps_strong_groups_unshrunk(acceleration):
    rng = np.random.default_rng(0)
    matrix = np.linalg.qr(rng.standard_normal((20, 12)))[0]
    coef = np.zeros(12)
    coef[3:6] = [1, -2, 3]
    problem = Problem(matrix, matrix @ coef + 0.01 * rng.standard_normal(20), 3)
    solution = FISTA(GroupL0(0.1), tol=1e-10, acceleration=acceleration).solve(problem)
    assert solution.active_groups.tolist() == [1]
    np.testing.assert_allclose(solution.coef[3:6], (matrix.T @ problem.data)[3:6], atol=1e-8)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"tol": 0.0}, "tol must be positive and finite, got 0.0"),
        ({"tol": np.nan}, "tol must be positive and finite, got nan"),
        ({"max_iter": 0}, "max_iter must be an integer of at least 1, got 0"),
        (
            {"acceleration": "fast"},
            "must be one of 'restarted', 'monotone', 'optimised', got 'fast'",
        ),
        ({"step": 0.0}, "step must be positive and finite, got 0.0"),
        ({"step": np.inf}, "step must be positive and finite, got inf"),
    ],
)
def test_settings_are_checked(settings, message):
    with pytest.raises(ValueError, match=message):
        FISTA(L21(1.0), **settings)


def test_a_step_that_is_too_long_ends_with_an_honest_status():
    matrix = np.random.default_rng(0).standard_normal((20, 30))
    problem = Problem(matrix, matrix[:, 0], 3)
    with pytest.warns(ConvergenceWarning, match="step is too long"), np.errstate(all="ignore"):
        solution = FISTA(L21(0.1), step=10.0, max_iter=5000).solve(problem)
    assert solution.status is Status.DIVERGED
    assert np.isfinite(solution.objective)
    assert np.isfinite(solution.coef).all()


@pytest.mark.filterwarnings("ignore::groupsparse.toolkit.convergence.ConvergenceWarning")
@pytest.mark.parametrize("seed", [10, 28, 29])
def test_a_bounded_penalty_of_coefficients_that_overflow_is_no_solution(seed):
    rng = np.random.default_rng(seed)
    problem = Problem(rng.standard_normal((12, 8)), rng.standard_normal(12), 2)
    solution = FISTA(GroupMCP(0.01), step=1.0).solve(problem)
    assert solution.status is Status.DIVERGED
    norms = problem.groups.norms(solution.coef / np.abs(solution.coef).max())
    assert np.flatnonzero(norms).tolist() == solution.active_groups.tolist()


def test_what_is_not_a_penalty_is_refused():
    with pytest.raises(ValueError, match="penalty must be a penalty such as L21"):
        FISTA(None)
