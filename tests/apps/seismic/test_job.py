"""Jobs on surveys: their preparation, and that all settings reach the inversion."""

import re

import numpy as np
import pytest
from joblib import parallel_config

from groupsparse.apps.seismic import InversionSettings, job
from groupsparse.apps.seismic.inversion import Inversion
from groupsparse.apps.seismic.job import Job, prepare, run
from groupsparse.apps.seismic.scores.metrics import score_survey
from groupsparse.apps.seismic.survey import Survey

DT = 0.002
LEVEL = 0.05


def ricker(frequency, n_side=24):
    a = (np.pi * frequency * DT * np.arange(-n_side, n_side + 1)) ** 2
    return (1 - 2 * a) * np.exp(-a)


def made_survey(n_traces=40, n_samples=300, **parts):
    """White reflectivity under Ricker wavelets of 25 and 35 Hz, with white noise."""
    rng = np.random.default_rng(0)
    truth = rng.laplace(size=(2, n_traces, n_samples)) * (rng.random((n_traces, n_samples)) < 0.06)
    data = np.array(
        [
            [np.convolve(trace, ricker(f), mode="same") for trace in gather]
            for gather, f in zip(truth, (25, 35), strict=True)
        ]
    )
    noise = LEVEL * rng.standard_normal(data.shape)
    return Survey(data + noise, DT, **parts), noise


@pytest.mark.parametrize("wavelets", ["ricker:25,35", "estimate"])
def test_samples_of_dead_traces_do_not_count(wavelets):
    survey, _ = made_survey()
    dead = np.zeros((2, 40), bool)
    dead[0, [3, 8]] = dead[1, 8] = True
    silent = Survey(np.where(dead[..., None], 0, survey.data), DT, dead=dead)
    garbage = np.where(dead[..., None], 1e3 * np.sin(np.arange(300)), survey.data)
    task = Job(wavelets)
    expected, found = prepare(silent, task), prepare(Survey(garbage, DT, dead=dead), task)
    np.testing.assert_array_equal(found.survey.data, silent.data)
    np.testing.assert_array_equal(found.survey.dead, dead)
    np.testing.assert_array_equal(found.noise_level, expected.noise_level)
    for one, other in zip(found.wavelets, expected.wavelets, strict=True):
        np.testing.assert_array_equal(one, other)


