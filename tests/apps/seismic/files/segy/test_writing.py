"""The SEG-Y writer: segyio, obspy and plain bytes agree on the content of its files."""

import re
import struct
from contextlib import suppress

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from groupsparse.apps.seismic.files.segy.reading import read_segy
from groupsparse.apps.seismic.files.segy.writing import write_segy
from groupsparse.apps.seismic.survey import Survey

segyio = pytest.importorskip("segyio")
obspy = pytest.importorskip("obspy")
obspy_segy = pytest.importorskip("obspy.io.segy.segy")


def survey_of(shape=(2, 3, 7), dtype="f4", sample_interval=0.002, **parts):
    data = np.random.default_rng(0).standard_normal(shape).astype(dtype)
    return Survey(data, sample_interval, **parts)


def assert_file_holds(path, survey):
    """Four readers find the samples bit for bit, and every header that is written."""
    n_traces, n_samples = survey.dead.size, survey.n_samples
    micros = round(survey.sample_interval * 1e6)
    samples = survey.data.astype("f4").reshape(n_traces, n_samples)
    offsets = np.zeros(1) if survey.offsets is None else survey.offsets
    by_shot = np.rint(offsets).astype(int).reshape(len(offsets), -1)
    shots, traces = np.meshgrid(survey.shots, survey.traces, indexing="ij")
    expected = {
        9: shots.ravel(),
        13: np.tile(np.arange(survey.n_traces) + 1, survey.n_shots),
        21: traces.ravel(),
        29: np.where(survey.dead, 2, 1).ravel(),
        37: np.broadcast_to(by_shot, survey.dead.shape).ravel(),
        115: n_samples,
        117: micros,
    }
    raw = path.read_bytes()
    assert len(raw) == 3600 + n_traces * (240 + 4 * n_samples)
    rows = np.frombuffer(raw[3600:], "u1").reshape(n_traces, -1)
    assert_array_equal(rows[:, 240:].copy().view(">u4"), samples.view("u4"))
    with segyio.open(path, strict=False, ignore_geometry=True) as file:
        assert file.tracecount == n_traces
        assert file.bin[segyio.BinField.Interval] == segyio.tools.dt(file) == micros
        assert file.bin[segyio.BinField.Samples] == len(file.samples) == n_samples
        assert file.bin[segyio.BinField.Format] == 5
        assert (raw[3500], raw[3501]) == (1, 0)
        assert_array_equal(file.trace.raw[:].view("u4"), samples.view("u4"))
        for byte, values in expected.items():
            assert_array_equal(file.attributes(byte)[:], np.broadcast_to(values, n_traces))
        delay, scalar = file.attributes(109)[:], file.attributes(215)[:]
    factor = np.where(scalar < 0, 1 / np.abs(scalar), scalar)
    np.testing.assert_allclose(delay * factor, survey.start_time * 1e3, rtol=1e-12)
    found = obspy_segy._read_segy(str(path), unpack_headers=True)
    stream = obspy.read(str(path), format="SEGY", unpack_trace_headers=True)
    for row, i, one, other in zip(samples, range(n_traces), found.traces, stream, strict=True):
        assert_array_equal(one.data.view("u4"), row.view("u4"))
        assert_array_equal(other.data.view("u4"), row.view("u4"))
        assert one.header.original_field_record_number == expected[9][i]
        assert one.header.ensemble_number == expected[21][i]
        assert other.stats.segy.trace_header.trace_identification_code == expected[29][i]
        assert other.stats.delta == pytest.approx(micros / 1e6)
    by_shots, by_traces = np.argsort(survey.shots), np.argsort(survey.traces)
    again = read_segy(path)
    order = np.ix_(by_shots, by_traces)
    assert_array_equal(again.data.view("u4"), survey.data.astype("f4")[order].view("u4"))
    assert_array_equal(again.dead, survey.dead[order])
    assert_array_equal(again.shots, survey.shots[by_shots])
    assert_array_equal(again.traces, survey.traces[by_traces])
    assert again.sample_interval == micros / 1e6
    assert again.start_time == survey.start_time


@pytest.mark.parametrize("dtype", ["f4", "f8", ">f4"])
@pytest.mark.parametrize("shape", [(2, 3, 7), (1, 5, 4), (4, 1, 9), (4, 6), (1, 1, 1), (3, 2, 501)])
def test_shapes_and_precisions(tmp_path, shape, dtype):
    survey = survey_of(shape, dtype)
    assert write_segy(tmp_path / "a.sgy", survey) == tmp_path / "a.sgy"
    assert_file_holds(tmp_path / "a.sgy", survey)


