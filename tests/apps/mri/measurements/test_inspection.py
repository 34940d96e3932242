"""What arrays look like: where zero frequency is, and which lines were never acquired."""

import numpy as np
import pytest

from groupsparse.apps.mri.measurements.inspection import (
    check_image_values,
    check_kspace_values,
    drop_empty_lines,
    find_kspace_shift,
    find_mask_shift,
)
from groupsparse.apps.mri.sampling.masks import make_mask
from groupsparse.datasets import load_head_slice

MASKS = [
    "radial:30",
    "variable:0.2",
    "lines:3",
    "lines:4,spacing=every,calibration=24",
    "lines:2,calibration=0",
    "lines:4,axis=x,spacing=variable",
    "caipi:2x2",
    "poisson:8",
    "partial:0.625",
    "lines:2,partial=0.75",
]


@pytest.fixture(scope="module", params=[(256, 256), (255, 200)])
def image(request):
    n_y, n_x = request.param
    return load_head_slice()[:n_y, 28 : 28 + n_x] if n_x < 256 else load_head_slice()


@pytest.fixture(scope="module")
def kspace(image):
    """Of two coils, with noise, as a scanner measures it."""
    rng = np.random.default_rng(0)
    phases = np.exp(1j * np.linspace(0, 3, image.shape[1]))
    coils = np.stack([image, image * phases])
    values = np.fft.fftshift(np.fft.fft2(coils, norm="ortho"), axes=(1, 2))
    return values + 0.01 * rng.standard_normal(values.shape)


@pytest.mark.parametrize("axes", [(), (0,), (1,), (0, 1)])
@pytest.mark.parametrize("mask", [None, *MASKS])
def test_where_zero_frequency_is(kspace, mask, axes):
    sampled = kspace if mask is None else kspace * make_mask(mask, kspace.shape[1:], random_state=1)
    moved = np.fft.ifftshift(sampled, axes=[axis + 1 for axis in axes])
    assert find_kspace_shift(moved, 2) == axes


@pytest.mark.parametrize("mask", MASKS)
def test_masks_are_centred(mask):
    for shape in ((256, 256), (65, 201), (100, 64)):
        assert find_mask_shift(make_mask(mask, shape, random_state=0)) == ()


@pytest.mark.parametrize(
    "mask", ["variable:0.2", "lines:4,spacing=every,calibration=24", "poisson:8"]
)
def test_masks_that_are_not_centred(mask):
    centred = make_mask(mask, (256, 200), random_state=0)
    axes = (0,) if mask.startswith("lines") else (0, 1)
    assert find_mask_shift(np.fft.ifftshift(centred)) == axes


def test_k_space_is_told_from_images(image, kspace):
    check_image_values(image[None], "image")
    check_image_values(image[None] * np.exp(1j * image), "image")
    check_image_values(np.zeros((1, 32, 32), complex), "nothing")
    for values in (kspace, np.fft.ifftshift(kspace, axes=(1, 2))):
        with pytest.raises(ValueError, match=r"scan.npy is complex and has 9\d % of its energy"):
            check_image_values(values, "scan.npy")


def test_magnitudes_are_told_from_k_space(kspace):
    check_kspace_values(kspace, "k-space")
    check_kspace_values(kspace.real, "a part of it")
    with pytest.raises(ValueError, match="none is negative, as magnitudes are"):
        check_kspace_values(np.abs(kspace), "scan.npy")


def test_lines_of_zeros_were_never_acquired(kspace):
    holed = kspace.copy()
    holed[:, :20] = holed[:, :, -7:] = 0
    holed[:, 60, 50] = 0
    sampled, notes = drop_empty_lines(holed, None, 2)
    np.testing.assert_array_equal(sampled, (holed != 0).any(axis=0))
    assert "first 20 and the last 0 of" in notes[0]
    assert "first 0 and the last 7 of" in notes[1]
    everywhere = np.ones(kspace.shape[1:], bool)
    sampled, notes = drop_empty_lines(holed, everywhere, 2)
    assert sampled[60, 50]  # measured as zero
    assert not sampled[:20].any()
    assert any("20 lines along y are in the mask" in note for note in notes)
    own, notes = drop_empty_lines(holed, np.stack([everywhere] * 2), 2)
    np.testing.assert_array_equal(own, [sampled] * 2)
    lines = make_mask("lines:3", kspace.shape[1:])
    sampled, notes = drop_empty_lines(kspace, lines, 2)
    np.testing.assert_array_equal(sampled, lines)
    assert notes == []
    untouched, notes = drop_empty_lines(kspace, None, 2)
    assert untouched.all()
    assert notes == []
