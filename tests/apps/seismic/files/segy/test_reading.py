"""The SEG-Y reader recovers files made byte by byte, by segyio and by obspy."""

import re

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from groupsparse.apps.seismic.files.segy.reading import read_segy

segyio = pytest.importorskip("segyio")
obspy = pytest.importorskip("obspy")
obspy_segy = pytest.importorskip("obspy.io.segy.segy")

SHOT, TRACE = np.indices((2, 3)) + 1


def ibm_values(words):
    """Return the exact values of IBM words."""
    sign, power = np.where(words >> 31, -1.0, 1.0), (words >> 24 & 127).astype(int) - 64
    return sign * np.ldexp((words & 0xFFFFFF).astype("f8"), 4 * power - 24)


@pytest.mark.parametrize("order", [">", "<"])
def test_ieee_floats_bit_for_bit(make_segy, samples, order):
    samples[0, 0, :5] = 0.0, -0.0, 1e-45, -1e30, np.pi
    path = make_segy(order=order)
    survey = read_segy(path)
    assert survey.data.dtype == np.float32
    assert_array_equal(survey.data.view("u4"), samples.view("u4"))
    assert (survey.shots.tolist(), survey.traces.tolist()) == ([1, 2], [1, 2, 3])
    assert (survey.sample_interval, survey.start_time, survey.offsets) == (0.002, 0.0, None)
    assert (survey.source, survey.notes, survey.n_dead) == (str(path), (), 0)


@pytest.mark.parametrize("order", [">", "<"])
@pytest.mark.parametrize("scale", [1e-20, 1.0, 1234.5, 1e20])
def test_ibm_floats(make_segy, samples, order, scale):
    path = make_segy(samples * scale, code=1, order=order)
    words = np.frombuffer(path.read_bytes()[3600:], f"{order}u4").reshape(2, 3, 67)[..., 60:]
    survey = read_segy(path)
    assert_array_equal(survey.data, ibm_values(words))
    np.testing.assert_allclose(survey.data, samples * scale, rtol=2**-20)
    assert survey.data.dtype == np.float32
    assert survey.notes == ("samples converted from IBM floating point",)


@pytest.mark.parametrize("order", [">", "<"])
@pytest.mark.parametrize(
    ("code", "kind", "dtype"),
    [
        (2, "i4", "f8"),
        (3, "i2", "f4"),
        (6, "f8", "f8"),
        (8, "i1", "f4"),
        (9, "i8", "f8"),
        (10, "u4", "f8"),
        (11, "u2", "f4"),
        (12, "u8", "f8"),
        (16, "u1", "f4"),
    ],
)
def test_other_numbers(make_segy, order, code, kind, dtype):
    limits = (-1e300, 1e29) if kind == "f8" else (np.iinfo(kind).min, np.iinfo(kind).max)
    highest = min(limits[1], 2**53)
    values = np.array([[[max(limits[0], -(2**53)), 3, highest], [1, 0, 2]]]).astype(kind)
    survey = read_segy(make_segy(values, code=code, order=order))
    assert survey.data.dtype == dtype
    assert_array_equal(survey.data, values)


@pytest.mark.parametrize("code", [1, 2, 3, 5])
@pytest.mark.parametrize("order", [">", "<"])
def test_segyio_and_obspy_read_the_same(make_segy, samples, code, order):
    path = make_segy(np.rint(100 * samples / abs(samples).max()), code=code, order=order)
    data = read_segy(path).data.reshape(6, 7)
    endian = {">": "big", "<": "little"}[order]
    with segyio.open(path, strict=False, ignore_geometry=True, endian=endian) as file:
        assert_array_equal(data, file.trace.raw[:])
    for values, trace in zip(data, obspy_segy._read_segy(str(path)).traces, strict=True):
        assert_array_equal(values, trace.data)


def test_a_file_written_by_obspy(tmp_path, samples):
    stream = obspy.Stream([obspy.Trace(row, {"delta": 0.004}) for row in samples.reshape(6, 7)])
    for i, trace in enumerate(stream):
        trace.stats.segy = {"trace_header": {}}
        header = obspy_segy.SEGYTraceHeader()
        header.original_field_record_number = 11 + i // 3
        header.ensemble_number = 21 + i % 3
        trace.stats.segy.trace_header = header
    path = tmp_path / "obspy.sgy"
    stream.write(str(path), format="SEGY", data_encoding=5)
    survey = read_segy(path)
    assert_array_equal(survey.data, samples)
    assert (survey.shots.tolist(), survey.traces.tolist()) == ([11, 12], [21, 22, 23])
    assert survey.sample_interval == 0.004


