"""Bad SEG-Y files raise one line that names file, trace and header."""

import re

import numpy as np
import pytest

from groupsparse.apps.seismic.files.segy.reading import read_segy
from groupsparse.apps.seismic.survey import Survey

pytest.importorskip("segyio")
pytestmark = pytest.mark.filterwarnings("error")

SHOT, TRACE = np.indices((2, 3)) + 1
LAST = np.arange(6).reshape(2, 3) == 5
BYTES = 3600 + 6 * (240 + 28)


def refused(path, **chosen):
    """Return the error of a file, which is one line, without the name of the file."""
    with pytest.raises(ValueError, match=f"^{re.escape(str(path))}") as caught:
        read_segy(path, **chosen)
    message = str(caught.value)
    assert "\n" not in message
    return message.removeprefix(str(path)).removeprefix(": ").strip()


def test_missing_file(tmp_path):
    for path in (tmp_path / "none.sgy", tmp_path):
        with pytest.raises(FileNotFoundError, match=f"{path}: no such file"):
            read_segy(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a SEG-Y file: it has 0 bytes, the headers alone have 3840"),
        (b"nothing seismic", "is not a SEG-Y file: it has 15 bytes"),
        (b"time,velocity\n" * 1000, "is not a SEG-Y file, or its binary header is broken"),
        (bytes(10000), "the format code (bytes 3225-3226) is 0, expected one of 1, 2, 3, 5, 6"),
    ],
)
def test_files_that_are_not_segy(tmp_path, content, message):
    path = tmp_path / "a.sgy"
    path.write_bytes(content)
    assert message in refused(path)


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (3839, "is not a SEG-Y file: it has 3839 bytes"),
        (3841, "it has 0 complete traces of 7 samples"),
        (BYTES - 1, "is truncated, or its header is wrong: it has 5 complete traces of 7 samples "),
        (BYTES - 28, "(binary header, bytes 3221-3222) and 240 bytes beyond them"),
        (BYTES - 100, "5 complete traces of 7 samples"),
        (BYTES - 268, "shot 2 lacks trace 3, which other shots have"),
        (BYTES + 1, "6 complete traces of 7 samples (binary header, bytes 3221-3222) and 1 bytes"),
    ],
)
def test_truncated_files(make_segy, size, message):
    path = make_segy()
    path.write_bytes((path.read_bytes() + bytes(8))[:size])
    assert message in refused(path)


@pytest.mark.parametrize("order", [">", "<"])
@pytest.mark.parametrize(
    ("binary", "message"),
    [
        ({3225: 0}, "the format code (bytes 3225-3226) is 0, expected one of"),
        ({3225: 4}, "format code 4, fixed point with gain (bytes 3225-3226), cannot be read"),
        ({3225: 7}, "samples in format code 7, integers of 3 bytes (bytes 3225-3226)"),
        ({3225: 15}, "those that can: 1, 2, 3, 5, 6, 8,"),
        ({3225: -3}, "or its binary header is broken: the format code"),
        ({3221: 0}, "the binary header says 0 samples per trace (bytes 3221-3222)"),
        (
            {3221: 8},
            "5 complete traces of 8 samples (binary header, bytes 3221-3222) and 248 bytes",
        ),
        ({3221: 65535}, "is truncated, or its header is wrong: it has 0 complete traces of 655"),
        ({3505: -1}, "the number of extended textual headers is -1 (bytes 3505-3506)"),
        ({3505: 1}, "is truncated, or its header is wrong: it has 0 complete traces"),
        ({3505: 32767}, "it has 0 complete traces of 7 samples"),
        ({3501: 2, 3269: 2**31 - 1}, "it has 0 complete traces of 2147483647 samples"),
    ],
)
def test_broken_binary_headers(make_segy, order, binary, message):
    assert message in refused(make_segy(order=order, binary=binary))


