"""Every solver of the table, held to what solvers promise."""

import dataclasses

import numpy as np
import pytest

from groupsparse.toolkit.arrays import real_dtype
from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.operators import Channelwise, HalfPlaneFourier, Matrix, Wavelet
from groupsparse.toolkit.penalties import GroupL0
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solution import Progress, Solution, Status
from groupsparse.toolkit.testing import random_array


@pytest.mark.covering(2)
def test_solution_is_in_the_problem_s_shape_and_precision(make_solver, small):
    problem = small.problem()
    solution = make_solver(problem).solve(problem)
    assert isinstance(solution, Solution)
    assert solution.coef.shape == problem.shape
    assert solution.coef.dtype == small.dtype
    assert solution.status is Status.CONVERGED
    assert solution.status.is_success
    assert solution.seconds > 0
    assert isinstance(solution.iterations, int)


@pytest.mark.covering(2)
def test_figures_of_the_solution_are_true(make_solver, small_double):
    problem = small_double.problem()
    solver = make_solver(problem)
    solution = solver.solve(problem)
    penalty = getattr(solver, "penalty", GroupL0(1.0))
    if getattr(solver, "alpha", 0.0) is None or solution.alpha == 0:  # it was not known before
        penalty = penalty.with_alpha(solution.alpha or 1e-100)
    misfit = np.linalg.norm(small_double.matrix @ solution.coef - problem.data)
    assert solution.residual_norm == pytest.approx(misfit, rel=1e-10)
    expected = misfit**2 / 2 + penalty.value(solution.coef, problem.groups)
    assert solution.objective == pytest.approx(expected, rel=1e-10)
    assert solution.alpha == pytest.approx(penalty.alpha, abs=1e-100)
    active = np.flatnonzero(problem.groups.norms(solution.coef))
    np.testing.assert_array_equal(solution.active_groups, active)
    assert set(small_double.active) <= set(active)
    assert active.size < problem.groups.n_groups
    assert solution.certificate.value == pytest.approx(0, abs=1e-7)
    lengths = {len(values) for values in solution.history.values()}
    assert len(lengths) == 1


@pytest.mark.covering(2)
def test_however_the_matrix_is_passed_the_answer_is_the_same(make_solver, small_double, wrap):
    """Among the ways is any SciPy `LinearOperator` with a consistent adjoint."""
    problem = small_double.problem()
    expected = make_solver(problem).solve(problem)
    solution = make_solver(problem).solve(small_double.problem(wrap))
    np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-8)
    np.testing.assert_array_equal(solution.active_groups, expected.active_groups)
    assert solution.status is Status.CONVERGED
    assert solution.objective == pytest.approx(expected.objective, rel=1e-10)


@pytest.mark.covering(2)
def test_single_precision_agrees_with_double(make_solver, small_double):
    problem = small_double.problem()
    expected = make_solver(problem).solve(problem)
    single = "complex64" if problem.dtype.kind == "c" else "float32"
    values = small_double.matrix.astype(single)
    rounded = Problem(values, small_double.data.astype(single), small_double.labels)
    solution = make_solver(rounded).solve(rounded)
    assert solution.coef.dtype == single
    np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-3)
    np.testing.assert_array_equal(solution.active_groups, expected.active_groups)


@pytest.mark.covering(2)
@pytest.mark.parametrize("dtype", ["float32", "complex128"])
def test_inputs_stay_and_runs_repeat_bit_by_bit(make_solver, small):
    values, data = small.matrix, small.data
    start = np.ones(Problem(values, data).shape, small.dtype)
    kept = values.copy(), data.copy(), start.copy()
    for array in (values, data, start):
        array.setflags(write=False)
    problem = Problem(values, data, small.labels)
    first = make_solver(problem).solve(problem, start)
    second = make_solver(problem).solve(problem, start)
    for array, copy in zip((values, data, start), kept, strict=True):
        np.testing.assert_array_equal(array, copy)
    np.testing.assert_array_equal(first.coef, second.coef)
    first.coef[...] = 0  # belongs to the caller
    np.testing.assert_array_equal(problem.data, kept[1])


