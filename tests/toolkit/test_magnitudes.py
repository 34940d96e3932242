"""How magnitudes are measured, which are refused, and which need double precision."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

from groupsparse.toolkit.arrays import as_finite_array
from groupsparse.toolkit.magnitudes import (
    ColumnNorms,
    find_column_norms,
    find_norm,
    fit_single_precision,
)
from groupsparse.toolkit.operators import (
    Channelwise,
    Convolution,
    Matrix,
    PartialFourier,
    TimeVaryingConvolution,
    Wavelet,
)
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.reformulations.regression import Regression
from groupsparse.toolkit.solvers import BlockOMP
from groupsparse.toolkit.testing import random_array

from .conftest import DTYPES

LAYOUTS = {
    "C": np.ascontiguousarray,
    "F": np.asfortranarray,
    "strided": lambda values: np.repeat(values, 2, axis=1)[:, ::2],
    "sparse": sp.csc_array,
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_norms_of_columns(dtype, layout):
    values = random_array((7, 5), dtype, np.random.default_rng(0))
    values[:, 3] = 0
    norms = find_column_norms(LAYOUTS[layout](values))
    np.testing.assert_allclose(norms, np.linalg.norm(values, axis=0), rtol=1e-6)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_order_of_norms_whose_squares_overflow_or_underflow(dtype, layout):
    extremes = (1e-38, 1e38) if dtype in ("float32", "complex64") else (1e-300, 1e300)
    values = np.ones((2, 4), dtype)
    values[:, 1], values[:, 2], values[:, 3] = (*extremes, 0)
    norms = find_column_norms(LAYOUTS[layout](values))
    np.testing.assert_allclose(norms, [np.sqrt(2), *extremes, 0], rtol=1e-6)
    assert find_norm(values[:, 1:2]) == pytest.approx(extremes[0])
    assert find_norm(values[:, ::2]) == pytest.approx(extremes[1])
    assert find_norm(values[:, 3]) == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_values_that_are_not_finite_are_counted(layout, bad):
    values = np.ones((4, 3))
    values[1, 2] = values[2, 2] = bad
    with pytest.raises(ValueError, match="operator matrix has 2 NaN or infinite values"):
        Matrix(LAYOUTS[layout](values))


@pytest.mark.parametrize("largest", [3e200, 1.1e45, 5e-46, 5e-324])
def test_out_of_range_is_refused_with_name_largest_magnitude_and_range(largest):
    extreme = np.array([[largest, 0.0], [0.0, -largest / 2]])
    reason = rf"has values up to {largest:.1e}".replace("+", r"\+") + r".*1e-45 and 1e\+45"
    with pytest.raises(ValueError, match="data " + reason):
        as_finite_array(extreme, "data")
    for wrap in (np.asarray, sp.csr_array):
        with pytest.raises(ValueError, match="operator matrix " + reason):
            Problem(wrap(extreme), np.ones(2))
    with pytest.raises(ValueError, match="X " + reason):
        Regression(extreme, np.ones(2))
    with pytest.raises(ValueError, match="y " + reason):
        Regression(np.eye(2), extreme[:, 0])


@pytest.mark.parametrize("scale", [1e60, 1e-60])
def test_a_linear_map_out_of_range_is_refused_although_its_values_are_not_known(scale):
    values = np.random.default_rng(0).standard_normal((4, 6))
    with pytest.raises(ValueError, match="operator has column norms up to"):
        Problem(aslinearoperator(scale * values), np.ones(4))
    half = np.sqrt(scale)
    with pytest.raises(ValueError, match="operator, a product, has column norms up to"):
        Matrix(half * np.eye(4)) @ Matrix(half * values)


def test_zero_and_single_precision_are_always_in_range():
    assert not as_finite_array(np.zeros(3), "data").any()
    for value in (3e38, 1e-45):
        assert as_finite_array(np.full(3, value, np.float32), "data").dtype == np.float32


@pytest.mark.parametrize("wrap", [np.asarray, np.asfortranarray, sp.csr_array])
def test_the_tiniest_columns_are_zero_and_the_caller_s_are_not_changed(wrap):
    values = np.eye(3) * [1.0, 1e-310, 1e-70]
    given = wrap(values)
    operator = Matrix(given)
    assert operator.columns(np.arange(3)).diagonal().tolist() == [1.0, 0.0, 1e-70]
    assert operator.column_range == ColumnNorms(1e-70, 1.0)
    kept = given.toarray() if sp.issparse(given) else given
    np.testing.assert_array_equal(kept, values)


@pytest.mark.parametrize(
    ("columns", "data_norm", "fits"),
    [
        ((1.0, 1.0), 1.0, True),
        ((1.0, 1e4), 1.0, True),
        ((1.0, 1e6), 1e6, False),
        ((1e-6, 1e-6), 1e-6, False),
        ((1.0, 1.0), 1e6, True),
        ((1.0, 1.0), 1e20, False),
        ((1e-10, 1.0), 1.0, False),
        ((1.0, 1.0), 0.0, True),
    ],
)
def test_what_single_precision_can_hold(columns, data_norm, fits):
    assert fit_single_precision(ColumnNorms(*columns), data_norm) is fits


MAPS = {
    "matrix": lambda a: a * np.eye(6, dtype="float32"),
    "sparse": lambda a: sp.csr_array(a * np.eye(6, dtype="float32")),
    "linear operator": lambda a: aslinearoperator(a * np.eye(6, dtype="float32")),
    "product": lambda a: (
        Matrix(a * np.eye(6, dtype="float32")) @ Matrix(np.eye(6, dtype="float32"))
    ),
    "convolution": lambda a: Convolution(np.float32(a) * np.ones(3, "float32"), 6),
    "varying": lambda a: TimeVaryingConvolution(np.float32(a) * np.ones((6, 3), "float32"), 6),
    "channels": lambda a: Channelwise([Matrix(a * np.ones((1, 1), "float32"))] * 6),
}


@pytest.mark.parametrize("make", MAPS.values(), ids=MAPS)
def test_single_precision_stays_where_it_can_and_becomes_double_where_it_must(make):
    data = np.ones(6, "float32")
    for a, expected in ((1.0, np.float32), (1e-12, np.float64), (1e12, np.float64)):
        operator = make(np.float32(a))
        shape = operator.range_shape if isinstance(operator, Channelwise) else (6,)
        problem = Problem(operator, data.reshape(shape))
        assert problem.dtype == expected
        assert problem.operator.columns(np.arange(2)).dtype in (expected, np.float64)
        solution = BlockOMP(n_groups=1).solve(problem)
        assert solution.coef.dtype == expected
        assert solution.active_groups.size == 1


def test_orthonormal_images_in_scanner_units():
    operator = PartialFourier(np.ones((4, 4), bool)) @ Wavelet((4, 4), "haar", 1)
    assert operator.column_range == ColumnNorms(1.0, 1.0)
    assert Problem(operator, np.full(16, 1e-5, "complex64")).dtype == np.complex64
    assert Problem(operator, np.full(16, 1e-12, "complex64")).dtype == np.complex128


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_starts_are_held_to_what_can_be_squared(dtype):
    problem = Problem(np.eye(3, dtype=dtype), np.ones(3, dtype))
    most = 1e14 if dtype == "float32" else 1e90
    with pytest.raises(ValueError, match=f"start has values up to .* in {dtype}"):
        problem.copy_start([0.0, 0.0, 10 * most])
    assert problem.copy_start([0.01 / most, 1.0, 0.0]).tolist() == [0, 1, 0]
