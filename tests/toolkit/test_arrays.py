"""What comes in as an array, what it becomes, and what is refused."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from groupsparse.toolkit.arrays import (
    as_finite_array,
    as_real_array,
    channel_positions,
    inner,
    real_dtype,
    squared_magnitude,
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("float32", "float32"),
        ("complex64", "complex64"),
        ("complex128", "complex128"),
        ("float16", "float32"),
        ("int64", "float64"),
        ("bool", "float64"),
        ("longdouble", "float64"),
        ("clongdouble", "complex128"),
        (">f4", "float32"),
        (">c16", "complex128"),
    ],
)
def test_dtypes(given, expected):
    array = as_finite_array(np.ones(3, given), "data")
    assert array.dtype == expected
    assert array.dtype.isnative


def test_nothing_is_copied_without_need_and_nothing_is_changed():
    array = np.arange(3.0)
    array.setflags(write=False)
    assert as_finite_array(array, "data") is array


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], r"data is empty \(shape \(0,\)\)"),
        (np.zeros((3, 0)), r"shape \(3, 0\)"),
        ([1, np.nan, np.inf], "data has 2 NaN or infinite values"),
        ([complex(0, np.nan)], "data has 1 NaN"),
        (["a"], "data must hold numbers, got dtype <U1"),
        ([None], "data must hold numbers, got None"),
        (None, "data must hold numbers, got None"),
        ({"a": 1}, "data must hold numbers, got {'a': 1}"),
        (np.array(["1", 2], object), "data must hold numbers, got '1'"),
        (pd.array([1, None], dtype="Int64"), "data (must hold numbers, got <NA>|has 1 NaN)"),
        (pd.DataFrame({"a": [1], "b": ["x"]}), "data must hold numbers, got 'x'"),
        (pd.Categorical(["a"]), "data must hold numbers, got 'a'"),
        ([10**400], "data holds numbers that double precision cannot"),
        (np.ma.masked_array([1.0, 2.0], [False, True]), "data has masked values"),
        ([np.ma.masked_array([1.0, 2.0], [False, True])], "data has masked values"),
        ([1.0, np.ma.masked], "data has masked values"),
        (sp.csr_array(np.eye(2)), "data must be a dense array, got csr_array"),
        (np.array(["2020"], "datetime64[Y]"), "data must hold numbers"),
        ([[1], [1, 2]], "data must be a rectangular array"),
    ],
)
def test_what_is_refused(value, message):
    with pytest.raises(ValueError, match=message):
        as_finite_array(value, "data")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.array([1, 2.5, np.float32(3)], object), [1, 2.5, 3]),
        ([Fraction(1, 2), Decimal("1.5"), np.bool_(True)], [0.5, 1.5, 1]),
        ([1 + 2j, Fraction(1, 2)], [1 + 2j, 0.5]),
        (pd.array([1, 2], dtype="Int64"), [1, 2]),
        (pd.DataFrame({"a": pd.array([1], dtype="Int64"), "b": [0.5]}), [[1, 0.5]]),
        (np.ma.masked_array([1.0, 2.0], [False, False]), [1, 2]),
    ],
)
def test_objects_that_are_numbers_become_numbers(value, expected):
    array = as_finite_array(value, "data")
    assert array.dtype == np.result_type(np.asarray(expected), np.float64)
    assert array.tolist() == expected


def test_real_arrays():
    assert as_real_array([1, 2], "weights").tolist() == [1, 2]
    with pytest.raises(ValueError, match="weights must be real, got dtype complex128"):
        as_real_array([1j], "weights")


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_magnitudes_and_inner_products(dtype):
    x = np.array([3, 4], dtype) * (1j if dtype.startswith("c") else 1)
    assert squared_magnitude(x).tolist() == [9, 16]
    assert squared_magnitude(x).dtype == real_dtype(x.dtype)
    assert inner(x, x) == 25


def test_inner_is_conjugate_linear_in_its_first_argument():
    x, y = np.array([1j, 2]), np.array([1 + 1j, 3j])
    assert inner(x, y) == np.real(np.sum(np.conj(x) * y))
    assert inner(1j * x, y) == pytest.approx(np.real(-1j * np.sum(np.conj(x) * y)))


def test_positions_of_channels_where_there_are_none():
    assert channel_positions((0, 2), 0).shape == (2, 0)
    assert channel_positions((2, 0), 0).shape == (0, 2)