def test_described_wavelets_and_the_noise_level():
    survey, noise = made_survey()
    prepared = prepare(survey, Job("ricker:25,35"))
    for wavelet, frequency in zip(prepared.wavelets, (25, 35), strict=True):
        expected = ricker(frequency, wavelet.size // 2)
        np.testing.assert_allclose(wavelet, expected, atol=1e-14)
    assert np.linalg.norm(prepared.noise_level) == pytest.approx(np.linalg.norm(noise), rel=0.05)
    assert prepared.n_muted == 0
    assert prepare(survey, Job("ricker:30", noise_level=1.25)).noise_level == 1.25


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_estimated_wavelets_are_zero_phase_and_alike(dtype):
    survey, noise = made_survey()
    prepared = prepare(survey.with_data(survey.data.astype(dtype)), Job("estimate"))
    assert prepared.survey.data.dtype == dtype
    for wavelet, frequency in zip(prepared.wavelets, (25, 35), strict=True):
        true = ricker(frequency, wavelet.size // 2)
        cosine = wavelet @ true / (np.linalg.norm(wavelet) * np.linalg.norm(true))
        assert cosine > 0.95
        np.testing.assert_allclose(wavelet, wavelet[::-1], atol=1e-5)
    assert np.linalg.norm(prepared.noise_level) == pytest.approx(np.linalg.norm(noise), rel=0.1)


def hyperbolas(offsets, velocity, times, n_samples=400):
    """Wavelets at the arrivals of reflections, which need not be on samples."""
    t = DT * np.arange(n_samples)
    a = [[(np.pi * 30 * (t - np.hypot(t0, x / velocity))) ** 2 for t0 in times] for x in offsets]
    return ((1 - 2 * np.array(a)) * np.exp(-np.array(a))).sum(axis=1)


@pytest.mark.parametrize("as_file", [False, True])
def test_move_out_is_corrected_first(tmp_path, as_file):
    offsets = [0.0, 300.0, 600.0]
    survey = Survey(hyperbolas(offsets, 2000, [0.3, 0.6]), DT, offsets=offsets)
    (tmp_path / "v.csv").write_text("time,velocity\n0,2000\n1,2000\n")
    velocity = str(tmp_path / "v.csv") if as_file else "2000"
    prepared = prepare(survey, Job("ricker:30", noise_level=0.1, velocity=velocity))
    for gather in prepared.survey.data[:, 0]:
        assert gather[100:220].argmax() == 50
        assert gather[220:].argmax() == 80
    t = DT * np.arange(400)
    arrivals = np.hypot(t, np.array(offsets)[:, None] / 2000)
    muted = (arrivals > t[-1] + 1e-9) | (arrivals - t > 0.5 * t)
    assert prepared.n_muted == np.count_nonzero(muted)
    assert not prepared.survey.data[:, 0][muted].any()
    np.testing.assert_array_equal(prepared.survey.data[0], survey.data[0])


@pytest.mark.parametrize(
    ("parts", "settings", "message"),
    [
        ({}, {"velocity": "2000"}, "s.npz: offsets are needed to correct move-out"),
        (
            {"offsets": [0, 100], "start_time": 0.1},
            {"velocity": "2000"},
            "s.npz: move-out can be corrected for records that begin with the shot, not 0.1 s",
        ),
        ({"offsets": [0, 100]}, {"velocity": "-3"}, "velocity must be positive"),
        ({}, {"wavelets": "ricker:20,30,40"}, "expected one ricker wavelet or 2"),
        ({"dead": np.array([[True] * 40, [False] * 40])}, {"wavelets": "estimate"}, "shot 0"),
    ],
)
def test_errors_of_preparation(parts, settings, message):
    survey, _ = made_survey(source="s.npz", **parts)
    with pytest.raises(ValueError, match=re.escape(message)):
        prepare(survey, Job(**{"wavelets": "ricker:30"} | settings))


def test_a_start_time_without_move_out_is_accepted():
    survey, _ = made_survey(start_time=0.1, offsets=[0, 100])
    assert prepare(survey, Job("ricker:30")).survey.start_time == 0.1


def test_all_settings_reach_the_inversion(monkeypatch):
    survey, _ = made_survey(4, shots=[5, 6], offsets=[1, 2])
    settings = InversionSettings("windows", strength=0.5, window=3, traces_together=2, dip=0.004)
    task = Job("ricker:30", settings, noise_level=0.7, n_jobs=2)
    seen = {}

    def stand_in(data, wavelets, given, **more):
        seen.update(more, settings=given)
        nothing, dead = np.zeros_like(data), np.zeros(data.shape[:2], bool)
        level, spikes = np.ones(2), np.zeros(data.shape, bool)
        return Inversion(nothing, [], DT, "windows", 0.7, level, dead, spikes, 0.0, 0, 0.0)

    monkeypatch.setattr(job, "invert", stand_in)
    found, _ = run(prepare(survey, task), task, progress=print, checkpoint="kept")
    assert seen == {
        "sample_interval": DT,
        "noise_level": 0.7,
        "settings": settings,
        "n_jobs": 2,
        "progress": print,
        "checkpoint": "kept",
    }
    assert (found.shots.tolist(), found.offsets.tolist()) == ([5, 6], [1, 2])


@pytest.mark.filterwarnings("ignore:.* tasks ")
def test_a_dask_cluster_gives_the_same_result_also_when_it_continues(tmp_path):
    from distributed import Client

    survey, _ = made_survey(110, 80)
    survey = Survey(np.where(np.arange(110)[:, None] % 9 == 4, 0, survey.data), DT)
    task = Job("ricker:25,35", InversionSettings(traces_together=2), noise_level=6.0, n_jobs=2)
    prepared = prepare(survey, task)
    expected, plain = run(prepared, task)

    def stop(n_done, _):
        raise InterruptedError(n_done)

    client = Client(
        processes=False, n_workers=1, threads_per_worker=2, dashboard_address=None, set_as_default=1
    )
    with client, parallel_config("dask"):
        with pytest.raises(InterruptedError):
            run(prepared, task, progress=stop, checkpoint=tmp_path)
        assert len(list(tmp_path.rglob("*.npz"))) == 1
        found, result = run(prepared, task, checkpoint=tmp_path)
    np.testing.assert_array_equal(found.data, expected.data)
    np.testing.assert_array_equal(found.dead, survey.dead)
    assert all(map(np.array_equal, result.reflectors, plain.reflectors))


def test_scores_of_a_section_by_hand():
    truth, found = np.zeros((2, 4, 50)), np.zeros((2, 4, 50))
    truth[:, 0, 10] = truth[:, 0, 30] = truth[:, 1, 20] = truth[:, 3, 5] = [1.0, -2.0]
    found[:, 0, 11], found[:, 0, 30], found[:, 1, 23] = [1.0, -1.0], [1.0, 2.0], [1.0, -2.0]
    dead = np.zeros((2, 4), bool)
    dead[:, 3] = True
    reflectors = [np.array([11, 30]), np.array([23]), np.array([], int), np.array([], int)]
    level, spikes = np.ones(2), np.zeros(found.shape, bool)
    result = Inversion(found, reflectors, DT, "sbl", 1.0, level, dead, spikes, 0.0, 0, 0.0)
    scores = score_survey(result, truth)
    assert scores["f1"] == pytest.approx(2 * 2 / (3 + 3))
    assert scores["polarity"] == 3 / 4
    error, energy = (0 + 1) + (0 + 16), 2 * (1 + 4)
    assert scores["amplitude_error"] == pytest.approx(np.sqrt(error / energy))
    live = truth * ~dead[..., None]
    ratio = (live**2).sum() / ((found - live) ** 2).sum()
    assert scores["snr_db"] == pytest.approx(10 * np.log10(ratio))
    expected = np.corrcoef(found.ravel(), live.ravel())[0, 1]
    assert scores["correlation"] == pytest.approx(expected)
    assert score_survey(result, truth, tolerance=3)["f1"] == 1
