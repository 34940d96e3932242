"""Both descents against algorithm 1 written out, convex solvers, brute force; hard cases."""

import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

from groupsparse.datasets import make_joint_sparse
from groupsparse.toolkit.convergence import ConvergenceWarning
from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.operators import CentredMatrix, External, Matrix, PartialFourier, Wavelet
from groupsparse.toolkit.penalties import L21
from groupsparse.toolkit.penalties.orthogonally_weighted import OrthogonallyWeightedL21
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solution import CertificateKind, Status
from groupsparse.toolkit.solvers import FISTA, BlockCoordinateDescent
from groupsparse.toolkit.solvers.orthogonal.variable_metric import VariableMetric
from groupsparse.toolkit.testing import random_array

# Columns at hand: sweeps over groups. Products only: proximal steps.
ENGINES = pytest.mark.parametrize("wrap", [np.asarray, aslinearoperator], ids=["sweeps", "steps"])
DTYPES = pytest.mark.parametrize("dtype", ["float64", "complex128"])


def random_problem(seed=0, dtype="float64", size=(12, 20, 4), rank=3, block=1, noise=0.05):
    """Return matrix, data and blocks with few active groups."""
    n_rows, n_features, n_channels = size
    rng = np.random.default_rng(seed)
    matrix = random_array((n_rows, n_features), dtype, rng) / np.float32(n_rows**0.5)
    x = np.zeros((n_features // block, block, n_channels), dtype)
    for g in rng.choice(len(x), max(1, 4 // block), replace=False):
        left = random_array((block, rank), dtype, rng)
        x[g] = left @ random_array((rank, n_channels), dtype, np.random.default_rng(seed + 1))
    exact = matrix @ x.reshape(n_features, n_channels)
    noise = np.float32(noise) * random_array(exact.shape, dtype, rng)
    return matrix, exact + noise, np.arange(n_features) // block


def strength_of(problem, part):
    correlation = problem.operator.adjoint(problem.data)
    return part * float(L21(1.0).dual_norm(correlation, problem.groups))


def penalty_for(problem, part=0.1, gamma=0.5):
    return OrthogonallyWeightedL21(strength_of(problem, part), gamma)


class Algorithm1:
    """Algorithm 1 with its Armijo rule, line by line, in the paper's letters (M, N, K)."""

    def __init__(self, matrix, data, labels, alpha, gamma):
        self.A, self.Y, self.alpha, self.gamma = matrix, data, alpha, gamma
        self.members = (labels == np.arange(labels.max() + 1)[:, None]).astype(float)

    def norms(self, Z, W):
        squares = np.einsum("nk,kl,nl->n", Z, W, Z.conj()).real
        return np.sqrt(np.maximum(self.members @ squares, 0))

    def weight(self, Z):
        M = self.gamma * np.eye(Z.shape[1]) + (1 - self.gamma) * Z.conj().T @ Z
        return M, np.linalg.inv(M)

    def objective(self, Z):
        misfit = np.linalg.norm(self.A @ Z - self.Y) ** 2 / (2 * self.alpha)
        return self.norms(Z, self.weight(Z)[1]).sum() + misfit

    def solve(self, Z, n_steps=20_000, tol=1e-11):
        sigma = 1.0
        for _ in range(n_steps):
            M, W = self.weight(Z)
            norms, before = self.norms(Z, W), self.objective(Z)
            inverse = np.divide(1, norms, out=np.zeros_like(norms), where=norms > 0)
            ZW = Z @ W
            Lambda = -(1 - self.gamma) * (ZW.conj().T * (self.members.T @ inverse)) @ ZW
            slope = Z @ Lambda + self.A.conj().T @ (self.A @ Z - self.Y) / self.alpha
            while True:
                ahead = Z - sigma * slope @ M
                lengths = np.maximum(self.norms(ahead, W), 1e-300)
                shrunk = self.members.T @ np.maximum(0, 1 - sigma / lengths)
                trial = ahead * shrunk[:, None]
                predicted = self.norms(trial, W).sum() - norms.sum()
                predicted += np.vdot(slope, trial - Z).real
                gained = self.objective(trial) - before
                if gained <= 1e-3 * predicted:
                    break
                sigma /= 2
                if sigma < 1e-15:
                    return Z
            Z = trial
            if -predicted / sigma <= tol * before:
                return Z
            sigma *= 1.5 if gained < 0.75 * predicted else 2 / 3 if gained > predicted / 3 else 1
        raise AssertionError("the reference did not converge")


def violation(problem, penalty, coef):
    gradient = problem.operator.adjoint(problem.operator.apply(coef) - problem.data)
    return penalty.violations(coef, gradient, problem.groups).max()


def objective(problem, penalty, coef):
    misfit = np.linalg.norm(problem.operator.apply(coef) - problem.data) ** 2 / 2
    return misfit + penalty.value(coef, problem.groups)


@ENGINES
class TestAgainstAlgorithm1:
    @pytest.mark.covering(2)
    @pytest.mark.parametrize("seed", range(4))
    @pytest.mark.parametrize(("dtype", "block"), [("float64", 1), ("complex128", 2)])
    def test_same_objective_from_zero(self, wrap, dtype, block, seed):
        matrix, data, labels = random_problem(seed, dtype, block=block)
        problem = Problem(wrap(matrix), data, labels)
        penalty = penalty_for(problem)
        reference = Algorithm1(matrix, data, labels, penalty.alpha, penalty.gamma)
        expected = reference.solve(np.zeros(problem.shape, dtype))
        solution = VariableMetric(penalty, tol=1e-11).solve(problem)
        assert solution.status is Status.CONVERGED
        assert reference.objective(solution.coef) == pytest.approx(
            reference.objective(expected), rel=1e-7
        )
        assert solution.objective == pytest.approx(
            penalty.alpha * reference.objective(solution.coef), rel=1e-9
        )

    @pytest.mark.parametrize("gamma", [0.0, 1e-3])
    def test_no_worse_at_small_gamma_from_one_start(self, wrap, gamma):
        matrix, data, labels = random_problem(1, size=(15, 10, 2), rank=2)
        problem = Problem(wrap(matrix), data, labels)
        start = np.linalg.lstsq(matrix, data, rcond=None)[0]
        penalty = penalty_for(problem, 0.05, gamma)
        reference = Algorithm1(matrix, data, labels, penalty.alpha, gamma)
        solution = VariableMetric(penalty, tol=1e-11).solve(problem, start)
        expected = reference.objective(reference.solve(start.copy()))
        assert reference.objective(solution.coef) <= expected * (1 + 1e-6)


@ENGINES
@DTYPES
@pytest.mark.parametrize("block", [1, 4])
def test_gamma_one_is_the_convex_problem(wrap, dtype, block):
    matrix, data, labels = random_problem(3, dtype, block=block)
    problem = Problem(wrap(matrix), data, labels)
    alpha = strength_of(problem, 0.1)
    solution = VariableMetric(OrthogonallyWeightedL21(alpha, 1.0), tol=1e-13).solve(problem)
    fista = FISTA(L21(alpha), tol=1e-13, max_iter=50_000).solve(problem)
    assert solution.objective == pytest.approx(fista.objective, rel=1e-10)
    np.testing.assert_array_equal(solution.active_groups, fista.active_groups)
    np.testing.assert_allclose(solution.coef, fista.coef, atol=1e-4)
    if wrap is np.asarray:
        sweeps = BlockCoordinateDescent(L21(alpha), tol=1e-13).solve(problem)
        assert solution.objective == pytest.approx(sweeps.objective, rel=1e-10)


@ENGINES
class TestDescent:
    @pytest.mark.covering(2)
    @pytest.mark.parametrize("gamma", [0.0, 1e-6, 0.1, 0.5, 1.0])
    @pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
    def test_the_objective_never_rises(self, wrap, gamma, dtype):
        rounding = 20 * float(np.finfo(dtype).eps)
        for seed in range(6):
            block = (1, 2)[seed % 2]
            matrix, data, labels = random_problem(seed, dtype, (8, 14, 3), block=block)
            problem = Problem(wrap(matrix), data, labels)
            penalty = penalty_for(problem, (0.01, 0.1, 0.5)[seed % 3], gamma)
            solution = quiet(VariableMetric(penalty, tol=1e-6, max_iter=200), problem)
            values = solution.history["objective"]
            assert np.isfinite(values).all()
            assert values.size == solution.iterations
            assert (np.diff(values) <= rounding * values[:-1]).all()
            assert values[-1] == pytest.approx(solution.objective, rel=rounding * 50)

    @pytest.mark.covering(2)
    @pytest.mark.parametrize("gamma", [0.0, 1e-6, 0.1, 0.5, 1.0])
    @DTYPES
    def test_it_ends_at_first_order_points(self, wrap, gamma, dtype):
        for seed, block in ((4, 1), (1, 2), (2, 4)):
            matrix, data, labels = random_problem(seed, dtype, (14, 20, 3), block=block)
            problem = Problem(wrap(matrix), data, labels)
            penalty = penalty_for(problem, 0.1, gamma)
            tol, limit = (1e-13, 1e-4) if wrap is np.asarray else (1e-8, 1e-2)
            solution = VariableMetric(penalty, tol=tol).solve(problem)
            assert solution.certificate.kind == CertificateKind.FIRST_ORDER
            assert solution.certificate.value < limit
            assert violation(problem, penalty, solution.coef) == pytest.approx(
                solution.certificate.value, rel=1e-2, abs=1e-6
            )
            assert solution.objective == pytest.approx(
                objective(problem, penalty, solution.coef), rel=1e-9
            )

    def test_history_and_fields(self, wrap):
        matrix, data, labels = random_problem(0)
        problem = Problem(wrap(matrix), data, labels)
        solution = VariableMetric(penalty_for(problem)).solve(problem)
        assert set(solution.history) == {"objective", "n_active", "residual_norm"}
        residual = np.linalg.norm(matrix @ solution.coef - data)
        assert solution.residual_norm == pytest.approx(residual, rel=1e-10)
        assert solution.history["residual_norm"][-1] == pytest.approx(residual, rel=1e-8)
        assert solution.history["n_active"][-1] == solution.active_groups.size
        np.testing.assert_array_equal(
            solution.active_groups, np.flatnonzero(solution.coef.any(axis=1))
        )
        assert solution.alpha == penalty_for(problem).alpha


def quiet(solver, problem, start=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return solver.solve(problem, start)


@ENGINES
class TestOneChannel:
    def test_against_brute_force(self, wrap):
        """Two features: the l1 / l2 problem on a fine grid."""
        matrix = np.array([[1.0, 0.6], [0.2, 1.1], [0.0, 0.3]])
        data = np.array([1.0, 0.4, 0.1])
        grid = np.linspace(-2, 2, 801)
        a, b = np.meshgrid(grid, grid)
        points = np.stack([a.ravel(), b.ravel()])[:, (a != 0).ravel() | (b != 0).ravel()]
        misfits = ((matrix @ points - data[:, None]) ** 2).sum(axis=0) / 2
        ratios = np.abs(points).sum(axis=0) / np.linalg.norm(points, axis=0)
        for alpha in (0.01, 0.1, 0.5):
            values = misfits + alpha * ratios
            best = points[:, np.argmin(values)]
            penalty = OrthogonallyWeightedL21(alpha)
            solution = VariableMetric(penalty, tol=1e-12).solve(Problem(wrap(matrix), data))
            assert solution.objective == pytest.approx(values.min(), abs=1e-4)
            np.testing.assert_allclose(solution.coef, best, atol=0.02)

    def test_flat_data_and_a_column_are_the_same(self, wrap):
        matrix, data, labels = random_problem(2, size=(12, 20, 1), rank=1, block=2)
        flat = Problem(wrap(matrix), data[:, 0], labels)
        column = Problem(wrap(matrix), data, labels)
        penalty = penalty_for(flat, 0.1, 1e-3)
        one, other = (VariableMetric(penalty).solve(p) for p in (flat, column))
        assert one.coef.shape == (20,)
        np.testing.assert_allclose(one.coef, other.coef[:, 0], atol=1e-9)


class TestInputs:
    @pytest.mark.parametrize("dtype", ["float32", "complex64", "complex128"])
    def test_sparse_strided_read_only(self, dtype):
        matrix, data, labels = random_problem(5, dtype, block=2)
        matrix[np.abs(matrix) < 0.05] = 0
        read_only = matrix.copy()
        read_only.flags.writeable = False
        forms = [matrix, sp.csr_array(matrix), np.asfortranarray(matrix), read_only]
        forms += [np.repeat(matrix, 2, axis=1)[:, ::2], External(aslinearoperator(matrix))]
        strided = np.repeat(data, 3, axis=1)[:, ::3]
        strided.flags.writeable = False
        tol = 1e-5 if dtype in ("float32", "complex64") else 1e-9
        expected = None
        for form in forms:
            problem = Problem(form, strided, labels)
            solution = VariableMetric(penalty_for(problem), tol=tol / 10).solve(problem)
            assert solution.coef.dtype == dtype
            expected = solution.objective if expected is None else expected
            assert solution.objective == pytest.approx(expected, rel=tol * 100)

    def test_centred_matrix(self):
        matrix, data, labels = random_problem(6, size=(15, 20, 3))
        weight = np.random.default_rng(0).uniform(0.5, 2, 15)
        centred = CentredMatrix(Matrix(matrix + 3), weight, centred=True)
        dense = centred.columns(np.arange(20)).T
        one, other = Problem(centred, data, labels), Problem(dense, data, labels)
        penalty = penalty_for(other)
        solutions = [VariableMetric(penalty, tol=1e-10).solve(p) for p in (one, other)]
        np.testing.assert_allclose(solutions[0].coef, solutions[1].coef, atol=1e-6)

    def test_images_with_channels_first(self):
        rng = np.random.default_rng(7)
        mask = rng.random((6, 8)) < 0.6
        operator = PartialFourier(mask) @ Wavelet((6, 8), "haar", 1)
        coef = np.zeros((2, 6, 8))
        coef[:, :2, :3] = rng.standard_normal((2, 2, 3))
        data = np.stack([operator.apply(channel) for channel in coef])
        problem = Problem(operator, data)
        penalty = penalty_for(problem, 0.05, 0.1)
        solution = VariableMetric(penalty, tol=1e-12).solve(problem)
        assert solution.coef.shape == (2, 6, 8)
        assert violation(problem, penalty, solution.coef) < 1e-4

    def test_more_channels_than_rows_or_rank(self):
        """The channels are reduced; the solution is that of all of them."""
        matrix, data, labels = random_problem(8, size=(10, 14, 3), rank=2, noise=0.0)
        mixing = np.random.default_rng(1).standard_normal((3, 25))
        problem = Problem(matrix, data @ mixing, labels)
        penalty = penalty_for(problem, 0.05, 0.2)
        solution = VariableMetric(penalty, tol=1e-13).solve(problem)
        assert violation(problem, penalty, solution.coef) < 1e-4
        assert solution.objective == pytest.approx(
            objective(problem, penalty, solution.coef), rel=1e-9
        )

    @pytest.mark.covering(2)
    @ENGINES
    @pytest.mark.parametrize("gamma", [0.0, 1e-6, 1.0])
    @pytest.mark.parametrize("shape", [(6,), (6, 1), (6, 4)])
    def test_zero_data(self, wrap, gamma, shape):
        matrix = random_problem(0, size=(6, 9, 2))[0]
        penalty = OrthogonallyWeightedL21(0.3, gamma)
        solution = VariableMetric(penalty).solve(Problem(wrap(matrix), np.zeros(shape)))
        assert solution.status is Status.CONVERGED
        assert not solution.coef.any()
        assert solution.active_groups.size == 0
        assert solution.objective == solution.residual_norm == solution.certificate.value == 0

    @ENGINES
    def test_zero_matrix(self, wrap):
        problem = Problem(wrap(np.zeros((4, 5))), np.eye(4)[:, :2])
        solution = VariableMetric(OrthogonallyWeightedL21(0.3, 0.5)).solve(problem)
        assert not solution.coef.any()
        assert solution.residual_norm == pytest.approx(np.sqrt(2))
        with pytest.raises(ValueError, match="start must have rank 2"):
            VariableMetric(OrthogonallyWeightedL21(0.3)).solve(problem)

    @ENGINES
    def test_zero_and_equal_columns(self, wrap):
        matrix, data, labels = random_problem(9)
        matrix[:, 3], matrix[:, 7] = 0, matrix[:, 8]
        problem = Problem(wrap(matrix), data, labels)
        penalty = penalty_for(problem, 0.05, 0.2)
        solution = VariableMetric(penalty, tol=1e-11).solve(problem)
        assert not solution.coef[3].any()
        assert violation(problem, penalty, solution.coef) < 1e-3

    @ENGINES
    def test_one_group_and_a_large_strength(self, wrap):
        matrix, data, _ = random_problem(10, size=(12, 4, 2))
        problem = Problem(wrap(matrix), data, 4)
        solution = VariableMetric(penalty_for(problem, 0.1, 0.3), tol=1e-11).solve(problem)
        np.testing.assert_array_equal(solution.active_groups, [0])
        assert solution.certificate.value < 1e-4
        convex = OrthogonallyWeightedL21(strength_of(problem, 1.01), 1.0)
        zero = VariableMetric(convex).solve(problem)
        assert zero.active_groups.size == 0
        assert zero.status is Status.CONVERGED


class TestStarts:
    @ENGINES
    @DTYPES
    def test_a_solution_stays(self, wrap, dtype):
        matrix, data, labels = random_problem(4, dtype)
        problem = Problem(wrap(matrix), data, labels)
        penalty = penalty_for(problem)
        first = VariableMetric(penalty, tol=1e-11).solve(problem)
        start = first.coef.copy()
        second = VariableMetric(penalty, tol=1e-8).solve(problem, start)
        assert second.iterations <= 6
        assert (start == first.coef).all()
        np.testing.assert_allclose(second.coef, first.coef, atol=1e-4)

    @ENGINES
    @pytest.mark.parametrize("seed", range(3))
    def test_the_first_step_is_below_the_start(self, wrap, seed):
        matrix, data, labels = random_problem(seed, size=(14, 10, 3))
        problem = Problem(wrap(matrix), data, labels)
        penalty = penalty_for(problem, 0.1, 0.0)
        start = np.random.default_rng(seed).standard_normal(problem.shape)
        solution = quiet(VariableMetric(penalty, max_iter=3), problem, start)
        assert solution.history["objective"][0] <= objective(problem, penalty, start) * (1 + 1e-12)

    @pytest.mark.parametrize("rank", [0, 1, 2])
    def test_deficient_rank_at_gamma_zero(self, rank):
        matrix, data, labels = random_problem(0, size=(12, 20, 3))
        rng = np.random.default_rng(0)
        start = rng.standard_normal((20, rank)) @ rng.standard_normal((rank, 3))
        problem = Problem(matrix, data, labels)
        with pytest.raises(ValueError, match=f"start must have rank 3, .* got rank {rank}"):
            VariableMetric(OrthogonallyWeightedL21(0.1)).solve(problem, start)
        assert VariableMetric(penalty_for(problem)).solve(problem, start).status.is_success

    @pytest.mark.parametrize(
        "start", [np.zeros(20), np.full((20, 3), np.nan), np.zeros((20, 3), complex)]
    )
    def test_bad_starts(self, start):
        matrix, data, labels = random_problem(0, size=(12, 20, 3))
        with pytest.raises(ValueError, match="start"):
            VariableMetric(OrthogonallyWeightedL21(0.1, 0.5)).solve(
                Problem(matrix, data, labels), start
            )


class TestEnds:
    @ENGINES
    def test_singular_metric(self, wrap):
        """So large a strength that a lower rank pays: a status, and numbers."""
        for seed in range(8):
            matrix, data, labels = random_problem(seed, size=(10, 12, 3))
            problem = Problem(wrap(matrix), data, labels)
            penalty = penalty_for(problem, (0.5, 1.0, 3.0, 30.0)[seed % 4], 0.0)
            solution = quiet(VariableMetric(penalty, max_iter=2000), problem)
            assert solution.status in (Status.CONVERGED, Status.RANK_LOST, Status.MAX_ITER)
            assert np.isfinite(solution.coef).all()
            assert np.isfinite(solution.certificate.value)
            assert np.isfinite(solution.objective)

    @ENGINES
    def test_nearly_singular_starts(self, wrap):
        """Columns of all sizes: the back-projected data are of full rank by a hair."""
        refused: list[str] = []
        for seed in range(20):
            rng = np.random.default_rng(seed)
            matrix = rng.standard_normal((6, 8)) * 10.0 ** rng.choice([-8, 0, 8], 8)
            data = matrix @ rng.standard_normal((8, 5)) + 0.1 * rng.standard_normal((6, 5))
            problem = Problem(wrap(matrix), data, 4)
            penalty = penalty_for(problem, 0.1, 0.0)
            try:
                solution = quiet(VariableMetric(penalty, max_iter=300), problem)
            except ValueError as error:
                refused.append(str(error))
                continue
            assert np.isfinite(solution.coef).all()
            assert np.isfinite(solution.certificate.value)
            if not np.isfinite(solution.history["objective"][-1]):
                assert solution.status is Status.RANK_LOST
        assert all(message.startswith("start must have rank") for message in refused)
        assert len(refused) < 20

    @ENGINES
    def test_max_iter(self, wrap):
        matrix, data, labels = random_problem(0)
        problem = Problem(wrap(matrix), data, labels)
        with pytest.warns(ConvergenceWarning):
            solution = VariableMetric(penalty_for(problem), max_iter=2).solve(problem)
        assert solution.status is Status.MAX_ITER
        assert solution.iterations == 2

    @ENGINES
    def test_callback(self, wrap):
        matrix, data, labels = random_problem(0)
        problem = Problem(wrap(matrix), data, labels)
        seen = []

        def stop(progress):
            seen.append(progress)
            return len(seen) == 3

        solution = VariableMetric(penalty_for(problem), callback=stop).solve(problem)
        assert solution.status is Status.STOPPED
        assert [p.iteration for p in seen] == [1, 2, 3]
        assert [p.objective for p in seen] == list(solution.history["objective"])
        assert [p.n_active for p in seen] == list(solution.history["n_active"])
        assert all(0 < p.fraction <= 1 for p in seen)


class TestParameters:
    @pytest.mark.parametrize("name", ["tol", "max_iter"])
    @pytest.mark.parametrize("value", [-1, np.nan, np.inf, "a", None, -0.5])
    def test_out_of_range(self, name, value):
        with pytest.raises(ValueError, match=name):
            VariableMetric(OrthogonallyWeightedL21(1.0), **{name: value})

    def test_other_penalties(self):
        with pytest.raises(ValueError, match="penalty must be an OrthogonallyWeightedL21"):
            VariableMetric(L21(1.0))

    def test_groups(self):
        data = make_joint_sparse(8, 6, 3, 2, rank=2, random_state=0).problem.data
        solver = VariableMetric(OrthogonallyWeightedL21(1.0, 0.5))
        overlapping = Groups.from_lists([[0, 1, 2], [2, 3, 4, 5]], 6)
        with pytest.raises(ValueError, match="groups overlap"):
            solver.solve(Problem(np.ones((8, 6)), data, overlapping))
        with pytest.raises(ValueError, match="unpenalised"):
            solver.solve(Problem(np.ones((8, 6)), data, [0, 1, 2, 3, -1, -1]))
