"""A survey is checked once: it is then complete, finite and numbered; errors say what is wrong."""

import re

import numpy as np
import pytest

from groupsparse.apps.seismic.survey import Survey, find_silent_traces


def data(shape=(2, 3, 5), dtype="float64"):
    return np.random.default_rng(0).standard_normal(shape).astype(dtype)


def test_defaults():
    survey = Survey(data(), 0.002)
    assert (survey.n_shots, survey.n_traces, survey.n_samples) == (2, 3, 5)
    assert survey.shots.tolist() == [1, 2]
    assert survey.traces.tolist() == [1, 2, 3]
    assert survey.offsets is None
    assert (survey.n_dead, survey.describe_dead_traces()) == (0, "none")


def test_two_axes_are_one_trace_per_shot():
    gather = data((4, 6))
    survey = Survey(gather, 0.002)
    np.testing.assert_array_equal(survey.data[:, 0], gather)
    assert survey.data.shape == (4, 1, 6)


@pytest.mark.parametrize(
    ("came", "kept"),
    [("float32", "float32"), ("float64", "float64"), (">f4", "float32"), ("int16", "float64")],
)
def test_precision(came, kept):
    values = np.arange(30).reshape(2, 3, 5).astype(came)
    survey = Survey(values, 0.002)
    assert survey.data.dtype == np.dtype(kept)
    np.testing.assert_array_equal(survey.data, values)


def test_data_are_not_copied_nor_changed():
    values = data()
    values[0, 1] = np.nan
    before = values.copy()
    assert Survey(values[1:], 0.002).data.base is values
    assert Survey(values, 0.002).n_dead == 1
    np.testing.assert_array_equal(values, before)


def test_times():
    survey = Survey(data(), 0.004, start_time=0.1)
    np.testing.assert_allclose(survey.times, [0.1, 0.104, 0.108, 0.112, 0.116])


def test_silent_traces_are_dead():
    values = data()
    values[0, 1] = 0
    values[1, 2] = np.nan
    values[1, 0, :4] = 0
    survey = Survey(values, 0.002, shots=[7, 9], traces=[10, 20, 30])
    expected = [[False, True, False], [False, False, True]]
    assert survey.dead.tolist() == find_silent_traces(values).tolist() == expected
    assert survey.describe_dead_traces() == "shot 7 trace 20, shot 9 trace 30"
    assert np.isfinite(survey.data).all()
    assert not survey.data[1, 2].any()


def test_given_dead_traces_may_hold_anything_and_live_ones_may_be_zero():
    values = data()
    values[0, 0, 2] = np.inf
    values[1, 1] = 0
    dead = np.zeros((2, 3), bool)
    dead[0, 0] = True
    survey = Survey(values, 0.002, dead=dead)
    np.testing.assert_array_equal(survey.dead, dead)
    assert survey.data[0, 0, 2] == 0
    np.testing.assert_array_equal(survey.data[0, 0, [0, 1]], values[0, 0, [0, 1]])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_errors_name_bad_samples(value):
    values = data()
    values[1, 2, 3:] = value
    values[1, 1, 0] = value
    message = (
        f"a.sgy: shot 6, trace 20 has NaN or infinite samples, the first at sample 0 "
        f"(counted from 0), {value}; also shot 6 trace 30"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        Survey(values, 0.002, shots=[5, 6], traces=[10, 20, 30], source="a.sgy")


@pytest.mark.parametrize("shape", [(2,), (2, 3)])
def test_offsets(shape):
    offsets = np.arange(np.prod(shape)).reshape(shape)
    survey = Survey(data(), 0.002, offsets=offsets)
    np.testing.assert_array_equal(survey.offsets, offsets)
    assert survey.offsets.dtype == np.float64


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": np.ones(5)}, "data must have the axes (shot, trace, time) or (shot, time)"),
        ({"data": np.ones((2, 0, 5))}, "got shape (2, 0, 5)"),
        ({"data": np.ones((2, 3, 5), complex)}, "data must hold real numbers, got dtype complex"),
        ({"data": [[1.0], [1.0, 2.0]]}, "data must be a rectangular array"),
        ({"data": np.full((2, 3), "a")}, "data must hold real numbers, got dtype <U1"),
        ({"sample_interval": 0}, "sample_interval (seconds) must be positive and finite, got 0"),
        ({"sample_interval": -0.002}, "must be positive and finite, got -0.002"),
        ({"sample_interval": np.nan}, "must be positive and finite, got nan"),
        ({"sample_interval": "2 ms"}, "must be positive and finite, got '2 ms'"),
        ({"offsets": [1.0]}, "offsets (metres) must have shape (2,) or (2, 3)"),
        ({"offsets": [1.0, np.nan]}, "offsets (metres) must be finite"),
        ({"shots": [1, 2, 3]}, "shots must be 2 integers"),
        ({"shots": [1.5, 2.0]}, "shots must be 2 integers"),
        ({"traces": [4, 5, 4]}, "traces must differ from each other, got 4 (2 times)"),
        ({"start_time": np.inf}, "start_time (seconds) must be a finite number, got inf"),
        ({"start_time": "soon"}, "start_time (seconds) must be a finite number, got 'soon'"),
        ({"dead": np.zeros((3, 2), bool)}, "dead must hold True or False in shape (2, 3)"),
        ({"dead": np.zeros((2, 3))}, "got dtype float64 of shape (2, 3)"),
    ],
)
def test_bad_parts(change, message):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        Survey(**{"data": data(), "sample_interval": 0.002, "source": "a.npz"} | change)
    assert str(caught.value).startswith("a.npz: ")


def test_reflectivities_keep_the_axes_and_the_dead_traces():
    values = data()
    values[0, 1] = 0
    survey = Survey(values, 0.002, offsets=[3, 4], shots=[7, 9], start_time=0.5, source="a.sgy")
    result = survey.with_data(np.zeros((2, 3, 5), np.float32), "joint reflectivity")
    assert result.data.dtype == np.float32
    assert result.dead.tolist() == survey.dead.tolist()
    assert (result.shots.tolist(), result.start_time, result.source) == ([7, 9], 0.5, "a.sgy")
    assert result.notes == ("joint reflectivity",)
    with pytest.raises(ValueError, match=re.escape("shape (2, 3, 5), got (2, 3, 4)")):
        survey.with_data(np.zeros((2, 3, 4)))
