"""Coherence by principal angles of all pairs, what the paper proves about it, and block RIP."""

import itertools

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings, strategies as st
from scipy.linalg import block_diag, sqrtm, subspace_angles
from scipy.sparse.linalg import aslinearoperator

from groupsparse.toolkit.diagnostics import (
    block_coherence,
    block_restricted_isometry,
    mutual_coherence,
    recovery_condition,
)
from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.operators import Channelwise, Matrix, PartialFourier, Wavelet
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solution import Status
from groupsparse.toolkit.solvers import PrimalDualActiveSet
from groupsparse.toolkit.testing import random_array

WRAPS = pytest.mark.parametrize(
    "wrap", [np.asarray, sp.csr_array, aslinearoperator], ids=["dense", "sparse", "matrix-free"]
)
REAL_AND_COMPLEX = pytest.mark.parametrize("dtype", ["float64", "complex128"])


def labels_of(sizes):
    return np.repeat(np.arange(len(sizes)), sizes)


def members_of(sizes):
    return np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:-1])


def by_angles(matrix, members):
    """The cosine of the smallest principal angle of all pairs."""
    return max(
        np.cos(subspace_angles(matrix[:, i], matrix[:, j]).min())
        for i, j in itertools.combinations(members, 2)
    )


# Mutual coherence


@WRAPS
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_mutual_coherence_is_the_largest_cosine(dtype, wrap):
    rng = np.random.default_rng(0)
    matrix = random_array((12, 30), dtype, rng) * rng.uniform(0.1, 10, 30).astype("float32")
    matrix[:, 7] = 0
    unit = np.delete(matrix, 7, axis=1)
    unit = unit / np.linalg.norm(unit, axis=0)
    expected = np.abs(unit.conj().T @ unit - np.eye(29)).max()
    assert mutual_coherence(wrap(matrix)) == pytest.approx(expected, rel=1e-5)


def test_mutual_coherence_of_special_matrices():
    assert mutual_coherence(np.eye(5)) == 0
    assert mutual_coherence(np.zeros((3, 4))) == 0
    assert mutual_coherence(np.ones((3, 1))) == 0
    assert mutual_coherence(np.array([[1, 1j], [1j, -1]])) == pytest.approx(1)
    fourier = np.exp(2j * np.pi * np.outer(np.arange(16), np.arange(16)) / 16) / 4
    assert mutual_coherence(np.hstack([np.eye(16), fourier])) == pytest.approx(1 / 4)
    assert 0 <= mutual_coherence(fourier) < 1e-14


def test_wide_matrices_go_through_in_strips():
    """More columns than one strip holds: the largest cosine is between far columns."""
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((200, 1300))
    matrix[:, 1290] = matrix[:, 3] + 0.1 * rng.standard_normal(200)
    unit = matrix / np.linalg.norm(matrix, axis=0)
    expected = abs(unit[:, 3] @ unit[:, 1290])
    assert mutual_coherence(matrix) == pytest.approx(expected, rel=1e-12)
    groups = [[3, 4], *([i, i + 1] for i in range(5, 1289, 2)), [0, 1, 2], [1289, 1290, 1291]]
    matrix, groups = matrix[:, :1292], [*groups]
    covered = sorted(i for group in groups for i in group)
    assert covered == list(range(1292))
    assert block_coherence(matrix, groups) == pytest.approx(
        np.cos(subspace_angles(matrix[:, groups[0]], matrix[:, groups[-1]]).min()), rel=1e-12
    )


# Blockwise mutual coherence


@pytest.mark.covering(2)
@WRAPS
@REAL_AND_COMPLEX
@pytest.mark.parametrize("sizes", [[3] * 6, [1, 2, 3, 5, 2, 1], [1] * 10, [7, 1]], ids=str)
def test_block_coherence_is_the_smallest_principal_angle(sizes, dtype, wrap):
    for seed in range(4):
        rng = np.random.default_rng(seed)
        matrix = random_array((20, sum(sizes)), dtype, rng)
        expected = by_angles(matrix, members_of(sizes))
        assert block_coherence(wrap(matrix), labels_of(sizes)) == pytest.approx(expected, rel=1e-10)


