"""Simulated surveys: spikes at whole samples, their gathers, noise and velocities."""

import re

import numpy as np
import pytest

from groupsparse.apps.seismic.cases.simulated_files import write_velocity
from groupsparse.apps.seismic.cases.simulation import Simulation, simulate
from groupsparse.apps.seismic.files.velocity_file import read_velocity
from groupsparse.apps.seismic.files.wavelet_description import parse_wavelets

EARTHS = ("layers", "wedge", "thin-beds")


def convolved(made):
    """The truth under the wavelets that the description stands for."""
    data = made.truth.data
    wavelets = parse_wavelets(made.wavelets, len(data), made.survey.sample_interval)
    return np.array(
        [
            [np.convolve(trace, wavelet, mode="same") for trace in gather]
            for gather, wavelet in zip(data, wavelets, strict=True)
        ]
    )


@pytest.mark.parametrize("earth", EARTHS)
@pytest.mark.parametrize("interval", [0.002, 0.004, 0.001])
def test_gathers_without_move_out_are_the_truth_convolved_with_the_wavelets(earth, interval):
    setting = Simulation(earth, n_traces=9, n_shots=3, duration=0.6, sample_interval=interval)
    made = simulate(setting)
    assert made.survey.data.shape == made.truth.data.shape == (3, 9, round(0.6 / interval))
    np.testing.assert_allclose(made.survey.data, convolved(made), atol=1e-12)
    assert made.noise_level == 0
    assert made.truth.n_dead == 0
    np.testing.assert_array_equal(made.survey.offsets, [0, 500, 1000])
    np.testing.assert_array_equal(made.truth.offsets, made.survey.offsets)


@pytest.mark.parametrize("n_traces", [2, 7, 31])
def test_a_wedge_thickens_from_trace_to_trace(n_traces):
    made = simulate(Simulation("wedge", n_traces=n_traces, n_shots=2, duration=0.8))
    top, thickest = 0.4 * 0.8, 0.06 * 0.8
    bases = np.rint((top + np.linspace(0, thickest, n_traces)) / 0.002).astype(int)
    for trace, base in enumerate(bases):
        found = made.truth.data[:, trace].any(axis=0).nonzero()[0]
        if base == 160:  # above and below the wedge is the same rock
            assert found.size == 0
        else:
            assert found.tolist() == [160, base]
            vertical = made.truth.data[0, trace, found]
            assert vertical[0] == pytest.approx(-vertical[1])
            assert vertical[0] > 0


def test_thin_beds_have_the_documented_thickness():
    made = simulate(Simulation("thin-beds", n_traces=3, n_shots=2, duration=1.0))
    tops = 0.2 + 0.15 * np.arange(4)
    edges = np.stack([tops, tops + np.array([0.02, 0.015, 0.01, 0.005])], axis=1).ravel()
    for trace in range(3):
        found = made.truth.data[:, trace].any(axis=0).nonzero()[0]
        np.testing.assert_allclose(found * 0.002, edges, atol=0.001 + 1e-9)
        signs = np.sign(made.truth.data[0, trace, found])
        np.testing.assert_array_equal(signs, [1, -1] * 4)


@pytest.mark.parametrize("seed", [0, 3])
def test_layers_have_a_reflector_for_every_interface_present(seed):
    made = simulate(Simulation(n_traces=20, n_shots=4, seed=seed))
    n_found = made.truth.data.any(axis=0).sum(axis=-1)
    assert ((n_found > 10) & (n_found <= 15)).all()
    first, last = (made.truth.data[0, trace].nonzero()[0][0] for trace in (0, 19))
    assert last > first


@pytest.mark.parametrize("snr", [-5.0, 10.0, 40.0])
@pytest.mark.parametrize("move_out", [False, True])
def test_the_noise_has_exactly_its_level(snr, move_out):
    setting = {"n_traces": 6, "n_shots": 3, "duration": 0.6, "move_out": move_out, "seed": 4}
    clean, noisy = simulate(Simulation(**setting)), simulate(Simulation(**setting, snr_db=snr))
    expected = np.linalg.norm(clean.survey.data) * 10 ** (-snr / 20)
    assert noisy.noise_level == pytest.approx(expected, rel=1e-12)
    noise = noisy.survey.data - clean.survey.data
    assert np.linalg.norm(noise) == pytest.approx(expected, rel=1e-9)
    np.testing.assert_array_equal(noisy.truth.data, clean.truth.data)
    assert noisy.wavelets == clean.wavelets


@pytest.mark.parametrize("earth", EARTHS)
def test_move_out_delays_far_shots_only(earth):
    setting = {"n_traces": 5, "n_shots": 3, "far_offset": 600.0, "wavelets": "ricker:40"}
    flat, moved = (simulate(Simulation(earth, **setting, move_out=on)) for on in (False, True))
    np.testing.assert_allclose(moved.survey.data[0], flat.survey.data[0], atol=1e-12)
    np.testing.assert_array_equal(moved.truth.data, flat.truth.data)
    for trace in range(1, 5):
        onset = [(np.abs(gather[trace]) > 1e-3).argmax() for gather in moved.survey.data]
        assert onset == sorted(onset)
        assert onset[2] > onset[0]


