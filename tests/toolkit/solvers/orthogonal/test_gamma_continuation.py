"""Recovery of joint-sparse coefficients, units, the penalised problem it ends at, hard cases."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

from groupsparse.datasets import make_joint_sparse
from groupsparse.toolkit.convergence import ConvergenceWarning
from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.operators import PartialFourier, Wavelet
from groupsparse.toolkit.penalties.orthogonally_weighted import OrthogonallyWeightedL21
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solution import CertificateKind, Status
from groupsparse.toolkit.solvers.orthogonal.gamma_continuation import GammaContinuation
from groupsparse.toolkit.solvers.orthogonal.variable_metric import VariableMetric
from groupsparse.toolkit.testing import random_array

WRAPS = pytest.mark.parametrize(
    "wrap", [np.asarray, sp.csr_array, aslinearoperator], ids=["dense", "sparse", "matrix-free"]
)


def largest(coef, n_active):
    """Return the rows of largest norm, in order of their number."""
    return np.sort(np.argsort(-np.linalg.norm(coef, axis=1))[:n_active])


def matrix_of(data):
    return data.problem.operator.operator.values


def small(seed=0, dtype="float64", n_channels=6, n_active=5, rank=3, noise=0.0):
    """Return matrix (20, 40), data, true coefficients with rows of about unit size, noise norm."""
    rng = np.random.default_rng(seed)
    matrix = random_array((20, 40), dtype, rng) / np.float32(np.sqrt(20))
    x = np.zeros((40, n_channels), dtype)
    active = rng.choice(40, n_active, replace=False)
    left = random_array((n_active, rank), dtype, rng)
    x[active] = left @ random_array((rank, n_channels), dtype, rng) / np.float32(np.sqrt(rank))
    error = random_array((20, n_channels), dtype, rng)
    error *= np.float32(noise / np.sqrt(error.size))
    return matrix, matrix @ x + error, x, float(np.linalg.norm(error))


class TestRecovery:
    """The paper's sizes: 51 x 128, 30 channels, 30 active rows."""

    @pytest.mark.parametrize("seed", range(3))
    @pytest.mark.parametrize("rank", [6, 10])
    def test_exact_data(self, rank, seed):
        data = make_joint_sparse(rank=rank, random_state=seed)
        solution = GammaContinuation(0.0).solve(data.problem)
        np.testing.assert_array_equal(solution.active_groups, data.active_groups)
        np.testing.assert_allclose(solution.coef, data.coef, atol=1e-10)
        assert solution.residual_norm < 1e-10

    @pytest.mark.parametrize("seed", range(3))
    @pytest.mark.parametrize("rank", [6, 10])
    def test_noisy_data(self, rank, seed):
        data = make_joint_sparse(rank=rank, noise=0.1, random_state=seed)
        solution = GammaContinuation(data.noise_level).solve(data.problem)
        assert solution.status is Status.CONVERGED
        np.testing.assert_array_equal(largest(solution.coef, 30), data.active_groups)
        assert solution.residual_norm <= 1.05 * data.noise_level
        oracle = np.linalg.lstsq(matrix_of(data)[:, data.active_groups], data.problem.data)[0]
        error = np.linalg.norm(solution.coef - data.coef)
        assert error < 1.05 * np.linalg.norm(oracle - data.coef[data.active_groups])

    @pytest.mark.covering(2)
    @WRAPS
    @pytest.mark.parametrize("dtype", ["complex128", "float32"])
    @pytest.mark.parametrize("noise", [0.0, 0.05])
    def test_operators_and_dtypes(self, wrap, dtype, noise):
        matrix, data, x, level = small(1, dtype, noise=noise)
        before = data.copy()
        solution = GammaContinuation(level).solve(Problem(wrap(matrix), data))
        assert solution.coef.dtype == dtype
        assert (data == before).all()
        np.testing.assert_array_equal(solution.active_groups, np.flatnonzero(x.any(axis=1)))
        tolerance = 0.1 if noise else {"complex128": 1e-10, "float32": 1e-4}[dtype]
        np.testing.assert_allclose(solution.coef, x, atol=tolerance)

    @WRAPS
    def test_one_channel(self, wrap):
        matrix, data, x, _ = small(2, n_channels=1, n_active=4, rank=1)
        for problem in (Problem(wrap(matrix), data), Problem(wrap(matrix), data[:, 0])):
            solution = GammaContinuation(0.0).solve(problem)
            assert solution.coef.shape == problem.shape
            np.testing.assert_allclose(solution.coef.reshape(40, 1), x, atol=1e-10)

    @WRAPS
    def test_groups_of_several_features(self, wrap):
        rng = np.random.default_rng(3)
        matrix = rng.standard_normal((24, 40))
        x = np.zeros((40, 5))
        x[8:12], x[20:24] = rng.standard_normal((2, 4, 5))
        problem = Problem(wrap(matrix), matrix @ x, 4)
        solution = GammaContinuation(0.0).solve(problem)
        np.testing.assert_array_equal(solution.active_groups, [2, 5])
        np.testing.assert_allclose(solution.coef, x, atol=1e-10)

    def test_images_with_channels_first(self):
        rng = np.random.default_rng(4)
        operator = PartialFourier(rng.random((8, 8)) < 0.6) @ Wavelet((8, 8), "haar", 2)
        coef = np.zeros((3, 64))
        coef[:, rng.choice(64, 8, replace=False)] = rng.standard_normal((3, 8))
        coef = coef.reshape(3, 8, 8)
        data = np.stack([operator.apply(channel) for channel in coef])
        solution = GammaContinuation(0.0).solve(Problem(operator, data))
        assert solution.coef.shape == (3, 8, 8)
        np.testing.assert_allclose(solution.coef, coef, atol=1e-9)

    def test_a_start_does_not_change_what_is_found(self):
        matrix, data, x, level = small(5, noise=0.05)
        problem = Problem(matrix, data)
        for start in (x, np.random.default_rng(0).standard_normal(x.shape)):
            kept = start.copy()
            solution = GammaContinuation(level).solve(problem, start)
            assert (start == kept).all()
            np.testing.assert_array_equal(solution.active_groups, np.flatnonzero(x.any(axis=1)))
        with pytest.raises(ValueError, match="start must have shape"):
            GammaContinuation(level).solve(problem, np.zeros(40))


