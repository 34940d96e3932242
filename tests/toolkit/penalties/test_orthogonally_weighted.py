"""The penalty against the plain formula, its model and conditions against numerical derivatives.

And the small examples of Petrosyan, Pieper and Tran (2023), as far as they are true.
"""

import numpy as np
import pytest
from scipy.optimize import minimize

from groupsparse.toolkit.convergence import ConvergenceWarning
from groupsparse.toolkit.diagnostics import spark
from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.penalties.orthogonally_weighted import OrthogonallyWeightedL21
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solution import Status
from groupsparse.toolkit.solvers.orthogonal.gamma_continuation import GammaContinuation
from groupsparse.toolkit.solvers.orthogonal.variable_metric import VariableMetric
from groupsparse.toolkit.testing import random_array

DTYPES = pytest.mark.parametrize("dtype", ["float64", "complex128"])
GAMMAS = pytest.mark.parametrize("gamma", [0.0, 0.3, 1.0])
# Coefficients (features, channels): more, fewer, as many active features as channels, one channel.
SIZES = {"tall": (12, 3, 8), "low rank": (12, 7, 4), "square": (6, 6, 6), "one": (6, 1, 3)}


def metric_of(z, gamma):
    """Return ``gamma I + (1 - gamma) Z^H Z`` for coefficients (features, channels)."""
    return gamma * np.eye(z.shape[1]) + (1 - gamma) * z.conj().T @ z


def psi(z, gamma, members=None, weight=None):
    """Return the penalty by definition, with a dense pseudo-inverse."""
    if weight is None:
        weight = np.linalg.pinv(metric_of(z, gamma), rcond=1e-10, hermitian=True)
    squares = np.einsum("nk,kl,nl->n", z, weight, z.conj()).real
    members = [[n] for n in range(len(z))] if members is None else members
    return sum(np.sqrt(max(0.0, squares[list(m)].sum())) for m in members)


def sparse_rows(size, dtype="float64", seed=0):
    n_features, n_channels, n_active = size
    rng = np.random.default_rng(seed)
    z = np.zeros((n_features, n_channels), dtype)
    active = rng.choice(n_features, n_active, replace=False)
    z[active] = random_array((n_active, n_channels), dtype, rng)
    return z


def rows_of(z):
    return Groups.across(axis=1).bind(z.shape)


def value(z, gamma=0.0):
    """Return the penalty of coefficients whose rows are the groups."""
    return OrthogonallyWeightedL21(1.0, gamma).value(z, rows_of(z))


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@GAMMAS
@DTYPES
class TestFormula:
    @pytest.mark.covering(2)
    def test_value(self, size, gamma, dtype):
        z = sparse_rows(size, dtype)
        penalty = OrthogonallyWeightedL21(2.5, gamma)
        assert penalty.value(z, rows_of(z)) == pytest.approx(2.5 * psi(z, gamma), rel=1e-10)

    @pytest.mark.covering(2)
    def test_groups_of_several_features(self, size, gamma, dtype):
        z = sparse_rows(size, dtype)
        labels = np.arange(len(z)) // 4 if len(z) > 6 else np.array([1, 0, 1, 1, 2, 0])
        groups = Groups.from_labels(labels).over_channels(z.shape, axis=1)
        members = [np.flatnonzero(labels == g) for g in range(labels.max() + 1)]
        penalty = OrthogonallyWeightedL21(1.0, gamma)
        assert penalty.value(z, groups) == pytest.approx(psi(z, gamma, members), rel=1e-10)

    @pytest.mark.covering(2)
    def test_images_with_channels_first(self, size, gamma, dtype):
        z = sparse_rows(size, dtype)
        image = np.ascontiguousarray(z.T).reshape(z.shape[1], 2, -1)
        groups = Groups.across(axis=0).bind(image.shape)
        penalty = OrthogonallyWeightedL21(1.0, gamma)
        assert penalty.value(image, groups) == pytest.approx(psi(z, gamma), rel=1e-10)
        one, other = penalty.slope(z, rows_of(z)), penalty.slope(image, groups)
        assert other.shape == image.shape
        np.testing.assert_allclose(other.reshape(len(image), -1).T, one, atol=1e-10)

    @pytest.mark.covering(2)
    def test_weight(self, size, gamma, dtype):
        z = sparse_rows(size, dtype)
        expected = np.linalg.pinv(metric_of(z, gamma), rcond=1e-10, hermitian=True)
        weight = OrthogonallyWeightedL21(3.0, gamma).weight(z, rows_of(z))
        np.testing.assert_allclose(weight, expected, atol=1e-9 * np.abs(expected).max())

    @pytest.mark.covering(2)
    def test_rotations_of_the_channels_do_not_matter(self, size, gamma, dtype):
        z = sparse_rows(size, dtype)
        rng = np.random.default_rng(3)
        unitary, _ = np.linalg.qr(random_array((z.shape[1],) * 2, dtype, rng))
        assert value(z @ unitary, gamma) == pytest.approx(value(z, gamma), rel=1e-10)


