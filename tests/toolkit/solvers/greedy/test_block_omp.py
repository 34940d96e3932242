"""Group OMP against the method written out, recovery as published, and hard cases."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from groupsparse.datasets.synthetic import make_group_sparse
from groupsparse.toolkit.convergence import ConvergenceWarning, without_warnings
from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.operators import Channelwise, PartialFourier, Wavelet
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solution import CertificateKind, Progress, Status
from groupsparse.toolkit.solvers import BlockOMP, OrthonormalGroups
from groupsparse.toolkit.solvers.least_squares.growing_qr import GrowingQR
from groupsparse.toolkit.testing import random_array

WRAPS = pytest.mark.parametrize(
    "wrap", [np.asarray, sp.csr_array, aslinearoperator], ids=["dense", "sparse", "matrix-free"]
)
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])


def group_omp(matrix, data, groups, noise_level=0.0, n_groups=None):
    """Eldar, Kuppinger and Bolcskei, line by line; `data` has shape (n, K)."""
    active, norms = [], []
    x = np.zeros((matrix.shape[1], data.shape[1]), np.result_type(matrix, data))
    residual = data
    while np.linalg.norm(residual) > noise_level and len(active) != n_groups:
        scores = [np.linalg.norm(matrix[:, g].conj().T @ residual) for g in groups]
        active.append(max(set(range(len(groups))) - set(active), key=scores.__getitem__))
        columns = np.concatenate([groups[i] for i in active])
        x[:] = 0
        x[columns] = np.linalg.lstsq(matrix[:, columns], data)[0]
        residual = data - matrix @ x
        norms.append(np.linalg.norm(residual))
    return x, active, norms


def random_problem(dtype, sizes, n_channels=1, n_active=6, seed=0, n_rows=70):
    """Return matrix, groups, data (n, K) and the norm of the noise."""
    rng = np.random.default_rng(seed)
    matrix = random_array((n_rows, sum(sizes)), dtype, rng)
    matrix *= rng.uniform(0.5, 2, sum(sizes)).astype("float32")
    groups = np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:-1])
    x = np.zeros((sum(sizes), n_channels), dtype)
    for g in rng.choice(len(groups), n_active, replace=False):
        x[groups[g]] = random_array((len(groups[g]), n_channels), dtype, rng)
    noise = random_array((n_rows, n_channels), dtype, rng) / np.float32(100)
    return matrix, groups, matrix @ x + noise, float(np.linalg.norm(noise))


def labels_of(sizes):
    return np.repeat(np.arange(len(sizes)), sizes)


@pytest.mark.covering(2)
@WRAPS
@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("sizes", [[4] * 30, [1, 2, 3, 5] * 10, [1] * 100], ids=["4", "1-5", "1"])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("stop", ["noise", "number"])
def test_agrees_with_the_method_written_out(dtype, sizes, n_channels, wrap, stop):
    matrix, groups, data, noise_level = random_problem(dtype, sizes, n_channels)
    stops = {"noise_level": noise_level} if stop == "noise" else {"n_groups": 11}
    expected, active, norms = group_omp(matrix, data, groups, **stops)
    problem = Problem(wrap(matrix), data if n_channels > 1 else data[:, 0], labels_of(sizes))
    solution = BlockOMP(**stops).solve(problem)
    assert solution.status is Status.CONVERGED
    assert solution.history["group"].tolist() == active
    assert solution.active_groups.tolist() == sorted(active)
    assert solution.history["n_active"].tolist() == list(range(1, len(active) + 1))
    np.testing.assert_allclose(solution.history["residual_norm"], norms, rtol=1e-8)
    np.testing.assert_allclose(
        solution.coef.reshape(expected.shape), expected, atol=1e-10, rtol=1e-10
    )
    assert solution.iterations == len(active)
    assert solution.alpha == 0
    assert solution.residual_norm == pytest.approx(norms[-1], rel=1e-10)
    assert solution.objective == pytest.approx(norms[-1] ** 2 / 2, rel=1e-10)
    assert solution.certificate.kind == CertificateKind.NORMAL_EQUATIONS
    assert solution.certificate.value < 1e-12


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("n_channels", [1, 3])
def test_a_pursuit_of_many_steps(dtype, n_channels):
    """Long enough for the pool of likely groups to be filled again and again."""
    sizes = [1, 2, 3, 5] * 100
    matrix, groups, data, _ = random_problem(dtype, sizes, n_channels, 60, n_rows=400)
    expected, active, _ = group_omp(matrix, data, groups, n_groups=70)
    solution = BlockOMP(n_groups=70).solve(Problem(matrix, data, labels_of(sizes)))
    assert solution.history["group"].tolist() == active
    np.testing.assert_allclose(solution.coef.reshape(expected.shape), expected, atol=1e-10)


@pytest.mark.parametrize("wrap", [np.asarray, aslinearoperator], ids=["dense", "matrix-free"])
@pytest.mark.parametrize("theta", [3, 10, 100])
def test_strongly_correlated_groups(theta, wrap):
    """Vectors that lose digits to cancellation must not spoil what comes after them.

    Least squares lose as many digits as the condition number has: 3, 4 and 7 here.
    """
    data = make_group_sparse(120, 240, 60, 8, theta=theta, random_state=1)
    matrix, groups = data.problem.operator.values, np.split(np.arange(240), 60)
    expected, active, norms = group_omp(matrix, data.problem.data[:, None], groups, n_groups=20)
    solution = BlockOMP(n_groups=20).solve(Problem(wrap(matrix), data.problem.data, 4))
    assert solution.history["group"].tolist() == active
    np.testing.assert_allclose(solution.history["residual_norm"], norms, rtol=1e-7)
    columns = matrix[:, np.concatenate([groups[g] for g in active])]
    rounding = np.finfo(float).eps * np.linalg.cond(columns) * np.linalg.norm(expected)
    np.testing.assert_allclose(solution.coef, expected[:, 0], rtol=0, atol=3 * rounding)


def test_exact_support_in_the_published_setting():
    """Figure 1: (800, 2e3, 500, T, 4, 10, 0, 1e-3)."""
    for seed in range(10):
        data = make_group_sparse(800, 2000, 500, 60, theta=0, random_state=seed)
        solution = BlockOMP(noise_level=data.noise_level).solve(data.problem)
        assert solution.status is Status.CONVERGED
        np.testing.assert_array_equal(solution.active_groups, data.active_groups)
        residual = data.problem.data - data.problem.operator.apply(solution.coef)
        gradient = data.problem.operator.adjoint(residual)
        np.testing.assert_allclose(gradient[data.coef != 0], 0, atol=1e-10)


# Inputs


@pytest.mark.covering(2)
@DTYPES
@WRAPS
@pytest.mark.parametrize("n_channels", [1, 3])
def test_precision_stays(dtype, wrap, n_channels):
    sizes = [1, 2, 3, 5] * 10
    matrix, _, data, noise_level = random_problem(dtype, sizes, n_channels)
    solver = BlockOMP(noise_level=1.05 * noise_level)
    solution = solver.solve(Problem(wrap(matrix), data, labels_of(sizes)))
    assert solution.coef.dtype == dtype
    assert solution.status is Status.CONVERGED
    wide = np.result_type(dtype, np.float64)
    exact = Problem(matrix.astype(wide), data.astype(wide), labels_of(sizes))
    expected = solver.solve(exact)
    np.testing.assert_array_equal(solution.active_groups, expected.active_groups)
    atol = 1e-4 if dtype in ("float32", "complex64") else 1e-10
    np.testing.assert_allclose(solution.coef, expected.coef, atol=atol)


@pytest.mark.parametrize("order", ["C", "F", "strided"])
def test_read_only_inputs_of_any_layout(order):
    sizes = [4] * 30
    matrix, _, data, noise_level = random_problem("complex128", sizes, 3)
    expected = BlockOMP(noise_level=noise_level).solve(Problem(matrix, data, 4))
    if order == "strided":
        values, y = np.repeat(matrix, 2, axis=1)[:, ::2], np.repeat(data, 3, axis=0)[::3]
    else:
        values, y = np.array(matrix, order=order), np.array(data, order=order)
    values.setflags(write=False)
    y.setflags(write=False)
    solution = BlockOMP(noise_level=noise_level).solve(Problem(values, y, 4))
    np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-12)
    np.testing.assert_array_equal(values, matrix)
    np.testing.assert_array_equal(y, data)
    again = BlockOMP(noise_level=noise_level).solve(Problem(values, y, 4))
    np.testing.assert_array_equal(again.coef, solution.coef)


def test_more_channels_than_rows():
    rng = np.random.default_rng(0)
    matrix, coef = rng.standard_normal((12, 30)), np.zeros((30, 40))
    coef[[3, 11, 20]] = rng.standard_normal((3, 40))
    data = matrix @ coef + 0.01 * rng.standard_normal((12, 40))
    expected, active, norms = group_omp(matrix, data, np.arange(30)[:, None], n_groups=4)
    solution = BlockOMP(n_groups=4).solve(Problem(matrix, data))
    assert solution.history["group"].tolist() == active
    np.testing.assert_allclose(solution.coef, expected, atol=1e-12)
    assert solution.residual_norm == pytest.approx(norms[-1])


@pytest.mark.parametrize("free", [False, True], ids=["all", "some unpenalised"])
def test_image_operators(free, dense):
    """Masks that differ between channels, wavelet coefficients grouped across them."""
    rng = np.random.default_rng(0)
    masks = rng.random((3, 16, 16)) < 0.6
    operator = Channelwise([PartialFourier(mask) @ Wavelet((16, 16), "db4", 2) for mask in masks])
    coef = np.zeros((3, 16, 16), complex)
    coef[:, [5, 9, 12], [5, 2, 14]] = random_array((3, 3), complex, rng) + 2
    unpenalised = np.zeros((16, 16), dtype=bool)
    unpenalised[:2, :2] = free
    coef[:, unpenalised] = 1
    data = operator.apply(coef) + 0.001 * random_array(operator.range_shape, complex, rng)
    groups = Groups.across(0, unpenalised)
    solution = BlockOMP(n_groups=3).solve(Problem(operator, data, groups))
    whole = Problem(dense(operator), data, groups.bind((3, 16, 16)))
    expected = BlockOMP(n_groups=3).solve(whole)
    np.testing.assert_allclose(solution.coef.ravel(), expected.coef, atol=1e-9)
    np.testing.assert_allclose(solution.coef, coef, atol=0.02)


def test_with_orthonormal_groups_units_inside_groups_do_not_matter():
    sizes = [1, 2, 3, 5] * 10
    matrix, _, data, noise_level = random_problem("complex128", sizes, 3)
    rng = np.random.default_rng(1)
    units = 10 ** rng.uniform(-3, 3, matrix.shape[1])
    solver = OrthonormalGroups(BlockOMP(noise_level=noise_level))
    plain = solver.solve(Problem(matrix, data, labels_of(sizes)))
    scaled = solver.solve(Problem(matrix * units, data, labels_of(sizes)))
    free = solver.solve(Problem(aslinearoperator(matrix * units), data, labels_of(sizes)))
    assert plain.active_groups.size == 6
    for other in (scaled, free):
        np.testing.assert_array_equal(other.history["group"], plain.history["group"])
        np.testing.assert_allclose(other.coef * units[:, None], plain.coef, atol=1e-9)


# Dependent columns


def without_warning(solver, problem, start=None):
    """Solve where not reaching the noise level is expected."""
    with pytest.warns(ConvergenceWarning) as caught:
        solution = solver.solve(problem, start)
    assert caught[0].filename == __file__
    return solution


@WRAPS
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_dependent_columns_of_a_group_get_coefficients_of_least_norm(wrap, dtype):
    rng = np.random.default_rng(0)
    matrix = random_array((40, 40), dtype, rng)
    matrix[:, 6] = 2 * matrix[:, 4] - matrix[:, 5]
    matrix[:, 7] = 0
    coef = np.zeros(40, dtype)
    coef[[4, 5, 20, 21, 22, 23]] = random_array((6,), dtype, rng) + 3
    data = matrix @ coef + 0.01 * random_array((40,), dtype, rng)
    solution = BlockOMP(n_groups=2).solve(Problem(wrap(matrix), data, 4))
    assert solution.active_groups.tolist() == [1, 5]
    columns = np.r_[4:8, 20:24]
    expected = np.zeros(40, dtype)
    expected[columns] = np.linalg.pinv(matrix[:, columns], rcond=1e-10) @ data
    np.testing.assert_allclose(solution.coef, expected, atol=1e-11)
    assert solution.coef[7] == pytest.approx(0, abs=1e-14)


@WRAPS
def test_groups_that_share_columns_with_others(wrap):
    """The second group adds one new column; the first one's columns keep what they explain."""
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((30, 16))
    matrix[:, 4:7] = matrix[:, :3]
    data = matrix[:, :4] @ [9.0, 8, 9, 8] + 3 * matrix[:, 7] + matrix[:, 8:12].sum(axis=1)
    solution = BlockOMP(noise_level=1e-9).solve(Problem(wrap(matrix), data, 4))
    assert solution.status is Status.CONVERGED
    assert {0, 1, 2} >= set(solution.active_groups) >= {2}
    assert np.abs(solution.coef).max() < 20
    assert solution.residual_norm < 1e-9


