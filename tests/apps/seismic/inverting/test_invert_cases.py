"""Inversion of every kind of data by every method, against plain NumPy."""

import numpy as np
import pytest

from groupsparse.apps.seismic import InversionSettings, invert
from groupsparse.apps.seismic.inverting.baselines import invert_shots
from groupsparse.apps.seismic.inverting.methods import METHODS
from groupsparse.apps.seismic.scores.metrics import reflector_f1
from groupsparse.apps.seismic.signal.noise import estimate_noise_level

DT = 0.002
FAST = ["sbl", "l21", "mcp", "l0"]


def ricker(frequency, n_side=20):
    a = (np.pi * frequency * DT * np.arange(-n_side, n_side + 1)) ** 2
    return (1 - 2 * a) * np.exp(-a)


def convolved(truth, wavelets):
    return np.array(
        [
            [np.convolve(trace, wavelet, mode="same") for trace in gather]
            for gather, wavelet in zip(truth, wavelets, strict=True)
        ]
    )


def made_data(n_shots=3, n_traces=5, n_samples=120, snr=20.0, samples=(35, 80), step=0.0, seed=0):
    """Reflectors at the samples, `step` samples later on every trace; the noise is exact."""
    rng = np.random.default_rng(seed)
    wavelets = [ricker(f) for f in np.linspace(25, 40, n_shots)]
    truth = np.zeros((n_shots, n_traces, n_samples))
    for trace in range(n_traces):
        places = np.array(samples) + round(step * (trace - n_traces // 2))
        truth[:, trace, places] = rng.uniform(0.6, 1.4, (n_shots, len(samples))) * [1, -1]
    clean = convolved(truth, wavelets)
    noise = rng.standard_normal(clean.shape)
    level = float(np.linalg.norm(clean) * 10 ** (-snr / 20))
    noise *= level / np.linalg.norm(noise)
    return clean + noise, wavelets, level, truth


def solved(data, wavelets, level, *, n_jobs=None, **settings):
    given = {"sample_interval": DT, "noise_level": level, "n_jobs": n_jobs}
    return invert(data, wavelets, InversionSettings(**settings), **given)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n_shots", [1, 4])
def test_two_reflectors_are_found_at_20_db(method, n_shots):
    data, wavelets, level, truth = made_data(n_shots, 1)
    result = solved(data[:, 0], wavelets, level, method=method)
    found = result.reflectors
    assert found[np.abs(found - 35).argmin()] == 35
    assert found[np.abs(found - 80).argmin()] == 80
    if method in FAST:
        assert found.tolist() == [35, 80]
        np.testing.assert_allclose(result.reflectivity[:, found], truth[:, 0, found], atol=0.15)
    elif method == "windows":
        assert np.abs(found[:, None] - [35, 80]).min(axis=1).max() <= 12
    assert (result.method, result.n_unconverged) == (method, 0)


@pytest.mark.parametrize("method", METHODS)
def test_traces_with_slightly_more_noise_than_others_converge(method):
    data, wavelets, level, _ = made_data(3, 4)
    assert solved(data, wavelets, level, method=method).n_unconverged == 0


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("method", METHODS)
def test_single_precision_is_kept(method):
    data, wavelets, level, _ = made_data(2, 2)
    double = solved(data, wavelets, level, method=method)
    single = solved(data.astype(np.float32), wavelets, level, method=method)
    assert single.reflectivity.dtype == np.float32
    assert double.reflectivity.dtype == np.float64
    np.testing.assert_allclose(single.reflectivity, double.reflectivity, atol=2e-3)
    assert all(map(np.array_equal, single.reflectors, double.reflectors))


@pytest.mark.parametrize("method", FAST)
def test_the_live_shots_of_a_trace_stay_joint(method):
    data, wavelets, level, _ = made_data(4, 6)
    data[[0, 2, 2, 3], [1, 1, 4, 5]] = 0
    data[:, 3] = 0
    result = solved(data, wavelets, level, method=method)
    alive = data.any(axis=2)
    np.testing.assert_array_equal(result.dead, ~alive)
    deviation = level / np.sqrt(120 * alive.sum())
    for trace in (0, 1, 4, 5):
        live = np.flatnonzero(alive[:, trace])
        few = [wavelets[shot] for shot in live]
        own = float(deviation * np.sqrt(120 * live.size))
        alone = solved(data[live, trace], few, own, method=method)
        np.testing.assert_array_equal(result.reflectors[trace], alone.reflectors)
        found = result.reflectivity[live, trace]
        np.testing.assert_allclose(found, alone.reflectivity, rtol=1e-5, atol=1e-7)
    assert not result.reflectivity[~alive].any()
    assert result.reflectors[3].size == 0


@pytest.mark.parametrize(
    ("step", "n_together"), [(2.0, 3), (2.0, 7), (-1.0, 3), (-1.5, 7), (0.4, 7)]
)
def test_dipping_reflectors_are_shared_along_their_dip(step, n_together):
    data, wavelets, level, truth = made_data(2, 7, snr=6, step=step, samples=(40, 75))
    true = [np.flatnonzero(truth[0, trace]) for trace in range(7)]
    f1 = {
        dip: reflector_f1(
            solved(data, wavelets, level, traces_together=n_together, dip=dip * DT).reflectors, true
        )
        for dip in (step, -step)
    }
    assert f1[step] > 0.9
    assert f1[step] > f1[-step]


def test_traces_beyond_the_last_whole_block_are_inverted_too():
    data, wavelets, level, truth = made_data(3, 5)
    for n_together in (2, 5, 9):
        result = solved(data, wavelets, level, traces_together=n_together)
        assert [found.tolist() for found in result.reflectors] == [[35, 80]] * 5
        np.testing.assert_allclose(result.reflectivity, truth, atol=0.2)


@pytest.mark.parametrize("method", FAST)
def test_one_shot_is_that_shot_alone(method):
    data, wavelets, level, _ = made_data(1, 3)
    joint = solved(data, wavelets, level, method=method)
    settings = InversionSettings(method)
    (single,) = invert_shots(data, wavelets, settings, noise_level=level, sample_interval=DT)
    np.testing.assert_array_equal(joint.reflectivity, single.reflectivity)
    assert all(map(np.array_equal, joint.reflectors, single.reflectors))


def test_one_trace_is_the_same_with_and_without_its_axis():
    data, wavelets, level, _ = made_data(3, 1)
    section, gather = (solved(x, wavelets, level) for x in (data, data[:, 0]))
    assert (section.reflectivity.shape, gather.reflectivity.shape) == ((3, 1, 120), (3, 120))
    np.testing.assert_array_equal(section.reflectivity[:, 0], gather.reflectivity)
    np.testing.assert_array_equal(section.reflectors[0], gather.reflectors)


@pytest.mark.parametrize("method", FAST)
@pytest.mark.parametrize(
    "view",
    [
        lambda x: np.repeat(x, 2, axis=2)[..., ::2],
        lambda x: np.ascontiguousarray(x.transpose(2, 1, 0)).transpose(2, 1, 0),
        lambda x: np.ascontiguousarray(x[:, ::-1])[:, ::-1],
        lambda x: x.astype(">f8"),
        lambda x: x.tolist(),
    ],
)
def test_the_memory_layout_of_data_does_not_matter_and_data_are_not_changed(method, view):
    data, wavelets, level, _ = made_data(2, 3)
    expected = solved(data, wavelets, level, method=method)
    other, before = view(data), data.copy()
    if isinstance(other, np.ndarray):
        other.setflags(write=False)
    for wavelet in wavelets:
        wavelet.setflags(write=False)
    result = solved(other, wavelets, level, method=method)
    np.testing.assert_allclose(result.reflectivity, expected.reflectivity, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(np.asarray(other), before)


@pytest.mark.parametrize("method", ["sbl", "mcp", "l0"])
def test_two_jobs_give_the_same_bits_as_one(method):
    data, wavelets, level, _ = made_data(2, 70, 60, samples=(20, 40))
    one, two = (solved(data, wavelets, level, method=method, n_jobs=n) for n in (1, 2))
    np.testing.assert_array_equal(one.reflectivity, two.reflectivity)
    assert one.residual_norm == two.residual_norm


def test_the_noise_level_is_estimated_by_default():
    data, wavelets, level, _ = made_data(3, 4, 300)
    result = invert(data, wavelets, sample_interval=DT)
    assert result.noise_level == pytest.approx(level, rel=0.1)
    again = solved(data, wavelets, estimate_noise_level(data, wavelets))
    np.testing.assert_array_equal(result.reflectivity, again.reflectivity)


@pytest.mark.parametrize("method", FAST)
def test_the_residual_is_that_of_live_traces(method):
    data, wavelets, level, _ = made_data(2, 3)
    data[1, 2] = 0
    result = solved(data, wavelets, level, method=method)
    left = (data - convolved(result.reflectivity, wavelets))[data.any(axis=2)]
    assert result.residual_norm == pytest.approx(np.linalg.norm(left), rel=1e-10)
    assert result.n_reflectors == sum(map(len, result.reflectors)) == 6


@pytest.mark.parametrize("strength", [None, 0.2, 0.7])
def test_l21_meets_its_optimality_conditions(strength):
    data, wavelets, level, _ = made_data(3, 1, seed=3)
    result = solved(data, wavelets, level, method="l21", strength=strength, refit=False)

    def correlations(rest):
        return np.linalg.norm(convolved(rest, [w[::-1] for w in wavelets]), axis=0)[0]

    if strength is None:
        scale = np.sqrt(np.mean([w @ w for w in wavelets]))
        alpha = level / np.sqrt(data.size) * scale * (np.sqrt(3) + np.sqrt(2 * np.log(120)))
    else:
        alpha = strength * correlations(data).max()
    left = correlations(data - convolved(result.reflectivity, wavelets))
    assert left.max() < alpha * 1.005
    active = result.reflectivity[:, 0].any(axis=0)
    np.testing.assert_allclose(left[active], alpha, rtol=0.005)


@pytest.mark.parametrize("method", ["l21", "mcp", "l0", "windows"])
def test_beyond_the_largest_strength_nothing_is_found(method):
    data, wavelets, level, _ = made_data(2, 1)
    assert solved(data, wavelets, level, method=method, strength=1.01).n_reflectors == 0
    assert solved(data, wavelets, level, method=method, strength=0.3).n_reflectors > 0
