"""Volumes: slices of the hybrid space are those of the image; joint where no axis is complete."""

import numpy as np
import pytest

from groupsparse.apps.mri.stacks.hybrid import find_readout, transform_readout
from groupsparse.apps.mri.stacks.one_slice import StackSettings
from groupsparse.apps.mri.stacks.source import open_array
from groupsparse.apps.mri.stacks.volume import reconstruct_volume
from groupsparse.datasets import make_coil_sensitivities
from groupsparse.toolkit.operators import PartialFourier

SHAPE = (16, 32, 20)


def make_volume(n_coils=3):
    """K-space (coil, z, y, x) of a box that coils see alike in all slices, and the box."""
    image = np.zeros(SHAPE)
    image[3:12, 6:25, 4:15] = 1.0
    image[5:9, 10:14, 7:10] = 0.3
    maps = make_coil_sensitivities(n_coils, SHAPE[1:])[:, None]
    kspace = PartialFourier(np.ones(SHAPE)).apply((maps * image).astype(complex))
    rng = np.random.default_rng(0)
    kspace = kspace + 0.01 * (
        rng.standard_normal(kspace.shape) + 1j * rng.standard_normal(kspace.shape)
    )
    return kspace.reshape(n_coils, *SHAPE).astype(np.complex64), image


def keep_lines(kspace, axis):
    """Every other position along an axis, and the middle; axes other than this are complete."""
    n = kspace.shape[axis]
    kept = (np.arange(n) % 2 == 0) | (abs(np.arange(n) - n // 2) < 5)
    shape = [1] * kspace.ndim
    shape[axis] = n
    return kspace * kept.reshape(shape)


@pytest.mark.parametrize("axis", [-3, -2, -1])
def test_hybrid_slices_are_transforms_of_slices(tmp_path, axis):
    rng = np.random.default_rng(1)
    images = rng.standard_normal((2, 6, 7, 8)) + 1j * rng.standard_normal((2, 6, 7, 8))
    kspace = PartialFourier(np.ones((6, 7, 8))).apply(images).reshape(images.shape)
    np.save(tmp_path / "a.npy", kspace)
    slices = transform_readout(open_array(tmp_path / "a.npy"), axis, tmp_path / "b.npy")
    for number in range(len(slices)):
        seen = images.take(number, axis)
        expected = PartialFourier(np.ones(seen.shape[1:])).apply(seen).reshape(seen.shape)
        np.testing.assert_allclose(slices.read(number).values[0], expected, atol=1e-5)


def test_the_readout_is_where_the_mask_is_constant(tmp_path):
    kspace, _ = make_volume(1)
    for axes, expected in [((-3,), -2), ((-2,), -1), ((-2, -1), -3), ((-1, -2, -3), None)]:
        sampled = kspace
        for axis in axes:
            sampled = keep_lines(sampled, axis)
        np.save(tmp_path / "a.npy", sampled)
        assert find_readout(open_array(tmp_path / "a.npy")) == expected


@pytest.mark.parametrize("axes", [(-2,), (-1, -2, -3)], ids=["slices", "joint"])
@pytest.mark.parametrize("coils", [True, False])
def test_volumes_are_recovered(tmp_path, axes, coils):
    kspace, image = make_volume()
    if not coils:
        kspace = PartialFourier(np.ones(SHAPE)).apply(image.astype(complex)).reshape(SHAPE)
    for axis in axes:
        kspace = keep_lines(kspace, axis)
    np.save(tmp_path / "kspace.npy", kspace.astype(np.complex64))
    settings = StackSettings(noise=0.01, magnitude=True)
    result = reconstruct_volume(tmp_path / "kspace.npy", tmp_path / "out.npy", settings)
    found = np.load(tmp_path / "out.npy")
    assert result.shape == found.shape == SHAPE
    assert found.dtype == np.float32
    assert np.linalg.norm(found - image) < 0.15 * np.linalg.norm(image)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kspace.npy", "out.npy"]
