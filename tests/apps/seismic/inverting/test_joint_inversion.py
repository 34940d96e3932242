"""Joint inversion: its results, the independence of gathers, and its errors."""

from dataclasses import fields

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.exceptions import ConvergenceWarning

from groupsparse.apps.seismic import InversionSettings, invert
from groupsparse.apps.seismic.cases.canonical import SAMPLE_INTERVAL, make_case
from groupsparse.apps.seismic.inverting.baselines import invert_shots, invert_stack
from groupsparse.apps.seismic.inverting.checkpoint import Checkpoint
from groupsparse.apps.seismic.inverting.methods import METHODS
from groupsparse.apps.seismic.scores.metrics import reflector_f1
from groupsparse.apps.seismic.signal.wavelets import ricker

FAST = [name for name in METHODS if name not in ("ow", "windows")]


def small(n_traces=3, n_shots=3, snr=0.02, seed=0):
    """Few strong reflectors, the same in all shots, others on every trace."""
    rng = np.random.default_rng(seed)
    wavelets = [ricker(frequency, 0.002) for frequency in (25, 35, 45)[:n_shots]]
    truth = np.zeros((n_shots, n_traces, 120))
    for trace in range(n_traces):
        places = np.array([20, 50, 80]) + trace % 40
        truth[:, trace, places] = rng.uniform(0.5, 1.5, (n_shots, 3)) * [1, -1, 1]
    data = np.array(
        [
            [np.convolve(t, w, mode="same") for t in shot]
            for shot, w in zip(truth, wavelets, strict=True)
        ]
    )
    noise = snr * rng.standard_normal(data.shape)
    return data + noise, wavelets, float(np.linalg.norm(noise)), truth


@pytest.mark.parametrize("method", METHODS)
def test_strong_reflectors_are_found_by_every_method(method):
    data, wavelets, level, truth = small(n_traces=1)
    settings = InversionSettings(method)
    result = invert(data[:, 0], wavelets, settings, sample_interval=0.002, noise_level=level)
    assert result.reflectivity.shape == (3, 120)
    assert result.reflectivity.dtype == data.dtype
    found, true = result.reflectors, np.flatnonzero(truth[0, 0])
    if method == "windows":
        assert set(true) <= set(found)
        return
    if method != "constrained":  # it follows the noise
        assert found.size <= true.size + 1
    assert set(true) <= set(found)
    np.testing.assert_allclose(result.reflectivity[:, true], truth[:, 0, true], atol=0.2)
    assert result.n_unconverged == 0
    assert result.residual_norm < 2 * level


@pytest.mark.parametrize("method", FAST)
def test_gathers_do_not_depend_on_one_another(method):
    data, wavelets, _, _ = small(n_traces=40)
    settings = {"sample_interval": 0.002, "settings": InversionSettings(method)}
    level = 0.02
    whole = invert(data, wavelets, noise_level=level * np.sqrt(data.size), **settings)
    assert isinstance(whole.reflectors, list)
    for trace in (0, 17, 39):
        gather = data[:, trace]
        alone = invert(gather, wavelets, noise_level=level * np.sqrt(gather.size), **settings)
        np.testing.assert_array_equal(whole.reflectors[trace], alone.reflectors)
        # The descent to the noise level ends in the last digits of its tolerance.
        np.testing.assert_allclose(
            whole.reflectivity[:, trace], alone.reflectivity, rtol=1e-6, atol=1e-6
        )


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_parallel_jobs_give_the_same_result(backend):
    data, wavelets, level, _ = small(n_traces=40)
    given = {"sample_interval": 0.002, "noise_level": level}
    settings = InversionSettings("l21")
    expected = invert(data, wavelets, settings, **given)
    with parallel_config(backend):
        result = invert(data, wavelets, settings, n_jobs=2, **given)
    np.testing.assert_array_equal(result.reflectivity, expected.reflectivity)