def test_one_reflector_arrives_on_its_hyperbola():
    setting = Simulation(
        "wedge", n_traces=3, n_shots=4, far_offset=900.0, wavelets="ricker:40", move_out=True
    )
    made = simulate(setting)
    v = np.interp(0.4, made.times, made.velocities)
    for gather, offset in zip(made.survey.data, made.survey.offsets, strict=True):
        arrival = np.hypot(0.4, offset / v)
        assert gather[2].argmax() == pytest.approx(arrival / 0.002, abs=1)


def test_velocities_are_those_of_dix_down_the_middle_trace():
    made = simulate(Simulation("thin-beds", n_traces=5, n_shots=1))
    v = np.where(np.arange(made.times.size) % 2, 2500 * 1.2, 2500)  # of the layer above each time
    steps = np.diff(made.times, prepend=0.0)
    expected = np.sqrt(np.cumsum(v**2 * steps) / made.times)
    np.testing.assert_allclose(made.velocities, expected, rtol=1e-12)


@pytest.mark.parametrize("earth", EARTHS)
def test_velocities_can_be_written_and_read(tmp_path, earth):
    made = simulate(Simulation(earth, n_traces=5, n_shots=1))
    assert (np.diff(made.times) > 0).all()
    path = tmp_path / "new" / "v.csv"
    write_velocity(path, made, overwrite=False)
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    np.testing.assert_allclose(table, np.stack([made.times, made.velocities], axis=1), atol=1e-3)
    found = read_velocity(str(path), made.times)
    np.testing.assert_allclose(found, made.velocities, atol=1e-3)
    with pytest.raises(FileExistsError, match=r"v\.csv"):
        write_velocity(path, made, overwrite=False)


def test_wavelets_are_described_and_may_be_given():
    made = simulate(Simulation("wedge", n_traces=2, n_shots=30))
    kind, _, numbers = made.wavelets.partition(":")
    frequencies = np.array(numbers.split(","), float)
    assert (kind, frequencies.size) == ("ricker", 30)
    assert 20 <= frequencies.min() < 25
    assert 35 < frequencies.max() <= 40
    text = "ormsby:5-10-40-60"
    assert simulate(Simulation("wedge", n_traces=2, n_shots=3, wavelets=text)).wavelets == text


def test_the_seed_determines_the_survey():
    setting = {"n_traces": 4, "n_shots": 2, "duration": 0.5, "snr_db": 10.0}
    one, again, other = (simulate(Simulation(**setting, seed=seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.survey.data, again.survey.data)
    assert (one.truth.data != other.truth.data).any()


@pytest.mark.parametrize("earth", EARTHS)
@pytest.mark.parametrize("method", ["shuey", "aki-richards"])
def test_near_vertical_incidence_all_methods_are_nearly_exact(earth, method):
    setting = {"n_traces": 3, "n_shots": 2, "far_offset": 50.0}
    made, exact = (
        simulate(Simulation(earth, **setting, method=name)).truth.data
        for name in (method, "zoeppritz")
    )
    assert np.isrealobj(made)
    np.testing.assert_array_equal(made != 0, exact != 0)
    np.testing.assert_allclose(made, exact, atol=0.005)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"earth": "flat"}, "earth must be one of 'layers', 'wedge', 'thin-beds', got 'flat'"),
        ({"n_traces": 0}, "n_traces must be an integer of at least 1, got 0"),
        ({"n_shots": 2.5}, "n_shots must be an integer of at least 1, got 2.5"),
        ({"far_offset": -1.0}, "far_offset must be finite and not negative, got -1.0"),
        ({"duration": np.nan}, "duration must be positive and finite, got nan"),
        ({"sample_interval": 0}, "sample_interval must be positive and finite, got 0"),
        ({"duration": 0.0009}, "duration must be at least one sample interval, 0.002 s, got 0.0"),
        (
            {"wavelets": "estimate"},
            "wavelets must be a description or a file for a simulation, not 'estimate'",
        ),
        ({"wavelets": "ricker:20,30,40"}, "expected one ricker wavelet or 8"),
        ({"duration": 0.05}, "longer than the record of 25"),
        ({"method": "linear"}, "method must be one of 'zoeppritz', 'aki-richards', 'shuey', got"),
        ({"snr_db": np.inf}, "snr_db must be a finite number, got inf"),
        ({"earth": "wedge", "n_traces": 1}, "n_traces must be an integer of at least 2"),
    ],
)
def test_errors_of_impossible_simulations(change, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        simulate(Simulation(**change))


def test_an_empty_survey_has_the_length_of_the_traces():
    empty = Simulation(duration=0.7, sample_interval=0.004).make_empty_survey()
    assert (empty.data.shape, empty.sample_interval) == ((1, 1, 175), 0.004)
