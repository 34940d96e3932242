"""Noise that differs between shots, and spikes: weights of the shots, robust inversions."""

import numpy as np
import pytest

from groupsparse.apps.seismic import InversionSettings, invert
from groupsparse.apps.seismic.cases.canonical import make_case
from groupsparse.apps.seismic.inverting.noise_in_band import measure_noise
from groupsparse.apps.seismic.inverting.shot_noise import compute_levels, read_deviations
from groupsparse.apps.seismic.scores.metrics import reflector_f1
from groupsparse.apps.seismic.signal.added_noise import add_noise
from groupsparse.apps.seismic.signal.attenuation import attenuate

DT = 0.002
ALIVE = np.zeros((3, 2), bool)


def make_noisy(seed=0, shot=3, snr_db=10.0):
    """Return the canonical case, and data with noise of three deviations of one shot on it."""
    case = make_case(8, snr_db, random_state=seed)
    data = case.data.copy()
    data[shot] += 3 * data[shot].std() * np.random.default_rng(seed).standard_normal(500)
    return case, data


def make_spiky(seed=0, dtype=float):
    """Return the canonical case, and its data with spikes of ten times the peak at 0.2 %."""
    case = make_case(8, 10.0, random_state=seed)
    data = case.data.astype(dtype)
    rng = np.random.default_rng(seed)
    places = rng.permutation(data.size)[:8]
    data.ravel()[places] += 10 * np.abs(data).max() * rng.choice([-1, 1], 8)
    return case, data, np.sort(places)


def score(case, data, settings=None, noise_level=None):
    found = invert(data, case.wavelets, settings, sample_interval=DT, noise_level=noise_level)
    return reflector_f1(found.reflectors, case.reflectors)


def test_a_noisy_shot_counts_less():
    plain, own = [], []
    for seed in range(4):
        case, data = make_noisy(seed)
        found = invert(data, case.wavelets, sample_interval=DT)
        assert found.shot_noise.argmax() == 3
        assert np.unique(np.delete(found.shot_noise, 3)).size <= 2
        own.append(reflector_f1(found.reflectors, case.reflectors))
        plain.append(score(case, data, noise_level=found.noise_level))
    assert np.mean(own) > 0.8
    assert np.mean(own) > np.mean(plain) + 0.15


@pytest.fixture(scope="module")
def uneven():
    """Return four shots of different noise, and its norms."""
    case = make_case(4, 15.0, random_state=1)
    deviation = case.noise_level / np.sqrt(2000)
    added = deviation * np.array([0.0, 1.0, 6.0, 0.5])
    data = case.data + added[:, None] * np.random.default_rng(0).standard_normal((4, 500))
    return case, data, np.hypot(added, deviation) * np.sqrt(500)


