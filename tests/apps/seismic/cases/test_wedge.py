"""Wedges and canonical cases: truth, wavelets, noise and tuning are as documented."""

import numpy as np
import pytest

from groupsparse.apps.seismic.cases.canonical import SAMPLE_INTERVAL, make_case
from groupsparse.apps.seismic.cases.comparison import compare_wedges
from groupsparse.apps.seismic.cases.wedge import find_tuning_thickness, make_wedge_case

DT = 0.002


def peak_frequency(wavelet):
    return np.fft.rfftfreq(8192, DT)[np.abs(np.fft.rfft(wavelet, 8192)).argmax()]


def convolved(reflectivity, wavelets):
    flat = reflectivity.reshape(len(wavelets), -1, reflectivity.shape[-1])
    rows = [
        [np.convolve(trace, wavelet, mode="same") for trace in gather]
        for gather, wavelet in zip(flat, wavelets, strict=True)
    ]
    return np.array(rows).reshape(reflectivity.shape)


@pytest.mark.parametrize("thickest", [1, 16, 59])
def test_a_wedge_grows_by_a_sample_from_trace_to_trace(thickest):
    case = make_wedge_case(3, max_thickness=thickest, random_state=0)
    assert case.data.shape == case.reflectivity.shape == (3, thickest, 100)
    np.testing.assert_array_equal(case.bases - case.tops, np.arange(1, thickest + 1))
    for trace in range(thickest):
        places = [case.tops[trace], case.bases[trace]]
        np.testing.assert_array_equal(case.reflectivity[:, trace].any(axis=0).nonzero()[0], places)


def test_the_base_has_the_opposite_polarity():
    case = make_wedge_case(5, variation=0.0, random_state=0)
    traces = np.arange(16)
    assert (case.reflectivity[:, traces, case.tops] == 1).all()
    assert (case.reflectivity[:, traces, case.bases] == -1).all()


def test_coefficients_vary_about_one_and_minus_one():
    case = make_wedge_case(200, variation=0.5, random_state=0)
    traces = np.arange(16)
    for samples, mean in ((case.tops, 1), (case.bases, -1)):
        drawn = case.reflectivity[:, traces, samples]
        assert drawn.mean() == pytest.approx(mean, abs=0.04)
        assert drawn.std() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("snr", [-3.0, 0.0, 20.0, 60.0])
@pytest.mark.parametrize("make", [make_wedge_case, make_case])
def test_the_noise_has_exactly_its_level(make, snr):
    case = make(4, snr, random_state=1)
    clean = convolved(case.reflectivity, case.wavelets)
    noise = case.data - clean
    expected = np.linalg.norm(clean) * 10 ** (-snr / 20)
    assert case.noise_level == pytest.approx(expected, rel=1e-12)
    assert np.linalg.norm(noise) == pytest.approx(expected, rel=1e-9)
    bands = np.abs(np.fft.rfft(noise.reshape(-1, noise.shape[-1]))) ** 2
    halves = np.array_split(bands.mean(axis=0)[1:-1], 2)
    assert halves[0].mean() == pytest.approx(halves[1].mean(), rel=0.25)


@pytest.mark.parametrize("make", [make_wedge_case, make_case])
def test_every_shot_has_a_ricker_wavelet_of_20_to_40_hertz(make):
    wavelets = make(20, random_state=2).wavelets
    frequencies = [peak_frequency(wavelet) for wavelet in wavelets]
    assert 19.9 < min(frequencies) < 25
    assert 35 < max(frequencies) < 40.1
    for wavelet, frequency in zip(wavelets, frequencies, strict=True):
        a = (np.pi * frequency * DT * (np.arange(wavelet.size) - wavelet.size // 2)) ** 2
        np.testing.assert_allclose(wavelet, (1 - 2 * a) * np.exp(-a), atol=0.01)
    assert SAMPLE_INTERVAL == DT


@pytest.mark.parametrize("make", [make_wedge_case, make_case])
def test_the_seed_determines_the_case(make):
    one, again, other = (make(3, random_state=seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one.data, again.data)
    assert (one.data != other.data).any()
    generator = make(3, random_state=np.random.default_rng(5))
    np.testing.assert_array_equal(one.data, generator.data)


@pytest.mark.parametrize("polarity", ["kept", "reversing"])
def test_the_canonical_case_has_25_reflectors_in_all_shots(polarity):
    case = make_case(6, polarity=polarity, random_state=0)
    assert case.data.shape == (6, 500)
    assert case.reflectors.size == 25
    np.testing.assert_array_equal(case.reflectivity.any(axis=0).nonzero()[0], case.reflectors)
    first, last = case.reflectivity[[0, -1]][:, case.reflectors]
    assert (np.mean(first * last > 0) > 0.8) == (polarity == "kept")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_shots", 0),
        ("max_thickness", 0),
        ("max_thickness", 60),
        ("snr_db", np.nan),
        ("variation", np.nan),
    ],
)
def test_errors_of_impossible_wedges(name, value):
    with pytest.raises(ValueError, match=name):
        make_wedge_case(**{name: value})


@pytest.mark.parametrize("frequency", [10.0, 30.0, 55.0])
def test_tuning_is_the_time_from_peak_to_trough(frequency):
    t = np.linspace(0, 1 / frequency, 200_001)
    a = (np.pi * frequency * t) ** 2
    trough = t[((1 - 2 * a) * np.exp(-a)).argmin()]
    assert find_tuning_thickness(frequency) == pytest.approx(trough, rel=1e-5)


@pytest.mark.parametrize("frequency", [20.0, 30.0, 40.0])
def test_two_opposite_reflections_are_largest_at_tuning(frequency):
    t = np.linspace(-0.1, 0.1, 4001)

    def ricker(shift):
        a = (np.pi * frequency * (t - shift)) ** 2
        return (1 - 2 * a) * np.exp(-a)

    thicknesses = np.linspace(0.002, 0.04, 381)
    largest = [np.abs(ricker(-d / 2) - ricker(d / 2)).max() for d in thicknesses]
    assert thicknesses[np.argmax(largest)] == pytest.approx(
        find_tuning_thickness(frequency), abs=2e-4
    )


def test_shots_together_resolve_wedges_more_often():
    joint, single, case = compare_wedges(2, n_shots=4)
    assert list(joint) == list(single) == list(range(1, 17))
    assert all(0 <= share <= 1 for share in (*joint.values(), *single.values()))
    assert set(joint.values()) <= {0.0, 0.5, 1.0}
    assert sum(joint.values()) > sum(single.values())
    np.testing.assert_array_equal(case.data, make_wedge_case(4, random_state=0).data)
