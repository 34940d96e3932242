"""Calibration regions, and maps against those that made the data."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from groupsparse.apps.mri.coils.calibration import find_calibration_region
from groupsparse.apps.mri.coils.espirit import estimate_maps
from groupsparse.apps.mri.sampling.masks import make_variable_density_mask
from groupsparse.datasets import make_coil_sensitivities
from groupsparse.toolkit.operators import PartialFourier

SHAPE = (64, 60)
FULL = np.ones(SHAPE, dtype=bool)


def make_object(shape=SHAPE):
    """Return an ellipse with a phase, and where it is."""
    places = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
    inside = sum((p / 0.7) ** 2 for p in places) < 1
    image = inside * (1 + 0.5 * np.cos(9 * places[-1])) * np.exp(1j * (places[0] + places[-1] ** 2))
    return image, inside


def kspace_of(images):
    space = images.shape[2:]
    fourier = PartialFourier(np.ones(space, dtype=bool))
    return fourier.apply(images).reshape(images.shape)


def make_coils(n_coils=5, noise=0.0, shape=SHAPE):
    """Return k-space (channel, coil, *space) of two contrasts, the maps, and where signal is."""
    image, inside = make_object(shape)
    maps = make_coil_sensitivities(n_coils, shape[-2:])
    if len(shape) == 3:
        maps = maps[:, None] * np.exp(0.5j * np.linspace(-1, 1, shape[0]))[:, None, None]
    kspace = kspace_of(np.stack([image, image.conj() ** 2])[:, None] * maps)
    rng = np.random.default_rng(0)
    parts = rng.standard_normal((2, *kspace.shape))
    return kspace + noise * (parts[0] + 1j * parts[1]), maps, inside


def compare(maps, truth, inside):
    """Return the least correlation of maps with the true ones."""
    return np.abs((maps.conj() * truth).sum(axis=0))[inside].min()


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_maps_are_those_that_made_the_data(dtype):
    kspace, truth, inside = make_coils(noise=1e-3)
    mask = make_variable_density_mask(SHAPE, 0.4, centre=0.2, random_state=0)
    maps = estimate_maps((kspace * mask).astype(dtype), mask)
    assert (maps.shape, maps.dtype) == (truth.shape, dtype)
    np.testing.assert_allclose(np.linalg.norm(maps, axis=0), 1, rtol=1e-5)
    assert compare(maps, truth, inside) > 0.995
    found = estimate_maps((kspace * mask).astype(dtype))
    np.testing.assert_allclose(found, maps, rtol=1e-5)


def test_phases_are_those_of_the_strongest_virtual_coil():
    kspace, truth, inside = make_coils()
    maps = estimate_maps(kspace)
    turned = (maps.conj() * truth).sum(axis=0)
    for axis in (0, 1):  # smooth: no jump between neighbours inside
        steps = np.angle(turned * np.roll(turned, 1, axis).conj())
        assert np.abs(steps[inside & np.roll(inside, 1, axis)]).max() < 0.3
    scaled = estimate_maps(1e-6 * kspace)
    np.testing.assert_allclose(scaled, maps, atol=1e-6)


def test_cropped_maps_vanish_where_no_signal_is():
    kspace, truth, inside = make_coils(noise=0.01)
    maps = estimate_maps(kspace, FULL, crop=0.9)
    there = np.linalg.norm(maps, axis=0) > 0
    assert there[inside].mean() > 0.99
    assert there[~inside].mean() < 0.7
    assert compare(maps, truth, inside & there) > 0.99


def test_a_small_field_of_view_needs_two_sets():
    """Half of the lines, every other one, make a field of view in which the object wraps."""
    kspace, _, _ = make_coils(8)
    small = kspace[:, :, ::2]
    maps = estimate_maps(small, crop=0.9, n_sets=2)
    assert maps.shape == (2, 8, 32, 60)
    second = np.linalg.norm(maps[1], axis=0) > 0
    assert 0.05 < second.mean() < 0.9
    one = estimate_maps(small)
    seen = np.fft.fftshift(np.fft.ifft2(np.fft.ifftshift(small, axes=(2, 3)), axes=(2, 3)), (2, 3))
    left = []
    for sets in (one[None], maps):
        flat = np.moveaxis(sets, (0, 1), (-1, -2))
        fitted = flat @ (np.linalg.pinv(flat) @ np.moveaxis(seen[0], 0, -1)[..., None])
        left.append(np.linalg.norm(fitted[..., 0] - np.moveaxis(seen[0], 0, -1)))
    assert left[1] < 0.3 * left[0]


def test_maps_of_volumes():
    kspace, truth, inside = make_coils(3, 1e-3, (20, 24, 22))
    maps = estimate_maps(kspace, np.ones((20, 24, 22), bool))
    assert compare(maps, truth, inside) > 0.99
    thin, truth, inside = make_coils(3, 1e-3, (2, 24, 22))
    assert estimate_maps(thin, np.ones((2, 24, 22), bool)).shape == truth.shape


def test_channels_with_masks_of_their_own_share_a_region():
    kspace, truth, inside = make_coils()
    masks = np.zeros((2, *SHAPE), bool)
    masks[0, 20:44], masks[1, 20:44] = True, True
    masks[0, ::2], masks[1, 1::2] = True, True
    assert compare(estimate_maps(kspace * masks[:, None], masks), truth, inside) > 0.98


REGIONS = [
    ((20, 30), (slice(7, 13), slice(0, 30)), 24, (6, 24)),
    ((20, 30), (slice(9, 11), slice(14, 16)), 24, (2, 2)),
    ((20, 30), (slice(5, 18), slice(10, 22)), 10, (10, 10)),
    ((20, 8, 7), (slice(4, 18), slice(0, 8), slice(0, 7)), 24, (13, 8, 7)),
]


@pytest.mark.parametrize(("shape", "part", "largest", "sides"), REGIONS)
def test_the_largest_box_around_zero_frequency(shape, part, largest, sides):
    mask = np.zeros(shape, bool)
    mask[part] = True
    mask[0, 0] = True
    if min(s if s < n else 6 for s, n in zip(sides, shape, strict=True)) < 6:
        words = " x ".join(map(str, sides))
        with pytest.raises(ValueError, match=f"calibration region of {words} frequencies"):
            find_calibration_region(mask, largest)
        return
    region = find_calibration_region(mask, largest)
    assert tuple(part.stop - part.start for part in region) == sides
    assert mask[region].all()


def lines():
    mask = np.zeros(SHAPE, bool)
    mask[::3] = True
    return mask


KSPACE = make_coils()[0]
DEAD = KSPACE * np.array([1, 0, 1, 1, 1])[:, None, None]


@pytest.mark.parametrize(
    ("kspace", "mask", "more", "words"),
    [
        (KSPACE, lines(), {}, "no calibration region: zero frequency, at (32, 30), is not sampled"),
        (KSPACE, lines() | np.eye(64, 60, -2, dtype=bool), {}, "calibration region of 1 x 1"),
        (DEAD, FULL, {}, "k-space of coil 1 (counted from 0) holds only zeros"),
        (0 * KSPACE, FULL, {}, "k-space of coil 0, 1, 2, 3, 4 (counted from 0) holds only zeros"),
        (KSPACE, FULL, {"crop": 1.0}, "crop of 1 is above all eigenvalues"),
        (KSPACE, FULL, {"n_sets": 6}, "n_sets must be"),
        (KSPACE, FULL, {"crop": -1}, "crop must be from 0 to 1"),
        (KSPACE, FULL[:9], {}, "mask must have the image's shape (64, 60), got (9, 60)"),
        (KSPACE[0, 0], FULL, {}, "k-space must have shape (channel, coil, *space)"),
        (KSPACE * np.nan, FULL, {}, "NaN"),
    ],
)
def test_what_cannot_be_calibrated(kspace, mask, more, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        estimate_maps(kspace, mask, **more)


def write_cfl(path, array):
    """Write an array, axes reversed, as BART reads it."""
    sizes = array.shape[::-1] + (1,) * (16 - array.ndim)
    Path(f"{path}.hdr").write_text(f"# Dimensions\n{' '.join(map(str, sizes))}\n")
    array.astype(np.complex64).tofile(f"{path}.cfl")


@pytest.mark.skipif(shutil.which("bart") is None, reason="BART is not installed")
def test_maps_equal_those_of_bart(tmp_path):
    kspace, _, inside = make_coils(6, noise=0.005)
    write_cfl(tmp_path / "kspace", kspace[0, :, None])
    command = ["bart", "ecalib", "-m1", "-c0", "kspace", "maps"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    theirs = np.fromfile(tmp_path / "maps.cfl", np.complex64).reshape(6, *SHAPE)
    ours = estimate_maps(kspace[:1])
    turn = np.exp(-1j * np.angle((theirs.conj() * ours).sum(axis=0)[inside].sum()))
    error = np.abs(turn * ours - theirs)[:, inside]
    assert np.linalg.norm(error) < 0.003 * np.linalg.norm(theirs[:, inside])
    assert error.max() < 0.03
