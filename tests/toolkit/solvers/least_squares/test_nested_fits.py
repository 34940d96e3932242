"""Nested least squares against a separate fit for every number of groups."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.reformulations.feature_view import FeatureView
from groupsparse.toolkit.solvers.least_squares.nested_fits import NestedFits
from groupsparse.toolkit.testing import random_array

LABELS = np.array([0, 0, 1, 2, 2, 2, 3, 4, 4, 5])
ORDER = np.array([4, 1, 5, 0, 2, 3])


def fits_of(matrix, data, order=ORDER, labels=LABELS, wrap=np.asarray):
    return NestedFits(FeatureView.of(Problem(wrap(matrix), data, labels)), order)


def prefixes(matrix, data, order=ORDER, labels=LABELS):
    """Return norms of the residuals of least squares on the first groups, one by one."""
    norms = []
    for n in range(len(order) + 1):
        columns = matrix[:, np.isin(labels, order[:n])]
        columns = columns / np.maximum(np.linalg.norm(columns, axis=0), 1e-300)
        fit = columns @ (np.linalg.pinv(columns) @ data) if columns.size else 0
        norms.append(np.linalg.norm(data - fit))
    return np.array(norms)


def random_case(dtype="float64", n_rows=14, n_channels=3, seed=0):
    rng = np.random.default_rng(seed)
    return (
        random_array((n_rows, 10), dtype, rng),
        random_array((n_rows, n_channels), dtype, rng),
    )


CASES = {
    "independent": lambda matrix: None,
    "zero column": lambda matrix: matrix.__setitem__((slice(None), 7), 0),
    "zero group": lambda matrix: matrix.__setitem__((slice(None), [3, 4, 5]), 0),
    "equal groups": lambda matrix: matrix.__setitem__((slice(None), 2), matrix[:, 9]),
    "equal inside a group": lambda matrix: matrix.__setitem__((slice(None), 8), matrix[:, 7]),
    "a sum": lambda matrix: matrix.__setitem__((slice(None), 2), matrix[:, 7] - 2 * matrix[:, 8]),
    "scaled": lambda matrix: matrix.__imul__(10.0 ** np.resize([-6, 0, 5], 10)),
    "all zero": lambda matrix: matrix.fill(0),
    "rank one": lambda matrix: matrix.__setitem__(slice(None), np.outer(matrix[:, 0], LABELS + 1)),
}


@pytest.mark.parametrize("spoil", CASES.values(), ids=CASES)
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("n_rows", [14, 10, 4, 1])
class TestAgainstOneByOne:
    @pytest.mark.covering(2)
    def test_residuals(self, spoil, dtype, n_rows):
        matrix, data = random_case(dtype, n_rows)
        spoil(matrix)
        fits = fits_of(matrix, data)
        np.testing.assert_array_equal(fits.n_features, [0, 2, 3, 4, 6, 9, 10])
        np.testing.assert_allclose(fits.residual_norms, prefixes(matrix, data), atol=1e-9)

    @pytest.mark.covering(2)
    def test_coefficients(self, spoil, dtype, n_rows):
        matrix, data = random_case(dtype, n_rows)
        spoil(matrix)
        fits = fits_of(matrix, data)
        for n, expected in enumerate(prefixes(matrix, data)):
            rows = fits.coefficients(n)
            assert rows.shape == (3, 10)
            assert rows.dtype == dtype
            assert not rows[:, ~np.isin(LABELS, ORDER[:n])].any()
            assert np.linalg.norm(data - matrix @ rows.T) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("wrap", [sp.csr_array, aslinearoperator], ids=["sparse", "matrix-free"])
def test_operators(wrap):
    matrix, data = random_case()
    fits = fits_of(matrix, data, wrap=wrap)
    np.testing.assert_allclose(fits.residual_norms, prefixes(matrix, data), rtol=1e-10)


@pytest.mark.parametrize("wrap", [np.asarray, aslinearoperator], ids=["dense", "matrix-free"])
def test_no_groups(wrap):
    matrix, data = random_case()
    fits = fits_of(matrix, data, order=np.empty(0, dtype=int), wrap=wrap)
    np.testing.assert_allclose(fits.residual_norms, [np.linalg.norm(data)])
    assert not fits.coefficients(0).any()
    assert fits.find_sufficient(np.linalg.norm(data) / 2, 3) is None
    assert fits.find_sufficient(np.linalg.norm(data) * 2, 3) == 0


def test_small_residuals_are_not_rounding_of_large_data():
    """Exact data: the norms fall to rounding, not to its square root."""
    matrix, _ = random_case()
    x = np.zeros((10, 2))
    x[[7, 8, 2]] = [[1e3, -1e3], [1.0, 2.0], [1e-5, 0.0]]
    fits = fits_of(matrix, matrix @ x)
    norms = prefixes(matrix, matrix @ x)
    assert fits.residual_norms[1] == pytest.approx(norms[1], rel=1e-6)
    assert fits.residual_norms[2] < 1e-11
    np.testing.assert_allclose(fits.coefficients(2).T, x, atol=1e-11)


class TestEnough:
    def noisy(self, seed, n_rows=40, n_channels=8, noise=0.01):
        rng = np.random.default_rng(seed)
        matrix = rng.standard_normal((n_rows, 10))
        x = np.zeros((10, n_channels))
        x[np.isin(LABELS, ORDER[:3])] = rng.standard_normal((4, n_channels))
        error = noise * rng.standard_normal((n_rows, n_channels))
        return fits_of(matrix, matrix @ x + error), float(np.linalg.norm(error)), n_channels

    def test_the_true_number(self):
        """By chance now and then one more; never one less."""
        found = []
        for seed in range(40):
            fits, level, n_channels = self.noisy(seed)
            found.append(fits.find_sufficient(level, n_channels))
        assert min(found) == 3
        assert found.count(3) >= 36

    def test_its_residual_is_that_of_noise(self):
        fits, level, n_channels = self.noisy(0)
        n = fits.find_sufficient(level, n_channels)
        assert fits.residual_norms[n] <= level
        assert fits.residual_norms[n - 1] > level

    def test_none_is(self):
        fits, level, n_channels = self.noisy(0)
        assert fits.find_sufficient(level / 10, n_channels) is None

    def test_fits_of_anything_do_not_count(self):
        matrix, data = random_case(n_rows=4)
        fits = fits_of(matrix, data)
        assert fits.residual_norms[-1] < 1e-12
        assert fits.find_sufficient(1e-3, 3) is None
        matrix[:, [0, 1, 3, 4, 5]] = 0  # zero columns do not make a fit one of anything
        assert fits_of(matrix, matrix[:, [7]], order=ORDER).find_sufficient(1e-9, 1) == 1
