"""Channels share groups where their edges lie at the same places, and only there."""

import numpy as np
import pytest

from groupsparse.apps.mri.acquisition import Acquisition, simulate_acquisition
from groupsparse.apps.mri.methods import Settings
from groupsparse.apps.mri.reconstruct import reconstruct
from groupsparse.apps.mri.sampling.masks import make_variable_density_mask
from groupsparse.apps.mri.tuning.jointness import label_channels
from groupsparse.datasets import load_head_slice, load_photograph, make_coil_sensitivities
from groupsparse.toolkit.diagnostics import psnr
from groupsparse.toolkit.operators import Wavelet

HEAD = load_head_slice()[64:192, 64:192] / load_head_slice().max()
OTHER = load_photograph("coffee")[0, 100:228, 200:328]
SMOOTH_PHASE = np.exp(1j * np.linspace(0, 2, 128))
MIXED = np.stack([HEAD, OTHER, np.sqrt(HEAD)])


def every_third_line() -> np.ndarray:
    mask = np.zeros(HEAD.shape, dtype=bool)
    mask[:, ::3] = mask[:, 52:76] = True
    return mask


def variable_density() -> np.ndarray:
    return make_variable_density_mask(HEAD.shape, 0.3, symmetric=True, random_state=0)


def measure(images: np.ndarray, mask: np.ndarray, **options) -> Acquisition:
    return simulate_acquisition(images, mask, 0.01, random_state=0, **options)


def label(data: Acquisition, joint: str = "auto") -> list[int]:
    return label_channels(data, Wavelet(data.space, "sym4"), joint).tolist()


@pytest.mark.parametrize("make_mask", [every_third_line, variable_density])
@pytest.mark.parametrize("phase", [1.0, SMOOTH_PHASE], ids=["real", "complex"])
def test_contrasts_of_one_image_share_groups_and_another_image_does_not(make_mask, phase):
    data = measure(MIXED * phase, make_mask())
    assert label(data) == [0, 1, 0]
    assert label(data, "always") == [0, 0, 0]
    assert label(data, "never") == [0, 1, 2]


def test_coils_that_see_one_image_share_groups():
    coils = HEAD * make_coil_sensitivities(6, HEAD.shape)
    assert label(measure(coils, every_third_line())) == [0] * 6


def test_sets_of_maps_of_a_channel_share_its_label():
    maps = make_coil_sensitivities(4, HEAD.shape)
    data = measure(MIXED[:2], every_third_line(), maps=maps)
    both = data.with_maps(np.stack([maps, maps[::-1]]))
    assert label(both) == [0, 0, 1, 1]


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_the_scale_of_the_data_is_no_matter(factor):
    data = measure(MIXED, variable_density())
    scaled = Acquisition(data.operator, factor * data.samples, data.mask, factor * data.noise_level)
    assert label(scaled) == label(data)


def test_empty_channels_and_small_images_have_labels():
    assert label(measure(np.stack([HEAD, 0 * HEAD]), variable_density())) == [0, 1]
    assert len(label(measure(MIXED[:, :16, :16], np.ones((16, 16), dtype=bool)))) == 3


def test_other_images_are_as_good_as_each_alone():
    """With groups across them, they would be worse."""
    data = measure(MIXED[:2], variable_density())
    auto, joint, separate = (
        psnr(reconstruct(data, Settings(joint=joint)).images, data.truth, data_range=1.0)
        for joint in ("auto", "always", "never")
    )
    assert auto > separate - 0.1
    assert auto > joint + 0.2