@WRAPS
@pytest.mark.parametrize("n_channels", [1, 2])
def test_duplicate_groups_and_zero_columns_do_no_harm(wrap, n_channels):
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((30, 24))
    matrix[:, 8:12] = matrix[:, 4:8]
    matrix[:, 13] = 0
    matrix[:, 16:20] = 0
    data = matrix @ rng.standard_normal((24, n_channels)) + rng.standard_normal((30, n_channels))
    problem = Problem(wrap(matrix), data, 4)
    solution = without_warning(BlockOMP(noise_level=0), problem)
    assert solution.status is Status.NOISE_LEVEL_NOT_REACHED
    chosen = solution.history["group"].tolist()
    assert len(set(chosen)) == len(chosen) == 4
    assert 4 not in chosen
    assert not {1, 2} <= set(chosen)
    assert not solution.coef[[13, *range(16, 20)]].any()
    fitted = matrix @ solution.coef
    best = matrix @ np.linalg.lstsq(matrix, data, rcond=1e-10)[0]
    np.testing.assert_allclose(fitted, best, atol=1e-11)
    fewer = without_warning(BlockOMP(n_groups=6), problem)
    assert fewer.status is Status.SATURATED
    assert fewer.active_groups.size == 4


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("distance", [1e-3, 1e-6])
@pytest.mark.parametrize("wrap", [np.asarray, aslinearoperator], ids=["dense", "matrix-free"])
def test_nearly_parallel_groups(dtype, distance, wrap):
    rng = np.random.default_rng(0)
    matrix = random_array((30, 9), dtype, rng)
    matrix[:, 3:6] = matrix[:, :3] + distance * random_array((30, 3), dtype, rng)
    data = matrix @ random_array((9,), dtype, rng)
    solution = BlockOMP(n_groups=3).solve(Problem(wrap(matrix), data, 3))
    assert solution.active_groups.size == 3
    expected = np.linalg.lstsq(matrix, data, rcond=1e-14)[0]
    np.testing.assert_allclose(solution.coef, expected, rtol=1e-13 / distance)