def test_a_file_written_by_segyio_with_other_headers(tmp_path, samples):
    path = tmp_path / "cube.sgy"
    segyio.tools.from_array(str(path), samples, dt=1000)
    assert read_segy(path).data.shape == (1, 6, 7)
    survey = read_segy(path, shot_header="INLINE_3D", trace_header=193)
    np.testing.assert_allclose(survey.data, samples, rtol=2**-20)
    assert survey.sample_interval == 0.001


@pytest.mark.parametrize("order", [">", "<"])
@pytest.mark.parametrize("texts", [1, 3])
def test_extended_textual_headers(make_segy, samples, texts, order):
    assert_array_equal(read_segy(make_segy(texts=texts, order=order)).data, samples)


@pytest.mark.parametrize("n_samples", [40000, 65535, 70000])
def test_long_traces(make_segy, n_samples):
    values = np.arange(2.0 * n_samples).reshape(1, 2, n_samples).astype("f4")
    longer = {3221: 0, 3269: n_samples, 3501: 2} if n_samples > 65535 else {}
    assert_array_equal(read_segy(make_segy(values, binary=longer)).data, values)


def test_shuffled_traces(make_segy, samples):
    order = np.random.default_rng(1).permutation(6)
    shot, trace = np.array([[30], [-4]]) + 0 * TRACE, np.array([7, 100, 5]) + 0 * SHOT
    shuffled = [x.reshape(6, -1)[order].reshape(2, 3, -1) for x in (samples, shot, trace)]
    headers = {9: shuffled[1][..., 0], 21: shuffled[2][..., 0]}
    survey = read_segy(make_segy(shuffled[0], headers=headers))
    assert (survey.shots.tolist(), survey.traces.tolist()) == ([-4, 30], [5, 7, 100])
    assert_array_equal(survey.data, samples[::-1][:, [2, 0, 1]])


@pytest.mark.parametrize(
    ("headers", "chosen"),
    [
        ({9: 0, 17: 10 * SHOT}, {}),
        ({9: 4, 17: 10 * SHOT}, {}),
        ({9: 0, 37: 10 * SHOT}, {}),
        ({9: 4, 17: 8, 37: 10 * SHOT}, {}),
        ({9: 10 * SHOT, 21: 0, 13: TRACE}, {}),
        ({9: 10 * SHOT, 21: 6, 13: TRACE}, {}),
        ({9: 5, 17: 10 * SHOT, 21: 0, 13: TRACE}, {}),
        ({73: 10 * SHOT}, {"shot_header": "SourceX"}),
        ({73: 10 * SHOT}, {"shot_header": 73}),
        ({197: 10 * SHOT}, {"shot_header": "shotpoint"}),
        ({9: 10 * SHOT, 21: 3 * SHOT + TRACE, 13: TRACE}, {"trace_header": "TraceNumber"}),
        ({9: 10 * SHOT, 21: 3 * SHOT + TRACE, 13: TRACE}, {"trace_header": "13"}),
        ({9: TRACE, 21: 10 * SHOT}, {"shot_header": "CDP", "trace_header": "FieldRecord"}),
    ],
)
def test_headers_that_number_shots_and_traces(make_segy, samples, headers, chosen):
    survey = read_segy(make_segy(headers=headers), **chosen)
    assert (survey.shots.tolist(), survey.traces.tolist()) == ([10, 20], [1, 2, 3])
    assert_array_equal(survey.data, samples)


@pytest.mark.parametrize(
    ("shape", "headers", "names"),
    [
        ((1, 6), {9: 7, 37: np.arange(6)[None]}, ([7], [1, 2, 3, 4, 5, 6])),
        ((1, 6), {9: 7, 17: 8, 21: 0, 13: 5 + np.arange(6)[None]}, ([7], [5, 6, 7, 8, 9, 10])),
        ((6, 1), {9: 3 + np.arange(6)[:, None], 21: 9}, ([3, 4, 5, 6, 7, 8], [9])),
        ((1, 1), {9: 12, 21: 34}, ([12], [34])),
    ],
)
def test_one_shot_or_one_trace(make_segy, samples, shape, headers, names):
    values = samples.reshape(-1, 7)[: np.prod(shape)].reshape(*shape, 7)
    survey = read_segy(make_segy(values, headers=headers))
    assert (survey.shots.tolist(), survey.traces.tolist()) == names
    assert_array_equal(survey.data, values)


