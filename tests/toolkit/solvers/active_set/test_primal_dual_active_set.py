"""GPDASC against the paper's algorithm written out, exhaustive search, and hard cases."""

import itertools

import numpy as np
import pytest
from scipy.linalg import block_diag, sqrtm
from scipy.sparse.linalg import aslinearoperator

from groupsparse.datasets.synthetic import make_group_sparse
from groupsparse.toolkit.convergence import ConvergenceWarning, without_warnings
from groupsparse.toolkit.diagnostics import oracle_solution
from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.operators import Channelwise, Matrix, PartialFourier, Wavelet
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.reformulations.group_basis import make_orthonormal_basis
from groupsparse.toolkit.selection import EBIC, AlongPath, solution_path
from groupsparse.toolkit.solution import CertificateKind, Status
from groupsparse.toolkit.solvers import Exchange, PrimalDualActiveSet
from groupsparse.toolkit.solvers.active_set import squares_active_set
from groupsparse.toolkit.testing import random_array


def gpdasc(matrix, data, groups, noise_level, rho=0.7, max_inner=5):
    """Algorithm 1 of Jiao, Jin and Lu, line by line; `data` has shape (n, K)."""
    roots = [sqrtm(matrix[:, g].conj().T @ matrix[:, g]) for g in groups]
    alpha = np.linalg.norm(data) ** 2 / 2
    x = np.zeros((matrix.shape[1], data.shape[1]), matrix.dtype)
    dual, active = matrix.conj().T @ data, []
    while np.linalg.norm(matrix @ x - data) > noise_level:
        alpha *= rho
        for _ in range(max_inner):
            evidence = [
                np.linalg.norm(root @ x[g] + np.linalg.solve(root, dual[g]))
                for root, g in zip(roots, groups, strict=True)
            ]
            previous, active = active, [i for i, e in enumerate(evidence) if e**2 / 2 > alpha]
            if active == previous:
                break
            x = np.zeros_like(x)
            if active:
                columns = np.concatenate([groups[i] for i in active])
                x[columns] = np.linalg.lstsq(matrix[:, columns], data)[0]
            dual = matrix.conj().T @ (data - matrix @ x)
    return x, active, alpha


def random_problem(dtype, sizes, theta, n_channels, n_active, seed):
    """Return matrix, groups, data (n, K) and the norm of the noise."""
    rng = np.random.default_rng(seed)
    matrix = random_array((70, sum(sizes)), dtype, rng)
    groups = np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:-1])
    for group in groups:
        for j in group[1:-1]:
            matrix[:, j] += theta * (matrix[:, j - 1] + matrix[:, j + 1])
    matrix /= np.linalg.norm(matrix, axis=0)
    x = np.zeros((sum(sizes), n_channels), dtype)
    for g in rng.choice(len(groups), n_active, replace=False):
        x[groups[g]] = random_array((len(groups[g]), n_channels), dtype, rng)
    noise = 0.01 * random_array((70, n_channels), dtype, rng)
    return matrix, groups, matrix @ x + noise, np.linalg.norm(noise)


@pytest.mark.covering(2)
@pytest.mark.parametrize("max_inner", [1, 5])
@pytest.mark.parametrize("n_active", [3, 8])
@pytest.mark.parametrize("theta", [0, 3])
@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("sizes", [[4] * 30, [1, 2, 3, 5] * 10, [1] * 100], ids=["4", "1-5", "1"])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_agrees_with_the_algorithm_of_the_paper(
    dtype, sizes, n_channels, theta, n_active, max_inner
):
    matrix, groups, data, noise_level = random_problem(
        dtype, sizes, theta, n_channels, n_active, seed=24
    )
    expected, active, alpha = gpdasc(matrix, data, groups, noise_level, max_inner=max_inner)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    for operator in (matrix, aslinearoperator(matrix)):
        problem = Problem(operator, data if n_channels > 1 else data[:, 0], labels)
        solver = PrimalDualActiveSet(noise_level=noise_level, max_inner=max_inner)
        solution = solver.solve(problem)
        assert solution.status is Status.CONVERGED
        assert solution.active_groups.tolist() == active
        assert solution.alpha == pytest.approx(alpha, rel=1e-10)
        coef = solution.coef.reshape(expected.shape)
        np.testing.assert_allclose(coef, expected, atol=1e-8, rtol=1e-8)


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("n_channels", [1, 2])
def test_finds_the_best_of_all_supports(dtype, n_channels):
    """Exhaustive search on tiny problems whose active groups stand out."""
    for seed in range(10):
        rng = np.random.default_rng(seed)
        matrix = random_array((30, 12), dtype, rng) / 5
        x = np.zeros((6, 2, n_channels), dtype)
        x[rng.choice(6, 2, replace=False)] = 3 * rng.choice([-1, 1], (2, 2, n_channels))
        data = matrix @ x.reshape(12, n_channels) + 0.02 * random_array(
            (30, n_channels), dtype, rng
        )
        alpha = 0.3
        best = min(
            (exhaustive(matrix, data, support, alpha), support)
            for size in range(7)
            for support in itertools.combinations(range(6), size)
        )
        problem = Problem(matrix, data if n_channels > 1 else data[:, 0], 2)
        solution = PrimalDualActiveSet(alpha=alpha).solve(problem)
        assert tuple(solution.active_groups) == best[1]
        assert solution.objective == pytest.approx(best[0], rel=1e-10)
        assert solution.alpha == alpha
        assert solution.certificate == (CertificateKind.SINGLE_CHANGE, 0)


