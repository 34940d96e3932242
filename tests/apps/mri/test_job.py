"""From an input to metrics: samples, masks, peaks, coils, k-space, and memory."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from groupsparse.apps.mri.job import Job, load_source, prepare, run, score_images
from groupsparse.apps.mri.methods import Settings
from groupsparse.datasets import load_head_slice, load_photograph, make_coil_sensitivities
from groupsparse.toolkit.operators import HalfPlaneFourier

METRICS = [
    "psnr",
    "ssim",
    "nrmse",
    "peak",
    "seconds",
    "groups",
    "iterations",
    "status",
    "method",
    "sampled_fraction",
    "noise",
    "residual",
]

# The peak of the process's own memory; `ru_maxrss` would begin at that of the process above it.
MEMORY = """
import sys
from groupsparse.apps.mri.job import Job, run
from groupsparse.apps.mri.methods import Settings

def peak():
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024

source, coils = sys.argv[1:]
before = peak()
# Every iteration of FISTA needs the same; those of GPDASC need more and more.
last = "spinning" if int(coils) else "gpdasc"
for method, stop in (("l21", lambda progress: progress.iteration == 5), (last, None)):
    run(Job(source, coils=int(coils) or None, settings=Settings(method)), callback=stop)
    print(peak() - before)
"""


@pytest.fixture
def saved(tmp_path):
    """Save an array; return where."""

    def save(values, name="image.npy") -> str:
        np.save(tmp_path / name, values)
        return str(tmp_path / name)

    return save


def test_samples_are_the_data_sets():
    head, photograph = load_source("sample:head"), load_source("sample:coffee")
    np.testing.assert_array_equal(head.images, load_head_slice()[None])
    np.testing.assert_array_equal(photograph.images, load_photograph("coffee"))
    assert (head.channel_axis, photograph.channel_axis) == (None, -1)


def test_a_real_image_is_sampled_on_the_half_plane():
    prepared = prepare(Job("sample:chelsea", "variable:0.2"))
    acquisition = prepared.acquisition
    assert isinstance(acquisition.operator, HalfPlaneFourier)
    assert acquisition.samples.shape[0] == 3
    assert acquisition.sampled_fraction == pytest.approx(0.2, abs=1e-4)
    assert (prepared.channel_axis, prepared.peak) == (-1, 1.0)


def test_coils_see_one_image_by_sensitivities_estimated_from_the_samples():
    prepared = prepare(Job("sample:head", "variable:0.2", coils=3))
    acquisition = prepared.acquisition
    assert acquisition.samples.dtype == np.complex64
    assert acquisition.samples.shape == (1, 3, round(0.2 * 256**2))
    assert prepared.channel_axis is None
    np.testing.assert_array_equal(acquisition.truth[0], load_head_slice())
    coils = make_coil_sensitivities(3, (256, 256))
    alike = np.abs((acquisition.maps.conj() * coils).sum(axis=0))
    assert np.median(alike[load_head_slice() > 0.2]) > 0.99


def test_noise_is_relative_to_the_peak(saved):
    image = np.full((32, 32), 7.0)
    image[3, 4] = 50.0
    source = saved(image)
    levels = [prepare(Job(source, noise=noise)).acquisition.noise_level for noise in (0, 0.02)]
    n_samples = round(0.3 * 1024)
    assert levels == [0, pytest.approx(50 * 0.02 * np.sqrt(n_samples), rel=0.15)]


def test_the_seed_decides_mask_and_noise():
    first, again, other = (prepare(Job("sample:head", seed=seed)).acquisition for seed in (4, 4, 5))
    np.testing.assert_array_equal(first.samples, again.samples)
    assert (first.mask != other.mask).any()


def test_metrics_are_those_of_scikit_image():
    job = Job("sample:chelsea", settings=Settings("l21", max_iter=300))
    prepared = prepare(job)
    outcome = run(job, prepared, callback=lambda progress: progress.iteration == 10)
    image, truth = outcome.reconstruction.images, prepared.acquisition.truth
    metrics = outcome.metrics
    assert list(metrics) == METRICS
    assert metrics["psnr"] == pytest.approx(peak_signal_noise_ratio(truth, image, data_range=1))
    similarity = structural_similarity(truth, image, data_range=1, channel_axis=0)
    assert metrics["ssim"] == pytest.approx(similarity, rel=1e-5)
    error = np.linalg.norm(image - truth) / np.linalg.norm(truth)
    assert metrics["nrmse"] == pytest.approx(float(error), rel=1e-5)
    assert (metrics["peak"], metrics["method"], metrics["status"]) == (1.0, "l21", "stopped")
    assert metrics["iterations"] == 10
    assert 0 < metrics["groups"] < 300 * 451
    assert metrics["seconds"] > 0


def test_the_phase_of_what_coils_see_does_not_count():
    prepared = prepare(Job("sample:head", coils=2, noise=0))
    perfect = score_images(prepared.acquisition.truth, prepared)
    turned = score_images(prepared.acquisition.truth * np.complex64(1j), prepared)
    assert perfect == {"psnr": np.inf, "ssim": 1.0, "nrmse": 0.0}
    assert turned["psnr"] > 100


def test_metrics_that_are_not_defined_are_none(saved):
    outcome = run(Job(saved(np.zeros((6, 6))), noise=0, settings=Settings(wavelet="haar")))
    metrics = outcome.metrics
    assert (metrics["psnr"], metrics["ssim"], metrics["nrmse"]) == (np.inf, None, None)
    assert (metrics["groups"], metrics["status"]) == (0, "converged")


@pytest.mark.parametrize("mask", ["auto", "file"])
def test_measured_k_space(saved, mask):
    image = load_head_slice()[100:148, 100:149].astype(complex)
    kspace = np.fft.fftshift(np.fft.fft2(np.fft.ifftshift(image), norm="ortho"))
    sampled = np.random.default_rng(0).random(image.shape) < 0.6
    mask = mask if mask == "auto" else saved(sampled, "mask.npy")
    job = Job(saved(kspace * sampled), mask, kspace=True, noise=0.01)
    prepared = prepare(job)
    np.testing.assert_array_equal(prepared.acquisition.mask, sampled)
    np.testing.assert_allclose(prepared.acquisition.samples, kspace[None, sampled])
    level = 0.01 * np.sqrt(2 * sampled.sum())
    assert prepared.acquisition.noise_level == pytest.approx(level)
    assert prepared.peak == np.abs(prepared.acquisition.zero_fill()).max()
    assert score_images(prepared.acquisition.zero_fill(), prepared)["psnr"] is None


@pytest.mark.parametrize(
    ("job", "error", "words"),
    [
        (
            Job("sample:nose"),
            ValueError,
            "a file or one of sample:astronaut, sample:chelsea",
        ),
        (Job("none.npy"), FileNotFoundError, "none.npy: no such file"),
        (Job("sample:head", noise=-1.0), ValueError, "noise must be finite and not negative"),
        (Job("sample:head", noise=np.nan), ValueError, "noise must be finite and not negative"),
        (
            Job("sample:head", coils=0),
            ValueError,
            "n_coils must be an integer of at least 1, got 0",
        ),
        (
            Job("sample:coffee", coils=4),
            ValueError,
            "need an image of one channel, got 3 channels",
        ),
        (Job("sample:head", "auto"), FileNotFoundError, "mask 'auto' is neither"),
    ],
)
def test_bad_jobs(job, error, words):
    with pytest.raises(error, match=re.escape(words)):
        prepare(job)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize(("source", "coils"), [("sample:astronaut", 0), ("sample:head", 4)])
def test_real_images_need_less_than_400_megabytes(source, coils, tmp_path):
    """The second method in the same process: what the first left behind counts, too."""
    command = [sys.executable, "-c", MEMORY, source, str(coils)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    first, both = map(float, done.stdout.split())
    assert 0 < first <= both < 400


@pytest.mark.parametrize("method", ["l21", "gpdasc", "spinning"])
def test_a_noise_level_above_all_samples_is_no_success(saved, method):
    image = load_head_slice()[100:132, 100:132].astype(complex)
    kspace = 1e-5 * np.fft.fftshift(np.fft.fft2(image, norm="ortho"))
    job = Job(saved(kspace), kspace=True, noise=0.01, settings=Settings(method=method))
    with pytest.warns(UserWarning, match="the noise must be in the units of the samples"):
        outcome = run(job)
    assert (outcome.metrics["groups"], outcome.metrics["status"]) == (0, "empty")
    assert run(replace(job, noise=1e-7)).metrics["status"] == "converged"