@pytest.mark.parametrize(
    ("offsets", "expected"),
    [
        (0, None),
        (-150, [-150.0, -150.0]),
        (100 * SHOT, [100.0, 200.0]),
        (100 * SHOT + TRACE, [[101.0, 102.0, 103.0], [201.0, 202.0, 203.0]]),
    ],
)
@pytest.mark.parametrize(("system", "unit"), [(0, 1), (1, 1), (2, 0.3048)])
def test_offsets_in_metres(make_segy, offsets, expected, system, unit):
    survey = read_segy(make_segy(headers={37: offsets}, binary={3255: system}))
    if expected is None:
        assert survey.offsets is None
    else:
        np.testing.assert_allclose(survey.offsets, unit * np.array(expected), rtol=1e-15)
        assert survey.offsets.shape == np.shape(expected)


@pytest.mark.parametrize("order", [">", "<"])
@pytest.mark.parametrize(
    ("delay", "scalar", "seconds"),
    [
        (0, 0, 0.0),
        (0, -100, 0.0),
        (250, 0, 0.25),
        (250, 1, 0.25),
        (-12, 10, -0.12),
        (125, -10, 0.0125),
        (12001, -1000, 0.012001),
        (-3, -10, -0.0003),
        (32767, -10, 3.2767),
    ],
)
def test_delay(make_segy, delay, scalar, seconds, order):
    survey = read_segy(make_segy(headers={109: delay, 215: scalar}, order=order))
    assert survey.start_time == pytest.approx(seconds, rel=1e-15)


def test_a_scalar_matters_only_with_a_delay(make_segy):
    headers = {109: np.array([[200, 20, 200]]), 215: np.array([[0, 10, 1]])}
    assert read_segy(make_segy(headers=headers)).start_time == 0.2


@pytest.mark.parametrize("micros", [1, 500, 3333, 32767, 40000, 65535])
@pytest.mark.parametrize("of_traces", [0, 1, np.array([[0, 1, 1]])])
def test_sample_interval(make_segy, micros, of_traces):
    path = make_segy(binary={3217: micros}, headers={117: micros * of_traces})
    survey = read_segy(path)
    assert (survey.sample_interval, survey.notes) == (micros / 1e6, ())


@pytest.mark.parametrize(
    ("binary", "of_traces", "said"),
    [
        (2000, 2000, "2000"),
        (2000, 4000, "2000 and 4000"),
        (0, 4000, "4000"),
        (2000, 0, "2000"),
        (0, 0, None),
        (1000, 1000, None),
    ],
)
def test_a_given_sample_interval_takes_precedence(make_segy, binary, of_traces, said):
    path = make_segy(binary={3217: binary}, headers={117: of_traces})
    survey = read_segy(path, sample_interval=0.001)
    assert survey.sample_interval == 0.001
    note = f"sample interval 0.001 s instead of {said} microseconds in the headers"
    assert survey.notes == ((note,) if said else ())


@pytest.mark.parametrize("code", [1, 5])
def test_dead_traces(make_segy, samples, code):
    samples[0, 1] = 0
    survey = read_segy(make_segy(code=code, headers={29: np.where(TRACE == 3, 2, 1)}))
    assert survey.dead.tolist() == [[False, True, True], [False, False, True]]
    np.testing.assert_allclose(survey.data, samples, rtol=2**-20)


def test_dead_traces_may_hold_anything(make_segy, samples):
    samples[0, 2], samples[1, 1, 4], samples[1, 0, 3] = np.nan, np.inf, 1e38
    headers = {29: np.array([[1, 1, 1], [2, 2, 1]])}
    survey = read_segy(make_segy(headers=headers))
    assert survey.describe_dead_traces() == "shot 1 trace 3, shot 2 trace 1, shot 2 trace 2"
    assert_array_equal(survey.data, np.where(np.isfinite(samples), samples, 0))


def test_trace_headers_without_lengths(make_segy, samples):
    assert_array_equal(read_segy(make_segy(headers={115: 0})).data, samples)


@pytest.mark.parametrize("name", ["a name with spaces.sgy", "Übersicht 地震.segy"])
def test_names_of_files(make_segy, samples, name):
    path = make_segy(name=name)
    assert_array_equal(read_segy(str(path)).data, samples)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match=re.escape(name)):
        read_segy(path)