@DTYPES
class TestRank:
    def test_gamma_zero_is_l21_of_an_orthonormal_basis(self, dtype):
        z = sparse_rows((10, 2, 7), dtype) @ random_array((2, 5), dtype, np.random.default_rng(1))
        basis = np.linalg.svd(z, full_matrices=False)[0][:, :2]
        assert value(z) == pytest.approx(np.linalg.norm(basis, axis=1).sum(), rel=1e-9)

    @pytest.mark.parametrize("rank", [1, 3, 6])
    def test_it_counts_the_rows_where_their_number_is_the_rank(self, dtype, rank):
        z = sparse_rows((10, 6, rank), dtype)
        assert value(z) == pytest.approx(rank, rel=1e-9)
        assert value(1e5 * z) == pytest.approx(rank, rel=1e-9)

    def test_it_lies_between_the_rank_and_its_mean_with_the_rows(self, dtype):
        for seed in range(20):
            z = sparse_rows((10, 3, 5 + seed % 5), dtype, seed)
            assert 3 <= value(z) <= np.sqrt(3 * np.count_nonzero(z.any(axis=1))) + 1e-9

    def test_one_channel_is_l1_over_l2(self, dtype):
        z = sparse_rows((8, 1, 5), dtype)[:, 0]
        ratio = np.abs(z).sum() / np.linalg.norm(z)
        assert value(z[:, None]) == pytest.approx(ratio)
        flat = OrthogonallyWeightedL21(1.0).value(z, Groups.blocks(1, 8))
        assert flat == pytest.approx(ratio)

    @GAMMAS
    def test_zero(self, dtype, gamma):
        for shape in ((4, 3), (2, 5), (3, 1)):
            assert value(np.zeros(shape, dtype), gamma) == 0.0

    def test_single_precision(self, dtype):
        z = sparse_rows((10, 4, 6), dtype)
        low = z.astype({"float64": "float32", "complex128": "complex64"}[dtype])
        assert value(low, 0.2) == pytest.approx(value(z, 0.2), rel=1e-5)
        assert OrthogonallyWeightedL21(1.0).slope(low, rows_of(low)).dtype == low.dtype


def directional(function, z, direction, h=1e-6):
    """Return a one-sided derivative of second order."""
    f0, f1, f2 = (function(z + t * direction) for t in (0, h, 2 * h))
    return (4 * f1 - f2 - 3 * f0) / (2 * h)