def test_on_a_dask_cluster():
    distributed = pytest.importorskip("distributed")
    data, wavelets, level, _ = small(n_traces=40)
    settings = {"sample_interval": 0.002, "noise_level": level}
    expected = invert(data, wavelets, **settings)
    seen = []
    cluster = distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
    )
    with cluster, distributed.Client(cluster), parallel_config("dask"):
        result = invert(
            data, wavelets, n_jobs=-1, progress=lambda *done: seen.append(done), **settings
        )
    np.testing.assert_array_equal(result.reflectivity, expected.reflectivity)
    assert seen[-1] == (40, 40)


def test_dead_traces_are_left_out():
    data, wavelets, level, truth = small(n_traces=5)
    data[1, 2] = 0
    data[:, 4] = 0
    result = invert(data, wavelets, sample_interval=0.002, noise_level=level)
    assert np.argwhere(result.dead).tolist() == [[0, 4], [1, 2], [1, 4], [2, 4]]
    assert not result.reflectivity[1, 2].any()
    assert not result.reflectivity[:, 4].any()
    assert result.reflectors[4].size == 0
    np.testing.assert_array_equal(result.reflectors[2], np.flatnonzero(truth[0, 2]))


def test_traces_along_a_dip_share_reflectors():
    data, wavelets, level, truth = small(n_traces=7, snr=0.3)
    alone = invert(data, wavelets, sample_interval=0.002, noise_level=level)
    settings = InversionSettings(traces_together=3, dip=0.002)
    together = invert(data, wavelets, settings, sample_interval=0.002, noise_level=level)
    true = [np.flatnonzero(truth[0, trace]) for trace in range(7)]
    assert reflector_f1(together.reflectors, true) >= reflector_f1(alone.reflectors, true)
    for trace in (0, 3):  # reflectors of a block of traces are parallel
        steps = together.reflectors[trace + 1] - together.reflectors[trace]
        assert set(steps) <= {1}
    assert len(together.reflectors) == 7


def test_thick_anomalies_are_whole_windows():
    rng = np.random.default_rng(0)
    truth = np.zeros((3, 100))
    truth[:, 40:47] = rng.uniform(0.8, 1.2, (3, 1))
    data = truth + 0.02 * rng.standard_normal(truth.shape)
    settings = InversionSettings("windows", window=4)
    level = 0.02 * 300**0.5
    result = invert(data, [1.0], settings, sample_interval=0.002, noise_level=level)
    np.testing.assert_array_equal(result.reflectors, np.arange(40, 47))


def test_amplitudes_are_refitted_on_request():
    data, wavelets, level, _ = small(n_traces=1)
    given = {"sample_interval": 0.002, "noise_level": level}
    plain = invert(data[:, 0], wavelets, InversionSettings("l21", refit=False), **given)
    fitted = invert(data[:, 0], wavelets, InversionSettings("l21"), **given)
    assert fitted.residual_norm < plain.residual_norm
    design = np.stack(
        [np.convolve(np.eye(120)[t], wavelets[1], mode="same") for t in fitted.reflectors], axis=1
    )
    expected = np.linalg.lstsq(design, data[1, 0])[0]
    np.testing.assert_allclose(fitted.reflectivity[1, fitted.reflectors], expected, atol=1e-8)


def test_scale_and_precision():
    data, wavelets, level, _ = small(n_traces=2)
    settings = {"sample_interval": 0.002}
    expected = invert(data, wavelets, noise_level=level, **settings)
    scaled = invert(1e6 * data, wavelets, noise_level=1e6 * level, **settings)
    np.testing.assert_allclose(scaled.reflectivity, 1e6 * expected.reflectivity, rtol=1e-6)
    single = invert(data.astype(np.float32), wavelets, noise_level=level, **settings)
    assert single.reflectivity.dtype == np.float32
    np.testing.assert_allclose(single.reflectivity, expected.reflectivity, atol=1e-4)
    kept = data.copy()
    data.setflags(write=False)
    again = invert(np.asfortranarray(data), wavelets, noise_level=level, **settings)
    np.testing.assert_allclose(again.reflectivity, expected.reflectivity, atol=1e-9)
    np.testing.assert_array_equal(data, kept)


