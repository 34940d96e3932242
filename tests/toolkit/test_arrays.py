"""What comes in as an array, what it becomes, and what is refused."""

import numpy as np
import pytest

from groupsparse.toolkit.arrays import as_finite_array, inner, real_dtype, squared_magnitude


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
        ([None], "data must hold numbers, got dtype object"),
        (np.array(["2020"], "datetime64[Y]"), "data must hold numbers"),
        ([[1], [1, 2]], "data must be a rectangular array"),
    ],
)
def test_what_is_refused(value, message):
    with pytest.raises(ValueError, match=message):
        as_finite_array(value, "data")


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
