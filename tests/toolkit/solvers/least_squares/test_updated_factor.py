"""The updated Cholesky factor against a new one, through long sequences of changes."""

import numpy as np
import pytest

from groupsparse.toolkit.solvers.least_squares.updated_factor import UpdatedFactor
from groupsparse.toolkit.testing import random_array


def normal_gram(dtype, n_columns, seed, n_rows=60):
    columns = random_array((n_rows, n_columns), dtype, np.random.default_rng(seed))
    columns /= np.linalg.norm(columns, axis=0)
    return columns, columns.conj().T @ columns


def check(factor, gram, places, right):
    """Compare a solve with NumPy's."""
    here = places[factor.keys]
    expected = np.linalg.solve(gram[np.ix_(here, here)], right[here])
    before = right[here].copy()
    np.testing.assert_allclose(factor.solve(before), expected, atol=1e-10)
    np.testing.assert_array_equal(before, right[here])


@pytest.mark.parametrize("n_right", [1, 3])
@pytest.mark.parametrize("step", [1, 4, 15])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_random_changes(dtype, step, n_right):
    rng = np.random.default_rng(step)
    _, gram = normal_gram(dtype, 40, seed=1)
    places = rng.permutation(40)
    right = random_array((40, n_right), dtype, rng)
    factor, wanted = UpdatedFactor(dtype), set()
    for _ in range(60):
        wanted ^= set(rng.choice(40, rng.integers(1, step + 1), replace=False).tolist())
        factor.change(np.array(sorted(wanted), dtype=np.intp), gram, places)
        assert sorted(factor.keys) == sorted(wanted)
        check(factor, gram, places, right)


def test_everything_leaves_and_comes_back():
    _, gram = normal_gram("float64", 12, seed=2)
    places, right = np.arange(12), np.ones((12, 1))
    factor = UpdatedFactor("float64")
    for keys in ([], range(12), [], [3], range(12), [0, 11], range(1, 11)):
        factor.change(np.array(keys, dtype=np.intp), gram, places)
        assert sorted(factor.keys) == list(keys)
        check(factor, gram, places, right)


def test_columns_that_stay_keep_their_order():
    _, gram = normal_gram("float64", 20, seed=3)
    factor = UpdatedFactor("float64")
    factor.change(np.arange(19), gram, np.arange(20))
    factor.change(np.setdiff1d(np.arange(20), [4]), gram, np.arange(20))
    assert factor.keys.tolist() == [0, 1, 2, 3, *range(5, 19), 19]


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("together", [True, False])
def test_dependent_columns_stay_out_and_may_come_in_later(dtype, together):
    columns, _ = normal_gram(dtype, 10, seed=4)
    mix = np.linalg.qr(random_array((3, 3), dtype, np.random.default_rng(0)))[0]
    columns[:, 6:9] = np.linalg.qr(columns[:, :3])[0] @ mix  # the same span
    gram = columns.conj().T @ columns
    factor, places = UpdatedFactor(dtype), np.arange(10)
    if not together:
        factor.change(np.arange(6), gram, places)
    factor.change(np.arange(10), gram, places)
    assert factor.keys.size == 7
    if not together:
        assert sorted(factor.keys) == [*range(6), 9]
    check(factor, gram, places, random_array((10, 1), dtype, np.random.default_rng(1)))
    factor.change(np.arange(3, 10), gram, places)
    assert sorted(factor.keys) == [*range(3, 10)]
    check(factor, gram, places, random_array((10, 1), dtype, np.random.default_rng(1)))


def test_spread_bounds_the_condition():
    columns, _ = normal_gram("float64", 6, seed=5)
    factor = UpdatedFactor("float64")
    assert factor.spread == 1
    columns[:, 5] = columns[:, 4] + 1e-3 * columns[:, 5]
    columns /= np.linalg.norm(columns, axis=0)
    factor.change(np.arange(6), columns.T @ columns, np.arange(6))
    assert 300 < factor.spread <= np.linalg.cond(columns)