@DTYPES
@pytest.mark.parametrize(("size", "gamma"), [((9, 3, 6), 0.0), ((9, 3, 6), 0.4), ((9, 5, 2), 0.2)])
class TestModel:
    def test_it_touches_the_penalty(self, dtype, size, gamma):
        z, penalty = sparse_rows(size, dtype), OrthogonallyWeightedL21(1.7, gamma)
        groups = rows_of(z)
        assert penalty.model(z, z, groups) == pytest.approx(penalty.value(z, groups), rel=1e-12)

    def test_it_has_the_derivatives_of_the_penalty(self, dtype, size, gamma):
        z, penalty = sparse_rows(size, dtype), OrthogonallyWeightedL21(1.7, gamma)
        groups, rng = rows_of(z), np.random.default_rng(5)
        for _ in range(8):
            direction = random_array(z.shape, dtype, rng)
            expected = directional(lambda x: 1.7 * psi(x, gamma), z, direction)
            found = directional(lambda x: penalty.model(x, z, groups), z, direction)
            assert found == pytest.approx(expected, rel=1e-4, abs=1e-4)

    def test_it_is_convex(self, dtype, size, gamma):
        z, penalty = sparse_rows(size, dtype), OrthogonallyWeightedL21(1.7, gamma)
        groups, rng = rows_of(z), np.random.default_rng(6)
        for _ in range(20):
            a, b = random_array((2, *z.shape), dtype, rng)
            ends = (penalty.model(a, z, groups) + penalty.model(b, z, groups)) / 2
            assert penalty.model((a + b) / 2, z, groups) <= ends + 1e-10

    def test_slope_is_the_formula(self, dtype, size, gamma):
        z = sparse_rows(size, dtype)
        weight = np.linalg.pinv(metric_of(z, gamma), rcond=1e-10, hermitian=True)
        lam = np.zeros_like(weight)
        for row in z[z.any(axis=1)]:
            part = weight @ row.conj()[:, None] @ row[None] @ weight
            lam = lam - (1 - gamma) * part / np.sqrt((row @ weight @ row.conj()).real)
        slope = OrthogonallyWeightedL21(1.7, gamma).slope(z, rows_of(z))
        np.testing.assert_allclose(slope, 1.7 * z @ lam, atol=1e-9)


@DTYPES
@pytest.mark.parametrize("block", [1, 2])
class TestProx:
    def proxed(self, dtype, block):
        reference, x = sparse_rows((6, 3, 5), dtype, 1), sparse_rows((6, 3, 5), dtype, 2)
        x[0] *= 0.1
        groups = Groups.blocks(block, 6).over_channels(x.shape, axis=1)
        weight = np.linalg.inv(metric_of(reference, 0.4))
        members = [range(g, g + block) for g in range(0, 6, block)]

        def objective(z):
            away = np.einsum("nk,kl,nl->", z - x, weight, (z - x).conj()).real
            return 0.8 * psi(z, 0.4, members, weight) + away / (2 * 0.7)

        penalty = OrthogonallyWeightedL21(0.8, 0.4)
        before = x.copy(), reference.copy()
        result = penalty.prox(x, 0.7, reference, groups)
        assert (x == before[0]).all()
        assert (reference == before[1]).all()
        return result, objective, x

    def test_no_step_from_it_gains(self, dtype, block):
        result, objective, _ = self.proxed(dtype, block)
        assert 0 < np.count_nonzero(result.any(axis=1)) < 6
        rng = np.random.default_rng(0)
        for size in (1e-4, 1e-2, 1.0) * 30:
            step = size * random_array(result.shape, dtype, rng)
            step[rng.random(6) < 0.5] = 0
            assert objective(result + step) > objective(result) - 1e-12

    def test_a_general_minimiser_finds_no_better(self, dtype, block):
        result, objective, x = self.proxed(dtype, block)
        scale = np.array([1, 1j]) if np.iscomplexobj(x) else np.ones(1)

        def of_reals(v):
            return objective((v.reshape(scale.size, *x.shape) * scale[:, None, None]).sum(axis=0))

        start = np.array([x.real, x.imag][: scale.size]).ravel()
        found = minimize(of_reals, start, method="BFGS", options={"gtol": 1e-7})
        assert objective(result) <= found.fun + 1e-9
        assert objective(result) >= found.fun - 1e-3


def smooth_problem(dtype, block=1):
    """Return a problem with more rows than features, and its objective by the formula."""
    rng = np.random.default_rng(11)
    matrix, data = random_array((9, 4), dtype, rng), random_array((9, 2), dtype, rng)
    members = [range(g, g + block) for g in range(0, 4, block)]

    def objective(z, alpha, gamma):
        misfit = np.linalg.norm(matrix @ z - data) ** 2 / 2
        return misfit + alpha * psi(z, gamma, members)

    return Problem(matrix, data, block), objective


def numerical_gradient(function, z):
    gradient = np.zeros_like(z)
    for index in np.ndindex(*z.shape):
        for unit in (1, 1j) if np.iscomplexobj(z) else (1,):
            step = np.zeros_like(z)
            step[index] = 1e-6 * unit
            gradient[index] += unit * (function(z + step) - function(z - step)) / 2e-6
    return gradient


