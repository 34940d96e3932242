"""Choices between numbers that differ by rounding, and methods that make such choices."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer

from groupsparse import ColumnSubsetSelector
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.subsets.methods import METHODS
from groupsparse.toolkit.ties import (
    falling_order,
    index_of_largest,
    index_of_smallest,
    largest_few,
    tie_tolerance,
)

LEVELS = np.array([2.0, 5.0, 1.0, 5.0, 2.0, -3.0, 2.0, -3.0])


def jittered(dtype, seed):
    """The levels, each with its own error of the size of rounding."""
    errors = np.random.default_rng(seed).uniform(-1, 1, LEVELS.size)
    return (LEVELS * (1 + 0.4 * tie_tolerance(np.dtype(dtype)) * errors)).astype(dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("seed", range(5))
def test_equal_numbers_come_by_rising_index(dtype, seed):
    values = jittered(dtype, seed)
    assert index_of_largest(values) == 1
    assert index_of_smallest(values) == 5
    assert falling_order(values).tolist() == [1, 3, 0, 4, 6, 2, 5, 7]
    order = falling_order(LEVELS)
    for n in range(LEVELS.size + 1):
        assert np.flatnonzero(largest_few(values, n)).tolist() == sorted(order[:n].tolist())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numbers_further_apart_are_not_equal(dtype):
    step = 3 * tie_tolerance(np.dtype(dtype))
    values = np.array([1, 1 + step, 1 + 2 * step, 1 - step], dtype)
    assert index_of_largest(values) == 2
    assert index_of_smallest(values) == 3
    assert falling_order(values).tolist() == [2, 1, 0, 3]
    assert largest_few(values, 2).tolist() == [False, True, True, False]


def test_a_chain_of_near_numbers_is_cut_at_the_tolerance_of_its_largest():
    step = 0.7 * tie_tolerance(np.dtype("float64"))
    values = 1 + step * np.arange(4.0)
    assert falling_order(values).tolist() == [2, 3, 0, 1]
    assert index_of_largest(values) == 2


def test_differences_of_large_numbers_are_equal_within_their_rounding():
    values = np.array([1e-9, 3e-9, 0.0])
    assert index_of_largest(values) == 1
    assert index_of_largest(values, rounding=1e-8) == 0
    assert falling_order(values, rounding=1e-8).tolist() == [0, 1, 2]
    assert np.flatnonzero(largest_few(values, 1, rounding=1e-8)).tolist() == [0]


def test_the_largest_of_infinite_numbers():
    assert index_of_largest(np.array([0.0, np.inf, np.inf])) == 1
    assert index_of_largest(np.array([-np.inf, -1.0, -1.0])) == 1
    assert index_of_largest(np.array([-np.inf, -np.inf])) == 0
    assert falling_order(np.array([1.0, np.inf, -np.inf, np.inf])).tolist() == [1, 3, 0, 2]
    assert largest_few(np.array([1.0, np.inf, np.inf]), 1).tolist() == [False, True, False]
    assert np.count_nonzero(largest_few(np.full(3, np.nan), 2)) == 2
    assert falling_order(np.empty(0)).size == largest_few(np.empty(0), 0).size == 0


# Methods of column selection. Most begin with a tie here: standardised columns have equal norms.

TUMOURS = load_breast_cancer().data
FACTORS = (1.0, 3.0, 1e-3, 0.1, 7e5)


@pytest.mark.parametrize("method", METHODS)
def test_units_and_the_order_of_samples_choose_no_other_columns(method):
    """Rounding differs, but no number that counts does."""
    samples = np.random.default_rng(0).permutation(len(TUMOURS))
    chosen = {
        tuple(ColumnSubsetSelector(5, method=method, standardize=True).fit(data).selected_.tolist())
        for data in [*(factor * TUMOURS for factor in FACTORS), TUMOURS[samples]]
    }
    assert len(chosen) == 1


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_columns_chooses_no_other_columns(method):
    """Without ties: columns whose norms and directions differ by more than rounding."""
    rng = np.random.default_rng(1)
    X = rng.standard_normal((40, 12)) @ rng.standard_normal((12, 12)) * rng.uniform(0.5, 2, 12)
    columns = rng.permutation(12)
    plain = METHODS[method].subsets(Problem(X, X), [4])[4]
    permuted = METHODS[method].subsets(Problem(X[:, columns], X[:, columns]), [4])[4]
    assert sorted(columns[permuted].tolist()) == sorted(plain.tolist())


@pytest.mark.parametrize("method", METHODS)
def test_of_equal_columns_the_first_is_chosen(method):
    """Every column stands three times, so that each choice is one of three."""
    rng = np.random.default_rng(2)
    X = rng.standard_normal((30, 6)) * rng.uniform(0.5, 2, 6)
    tripled = np.tile(X, 3)
    chosen = METHODS[method].subsets(Problem(tripled, tripled), [4])[4]
    assert chosen.max() < 6