class TestUnits:
    @pytest.mark.covering(2)
    @WRAPS
    @pytest.mark.parametrize("noise", [0.0, 0.1])
    @pytest.mark.parametrize("refit", [True, False])
    @pytest.mark.parametrize("factor", [1e-9, 1e7])
    @pytest.mark.filterwarnings("ignore::groupsparse.toolkit.convergence.ConvergenceWarning")
    def test_of_the_data(self, wrap, noise, refit, factor):
        matrix, data, _, level = small(6, noise=noise)
        one = GammaContinuation(level, refit=refit).solve(Problem(wrap(matrix), data))
        solver = GammaContinuation(factor * level, refit=refit)
        other = solver.solve(Problem(wrap(matrix), factor * data))
        assert other.status is one.status
        assert other.iterations == one.iterations
        np.testing.assert_array_equal(other.active_groups, one.active_groups)
        np.testing.assert_allclose(other.coef / factor, one.coef, atol=1e-9)

    @pytest.mark.parametrize("factor", [1e-6, 1e4])
    def test_of_the_operator(self, factor):
        matrix, data, x, level = small(6, noise=0.1)
        solution = GammaContinuation(level).solve(Problem(factor * matrix, data))
        np.testing.assert_array_equal(solution.active_groups, np.flatnonzero(x.any(axis=1)))
        np.testing.assert_allclose(factor * solution.coef, x, atol=0.2)


