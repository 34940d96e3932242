"""Orders of columns against plain references: pivoting, leverage, distances, and their errors."""

import numpy as np
import pytest
import scipy.linalg

from groupsparse.toolkit.subsets.column_orders import (
    farthest_points,
    leverage_order,
    leverage_scores,
    pivoted_qr,
)
from groupsparse.toolkit.subsets.subset_errors import order_errors, subset_errors, svd_bound

ORDERS = (pivoted_qr, leverage_order, farthest_points)
SHAPES = ((30, 8), (8, 30), (12, 12))


def matrix(shape, dtype=float, seed=0):
    generator = np.random.default_rng(seed)
    values = generator.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        values = values + 1j * generator.standard_normal(shape)
    return (values * generator.uniform(0.5, 2, shape[1])).astype(dtype)


@pytest.fixture(params=SHAPES, ids=str)
def shape(request):
    return request.param


@pytest.fixture(params=[np.float64, np.complex128, np.float32], ids=lambda t: t.__name__, name="X")
def table(request, shape):
    return matrix(shape, request.param)


def test_pivots_are_those_of_lapack(X):
    expected = scipy.linalg.qr(X, mode="r", pivoting=True)[1][: min(X.shape)]
    assert pivoted_qr(X, X.shape[1]).tolist() == expected.tolist()
    assert pivoted_qr(X, 3).tolist() == expected[:3].tolist()


@pytest.mark.covering(2)
@pytest.mark.parametrize("k", [1, 3, 100])
def test_leverage_is_the_diagonal_of_the_projector_on_the_leading_row_space(X, k):
    vectors = np.linalg.svd(X)[2][: min(k, *X.shape)]
    expected = np.diag(vectors.conj().T @ vectors).real
    np.testing.assert_allclose(leverage_scores(X, k), expected, atol=1e-5)
    if k <= min(X.shape):
        assert leverage_scores(X, k).sum() == pytest.approx(k)


def test_leverage_order_takes_as_many_singular_vectors_as_columns_by_default(X):
    for n in (1, 3):
        assert leverage_order(X, n).tolist() == np.argsort(-leverage_scores(X, n))[:n].tolist()
    assert leverage_order(X, 3, k=1).tolist() == np.argsort(-leverage_scores(X, 1))[:3].tolist()


def test_each_point_is_the_farthest_from_those_before_it(X):
    order = farthest_points(X, 6).tolist()
    assert order[0] == np.argmax(np.linalg.norm(X, axis=0))
    for n in range(1, 6):
        differences = X[:, :, None] - X[:, None, order[:n]]
        assert order[n] == np.argmax(np.linalg.norm(differences, axis=0).min(axis=1))


@pytest.mark.covering(2)
@pytest.mark.parametrize("find", ORDERS)
@pytest.mark.parametrize("dtype", [np.float64, np.complex64])
def test_dependent_columns_are_never_chosen(find, dtype, shape):
    rank = 4
    X = (matrix((shape[0], rank), dtype) @ matrix((rank, shape[1]), dtype, 1)).astype(dtype)
    X[:, 1], X[:, 2] = X[:, 0], 0
    order = find(X, shape[1])
    assert len(set(order.tolist())) == order.size == rank
    assert np.linalg.matrix_rank(X[:, order].astype(np.complex128), tol=1e-4) == rank


@pytest.mark.parametrize("find", ORDERS)
def test_of_equals_the_first_is_chosen(find):
    assert find(np.eye(5), 3).tolist() == [0, 1, 2]
    assert find(np.hstack([np.eye(3), np.eye(3)]), 6).tolist() == [0, 1, 2]


@pytest.mark.parametrize("find", ORDERS)
@pytest.mark.parametrize("scale", [1e-44, 1e44])
def test_units_do_not_matter(find, scale):
    X = matrix((9, 20))
    assert find(scale * X, 5).tolist() == find(X, 5).tolist()


@pytest.mark.parametrize("find", ORDERS)
def test_columns_of_zeros_alone_give_no_order(find):
    assert find(np.zeros((3, 4)), 2).tolist() == []


def test_independent_columns_that_nearly_agree_are_all_found():
    """What is left of the second one is far below the rounding of down-dated energies."""
    X = np.array([[1.0, 1.0], [0.0, 1e-9], [0.0, 0.0]])
    assert pivoted_qr(X, 2).size == 2


@pytest.mark.parametrize("find", ORDERS)
@pytest.mark.parametrize(
    ("X", "n", "words"),
    [
        ([[1.0]], 0, "n must be an integer of at least 1, got 0"),
        ([1.0, 2.0], 1, "X must have rows and columns"),
        ([[np.nan]], 1, "X has 1 NaN or infinite values"),
    ],
)
def test_what_orders_refuse(find, X, n, words):
    with pytest.raises(ValueError, match=words):
        find(X, n)


def test_the_bound_is_the_error_of_truncated_decompositions(X):
    left, values, right = np.linalg.svd(X, full_matrices=False)
    bound = svd_bound(X)
    assert bound.shape == (min(X.shape) + 1,)
    for k in range(bound.size):
        nearest = (left[:, :k] * values[:k]) @ right[:k]
        assert bound[k] == pytest.approx(np.linalg.norm(X - nearest), abs=1e-4)


def test_errors_are_those_of_least_squares(X):
    Y = matrix((len(X), 3), X.dtype, 5)
    order = np.random.default_rng(1).permutation(X.shape[1])[:6]
    expected = [np.linalg.norm(Y)]
    for n in range(1, 7):
        chosen = X[:, order[:n]]
        expected.append(np.linalg.norm(Y - chosen @ np.linalg.lstsq(chosen, Y)[0]))
    np.testing.assert_allclose(order_errors(X, Y, order), expected, rtol=1e-4, atol=1e-5)
    subsets = [order[:n] for n in range(7)]
    np.testing.assert_allclose(subset_errors(X, Y, subsets), expected, rtol=1e-4, atol=1e-5)


def test_errors_near_rounding_keep_their_digits():
    X = np.diag([1.0, 1e-9])
    assert order_errors(X, X, [0])[1] == pytest.approx(1e-9, rel=1e-6)


def test_dependent_columns_leave_the_error_as_it_is():
    X = matrix((10, 5))
    X[:, 2] = X[:, 0] - X[:, 1]
    errors = order_errors(X, X, [0, 1, 2, 3])
    assert errors[3] == errors[2]
    assert errors[4] == pytest.approx(order_errors(X, X, [0, 1, 3])[3])


@pytest.mark.parametrize("order", [[4], [-1], [0.5], [[0]]])
def test_a_subset_must_name_columns(order):
    with pytest.raises(ValueError, match="a subset must"):
        order_errors(np.eye(4), np.eye(4), order)
