"""The strength that predicts held-out samples best."""

import numpy as np
import pytest

from groupsparse.apps.mri.acquisition import sample_kspace, simulate_acquisition
from groupsparse.apps.mri.methods import Settings
from groupsparse.apps.mri.reconstruct import reconstruct
from groupsparse.apps.mri.sampling.masks import make_variable_density_mask
from groupsparse.apps.mri.tuning.sweep import find_strength
from groupsparse.datasets import load_head_slice, make_coil_sensitivities

MASK = make_variable_density_mask((96, 96), 0.35, random_state=0)


def simulate(**options):
    """Two complex contrasts of the middle of a head."""
    head = load_head_slice()[80:176, 80:176].astype(float)
    images = np.stack([head, 1 - head]) * np.exp(1j * np.linspace(0, 1, 96))
    return simulate_acquisition(images, MASK, 0.02, random_state=0, **options)


def measure_error(acquisition, strength) -> float:
    images = reconstruct(acquisition, Settings(strength=strength)).images
    return float(np.linalg.norm(images - acquisition.truth))


@pytest.mark.parametrize("factor", [1.0, 4.0], ids=["known noise", "four times too high"])
def test_the_choice_is_close_to_the_best_though_the_noise_is_wrong(factor):
    data = simulate().with_deviations(0.02 * factor)
    strengths = 0.85 * 2.0 ** np.arange(-3, 2)
    errors = [measure_error(data, strength) for strength in strengths]
    assert measure_error(data, "auto") < 1.035 * min(errors)  # .3 dB


def test_the_choice_under_maps_is_close_to_the_best():
    data = simulate(maps=make_coil_sensitivities(4, (96, 96)))
    errors = [measure_error(data, strength) for strength in (0.4, 0.6, 0.85, 1.2)]
    assert measure_error(data, "auto") < 1.06 * min(errors)


def test_the_sweep_tells_what_was_tried():
    result = reconstruct(simulate(), Settings(strength="auto"))
    sweep = result.sweep
    assert sweep.criterion[sweep.chosen] == sweep.criterion.min()
    assert (np.diff(sweep.strengths) > 0).all()
    assert reconstruct(simulate()).sweep is None


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_units_of_k_space_change_nothing_but_the_scale(scale):
    kspace = np.zeros((2, 96, 96), np.complex64)
    kspace[:, MASK] = simulate().samples
    plain, scaled = (
        reconstruct(sample_kspace(factor * kspace, MASK, None), Settings(strength="auto")).images
        for factor in (np.float32(1.0), np.float32(scale))
    )
    np.testing.assert_allclose(scaled / scale, plain, atol=2e-3 * abs(plain).max())


def test_what_cannot_be_held_out_is_refused():
    real = simulate_acquisition(np.ones((1, 32, 32)), np.ones((32, 32), bool), 0.1, random_state=0)
    with pytest.raises(ValueError, match='"auto" is for complex images with one mask'):
        reconstruct(real, Settings(strength="auto"))
    centre = np.zeros((32, 32), dtype=bool)
    centre[16, 16] = True
    point = simulate_acquisition(np.ones((1, 32, 32), complex), centre, 0.1, random_state=0)
    with pytest.raises(ValueError, match='"auto" needs samples outside the centre, got 0 of 1'):
        find_strength(point, lambda part, strength: point.truth)
    with pytest.raises(ValueError, match="strength must be a positive number, or auto for method"):
        Settings("l21", strength="auto")
