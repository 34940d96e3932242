"""The noise level is estimated from the data alone, to a few per cent."""

import numpy as np
import pytest

from groupsparse.apps.seismic.signal.added_noise import add_noise
from groupsparse.apps.seismic.signal.attenuation import attenuate
from groupsparse.apps.seismic.signal.noise import (
    estimate_deviations,
    estimate_noise_level,
    pool_alike,
)
from groupsparse.apps.seismic.signal.wavelets import klauder, ormsby, ricker

DT = 0.002


def shots(seed, n_shots=8, n_samples=500, n_reflectors=25):
    """The canonical case: common places, strengths and Ricker wavelets drawn per shot."""
    rng = np.random.default_rng(seed)
    wavelets = [ricker(f, DT) for f in rng.uniform(20, 40, n_shots)]
    r = np.zeros((n_shots, n_samples))
    places = rng.choice(n_samples, n_reflectors, replace=False)
    strengths = 1 + 0.5 * rng.standard_normal((n_shots, n_reflectors))
    r[:, places] = rng.laplace(size=n_reflectors) * strengths
    clean = np.array([np.convolve(t, w, "same") for t, w in zip(r, wavelets, strict=True)])
    return clean, wavelets


@pytest.mark.parametrize("snr", [0, 30])
def test_the_level_of_white_noise_is_within_five_per_cent(snr):
    ratios, blind = [], []
    for seed in range(30):
        clean, wavelets = shots(seed)
        noisy, level = add_noise(clean, snr, random_state=1000 + seed)
        ratios.append(estimate_noise_level(noisy, wavelets) / level)
        blind.append(estimate_noise_level(noisy) / level)
    assert np.abs(np.array(ratios) - 1).max() < 0.05
    assert abs(np.mean(ratios) - 1) < 0.015
    assert np.abs(np.array(blind) - 1).max() < 0.09


def test_other_wavelets_many_traces_and_dead_traces():
    rng = np.random.default_rng(0)
    base = [ricker(30, DT), ormsby((5, 10, 40, 60), DT), klauder((8, 80), 6.0, DT)]
    r = rng.laplace(size=(3, 10, 500)) * (rng.random((10, 500)) < 0.05)
    clean = np.array([[np.convolve(t, w, "same") for t in g] for g, w in zip(r, base, strict=True)])
    clean[1, 4:] = 0
    noisy, level = add_noise(clean, 15, random_state=0)
    assert estimate_noise_level(noisy, base) == pytest.approx(level, rel=0.03)
    varying = [attenuate(w, DT, 500, 60.0) for w in base]
    assert estimate_noise_level(noisy, varying) == pytest.approx(level, rel=0.03)
    single = estimate_noise_level(noisy.astype(np.float32), base)
    assert single == pytest.approx(estimate_noise_level(noisy, base), rel=1e-5)


def test_levels_that_differ_between_shots_add_up():
    clean, wavelets = shots(3)
    noise = np.random.default_rng(0).standard_normal(clean.shape) * np.arange(1, 9)[:, None]
    estimate = estimate_noise_level(clean + noise, wavelets)
    assert estimate == pytest.approx(np.linalg.norm(noise), rel=0.05)


@pytest.mark.parametrize("robust", [False, True])
def test_every_shot_has_its_own_noise_unless_they_are_alike(robust):
    clean, wavelets = shots(3)
    noise = np.random.default_rng(0).standard_normal(clean.shape)
    same = estimate_deviations(clean + noise, wavelets, robust=robust)
    assert np.unique(same).size == 1
    np.testing.assert_allclose(same, 1.0, rtol=0.05)
    noise *= np.array([1, 1, 4, 1, 1, 0.3, 1, 1])[:, None]
    found = estimate_deviations(clean + noise, wavelets, robust=robust)
    np.testing.assert_allclose(found / [1, 1, 4, 1, 1, 0.3, 1, 1], 1, atol=0.2)
    assert np.unique(found).size == 3


def test_spikes_do_not_raise_robust_estimates():
    clean, wavelets = shots(3)
    rng = np.random.default_rng(0)
    data = clean + rng.standard_normal(clean.shape)
    data.ravel()[rng.permutation(4000)[:8]] += 200.0
    np.testing.assert_allclose(estimate_deviations(data, wavelets, robust=True), 1, atol=0.4)
    assert estimate_deviations(data, wavelets).max() > 3


def test_a_dead_shot_and_two_kinds_of_shots_are_pooled():
    errors, alive = np.full(4, 0.05), np.array([1, 1, 1, 0])
    pooled = pool_alike(np.array([1.0, 1.05, 3.0, 0.0]), errors, alive)
    np.testing.assert_allclose(pooled, [1.025, 1.025, 3.0, 1.025], rtol=1e-3)
    halves = np.array([1.0, 1.0, 3.0, 3.0])
    np.testing.assert_array_equal(pool_alike(halves, errors, np.ones(4)), halves)


def test_hum_is_ignored_and_noise_in_the_band_is_not_seen():
    clean, wavelets = shots(1)
    noisy, level = add_noise(clean, 10, random_state=0)
    hum = 5 * np.sin(2 * np.pi * 200 * DT * np.arange(500))
    assert estimate_noise_level(noisy + hum, wavelets) == pytest.approx(level, rel=0.25)
    coloured, level = add_noise(clean, 10, band=(5, 60), sample_interval=DT, random_state=0)
    assert estimate_noise_level(coloured, wavelets) < 0.1 * level


SPIKE = np.array([0.0, 1.0, 0.0])


@pytest.mark.parametrize(
    ("data", "wavelets", "message"),
    [
        (np.ones((1, 500)), [SPIKE], r"wavelets\[0\] has energy at all frequencies.*noise_level"),
        (np.ones((2, 500)), [SPIKE], "wavelets must be one for each of 2 shots, got 1"),
        (np.ones((1, 500)), [np.zeros(3)], r"wavelets\[0\] must have 1 or 2 dimensions and not"),
        (np.zeros((2, 500)), None, "no live trace"),
        (np.ones((1, 60)), None, "60 samples a trace; at least 80"),
        (np.ones(500), None, "data must be real of shape"),
        (np.full((1, 500), np.inf), None, "data has 500 NaN or infinite"),
    ],
)
def test_errors_name_bad_input(data, wavelets, message):
    with pytest.raises(ValueError, match=message):
        estimate_noise_level(data, wavelets)
