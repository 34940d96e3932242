"""Acquisitions: samples, noise level, dtype and operator."""

import re

import numpy as np
import pytest

from groupsparse.apps.mri.acquisition import (
    Acquisition,
    apply_sensitivities,
    combine_coils,
    sample_kspace,
    simulate_acquisition,
)
from groupsparse.apps.mri.methods import Settings
from groupsparse.apps.mri.reconstruct import reconstruct
from groupsparse.apps.mri.sampling.masks import make_radial_mask, make_variable_density_mask
from groupsparse.datasets import make_coil_sensitivities
from groupsparse.toolkit.operators import HalfPlaneFourier, PartialFourier
from groupsparse.toolkit.testing import random_array

SHAPES = [(16, 16), (9, 12), (12, 9), (7, 9)]
FULL = np.ones((16, 16), dtype=bool)
IMAGES = np.ones((2, 16, 16))


def images(dtype, shape=(16, 16), n_channels=3) -> np.ndarray:
    return random_array((n_channels, *shape), dtype, np.random.default_rng(0))


def kspace_of(values: np.ndarray) -> np.ndarray:
    """The centred orthonormal transform, by NumPy."""
    moved = np.fft.ifftshift(values, axes=(1, 2))
    return np.fft.fftshift(np.fft.fft2(moved, norm="ortho"), axes=(1, 2))


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_dtypes_and_operators_suit_the_images(dtype):
    given = images(dtype)
    data = simulate_acquisition(given, make_radial_mask((16, 16), 6), 0.1, random_state=0)
    is_complex = np.iscomplexobj(given)
    assert type(data.operator) is (PartialFourier if is_complex else HalfPlaneFourier)
    assert data.samples.dtype == data.zero_fill().dtype == given.dtype
    assert data.samples.shape == (3, data.operator.range_shape[0])
    assert data.zero_fill().shape == given.shape
    np.testing.assert_array_equal(data.truth, given)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_noise_level_is_the_norm_of_what_was_added(dtype):
    clean, noisy = (
        simulate_acquisition(
            images(dtype, (64, 64)), make_radial_mask((64, 64), 22), sigma, random_state=1
        )
        for sigma in (0.0, 0.1)
    )
    assert clean.noise_level == 0
    noise = noisy.samples - clean.samples
    precision = float(np.finfo(noise.dtype).eps)
    assert noisy.noise_level == pytest.approx(np.linalg.norm(noise), rel=100 * precision)
    parts = (noise.real, noise.imag) if np.iscomplexobj(noise) else (noise,)
    for part in parts:
        assert part.std() == pytest.approx(0.1, rel=0.05)
        assert abs(part.mean()) < 0.01
    assert abs(np.corrcoef(noise)[0, 1]) < 0.1


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_full_sampling_without_noise_gives_the_images_back(dtype, shape):
    given = images(dtype, shape)
    data = simulate_acquisition(given, np.ones(shape, dtype=bool), 0.0)
    np.testing.assert_allclose(data.zero_fill(), given, atol=1e-13)
    assert data.sampled_fraction == 1


@pytest.mark.parametrize("shape", SHAPES)
def test_complex_samples_are_the_centred_spectrum_at_the_mask(shape):
    given = images("complex128", shape)
    mask = make_variable_density_mask(shape, 0.4, random_state=0)
    data = simulate_acquisition(given, mask, 0.0)
    np.testing.assert_allclose(data.samples, kspace_of(given)[:, mask], atol=1e-13)
    zero_filled = kspace_of(data.zero_fill())
    np.testing.assert_allclose(zero_filled, kspace_of(given) * mask, atol=1e-13)


@pytest.mark.parametrize("shape", SHAPES)
def test_real_images_are_zero_filled_like_complex_ones(shape):
    """The half-plane form measures the same as a mask with its negatives."""
    given = images("float64", shape)
    mask = make_variable_density_mask(shape, 0.4, symmetric=True, random_state=0)
    half = simulate_acquisition(given, mask, 0.0)
    whole = simulate_acquisition(given.astype(complex), mask, 0.0)
    np.testing.assert_allclose(half.zero_fill(), whole.zero_fill(), atol=1e-13)
    assert half.samples.shape[1] == mask.sum()
    assert np.linalg.norm(half.samples) == pytest.approx(np.linalg.norm(whole.samples))


def test_sampled_fraction_counts_values_per_unknown():
    mask = make_radial_mask((64, 64), 22)
    for dtype in ("float32", "complex64"):
        data = simulate_acquisition(images(dtype, (64, 64)), mask, 0.0)
        assert data.sampled_fraction == 1257 / 4096


