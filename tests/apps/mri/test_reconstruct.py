"""Reconstructions come close to the truth, in every dtype, parity and scale."""

import re
from dataclasses import replace

import numpy as np
import pytest

from groupsparse.apps.mri.acquisition import Acquisition, apply_sensitivities, simulate_acquisition
from groupsparse.apps.mri.methods import METHODS, Settings
from groupsparse.apps.mri.reconstruct import reconstruct
from groupsparse.apps.mri.sampling.masks import make_variable_density_mask
from groupsparse.datasets import (
    load_head_slice,
    load_photograph,
    make_coil_sensitivities,
    make_shepp_logan_channels,
)
from groupsparse.toolkit.convergence import ConvergenceWarning
from groupsparse.toolkit.diagnostics import psnr
from groupsparse.toolkit.solution import Status

DTYPES = ["float32", "float64", "complex64", "complex128"]


def photograph(n_y=96, n_x=96) -> np.ndarray:
    return load_photograph("coffee")[:, 100 : 100 + n_y, 200 : 200 + n_x]


def head(n_y=64, n_x=64) -> np.ndarray:
    """Part of the head scan as three coils see it."""
    crop = load_head_slice()[100 : 100 + n_y, 100 : 100 + n_x]
    return apply_sensitivities(crop, make_coil_sensitivities(3, crop.shape))


def measured(images: np.ndarray, fraction=0.4, sigma=0.01) -> Acquisition:
    rng = np.random.default_rng(0)
    real = not np.iscomplexobj(images)
    mask = make_variable_density_mask(images.shape[1:], fraction, symmetric=real, random_state=rng)
    return simulate_acquisition(images, mask, sigma, random_state=rng)


def gain(data: Acquisition, settings: Settings) -> float:
    """Return the dB won over the zero-filled images."""
    images = reconstruct(data, settings).images
    before, after = (psnr(x, data.truth, data_range=1.0) for x in (data.zero_fill(), images))
    return after - before


@pytest.mark.parametrize(
    ("images", "method", "least"),
    [
        (photograph(), "l21", 5.0),
        (photograph(), "gpdasc", 2.5),
        (head(), "l21", 5.0),
        (head(), "gpdasc", 4.0),
        (photograph(33, 47), "l21", 2.0),
        (photograph(33, 47), "gpdasc", 0.0),
        (head(33, 47), "l21", 8.0),
        (head(33, 47), "gpdasc", 8.0),
        (head(47, 32), "l21", 5.0),
        (photograph(), "spinning", 6.0),
        (head(), "spinning", 6.0),
        (photograph(33, 47), "spinning", 2.0),
        (head(33, 47), "spinning", 8.0),
    ],
    ids=lambda value: "x".join(map(str, value.shape)) if isinstance(value, np.ndarray) else None,
)
def test_reconstructions_are_clearly_better_than_zero_filled_images(images, method, least):
    assert gain(measured(images), Settings(method)) > least


@pytest.mark.parametrize(
    ("method", "dtype"),  # all pairs: `test_zeros_give_zeros`
    [
        ("l21", "float32"),
        ("l21", "complex128"),
        ("gpdasc", "float64"),
        ("gpdasc", "complex64"),
        ("mcp", "float32"),
        ("mcp", "complex64"),
        ("spinning", "float64"),
        ("spinning", "complex128"),
    ],
)
def test_full_sampling_returns_the_images_in_their_dtype(dtype, method):
    images = photograph(64, 64).astype(dtype)
    if np.iscomplexobj(images):
        images *= np.exp(1j * images[::-1])
    result = reconstruct(measured(images, 1.0, 1e-4), Settings(method))
    assert result.images.dtype == result.solution.coef.dtype == dtype
    assert psnr(result.images, images, data_range=1.0) > 65
    assert np.abs(result.images - images).max() < 5e-3