@pytest.mark.parametrize(
    ("binary", "headers", "message"),
    [
        (
            {},
            {115: np.where(LAST, 6, 7)},
            "trace 6 (FieldRecord 2, CDP 3) has 6 samples (TRACE_SAMPLE_COUNT, bytes 115-116), "
            "the binary header says 7 (bytes 3221-3222)",
        ),
        (
            {},
            {117: np.where(LAST, 4000, 2000)},
            "trace 6 (FieldRecord 2, CDP 3) has a sample interval of 4000 microseconds "
            "(TRACE_SAMPLE_INTERVAL, bytes 117-118), trace 1 (FieldRecord 1, CDP 1) one of 2000",
        ),
        (
            {3217: 0},
            {},
            "the binary header says a sample interval of 0 microseconds (bytes 3217-3218), the "
            "trace headers say 2000 (bytes 117-118); give sample_interval in seconds",
        ),
        (
            {3217: 4000},
            {},
            "a sample interval of 4000 microseconds (bytes 3217-3218), the trace headers say 2000",
        ),
        (
            {3217: 0},
            {117: 0},
            "the trace headers say nothing; give sample_interval in seconds",
        ),
        (
            {},
            {109: np.where(LAST, 200, 100)},
            "trace 6 (FieldRecord 2, CDP 3) starts at 200 ms (DelayRecordingTime, bytes 109-110), "
            "trace 1 (FieldRecord 1, CDP 1) at 100 ms; all must start together",
        ),
        (
            {},
            {109: 100, 215: np.where(LAST, -10, 1)},
            "trace 6 (FieldRecord 2, CDP 3) starts at 10",
        ),
        (
            {},
            {21: np.where(LAST, 2, TRACE)},
            "traces 5 and 6 of the file both have FieldRecord 2 and CDP 2: every shot must have "
            "the same traces, each once, by the headers FieldRecord (bytes 9-12) and CDP (bytes "
            "21-24) (shot_header and trace_header choose other headers)",
        ),
        (
            {},
            {21: np.where(LAST, 9, TRACE)},
            "shot 1 lacks trace 9, which other shots have",
        ),
        (
            {},
            {9: 0, 17: SHOT, 21: 0, 13: TRACE * SHOT},
            "by the headers EnergySourcePoint (bytes 17-20) and TraceNumber (bytes 13-16)",
        ),
        ({}, {9: 1, 21: 1}, "traces 1 and 2 of the file both have FieldRecord 1 and CDP 1"),
    ],
)
@pytest.mark.parametrize("order", [">", "<"])
def test_headers_that_contradict_each_other(make_segy, order, binary, headers, message):
    assert message in refused(make_segy(order=order, binary=binary, headers=headers))


@pytest.mark.parametrize("order", [">", "<"])
def test_traces_of_different_lengths(make_segy, samples, order):
    path = make_segy(samples[:1], order=order)
    longer = make_segy(np.ones((1, 2, 9)), order=order, name="longer.sgy").read_bytes()
    path.write_bytes(path.read_bytes() + longer[3600:])
    assert (
        "traces have different lengths: 7 samples in trace 1, 9 in trace 4 (TRACE_SAMPLE_COUNT, "
        "bytes 115-116); all traces must have the same number of samples"
    ) in refused(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("code", [5, 6])
def test_samples_that_are_not_finite(make_segy, samples, value, code):
    samples[1, 2, 4:] = value
    message = refused(make_segy(samples, code=code, headers={9: 7 * SHOT, 21: 10 * TRACE}))
    assert re.search(r"shot 14, trace 30|FieldRecord 14, CDP 30", message)
    assert "sample 4 (counted from 0)" in message
    assert str(value) in message


@pytest.mark.parametrize(
    ("written", "said", "scale"), [(5, 1, 1e25), (5, 1, -1e20), (1, 5, 1e60), (1, 5, -1e65)]
)
def test_floats_of_the_other_kind(make_segy, samples, written, said, scale):
    values = np.abs(samples.astype("f8")) * np.where(LAST, scale, 1)[..., None]
    path = make_segy(values, code=written, binary={3225: said})
    named = {1: "IBM", 5: "IEEE"}
    assert re.match(
        r"trace 6 \(FieldRecord 2, CDP 3\) has the value \S+ at sample \d \(counted from 0\): the "
        rf"binary header says {named[said]} \(code {said}, bytes 3225-3226\), "
        rf"{named[written]} \(code {written}\) may be meant$",
        refused(path),
    )


@pytest.mark.parametrize("scale", [1e-6, 0.1, 1.0, 1000.0, 1e8])
@pytest.mark.parametrize("kind", ["noise", "spikes in noise", "integers"])
@pytest.mark.parametrize("order", [">", "<"])
def test_ordinary_floats_of_the_other_kind(make_segy, scale, kind, order):
    rng = np.random.default_rng(3)
    values = scale * rng.standard_normal((2, 3, 2000))
    if kind == "spikes in noise":
        values += 100 * scale * (rng.random(values.shape) < 0.01)
    if kind == "integers":
        values = rng.integers(-9999, 9999, values.shape)
    for code in (1, 5):
        assert read_segy(make_segy(values, code=code, order=order)).n_samples == 2000
    ieee_said = refused(make_segy(values, code=1, order=order, binary={3225: 5}))
    assert ieee_said.endswith("all samples look like IBM numbers; IBM (code 1) may be meant")
    ibm_said = refused(make_segy(values, code=5, order=order, binary={3225: 1}))
    assert re.search(
        r"says IBM .* \d+% of the samples are not normalised IBM numbers; IEEE", ibm_said
    )


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng, n: rng.uniform(1500, 4500, n),  # velocities
        lambda rng, n: rng.uniform(2304, 4096, n),
        lambda rng, n: rng.choice([1.5, 3.0, 6.0, 12.0, -1.5], n),
        lambda rng, n: np.sign(rng.standard_normal(n)),
        lambda rng, n: np.where(rng.random(n) < 0.05, rng.laplace(size=n), 0),
        lambda rng, n: rng.lognormal(0, 6, n),
    ],
)
def test_floats_that_match_the_header(make_segy, draw):
    values = draw(np.random.default_rng(0), (2, 3, 2000))
    for code in (1, 5):
        assert read_segy(make_segy(values, code=code)).data.shape == values.shape