def test_one_seed_gives_the_same_data_and_changes_nothing():
    given = images("float32")
    given.flags.writeable = False
    first, again, other = (
        simulate_acquisition(given, FULL, 0.1, random_state=seed) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.samples, again.samples)
    assert np.abs(first.samples - other.samples).max() > 0.01


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
@pytest.mark.parametrize("shape", SHAPES)
def test_measured_data_are_as_simulated_ones(shape, dtype):
    given = images(dtype, shape)
    mask = make_variable_density_mask(shape, 0.4, random_state=0)
    expected = simulate_acquisition(given, mask, 0.0)
    kspace = kspace_of(given).astype(dtype)
    for data in (sample_kspace(kspace, mask, 0.5), sample_kspace(kspace * mask, None, 0.5)):
        np.testing.assert_allclose(data.samples, expected.samples, rtol=1e-5, atol=1e-6)
        np.testing.assert_array_equal(data.mask, mask)
        assert data.samples.dtype == dtype
        assert (data.noise_level, data.truth) == (0.5, None)


def test_a_place_counts_as_sampled_if_one_channel_was():
    kspace = np.zeros((2, 4, 4))
    kspace[0, 1, 2] = kspace[1, 3, 0] = 1
    data = sample_kspace(kspace, None, 0.0)
    np.testing.assert_array_equal(data.samples, [[1, 0], [0, 1]])
    assert data.samples.dtype == complex


def test_coils_share_out_the_image():
    image = images("float32")[0]
    seen = apply_sensitivities(image, make_coil_sensitivities(4, image.shape))
    assert (seen.shape, seen.dtype) == ((4, 16, 16), np.complex64)
    combined = combine_coils(seen)
    assert combined.dtype == np.float32
    np.testing.assert_allclose(combined, np.abs(image), rtol=1e-5)