@pytest.mark.parametrize("method", METHODS)
def test_channels_help_each_other(method):
    """What one channel shows alone is less than what all of them show together."""
    settings = Settings(method, wavelet="haar")
    data = measured(make_shepp_logan_channels(64, random_state=0), 0.3, 0.02)
    level = data.noise_level / np.sqrt(3)
    alone = [
        reconstruct(Acquisition(data.operator, samples[None], data.mask, level), settings).images[0]
        for samples in data.samples
    ]
    together = reconstruct(data, settings).images
    separate, joint = (psnr(np.asarray(x), data.truth, data_range=1.0) for x in (alone, together))
    assert joint > separate + 0.5


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_zeros_give_zeros(dtype, method):
    result = reconstruct(measured(np.zeros((2, 32, 36), dtype), sigma=0.0), Settings(method))
    assert not result.images.any()
    assert result.images.dtype == dtype
    assert result.solution.status is Status.CONVERGED


@pytest.mark.parametrize("dtype", DTYPES)
def test_gpdasc_finds_no_group_in_noise(dtype):
    data = measured(np.zeros((2, 32, 36), dtype), sigma=0.01)
    with pytest.warns(UserWarning, match="no wavelet is above the noise"):
        result = reconstruct(data, Settings("gpdasc"))
    assert result.solution.active_groups.size == 0


@pytest.mark.parametrize("factor", [1e-6, 1e6])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "settings",
    [*(Settings(method) for method in METHODS), Settings("l21", strength=0.02)],
    ids=[*METHODS, "l21 with strength"],
)
def test_the_scale_of_the_data_is_that_of_the_images(settings, dtype, factor):
    images = photograph(32, 32) if dtype.startswith("float") else head(32, 32)
    data = measured(images.astype(dtype))
    scaled = Acquisition(
        data.operator,
        (factor * data.samples).astype(data.samples.dtype),
        data.mask,
        factor * data.noise_level,
    )
    expected = reconstruct(data, settings).images
    found = reconstruct(scaled, settings).images / factor
    accuracy = 1e-3 if dtype in ("float32", "complex64") else 1e-6
    np.testing.assert_allclose(found, expected, atol=accuracy * np.abs(expected).max())


def test_strengths_are_relative_to_that_of_the_empty_image():
    data = measured(photograph(32, 32))
    empty, faint = (
        reconstruct(data, Settings("l21", strength=strength, penalise_coarse=True))
        for strength in (1.01, 0.95)
    )
    assert not empty.images.any()
    assert faint.images.any()
    assert faint.solution.alpha == pytest.approx(0.95 / 1.01 * empty.solution.alpha)


def test_the_coarse_band_is_left_unpenalised_by_default():
    """Above the strength of the empty image, the channels keep their means."""
    data = measured(photograph(32, 32), 1.0, 0.0)
    result = reconstruct(data, Settings("l21", wavelet="haar", levels=5, strength=1.01))
    means = data.truth.mean(axis=(1, 2), keepdims=True) * np.ones((32, 32))
    np.testing.assert_allclose(result.images, means, atol=1e-4)
    assert result.solution.active_groups.size == 0


@pytest.mark.parametrize("method", METHODS)
def test_the_same_data_give_the_same_bits_and_stay_as_they_are(method):
    data = measured(head())
    data.samples.flags.writeable = False
    first, again = (reconstruct(data, Settings(method)) for _ in range(2))
    np.testing.assert_array_equal(first.images, again.images)


@pytest.mark.parametrize("method", METHODS)
def test_a_callback_watches_and_stops(method):
    seen = []

    def stop_at_third(progress):
        seen.append(progress)
        return len(seen) == 3

    result = reconstruct(measured(photograph()), Settings(method), callback=stop_at_third)
    assert result.solution.status is Status.STOPPED
    assert len(seen) == 3
    assert all(0 <= progress.fraction <= 1 for progress in seen)


@pytest.mark.parametrize("images", [photograph(), head(128, 128)], ids=["photograph", "head"])
def test_shifted_wavelets_are_better_than_fixed_ones_on_natural_images(images):
    data = measured(images, 0.3)
    assert gain(data, Settings("spinning")) > gain(data, Settings("l21")) + 1.0
    fixed = gain(data, Settings("gpdasc"))
    assert gain(data, Settings("gpdasc", start="spinning")) > fixed + 0.5