class TestPenalisedSolution:
    @pytest.mark.parametrize("wrap", [np.asarray, aslinearoperator], ids=["dense", "matrix-free"])
    @pytest.mark.parametrize("dtype", ["float64", "complex128"])
    @pytest.mark.parametrize("gamma_min", [1e-6, 0.2])
    def test_first_order_conditions(self, wrap, dtype, gamma_min):
        matrix, data, _, level = small(7, dtype, noise=0.3)
        problem = Problem(wrap(matrix), data)
        tol = 1e-12 if wrap is np.asarray else 1e-8
        solver = GammaContinuation(level, rank=6, refit=False, gamma_min=gamma_min, tol=tol)
        solution = solver.solve(problem)
        penalty = OrthogonallyWeightedL21(solution.alpha, float(solution.history["gamma"][-1]))
        residual = problem.operator.apply(solution.coef) - data
        gradient = problem.operator.adjoint(residual)
        found = penalty.violations(solution.coef, gradient, problem.groups).max()
        assert found < (1e-4 if wrap is np.asarray else 1e-2)
        assert solution.certificate.kind == CertificateKind.FIRST_ORDER
        assert solution.certificate.value == pytest.approx(found, abs=1e-5)
        objective = np.linalg.norm(residual) ** 2 / 2
        objective += penalty.value(solution.coef, problem.groups)
        assert solution.objective == pytest.approx(objective, rel=1e-9)
        # All channels are used: the residual is that of the noise, in the paper's band.
        assert 0.8 * level <= solution.residual_norm <= 1.25 * level

    def test_it_is_where_a_descent_stays(self):
        matrix, data, _, level = small(7, noise=0.3)
        problem = Problem(matrix, data)
        solution = GammaContinuation(level, rank=6, refit=False, gamma_min=0.1, tol=1e-12).solve(
            problem
        )
        penalty = OrthogonallyWeightedL21(solution.alpha, float(solution.history["gamma"][-1]))
        again = VariableMetric(penalty, tol=1e-10).solve(problem, solution.coef)
        np.testing.assert_allclose(again.coef, solution.coef, atol=1e-3)

    def test_history(self):
        matrix, data, _, level = small(8, noise=0.3)
        solver = GammaContinuation(level, gamma_ratio=0.1, gamma_min=1e-3, refit=False)
        solution = solver.solve(Problem(matrix, data))
        keys = {"gamma", "alpha", "n_active", "residual_norm", "iterations", "violation"}
        assert set(solution.history) == keys
        gamma = solution.history["gamma"]
        assert gamma.size == 4  # rounding adds no fifth
        assert gamma[0] == 1.0
        assert (np.diff(gamma) < 0).all()
        assert solution.history["iterations"].sum() == solution.iterations
        assert solution.history["alpha"][-1] == solution.alpha
        assert solution.history["violation"][-1] == solution.certificate.value
        assert solution.history["n_active"][-1] == solution.active_groups.size
        assert (solution.history["residual_norm"] <= 1.25 * level).all()

    def test_refit(self):
        """Least squares on the groups found, without a penalty: so its fields say."""
        matrix, data, x, level = small(8, noise=0.3)
        problem = Problem(matrix, data)
        solution = GammaContinuation(level).solve(problem)
        active = solution.active_groups
        np.testing.assert_array_equal(active, np.flatnonzero(x.any(axis=1)))
        assert solution.alpha == 0
        assert solution.objective == pytest.approx(solution.residual_norm**2 / 2)
        assert solution.certificate.kind == CertificateKind.NORMAL_EQUATIONS
        # In the channels that hold signal, all channels of the data being more than these.
        left = matrix[:, active].T @ (data - matrix @ solution.coef)
        signal = np.linalg.svd(solution.coef, full_matrices=False)[2][:3]
        np.testing.assert_allclose(left @ signal.T, 0, atol=1e-10)
        assert 3 <= np.linalg.matrix_rank(solution.coef) <= 4  # of 6: one more by chance