@WRAPS
def test_a_matrix_of_zeros(wrap):
    problem = Problem(wrap(np.zeros((3, 4))), [1.0, 2.0, 2.0], [-1, -1, 0, 0])
    solution = without_warning(BlockOMP(noise_level=0.1), problem)
    assert solution.status is Status.NOISE_LEVEL_NOT_REACHED
    assert not solution.coef.any()
    assert solution.active_groups.size == 0
    assert solution.objective == pytest.approx(4.5)
    assert solution.certificate.value == 0


@pytest.mark.parametrize("units", [1e-9, 1e9])
@WRAPS
def test_what_is_rounding_goes_with_the_columns(units, wrap):
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((20, 12))
    data = matrix[:, [2, 3, 8, 9]] @ [3.0, -2, 2, 4] + 0.01 * rng.standard_normal(20)
    plain = BlockOMP(n_groups=2).solve(Problem(matrix, data, 2))
    scaled = BlockOMP(n_groups=2).solve(Problem(wrap(units * matrix), data / units, 2))
    assert scaled.active_groups.tolist() == plain.active_groups.tolist() == [1, 4]
    np.testing.assert_allclose(scaled.coef * units**2, plain.coef, rtol=1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_the_operator_does_not_see_stays_zero(dtype):
    rng = np.random.default_rng(0)
    mask = rng.random((8, 8)) < 0.7
    mask[4, 4] = False
    operator = PartialFourier(mask) @ Wavelet((8, 8), "haar", 3)
    data = random_array(operator.range_shape, np.result_type(dtype, "complex64"), rng)
    solution = BlockOMP(n_groups=40).solve(Problem(operator, data))
    assert solution.coef[0, 0] == 0
    assert np.isfinite(solution.coef).all()
    assert 0 not in solution.active_groups


# Stopping


def easy(dtype="float64"):
    """Return a problem of which groups 2 and 4 are active, and the norm of its noise."""
    rng = np.random.default_rng(0)
    matrix, coef = random_array((30, 40), dtype, rng), np.zeros(40, dtype)
    coef[[8, 9, 10, 11, 16, 17, 18, 19]] = [3, -4, 5, 3, 2, 4, -4, 4]
    noise = random_array((30,), dtype, rng) / np.float32(20)
    return Problem(matrix, matrix @ coef + noise, 4), float(np.linalg.norm(noise))


@pytest.mark.parametrize("settings", [{"n_groups": 2}, {"noise_level": 0.0}, {"noise_level": 1.0}])
@WRAPS
def test_no_data_give_zero(settings, wrap):
    problem = Problem(wrap(np.eye(4)), np.zeros(4), 2)
    with without_warnings():
        solution = BlockOMP(**settings).solve(problem)
    assert solution.status is (Status.SATURATED if "n_groups" in settings else Status.CONVERGED)
    assert not solution.coef.any()
    assert solution.iterations == solution.active_groups.size == 0
    assert all(values.size == 0 for values in solution.history.values())


def test_noise_level_above_the_data_gives_zero():
    problem, _ = easy()
    solution = BlockOMP(noise_level=2 * float(np.linalg.norm(problem.data))).solve(problem)
    assert solution.status is Status.CONVERGED
    assert not solution.coef.any()
    assert solution.residual_norm == pytest.approx(np.linalg.norm(problem.data))


@DTYPES
@WRAPS
def test_no_noise_allowed_in_noisy_data(dtype, wrap):
    """Once as many columns as rows are active, everything is explained and nothing is known."""
    problem, _ = easy(dtype)
    problem = Problem(wrap(problem.operator.values), problem.data, 4)
    solution = without_warning(BlockOMP(noise_level=0), problem)
    assert solution.status is Status.INTERPOLATED
    assert solution.active_groups.size == 8
    assert np.count_nonzero(solution.coef) == 30
    assert np.isfinite(solution.coef).all()
    misfit = np.linalg.norm(problem.operator.apply(solution.coef) - problem.data)
    assert solution.residual_norm == pytest.approx(misfit, rel=0.1, abs=1e-4)


def test_more_groups_than_rows_allow():
    problem, _ = easy()
    solution = without_warning(BlockOMP(n_groups=9), problem)
    assert solution.status is Status.SATURATED
    assert solution.active_groups.size == 8


def test_more_groups_than_exist():
    problem, _ = easy()
    with pytest.raises(ValueError, match="n_groups must be at most 10, the number of groups, got"):
        BlockOMP(n_groups=11).solve(problem)


def test_more_rows_than_columns_and_no_noise_allowed_ends_with_least_squares():
    rng = np.random.default_rng(0)
    matrix, data = rng.standard_normal((30, 12)), rng.standard_normal(30)
    solution = without_warning(BlockOMP(noise_level=0), Problem(matrix, data, 3))
    assert solution.status is Status.NOISE_LEVEL_NOT_REACHED
    np.testing.assert_allclose(solution.coef, np.linalg.lstsq(matrix, data)[0], atol=1e-12)
    everything = BlockOMP(n_groups=4).solve(Problem(matrix, data, 3))
    assert everything.status is Status.CONVERGED
    np.testing.assert_array_equal(everything.coef, solution.coef)


def test_exact_data_end_when_nothing_is_left():
    """More groups would only fit rounding."""
    data = make_group_sparse(60, 120, 30, 4, sigma=0.0, random_state=0)
    for settings, status in (
        ({"noise_level": 1e-9}, Status.CONVERGED),
        ({"n_groups": 10}, Status.SATURATED),
        ({"n_groups": 10, "noise_level": 0.0}, Status.CONVERGED),
    ):
        with without_warnings():
            solution = BlockOMP(**settings).solve(data.problem)
        assert solution.status is status
        np.testing.assert_array_equal(solution.active_groups, data.active_groups)
        np.testing.assert_allclose(solution.coef, data.coef, atol=1e-11)
    solution = BlockOMP(noise_level=0).solve(data.problem)  # no noise is reached up to rounding
    assert solution.status is Status.CONVERGED
    np.testing.assert_array_equal(solution.active_groups, data.active_groups)


def test_of_two_stops_the_first_counts():
    problem, noise_level = easy()
    assert BlockOMP(noise_level, n_groups=1).solve(problem).active_groups.size == 1
    assert BlockOMP(noise_level, n_groups=5).solve(problem).active_groups.tolist() == [2, 4]


def test_groups_of_many_columns():
    """More at once than there is room for at first, or in twice as much."""
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((400, 450))
    data = matrix[:, :150].sum(axis=1) + 0.5 * matrix[:, 300:].sum(axis=1)
    solution = BlockOMP(n_groups=2).solve(Problem(matrix, data, 150))
    assert solution.active_groups.tolist() == [0, 2]
    np.testing.assert_allclose(solution.coef, np.repeat([1, 0, 0.5], 150), atol=1e-11)


def test_one_group_that_holds_everything():
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((20, 6))
    data = matrix @ np.arange(6.0) + 0.01 * rng.standard_normal(20)
    solution = BlockOMP(noise_level=1.0).solve(Problem(matrix, data, 6))
    assert solution.active_groups.tolist() == [0]
    np.testing.assert_allclose(solution.coef, np.linalg.lstsq(matrix, data)[0], atol=1e-12)


def test_a_group_with_more_columns_than_rows():
    rng = np.random.default_rng(0)
    matrix, data = rng.standard_normal((6, 10)), rng.standard_normal(6)
    solution = BlockOMP(noise_level=1e-9).solve(Problem(matrix, data, 10))
    assert solution.status is Status.CONVERGED
    np.testing.assert_allclose(solution.coef, np.linalg.pinv(matrix) @ data, atol=1e-12)


@WRAPS
def test_unpenalised_features_are_fitted_first(wrap):
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((30, 10))
    data = matrix[:, :2] @ [5.0, -3.0] + matrix[:, 4:6] @ [4.0, 4.0]
    labels = [-1, -1, 0, 0, 1, 1, 2, 2, 3, 3]
    solution = BlockOMP(noise_level=1e-6).solve(Problem(wrap(matrix), data, labels))
    assert solution.active_groups.tolist() == [1]
    np.testing.assert_allclose(solution.coef, [5, -3, 0, 0, 4, 4, 0, 0, 0, 0], atol=1e-12)
    free = Problem(wrap(matrix), data, np.full(10, -1))
    solution = BlockOMP(noise_level=0).solve(free)
    assert solution.status is Status.CONVERGED
    np.testing.assert_allclose(solution.coef, np.linalg.lstsq(matrix, data)[0], atol=1e-12)


@WRAPS
def test_start_names_what_is_known(wrap):
    problem, noise_level = easy()
    matrix, data = problem.operator.values, problem.data
    problem = Problem(wrap(matrix), data, 4)
    start = np.zeros(40)
    start[[2, 17]] = -1e-3
    solution = BlockOMP(noise_level=noise_level).solve(problem, start)
    assert solution.active_groups.tolist() == [0, 2, 4]
    assert solution.history["group"].tolist() == [2]
    assert solution.history["n_active"].tolist() == [3]
    columns = np.r_[0:4, 8:12, 16:20]
    expected = np.linalg.lstsq(matrix[:, columns], data)[0]
    np.testing.assert_allclose(solution.coef[columns], expected, atol=1e-11)
    number = BlockOMP(n_groups=2).solve(problem, start)
    assert number.active_groups.tolist() == [0, 4]
    assert number.iterations == 0


def test_start_with_duplicates_and_zeros():
    matrix = np.hstack([np.eye(6)[:, :2]] * 2 + [np.zeros((6, 2)), np.eye(6)[:, 2:4]])
    solution = BlockOMP(noise_level=0.1).solve(Problem(matrix, [1.0, 2, 3, 4, 0, 0], 2), np.ones(8))
    assert solution.active_groups.tolist() == [0, 3]
    np.testing.assert_allclose(solution.coef, [1, 2, 0, 0, 0, 0, 3, 4], atol=1e-14)


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (np.zeros(3), r"start must have shape \(40,\), got \(3,\)"),
        (np.full(40, np.nan), "start has 40 NaN"),
        (np.full(40, 1j), "start must be real"),
    ],
)
def test_start_is_checked(start, message):
    with pytest.raises(ValueError, match=message):
        BlockOMP(n_groups=1).solve(easy()[0], start)