def test_levels_of_shots_whiten(uneven):
    case, data, levels = uneven
    found = invert(data, case.wavelets, sample_interval=DT, noise_level=levels)
    np.testing.assert_allclose(found.shot_noise, levels)
    assert found.noise_level == pytest.approx(np.linalg.norm(levels))
    weights = levels.min() / levels
    by_hand = invert(
        data * weights[:, None],
        [weight * wavelet for weight, wavelet in zip(weights, case.wavelets, strict=True)],
        sample_interval=DT,
        noise_level=2 * levels.min(),
    )
    np.testing.assert_array_equal(found.reflectors, by_hand.reflectors)
    np.testing.assert_allclose(found.reflectivity, by_hand.reflectivity, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("method", ["sbl", "l21", "mcp", "l0", "windows"])
def test_every_method_weighs_the_shots(uneven, method):
    case, data, levels = uneven
    settings = InversionSettings(method)
    own, same = (
        invert(data, case.wavelets, settings, sample_interval=DT, noise_level=level)
        for level in (levels, np.linalg.norm(levels))
    )
    truth = case.reflectivity[[0, 1, 3]]
    errors = [np.linalg.norm(one.reflectivity[[0, 1, 3]] - truth) for one in (own, same)]
    assert errors[0] < errors[1]


def test_equal_levels_of_shots_are_one_number():
    case = make_case(4, 15.0, random_state=1)
    given = {"wavelets": case.wavelets, "sample_interval": DT}
    one = invert(case.data, noise_level=case.noise_level, **given)
    several = invert(case.data, noise_level=[case.noise_level / 2] * 4, **given)
    np.testing.assert_array_equal(one.reflectors, several.reflectors)
    np.testing.assert_allclose(one.reflectivity, several.reflectivity, rtol=1e-9, atol=1e-12)


def test_wavelets_that_change_with_time_can_be_weighted():
    case, data = make_noisy(snr_db=20.0)
    rows = [attenuate(wavelet, DT, 500, 1e9) for wavelet in case.wavelets]
    changing = invert(data, rows, sample_interval=DT)
    fixed = invert(data, case.wavelets, sample_interval=DT)
    np.testing.assert_array_equal(changing.reflectors, fixed.reflectors)


def test_dead_shots_and_sections():
    case, data = make_noisy()
    section = np.stack([data, data[:, ::-1], 0 * data], axis=1)
    section[5] = 0
    section[3, 1] = 0
    found = invert(section, case.wavelets, sample_interval=DT, n_jobs=1)
    assert found.shot_noise[5] == 0
    assert found.shot_noise.argmax() == 3
    assert not found.outliers.any()
    again = invert(section, case.wavelets, sample_interval=DT, noise_level=found.shot_noise)
    assert all(map(np.array_equal, again.reflectors, found.reflectors))


@pytest.mark.filterwarnings("ignore:1 of the solutions")  # where spikes are taken for signal
@pytest.mark.parametrize("dtype", [np.float32, float])
def test_spikes_are_left_out(dtype):
    scores, spoilt = [], []
    for seed in range(3):
        case, data, places = make_spiky(seed, dtype)
        found = invert(data, case.wavelets, InversionSettings(robust=True), sample_interval=DT)
        assert found.reflectivity.dtype == dtype
        assert set(places) <= set(np.flatnonzero(found.outliers))
        assert found.outliers.sum() < 40
        assert found.noise_level == pytest.approx(case.noise_level, rel=0.25)
        assert found.residual_norm < 1.2 * case.noise_level
        scores.append(reflector_f1(found.reflectors, case.reflectors))
        spoilt.append(score(case, data))
    assert np.mean(scores) > 0.83
    assert np.mean(scores) > np.mean(spoilt) + 0.1


def test_data_without_spikes_lose_nothing():
    scores = []
    for seed in range(4):
        case = make_case(8, 10.0, random_state=seed)
        robust = InversionSettings(robust=True)
        scores.append((score(case, case.data), score(case, case.data, robust)))
    plain, robust = np.mean(scores, axis=0)
    assert robust > plain - 0.02


@pytest.mark.parametrize("method", ["l21", "mcp", "l0", "windows"])
def test_every_method_can_be_robust(method):
    case, data, places = make_spiky(1)
    settings = InversionSettings(method, robust=True)
    given = {"sample_interval": DT, "noise_level": case.noise_level}
    found = invert(data, case.wavelets, settings, **given)
    assert set(places) <= set(np.flatnonzero(found.outliers))
    clean = invert(case.data, case.wavelets, InversionSettings(method), **given)
    f1 = [reflector_f1(one.reflectors, case.reflectors) for one in (found, clean)]
    assert f1[0] > f1[1] - 0.15


def test_filtered_noise_of_a_loud_shot_is_found():
    case = make_case(8, 60.0, random_state=0)
    noise, _ = add_noise(case.data, 10.0, band=(5, 70), sample_interval=DT, random_state=0)
    noise -= case.data
    noise[2] *= 5
    data = (case.data + noise)[:, None]
    deviations, is_filtered = measure_noise(data, case.wavelets, quiet_by=case.wavelets)
    assert is_filtered
    others = np.delete(deviations, 2)
    assert 3 < deviations[2] / np.median(others) < 7
    assert others.max() < 1.5 * others.min()


@pytest.mark.parametrize(
    ("noise_level", "message"),
    [
        ([1.0, 2.0], r"one number, or one for each of 3 shots, got shape \(2,\)"),
        ([1.0, -2.0, 1.0], "must be positive for every shot, or zero for all of them, got -2"),
        ([1.0, 0.0, 1.0], "must be positive for every shot, or zero for all of them, got 0"),
        ([1.0, np.nan, 1.0], "noise_level"),
        (-1.0, "noise_level must be finite and not negative, got -1"),
        ("loud", "noise_level must be finite and not negative"),
        (["a", "b", "c"], "noise_level"),
    ],
)
def test_levels_are_checked(noise_level, message):
    with pytest.raises(ValueError, match=message):
        read_deviations(noise_level, ALIVE, 50)


def test_levels_of_live_traces():
    dead = ALIVE.copy()
    dead[0, 1] = dead[1] = True
    deviations = read_deviations([5.0, 0.0, 20.0], dead, 25)
    np.testing.assert_allclose(deviations, [1.0, (1 + 8**0.5) / 2, 8**0.5])
    np.testing.assert_allclose(compute_levels(deviations, dead, 25), [5, 0, 20])
    np.testing.assert_array_equal(read_deviations(np.zeros(3), dead, 25), np.zeros(3))