class TestEnds:
    @pytest.mark.covering(2)
    @WRAPS
    @pytest.mark.parametrize("refit", [True, False])
    @pytest.mark.parametrize("shape", [(20,), (20, 1), (20, 3)])
    def test_zero_data(self, wrap, refit, shape):
        matrix = small()[0]
        for level in (0.0, 1.0):
            solver = GammaContinuation(level, refit=refit)
            solution = solver.solve(Problem(wrap(matrix), np.zeros(shape)))
            assert solution.status is Status.CONVERGED
            assert not solution.coef.any()
            assert solution.active_groups.size == 0

    @WRAPS
    def test_data_that_are_all_noise(self, wrap):
        matrix, data, _, _ = small(noise=0.1)
        norm = float(np.linalg.norm(data))
        for level in (norm, 1.5 * norm):
            solution = GammaContinuation(level).solve(Problem(wrap(matrix), data))
            assert solution.status is Status.CONVERGED
            assert not solution.coef.any()
            assert solution.residual_norm == pytest.approx(norm)

    @WRAPS
    @pytest.mark.parametrize("refit", [True, False])
    def test_data_out_of_reach(self, wrap, refit):
        """No noise is said to be in data that the operator cannot reach."""
        rng = np.random.default_rng(9)
        problem = Problem(wrap(rng.standard_normal((15, 8))), rng.standard_normal((15, 4)))
        with pytest.warns(ConvergenceWarning, match="before the residual fell"):
            solution = GammaContinuation(0.0, refit=refit).solve(problem)
        assert solution.status is Status.NOISE_LEVEL_NOT_REACHED
        assert np.isfinite(solution.coef).all()
        dense = problem.operator.operator.columns(np.arange(8)).T
        least = np.linalg.norm(problem.data - dense @ np.linalg.lstsq(dense, problem.data)[0])
        assert solution.residual_norm == pytest.approx(least, rel=1e-3)

    @WRAPS
    @pytest.mark.filterwarnings("ignore::groupsparse.toolkit.convergence.ConvergenceWarning")
    def test_noise_in_data_said_to_be_exact(self, wrap):
        matrix, data, _, _ = small(10, noise=0.3)
        solver = GammaContinuation(0.0, max_iter=3000)
        with np.errstate(all="raise", under="ignore"):
            solution = solver.solve(Problem(wrap(matrix), data))
        assert np.isfinite(solution.coef).all()
        assert solution.residual_norm < 1e-6  # as many groups as rows fit anything
        assert solution.active_groups.size <= 20

    def test_as_many_active_groups_as_rows(self):
        rng = np.random.default_rng(11)
        matrix, x = rng.standard_normal((8, 6)), rng.standard_normal((6, 6))
        solution = GammaContinuation(0.0).solve(Problem(matrix, matrix @ x))
        assert solution.status is Status.CONVERGED
        np.testing.assert_allclose(solution.coef, x, atol=1e-9)
        square = rng.standard_normal((6, 6))
        solution = GammaContinuation(0.0).solve(Problem(square, square @ x))
        assert solution.status is Status.CONVERGED
        np.testing.assert_allclose(solution.coef, x, atol=1e-8)

    @WRAPS
    def test_one_group(self, wrap):
        rng = np.random.default_rng(12)
        matrix, x = rng.standard_normal((9, 4)), rng.standard_normal((4, 2))
        solution = GammaContinuation(0.0).solve(Problem(wrap(matrix), matrix @ x, 4))
        np.testing.assert_array_equal(solution.active_groups, [0])
        np.testing.assert_allclose(solution.coef, x, atol=1e-10)

    @WRAPS
    def test_equal_channels(self, wrap):
        matrix, data, x, _ = small(13, n_channels=1, n_active=4, rank=1)
        solution = GammaContinuation(0.0).solve(Problem(wrap(matrix), np.repeat(data, 2, axis=1)))
        np.testing.assert_allclose(solution.coef, np.repeat(x, 2, axis=1), atol=1e-10)

    @WRAPS
    @pytest.mark.parametrize("noise", [0.0, 0.05])
    def test_zero_and_equal_columns(self, wrap, noise):
        matrix, data, x, level = small(14, noise=noise)
        active = np.flatnonzero(x.any(axis=1))
        idle = np.flatnonzero(~x.any(axis=1))
        matrix[:, idle[:3]] = 0
        matrix[:, idle[3]] = matrix[:, active[0]]
        solution = GammaContinuation(level).solve(Problem(wrap(matrix), data))
        assert solution.status is Status.CONVERGED
        assert np.isfinite(solution.coef).all()
        assert not solution.coef[idle[:3]].any()
        merged = solution.coef.copy()
        merged[active[0]] += merged[idle[3]]
        merged[idle[3]] = 0
        np.testing.assert_allclose(merged, x, atol=0.1 if noise else 1e-9)

    def test_a_zero_column_inside_a_group(self):
        rng = np.random.default_rng(15)
        matrix = rng.standard_normal((12, 20))
        matrix[:, [5, 9]] = 0
        x = np.zeros((20, 3))
        x[4:8] = rng.standard_normal((4, 3))
        x[5] = 0
        solution = GammaContinuation(0.0).solve(Problem(matrix, matrix @ x, 4))
        np.testing.assert_array_equal(solution.active_groups, [1])
        np.testing.assert_allclose(solution.coef, x, atol=1e-10)

    @WRAPS
    def test_zero_matrix(self, wrap):
        problem = Problem(wrap(np.zeros((5, 4))), np.ones((5, 2)))
        for refit in (True, False):
            with pytest.warns(ConvergenceWarning, match="before the residual fell"):
                solution = GammaContinuation(0.1, refit=refit).solve(problem)
            assert not solution.coef.any()

    def test_max_iter(self):
        matrix, data, _, level = small(0, noise=0.1)
        with pytest.warns(ConvergenceWarning):
            solution = GammaContinuation(level, max_iter=5).solve(Problem(matrix, data))
        assert solution.status is Status.MAX_ITER
        assert solution.iterations == 5

    def test_callback(self):
        matrix, data, _, level = small(0, noise=0.1)
        seen = []

        def stop(progress):
            seen.append(progress)
            return len(seen) == 12

        solution = GammaContinuation(level, callback=stop).solve(Problem(matrix, data))
        assert solution.status is Status.STOPPED
        assert [p.iteration for p in seen] == list(range(1, 13))
        assert all(0 <= p.fraction <= 1 for p in seen)
        seen.clear()
        everything = GammaContinuation(level, callback=seen.append).solve(Problem(matrix, data))
        assert len(seen) == everything.iterations
        assert seen[-1].fraction == pytest.approx(1)