@pytest.mark.covering(2)
@pytest.mark.parametrize("dtype", ["float32", "complex128"])
def test_zero_data_give_zero(make_solver, small):
    some = small.problem()
    problem = Problem(small.matrix, np.zeros_like(small.data), small.labels)
    solution = make_solver(some).solve(problem)
    assert solution.status is Status.CONVERGED
    assert not solution.coef.any()
    assert solution.coef.dtype == small.dtype
    assert solution.active_groups.size == 0
    assert solution.objective == 0
    assert solution.certificate.value == 0


def test_data_that_no_column_can_explain_give_zero(make_solver):
    some = Problem(np.eye(4)[:, :2], [3.0, 4.0, 0.0, 0.0])
    problem = Problem(np.eye(4)[:, :2], [0.0, 0.0, 0.1, 0.1])
    solution = make_solver(some).solve(problem)
    assert solution.status is Status.CONVERGED
    assert not solution.coef.any()
    assert solution.residual_norm == pytest.approx(0.02**0.5)


@pytest.mark.covering(2)
def test_callback_sees_progress_and_stops(make_solver, small_double):
    problem = small_double.problem()
    seen = []
    full = dataclasses.replace(make_solver(problem), callback=seen.append).solve(problem)
    assert seen
    assert full.status is Status.CONVERGED
    for progress in seen:
        assert isinstance(progress, Progress)
        assert 0 <= progress.fraction <= 1
        assert np.isfinite(progress.objective)
        assert 0 <= progress.n_active <= problem.groups.n_groups
    numbers = [progress.iteration for progress in seen]
    assert numbers == sorted(numbers)
    assert seen[-1].n_active == full.active_groups.size

    stopping = dataclasses.replace(make_solver(problem), callback=lambda progress: True)
    solution = stopping.solve(problem)
    assert solution.status in (Status.STOPPED, Status.CONVERGED)
    assert solution.iterations <= numbers[0] + 1
    assert np.isfinite(solution.coef).all()


@pytest.mark.covering(1)
@pytest.mark.parametrize(
    ("start", "message"),
    [
        (np.zeros(3), r"start must have shape \(20,\), got \(3,\)"),
        (np.full(20, np.nan), "start has 20 NaN"),
        (np.full(20, 1j), "start must be real"),
    ],
)
def test_start_is_checked(make_solver, start, message):
    rng = np.random.default_rng(0)
    problem = Problem(rng.standard_normal((10, 20)), rng.standard_normal(10))
    with pytest.raises(ValueError, match=message):
        make_solver(problem).solve(problem, start)


def test_overlapping_groups_are_refused(make_solver):
    problem = Problem(np.eye(3), np.ones(3), [[0, 1], [1, 2]])
    with pytest.raises(ValueError, match="groups overlap"):
        make_solver(problem).solve(problem)


@pytest.mark.covering(1)
def test_solvers_are_frozen(make_solver, small_double):
    solver = make_solver(small_double.problem())
    with pytest.raises(dataclasses.FrozenInstanceError):
        solver.callback = print


@pytest.mark.covering(1)
def test_channelwise_operators(make_solver, dtype, dense):
    """Joint rows under a different matrix per channel: the same as one large block matrix."""
    rng = np.random.default_rng(0)
    matrices = [random_array((n, 12), dtype, rng) / np.float32(4) for n in (15, 15, 18)]
    operator = Channelwise([Matrix(matrix) for matrix in matrices])
    truth = np.zeros((12, 3), dtype)
    truth[[2, 7]] = [[3, -3, 4], [4, 3, 3]]
    data = operator.apply(truth)
    data = data + random_array(data.shape, dtype, rng) / np.float32(100)
    problem = Problem(operator, data, Groups.across(-1))
    assert problem.groups.sizes.tolist() == [3] * 12
    solution = make_solver(problem).solve(problem)
    assert solution.coef.dtype == dtype
    whole = Problem(dense(operator).astype(dtype), data, 3)
    expected = make_solver(problem).solve(whole)
    precise = real_dtype(np.dtype(dtype)) == np.float64
    np.testing.assert_allclose(solution.coef.ravel(), expected.coef, atol=1e-8 if precise else 1e-3)
    assert set(solution.active_groups) >= {2, 7}


