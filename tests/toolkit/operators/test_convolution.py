"""Convolution against NumPy's, and the bands of its Gram matrix against the dense product."""

import numpy as np
import pytest

from groupsparse.toolkit.operators import Convolution, TimeVaryingConvolution
from groupsparse.toolkit.testing import random_array


@pytest.mark.parametrize("n_lags", [1, 2, 7, 8, 40])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_is_the_middle_of_a_full_convolution(n_lags, dtype):
    rng = np.random.default_rng(0)
    wavelet, traces = random_array((n_lags,), dtype, rng), random_array((3, 40), dtype, rng)
    begin = n_lags // 2
    expected = [np.convolve(trace, wavelet)[begin : begin + 40] for trace in traces]
    for operator in (
        Convolution(wavelet, (3, 40)),
        TimeVaryingConvolution(np.tile(wavelet, (40, 1)), (3, 40)),
    ):
        np.testing.assert_allclose(operator.apply(traces), expected, atol=1e-12)


def test_every_sample_has_its_own_wavelet():
    wavelets = np.random.default_rng(1).standard_normal((12, 5))
    operator = TimeVaryingConvolution(wavelets, 12)
    for sample in range(12):
        expected = np.zeros(16)
        expected[sample : sample + 5] = wavelets[sample]
        np.testing.assert_allclose(operator.apply(np.eye(12)[sample]), expected[2:14], atol=0)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize(("n", "n_lags"), [(30, 7), (30, 8), (200, 9), (9, 9), (1, 1), (45, 11)])
def test_gram_bands(n, n_lags, dtype, dense):
    rng = np.random.default_rng(2)
    wavelets = random_array((n, n_lags), dtype, rng)
    atol = 200 * n_lags * float(np.finfo(dtype).eps)
    x = random_array((n,), dtype, rng)
    for operator in (Convolution(wavelets[0], n), TimeVaryingConvolution(wavelets, n)):
        matrix = dense(operator)
        gram = matrix.conj().T @ matrix
        for bands in (operator.gram_bands(), operator.gram_bands(n_lags + 3)):
            np.testing.assert_allclose(bands.among(np.arange(n)), gram, atol=atol)
            np.testing.assert_allclose(bands.diagonal(), gram.diagonal().real, atol=atol)
            some = rng.permutation(n)[: n // 2 + 1]
            expected = gram[:, some] @ x[some]
            np.testing.assert_allclose(bands.product(some, x[some]), expected, atol=5 * atol)
        assert operator.gram_bands(n_lags + 3).width == n_lags + 3


def test_a_long_trace_shares_the_rows_of_its_inside():
    bands = Convolution([1.0, 2.0, 1.0], 10_000).gram_bands()
    assert len(bands.rows) < 20
    assert bands.which.size == 10_000


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Convolution(np.ones(5), 4), "has 5 samples, a trace only 4"),
        (lambda: Convolution(np.ones((2, 2)), 4), r"wavelet must have 1 dim.*\(2, 2\)"),
        (lambda: Convolution([0.0, 0.0], 4), "must not be zero"),
        (lambda: Convolution([1.0, np.nan], 4), "wavelet has 1 NaN"),
        (lambda: Convolution([1.0], 0), "shape"),
        (lambda: Convolution([1.0], ()), "shape must be one or more positive integers, got"),
        (lambda: TimeVaryingConvolution(np.ones((3, 2)), 4), "each of 4 samples, got 3"),
        (lambda: TimeVaryingConvolution(np.ones(3), 3), "wavelets must have 2 dim"),
        (lambda: TimeVaryingConvolution(np.ones((3, 4)), 3), "has 4 samples, a trace only 3"),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(ValueError, match=message):
        make()