class TestParameters:
    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("noise_level", [-1, np.nan, np.inf, "a", None]),
            ("rank", [0, -1, 1.5, "a"]),
            ("gamma_ratio", [0, 1, 1.5, np.nan, "a", None]),
            ("gamma_min", [0, 1, -1, np.nan, "a", None]),
            ("tol", [-1, np.nan, "a"]),
            ("max_iter", [0, -1, 1.5, "a", None]),
        ],
    )
    def test_out_of_range(self, name, values):
        for value in values:
            with pytest.raises(ValueError, match=name):
                GammaContinuation(**{"noise_level": 0.1, name: value})

    def test_rank_beyond_the_data(self):
        matrix, data, _, _ = small(rank=3)
        with pytest.raises(ValueError, match=r"rank must be at most 3, .* got 4"):
            GammaContinuation(0.0, rank=4).solve(Problem(matrix, data))
        assert GammaContinuation(0.0, rank=3).solve(Problem(matrix, data)).status.is_success

    def test_groups(self):
        matrix, data, _, _ = small()
        halves = Groups.from_lists([np.arange(21), np.arange(20, 40)], 40)
        with pytest.raises(ValueError, match="groups overlap"):
            GammaContinuation(0.0).solve(Problem(matrix, data, halves))
        unpenalised = Problem(matrix, data, np.arange(40) - 1)
        with pytest.raises(ValueError, match="6 coefficients unpenalised"):
            GammaContinuation(0.0).solve(unpenalised)