def test_noise_level_is_estimated_without_one():
    case = make_case(8, 10, random_state=0)
    result = invert(case.data, case.wavelets, sample_interval=SAMPLE_INTERVAL)
    assert result.noise_level == pytest.approx(case.noise_level, rel=0.06)
    assert reflector_f1(result.reflectors, case.reflectors) > 0.75


def test_time_varying_wavelets():
    rows = np.linspace(1, 0.5, 100)[:, None] * ricker(30, 0.002)
    truth = np.zeros((2, 100))
    truth[:, [30, 70]] = [[1.0, 1.0], [1.0, -1.0]]
    data = np.zeros((2, 100 + rows.shape[1] - 1))
    for sample in (30, 70):
        data[:, sample : sample + rows.shape[1]] += truth[:, [sample]] * rows[sample]
    begin = rows.shape[1] // 2
    data = data[:, begin : begin + 100]
    result = invert(data, [rows, rows], sample_interval=0.002, noise_level=0.01)
    np.testing.assert_array_equal(result.reflectors, [30, 70])
    np.testing.assert_allclose(result.reflectivity, truth, atol=0.02)


def test_joint_beats_single_shots_and_stack():
    """A few of the cases of which the demo shows the means."""
    joint, single, stack = [], [], []
    for seed in range(4):
        case = make_case(8, 10, polarity="reversing", random_state=seed)
        settings = {"sample_interval": SAMPLE_INTERVAL, "noise_level": case.noise_level}
        true = case.reflectors
        joint.append(reflector_f1(invert(case.data, case.wavelets, **settings).reflectors, true))
        single += [
            reflector_f1(one.reflectors, true)
            for one in invert_shots(case.data, case.wavelets, **settings)
        ]
        stacked = invert_stack(case.data, case.wavelets, **settings)
        stack.append(reflector_f1(stacked.reflectors, true))
    assert np.mean(joint) > np.mean(single) + 0.12
    assert np.mean(joint) > np.mean(stack) + 0.3


class StopError(Exception):
    """Stands for a process that ends at once."""


def test_a_stopped_run_continues(tmp_path, monkeypatch):
    data, wavelets, level, _ = small(n_traces=80)
    settings = {"sample_interval": 0.002, "noise_level": level, "checkpoint": tmp_path / "kept"}
    expected = invert(data, wavelets, sample_interval=0.002, noise_level=level)

    def stop(n_done, _):
        if n_done > 40:
            raise StopError

    with pytest.raises(StopError):
        invert(data, wavelets, progress=stop, **settings)
    kept = sorted((tmp_path / "kept").rglob("*.npz"))
    assert len(kept) == 2
    kept[1].write_bytes(kept[1].read_bytes()[:100])  # a damaged part is inverted again
    loaded = []
    load = Checkpoint.load
    monkeypatch.setattr(
        Checkpoint, "load", lambda self, n: loaded.append(load(self, n)) or loaded[-1]
    )
    result = invert(data, wavelets, **settings)
    assert [part is not None for part in loaded] == [True, False, False]
    np.testing.assert_array_equal(result.reflectivity, expected.reflectivity)
    for one, other in zip(result.reflectors, expected.reflectors, strict=True):
        np.testing.assert_array_equal(one, other)
    assert not (tmp_path / "kept").exists()


def test_other_settings_never_get_kept_parts(tmp_path):
    data, wavelets, level, _ = small(n_traces=20)

    def stop(*_):
        raise StopError

    for method in ("sbl", "l21"):
        with pytest.raises(StopError):
            invert(
                data,
                wavelets,
                InversionSettings(method),
                sample_interval=0.002,
                noise_level=level,
                progress=stop,
                checkpoint=tmp_path,
            )
    assert len(list(tmp_path.iterdir())) == 2