@pytest.mark.parametrize("settings", [{"noise_level": 0.5}, {"n_groups": 4}])
def test_callback_sees_progress_and_stops(settings):
    problem, _ = easy()
    seen = []
    solution = BlockOMP(**settings, callback=seen.append).solve(problem)
    assert [progress.iteration for progress in seen] == list(range(1, solution.iterations + 1))
    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert 0 < fractions[0] < 1
    assert all(isinstance(progress, Progress) for progress in seen)
    np.testing.assert_allclose([p.objective for p in seen], solution.history["residual_norm"])
    stopped = BlockOMP(**settings, callback=lambda progress: progress.n_active == 1).solve(problem)
    assert stopped.status is Status.STOPPED
    assert stopped.active_groups.size == stopped.iterations == 1
    assert np.count_nonzero(stopped.coef) == 4


@pytest.mark.parametrize("broken", ["adjoint", "columns"])
def test_an_operator_that_gives_nan(broken):
    values = np.eye(6)
    bad = np.full(6, np.nan)
    operator = LinearOperator(
        (6, 6),
        matvec=lambda x: bad if broken == "columns" and x.ravel()[1] else values @ x,
        rmatvec=lambda y: bad if broken == "adjoint" else values @ y,
        dtype=float,
    )
    with pytest.raises(ValueError, match="returns NaN or infinite values for finite ones"):
        BlockOMP(noise_level=0.1).solve(Problem(operator, np.arange(6.0, 0, -1), 2))