def find_best_single_change(matrix, data, size, solution):
    """Return by how much a group that joins or leaves, all others fitted again, exceeds alpha."""

    def misfit(active):
        columns = matrix[:, np.repeat(active, size)]
        return np.linalg.norm(data - columns @ np.linalg.lstsq(columns, data)[0]) ** 2 / 2

    active = np.zeros(matrix.shape[1] // size, dtype=bool)
    active[solution.active_groups] = True
    now, gains, losses = misfit(active), [0.0], [np.inf]
    for g in range(active.size):
        changed = active.copy()
        changed[g] = not active[g]
        (losses if active[g] else gains).append(abs(misfit(changed) - now))
    joining, leaving = np.sqrt(max(gains) / solution.alpha), np.sqrt(min(losses) / solution.alpha)
    return max(0.0, joining - 1, 1 - leaving)


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
@pytest.mark.parametrize("size", [1, 2, 5])
def test_the_certificate_is_that_of_the_best_single_change(size, dtype, n_channels):
    """Columns are so correlated that changes which do not fit the others again look useless."""
    improvable = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        matrix = random_array((30, 20), dtype, rng) + random_array((30, 1), dtype, rng)
        coef = random_array((20, n_channels), dtype, rng)
        coef[rng.random(20) < 0.6] = 0
        data = matrix @ coef + random_array((30, n_channels), dtype, rng) / np.float32(2)
        problem = Problem(matrix, data, size)
        first = PrimalDualActiveSet(n_groups=2)
        level = 0.3 * float(np.linalg.norm(data))
        for solver in (
            PrimalDualActiveSet(alpha=0.02 * level**2),
            PrimalDualActiveSet(noise_level=level),
            first,
            Exchange(first),
            AlongPath(PrimalDualActiveSet(), EBIC()),
        ):
            with without_warnings():
                solution = solver.solve(problem)
            assert solution.certificate.kind is CertificateKind.SINGLE_CHANGE
            wide = np.result_type(dtype, np.float64)
            value = find_best_single_change(matrix.astype(wide), data.astype(wide), size, solution)
            tolerance = 1e-3 if dtype == "float32" else 1e-8
            assert solution.certificate.value == pytest.approx(value, abs=tolerance, rel=tolerance)
            improvable += value > 1e-3
    assert improvable > 0


def exhaustive(matrix, data, support, alpha):
    """The objective of one support of groups of two."""
    columns = matrix.reshape(len(matrix), 6, 2)[:, list(support)].reshape(len(matrix), -1)
    fit = columns @ np.linalg.lstsq(columns, data)[0] if support else 0 * data
    return np.linalg.norm(data - fit) ** 2 / 2 + alpha * len(support)


@pytest.mark.parametrize(("n_active", "theta"), [(60, 0), (100, 3)])
def test_exact_support_in_the_published_setting(n_active, theta):
    """Figure 1: (800, 2e3, 500, T, 4, 10, theta, 1e-3)."""
    for seed in range(8):
        data = make_group_sparse(800, 2000, 500, n_active, theta=theta, random_state=seed)
        solution = PrimalDualActiveSet(noise_level=data.noise_level).solve(data.problem)
        assert solution.status is Status.CONVERGED
        np.testing.assert_array_equal(solution.active_groups, data.active_groups)
        residual = data.problem.data - data.problem.operator.apply(solution.coef)
        gradient = data.problem.operator.adjoint(residual)
        np.testing.assert_allclose(gradient[data.coef != 0], 0, atol=1e-10)  # as the oracle's


# Invariance


@pytest.mark.parametrize("condition", [1e1, 1e4])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("wrap", [np.asarray, aslinearoperator], ids=["dense", "matrix-free"])
def test_change_of_basis_inside_groups_changes_nothing(dtype, condition, wrap):
    sizes = [1, 2, 3, 5] * 10
    matrix, _, data, noise_level = random_problem(dtype, sizes, 0, 3, 5, seed=3)
    rng = np.random.default_rng(4)
    blocks = []
    for size in sizes:
        left, right = (np.linalg.qr(random_array((size, size), dtype, rng))[0] for _ in "lr")
        blocks.append(left * np.geomspace(1, condition, size) @ right)
    change = block_diag(*blocks)
    labels = np.repeat(np.arange(40), sizes)
    solver = PrimalDualActiveSet(noise_level=noise_level)
    plain = solver.solve(Problem(matrix, data, labels))
    changed = solver.solve(Problem(wrap(matrix @ change), data, labels))
    np.testing.assert_array_equal(changed.active_groups, plain.active_groups)
    np.testing.assert_allclose(change @ changed.coef, plain.coef, atol=1e-6)
    np.testing.assert_allclose(changed.history["n_active"], plain.history["n_active"])


@pytest.mark.parametrize("size", [1, 2])
def test_units_of_the_columns_change_nothing(size):
    """A feature measured in nanometres is not numerical rounding."""
    rng = np.random.default_rng(0)
    matrix, coef = rng.standard_normal((20, 12)), np.zeros(12)
    coef[[2, 3, 8, 9]] = [3, -2, 2, 4]
    data = matrix @ coef + 0.01 * rng.standard_normal(20)
    units = np.repeat(10.0 ** rng.integers(-9, 10, 12 // size), size)
    solver = PrimalDualActiveSet(alpha=0.5)
    plain = solver.solve(Problem(matrix, data, size))
    scaled = solver.solve(Problem(matrix * units, data, size))
    np.testing.assert_array_equal(scaled.active_groups, plain.active_groups)
    np.testing.assert_allclose(scaled.coef * units, plain.coef, rtol=1e-9, atol=1e-12)


def test_scale_of_the_data_scales_the_solution():
    matrix, _, data, noise_level = random_problem("float64", [4] * 30, 3, 1, 5, seed=5)
    plain = PrimalDualActiveSet(noise_level=noise_level).solve(Problem(matrix, data[:, 0], 4))
    for factor in (1e-8, 1e8):
        solver = PrimalDualActiveSet(noise_level=factor * noise_level)
        solution = solver.solve(Problem(matrix, factor * data[:, 0], 4))
        np.testing.assert_array_equal(solution.active_groups, plain.active_groups)
        np.testing.assert_allclose(solution.coef / factor, plain.coef, rtol=1e-9, atol=1e-12)


def test_order_of_groups_and_features_does_not_matter():
    sizes = [1, 2, 3, 5] * 10
    matrix, _, data, noise_level = random_problem("complex128", sizes, 0, 1, 5, seed=6)
    labels = np.repeat(np.arange(40), sizes)
    order = np.random.default_rng(0).permutation(labels.size)
    solver = PrimalDualActiveSet(noise_level=noise_level)
    plain = solver.solve(Problem(matrix, data[:, 0], labels))
    mixed = solver.solve(Problem(matrix[:, order], data[:, 0], labels[order]))
    np.testing.assert_array_equal(mixed.active_groups, plain.active_groups)
    np.testing.assert_allclose(mixed.coef, plain.coef[order], atol=1e-10)


# Ill-conditioned and dependent columns

WRAPS = pytest.mark.parametrize(
    "wrap", [np.asarray, aslinearoperator], ids=["dense", "matrix-free"]
)


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_bases_of_ill_conditioned_groups_are_orthonormal(dtype):
    """One pass over the Gram matrix would leave an error of condition^2 times the precision."""
    rng = np.random.default_rng(0)
    matrix = random_array((30, 8), dtype, rng)
    for group in (slice(0, 4), slice(4, 8)):
        left, _, right = np.linalg.svd(matrix[:, group], full_matrices=False)
        matrix[:, group] = left * np.geomspace(1, 1e-5, 4) @ right
    basis = make_orthonormal_basis(Matrix(matrix), Groups.blocks(4, 8))
    columns = basis.rotate_columns(matrix.T, np.arange(8)).T
    for group in (slice(0, 4), slice(4, 8)):
        gram = columns[:, group].conj().T @ columns[:, group]
        np.testing.assert_allclose(gram, np.eye(4), atol=1e-9)
    assert basis.independent.all()


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_nearly_parallel_groups_are_fitted_to_the_last_digits(dtype):
    """The Gram matrix loses twice as many digits as the columns; refinement restores them."""
    rng = np.random.default_rng(0)
    matrix = random_array((30, 6), dtype, rng)
    matrix[:, 3:] = matrix[:, :3] + 1e-4 * random_array((30, 3), dtype, rng)
    data = matrix @ np.array([1, -2, 3, -1, 2.5, 4])
    solution = PrimalDualActiveSet(noise_level=1e-9).solve(Problem(matrix, data, 3))
    assert solution.active_groups.tolist() == [0, 1]
    expected = np.linalg.lstsq(matrix, data)[0]
    np.testing.assert_allclose(solution.coef, expected, rtol=1e-10)


@WRAPS
def test_exactly_dependent_groups_get_coefficients_of_least_norm(wrap):
    data = make_group_sparse(80, 160, 40, 4, theta=1, recursive=False, random_state=0)
    matrix = data.problem.operator.values
    problem = Problem(wrap(matrix), data.problem.data, 4)
    solution = PrimalDualActiveSet(noise_level=data.noise_level).solve(problem)
    np.testing.assert_array_equal(solution.active_groups, data.active_groups)
    columns = np.flatnonzero(problem.groups.spread(np.isin(np.arange(40), data.active_groups)))
    assert np.linalg.matrix_rank(matrix[:, columns]) == 12
    expected = np.zeros(160)
    expected[columns] = np.linalg.pinv(matrix[:, columns], rcond=1e-10) @ problem.data
    np.testing.assert_allclose(solution.coef, expected, atol=1e-8)


@WRAPS
@pytest.mark.parametrize("settings", [{"alpha": 0.1}, {"noise_level": 0.2}, {"noise_level": 0.0}])
@pytest.mark.filterwarnings("ignore::groupsparse.toolkit.convergence.ConvergenceWarning")
def test_duplicate_groups_and_zero_columns_do_no_harm(wrap, settings):
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((30, 48))
    matrix[:, 8:12] = matrix[:, 4:8]  # group 2 is group 1
    matrix[:, 13] = 0
    matrix[:, 16:20] = 0
    coef = np.zeros(48)
    coef[4:8], coef[[12, 14, 15]] = [3, -4, 5, 3], [4, 4, -3]
    data = matrix @ coef + 0.02 * rng.standard_normal(30)
    solution = PrimalDualActiveSet(**settings).solve(Problem(wrap(matrix), data, 4))
    assert np.isfinite(solution.coef).all()
    assert np.abs(solution.coef).max() < 20
    np.testing.assert_allclose(solution.coef[[13, 16, 17, 18, 19]], 0, atol=1e-13)
    assert 4 not in solution.active_groups
    assert 3 in solution.active_groups
    np.testing.assert_allclose(solution.coef[4:8] + solution.coef[8:12], coef[4:8], atol=0.1)
    assert solution.residual_norm == pytest.approx(np.linalg.norm(matrix @ solution.coef - data))
    assert solution.certificate.value >= 0
    if "alpha" in settings:
        assert solution.status is Status.CONVERGED


@WRAPS
@pytest.mark.parametrize("free", [False, True], ids=["grouped", "unpenalised"])
def test_a_matrix_of_zeros(wrap, free):
    labels = [-1, -1, 0, 0] if free else [0, 0, 1, 1]
    problem = Problem(wrap(np.zeros((3, 4))), [1.0, 2.0, 2.0], labels)
    solution = PrimalDualActiveSet(alpha=0.1).solve(problem)
    assert not solution.coef.any()
    assert solution.objective == pytest.approx(4.5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("joint", [False, True])
def test_what_the_operator_does_not_see_stays_zero(dtype, joint):
    """Without the zero frequency the mean is invisible: its column is nothing but rounding."""
    rng = np.random.default_rng(0)
    masks = [rng.random((16, 16)) < 0.5 for _ in range(3)]
    for mask in masks:
        mask[8, 8] = False
    parts = [PartialFourier(mask) @ Wavelet((16, 16), "db4", 4) for mask in masks]
    operator = parts[0] if joint else Channelwise(parts)
    coef = np.zeros((3, 16, 16), dtype)
    coef[:, 3, 4], coef[:, 8, 2] = [3, -2, 2], 1
    data = np.stack([parts[0].apply(x) for x in coef]) if joint else operator.apply(coef)
    data = data + 1e-3 * random_array(data.shape, data.dtype, rng)
    groups = None if joint else Groups.across(0)
    noise_level = 1e-3 * np.sqrt(2 * data.size) * 1.1
    solution = PrimalDualActiveSet(noise_level=noise_level).solve(Problem(operator, data, groups))
    assert solution.status is Status.CONVERGED
    assert solution.active_groups.tolist() == [3 * 16 + 4, 8 * 16 + 2]
    np.testing.assert_allclose(solution.coef, coef, atol=0.01)
    np.testing.assert_array_equal(solution.coef[:, 0, 0], 0)


# Stopping


def easy(dtype="float64"):
    """Return a problem of which groups 2 and 4 are active, and the norm of its noise."""
    rng = np.random.default_rng(0)
    matrix, coef = random_array((30, 40), dtype, rng), np.zeros(40, dtype)
    coef[[8, 9, 10, 11, 16, 17, 18, 19]] = [3, -4, 5, 3, 2, 4, -4, 4]
    noise = 0.05 * random_array((30,), dtype, rng)
    return Problem(matrix, matrix @ coef + noise, 4), float(np.linalg.norm(noise))


def test_noise_level_above_the_data_gives_zero():
    problem, _ = easy()
    solution = PrimalDualActiveSet(noise_level=2 * np.linalg.norm(problem.data)).solve(problem)
    assert solution.status is Status.CONVERGED
    assert not solution.coef.any()
    assert solution.active_groups.size == solution.iterations == 0
    assert solution.certificate.value == 0
    assert solution.residual_norm == pytest.approx(np.linalg.norm(problem.data))


@WRAPS
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_no_noise_allowed_in_noisy_data(dtype, wrap):
    problem, _ = easy(dtype)
    problem = Problem(wrap(problem.operator.values), problem.data, 4)
    with pytest.warns(ConvergenceWarning, match="noise level") as caught:
        solution = PrimalDualActiveSet(noise_level=0).solve(problem)
    assert caught[0].filename == __file__
    assert solution.status in (Status.SATURATED, Status.NOISE_LEVEL_NOT_REACHED)
    assert not solution.status.is_success
    assert np.isfinite(solution.coef).all()
    assert 4 * solution.active_groups.size <= 30
    misfit = np.linalg.norm(problem.operator.apply(solution.coef) - problem.data)
    assert solution.residual_norm == pytest.approx(misfit, rel=0.1, abs=1e-4)


def test_more_rows_than_columns_and_no_noise_allowed_ends_with_least_squares():
    rng = np.random.default_rng(0)
    matrix, data = rng.standard_normal((30, 12)), rng.standard_normal(30)
    with pytest.warns(ConvergenceWarning, match="the path ended"):
        solution = PrimalDualActiveSet(noise_level=0).solve(Problem(matrix, data, 3))
    assert solution.status is Status.NOISE_LEVEL_NOT_REACHED
    np.testing.assert_allclose(solution.coef, np.linalg.lstsq(matrix, data)[0], atol=1e-10)


def test_exact_data_need_no_noise():
    data = make_group_sparse(60, 120, 30, 4, sigma=0.0, random_state=0)
    assert data.noise_level == 0
    solution = PrimalDualActiveSet(noise_level=1e-9).solve(data.problem)
    assert solution.status is Status.CONVERGED
    np.testing.assert_allclose(solution.coef, data.coef, atol=1e-9)


def test_one_group_that_holds_everything():
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((20, 6))
    data = matrix @ np.arange(6.0) + 0.01 * rng.standard_normal(20)
    solution = PrimalDualActiveSet(noise_level=1.0).solve(Problem(matrix, data, 6))
    assert solution.active_groups.tolist() == [0]
    np.testing.assert_allclose(solution.coef, np.linalg.lstsq(matrix, data)[0], atol=1e-10)


def test_all_features_unpenalised_is_least_squares():
    rng = np.random.default_rng(0)
    matrix, data = rng.standard_normal((20, 6)), rng.standard_normal(20)
    for operator in (matrix, aslinearoperator(matrix)):
        problem = Problem(operator, data, np.full(6, -1))
        solution = PrimalDualActiveSet(alpha=1.0).solve(problem)
        np.testing.assert_allclose(solution.coef, np.linalg.lstsq(matrix, data)[0], atol=1e-10)
        assert solution.active_groups.size == 0


def test_unpenalised_features_are_fitted_from_the_start():
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((30, 10))
    data = matrix[:, :2] @ [5.0, -3.0] + matrix[:, 4:6] @ [4.0, 4.0]
    labels = [-1, -1, 0, 0, 1, 1, 2, 2, 3, 3]
    for operator in (matrix, aslinearoperator(matrix)):
        solution = PrimalDualActiveSet(noise_level=1e-6).solve(Problem(operator, data, labels))
        assert solution.active_groups.tolist() == [1]
        np.testing.assert_allclose(solution.coef, [5, -3, 0, 0, 4, 4, 0, 0, 0, 0], atol=1e-9)


@pytest.mark.parametrize("alpha", [0.1, 1.0, 30.0])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_fixed_strength_ends_at_a_blockwise_minimiser(dtype, alpha):
    """No change of a single group lowers the objective (theorem 9)."""
    problem, _ = easy(dtype)
    matrix, data = problem.operator.values, problem.data
    solution = PrimalDualActiveSet(alpha=alpha).solve(problem)
    assert solution.status is Status.CONVERGED
    assert solution.certificate == (CertificateKind.SINGLE_CHANGE, 0)
    n_active = np.count_nonzero(np.linalg.norm(solution.coef.reshape(10, 4), axis=1))
    misfit = np.linalg.norm(matrix @ solution.coef - data) ** 2 / 2
    assert solution.objective == pytest.approx(misfit + alpha * n_active)
    for g in range(10):
        others = solution.coef.copy()
        others[4 * g : 4 * g + 4] = 0
        rest = data - matrix @ others
        columns = matrix[:, 4 * g : 4 * g + 4]
        fitted = rest - columns @ np.linalg.lstsq(columns, rest)[0]
        base = alpha * np.count_nonzero(np.linalg.norm(others.reshape(10, 4), axis=1))
        for trial in (rest, fitted):
            value = np.linalg.norm(trial) ** 2 / 2 + base + alpha * (trial is fitted)
            assert value >= solution.objective * (1 - 1e-12)


def test_strength_above_the_first_one_gives_zero():
    problem, _ = easy()
    solution = PrimalDualActiveSet(alpha=np.linalg.norm(problem.data) ** 2).solve(problem)
    assert solution.status is Status.CONVERGED
    assert not solution.coef.any()


def test_of_two_stops_the_first_counts():
    problem, noise_level = easy()
    by_noise = PrimalDualActiveSet(noise_level=noise_level).solve(problem)
    both = PrimalDualActiveSet(noise_level=noise_level, alpha=by_noise.alpha / 10).solve(problem)
    np.testing.assert_array_equal(both.coef, by_noise.coef)
    early = PrimalDualActiveSet(noise_level=noise_level, alpha=1e3).solve(problem)
    assert early.alpha == 1e3
    assert early.residual_norm > noise_level


def test_cycling_at_a_fixed_strength_is_reported():
    rng = np.random.default_rng(2)
    problem = Problem(rng.standard_normal((10, 12)), rng.standard_normal((10, 3)))
    with pytest.warns(ConvergenceWarning, match="single change"):
        solution = PrimalDualActiveSet(alpha=1.204542194695188).solve(problem)
    assert solution.status is Status.MAX_ITER
    assert solution.certificate.value > 0


def test_history_describes_the_path():
    data = make_group_sparse(100, 200, 50, 8, theta=1, random_state=0)
    solution = PrimalDualActiveSet(noise_level=data.noise_level, rho=0.8).solve(data.problem)
    history = solution.history
    assert set(history) == {"alpha", "n_active", "inner", "residual_norm"}
    assert (np.diff(history["alpha"]) < 0).all()
    steps = np.log(history["alpha"] / (np.linalg.norm(data.problem.data) ** 2 / 2)) / np.log(0.8)
    np.testing.assert_allclose(steps, steps.round(), atol=1e-9)
    assert history["inner"].max() <= 5
    assert history["inner"].sum() == solution.iterations
    assert history["n_active"][-1] == solution.active_groups.size == 8
    assert history["residual_norm"][-1] == pytest.approx(solution.residual_norm)
    assert (history["residual_norm"][:-1] > data.noise_level).all()


def test_callback_stops_the_path_without_a_warning():
    data = make_group_sparse(100, 200, 50, 8, random_state=0)
    seen = []
    solver = PrimalDualActiveSet(
        noise_level=data.noise_level,
        callback=lambda progress: seen.append(progress) or len(seen) == 3,
    )
    solution = solver.solve(data.problem)
    assert solution.status is Status.STOPPED
    assert len(seen) == len(solution.history["alpha"]) == 3
    assert 0 < solution.active_groups.size < 8
    assert seen[-1].n_active == solution.active_groups.size
    assert [p.fraction for p in seen] == sorted(p.fraction for p in seen)


def test_start_at_the_answer_is_recognised():
    problem, noise_level = easy()
    cold = PrimalDualActiveSet(noise_level=noise_level).solve(problem)
    warm = PrimalDualActiveSet(noise_level=noise_level).solve(problem, cold.coef)
    assert warm.iterations == 0
    np.testing.assert_allclose(warm.coef, cold.coef, atol=1e-12)
    np.testing.assert_array_equal(warm.active_groups, cold.active_groups)


def test_bad_start_is_forgotten():
    problem, noise_level = easy()
    start = np.zeros(40)
    start[20:28] = 1
    for settings in ({"noise_level": noise_level}, {"alpha": 1.0}):
        solution = PrimalDualActiveSet(**settings).solve(problem, start)
        assert solution.active_groups.tolist() == [2, 4]


def test_conjugate_gradients_that_run_out_are_reported():
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((60, 40)) @ np.diag(np.ones(40)) + 1
    data = matrix @ np.ones(40)
    problem = Problem(aslinearoperator(matrix), data, 2)
    with pytest.warns(ConvergenceWarning):
        solution = PrimalDualActiveSet(alpha=1e-6, max_fit_iter=2).solve(problem)
    assert solution.status is Status.MAX_ITER
    assert np.isfinite(solution.coef).all()


def make_cancelling_problem(as_operator):
    """Return two nearly equal columns, whose difference explains noise, and one more column."""
    angle = 0.1
    matrix = np.array([[1.0, np.cos(angle), 0.0], [0.0, np.sin(angle), 0.0], [0.0, 0.0, 1.0]])
    return Problem(as_operator(matrix), [1.0, 1.0, 2.0], 1)


@pytest.mark.parametrize("as_operator", [np.asarray, aslinearoperator])
def test_groups_that_cancel_each_other_are_fitted_with_a_ridge(as_operator):
    problem = make_cancelling_problem(as_operator)
    plain = PrimalDualActiveSet(noise_level=1e-6).solve(problem)
    assert abs(plain.coef).max() > 9
    with pytest.warns(ConvergenceWarning):
        rescued = PrimalDualActiveSet(noise_level=1e-6, rescue_ridge=0.1).solve(problem)
    assert not rescued.status.is_success
    assert np.linalg.norm(rescued.coef) < np.linalg.norm(problem.data)
    ridge = PrimalDualActiveSet(noise_level=1e-6, ridge=0.1)
    with pytest.warns(ConvergenceWarning):
        np.testing.assert_allclose(rescued.coef, ridge.solve(problem).coef, atol=1e-9)


def test_a_rescue_leaves_well_conditioned_groups_alone():
    problem, noise_level = easy()
    plain = PrimalDualActiveSet(noise_level=noise_level).solve(problem)
    watched = PrimalDualActiveSet(noise_level=noise_level, rescue_ridge=0.1).solve(problem)
    np.testing.assert_allclose(watched.coef, plain.coef, rtol=1e-9, atol=1e-12)


def test_a_session_ends_before_groups_cancel_each_other():
    problem = make_cancelling_problem(np.asarray)
    solver = PrimalDualActiveSet(alpha=1e-9, rescue_ridge=0.1)
    session = solver.session(problem)
    solutions = [session.solve(alpha) for alpha in session.strengths()]
    assert max(abs(solution.coef).max() for solution in solutions) < 3
    assert solutions[-1].status is Status.SATURATED


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"noise_level": -1.0}, "noise_level must be finite and not negative, got -1.0"),
        ({"noise_level": np.nan}, "noise_level must be finite and not negative, got nan"),
        ({"noise_level": np.inf}, "noise_level must be finite and not negative, got inf"),
        ({"alpha": 0.0}, "alpha must be positive and finite, got 0.0"),
        ({"alpha": np.inf}, "alpha must be positive and finite, got inf"),
        ({"alpha": 1.0, "rho": 1.0}, "rho must lie between 0 and 1, got 1.0"),
        ({"alpha": 1.0, "rho": 0.0}, "rho must lie between 0 and 1, got 0.0"),
        ({"n_groups": 0}, "n_groups must be an integer of at least 1, got 0"),
        ({"n_groups": 2.5}, "n_groups must be an integer of at least 1, got 2.5"),
        ({"noise_level": 1.0, "ridge": -1.0}, "ridge must be finite and not negative, got -1.0"),
        ({"alpha": 1.0, "max_inner": 0}, "max_inner must be an integer of at least 1, got 0"),
        ({"alpha": 1.0, "max_fit_iter": 0}, "max_fit_iter must be an integer of at least 1, got 0"),
        ({"alpha": 1.0, "tol": 0.0}, "tol must be positive and finite, got 0.0"),
        ({"alpha": 1.0, "path_tol": -1.0}, "path_tol must be positive and finite, got -1.0"),
        ({"alpha": 1.0, "rescue_ridge": 0.0}, "rescue_ridge must be positive and finite, got 0.0"),
    ],
)
def test_settings_are_checked(settings, message):
    with pytest.raises(ValueError, match=message):
        PrimalDualActiveSet(**settings)