def test_unconverged_solutions_cause_a_warning(monkeypatch):
    from groupsparse.apps.seismic.inverting import methods
    from groupsparse.toolkit.penalties import L21
    from groupsparse.toolkit.solvers import FISTA

    lame = methods.InversionMethod(
        "lame", lambda setting: FISTA(L21(setting.threshold), max_iter=1)
    )
    monkeypatch.setitem(methods.METHODS, "lame", lame)
    data, wavelets, level, _ = small()
    settings = InversionSettings("lame")
    with pytest.warns(ConvergenceWarning, match="3 of the solutions did not converge"):
        result = invert(data, wavelets, settings, sample_interval=0.002, noise_level=level)
    assert result.n_unconverged == 3


def invert_changed(**change):
    """Invert good data, but for the arguments and settings that are changed."""
    settings = {name: change.pop(name) for name in SETTINGS & set(change)}
    given = {"data": GOOD, "wavelets": np.ones(3), "sample_interval": 0.002, "noise_level": 1.0}
    return invert(settings=InversionSettings(**settings), **given | change)


SETTINGS = {field.name for field in fields(InversionSettings)}
GOOD = np.random.default_rng(0).standard_normal((2, 3, 50))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": np.ones(5)}, r"data must have shape \(shot, time\)"),
        ({"data": np.ones((2, 0, 5))}, "data must have shape"),
        ({"data": GOOD * 1j}, "data must be real numbers, got dtype complex"),
        ({"data": np.where(np.arange(50) == 7, np.nan, GOOD)}, "at shot 0, trace 0, sample 7"),
        ({"data": 0 * GOOD}, "all traces are dead"),
        (
            {"wavelets": np.ones(51)},
            r"wavelet of shot 0 \(counted from 0\): the wavelet has 51 samples, a trace only",
        ),
        ({"wavelets": [np.ones(3)] * 3}, r"one per shot \(2\), got 3"),
        (
            {"wavelets": [np.ones(3), np.zeros(3)]},
            r"wavelet of shot 1 \(counted from 0\): .*zero throughout",
        ),
        (
            {"wavelets": [np.ones(3), [1, np.inf]]},
            r"wavelet of shot 1 \(counted from 0\): .*NaN or infinite",
        ),
        ({"wavelets": [np.ones((4, 3))] * 2}, "one row for each of 50 samples, got 4"),
        ({"wavelets": []}, "wavelet"),
        ({"wavelets": [["a"], ["b"]]}, r"wavelet of shot 0 \(counted from 0\) must hold numbers"),
        ({"wavelets": [[1j], [1j]]}, r"wavelet of shot 0 \(counted from 0\) must be real"),
        ({"wavelets": None}, "wavelets must be an array or a sequence of arrays, got NoneType"),
        ({"data": np.ma.masked_equal([[0.0, 1.0]], 0.0)}, "data has masked values"),
        ({"sample_interval": 0}, "sample_interval must be positive"),
        ({"noise_level": -1.0}, "noise_level must"),
        ({"noise_level": np.nan}, "noise_level must"),
        ({"noise_level": [1.0, 0.0]}, "noise_level must be positive for every shot"),
        ({"robust": "yes"}, "robust must be"),
        ({"method": "omp"}, "method must be one of .*sbl.*'omp'"),
        ({"strength": 0.1}, "strength must be None for method 'sbl'"),
        ({"method": "l21", "strength": -0.1}, "strength must be positive"),
        ({"window": 3}, "window is for method 'windows'"),
        ({"method": "windows", "window": 1}, "window must"),
        ({"method": "windows", "window": 51}, "window"),
        ({"traces_together": 0}, "traces_together must"),
        ({"dip": np.inf}, "dip must be a finite number"),
        ({"dip": "steep"}, "dip must be a finite number"),
        ({"dip": 0.1}, "dip must be less than the length of a trace, 0.1 s, got 0.1"),
        ({"dip": 0.002, "wavelets": [np.ones((50, 3))] * 2}, "dip must be 0"),
    ],
)
def test_bad_input(change, message):
    with pytest.raises(ValueError, match=message):
        invert_changed(**change)