@REAL_AND_COMPLEX
def test_many_pairs_in_strips(dtype, monkeypatch):
    from groupsparse.toolkit.diagnostics import coherence

    monkeypatch.setattr(coherence, "_STRIP", 16)
    monkeypatch.setattr(coherence, "_PAIR_ENTRIES", 50)
    sizes = [1, 2, 3, 5] * 10
    matrix = random_array((60, sum(sizes)), dtype, np.random.default_rng(0))
    expected = by_angles(matrix, members_of(sizes))
    assert block_coherence(matrix, labels_of(sizes)) == pytest.approx(expected, rel=1e-10)
    large = [40, 3, 3]
    expected = by_angles(matrix, members_of(large))
    assert block_coherence(matrix[:, :46], labels_of(large)) == pytest.approx(expected, rel=1e-10)


@WRAPS
@REAL_AND_COMPLEX
def test_duplicate_zero_and_dependent_columns(dtype, wrap):
    sizes = [2, 3, 3, 2]
    rng = np.random.default_rng(0)
    matrix = random_array((20, 10), dtype, rng)
    matrix[:, 4] = matrix[:, 2] - 2 * matrix[:, 3]
    matrix[:, 6] = 0
    reduced = np.delete(matrix, [4, 6], axis=1)
    expected = by_angles(reduced, members_of([2, 2, 2, 2]))
    assert block_coherence(wrap(matrix), labels_of(sizes)) == pytest.approx(expected, rel=1e-9)
    matrix[:, 5:8] = 0  # a group of zeros spans nothing
    expected = by_angles(matrix[:, [0, 1, 2, 3, 8, 9]], members_of([2, 2, 2]))
    assert block_coherence(wrap(matrix), labels_of(sizes)) == pytest.approx(expected, rel=1e-9)
    matrix[:, 9] = matrix[:, :2] @ [1, -3]
    assert block_coherence(wrap(matrix), labels_of(sizes)) == pytest.approx(1, abs=1e-9)


def test_orthogonal_groups_and_few_groups():
    rng = np.random.default_rng(0)
    left, right = rng.standard_normal((5, 3)), rng.standard_normal((6, 4))
    assert block_coherence(block_diag(left, right), [[0, 1, 2], [3, 4, 5, 6]]) == 0
    assert block_coherence(left, 3) == 0
    assert block_coherence(np.zeros((4, 6)), 2) == 0
    assert block_coherence(left, [-1, -1, -1]) == 0


def test_unpenalised_columns_do_not_count():
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((20, 6))
    matrix[:, 0] = matrix[:, 1]
    expected = by_angles(matrix[:, 2:], members_of([2, 2]))
    assert block_coherence(matrix, [-1, -1, 0, 0, 1, 1]) == pytest.approx(expected, rel=1e-10)


def test_a_problem_brings_its_groups():
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((20, 12))
    expected = block_coherence(matrix, 3)
    assert block_coherence(Problem(matrix, rng.standard_normal(20), 3)) == expected
    # Channels that share the operator have the same angles.
    assert block_coherence(Problem(matrix, rng.standard_normal((20, 4)), 3)) == expected
    assert mutual_coherence(Problem(matrix, np.ones(20), 3)) == mutual_coherence(matrix)
    with pytest.raises(ValueError, match="groups must be left out where a Problem"):
        block_coherence(Problem(matrix, np.ones(20), 3), 3)


def test_operators_of_images(dense):
    rng = np.random.default_rng(0)
    parts = [PartialFourier(rng.random((8, 8)) < 0.7) @ Wavelet((8, 8), "db4", 2) for _ in "ab"]
    operator = Channelwise(parts)
    matrix = dense(operator)
    members = np.arange(128).reshape(2, 64).T
    # One column of each channel: the groups' columns are orthogonal already.
    unit = matrix / np.linalg.norm(matrix, axis=0)
    cosines = np.abs([unit[:, m].conj().T @ unit[:, m] for m in members.T])
    expected = (cosines - np.eye(64)).max()
    assert block_coherence(operator, Groups.across(0)) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("measure", [block_coherence, recovery_condition])
