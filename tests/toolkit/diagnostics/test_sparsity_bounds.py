"""Spark, uniqueness and the null-space property against brute force, and the paper's examples."""

import itertools

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.linalg import dft, hadamard, null_space
from scipy.optimize import linprog
from scipy.sparse.linalg import aslinearoperator

from groupsparse.toolkit.diagnostics import mutual_coherence
from groupsparse.toolkit.diagnostics.babel import cumulative_coherence
from groupsparse.toolkit.diagnostics.dependence import kruskal_rank, spark, spark_bounds
from groupsparse.toolkit.diagnostics.null_space import null_space_constant
from groupsparse.toolkit.diagnostics.uniqueness import coherence_bound, uniqueness_bound
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.testing import random_array

DTYPES = ["float32", "float64", "complex64", "complex128"]


def example_1(c):
    return np.array([[c, 1, 0], [c, 0, 1]])


def example_2(c):
    return np.array([[c, 1, 0, 0, 0], [c, 0, 1, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1.0]])


def small_integers(seed, least=1):
    """A matrix with many dependent sets of columns, each column with its own scale."""
    rng = np.random.default_rng(seed)
    n_rows, n_features = rng.integers(least, 6), rng.integers(least, 9)
    return rng.integers(-1, 2, (n_rows, n_features)) * rng.uniform(0.1, 10, n_features)


def dependent_sets(matrix):
    """All sets of dependent columns, the smallest first."""
    features = range(matrix.shape[1])
    return (
        chosen
        for size in range(1, matrix.shape[1] + 1)
        for chosen in itertools.combinations(features, size)
        if np.linalg.matrix_rank(matrix[:, chosen]) < size
    )


def spark_by_ranks(matrix):
    return len(next(dependent_sets(matrix), range(matrix.shape[1] + 1)))


# Spark


def test_spark_is_the_size_of_the_smallest_dependent_set():
    for seed in range(150):
        matrix = small_integers(seed)
        expected = spark_by_ranks(matrix)
        lower, upper = spark_bounds(matrix)
        assert lower <= expected <= upper <= np.linalg.matrix_rank(matrix) + 1, seed
        assert spark(matrix) == spark(matrix.astype("float32")) == expected, seed
        assert kruskal_rank(matrix) == expected - 1, seed


@pytest.mark.covering(2)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(6, 14), (30, 32)], ids=["by columns", "by circuits"])
@pytest.mark.parametrize("wrap", [np.asarray, sp.csc_array, aslinearoperator])
def test_a_planted_dependency_is_found(dtype, shape, wrap):
    """Of four columns: too few for chance, whatever the scales of the columns."""
    rng = np.random.default_rng(1)
    matrix = random_array(shape, dtype, rng)
    matrix[:, 9] = matrix[:, [1, 4, 7]] @ random_array((3,), dtype, rng)
    matrix *= rng.uniform(0.01, 100, shape[1]).astype("float32")
    before = matrix.copy()
    matrix.flags.writeable = False
    assert spark(wrap(matrix)) == 4
    np.testing.assert_array_equal(matrix, before)


@pytest.mark.parametrize("shape", [(5, 14), (50, 52)], ids=["by columns", "by circuits"])
def test_columns_at_random_are_as_independent_as_the_rank_allows(shape):
    matrix = np.random.default_rng(0).standard_normal(shape)
    assert spark(matrix) == shape[0] + 1
    assert spark(np.vstack([matrix, matrix])) == shape[0] + 1


@pytest.mark.parametrize(("n", "expected"), [(2, 3), (4, 4), (8, 6)])
def test_identity_and_hadamard_or_fourier(n, expected):
    """4 and 2 sqrt(n) = 4 where n is a square; known by brute force for n = 8."""
    for basis in (hadamard(n), dft(n)):
        assert spark(np.hstack([np.eye(n), basis])) == expected


def test_example_1_and_2_of_the_paper():
    assert spark(example_1(0.0)) == 1
    assert [spark(example_1(c)) for c in (1e-3, 0.25, 1.0, 1e3)] == [3] * 4
    assert [spark(example_2(c)) for c in (0.1, 0.25, 2.0)] == [3] * 3


def test_independent_columns_zero_columns_and_twins():
    assert spark(np.eye(4)) == 5
    assert spark(np.ones((3, 1))) == 2
    assert spark(np.zeros((3, 2))) == 1
    assert spark(Problem(np.array([[1.0, -2.0, 0.3], [2.0, -4.0, 1.0]]), np.ones((2, 5)))) == 2
    assert spark_bounds(np.eye(4)) == (5, 5)


