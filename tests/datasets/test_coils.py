"""Coil sensitivities are smooth and complex, and their squares sum to one."""

import numpy as np
import pytest

from groupsparse.datasets import make_coil_sensitivities


@pytest.mark.parametrize("shape", [(8, 8), (33, 47), (64, 16)])
@pytest.mark.parametrize("n_coils", [1, 2, 4, 7])
def test_squared_magnitudes_sum_to_one(n_coils, shape):
    maps = make_coil_sensitivities(n_coils, shape)
    assert (maps.shape, maps.dtype) == ((n_coils, *shape), np.complex128)
    np.testing.assert_allclose((np.abs(maps) ** 2).sum(axis=0), 1, rtol=1e-12)


def test_maps_are_smooth():
    """Twice the pixels, half the step: the maps sample one smooth function."""
    steps = [
        max(np.abs(np.diff(make_coil_sensitivities(4, (n, n)), axis=axis)).max() for axis in (1, 2))
        for n in (65, 129)
    ]
    assert steps[0] < 0.06
    assert steps[1] == pytest.approx(steps[0] / 2, rel=0.1)


def test_phases_turn():
    for coil in make_coil_sensitivities(4, (64, 64)):
        assert np.ptp(np.unwrap(np.unwrap(np.angle(coil), axis=0), axis=1)) > 1


def test_every_coil_sees_its_own_side():
    maps = np.abs(make_coil_sensitivities(4, (65, 65)))
    edges = [(32, 64), (64, 32), (32, 0), (0, 32)]
    assert [int(maps[(slice(None), *edge)].argmax()) for edge in edges] == [0, 1, 2, 3]
    assert np.linalg.matrix_rank(maps.reshape(4, -1)) == 4


@pytest.mark.parametrize("n_coils", [0, -1])
def test_at_least_one_coil(n_coils):
    with pytest.raises(
        ValueError, match=f"n_coils must be an integer of at least 1, got {n_coils}"
    ):
        make_coil_sensitivities(n_coils, (8, 8))