def test_groups_are_checked(measure):
    settings = {"n_active": 1} if measure is recovery_condition else {}
    with pytest.raises(ValueError, match="groups overlap; disjoint groups are needed"):
        measure(np.eye(3), [[0, 1], [1, 2]], **settings)
    with pytest.raises(ValueError, match="block size"):
        measure(np.eye(3), 2, **settings)
    with pytest.raises(ValueError, match="operator must be"):
        measure("matrix", 2, **settings)


# What Jiao, Jin and Lu prove


class Draw:
    """A random matrix of groups, from well-conditioned ones to nearly dependent columns."""

    def __init__(self, seed, dtype, theta=1.0):
        rng = self.rng = np.random.default_rng(seed)
        self.sizes = rng.integers(1, 5, rng.integers(2, 7))
        self.members = members_of(self.sizes)
        n_rows = self.sizes.sum() + rng.integers(0, 60)
        self.matrix = random_array((n_rows, self.sizes.sum()), dtype, rng)
        for group in self.members:
            self.matrix[:, group] += theta * rng.uniform(0, 3) * self.matrix[:, group[:1]]
        self.matrix /= np.linalg.norm(self.matrix, axis=0)
        self.labels = labels_of(self.sizes)
        self.mu = block_coherence(self.matrix, self.labels)
        roots = [sqrtm(self.matrix[:, g].conj().T @ self.matrix[:, g]) for g in self.members]
        self.bases = [
            self.matrix[:, g] @ np.linalg.inv(root)
            for g, root in zip(self.members, roots, strict=True)
        ]

    def vector(self, size):
        return random_array((size,), self.matrix.dtype, self.rng)


SEEDS = st.integers(0, 10**9)
DTYPES = st.sampled_from(["float64", "complex128"])
SOME = settings(max_examples=60, deadline=None, derandomize=True)


@SOME
@given(SEEDS, DTYPES)
def test_coherence_bounds_block_coherence(seed, dtype):
    """Proposition 3: if ``(s - 1) nu < 1``, then ``mu <= nu s / (1 - nu (s - 1))``."""
    draw = Draw(seed, dtype, theta=0.1)
    nu, size = mutual_coherence(draw.matrix), draw.sizes.max()
    if (size - 1) * nu < 1:
        assert draw.mu <= nu * size / (1 - nu * (size - 1)) + 1e-12


def test_the_bound_of_coherence_is_met_by_tall_matrices():
    """So that the property above is not about nothing."""
    matrix = np.random.default_rng(0).standard_normal((2000, 12))
    nu = mutual_coherence(matrix)
    assert 2 * nu < 1
    assert nu <= block_coherence(matrix, 3) <= nu * 3 / (1 - nu * 2)


@SOME
@given(SEEDS, DTYPES)
def test_coherence_bounds_products_of_orthonormal_bases(seed, dtype):
    """Lemma 4: with ``D_ij = U_i^H U_j``, ``||U_i^H y|| <= ||y||``, ``||D_ij x|| <= mu ||x||``."""
    draw = Draw(seed, dtype)
    y = draw.vector(len(draw.matrix))
    for i, left in enumerate(draw.bases):
        assert np.linalg.norm(left.conj().T @ y) <= np.linalg.norm(y) * (1 + 1e-12)
        for j, right in enumerate(draw.bases):
            x = draw.vector(right.shape[1])
            assert np.linalg.norm(right @ x) == pytest.approx(np.linalg.norm(x), rel=1e-8)
            image = np.linalg.norm(left.conj().T @ (right @ x))
            if i == j:
                assert image == pytest.approx(np.linalg.norm(x), rel=1e-8)
            else:
                assert image <= draw.mu * np.linalg.norm(x) * (1 + 1e-8)