def test_too_many_subsets_are_refused_with_their_number():
    matrix = np.random.default_rng(0).standard_normal((51, 128))
    with pytest.raises(ValueError, match=r"from 3 to 52; .* about 10\^36 sets of columns, more"):
        spark(matrix)
    few = np.random.default_rng(1).standard_normal((11, 13))
    with pytest.raises(ValueError, match="up to 13 sets of columns, more than max_subsets = 12:"):
        spark(few, max_subsets=12)
    assert spark(few, max_subsets=13) == 12
    many = np.random.default_rng(2).standard_normal((40, 1200))
    with pytest.raises(ValueError, match="the constant takes about 10"):
        null_space_constant(many, 1)


@pytest.mark.parametrize("dtype", DTYPES)
def test_cumulative_coherence_is_the_largest_sum_over_all_sets(dtype):
    matrix = random_array((4, 7), dtype, np.random.default_rng(0))
    unit = matrix / np.linalg.norm(matrix, axis=0)
    cosines = np.abs(unit.conj().T @ unit)
    found = cumulative_coherence(matrix)
    for k in range(7):
        expected = max(
            cosines[i, list(others)].sum()
            for i in range(7)
            for others in itertools.combinations([j for j in range(7) if j != i], k)
        )
        assert found[k] == pytest.approx(expected, rel=1e-5)
    assert found[1] == pytest.approx(mutual_coherence(matrix), rel=1e-5)


# Uniqueness


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_one_row_more_than_the_bound_has_a_rival(rank):
    """X and X - x v^T share rank - 1 rows of the smallest dependent set, and halve the others."""
    n_checked = 0
    for seed in range(100):
        matrix = small_integers(seed, 5)
        chosen = np.array(next(dependent_sets(matrix), ()), dtype=int)
        if chosen.size > rank:
            check_rival(matrix, chosen, rank, np.random.default_rng(seed))
            n_checked += 1
    assert n_checked > 20


def check_rival(matrix, chosen, rank, rng):
    s = uniqueness_bound(matrix, rank=rank) + 1
    direction, coef = rng.standard_normal(rank), np.zeros((matrix.shape[1], rank))
    kernel = null_space(matrix[:, chosen])[:, 0]
    coef[chosen[:s]] = np.outer(kernel[:s], direction)
    coef[chosen[: rank - 1]] += rng.standard_normal((rank - 1, rank))
    rival = coef.copy()
    rival[chosen] -= np.outer(kernel, direction)
    assert np.linalg.matrix_rank(coef) == rank
    assert np.count_nonzero(np.linalg.norm(rival, axis=1) > 1e-12) <= s
    assert not np.allclose(rival, coef)
    np.testing.assert_allclose(matrix @ rival, matrix @ coef, atol=1e-10)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_within_the_bound_only_one_set_of_rows_explains_the_data(rank):
    n_checked = 0
    for seed in range(100):
        rng, matrix = np.random.default_rng(seed), small_integers(seed, 5)
        n_features = matrix.shape[1]
        s = uniqueness_bound(matrix, rank=rank) if rank <= n_features else 0
        if rank <= s < n_features:
            active = tuple(sorted(rng.choice(n_features, s, replace=False).tolist()))
            data = matrix[:, active] @ rng.standard_normal((s, rank))
            for chosen in itertools.combinations(range(n_features), s):
                columns = matrix[:, chosen]
                residual = data - columns @ np.linalg.lstsq(columns, data)[0]
                assert (np.linalg.norm(residual) < 1e-9) == (chosen == active)
            n_checked += 1
    assert n_checked > 5


def test_example_1_of_the_paper_is_at_the_bound_and_has_a_rival():
    """Spark 3, two rows, rank two: a matrix with other two rows has the same data."""
    for c in (0.25, 1.0):
        matrix = example_1(c)
        data = matrix @ np.array([[0, 0], [1, 1], [1, -1]])
        rival = np.zeros((3, 2))
        rival[:2] = np.linalg.solve(matrix[:, :2], data)
        np.testing.assert_allclose(matrix @ rival, data, atol=1e-12)
        assert np.linalg.matrix_rank(rival) == np.count_nonzero(rival.any(axis=1)) == 2
        assert uniqueness_bound(matrix, rank=2) == 1


