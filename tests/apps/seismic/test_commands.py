"""The seismic verbs: their output and errors, and that a killed run continues."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from groupsparse.apps.cli import app, main
from groupsparse.apps.report.content import Section
from groupsparse.apps.seismic import demo
from groupsparse.apps.seismic.files.survey_file import read_survey, write_survey
from groupsparse.apps.seismic.inverting.checkpoint import Checkpoint
from groupsparse.apps.seismic.pages import demo_page
from groupsparse.apps.seismic.scores.metrics import reflector_f1
from groupsparse.apps.seismic.signal.wavelets import ricker
from groupsparse.apps.seismic.survey import Survey
from groupsparse.toolkit.operators import Convolution

WAVELETS = "ricker:25,30,35"


def run(*arguments):
    """Run a verb in this process; it must succeed."""
    result = CliRunner().invoke(app, ["seismic", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def modelled(tmp_path_factory):
    """A folder with a survey of three shots, its truth and its velocities: made once."""
    folder = tmp_path_factory.mktemp("modelled")
    files = {"--out": "survey.sgy", "--truth": "truth.npz", "--velocity": "v.csv"}
    places = [part for option, name in files.items() for part in (option, folder / name)]
    size = ("--shots", 3, "--traces", 6, "--duration", 0.6)
    run("model", *places, *size, "--wavelets", WAVELETS, "--snr", 15)
    return folder


@pytest.fixture
def surveys(modelled, tmp_path, monkeypatch):
    """A copy of the survey, its truth and velocities in the folder where commands run."""
    shutil.copytree(modelled, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_model_and_invert(surveys):
    shown = run(
        "invert",
        "survey.sgy",
        "--wavelets",
        WAVELETS,
        "--out",
        "r.sgy",
        "--truth",
        "truth.npz",
        "--reflectors",
        "r.csv",
        "--report",
        "r.html",
        "--json",
        "r.json",
    )
    figures = json.loads((surveys / "r.json").read_text())
    assert "F1 within one sample" in shown
    assert figures["f1"] > 0.85
    assert figures["shots"] == 3
    assert figures["dead"] == figures["unconverged"] == 0
    survey, found = read_survey("survey.sgy"), read_survey("r.sgy")
    assert found.data.shape == survey.data.shape
    assert found.sample_interval == survey.sample_interval
    table = pd.read_csv("r.csv")
    truth = read_survey("truth.npz").data
    assert len(table) == figures["reflectors"]
    of_traces = [table["sample"][table["trace"] == trace].to_numpy() for trace in survey.traces]
    true = [np.flatnonzero(truth[:, trace].any(axis=0)) for trace in range(6)]
    assert reflector_f1(of_traces, true) == pytest.approx(figures["f1"])
    for name, samples in zip(range(6), of_traces, strict=True):
        np.testing.assert_array_equal(np.flatnonzero(found.data[:, name].any(axis=0)), samples)
    page = (surveys / "r.html").read_text()
    assert page.count("<img") >= 8
    assert "shot 1" in page.lower()
    assert not (surveys / "r.sgy.partial").exists()


def test_noise_of_every_shot_and_spikes(surveys):
    survey = read_survey("survey.sgy")
    data = survey.data.copy()
    data[1, 2, 100] += 50 * np.abs(data).max()
    write_survey("spiky.npz", survey.with_data(data))
    given = ("--wavelets", WAVELETS, "--truth", "truth.npz", "--json", "r.json", "--overwrite")
    run("invert", "spiky.npz", *given, "--out", "r.npz", "--robust", "--report", "r.html")
    figures = json.loads((surveys / "r.json").read_text())
    assert figures["f1"] > 0.85
    assert figures["outliers"] >= 1
    assert len(figures["shot_noise"]) == 3
    assert "Noise of the shots" in (surveys / "r.html").read_text()
    levels = ",".join(str(level) for level in figures["shot_noise"])
    run("invert", "survey.sgy", *given, "--out", "r.npz", "--noise-level", levels)
    again = json.loads((surveys / "r.json").read_text())
    assert again["noise_level"] == pytest.approx(figures["noise_level"])
    assert again["outliers"] == 0


@pytest.mark.parametrize("suffix", [".npz", ".npy", ".zarr"])
def test_other_formats_agree_with_segy(surveys, suffix):
    if suffix == ".zarr":
        pytest.importorskip("zarr")
    source = f"survey{suffix}"
    write_survey(source, read_survey("survey.sgy"))
    interval = ("--sample-interval", 0.002) if suffix == ".npy" else ()
    for name, more in (("survey.sgy", ()), (source, interval)):
        run("invert", name, "--wavelets", WAVELETS, "--out", f"{name}.npy", "--quiet", *more)
    np.testing.assert_array_equal(np.load("survey.sgy.npy"), np.load(f"{source}.npy"))


@pytest.mark.parametrize("earth", ["layers", "wedge", "thin-beds"])
@pytest.mark.parametrize("shots", [1, 2])
def test_every_earth_can_be_modelled(tmp_path, monkeypatch, earth, shots):
    monkeypatch.chdir(tmp_path)
    run(
        "model",
        "--out",
        "s.npz",
        "--earth",
        earth,
        "--shots",
        shots,
        "--traces",
        3,
        "--truth",
        "t.npz",
    )
    survey, truth = read_survey("s.npz"), read_survey("t.npz")
    assert survey.data.shape == truth.data.shape == (shots, 3, 500)
    assert np.count_nonzero(truth.data)


def test_move_out_is_corrected(surveys):
    run(
        "model",
        "--out",
        "late.npz",
        "--truth",
        "flat.npz",
        "--shots",
        3,
        "--traces",
        2,
        "--wavelets",
        WAVELETS,
        "--move-out",
        "--far-offset",
        400,
        "--velocity",
        "w.csv",
        "--snr",
        25,
    )
    common = ("--wavelets", WAVELETS, "--truth", "flat.npz", "--json", "-")
    with_it = json.loads(
        run("invert", "late.npz", "--out", "a.npz", "--velocity", "w.csv", *common)
    )
    without = json.loads(run("invert", "late.npz", "--out", "b.npz", *common))
    assert with_it["correlation"] > without["correlation"] + 0.1
    assert with_it["muted_samples"] > 0


def test_quality_improves_the_inversion_of_an_attenuating_earth(surveys):
    model = ("--shots", 3, "--traces", 2, "--wavelets", WAVELETS, "--quality", 40, "--snr", 20)
    run("model", "--out", "q.npz", "--truth", "flat.npz", *model)
    common = ("--wavelets", WAVELETS, "--truth", "flat.npz", "--json", "-")
    with_it = json.loads(run("invert", "q.npz", "--out", "a.npz", "--quality", 40, *common))
    without = json.loads(run("invert", "q.npz", "--out", "b.npz", *common))
    assert with_it["f1"] > 0.9
    assert without["f1"] < with_it["f1"] - 0.1


def test_filtered_noise_is_modelled_and_its_level_estimated(surveys, capsys):
    model = ("--shots", 3, "--traces", 2, "--wavelets", WAVELETS, "--noise-band", "5-60")
    run("model", "--out", "n.npz", "--truth", "t.npz", "--snr", 15, *model)
    power = np.abs(np.fft.rfft(read_survey("n.npz").data)) ** 2
    assert power[..., 150:].max() < 1e-8 * power.max()  # from 150 Hz on
    common = ("--wavelets", WAVELETS, "--truth", "t.npz", "--json", "-")
    with pytest.warns(UserWarning, match="have been filtered"):
        found = json.loads(run("invert", "n.npz", "--out", "r.npz", *common))
    assert found["f1"] > 0.85


def test_dead_traces_are_reported(surveys):
    survey = read_survey("survey.sgy")
    data = survey.data.copy()
    data[1, 2] = 0
    write_survey("dead.sgy", Survey(data, survey.sample_interval))
    figures = json.loads(
        run("invert", "dead.sgy", "--wavelets", WAVELETS, "--out", "r.sgy", "--json", "-")
    )
    assert figures["dead"] == 1
    assert figures["dead_traces"] == "shot 2 trace 3"
    assert not read_survey("r.sgy").data[1, 2].any()


def test_demo(tmp_path, monkeypatch):
    page = tmp_path / "demo.html"
    command = ("demo", "--seeds", 1, "--shots", 3, "--json", "-", "--out", page)
    results = json.loads(run(*command))
    assert {"joint", "single_shot", "stack"} <= set(results)
    for way in ("joint", "single_shot", "stack"):
        assert 0 < results[way]["f1"] <= 1
    assert list(results["shots"]) == ["1", "2", "4", "8", "16"]
    before = page.read_text()
    assert before.count("<img") >= 12
    # Again with fewer cases and pictures: the same draws; and its own page may be replaced.
    for name, fewer in {"SHOTS": (1, 2), "SNRS": (10.0,), "SNR_SHOTS": (1, 4)}.items():
        monkeypatch.setattr(demo, name, fewer)
    for name in ("make_gather_section", "make_wedge_section", "make_layers_section"):
        monkeypatch.setattr(demo_page, name, lambda *_: Section("left out"))
    again = json.loads(run(*command))
    for name in ("joint", "single_shot", "stack", "reversing", "wedge", "case"):
        assert again[name] == results[name], name
    for name in ("shots", "shots_reversing"):
        assert again[name] == {shots: results[name][shots] for shots in ("1", "2")}
    assert again["snr"] == {
        shots: {"10": results["snr"][shots]["10"]} for shots in ("1 shots", "4 shots")
    }
    assert "left out" in page.read_text()


def refused(monkeypatch, capsys, *arguments):
    """Run a command as a user would; return its one line on standard error."""
    monkeypatch.setattr(sys, "argv", ["groupsparse", "seismic", *map(str, arguments)])
    with pytest.raises(SystemExit) as exit_of:
        main()
    assert exit_of.value.code == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["invert", "none.sgy"], "none.sgy: no such file"),
        (["invert", "survey.doc"], r"survey.doc: the format must be one of \.sgy"),
        (
            ["invert", "survey.sgy", "--wavelets", "ricker:3"],
            r"survey.sgy: wavelet of shot 0 \(counted from 0\): the wavelet has 4",
        ),
        (
            ["invert", "survey.sgy", "--wavelets", "ricker:30,40"],
            "expected one ricker wavelet or 3",
        ),
        (["invert", "survey.sgy", "--wavelets", "ricker:x"], "ricker"),
        (["invert", "survey.sgy", "--wavelets", "none.csv"], "neither a file nor a description"),
        (["invert", "survey.sgy", "--method", "lasso"], "method must be one of"),
        (["invert", "survey.sgy", "--noise-level", "-1"], "noise_level must"),
        (["invert", "survey.sgy", "--noise-level", "1,2"], "noise_level must be one .* 3 shots"),
        (["invert", "survey.sgy", "--noise-level", "1,x"], "must be a number, or several"),
        (["invert", "survey.sgy", "--strength", "0.1"], "strength must be None for method 'sbl'"),
        (["invert", "survey.sgy", "--out", "r.doc"], r"r.doc: the format must be one of"),
        (["invert", "survey.sgy", "--out", "survey.sgy"], "named twice"),
        (["invert", "survey.sgy", "--out", "old.npz"], "old.npz .*exists"),
        (["invert", "survey.sgy", "--json", "old.json"], "old.json .*exists"),
        (["invert", "survey.sgy", "--report", "r.npz"], "named twice"),
        (["invert", "survey.sgy", "--json", "./survey.sgy", "--overwrite"], "named twice"),
        (["invert", "survey.sgy", "--truth", "t.npz", "--out", "t.npz"], "named twice"),
        (["invert", "survey.sgy", "--truth", "small.npz"], "small.npz: the truth must have"),
        (["invert", "survey.sgy", "--velocity", "-5"], "velocity must be positive"),
        (["invert", "survey.sgy", "--velocity", "none.csv"], "neither a number .*nor a file"),
        (["invert", "survey.sgy", "--velocity", "back.csv"], "times must increase"),
        (["invert", "survey.sgy", "--velocity", "10"], r"survey.sgy: velocity makes .* in shot"),
        (["invert", "survey.sgy", "--traces-together", "0"], "traces_together must"),
        (["invert", "bare.npy"], r"give sample_interval in seconds \(--sample-interval\)"),
        (["invert", "nan.npz"], "nan.npz: shot 1, trace 2 has NaN"),
        (["invert", "zero.npz", "--noise-level", "1"], "dead"),
        (["invert", "offsetless.npz", "--velocity", "2000"], "offsets are needed"),
        (["model", "--out", "m.sgy", "--earth", "flat"], "earth must be one of"),
        (["model", "--out", "old.npz"], "old.npz .*exists"),
        (["model", "--out", "m.sgy", "--truth", "m.sgy"], "named twice"),
        (["model", "--out", "m.sgy", "--sample-interval", "0.00000123"], "microseconds"),
        (["model", "--out", "m.sgy", "--duration", "-1"], "duration must be positive"),
        (
            ["model", "--out", "m.sgy", "--wavelets", "estimate"],
            "wavelets must be a description or a file",
        ),
        (["model", "--out", "m.sgy", "--quality", "0"], "quality must be positive"),
        (["model", "--out", "m.sgy", "--noise-band", "5-60"], "noise_band needs snr_db"),
        (["model", "--out", "m.sgy", "--snr", "9", "--noise-band", "5"], "frequencies in hertz"),
        (["model", "--out", "m.sgy", "--snr", "9", "--noise-band", "60-5"], "band must satisfy"),
        (
            ["invert", "survey.sgy", "--quality", "-3"],
            r"wavelet of shot 0 \(counted from 0\): quality must",
        ),
        (
            ["invert", "survey.sgy", "--wavelets", "estimate", "--quality", "50"],
            "quality needs wavelets that are known",
        ),
        (["model", "--out", "m.sgy", "--coefficients", "snell"], "method must be one of"),
        (["demo", "--method", "omp", "--out", "d.html"], "method must be one of"),
        (["demo", "--out", "old.npz"], "old.npz .*exists"),
    ],
)
def test_errors_of_commands(surveys, monkeypatch, capsys, arguments, message):
    capsys.readouterr()
    data = read_survey("survey.sgy").data
    write_survey("small.npz", Survey(data[:, :2], 0.002))
    write_survey("offsetless.npz", Survey(data, 0.002))
    np.savez(
        "nan.npz",
        data=np.where(np.arange(6)[:, None] == 1, np.where(np.arange(300) == 5, np.nan, 1.0), data),
        sample_interval=0.002,
    )
    np.savez("zero.npz", data=0 * data, sample_interval=0.002)
    np.save("bare.npy", data)
    (surveys / "old.npz").write_text("old")
    (surveys / "old.json").write_text("old")
    (surveys / "back.csv").write_text("time,velocity\n0.2,2000\n0.1,2100\n")
    before = {path: path.stat().st_mtime_ns for path in surveys.rglob("*")}
    command = list(arguments)
    if command[0] == "invert":
        if "--wavelets" not in command:
            command += ["--wavelets", WAVELETS]
        if "--out" not in command:
            command += ["--out", "r.npz"]
    line = refused(monkeypatch, capsys, *command)
    assert line.startswith("groupsparse: error: ")
    assert re.search(message, line), line
    assert {path: path.stat().st_mtime_ns for path in surveys.rglob("*")} == before


# The command line, which waits to be killed once it has kept two parts.
WAITING = """
import time
from groupsparse.apps.cli import main
from groupsparse.apps.seismic.inverting.checkpoint import Checkpoint

