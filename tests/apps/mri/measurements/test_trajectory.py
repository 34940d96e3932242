"""Samples off the grid: densities, noise, and images from spokes."""

import re

import numpy as np
import pytest

from groupsparse.apps.mri.measurements.trajectory import compensate_density, sample_trajectory
from groupsparse.apps.mri.methods import Settings
from groupsparse.apps.mri.reconstruct import reconstruct
from groupsparse.datasets import load_head_slice, make_coil_sensitivities
from groupsparse.toolkit.operators import NonuniformFourier

pytest.importorskip("finufft")

SHAPE = (64, 64)
HEAD = load_head_slice()[::4, ::4].astype(complex) * np.exp(1j * np.linspace(0, 2, 64))


def make_spokes(n_spokes=50, n_samples=128, radius=32.0):
    """Return frequencies along lines through zero."""
    angles = np.pi * np.arange(n_spokes) / n_spokes
    along = np.linspace(-radius, radius, n_samples, endpoint=False)
    return np.stack([np.outer(trig(angles), along).ravel() for trig in (np.sin, np.cos)], axis=1)


def sum_directly(trajectory, image):
    """Return the Fourier transform at every frequency as a plain sum."""
    y, x = (np.arange(n) - n // 2 for n in image.shape)
    waves = [
        np.exp(-2j * np.pi * np.outer(k, p) / p.size)
        for k, p in zip(trajectory.T, (y, x), strict=True)
    ]
    return np.einsum("ky,kx,yx->k", *waves, image, optimize=True) / np.sqrt(image.size)


def test_samples_are_a_plain_sum_of_waves():
    trajectory = make_spokes(5, 20)
    expected = sum_directly(trajectory, HEAD)
    for dtype, tolerance in (("complex128", 1e-9), ("complex64", 1e-3)):
        found = NonuniformFourier(trajectory, SHAPE).apply(HEAD.astype(dtype))
        np.testing.assert_allclose(found, expected, atol=tolerance)


def test_areas_around_spokes_grow_with_the_distance_from_zero():
    trajectory = make_spokes()
    areas = compensate_density(trajectory, SHAPE)
    distance = np.linalg.norm(trajectory, axis=1)
    inside = (distance > 4) & (distance < 20)
    assert np.corrcoef(areas[inside], distance[inside])[0, 1] > 0.98
    operator = NonuniformFourier(trajectory, SHAPE, np.sqrt(areas))
    plain = NonuniformFourier(trajectory, SHAPE)
    errors = []
    for op in (operator, plain):
        back = op.adjoint(op.apply(HEAD))
        best = back * np.vdot(back, HEAD) / np.vdot(back, back)
        errors.append(np.linalg.norm(best - HEAD) / np.linalg.norm(HEAD))
    assert errors[0] < 0.2 < 0.4 < errors[1]
    assert operator.lipschitz < 2.5


@pytest.mark.parametrize("n_coils", [None, 4])
@pytest.mark.parametrize("method", ["spinning", "l21"])
def test_images_come_back_from_spokes(method, n_coils):
    trajectory, sigma = make_spokes(), 0.01
    coils = np.ones((1, *SHAPE)) if n_coils is None else make_coil_sensitivities(n_coils, SHAPE)
    samples = np.stack([sum_directly(trajectory, seen) for seen in HEAD * coils])
    rng = np.random.default_rng(0)
    noise = sigma * (rng.standard_normal((2, *samples.shape)))
    samples = (samples + noise[0] + 1j * noise[1]).astype(np.complex64)
    given = samples if n_coils is None else samples[None]
    level = sigma * np.sqrt(2 * samples.size)
    data = sample_trajectory(given, trajectory, SHAPE, level)
    assert data.space == SHAPE
    image = reconstruct(data, Settings(method)).images
    error = np.linalg.norm(np.abs(image[0]) - np.abs(HEAD)) / np.linalg.norm(HEAD)
    assert error < 0.12


def test_the_noise_is_estimated_from_the_outer_frequencies():
    rng = np.random.default_rng(0)
    parts = 1e-5 * rng.standard_normal((2, 1, 3, 6400))
    coils = make_coil_sensitivities(3, SHAPE)
    data = sample_trajectory(parts[0] + 1j * parts[1], make_spokes(), SHAPE, maps=coils)
    assert data.noise_level == pytest.approx(np.linalg.norm(parts), rel=0.1)
    assert data.with_deviations(1e-5).noise_level == pytest.approx(data.noise_level, rel=0.1)
    assert data.sampled_fraction > 0.5


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"samples": np.ones((1, 5))}, "samples must have the shape (channel, [coil], 6400)"),
        ({"trajectory": 2 * make_spokes()}, "trajectory must lie from -n/2 to n/2 cycles"),
        ({"trajectory": np.ones((7, 3))}, "trajectory must have the shape (n_samples, 2)"),
        ({"noise_level": -1.0}, "noise_level must be"),
        ({"maps": np.ones((3, 9, 9))}, "left must take what right gives"),
    ],
)
def test_trajectories_that_do_not_fit(change, words):
    given = {"samples": np.ones((1, 4, 6400)), "trajectory": make_spokes(), "noise_level": 0.1}
    with pytest.raises(ValueError, match=re.escape(words)):
        sample_trajectory(space=SHAPE, **(given | change))