def test_joint_image_operator(make_solver, dense):
    """Wavelet groups across channels, seen through Fourier samples: as with the whole matrix."""
    rng = np.random.default_rng(1)
    mask = rng.random((8, 8)) < 0.8
    operator = HalfPlaneFourier(mask) @ Wavelet((8, 8), "haar", 2)
    truth = np.zeros((2, 8, 8))
    truth[:, [1, 3, 6], [2, 1, 5]] = rng.standard_normal((2, 3)) + 2
    data = np.stack([operator.apply(channel) for channel in truth])
    data += 0.01 * rng.standard_normal(data.shape)
    problem = Problem(operator, data)
    solution = make_solver(problem).solve(problem)
    columns = dense(operator)
    whole = Problem(columns, data.T)
    expected = make_solver(problem).solve(whole)
    np.testing.assert_allclose(solution.coef.reshape(2, 64).T, expected.coef, atol=1e-7)
    np.testing.assert_array_equal(solution.active_groups, expected.active_groups)


@pytest.mark.parametrize("shape", [(4, 4), (6, 3)], ids=str)
def test_groups_that_do_not_hold_all_channels(make_channel_blind_solver, shape, dense):
    """One operator for all channels, yet each group a channel: no joint rows to make use of."""
    rng = np.random.default_rng(3)
    matrix, coef = rng.standard_normal((12, shape[0])), np.zeros(shape)
    coef[:, 1] = 2
    data = matrix @ coef + 0.05 * rng.standard_normal((12, shape[1]))
    problem = Problem(matrix, data, Groups.across(0))
    solution = make_channel_blind_solver(problem).solve(problem)
    labels = np.tile(np.arange(shape[1]), shape[0])
    whole = Problem(dense(problem.operator), data.ravel(), labels)
    expected = make_channel_blind_solver(problem).solve(whole)
    np.testing.assert_allclose(solution.coef.ravel(), expected.coef, atol=1e-8)
    assert solution.active_groups.tolist() == [1]


@pytest.mark.covering(2)
@pytest.mark.parametrize("axis", [0, -1])
@pytest.mark.parametrize("free", [False, True], ids=["all", "some unpenalised"])
def test_axis_of_the_channels_makes_no_difference(make_channel_blind_solver, axis, free):
    rng = np.random.default_rng(2)
    matrix, coef = rng.standard_normal((10, 12)), np.zeros((12, 3))
    coef[[1, 5, 8]] = 3
    data = matrix @ coef + 0.1 * rng.standard_normal((10, 3))
    unpenalised = np.arange(12) < 2 if free else None
    operator = Channelwise([Matrix(matrix)] * 3, axis=axis)
    stacked = data if axis == -1 else data.T
    other = Problem(operator, stacked, Groups.across(axis, unpenalised))
    plain = Problem(matrix, data, Groups.across(1, unpenalised))
    solution, expected = (
        make_channel_blind_solver(plain).solve(other),
        make_channel_blind_solver(plain).solve(plain),
    )
    coef = solution.coef if axis == -1 else solution.coef.T
    np.testing.assert_allclose(coef, expected.coef, atol=1e-7)
    np.testing.assert_array_equal(solution.active_groups, expected.active_groups)
    if free:
        residual = data - matrix @ expected.coef
        np.testing.assert_allclose(matrix.T[:2] @ residual, 0, atol=1e-6)