def test_the_start_s_fit_ends_the_path_where_it_explains_the_data():
    data = measured(make_shepp_logan_channels(64, random_state=0), 0.4)
    settings = Settings("gpdasc", wavelet="haar", start="spinning")
    result = reconstruct(data, settings)
    assert result.solution.iterations == 0
    assert result.solution.status is Status.CONVERGED
    assert result.solution.residual_norm < data.noise_level
    assert result.n_groups == result.solution.active_groups.size
    again = reconstruct(data, settings)
    np.testing.assert_array_equal(again.images, result.images)


@pytest.mark.parametrize(("stop_at", "fraction"), [(2, 0.5), (3, 0.75)])
def test_a_callback_watches_the_start_and_what_comes_after(monkeypatch, stop_at, fraction):
    """Two iterations, and a start that is left empty so that a path must follow."""
    monkeypatch.setattr(
        "groupsparse.apps.mri.reconstruct.select_visible_coefficients",
        lambda problem, wavelet, images, noise: np.zeros(problem.shape),
    )
    seen = []

    def stop(progress):
        seen.append(progress.fraction)
        return len(seen) == stop_at

    settings = Settings("gpdasc", start="spinning", max_iter=2)
    result = reconstruct(measured(photograph()), settings, callback=stop)
    assert result.solution.status is Status.STOPPED
    assert len(seen) == stop_at
    assert seen == sorted(seen)
    assert seen[:2] == [0.25, 0.5]
    assert seen[-1] <= fraction


def test_spinning_does_fewer_iterations_if_told_so():
    result = reconstruct(measured(photograph(32, 32)), Settings("spinning", max_iter=7))
    assert result.solution.iterations == 7
    assert result.solution.coef is result.images


def test_too_few_iterations_are_said():
    with pytest.warns(ConvergenceWarning, match="largest number of iterations"):
        result = reconstruct(measured(photograph()), Settings("l21", max_iter=2))
    assert result.solution.status is Status.MAX_ITER


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"wavelet": "daubechies"}, "wavelet 'daubechies' is unknown"),
        ({"wavelet": "bior2.2"}, "wavelet 'bior2.2' is not orthogonal"),
        ({"levels": 0}, "levels must be from 1 to 5 for an image of shape (32, 40), got 0"),
        ({"levels": 6}, "levels must be from 1 to 5 for an image of shape (32, 40), got 6"),
        ({"max_iter": 0}, "max_iter must be an integer of at least 1, got 0"),
        ({"method": "l21", "tol": 0.0}, "tol must be positive"),
        ({"method": "gpdasc", "rho": 1.0}, "rho must"),
        ({"method": "gpdasc", "max_inner": 0}, "max_inner must"),
    ],
)
def test_settings_that_do_not_fit(values, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        reconstruct(measured(photograph(32, 40)), Settings(**values))


@pytest.mark.parametrize("method", ["gpdasc", "mcp", "l21"])
@pytest.mark.filterwarnings("ignore::groupsparse.toolkit.convergence.ConvergenceWarning")
def test_aliases_of_regular_lines_do_not_let_a_fit_explode(method):
    image = load_head_slice().reshape(64, 4, 64, 4).mean(axis=(1, 3))
    coils = apply_sensitivities(image, make_coil_sensitivities(8, image.shape))
    columns = np.arange(64) - 32
    lines = (columns % 4 == 0) | (abs(columns) <= 3)
    data = simulate_acquisition(coils, np.broadcast_to(lines, (64, 64)), 0.01, random_state=0)
    images = reconstruct(data, Settings(method=method)).images
    assert np.linalg.norm(images) < 1.1 * np.linalg.norm(data.truth)
    before, after = (psnr(x, data.truth, data_range=1.0) for x in (data.zero_fill(), images))
    assert after > before - 3


def test_channels_whose_noise_differs_are_not_slowed_down():
    """Weights would shorten the steps of noisy channels: images of them stayed unfinished."""
    truth = head(96, 96)
    data = measured(truth)
    level = data.noise_level / np.sqrt(len(truth))
    uneven = replace(data, channel_noise=level * np.linspace(1.0, 3.0, len(truth)))
    even, other = (float(np.linalg.norm(reconstruct(one).images - truth)) for one in (data, uneven))
    assert other < 1.25 * even