def test_where_to_stop_must_be_said():
    problem, _ = easy()
    with pytest.raises(ValueError, match="give noise_level, alpha or n_groups"):
        PrimalDualActiveSet().solve(problem)


def test_channelwise_images_need_no_column_by_column_work(monkeypatch):
    rng = np.random.default_rng(0)
    masks = [rng.random((64, 64)) < 0.5 for _ in range(2)]
    parts = [PartialFourier(mask) @ Wavelet((64, 64), "db2") for mask in masks]
    operator = Channelwise(parts)
    coef = np.zeros(operator.domain_shape, complex)
    chosen = rng.choice(64 * 64, 20, replace=False)
    coef.reshape(2, -1)[:, chosen] = 1 + rng.random((2, 20))
    monkeypatch.setattr(type(operator), "columns", None)
    problem = Problem(operator, operator.apply(coef))
    solution = PrimalDualActiveSet(noise_level=1e-6).solve(problem)
    assert solution.active_groups.tolist() == sorted(chosen)
    np.testing.assert_allclose(solution.coef, coef, atol=1e-6)


# A number of groups, a ridge, the whole path


@pytest.mark.parametrize("wrap", [np.asarray, aslinearoperator], ids=["dense", "matrix-free"])
@pytest.mark.parametrize("n_groups", [1, 2, 5, 10])
def test_a_number_of_groups_is_found_exactly(n_groups, wrap):
    """What comes out is a fixed point: the groups kept are those with most evidence."""
    for seed in range(5):
        data = make_group_sparse(60, 120, 30, 8, dynamic_range=100, random_state=seed)
        matrix = data.problem.operator.values
        problem = Problem(wrap(matrix), data.problem.data, 4)
        solution = PrimalDualActiveSet(n_groups=n_groups).solve(problem)
        assert solution.active_groups.size == n_groups
        if wrap is np.asarray:
            assert solution.certificate.value == pytest.approx(
                find_best_single_change(matrix, data.problem.data, 4, solution), abs=1e-9
            )
        else:
            assert (solution.certificate.value < 1e-3) == (solution.status is Status.CONVERGED)
        kept = np.linalg.norm(data.coef.reshape(30, 4)[solution.active_groups], axis=1)
        if n_groups <= 8:
            assert (kept > 0).sum() >= n_groups - 2