save, kept = Checkpoint.save, []

def save_and_wait(self, number, part):
    save(self, number, part)
    kept.append(number)
    while len(kept) == 2:
        time.sleep(0.05)

Checkpoint.save = save_and_wait
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind")
@pytest.mark.usefixtures("interruptible")
def test_a_killed_run_continues(tmp_path, monkeypatch):
    """Interrupted with two parts of five, killed with four, and then left alone."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    spikes = rng.laplace(size=(2, 160, 120)) * (rng.random((160, 120)) < 0.05)
    operator = Convolution(ricker(30, 0.002), (160, 120))
    data = np.array([operator.apply(shot) for shot in spikes])
    write_survey("big.npz", Survey(data + 0.1 * rng.standard_normal(data.shape), 0.002))
    given = ("invert", "big.npz", "--wavelets", "ricker:30", "--jobs", 1, "--json", "figures.json")
    command = [*map(str, given), "--out", "r.npz", "--overwrite"]
    partial = tmp_path / "r.npz.partial"
    for stop, n_kept in ((signal.SIGINT, 2), (signal.SIGKILL, 4)):
        with subprocess.Popen(
            [sys.executable, "-c", WAITING, "seismic", *command],
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            while process.poll() is None and len(list(partial.rglob("[0-9]*.npz"))) < n_kept:
                time.sleep(0.02)
            process.send_signal(stop)
            _, errors = process.communicate()
        assert process.returncode != 0
        assert b"Traceback" not in errors
        hint = b"kept in r.npz.partial: the same command continues from them" in errors
        assert hint == (stop == signal.SIGINT)
        assert not (tmp_path / "r.npz").exists()
        assert len(list(partial.rglob("[0-9]*.npz"))) == n_kept
    seen = []
    monkeypatch.setattr(Checkpoint, "save", lambda _, number, part: seen.append(number))
    run(*command)
    assert seen == [4]
    assert not partial.exists()
    monkeypatch.undo()
    run("invert", tmp_path / "big.npz", "--wavelets", "ricker:30", "--out", tmp_path / "whole.npz")
    found, whole = (read_survey(tmp_path / name).data for name in ("r.npz", "whole.npz"))
    assert found.any(axis=(0, 2)).all()
    np.testing.assert_array_equal(found, whole)


def test_velocity_table_is_interpolated(surveys):
    from groupsparse.apps.seismic.files.velocity_file import read_velocity

    times = np.array([0.0, 0.15, 0.2, 0.9])
    (surveys / "two.csv").write_text("time,velocity\n0.1,2000\n0.2,2200\n")
    np.testing.assert_allclose(read_velocity("two.csv", times), [2000, 2100, 2200, 2200])
    np.testing.assert_allclose(read_velocity("1800", times), 1800)
    (surveys / "three.csv").write_text("0.1,2000,1\n0.2,2200,1\n")
    with pytest.raises(ValueError, match=r"two columns, .* got 3"):
        read_velocity("three.csv", times)
    (surveys / "bad.csv").write_text("0.1,2000\n0.2,-1\n")
    with pytest.raises(ValueError, match=r"must be positive .* -1 at 0.2 s"):
        read_velocity("bad.csv", times)
