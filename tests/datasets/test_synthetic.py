"""Synthetic problems have the properties that their parameters promise."""

import numpy as np
import pytest

from groupsparse.datasets.synthetic import make_group_sparse


def blocks_of(data, size):
    """The columns of each group, (n_groups, n_rows, size)."""
    matrix = data.problem.operator.values
    return matrix.reshape(len(matrix), -1, size).transpose(1, 0, 2)


@pytest.mark.parametrize(
    ("theta", "expected"), [(0, 1.08), (1, 8.4), (3, 102), (10, 3287)], ids=str
)
def test_published_condition_numbers(theta, expected):
    """O(1), O(10), O(10^2) and O(10^3) in the published setting, n = 800 and s = 4."""
    data = make_group_sparse(800, 2000, 500, 10, theta=theta, random_state=0)
    median = np.median(np.linalg.cond(blocks_of(data, 4)))
    assert median == pytest.approx(expected, rel=0.03)


def test_the_printed_formula_makes_groups_of_four_singular():
    data = make_group_sparse(50, 80, 20, 3, theta=1, recursive=False, random_state=0)
    np.testing.assert_array_equal(np.linalg.matrix_rank(blocks_of(data, 4)), 3)
    recursive = make_group_sparse(50, 80, 20, 3, theta=1, random_state=0)
    np.testing.assert_array_equal(np.linalg.matrix_rank(blocks_of(recursive, 4)), 4)


@pytest.mark.parametrize("recursive", [True, False])
def test_columns_are_correlated_by_the_formula(recursive):
    """psi_j = t_j + theta (left + t_{j+1}), with the left neighbour new or as it was drawn."""
    raw = blocks_of(make_group_sparse(30, 10, 2, 1, random_state=0), 5)
    data = make_group_sparse(30, 10, 2, 1, theta=2.0, recursive=recursive, random_state=0)
    for given, drawn in zip(blocks_of(data, 5), raw, strict=True):
        np.testing.assert_allclose(given[:, 0], drawn[:, 0])
        np.testing.assert_allclose(given[:, 4], drawn[:, 4])
        for j in (1, 2, 3):
            left = given[:, j - 1] if recursive else drawn[:, j - 1]
            span = np.stack([drawn[:, j], left, drawn[:, j + 1]], axis=1)
            weights, residual, *_ = np.linalg.lstsq(span, given[:, j])
            assert residual == pytest.approx(0, abs=1e-20)
            assert (weights > 0).all()


@pytest.mark.parametrize("theta", [0, 1, 10])
def test_columns_have_unit_norm(theta):
    matrix = make_group_sparse(40, 60, 20, 3, theta=theta, random_state=0).problem.operator.values
    np.testing.assert_allclose(np.linalg.norm(matrix, axis=0), 1)


@pytest.mark.parametrize(("n_active", "dynamic_range"), [(1, 10), (7, 10), (20, 1000), (5, 1)])
def test_signal(n_active, dynamic_range):
    data = make_group_sparse(40, 60, 20, n_active, dynamic_range=dynamic_range, random_state=0)
    coef = data.coef.reshape(20, 3)
    assert data.active_groups.tolist() == np.flatnonzero(coef.any(axis=1)).tolist()
    assert data.active_groups.size == n_active
    magnitudes = np.abs(coef[data.active_groups])
    assert magnitudes.min() == pytest.approx(1)
    assert magnitudes.max() == pytest.approx(dynamic_range)
    if n_active > 1:
        assert {-1, 1} <= set(np.sign(coef).ravel())
    np.testing.assert_array_equal(data.problem.groups.sizes, 3)


@pytest.mark.parametrize("sigma", [0.0, 1e-3, 0.5])
def test_noise(sigma):
    data = make_group_sparse(4000, 8, 4, 2, sigma=sigma, random_state=0)
    noise = data.problem.data - data.problem.operator.apply(data.coef)
    assert np.linalg.norm(noise) == pytest.approx(data.noise_level, abs=1e-12)
    assert noise.std() == pytest.approx(sigma, rel=0.05, abs=1e-15)


def test_no_active_group_leaves_noise():
    data = make_group_sparse(20, 40, 10, 0, random_state=0)
    assert not data.coef.any()
    assert np.linalg.norm(data.problem.data) == pytest.approx(data.noise_level)


def test_same_seed_same_bits():
    first = make_group_sparse(20, 40, 10, 2, random_state=3)
    second = make_group_sparse(20, 40, 10, 2, random_state=np.random.default_rng(3))
    other = make_group_sparse(20, 40, 10, 2, random_state=4)
    for name in ("coef", "active_groups", "noise_level"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    np.testing.assert_array_equal(first.problem.data, second.problem.data)
    assert not np.array_equal(first.problem.data, other.problem.data)


@pytest.mark.parametrize(
    ("arguments", "settings", "message"),
    [
        ((20, 41, 10, 2), {}, "n_groups must divide n_features, got 10 and 41"),
        ((20, 40, 0, 2), {}, "n_groups must be an integer of at least 1, got 0"),
        ((20, 40, 10, 11), {}, "n_active must be an integer from 0 to 10, got 11"),
        ((20, 40, 10, -1), {}, "n_active must be an integer from 0 to 10, got -1"),
        ((0, 40, 10, 2), {}, "n_rows must be an integer of at least 1, got 0"),
        ((20, 40, 10, 2), {"dynamic_range": 0.5}, "dynamic_range must be .* got 0.5"),
        ((20, 40, 10, 2), {"dynamic_range": np.inf}, "dynamic_range must be .* got inf"),
        ((20, 40, 10, 2), {"theta": np.nan}, "theta must be a finite number, got nan"),
        ((20, 40, 10, 2), {"theta": 1e300}, "theta is too large for groups of 4 columns"),
        ((20, 40, True, 1), {}, "n_groups must be an integer of at least 1, got True"),
        ((20, 40, 10, 2), {"sigma": -1.0}, "sigma must be finite and not negative, got -1.0"),
    ],
)
def test_parameters_are_checked(arguments, settings, message):
    with pytest.raises(ValueError, match=message):
        make_group_sparse(*arguments, **settings)
