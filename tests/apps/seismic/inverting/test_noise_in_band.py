"""Filtered data: the noise that the wavelets see, estimated from the residuals of inversions."""

import numpy as np
import pytest

from groupsparse.apps.seismic import invert
from groupsparse.apps.seismic.cases.canonical import make_case
from groupsparse.apps.seismic.inverting.noise_in_band import measure_noise
from groupsparse.apps.seismic.inverting.shot_noise import compute_levels
from groupsparse.apps.seismic.job import Job, prepare
from groupsparse.apps.seismic.scores.metrics import reflector_f1
from groupsparse.apps.seismic.signal.added_noise import add_noise
from groupsparse.apps.seismic.signal.attenuation import attenuate_wavelets
from groupsparse.apps.seismic.signal.noise import estimate_noise_level
from groupsparse.apps.seismic.signal.wavelets import ricker
from groupsparse.apps.seismic.survey import Survey
from groupsparse.datasets import make_joint_reflectivity

DT = 0.002


def clean_section(n_shots, n_traces, seed=0):
    """Return (shot, trace, time) without noise, and the wavelets."""
    rng = np.random.default_rng(seed)
    wavelets = [ricker(f, DT) for f in rng.uniform(20, 40, n_shots)]
    traces = [
        make_joint_reflectivity(n_shots, random_state=rng).reflectivity for _ in range(n_traces)
    ]
    spikes = np.stack(traces, axis=1)
    clean = [
        [np.convolve(trace, w, mode="same") for trace in gather]
        for gather, w in zip(spikes, wavelets, strict=True)
    ]
    return np.array(clean), wavelets


def measure_noise_level(data, wavelets, *, quiet_by):
    deviations, is_filtered = measure_noise(data, wavelets, quiet_by=quiet_by)
    levels = compute_levels(deviations, ~data.any(axis=2), data.shape[2])
    return np.linalg.norm(levels), is_filtered


def seen(noise, wavelets):
    """Return the norm of the white noise whose correlations with the wavelets are as large."""
    squares = 0.0
    for gather, w in zip(noise, wavelets, strict=True):
        for trace in gather:
            for at in range(trace.size):
                column = np.convolve(np.eye(1, trace.size, at)[0], w, mode="same")
                squares += (column @ trace) ** 2 / (column @ column)
    return np.sqrt(squares)


@pytest.mark.parametrize("snr_db", [0.0, 10.0, 20.0])
@pytest.mark.parametrize("band", [(5.0, 70.0), (10.0, 60.0)])
def test_noise_in_the_band_of_the_wavelets_is_found(band, snr_db):
    clean, wavelets = clean_section(8, 3)
    data, _ = add_noise(clean, snr_db, band=band, sample_interval=DT, random_state=0)
    level, is_filtered = measure_noise_level(data, wavelets, quiet_by=wavelets)
    assert is_filtered
    assert level == pytest.approx(seen(data - clean, wavelets), rel=0.2)


@pytest.mark.parametrize("snr_db", [10.0, 20.0])
def test_the_level_of_single_shots_is_overestimated_if_anything(snr_db):
    clean, wavelets = clean_section(1, 4)
    data, _ = add_noise(clean, snr_db, band=(5.0, 70.0), sample_interval=DT, random_state=0)
    level, _ = measure_noise_level(data, wavelets, quiet_by=wavelets)
    assert 0.9 < level / seen(data - clean, wavelets) < 4


def test_white_noise_needs_no_trial_inversion(monkeypatch):
    from groupsparse.apps.seismic.inverting import noise_in_band

    monkeypatch.setattr(noise_in_band, "invert_batch", None)
    case = make_case(8, 30.0, random_state=0)
    level, is_filtered = measure_noise_level(
        case.data[:, None], case.wavelets, quiet_by=case.wavelets
    )
    assert not is_filtered
    expected = estimate_noise_level(case.data[:, None], case.wavelets)
    assert level == pytest.approx(expected, rel=1e-12)


def test_reflectors_under_filtered_noise():
    case = make_case(8, 10.0, random_state=1)
    clean = np.array(
        [
            np.convolve(r, w, mode="same")
            for r, w in zip(case.reflectivity, case.wavelets, strict=True)
        ]
    )
    data, _ = add_noise(clean, 14.0, band=(5.0, 80.0), sample_interval=DT, random_state=1)
    with pytest.warns(
        UserWarning, match="have been filtered, or are without noise. The noise level"
    ):
        found = invert(data, case.wavelets, sample_interval=DT)
    assert reflector_f1(found.reflectors, case.reflectors) > 0.8


def test_data_without_noise():
    clean, wavelets = clean_section(8, 2)
    level, is_filtered = measure_noise_level(clean, wavelets, quiet_by=wavelets)
    assert is_filtered
    assert level < 1e-3 * np.linalg.norm(clean)


def test_dead_traces_do_not_count():
    clean, wavelets = clean_section(4, 6)
    data, _ = add_noise(clean, 15.0, band=(5.0, 70.0), sample_interval=DT, random_state=0)
    dead = data.copy()
    dead[1, 2] = dead[:, 4] = 0
    whole, _ = measure_noise_level(data, wavelets, quiet_by=wavelets)
    level, _ = measure_noise_level(dead, wavelets, quiet_by=wavelets)
    assert level == pytest.approx(whole * np.sqrt(19 / 24), rel=0.1)


def test_wavelets_may_change_with_time_and_have_any_scale():
    clean, wavelets = clean_section(4, 2)
    data, _ = add_noise(clean, 15.0, band=(5.0, 70.0), sample_interval=DT, random_state=0)
    level, _ = measure_noise_level(data, wavelets, quiet_by=wavelets)
    rows = attenuate_wavelets(wavelets, DT, 500, 1e9)
    changing, _ = measure_noise_level(data, rows, quiet_by=wavelets)
    assert changing == pytest.approx(level, rel=0.02)
    loud, _ = measure_noise_level(1e3 * data, [20 * w for w in wavelets], quiet_by=wavelets)
    assert loud == pytest.approx(1e3 * level, rel=1e-6)
    single, _ = measure_noise_level(data.astype(np.float32), wavelets, quiet_by=wavelets)
    assert single == pytest.approx(level, rel=0.02)


def test_surveys_of_filtered_data_are_prepared_with_a_warning():
    clean, _ = clean_section(4, 5)
    data, _ = add_noise(clean, 10.0, band=(5.0, 70.0), sample_interval=DT, random_state=0)
    for wavelets in ("ricker:30", "estimate"):
        with pytest.warns(UserWarning, match="have been filtered"):
            prepared = prepare(Survey(data, DT), Job(wavelets))
        assert np.linalg.norm(prepared.noise_level) > 0.3 * np.linalg.norm(data - clean)
