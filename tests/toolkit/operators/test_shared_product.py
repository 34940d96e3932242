"""Products that two threads share: the same bits whoever computes which part, and no waiting."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, current_thread

import numpy as np
import pytest

from groupsparse.toolkit.operators import Matrix, shared_product
from groupsparse.toolkit.operators.shared_product import _helper, _Product, times_matrix
from groupsparse.toolkit.testing import random_array


@pytest.fixture(params=[None, 0, 1])
def cores(request, monkeypatch):
    """Products in one piece, in parts by the caller alone, and in parts with a helper."""
    monkeypatch.setattr(shared_product, "_PART", 20)
    monkeypatch.setattr(shared_product, "spare_cores", lambda: request.param)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("order", ["C", "F", "strided", "read-only"])
@pytest.mark.usefixtures("cores")
def test_products_are_right(dtype, order):
    rng = np.random.default_rng(0)
    matrix = random_array((13, 41), dtype, rng)
    matrix = {
        "C": matrix,
        "F": np.asfortranarray(matrix),
        "strided": np.repeat(matrix, 2, axis=1)[:, ::2],
        "read-only": matrix,
    }[order]
    matrix.flags.writeable = order != "read-only"
    tolerance = 100 * np.finfo(dtype).eps
    operator = Matrix(matrix)
    for shape in [(), (1,), (3,), (2, 3)]:
        x, y = random_array((*shape, 41), dtype, rng), random_array((*shape, 13), dtype, rng)
        there, back = operator.apply(x), operator.adjoint(y)
        assert there.dtype == back.dtype == dtype
        wide = np.result_type(dtype, np.float64)
        np.testing.assert_allclose(there, x.astype(wide) @ matrix.T, rtol=0, atol=20 * tolerance)
        expected = y.astype(wide) @ matrix.conj()
        np.testing.assert_allclose(back, expected, rtol=0, atol=20 * tolerance)


def test_the_bits_do_not_depend_on_who_computes_a_part(monkeypatch):
    rng = np.random.default_rng(1)
    matrix, vectors = rng.standard_normal((50, 400)), rng.standard_normal((3, 50))
    monkeypatch.setattr(shared_product, "_PART", 500)
    found = []
    for n_cores in (0, *20 * [1]):
        monkeypatch.setattr(shared_product, "spare_cores", lambda n_cores=n_cores: n_cores)
        found.append(times_matrix(vectors, matrix))
    assert all(np.array_equal(product, found[0]) for product in found)


def test_a_helper_without_a_core_is_not_waited_for(monkeypatch):
    """What it has begun is computed once more."""
    begun, caller_is_done = Event(), Event()
    compute = _Product._part

    def stuck(product, place):
        if current_thread().name == "groupsparse-products":
            begun.set()
            assert caller_is_done.wait(timeout=60)
        return compute(product, place)

    monkeypatch.setattr(_Product, "_part", stuck)
    matrix, vector = np.arange(80.0).reshape(4, 20), np.arange(4.0)
    product = _Product(vector, matrix, 5)
    for _ in range(1200):  # it may still be at a product of the test before
        _helper().help_with(product)
        if begun.wait(timeout=0.05):
            break
    assert begun.is_set()
    np.testing.assert_array_equal(product.finish(), vector @ matrix)
    caller_is_done.set()


def test_several_threads_share_one_helper(monkeypatch):
    monkeypatch.setattr(shared_product, "_PART", 100)
    monkeypatch.setattr(shared_product, "spare_cores", lambda: 1)
    matrix = np.random.default_rng(2).standard_normal((20, 60))

    def work(seed):
        vectors = np.random.default_rng(seed).standard_normal((2, 20))
        return np.allclose(times_matrix(vectors, matrix), vectors @ matrix, rtol=0, atol=1e-12)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(200)))


def test_small_matrices_are_multiplied_in_one_piece(monkeypatch):
    monkeypatch.setattr(shared_product, "_Product", None)
    monkeypatch.setattr(shared_product, "spare_cores", lambda: 1)
    np.testing.assert_array_equal(times_matrix(np.ones(4), np.eye(4)), np.ones(4))