def test_the_true_number_of_groups_gives_the_true_groups():
    for seed in range(5):
        data = make_group_sparse(200, 400, 100, 20, theta=1, random_state=seed)
        solution = PrimalDualActiveSet(n_groups=20).solve(data.problem)
        assert solution.status is Status.CONVERGED
        np.testing.assert_array_equal(solution.active_groups, data.active_groups)
        assert solution.history["n_active"].max() <= 20


def test_more_groups_than_the_data_hold():
    data = make_group_sparse(60, 120, 30, 4, sigma=0.0, random_state=0)
    with pytest.warns(ConvergenceWarning, match="cannot determine more"):
        solution = PrimalDualActiveSet(n_groups=10).solve(data.problem)
    assert solution.status is Status.SATURATED
    np.testing.assert_array_equal(solution.active_groups, data.active_groups)
    with pytest.warns(ConvergenceWarning, match="cannot determine more"):
        solution = PrimalDualActiveSet(n_groups=20).solve(Problem(*_noisy(), 4))
    assert solution.status is Status.SATURATED
    assert np.isfinite(solution.coef).all()
    with pytest.raises(
        ValueError, match="n_groups must be at most 30, the number of groups, got 31"
    ):
        PrimalDualActiveSet(n_groups=31).solve(data.problem)


