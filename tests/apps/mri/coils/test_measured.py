"""Whitening, compression and maps of measured coils."""

import re

import numpy as np
import pytest

from groupsparse.apps.mri.coils.compression import compress_coils, mix_coils
from groupsparse.apps.mri.coils.measured import CoilSettings, sample_coils
from groupsparse.apps.mri.coils.whitening import find_noise_covariance, find_whitening
from groupsparse.apps.mri.methods import Settings
from groupsparse.apps.mri.reconstruct import reconstruct
from groupsparse.apps.mri.sampling.masks import make_variable_density_mask
from groupsparse.datasets import make_coil_sensitivities
from groupsparse.toolkit.operators import PartialFourier
from groupsparse.toolkit.testing import random_array

SHAPE = (48, 40)
MASK = make_variable_density_mask(SHAPE, 0.5, centre=0.3, random_state=0)


def make_image():
    image = np.zeros((1, *SHAPE), complex)
    image[0, 10:38, 8:30] = 1.0
    image[0, 18:24, 12:20] = 2j
    return image


def make_kspace(factor, n_coils=6, seed=0):
    """Return k-space of coils with noise ``factor @ white``, and a scan of such noise."""
    maps = make_coil_sensitivities(n_coils, SHAPE)
    images = make_image()[:, None] * maps
    kspace = PartialFourier(np.ones(SHAPE, bool)).apply(images).reshape(images.shape)
    rng = np.random.default_rng(seed)
    white = [random_array((n_coils, n), "complex128", rng) for n in (kspace[0, 0].size, 4000)]
    noise, scan = (factor @ values for values in white)
    return kspace + noise.reshape(kspace.shape), scan


def make_factor(n_coils=6):
    rng = np.random.default_rng(4)
    factor = np.diag(rng.uniform(0.5, 1.5, n_coils)) + 0.1 * random_array(
        (n_coils, n_coils), "complex128", rng
    )
    return 0.01 * factor


def test_a_noise_scan_says_how_noise_is_correlated():
    factor = make_factor()
    _, scan = make_kspace(factor)
    covariance = find_noise_covariance(scan)
    expected = (
        factor
        @ factor.conj().T
        * np.mean(np.abs(random_array((9999,), "complex128", np.random.default_rng(0))) ** 2)
    )
    np.testing.assert_allclose(covariance, expected, atol=0.1 * np.abs(expected).max())
    matrix = find_whitening(covariance, 6)
    white = matrix @ covariance @ matrix.conj().T
    np.testing.assert_allclose(white, np.eye(6) * np.trace(covariance) / 6, atol=1e-12)


def test_samples_and_maps_are_whitened_alike():
    """Zero-filled images are those of the weighted least squares, up to one factor."""
    factor = make_factor()
    kspace, scan = make_kspace(factor)
    covariance, maps = find_noise_covariance(scan), make_coil_sensitivities(6, SHAPE)
    data = sample_coils(kspace, np.ones(SHAPE, bool), noise_scan=scan, maps=maps)
    inverse = np.linalg.inv(covariance) * np.trace(covariance).real / 6
    coils = PartialFourier(np.ones(SHAPE, bool)).adjoint(kspace.reshape(6, -1))
    expected = np.einsum("cyx,cd,dyx->yx", maps.conj(), inverse, coils)
    np.testing.assert_allclose(data.zero_fill()[0], expected, rtol=1e-9)
    assert data.noise_level**2 == pytest.approx(np.trace(covariance).real * kspace[0, 0].size)
    left = data.samples - data.operator.apply(make_image())
    assert np.linalg.norm(left) == pytest.approx(data.noise_level, rel=0.05)


def test_without_a_noise_scan_coils_are_balanced_by_the_outer_frequencies():
    deviations = np.array([0.1, 1.0, 0.1, 3.0, 1.0, 1.0])
    rng = np.random.default_rng(0)
    noise = random_array((1, 6, 64, 64), "complex128", rng) * deviations[:, None, None]
    data = sample_coils(noise, maps=make_coil_sensitivities(6, (64, 64)))
    per_coil = np.sqrt((np.abs(data.samples) ** 2).mean(axis=(0, 2)))
    np.testing.assert_allclose(per_coil, per_coil.mean(), rtol=0.2)
    assert data.noise_level == pytest.approx(np.linalg.norm(data.samples), rel=0.1)


def test_virtual_coils_hold_the_energy():
    kspace, _ = make_kspace(np.zeros((6, 6)))
    compressed, basis = compress_coils(kspace, share=0.999)
    assert compressed.shape[1] == len(basis) < 6
    assert np.linalg.norm(compressed) ** 2 >= 0.999 * np.linalg.norm(kspace) ** 2
    np.testing.assert_allclose(basis @ basis.conj().T, np.eye(len(basis)), atol=1e-12)
    flat = kspace[0].reshape(6, -1)
    left, values, _ = np.linalg.svd(flat, full_matrices=False)
    alike = np.abs(np.sum(basis * left[:, : len(basis)].T, axis=1))
    np.testing.assert_allclose(alike, 1, atol=1e-9)
    two, _ = compress_coils(kspace, 2)
    assert np.linalg.norm(two) ** 2 == pytest.approx((values[:2] ** 2).sum())
    everything, basis = compress_coils(kspace, share=1.0)
    np.testing.assert_allclose(mix_coils(basis.conj().T, everything, 2), kspace, atol=1e-12)


@pytest.mark.parametrize("n_virtual", [None, 4])
@pytest.mark.parametrize("known", [False, True])
def test_images_come_back_from_coils(known, n_virtual):
    kspace, scan = make_kspace(make_factor())
    settings = CoilSettings(compress=True, n_virtual=n_virtual)
    maps = make_coil_sensitivities(6, SHAPE) if known else None
    data = sample_coils(kspace * MASK, MASK, settings, noise_scan=scan, maps=maps)
    assert data.samples.shape[:2] == (1, n_virtual or data.samples.shape[1])
    image = reconstruct(data, Settings("spinning", wavelet="haar")).images
    error = np.abs(image) - np.abs(make_image())
    assert np.linalg.norm(error) < 0.06 * np.linalg.norm(make_image())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"kspace": np.ones((1, 8, 8), complex)},
            "k-space of coils must have shape (channel, coil",
        ),
        (
            {"noise_scan": np.ones((6, 3))},
            "noise_scan must have the shape (coil, samples)",
        ),
        ({"noise_scan": np.ones((4, 30)) * np.arange(4)[:, None]}, "only zeros in coil 0"),
        ({"noise_scan": np.random.default_rng(0).random((5, 30))}, "covariance must have one row"),
        ({"maps": np.ones((5, *SHAPE))}, "maps must be of 6 coils, got shape (5, 48, 40)"),
        ({"mask": np.ones((3, 3))}, "mask must have the image's shape (48, 40)"),
        ({"settings": CoilSettings(n_sets=7)}, "n_sets must be"),
    ],
)
def test_what_cannot_be_sampled(change, words):
    kspace, scan = make_kspace(make_factor())
    given = {"kspace": kspace, "mask": MASK, "noise_scan": scan} | change
    with pytest.raises(ValueError, match=re.escape(words)):
        sample_coils(**given)


@pytest.mark.parametrize(
    "bad", [{"n_virtual": 0}, {"share": 2.0}, {"n_sets": 0}, {"crop": -1.0}, {"compress": 1}]
)
def test_bad_settings(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        CoilSettings(**bad)