@SOME
@given(SEEDS, DTYPES)
def test_gram_matrix_of_some_groups_is_near_the_identity(seed, dtype):
    """Lemma 5: ``||D x|| / ||x||`` lies in ``1 -+ (M - 1) mu``, in the largest group norm."""
    draw = Draw(seed, dtype)
    n_groups = len(draw.bases)
    chosen = draw.rng.choice(n_groups, draw.rng.integers(1, n_groups + 1), replace=False)
    columns = np.hstack([draw.bases[g] for g in chosen])
    ends = np.cumsum(draw.sizes[chosen])[:-1]
    x = draw.vector(columns.shape[1])
    before = max(np.linalg.norm(part) for part in np.split(x, ends))
    image = columns.conj().T @ (columns @ x)
    after = max(np.linalg.norm(part) for part in np.split(image, ends))
    spread = (chosen.size - 1) * draw.mu
    assert (1 - spread) * before <= after * (1 + 1e-8)
    assert after <= (1 + spread) * before * (1 + 1e-8)


@SOME
@given(SEEDS, DTYPES)
def test_change_of_basis_inside_groups_changes_nothing(seed, dtype):
    draw = Draw(seed, dtype)
    blocks = [random_array((size, size), dtype, draw.rng) for size in draw.sizes]
    if max(np.linalg.cond(block) for block in blocks) < 1e3:
        changed = block_coherence(draw.matrix @ block_diag(*blocks), draw.labels)
        assert changed == pytest.approx(draw.mu, rel=1e-7)


# The condition for recovery


@pytest.mark.parametrize("mu", [0.01, 0.1, 1 / 6, 0.2, 1 / 3, 0.5, 1.0])
def test_largest_number_of_active_groups(mu):
    """The bound is strict: with mu = 1/6 two groups are too many."""
    first, second = np.eye(40)[:, 0], np.eye(40)[:, 1]
    matrix = np.eye(40)
    matrix[:, 1] = mu * first + (1 - mu**2) ** 0.5 * second
    found = recovery_condition(matrix, n_active=2)
    assert found.block_coherence == pytest.approx(mu)
    largest = found.largest_n_active
    assert largest == 0 or 3 * largest * found.block_coherence < 1
    assert 3 * (largest + 1) * found.block_coherence >= 1
    assert found.holds is (largest >= 2)
    assert largest == {0.01: 33, 0.1: 3, 0.2: 1, 0.5: 0, 1.0: 0}.get(mu, largest)


def test_orthogonal_groups_may_all_be_active():
    assert recovery_condition(np.eye(6), 2, n_active=3) == (True, 0.0, 3)


@pytest.mark.parametrize("n_active", [0, 4])
def test_number_of_active_groups_is_checked(n_active):
    with pytest.raises(ValueError, match=f"n_active must be an integer .* 1 to 3, got {n_active}"):
        recovery_condition(np.eye(6), 2, n_active=n_active)
    with pytest.raises(ValueError, match=f"n_active must be an integer .* 1 to 3, got {n_active}"):
        block_restricted_isometry(np.eye(6), 2, n_active=n_active)


@REAL_AND_COMPLEX
@pytest.mark.parametrize("correlated", [False, True])
def test_exact_data_are_recovered_under_the_condition(dtype, correlated):
    """Theorem 13, whatever the condition of the groups."""
    for seed in range(10):
        rng = np.random.default_rng(seed)
        matrix = np.linalg.qr(random_array((60, 60), dtype, rng))[0]
        matrix = matrix + 0.004 * random_array((60, 60), dtype, rng)
        if correlated:
            matrix = matrix @ block_diag(*random_array((20, 3, 3), dtype, rng))
        condition = recovery_condition(matrix, 3, n_active=2)
        assert condition.holds
        n_active = condition.largest_n_active
        coef = np.zeros((20, 3), dtype)
        active = np.sort(rng.choice(20, n_active, replace=False))
        coef[active] = random_array((n_active, 3), dtype, rng)
        data = matrix @ coef.ravel()
        solution = PrimalDualActiveSet(noise_level=1e-9).solve(Problem(matrix, data, 3))
        assert solution.status is Status.CONVERGED
        np.testing.assert_array_equal(solution.active_groups, active)
        np.testing.assert_allclose(solution.coef, coef.ravel(), atol=1e-6)