@pytest.mark.parametrize(
    ("given", "mask", "sigma", "words"),
    [
        (
            IMAGES[0],
            FULL,
            0.1,
            "images must have shape (channel, y, x) or (channel, z, y, x), got (16, 16)",
        ),
        (IMAGES[:0], FULL, 0.1, "images is empty"),
        (IMAGES * np.nan, FULL, 0.1, "images has 512 NaN or infinite values"),
        (IMAGES.astype(str), FULL, 0.1, "images must hold numbers"),
        (IMAGES, FULL[:9], 0.1, "mask must have the image's shape (16, 16), got (9, 16)"),
        (IMAGES, FULL[None], 0.1, "mask must have the image's shape (16, 16), got (1, 16, 16)"),
        (IMAGES, ~FULL, 0.1, "has no sample"),
        (IMAGES, 0.5 * FULL, 0.1, "mask must hold only false and true"),
        (IMAGES, FULL, -0.1, "sigma must be finite and not negative, got -0.1"),
        (IMAGES, FULL, np.nan, "sigma must be finite"),
        (IMAGES, FULL, np.inf, "sigma must be finite"),
    ],
)
def test_bad_simulations(given, mask, sigma, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        simulate_acquisition(given, mask, sigma)


@pytest.mark.parametrize(
    ("given", "mask", "words"),
    [
        (
            IMAGES[0],
            None,
            "k-space must have shape (channel, y, x), volumes with z before y, got",
        ),
        (IMAGES[:, :0], None, "k-space is empty"),
        (IMAGES * np.inf, None, "k-space has 512 NaN or infinite values"),
        (IMAGES * 0, None, "has no sample"),
        (IMAGES, FULL[:9], "mask must have the image's shape (16, 16), got (9, 16)"),
        (IMAGES, ~FULL, "has no sample"),
    ],
)
def test_bad_measurements(given, mask, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        sample_kspace(given, mask, 0.0)


def test_an_acquisition_cannot_be_changed():
    data = Acquisition(PartialFourier(FULL), np.ones((1, 256), complex), FULL, 0.0)
    with pytest.raises(AttributeError):
        data.noise_level = 1.0


def make_coils(noise, scale=1.0, size=64, seed=0):
    """Return k-space of a smooth image seen by coils with different noise, the truth and a mask."""
    image = np.zeros((size, size))
    image[16:48, 20:40] = 1.0
    truth = apply_sensitivities(image, make_coil_sensitivities(len(noise), image.shape))
    rng = np.random.default_rng(seed)
    parts = rng.standard_normal((2, *truth.shape)) * np.reshape(noise, (-1, 1, 1))
    kspace = kspace_of(truth) + parts[0] + 1j * parts[1]
    mask = make_variable_density_mask(image.shape, 0.5, random_state=0)
    return scale * kspace, scale * truth, mask


def test_the_noise_of_every_channel_is_estimated_in_its_own_units():
    noise = np.array([0.02, 0.02, 0.3, 0.02])
    for scale in (1e-20, 1.0, 1e12):
        kspace, _, mask = make_coils(noise, scale)
        data = sample_kspace(kspace, mask, None)
        expected = scale * noise * np.sqrt(2 * mask.sum())
        np.testing.assert_allclose(data.channel_noise, expected, rtol=0.6)
        assert data.noise_level == pytest.approx(np.linalg.norm(data.channel_noise))
        assert data.weights[2] < 0.2 * data.weights[0]


@pytest.mark.parametrize("method", ["l21", "gpdasc", "mcp", "spinning"])
def test_a_noisy_channel_counts_less_and_units_do_not_matter(method):
    noise = np.array([0.02, 0.02, 0.4, 0.02])
    kspace, truth, mask = make_coils(noise)
    settings = Settings(method, wavelet="haar")
    levels = noise * np.sqrt(2 * mask.sum())
    own = reconstruct(sample_kspace(kspace, mask, levels), settings).images
    same = reconstruct(sample_kspace(kspace, mask, np.linalg.norm(levels)), settings).images
    quiet = [0, 1, 3]
    errors = [np.linalg.norm((images - truth)[quiet]) for images in (own, same)]
    assert errors[0] < 0.8 * errors[1]
    loud = reconstruct(sample_kspace(1e-9 * kspace, mask, 1e-9 * levels), settings).images
    np.testing.assert_allclose(1e9 * loud, own, atol=1e-3)


def test_equal_noise_of_the_channels_changes_nothing():
    kspace, _, mask = make_coils(np.full(3, 0.05))
    level = 0.05 * np.sqrt(2 * 3 * mask.sum())
    one = sample_kspace(kspace, mask, level)
    several = sample_kspace(kspace, mask, [level / np.sqrt(3)] * 3)
    assert one.weights is several.weights is None
    assert several.weighted_noise_level == pytest.approx(level)
    assert several.group_noise == pytest.approx(one.group_noise)
    given = one.with_deviations([0.05, 0.05, 0.05])
    np.testing.assert_allclose(given.channel_noise, several.channel_noise)
    assert one.with_deviations(0.05).noise_level == pytest.approx(level)


@pytest.mark.parametrize("levels", [[1.0], [1.0, -1.0, 1.0], [1.0, np.nan, 1.0], ["a"] * 3])
def test_levels_of_channels_are_checked(levels):
    kspace, _, mask = make_coils(np.full(3, 0.05))
    with pytest.raises(ValueError, match="noise_level"):
        sample_kspace(kspace, mask, levels)


# Coils


def maps_of(n_coils=4, shape=(16, 12), n_sets=None, dtype="complex128"):
    """Return random maps: what coils see is a matrix, whether they are smooth or not."""
    sets = () if n_sets is None else (n_sets,)
    return random_array((*sets, n_coils, *shape), dtype, np.random.default_rng(5))


@pytest.mark.parametrize("n_sets", [None, 2])
def test_samples_of_coils_are_spectra_of_maps_times_images(n_sets):
    maps = maps_of(n_sets=n_sets)
    mask = make_variable_density_mask((16, 12), 0.4, random_state=0)
    channels = images("complex128", (16, 12))
    seen = channels[:, None] * (maps if n_sets is None else maps.sum(axis=0))
    kspace = np.stack([kspace_of(coils) for coils in seen])
    data = sample_kspace(kspace, mask, 0.5, maps=maps)
    np.testing.assert_allclose(data.samples, kspace[..., mask], atol=1e-13)
    given = channels if n_sets is None else np.stack([channels] * 2, axis=1)
    assert data.problem.shape == given.shape
    np.testing.assert_allclose(data.problem.operator.apply(given), data.samples, atol=1e-12)
    assert data.space == (16, 12)
    assert data.problem.groups.n_groups == 16 * 12
    assert (data.noise_level, data.weights) == (0.5, None)


def test_channels_may_have_masks_of_their_own():
    maps, channels = maps_of(), images("complex128", (16, 12))
    masks = np.stack(
        [make_variable_density_mask((16, 12), f, random_state=0) for f in (0.3, 0.4, 0.5)]
    )
    coils = channels[:, None] * maps
    kspace = np.stack([kspace_of(seen) for seen in coils])
    data = sample_kspace(kspace, masks, [1.0, 2.0, 3.0], maps=maps)
    parts = [k[:, mask].ravel() for k, mask in zip(kspace, masks, strict=True)]
    np.testing.assert_allclose(data.samples, np.concatenate(parts), atol=1e-13)
    np.testing.assert_allclose(data.operator.apply(channels), data.samples, atol=1e-12)
    assert data.space == (16, 12)
    assert data.sampled_fraction == pytest.approx(masks.mean())
    level = np.repeat(
        [n / np.sqrt(part.size) for n, part in zip([1, 2, 3], parts, strict=True)],
        [part.size for part in parts],
    )
    weighted = level * data.weights
    np.testing.assert_allclose(weighted, weighted[0])
    assert data.weighted_noise_level == pytest.approx(np.linalg.norm(weighted))
    single = sample_kspace(kspace_of(channels), masks, None)
    assert single.channel_noise.shape == (3,)
    assert single.samples.size == masks.sum()


def test_simulated_coils_are_as_measured_ones():
    maps, channels = maps_of(dtype="complex64"), images("float32", (16, 12))
    mask = make_variable_density_mask((16, 12), 0.4, random_state=0)
    data = simulate_acquisition(channels, mask, 0.0, maps=maps)
    assert data.samples.dtype == np.complex64
    seen = np.stack([kspace_of(coils) for coils in channels[:, None] * maps])
    np.testing.assert_allclose(data.samples, seen[..., mask], rtol=1e-4, atol=1e-4)
    volume = np.stack([channels] * 2, axis=1)
    data = simulate_acquisition(volume, np.stack([mask] * 2), 0.1, maps=np.stack([maps] * 2, 1))
    assert data.space == (2, 16, 12)
    assert data.samples.shape == (3, 4, 2 * mask.sum())


def test_coils_as_channels_get_maps():
    maps = maps_of()
    data = simulate_acquisition(maps, np.ones((16, 12), bool), 0.1, random_state=0)
    seen = data.with_maps(maps)
    assert seen.samples.shape == (1, 4, 192)
    assert seen.noise_level == data.noise_level
    again = seen.with_maps(2 * maps)
    np.testing.assert_allclose(again.zero_fill(), 2 * seen.zero_fill())
    with pytest.raises(ValueError, match="maps must be of 4 coils"):
        data.with_maps(maps[:3])


@pytest.mark.parametrize(
    ("maps", "words"),
    [
        (np.zeros((4, 16, 12)), "maps of shape (4, 16, 12) vanish everywhere"),
        (maps_of(shape=(16, 13)), "maps must be of images of shape (16, 12)"),
        (maps_of(3), "maps must be of 4 coils"),
        (maps_of()[0], "maps of images with 2 axes must have the shape (coil, *space)"),
        (maps_of() * np.nan, "maps has 768 NaN"),
    ],
)
def test_maps_that_do_not_fit(maps, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        sample_kspace(maps_of()[None], np.ones((16, 12), bool), 0.0, maps=maps)


@pytest.mark.parametrize("method", ["l21", "spinning"])
@pytest.mark.parametrize("n_sets", [None, 2])
def test_images_are_reconstructed_by_maps(method, n_sets):
    image = np.zeros((2, 32, 32), complex)
    image[:, 8:24, 6:20] = [[[1.0]], [[2j]]]
    maps = make_coil_sensitivities(4, (32, 32))
    mask = make_variable_density_mask((32, 32), 0.4, random_state=0)
    data = simulate_acquisition(image, mask, 1e-3, maps=maps, random_state=0)
    if n_sets:
        data = data.with_maps(np.stack([maps, 0.1 * maps[::-1]]))
    result = reconstruct(data, Settings(method, wavelet="haar"))
    assert result.images.shape == data.problem.shape
    found = result.images if n_sets is None else data.operator.right.apply(result.images)
    truth = image if n_sets is None else maps * image[:, None]
    assert np.linalg.norm(found - truth) < 0.05 * np.linalg.norm(truth)


@pytest.mark.parametrize("method", ["gpdasc", "mcp"])
def test_methods_that_need_norms_of_columns_refuse_maps(method):
    maps = make_coil_sensitivities(2, (16, 16))
    data = simulate_acquisition(IMAGES, FULL, 0.1, maps=maps, random_state=0)
    with pytest.raises(ValueError, match=f"method {method} needs the norms of the columns"):
        reconstruct(data, Settings(method))


def test_a_contrast_with_more_detail_does_not_count_less():
    """Fine detail in the outer k-space looks like noise, which is the same in all contrasts."""
    rng = np.random.default_rng(0)
    smooth = np.outer(np.hanning(64), np.hanning(64))
    images = np.stack([smooth, smooth + 0.02 * rng.standard_normal((64, 64))]).astype(complex)
    data = simulate_acquisition(images, np.ones((64, 64), bool), 0.01, random_state=0)
    kspace = data.samples.reshape(2, 64, 64)
    found = sample_kspace(kspace, data.mask, None)
    assert found.weights is None
    assert 0.8 < found.noise_level / data.noise_level < 1.2


def test_deviations_are_those_that_were_given():
    kspace = np.ones((2, 16, 16), complex)
    data = sample_kspace(kspace, make_radial_mask((16, 16), 6), 0.0)
    np.testing.assert_allclose(data.with_deviations([0.1, 0.3]).deviations, [0.1, 0.3])
    np.testing.assert_allclose(data.with_deviations(0.2).deviations, [0.2, 0.2])
