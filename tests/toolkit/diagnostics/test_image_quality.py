"""Tests of image quality on the dtypes of image files."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from groupsparse.toolkit.diagnostics import nrmse, psnr, ssim


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint64", "int16", "float32", "bool"])
def test_integers_do_not_wrap_around(dtype):
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2 if dtype == "bool" else 256, (16, 16))
    image = (truth + rng.integers(-30, 30, truth.shape)).clip(0, truth.max())
    pair = image.astype(dtype), truth.astype(dtype)
    difference = image.astype(float) - truth
    expected = 10 * np.log10(255**2 / np.mean(difference**2))
    assert_allclose(psnr(*pair, data_range=255), expected, rtol=1e-6)
    relative = np.linalg.norm(difference) / np.linalg.norm(truth)
    assert_allclose(nrmse(*pair), relative, rtol=1e-6)
    exact = ssim(image.astype(float), truth.astype(float), data_range=255)
    assert_allclose(ssim(*pair, data_range=255), exact, rtol=1e-6)