@DTYPES
@pytest.mark.parametrize("gamma", [0.0, 0.5])
class TestViolations:
    @pytest.mark.parametrize("block", [1, 2])
    def test_zero_at_a_numerical_minimum(self, dtype, gamma, block):
        problem, objective = smooth_problem(dtype, block)
        shape, is_complex = problem.shape, dtype == "complex128"

        def unpacked(v):
            return v[: v.size // 2].reshape(shape) + 1j * v[v.size // 2 :].reshape(shape)

        def of_reals(v):
            return objective(unpacked(v) if is_complex else v.reshape(shape), 0.3, gamma)

        fit = np.linalg.lstsq(problem.operator.operator.values, problem.data, rcond=None)[0]
        start = np.concatenate([fit.real, fit.imag]) if is_complex else fit
        found = minimize(of_reals, start.ravel(), method="BFGS", options={"gtol": 1e-6}).x
        z = unpacked(found) if is_complex else found.reshape(shape)
        assert np.linalg.norm(z, axis=1).min() > 1e-2  # smooth there
        gradient = problem.operator.adjoint(problem.operator.apply(z) - problem.data)
        violations = OrthogonallyWeightedL21(0.3, gamma).violations(z, gradient, problem.groups)
        assert violations.shape == (problem.groups.n_groups,)
        assert violations.max() < 1e-4

    def test_they_are_the_derivatives_in_the_metric(self, dtype, gamma):
        problem, objective = smooth_problem(dtype)
        z = random_array(problem.shape, dtype, np.random.default_rng(2))
        z[1] = 0
        gradient = problem.operator.adjoint(problem.operator.apply(z) - problem.data)
        violations = OrthogonallyWeightedL21(0.3, gamma).violations(z, gradient, problem.groups)
        metric = metric_of(z, gamma)
        slopes = numerical_gradient(lambda x: objective(x, 0.3, gamma), z)
        # For the zero row: the steepest descent among directions of unit length in the metric.
        direction = -gradient[1] @ metric
        direction /= np.sqrt((direction @ np.linalg.inv(metric) @ direction.conj()).real)
        step = np.zeros_like(z)
        step[1] = direction
        steepest = -directional(lambda x: objective(x, 0.3, gamma), z, step)
        expected = np.sqrt(np.einsum("nk,kl,nl->n", slopes, metric, slopes.conj()).real)
        expected[1] = max(0, steepest)
        assert steepest > 0.1
        np.testing.assert_allclose(violations, expected / 0.3, rtol=1e-4)


class TestParameters:
    @pytest.mark.parametrize("gamma", [0, 0.0, 1.0, 1, np.float32(0.5)])
    def test_the_ends_are_allowed(self, gamma):
        assert OrthogonallyWeightedL21(1.0, gamma).gamma == gamma

    @pytest.mark.parametrize("gamma", [np.nan, -0.1, 1.1, "a", None, np.inf, 0.5j])
    def test_gamma_outside(self, gamma):
        with pytest.raises(ValueError, match="gamma must be from 0 to 1"):
            OrthogonallyWeightedL21(1.0, gamma)

    @pytest.mark.parametrize("alpha", [np.nan, -1, 0, "a", None, np.inf])
    def test_alpha_outside(self, alpha):
        with pytest.raises(ValueError, match="alpha must be positive and finite"):
            OrthogonallyWeightedL21(alpha)

    def test_another_strength(self):
        penalty = OrthogonallyWeightedL21(1.0, 0.3).with_alpha(2.0)
        assert penalty == OrthogonallyWeightedL21(2.0, 0.3)
        with pytest.raises(ValueError, match="alpha"):
            penalty.with_alpha(0.0)


class TestExampleOne:
    """A = [[c, 1, 0], [c, 0, 1]], X = (0, 1, 1) and with a second column (0, 1, -1)."""

    two_columns = np.array([[0.0, 0.0], [1.0, 1.0], [1.0, -1.0]])

    def matrix(self, c):
        return np.array([[c, 1.0, 0.0], [c, 0.0, 1.0]])

    @pytest.mark.parametrize("c", [0.0, 0.3, 1.0, 2.5])
    def test_one_channel(self, c):
        taus = np.linspace(-10, 10, 4001)
        solutions = np.stack([taus, 1 - taus * c, 1 - taus * c], axis=1)[:, :, None]
        curve = np.array([value(z) for z in solutions])
        ratio = np.abs(solutions).sum(axis=(1, 2)) / np.linalg.norm(solutions, axis=(1, 2))
        np.testing.assert_allclose(curve, ratio, rtol=1e-12)
        np.testing.assert_allclose(self.matrix(c) @ solutions, np.ones((taus.size, 2, 1)))
        if c == 0:
            assert spark(self.matrix(c)) == 1
            assert curve[2000] == pytest.approx(np.sqrt(2))
            assert curve[2000] < min(curve[1999], curve[2001])  # a local minimum
            assert value(np.array([[1e8], [1.0], [1.0]])) == pytest.approx(1, abs=1e-7)
        else:
            assert spark(self.matrix(c)) == 3
            sparsest = np.array([[1 / c], [0.0], [0.0]])
            assert value(sparsest) == pytest.approx(1)
            assert curve.min() >= 1 - 1e-12
            assert curve[2000] == pytest.approx(np.sqrt(2))  # at the true coefficients

    @pytest.mark.parametrize("c", [0.3, 1.0, 2.5])
    def test_two_channels(self, c):
        """The true coefficients are a minimiser, but not the only one, as the paper says.

        The data have rank two, so every solution has, and no value is below two. All that
        have two active rows have this value: the true one, and one for each other pair of
        columns. They are the sparsest, too: no method can tell them apart.
        """
        matrix, x = self.matrix(c), self.two_columns
        data = matrix @ x
        assert value(x) == pytest.approx(2)
        for pair in ([0, 1], [0, 2], [1, 2]):
            z = np.zeros((3, 2))
            z[pair] = np.linalg.solve(matrix[:, pair], data)
            assert value(z) == pytest.approx(2)
        kernel = np.array([[1.0], [-c], [-c]])
        for t in np.random.default_rng(0).standard_normal((300, 2)) * 3:
            z = x + kernel * t
            np.testing.assert_allclose(matrix @ z, data, atol=1e-9)
            assert np.count_nonzero(z.any(axis=1)) == 3
            assert value(z) > 2 + 1e-9

    def test_continuation_ends_at_a_minimiser(self):
        matrix = self.matrix(0.5)
        problem = Problem(matrix, matrix @ self.two_columns)
        with pytest.warns(ConvergenceWarning, match="as many coefficients are active as there are"):
            solution = GammaContinuation(0.0).solve(problem)
        assert solution.status is Status.INTERPOLATED  # two rows of data, and no sparser solution
        assert value(solution.coef) == pytest.approx(2, abs=1e-9)
        assert solution.residual_norm < 1e-9


class TestExampleTwo:
    """A 4 x 5 matrix of spark 3 for which the minimum with one channel lies at infinity."""

    x = np.array([[0.0, 0, 0, 1, 1], [0, 0, 0, 1, -1]]).T

    def matrix(self, c):
        return np.array([[c, 1, 0, 0, 0], [c, 0, 1, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1.0]])

    def curve(self, c, tau):
        return value(np.array([[tau], [-tau * c], [-tau * c], [1.0], [1.0]]))

    @pytest.mark.parametrize("c", [0.1, 0.2, 0.3, 1.0])
    def test_one_channel(self, c):
        assert spark(self.matrix(c)) == 3
        for tau in (-3.0, -0.1, 0.0, 0.4, 7.0):
            expected = (2 + (1 + 2 * c) * abs(tau)) / np.sqrt(2 + (1 + 2 * c**2) * tau**2)
            assert self.curve(c, tau) == pytest.approx(expected, rel=1e-12)
        assert self.curve(c, 0) == pytest.approx(np.sqrt(2))
        assert self.curve(c, 0) < min(self.curve(c, 1e-3), self.curve(c, -1e-3))
        limit = (1 + 2 * c) / np.sqrt(1 + 2 * c**2)
        assert self.curve(c, 1e6) == pytest.approx(limit, rel=1e-5)
        assert self.curve(c, 1e6) > limit  # approached, not attained
        assert (self.curve(c, 1e6) < np.sqrt(2)) == (c < 0.25)

    @pytest.mark.parametrize("c", [0.1, 0.3, 1.0])
    def test_two_channels_have_one_minimiser(self, c):
        assert value(self.x) == pytest.approx(2)
        kernel = np.array([[1.0], [-c], [-c], [0], [0]])
        grid = np.array([-1e4, -10, -1, -0.1, -1e-3, 0, 1e-3, 0.1, 1, 10, 1e4])
        for t in np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2):
            z = self.x + kernel * t
            np.testing.assert_allclose(self.matrix(c) @ z, self.matrix(c) @ self.x, atol=1e-9)
            if t.any():
                assert value(z) > 2 + 1e-6

    @pytest.mark.parametrize("c", [0.1, 0.3, 1.0])
    def test_solvers_find_it(self, c):
        problem = Problem(self.matrix(c), self.matrix(c) @ self.x)
        found = GammaContinuation(0.0).solve(problem)
        np.testing.assert_allclose(found.coef, self.x, atol=1e-9)
        descent = VariableMetric(OrthogonallyWeightedL21(1e-4), tol=1e-12).solve(problem)
        np.testing.assert_array_equal(descent.active_groups, [3, 4])
        np.testing.assert_allclose(descent.coef, self.x, atol=1e-3)