# Parameters


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "give noise_level or n_groups"),
        ({"noise_level": -1.0}, "noise_level must be finite and not negative, got -1.0"),
        ({"noise_level": np.inf}, "noise_level must be finite"),
        ({"noise_level": np.nan}, "noise_level must be finite"),
        ({"n_groups": 0}, "n_groups must be an integer of at least 1, got 0"),
    ],
)
def test_parameters_are_checked(settings, message):
    with pytest.raises(ValueError, match=message):
        BlockOMP(**settings)


def test_overlapping_groups_are_refused():
    problem = Problem(np.eye(3), np.ones(3), [[0, 1], [1, 2]])
    with pytest.raises(ValueError, match="groups overlap; BlockOMP needs disjoint groups"):
        BlockOMP(n_groups=1).solve(problem)


# The factorisation


@DTYPES
def test_growing_factorisation(dtype):
    """Orthonormal to the last digit, whatever the blocks, and it leads back to the columns."""
    rng = np.random.default_rng(0)
    matrix = random_array((120, 100), dtype, rng)
    matrix[:, 40:60] = matrix[:, :20] + np.float32(1e-3) * matrix[:, 40:60]
    eps = float(np.finfo(dtype).eps)
    qr, begin, independent = GrowingQR(120, dtype), 0, []
    for size in (1, 7, 30, 2, 25, 35):
        columns = np.arange(begin, begin + size)
        appended = qr.append(qr.remainder(matrix.T[columns]))
        independent.append(matrix[:, columns] @ appended.back)
        begin += size
    assert qr.size == 100
    assert qr.vectors.dtype == qr.lower.dtype == dtype
    gram = qr.vectors @ qr.vectors.conj().T
    np.testing.assert_allclose(gram, np.eye(100), atol=30 * eps)
    np.testing.assert_allclose(qr.lower @ qr.vectors, np.hstack(independent).T, atol=300 * eps)
    data = random_array((2, 120), dtype, rng)
    coef = qr.solve(qr.project(data))
    fitted = coef @ np.hstack(independent).T
    left = data.copy()
    qr.take_out(left)
    np.testing.assert_allclose(data - fitted, left, atol=1e5 * eps)


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_remainders_taken_early_serve_later(dtype):
    rng = np.random.default_rng(0)
    columns = random_array((12, 30), dtype, rng)
    early, late = GrowingQR(30, dtype), GrowingQR(30, dtype)
    early.append(early.remainder(columns[:3]))
    late.append(late.remainder(columns[:3]))
    waiting = early.remainder(columns[6:])
    for qr in (early, late):
        qr.append(qr.remainder(columns[3:6]))
    early.append(waiting)
    late.append(late.remainder(columns[6:]))
    assert early.size == late.size == 12
    np.testing.assert_allclose(early.vectors, late.vectors, atol=1e-13)
    np.testing.assert_allclose(early.lower, late.lower, atol=1e-13)