def _noisy():
    rng = np.random.default_rng(0)
    return rng.standard_normal((40, 120)), rng.standard_normal(40)


@pytest.mark.covering(2)
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("sizes", [[3] * 10, [1] * 30, [1, 2, 3] * 5], ids=["3", "1", "1-3"])
@pytest.mark.parametrize("wrap", [np.asarray, aslinearoperator], ids=["dense", "matrix-free"])
def test_a_ridge_is_a_longer_matrix(dtype, sizes, wrap):
    """Rows sqrt(ridge) * I below the matrix, zeros below the data."""
    rng = np.random.default_rng(1)
    matrix = random_array((25, 30), dtype, rng)
    matrix[:, 1] = matrix[:, 0] + 1e-3 * matrix[:, 1]
    data, labels = random_array((25, 2), dtype, rng), np.repeat(np.arange(len(sizes)), sizes)
    labels[-1] = -1
    ridge, alpha = 0.3, 4.0
    below = np.diag(np.where(labels >= 0, np.sqrt(ridge), 0))
    longer = Problem(np.vstack([matrix, below]), np.vstack([data, np.zeros((30, 2))]), labels)
    expected = PrimalDualActiveSet(alpha=alpha).solve(longer)
    solver = PrimalDualActiveSet(alpha=alpha, ridge=ridge)
    solution = solver.solve(Problem(wrap(matrix), data, labels))
    assert 0 < solution.active_groups.size < len(sizes)
    np.testing.assert_array_equal(solution.active_groups, expected.active_groups)
    np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-9)
    assert solution.objective == pytest.approx(expected.objective, rel=1e-10)
    assert solution.residual_norm == pytest.approx(
        np.linalg.norm(data - matrix @ solution.coef), rel=1e-10
    )
    if wrap is np.asarray:
        assert solution.certificate.kind is CertificateKind.SINGLE_CHANGE
        assert solution.certificate.value == pytest.approx(expected.certificate.value, abs=1e-9)
    else:
        assert solution.certificate.kind is CertificateKind.COORDINATEWISE
        assert solution.certificate.value <= expected.certificate.value + 1e-9