class TestExampleThree:
    """The spherical section property of the matrix of example 1."""

    @pytest.mark.parametrize("c", [0.0, 0.1, 0.25, 0.3, 0.5, 1.0])
    def test_rank_one(self, c):
        """The value is at most sqrt(2) for c <= 1/4, not for c <= 1/2 as the paper says."""
        z = np.array([[1.0, 1.0], [-c, -c], [-c, -c]])
        matrix = np.array([[c, 1.0, 0.0], [c, 0.0, 1.0]])
        np.testing.assert_allclose(matrix @ z, 0, atol=1e-15)
        assert value(z) == pytest.approx((1 + 2 * c) / np.sqrt(1 + 2 * c**2), rel=1e-9)
        assert (value(z) <= np.sqrt(2) + 1e-12) == (c <= 0.25)

    def test_rank_two(self):
        """At c = 0 an element that loses rank has the value 2: the (2, 2) property fails."""
        z, matrix = np.eye(3)[:, :2], np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
        assert np.linalg.matrix_rank(matrix @ z) < np.linalg.matrix_rank(z) == 2
        assert value(z) == pytest.approx(2)

    def test_rank_two_is_safe_for_positive_c(self):
        """Lemma 4.3: of all bases that hold the kernel's vector, none has the value 2."""
        rng, kernel = np.random.default_rng(0), np.array([1.0, -0.5, -0.5])
        others = rng.standard_normal((500, 3))
        assert min(value(np.stack([kernel, other], axis=1)) for other in others) > 2.01