def test_ibm_floats_beyond_single_precision(make_segy, samples):
    values = samples.astype("f8") * np.where(LAST, 1e60, 1)[..., None]
    assert "trace 6 (FieldRecord 2, CDP 3) has the value" in refused(make_segy(values, code=1))


@pytest.mark.parametrize(
    ("header", "hint"),
    [
        ("FieldRecrd", "did you mean 'FieldRecord'?"),
        ("fieldrecrd", "did you mean 'FieldRecord'?"),
        ("Ofset", "did you mean 'offset'?"),
        ("shots", "got 'shots'"),
        (10, "by its name in segyio or its first byte, such as 'FieldRecord', 'CDP' or 21, got 10"),
        (0, "got 0"),
        (-9, "got -9"),
        (241, "got 241"),
        ("", "got ''"),
    ],
)
@pytest.mark.parametrize("argument", ["shot_header", "trace_header"])
def test_unknown_headers(make_segy, argument, header, hint):
    with pytest.raises(ValueError, match=f"^{argument} must be .*{re.escape(hint)}"):
        read_segy(make_segy(), **{argument: header})


def test_chosen_headers_that_do_not_number_the_traces(make_segy):
    message = refused(make_segy(), shot_header="SourceX", trace_header=21)
    assert message.startswith("traces 1 and 4 of the file both have SourceX 0 and CDP 1")
    assert "by the headers SourceX (bytes 73-76) and CDP (bytes 21-24)" in message


@pytest.mark.parametrize("interval", [0, -0.002, np.nan, np.inf, "2 ms"])
def test_invalid_sample_interval_arguments(make_segy, interval):
    with pytest.raises(ValueError, match=r"sample_interval \(seconds\) must be positive"):
        read_segy(make_segy(), sample_interval=interval)


def test_a_sample_interval_out_of_all_bounds(make_segy):
    assert read_segy(make_segy(), sample_interval=1e305).sample_interval == 1e305


@pytest.mark.parametrize("order", [">", "<"])
@pytest.mark.parametrize("code", [1, 3, 5])
def test_damaged_files_are_read_or_raise(make_segy, samples, code, order):
    path = make_segy(100 * samples, code=code, order=order, texts=1, headers={37: 10 * TRACE})
    whole = path.read_bytes()
    start, step = 6800, (len(whole) - 6800) // 6
    headers = [*range(3200, 3600), *(start + step * i + j for i in range(6) for j in range(240))]
    telling = [3216, 3217, 3220, 3221, 3224, 3225, 3268, 3500, 3504, 3505]
    rng = np.random.default_rng(code)
    messages = []
    for case in range(60):
        damaged = bytearray(whole)
        for place in rng.choice(telling if case % 3 == 0 else headers, rng.integers(1, 6)):
            damaged[place] = rng.integers(256)
        path.write_bytes(damaged[: rng.integers(len(whole)) if case % 5 == 0 else None])
        try:
            survey = read_segy(path)
        except ValueError as error:
            messages.append(str(error))
        else:
            assert isinstance(survey, Survey)
            assert np.isfinite(survey.data).all()
    assert 10 < len(messages) < 60
    assert all(message.startswith(str(path)) for message in messages)