@pytest.mark.parametrize("seconds", [1e-6, 0.0005, 0.001, 0.002, 0.003333, 0.004, 0.032767])
def test_sample_intervals(tmp_path, seconds):
    survey = survey_of(sample_interval=seconds)
    assert_file_holds(write_segy(tmp_path / "a.sgy", survey), survey)
    assert read_segy(tmp_path / "a.sgy").sample_interval == seconds


def test_a_sample_interval_in_single_precision(tmp_path):
    write_segy(tmp_path / "a.sgy", survey_of(sample_interval=float(np.float32(0.004))))
    assert read_segy(tmp_path / "a.sgy").sample_interval == 0.004


@pytest.mark.parametrize(
    "start", [0.1, -0.1, 0.0125, 0.00025, 0.012001, 1e-6, 32.767, -32.767, 3.2767, 0.0003]
)
def test_start_times(tmp_path, start):
    survey = survey_of(start_time=start)
    assert_file_holds(write_segy(tmp_path / "a.sgy", survey), survey)


@pytest.mark.parametrize(
    ("shots", "traces"),
    [
        ([9, -2], [30, 10, 20]),
        ([0, 1], [0, 1, 2]),
        ([2**31 - 1, 1 - 2**31], [5, -(10**9), 10**9]),
    ],
)
def test_numbers_in_any_order(tmp_path, shots, traces):
    survey = survey_of(shots=shots, traces=traces, offsets=[[1, 2, 3], [40, 50, 60]])
    assert_file_holds(write_segy(tmp_path / "a.sgy", survey), survey)
    order = np.ix_(np.argsort(shots), np.argsort(traces))
    assert_array_equal(read_segy(tmp_path / "a.sgy").offsets, survey.offsets[order])


@pytest.mark.parametrize(
    ("shape", "numbers"),
    [
        ((1, 3, 7), {"shots": [0]}),
        ((1, 3, 7), {"shots": [0], "offsets": [100.0]}),
        ((1, 3, 7), {"shots": [0], "offsets": [[100.0, 200.0, 300.0]]}),
        ((1, 3, 7), {"shots": [7], "offsets": [[100.0, 200.0, 300.0]]}),
        ((2, 1, 7), {"traces": [0]}),
        ((2, 1, 7), {"traces": [8]}),
        ((1, 1, 7), {"shots": [0], "traces": [0]}),
    ],
)
def test_a_single_shot_or_trace_keeps_its_number(tmp_path, shape, numbers):
    survey = survey_of(shape, **numbers)
    assert_file_holds(write_segy(tmp_path / "a.sgy", survey), survey)


@pytest.mark.parametrize(
    "offsets", [[100.0, -250.0], [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], [100.4, 249.6]]
)
def test_offsets_in_whole_metres(tmp_path, offsets):
    survey = survey_of(offsets=offsets)
    assert_file_holds(write_segy(tmp_path / "a.sgy", survey), survey)
    assert_array_equal(read_segy(tmp_path / "a.sgy").offsets, np.rint(offsets))


def test_dead_traces(tmp_path):
    data = survey_of().data.copy()
    data[0, 0], data[1, 1] = np.nan, 0
    silent = Survey(data, 0.002)
    assert_file_holds(write_segy(tmp_path / "a.sgy", silent), silent)
    named = survey_of(dead=np.array([[True, False, False], [False, True, True]]))
    assert_file_holds(write_segy(tmp_path / "b.sgy", named), named)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_data_that_are_not_contiguous_or_are_read_only(tmp_path, dtype):
    wide = np.random.default_rng(0).standard_normal((7, 4, 6)).astype(dtype)
    for name, data in {"a": wide.T, "b": wide[::-2, ::3, ::-1], "c": wide[:, :, 1:]}.items():
        before = data.copy()
        data.flags.writeable = False
        survey = Survey(data, 0.002)
        assert_file_holds(write_segy(tmp_path / f"{name}.sgy", survey), survey)
        assert_array_equal(data, before)


def test_special_samples(tmp_path):
    data = np.array([[[0.0, -0.0, 1e-45, -1e-40, 1e30, -1e30, np.pi]]], "f4")
    assert_file_holds(write_segy(tmp_path / "a.sgy", Survey(data, 0.002)), Survey(data, 0.002))