@pytest.mark.parametrize("bad", [np.inf, np.nan, 1e300])
def test_what_cannot_be_computed_with_is_named(bad):
    penalty, x, z = OrthogonallyWeightedL21(1.0), np.ones((3, 2)), np.full((3, 2), bad)
    groups = rows_of(x)
    for name, call in {
        "x": lambda: penalty.value(z, groups),
        "reference": lambda: penalty.slope(z, groups),
        "reference ": lambda: penalty.model(x, z, groups),
        "gradient": lambda: penalty.violations(x, z, groups),
    }.items():
        with pytest.raises(ValueError, match=f"^{name.strip()} has "):
            call()
    with pytest.raises(ValueError, match="step must be at most"):
        penalty.prox(x, 10**300, x, groups)
    with pytest.raises(ValueError, match="groups must be of type Groups"):
        penalty.value(x, 2)


def test_tables_of_pandas():
    pandas = pytest.importorskip("pandas")
    x = np.array([[0.24, 0.44], [1.78, -0.86]])
    penalty, groups = OrthogonallyWeightedL21(0.02), rows_of(x)
    table = pandas.DataFrame(x)
    np.testing.assert_array_equal(penalty.slope(table, groups), penalty.slope(x, groups))
    assert penalty.model(x, table, groups) == penalty.model(x, x, groups)
