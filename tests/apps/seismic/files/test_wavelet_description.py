"""Descriptions of wavelets and velocities against their formulas, and the errors of wrong ones.

More of them is in test_wavelets.py.
"""

import re

import numpy as np
import pytest

from groupsparse.apps.seismic.files.velocity_file import read_velocity
from groupsparse.apps.seismic.files.wavelet_description import parse_wavelets

DT = 0.002


@pytest.mark.parametrize("text", ["ricker:30", "ricker:30.0", "ricker:+30", "ricker: 30 "])
def test_a_frequency_is_a_ricker_wavelet_for_all_shots(text):
    wavelets = parse_wavelets(text, 3, DT)
    assert len(wavelets) == 3
    t = DT * (np.arange(wavelets[0].size) - wavelets[0].size // 2)
    a = (np.pi * 30 * t) ** 2
    np.testing.assert_allclose(wavelets, [(1 - 2 * a) * np.exp(-a)] * 3, atol=1e-14)


def test_every_shot_may_have_several_numbers():
    wavelets = parse_wavelets("ormsby:5-10-40-60,10-15-60-80", 2, DT)
    f = np.fft.rfftfreq(4096, DT)
    for wavelet, (low, high) in zip(wavelets, [(13, 37), (18, 57)], strict=True):
        spectrum = np.abs(np.fft.rfft(wavelet, 4096))
        inside = (f > low) & (f < high)
        assert spectrum[inside].min() > 0.9 * spectrum[inside].max()
        assert spectrum[f > high + 30].max() < 0.05 * spectrum.max()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ricker:25,", "expected a frequency after 'ricker' as in ricker:30, got ''"),
        ("ricker:25;30", "got '25;30'"),
        ("ricker:25-30", "expected a frequency after 'ricker' as in ricker:30, got '25-30'"),
        ("ricker:nan", "ricker frequency must be positive and finite, got nan"),
        ("ricker:inf,30", "ricker frequency must be positive and finite, got inf"),
        ("ricker:0", "ricker frequency must be positive and finite, got 0.0"),
        ("ricker:250", "below the Nyquist frequency 250 Hz"),
        ("ricker:1,2,3", "expected one ricker wavelet or 2, one for each shot, got 3"),
        ("ormsby:60-40-10-5", "ormsby frequencies must increase, got 60 - 40 - 10 - 5 Hz"),
        ("ormsby:5-10-40-60-80", "expected four frequencies after 'ormsby' as in ormsby:5-10-40"),
        ("klauder:80-8-6", "klauder band must increase"),
        ("klauder:8-80-0", "sweep_duration must be positive"),
        ("klauder:8-80-long", "two frequencies and the sweep's seconds after 'klauder'"),
    ],
)
def test_errors_quote_wrong_descriptions(text, message):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        parse_wavelets(text, 2, DT)
    assert str(caught.value).startswith(f"wavelets {text!r}: ")


@pytest.mark.parametrize("n_shots", [0, -1, 1.5])
def test_the_number_of_shots_is_a_count(n_shots):
    with pytest.raises(ValueError, match="n_shots must be an integer of at least 1"):
        parse_wavelets("ricker:30", n_shots, DT)


@pytest.mark.parametrize(
    "text", ["", "30", "Ricker:30", "estimated", "a\0b", "rickers:" + ",".join(["25.5"] * 100)]
)
def test_text_that_is_neither_a_description_nor_a_file(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="neither a file nor a description") as caught:
        parse_wavelets(text, 2, DT)
    for example in ("ricker:30", "ormsby:5-10-40-60", "klauder:8-80-6", "estimate"):
        assert example in str(caught.value)


@pytest.mark.parametrize("text", ["2000", "2e3", " 2000.0 "])
def test_a_number_is_the_velocity_everywhere(text):
    np.testing.assert_array_equal(read_velocity(text, [0.0, 0.5, 2.0]), [2000.0] * 3)


def test_a_table_is_linear_between_its_times(tmp_path):
    (tmp_path / "v.txt").write_text("# seconds, metres per second\n0.2 2000\n0.6 2400\n0.7 3000\n")
    found = read_velocity(str(tmp_path / "v.txt"), np.array([0.0, 0.2, 0.3, 0.65, 9.0]))
    np.testing.assert_allclose(found, [2000, 2000, 2100, 2700, 3000])
    (tmp_path / "v.txt").write_text("0.2;2000\n")
    np.testing.assert_array_equal(read_velocity(str(tmp_path / "v.txt"), [0.0, 1.0]), [2000, 2000])


@pytest.mark.parametrize("text", ["0", "-1500", "nan", "inf"])
def test_velocities_are_positive(text):
    with pytest.raises(ValueError, match=rf"velocity must be positive .* got {text}"):
        read_velocity(text, [0.0])


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("0.1,2000\n0.3,2100\n0.2,2200\n", "times must increase, but 0.2 follows 0.3"),
        ("0.1,2000\n0.1,2100\n", "times must increase, but 0.1 follows 0.1"),
        ("nan,2000\n", "times"),
        ("0.1,2000\nnan,2100\n", "times must be finite, got nan in row 2"),
        (
            "0.1,2000\n0.2,nan\n",
            "velocities must be positive (metres per second), got nan at 0.2 s",
        ),
        ("0.1,inf\n", "velocities must be positive (metres per second), got inf at 0.1 s"),
        ("0.1\n0.2\n", "two columns, time (seconds) and velocity (metres per second), are expecte"),
        ("time,velocity\n", "has no numbers"),
    ],
)
def test_errors_name_wrong_tables(tmp_path, table, message):
    path = tmp_path / "v.csv"
    path.write_text(table)
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        read_velocity(str(path), [0.0])
    assert str(caught.value).startswith(str(path))


def test_a_velocity_that_is_neither_a_number_nor_a_file():
    with pytest.raises(FileNotFoundError, match=r"'fast' is neither a number .* nor a file"):
        read_velocity("fast", [0.0])
