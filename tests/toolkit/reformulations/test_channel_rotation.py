"""Rotations of channels: products with an explicit matrix, and norms that do not change."""

import numpy as np
import pytest

from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.reformulations.channel_rotation import (
    ChannelRotation,
    reduce_to_extent,
    rotate_to_extent,
)
from groupsparse.toolkit.reformulations.feature_view import FeatureView
from groupsparse.toolkit.testing import random_array

DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])


@DTYPES
@pytest.mark.parametrize("shape", [(9, 4), (4, 4), (3, 7)])
def test_rows_are_restored_from_as_many_combinations_as_entries(dtype, shape):
    rows = random_array(shape, dtype, np.random.default_rng(0))
    rotation, reduced = rotate_to_extent(rows)
    assert reduced.shape == (min(shape), shape[1])
    assert reduced.dtype == dtype
    if shape[0] <= shape[1]:
        assert rotation is None
        assert reduced is rows
        return
    assert rotation.n_channels == shape[0]
    np.testing.assert_allclose(rotation.restore(reduced), rows, atol=1e-5)
    np.testing.assert_allclose(rotation.reduce(rows), reduced, atol=1e-5)


@DTYPES
@pytest.mark.parametrize("shape", [(9, 4), (4, 4), (3, 7)])
def test_reduced_rows_have_the_same_inner_products(dtype, shape):
    rows = random_array(shape, dtype, np.random.default_rng(1))
    reduced = reduce_to_extent(rows)
    assert reduced.shape == (min(shape), shape[1])
    np.testing.assert_allclose(reduced.conj().T @ reduced, rows.conj().T @ rows, atol=1e-4)


def test_a_rotated_view_gives_coefficients_of_all_channels():
    rng = np.random.default_rng(2)
    view = FeatureView.of(Problem(rng.standard_normal((5, 8)), rng.standard_normal((5, 6))))
    combinations = np.linalg.qr(rng.standard_normal((6, 3)))[0]
    rotation = ChannelRotation(combinations)
    rotated = view.rotate(rotation)
    assert rotated.n_channels == view.n_channels == 6
    np.testing.assert_allclose(rotated.data, combinations.T @ view.data)
    features = rng.standard_normal((3, 8))
    coef = rotated.coefficients(features)
    np.testing.assert_allclose(coef, view.coefficients(combinations @ features))
    np.testing.assert_allclose(rotated.features(coef), features)
    first = rotation.keep_leading(2)
    np.testing.assert_array_equal(first.combinations, combinations[:, :2])