@pytest.mark.parametrize("largest", [1e30, 2e30, 3e38])
def test_what_is_written_can_be_read(tmp_path, largest):
    survey = Survey(np.array([[[1.0, largest]]], "f4"), 0.002)
    with suppress(ValueError):
        write_segy(tmp_path / "a.sgy", survey)
    if (tmp_path / "a.sgy").exists():
        assert_file_holds(tmp_path / "a.sgy", survey)


def test_the_longest_traces(tmp_path):
    survey = survey_of((1, 1, 32767))
    assert_file_holds(write_segy(tmp_path / "a.sgy", survey), survey)


def test_the_binary_header(tmp_path):
    raw = write_segy(tmp_path / "a.sgy", survey_of()).read_bytes()
    assert struct.unpack_from(">12x8H", raw, 3200) == (3, 0, 2000, 2000, 7, 7, 5, 0)
    assert struct.unpack_from(">hh24xh", raw, 3226) == (0, 5, 1)
    assert struct.unpack_from(">BBhh", raw, 3500) == (1, 0, 1, 0)


def test_the_textual_header(tmp_path):
    notes = [f"note {i} über\nlines " + "long " * 30 for i in range(60)]
    path = write_segy(tmp_path / "a.sgy", survey_of(dtype="f8", notes=tuple(notes)))
    text = path.read_bytes()[:3200].decode("cp037")
    lines = [text[i : i + 80] for i in range(0, 3200, 80)]
    assert text.isascii()
    assert text.isprintable()
    assert [line[:4] for line in lines] == [f"C{i:>2} " for i in range(1, 41)]
    assert [line[4:].rstrip() for line in lines[-2:]] == ["SEG Y REV1", "END TEXTUAL HEADER"]
    assert lines[1].startswith("C 2 2 shots, 3 traces in each, 7 samples in each trace")
    assert "2000 microseconds" in lines[2]
    assert lines[10].startswith("C11 note 0 ?ber lines long")
    with segyio.open(path, strict=False, ignore_geometry=True) as file:
        assert "END TEXTUAL HEADER" in segyio.tools.wrap(file.text[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sample_interval": 1 / 1024}, "whole microseconds up to 32767, got 976.5625"),
        ({"sample_interval": 0.0020005}, "got 2000.5 (0.0020005 s); the nearest is 2000"),
        ({"sample_interval": 1e-7}, "the nearest is 1"),
        ({"sample_interval": 0.032768}, "up to 32767, got 32768 (0.032768 s)"),
        ({"sample_interval": 1e305}, "SEG-Y holds sample intervals"),
        ({"shape": (1, 1, 32768)}, "up to 32767 samples per trace, got 32768"),
        ({"shots": [1, 2**31]}, "SEG-Y holds shots up to 2147483647, got 2147483648"),
        ({"traces": [1, 2, -(2**40)]}, "SEG-Y holds traces up to 2147483647, got 1099511627776"),
        ({"offsets": [1.0, 3e9]}, "SEG-Y holds offsets up to 2147483647, got 3000000000"),
        ({"start_time": 32.768}, "SEG-Y holds start times of up to 32767 whole milliseconds"),
        ({"start_time": 3.27671}, "or tenths to thousandths of them, got 3.27671 s"),
        ({"start_time": 0.0120005}, "got 0.0120005 s"),
        ({"start_time": 9e-7}, "got 9e-07 s"),
        ({"start_time": 1e306}, "SEG-Y holds start times"),
    ],
)
def test_what_the_format_cannot_hold(tmp_path, change, message):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        write_segy(tmp_path / "new" / "a.sgy", survey_of(**change))
    assert str(caught.value).startswith(str(tmp_path / "new" / "a.sgy"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("value", "shown"), [(1e39, "1e[+]39"), (-1e200, "-1e[+]200")])
def test_samples_too_large_to_be_read_back(tmp_path, value, shown):
    data = np.ones((2, 3, 7))
    data[1, 2, 4] = value
    survey = Survey(data, 0.002, shots=[5, 6], traces=[10, 20, 30])
    with pytest.raises(ValueError, match=f"sample 4 .* of shot 6, trace 30, {shown}"):
        write_segy(tmp_path / "a.sgy", survey)
    assert list(tmp_path.iterdir()) == []