# Block-restricted isometry


def exhaustive(matrix, members, n_active):
    """delta_T over all sets of groups."""
    largest = 0.0
    for chosen in itertools.combinations(members, n_active):
        columns = matrix[:, np.concatenate(chosen)]
        squares = np.linalg.eigvalsh(columns.conj().T @ columns)
        largest = max(largest, squares[-1] - 1, 1 - squares[0])
    return largest


@pytest.mark.covering(2)
@WRAPS
@REAL_AND_COMPLEX
@pytest.mark.parametrize("n_active", [1, 2, 3])
def test_isometry_constant_of_tiny_problems(n_active, dtype, wrap):
    """With many draws from few sets the bound from below is met; with few it stays below."""
    sizes = [1, 3, 2, 2, 1]
    matrix = random_array((12, 9), dtype, np.random.default_rng(0)) / 3.5
    expected = exhaustive(matrix, members_of(sizes), n_active)
    settings = {"n_active": n_active, "random_state": 0}
    found = block_restricted_isometry(wrap(matrix), labels_of(sizes), n_trials=300, **settings)
    assert found == pytest.approx(expected, rel=1e-10)
    few = [
        block_restricted_isometry(wrap(matrix), labels_of(sizes), n_trials=n, **settings)
        for n in (1, 2, 4, 300)
    ]
    assert few == sorted(few)


@REAL_AND_COMPLEX
def test_isometries_have_constant_zero(dtype):
    matrix = np.linalg.qr(random_array((20, 12), dtype, np.random.default_rng(0)))[0]
    found = block_restricted_isometry(matrix, 3, n_active=2, n_trials=20, random_state=0)
    assert 0 <= found < 1e-14


@REAL_AND_COMPLEX
def test_isometry_constant_of_orthonormal_groups(dtype):
    """It knows nothing of the basis, nor of dependent columns; one group is an isometry."""
    rng = np.random.default_rng(0)
    matrix = random_array((30, 12), dtype, rng)
    matrix[:, 5] = matrix[:, 3] + matrix[:, 4]
    settings = {"orthonormal": True, "n_trials": 100, "random_state": 1}
    alone = block_restricted_isometry(matrix, 3, n_active=1, **settings)
    assert alone == pytest.approx(0, abs=1e-10)
    pairs = block_restricted_isometry(matrix, 3, n_active=2, **settings)
    assert pairs == pytest.approx(block_coherence(matrix, 3), rel=1e-9)  # sigma^2 = 1 -+ mu
    changed = matrix @ block_diag(*random_array((4, 3, 3), dtype, rng))
    again = block_restricted_isometry(changed, 3, n_active=2, **settings)
    assert again == pytest.approx(pairs, rel=1e-8)


def test_more_columns_than_rows_are_dependent():
    matrix = np.random.default_rng(0).standard_normal((4, 10)) / 10
    assert block_restricted_isometry(matrix, 5, n_active=1) == pytest.approx(1)
    assert block_restricted_isometry(np.zeros((4, 4)), 2, n_active=1, orthonormal=True) == 0
    assert block_restricted_isometry(np.zeros((4, 4)), 2, n_active=1) == 1


def test_isometry_constant_is_drawn_from_the_seed():
    problem = Problem(Matrix(np.random.default_rng(0).standard_normal((20, 40))), np.ones(20), 2)
    first, second = (
        block_restricted_isometry(problem, n_active=3, n_trials=5, random_state=7) for _ in "ab"
    )
    assert first == second
    with pytest.raises(ValueError, match="n_trials must be an integer of at least 1, got 0"):
        block_restricted_isometry(problem, n_active=3, n_trials=0)