@pytest.mark.parametrize("wrap", [np.asarray, aslinearoperator], ids=["dense", "matrix-free"])
def test_the_path_is_kept(wrap):
    data = make_group_sparse(100, 200, 50, 8, theta=1, random_state=0)
    problem = Problem(wrap(data.problem.operator.values), data.problem.data, 4)
    solver = PrimalDualActiveSet(noise_level=data.noise_level)
    path, solution = solution_path(solver, problem), solver.solve(problem)
    assert path[0].active_groups.size == path[0].iterations == 0
    np.testing.assert_allclose(path.alphas[1:], solution.history["alpha"])
    np.testing.assert_array_equal(path.n_active[1:], solution.history["n_active"])
    np.testing.assert_array_equal([s.iterations for s in path[1:]], solution.history["inner"])
    residual_norms = solution.history["residual_norm"]
    np.testing.assert_allclose(path.residual_norms[1:], residual_norms, rtol=1e-3)
    np.testing.assert_allclose(path[-1].coef, solution.coef, atol=1e-10)
    for step in path:
        fitted = oracle_solution(data.problem, step.active_groups)
        np.testing.assert_allclose(step.coef, fitted, atol=1e-7)


def test_given_strengths_are_solved_until_nothing_changes():
    data = make_group_sparse(100, 200, 50, 8, random_state=0)
    alphas = np.geomspace(10, 0.1, 6)
    path = solution_path(PrimalDualActiveSet(), data.problem, alphas)
    np.testing.assert_allclose(path.alphas, alphas)
    assert path.converged.all()
    assert all(step.certificate.value == 0 for step in path)