@pytest.mark.parametrize("rank", [1, 2, 5])
def test_the_coherence_bound_is_below_the_one_by_the_spark(rank):
    for n in (4, 8):
        matrix = np.hstack([np.eye(n), hadamard(n)])
        bound = coherence_bound(matrix, rank=rank)
        assert bound < (np.sqrt(n) + rank) / 2 <= bound + 1 + 1e-9
        assert bound <= uniqueness_bound(matrix, rank=rank)


def test_bounds_of_independent_columns():
    matrix = np.diag([1.0, 2.0, 3.0])
    assert uniqueness_bound(matrix) == uniqueness_bound(matrix, rank=3) == 3
    assert coherence_bound(matrix) == 3


@pytest.mark.parametrize("bound", [uniqueness_bound, coherence_bound])
@pytest.mark.parametrize("rank", [0, -1, 4, 1.5])
def test_impossible_ranks(bound, rank):
    with pytest.raises(ValueError, match=f"rank must be an integer from 1 to 3, got {rank}"):
        bound(example_1(1.0), rank=rank)


# Null-space property


def constant_by_linear_programs(matrix, n_active):
    """The largest share of a set, over all sets and signs; x = p - q with p, q >= 0."""
    n_features, best = matrix.shape[1], 0.0
    equalities = np.hstack([matrix, -matrix])
    for chosen in itertools.combinations(range(n_features), n_active):
        for signs in itertools.product((-1, 1), repeat=n_active):
            gain = np.zeros(n_features)
            gain[list(chosen)] = signs
            found = linprog(
                np.concatenate([-gain, gain]), A_ub=np.ones((1, 2 * n_features)), b_ub=[1.0],
                A_eq=equalities, b_eq=np.zeros(len(matrix)),
            )  # fmt: skip
            best = max(best, -found.fun)
    return best / (1 - best) if best < 1 - 1e-9 else np.inf


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("n_active", [1, 2])
def test_null_space_constant_is_what_linear_programs_find(seed, n_active):
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((4, 7)) if seed % 2 else rng.integers(-1, 2, (3, 6)) + 0.0
    expected = constant_by_linear_programs(matrix, n_active)
    assert null_space_constant(matrix, n_active) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("c", [0.1, 0.25, 0.5, 0.8, 3.0])
def test_null_space_constant_of_a_kernel_of_dimension_one(c):
    """The kernel of example 1 is spanned by (1, -c, -c)."""
    sizes = np.sort([1, c, c])
    for s in (1, 2):
        expected = sizes[-s:].sum() / sizes[:-s].sum()
        assert null_space_constant(example_1(c), s) == pytest.approx(expected)
    assert null_space_constant(example_1(c), 3) == np.inf


def test_null_space_constant_at_its_ends():
    assert null_space_constant(np.eye(3), 2) == 0
    assert null_space_constant(example_1(0.0), 1) == np.inf
    assert null_space_constant(sp.csr_array(example_1(0.8)), 1) == pytest.approx(0.625)
    matrix = np.random.default_rng(0).standard_normal((6, 10))
    constants = [null_space_constant(matrix, s) for s in range(1, 8)]
    assert constants[0] < 1 < constants[5] < constants[6] == np.inf
    assert constants == sorted(constants)


def test_where_the_property_holds_the_l1_norm_recovers_and_elsewhere_it_fails():
    for seed in range(20):
        matrix = np.random.default_rng(seed).standard_normal((5, 7))
        holds = null_space_constant(matrix, 1) < 1
        recovered = []
        for feature in range(7):
            found = linprog(
                np.ones(14), A_eq=np.hstack([matrix, -matrix]), b_eq=matrix[:, feature]
            ).x
            recovered.append(np.allclose(found[:7] - found[7:], np.eye(7)[feature], atol=1e-6))
        assert all(recovered) == holds


@pytest.mark.parametrize(
    ("matrix", "n_active", "words"),
    [
        (example_1(1.0) * 1j, 1, "matrix must be real"),
        (example_1(1.0), 0, "n_active must be an integer from 1 to 3, got 0"),
        (example_1(1.0), 4, "n_active must be an integer from 1 to 3, got 4"),
        (np.eye(6, 40), 1, "takes 18,643,560 sets of columns, more than max_subs"),
    ],
)
def test_what_the_null_space_constant_refuses(matrix, n_active, words):
    with pytest.raises(ValueError, match=words):
        null_space_constant(matrix, n_active)
