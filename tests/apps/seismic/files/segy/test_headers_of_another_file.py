"""Headers copied from another file, and files that are written completely or not at all."""

import re
import sys

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from groupsparse.apps.seismic.files.segy.reading import read_segy
from groupsparse.apps.seismic.files.segy.writing import write_segy
from groupsparse.apps.seismic.survey import Survey

segyio = pytest.importorskip("segyio")
obspy_segy = pytest.importorskip("obspy.io.segy.segy")

SHOT, TRACE = np.indices((2, 3)) + 1
EXTRA = {
    1: 3 * SHOT + TRACE - 3,
    37: 100 * SHOT + TRACE,
    71: -100,
    73: 600000 + SHOT,
    77: -5 * TRACE,
    109: 125,
    115: 7,
    119: 1,
    163: 59,
    181: 2**31 - TRACE,
    185: -(2**31),
    215: -10,
    233: 123456789,
    237: -1,
}
START = 0.0125


def header_bytes(path, n_samples):
    """Return the trace headers of a file, shape (trace, 240)."""
    rows = np.frombuffer(path.read_bytes()[3600:], "u1")
    return rows.reshape(-1, 240 + 4 * n_samples)[:, :240]


def without(headers, *ranges):
    """Return headers with some bytes, counted from 1, set to zero."""
    headers = headers.copy()
    for first, last in ranges:
        headers[:, first - 1 : last] = 0
    return headers


def other_survey(shape=(2, 3, 11), **parts):
    data = np.random.default_rng(5).standard_normal(shape).astype("f4")
    return Survey(data, 0.001, **{"start_time": START} | parts)


@pytest.fixture
def source(make_segy):
    return make_segy(headers=EXTRA, name="source.sgy")


def test_every_byte_of_the_trace_headers_is_copied(tmp_path, source):
    survey = other_survey()
    path = write_segy(tmp_path / "a.sgy", survey, like=source)
    anew = (29, 30), (115, 118)
    copied, original = header_bytes(path, 11), header_bytes(source, 7)
    assert_array_equal(without(copied, *anew), without(original, *anew))
    assert_array_equal(copied[:, 114:118], [[0, 11, 0x03, 0xE8]] * 6)
    for trace, row in zip(
        obspy_segy._read_segy(str(path), unpack_headers=True).traces,
        survey.data.reshape(6, 11),
        strict=True,
    ):
        assert_array_equal(trace.data, row)
        assert trace.header.x_coordinate_of_ensemble_position_of_this_trace > 2**31 - 4
    with segyio.open(path, strict=False, ignore_geometry=True) as file:
        assert_array_equal(file.attributes(73)[:], 600000 + SHOT.ravel())
        assert_array_equal(file.attributes(71)[:], -100)
    again = read_segy(path)
    assert_array_equal(again.offsets, EXTRA[37])
    assert again.start_time == START
    assert "trace headers copied from source.sgy" in path.read_bytes()[:3200].decode("cp037")


def test_little_endian_headers_become_big_endian(tmp_path, make_segy, source):
    little = make_segy(headers=EXTRA, order="<", name="little.sgy")
    paths = [
        write_segy(tmp_path / f"{i}.sgy", other_survey(), like=like)
        for i, like in enumerate((source, little))
    ]
    # The last eight bytes have no meaning, and so no order: they are copied as they are.
    assert_array_equal(*(header_bytes(path, 11)[:, :232] for path in paths))


@pytest.mark.parametrize(
    ("delay", "scalar", "start"), [(4000, 10, 40.0), (12345, -10000, 0.0012345)]
)
def test_delays_are_copied_whatever_their_scalar(tmp_path, make_segy, delay, scalar, start):
    like = make_segy(headers={109: delay, 215: scalar}, name="source.sgy")
    assert read_segy(like).start_time == pytest.approx(start)
    path = write_segy(tmp_path / "a.sgy", other_survey(start_time=start), like=like)
    assert read_segy(path).start_time == pytest.approx(start)


@pytest.mark.parametrize("n_traces", [2, 3])
def test_the_order_of_traces_is_kept(tmp_path, make_segy, samples, n_traces):
    order = np.array([4, 0, 3, 5, 2, 1])
    headers = {key: np.broadcast_to(v, (2, 3)).ravel()[order] for key, v in EXTRA.items()}
    numbers = {9: SHOT.ravel()[order], 21: TRACE.ravel()[order]}
    like = make_segy(samples.reshape(1, 6, 7), headers=headers | numbers, name="source.sgy")
    survey = other_survey((2, n_traces, 11), shots=[2, 1], traces=[3, 1, 2][:n_traces])
    path = write_segy(tmp_path / "a.sgy", survey, like=like)
    kept = np.isin(numbers[21], survey.traces)
    assert_array_equal(header_bytes(path, 11)[:, :28], header_bytes(like, 7)[kept, :28])
    with segyio.open(path, strict=False, ignore_geometry=True) as file:
        rows = file.trace.raw[:]
        places = zip(numbers[9][kept], numbers[21][kept], rows, strict=True)
        for shot, trace, row in places:
            at = survey.shots.tolist().index(shot), survey.traces.tolist().index(trace)
            assert_array_equal(row, survey.data[at])


