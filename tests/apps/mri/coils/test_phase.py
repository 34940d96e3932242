"""Images whose phase is taken from the frequencies around zero."""

import numpy as np
import pytest

from groupsparse.apps.mri.acquisition import simulate_acquisition
from groupsparse.apps.mri.coils.phase import constrain_phase
from groupsparse.apps.mri.methods import Settings
from groupsparse.apps.mri.reconstruct import reconstruct
from groupsparse.datasets import load_head_slice, make_coil_sensitivities

SHAPE = (64, 60)
HALF = np.arange(64)[:, None] * np.ones(60) < 44


def make_images():
    """Return two contrasts with phases of their own."""
    y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in SHAPE), indexing="ij")
    head = load_head_slice()[::4, 8:248:4]
    return np.stack([head * np.exp(1.5j * x), head**2 * np.exp(1j * (0.5 - y**2))])


@pytest.mark.parametrize("n_coils", [None, 4])
def test_the_operator_of_real_images_gives_the_same_data(n_coils):
    """For images of exactly the estimated phase."""
    maps = None if n_coils is None else make_coil_sensitivities(n_coils, SHAPE)
    masks = np.stack([HALF, HALF[:, ::-1] & HALF])
    for mask in (HALF, masks):
        data = simulate_acquisition(make_images(), mask, 0.0, maps=maps)
        real = constrain_phase(data)
        assert real.samples.dtype == float
        assert real.noise_level == data.noise_level
        assert real.space == data.space
        x = np.abs(make_images())
        turned = data.problem.operator.apply(real.restore_phases(x))
        expected = data.samples
        channels = real.operator.unpack(real.operator.apply(x))
        parts = [(one[0] + 1j * one[1]).ravel() for one in channels]
        np.testing.assert_allclose(np.concatenate(parts), turned.ravel(), atol=1e-12)
        assert np.linalg.norm(turned - expected) < 0.3 * np.linalg.norm(expected)


@pytest.mark.parametrize("method", ["spinning", "l21"])
@pytest.mark.parametrize("n_coils", [None, 4])
def test_half_of_k_space_is_enough_for_a_known_phase(method, n_coils):
    images = make_images()
    maps = None if n_coils is None else make_coil_sensitivities(n_coils, SHAPE)
    data = simulate_acquisition(images, HALF, 0.002, maps=maps, random_state=0)
    errors = []
    for phase in ("free", "constrained"):
        found = reconstruct(data, Settings(method, phase=phase)).images
        assert found.shape == images.shape
        assert np.iscomplexobj(found)
        errors.append(np.linalg.norm(np.abs(found) - np.abs(images)))
    assert errors[1] < 0.9 * errors[0]


def test_phases_that_cannot_be_constrained():
    real = simulate_acquisition(np.abs(make_images()), np.ones(SHAPE, bool), 0.0)
    with pytest.raises(ValueError, match="phase is constrained for complex images only"):
        constrain_phase(real)
    maps = make_coil_sensitivities(2, SHAPE)
    data = simulate_acquisition(make_images(), HALF, 0.0, maps=maps)
    with pytest.raises(ValueError, match="phase is constrained with one set of maps only"):
        constrain_phase(data.with_maps(np.stack([maps, maps[::-1]])))
    with pytest.raises(ValueError, match="phase must be"):
        Settings(phase="none")