def test_a_path_ends_where_nothing_more_can_enter():
    data = make_group_sparse(60, 120, 30, 4, sigma=0.0, random_state=0)
    path = solution_path(PrimalDualActiveSet(), data.problem)
    assert path.n_active[-1] == 4
    assert path.converged.all()
    np.testing.assert_allclose(path[-1].coef, data.coef, atol=1e-9)


@pytest.mark.filterwarnings("ignore::groupsparse.toolkit.convergence.ConvergenceWarning")
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64"])
def test_paths_to_no_noise_end_on_hostile_columns(dtype):
    """Columns of all scales, copies, near copies: what stands out in the end is rounding."""
    for seed in range(12):
        rng = np.random.default_rng(seed)
        matrix = random_array((12, 20), dtype, rng)
        matrix[:, 10:] = matrix[:, :10]
        matrix[:, 5:8] = matrix[:, :3] + 1e-6 * matrix[:, 5:8]
        matrix *= (10.0 ** rng.integers(-9, 9, 20)).astype(matrix.real.dtype)
        labels = rng.permutation(np.arange(20) % 9)
        for data in (matrix[:, 0] / np.linalg.norm(matrix[:, 0]), random_array((12,), dtype, rng)):
            with np.errstate(all="raise", under="ignore"):
                solver = PrimalDualActiveSet(noise_level=0.0)
                solution = solver.solve(Problem(matrix, data, labels))
            assert np.isfinite(solution.coef).all()
            assert np.isfinite(solution.certificate.value)


def test_progress_towards_a_number_of_groups_is_a_fraction():
    seen = []
    data = make_group_sparse(60, 120, 30, 6, random_state=0)
    PrimalDualActiveSet(n_groups=6, callback=seen.append).solve(data.problem)
    assert all(progress.n_active / 6 <= progress.fraction <= 1 for progress in seen)
    assert seen[-1].fraction == 1


def test_large_problems_have_the_certificate_of_the_thresholds(monkeypatch):
    """New fits of all other groups would take longer than the path."""
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((20, 40))
    problem = Problem(matrix, rng.standard_normal(20))
    kind = PrimalDualActiveSet(n_groups=2).solve(problem).certificate.kind
    assert kind is CertificateKind.SINGLE_CHANGE
    monkeypatch.setattr(squares_active_set, "_MOST_MULTIPLICATIONS", 100)
    kind = PrimalDualActiveSet(n_groups=2).solve(problem).certificate.kind
    assert kind is CertificateKind.COORDINATEWISE