def test_dead_traces_are_marked_again(tmp_path, make_segy):
    like = make_segy(headers=EXTRA | {29: np.array([[2, 7, 2], [1, 1, 0]])}, name="source.sgy")
    dead = np.array([[True, False, False], [True, False, False]])
    path = write_segy(tmp_path / "a.sgy", other_survey(dead=dead), like=like)
    assert header_bytes(path, 11)[:, 29].tolist() == [2, 7, 1, 2, 1, 0]
    assert_array_equal(read_segy(path).dead, dead)


def test_the_binary_header_keeps_units_and_names(tmp_path, make_segy):
    kept = {3201: 11, 3205: 12, 3209: 13, 3227: 3, 3229: 2, 3255: 2}
    like = make_segy(headers=EXTRA, binary=kept, code=1, name="source.sgy", texts=2)
    path = write_segy(tmp_path / "a.sgy", other_survey(), like=like)
    with segyio.open(path, strict=False, ignore_geometry=True) as file:
        assert {byte: file.bin[byte] for byte in kept} == kept
        said = {3217: 1000, 3221: 11, 3225: 5, 3505: 0}
        assert {byte: file.bin[byte] for byte in said} == said
    np.testing.assert_allclose(read_segy(path).offsets, 0.3048 * EXTRA[37], rtol=1e-15)


def test_the_numbering_headers_can_be_chosen(tmp_path, make_segy):
    like = make_segy(headers=EXTRA | {9: 1, 21: 5 * SHOT + TRACE, 13: TRACE}, name="source.sgy")
    survey = other_survey(shots=[600002, 600001])
    chosen = {"shot_header": "SourceX", "trace_header": 13}
    with pytest.raises(ValueError, match=r"source.sgy has no shot 600002"):
        write_segy(tmp_path / "a.sgy", survey, like=like)
    write_segy(tmp_path / "a.sgy", survey, like=like, **chosen)
    assert_array_equal(read_segy(tmp_path / "a.sgy", **chosen).data, survey.data[::-1])


def test_the_source_itself_may_be_replaced(tmp_path, source):
    before = header_bytes(source, 7)
    write_segy(source, other_survey(), like=source, overwrite=True)
    assert_array_equal(header_bytes(source, 11)[:, 36:108], before[:, 36:108])


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"shots": [1, 5]}, "source.sgy has no shot 5, whose headers are to be copied"),
        ({"traces": [0, 1, 2]}, "source.sgy has no trace 0, whose headers are to be copied"),
        ({"traces": [1, 2, 4]}, "source.sgy has no trace 4"),
        ({"start_time": 0.0}, "traces start at 0.0125 s, those to be written at 0.0 s"),
        ({"start_time": 0.0126}, "traces start at 0.0125 s, those to be written at 0.0126 s"),
    ],
)
def test_sources_that_do_not_fit(tmp_path, source, parts, message):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        write_segy(tmp_path / "new" / "a.sgy", other_survey(**parts), like=source)
    assert str(source) in str(caught.value)
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("missing", [True, False])
def test_sources_that_cannot_be_read(tmp_path, source, missing):
    if missing:
        source.unlink()
    else:
        source.write_bytes(source.read_bytes()[:-50])
    before = list(tmp_path.iterdir())
    with pytest.raises(FileNotFoundError if missing else ValueError, match=r"source\.sgy"):
        write_segy(tmp_path / "a.sgy", other_survey(), like=source)
    assert list(tmp_path.iterdir()) == before


def test_existing_files_are_kept_unless_overwritten(tmp_path):
    path = tmp_path / "a.sgy"
    path.write_text("old")
    with pytest.raises(FileExistsError, match=r"a\.sgy exists already"):
        write_segy(path, other_survey())
    assert path.read_text() == "old"
    write_segy(path, other_survey(), overwrite=True)
    assert_array_equal(read_segy(path).data, other_survey().data)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("old", [None, "old"])
@pytest.mark.parametrize("error", [OSError, RuntimeError, KeyboardInterrupt])
def test_no_file_remains_when_writing_fails(tmp_path, monkeypatch, old, error):
    def fail(*_):
        raise error("the disk is gone")

    path = tmp_path / "new" / "a.sgy"
    if old:
        path.parent.mkdir()
        path.write_text(old)
    before = list(tmp_path.rglob("*"))
    monkeypatch.setattr(segyio.tools, "create_text_header", fail)
    expected = KeyboardInterrupt if error is KeyboardInterrupt else ValueError
    with pytest.raises(expected, match="the disk is gone"):
        write_segy(path, other_survey(), overwrite=True)
    assert list(tmp_path.rglob("*")) == before
    assert not old or path.read_text() == old


@pytest.mark.parametrize("limit", [0, 3000, 5000, 40000, 3600 + 6 * 11240 - 1])
def test_a_full_disk(tmp_path, limit):
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limits[1]))
    try:
        with pytest.raises(OSError, match=r"cannot write .*a\.sgy: it would exceed the limit"):
            write_segy(tmp_path / "a.sgy", other_survey((2, 3, 2750)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("act", ["read", "write"])
def test_segyio_may_be_missing(tmp_path, monkeypatch, source, act):
    monkeypatch.setitem(sys.modules, "segyio", None)
    with pytest.raises(
        ValueError, match=r'segyio is needed to .* SEG-Y files: pip install "groups'
    ):
        read_segy(source) if act == "read" else write_segy(tmp_path / "a.sgy", other_survey())
    assert list(tmp_path.iterdir()) == [source]
