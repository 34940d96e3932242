"""The report of one reconstruction shows what is known, in one window and one scale of errors."""

import re
from copy import copy
from dataclasses import fields, replace

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from groupsparse.apps.cli import app
from groupsparse.apps.mri.acquisition import simulate_acquisition
from groupsparse.apps.mri.job import Job, prepare, run
from groupsparse.apps.mri.methods import Settings
from groupsparse.apps.mri.pages.image_report import write_image_report
from groupsparse.apps.mri.pages.reproduction import format_command
from groupsparse.apps.mri.pages.sampling_pictures import draw_sensitivities, make_mosaic
from groupsparse.apps.mri.pages.views import choose_window, view_images
from groupsparse.datasets import load_head_slice
from groupsparse.toolkit.operators import PartialFourier

HEAD = load_head_slice()[::4, ::4]
QUICK = Settings(max_iter=4)


def make_contrasts() -> np.ndarray:
    """Return three complex contrasts of a small head."""
    phase = np.exp(1j * np.linspace(-1, 1, len(HEAD)))
    return np.stack([HEAD, HEAD**2, np.sqrt(HEAD)]) * phase


def write_report(folder, images, **settings) -> str:
    """Reconstruct images from a file, and return the page's text."""
    np.save(folder / "in.npy", images)
    job = Job(str(folder / "in.npy"), settings=QUICK, **settings)
    prepared = prepare(job)
    page = write_image_report(folder / "page.html", job, prepared, run(job, prepared))
    return page.read_text(encoding="utf-8")


def list_captions(html: str) -> list[str]:
    return re.findall(r'<img class="picture"[^>]*alt="([^:"]*):', html)


def test_complex_contrasts_show_magnitudes_phases_and_errors_by_channel(tmp_path):
    html = write_report(tmp_path, make_contrasts())
    shown = ["truth", "zero-filled", "reconstruction (spinning)"]
    one = [*shown, *shown, *(f"phase of {name}" for name in shown)]
    captions = list_captions(html)
    assert captions[:27] == 3 * one
    assert captions[27:33] == 3 * [f"error of {name}" for name in shown[1:]]
    bars = re.findall(r"<span>([^<]*)</span>", html)
    errors = bars[2 * 27 : 2 * 33]
    assert len({end.removeprefix("≥ ") for end in errors[1::2]}) == 1
    assert "Peak of PSNR and SSIM: 0." in html
    assert html.count(">reconstruction (spinning)</td>") == 3


def test_the_page_is_self_contained_and_says_how_to_repeat_it(tmp_path):
    html = write_report(tmp_path, HEAD, mask="variable:0.5", noise=0.02)
    assert not re.search(r"<(script|link|iframe|object|embed)\b", html)
    assert not re.search(r"https?://|file:|url\(|@import", html)
    assert "--mask variable:0.5 --noise 0.02" in html
    assert "--max-iter 4 --out image.npy" in html


def test_without_a_truth_only_what_is_known_is_shown(tmp_path):
    kspace = PartialFourier(np.ones(HEAD.shape)).apply(make_contrasts().astype(complex))
    html = write_report(tmp_path, kspace.reshape(3, *HEAD.shape), kspace=True)
    assert not {"truth", "error of zero-filled"} & set(list_captions(html))
    assert "PSNR" not in html
    assert ">–<" not in html
    assert "noise in the samples" in html
    assert "100.0 %" in html


def test_maps_and_colours_are_shown(tmp_path):
    head = write_report(tmp_path, HEAD, coils=3)
    assert list_captions(head)[-2:] == ["magnitude", "phase"]
    assert "3 coils, row by row" in head
    colours = np.moveaxis(np.abs(make_contrasts()), 0, -1)
    np.save(tmp_path / "rgb.npy", colours)
    job = Job(str(tmp_path / "rgb.npy"), channel_axis=-1, settings=QUICK)
    prepared = prepare(job)
    page = write_image_report(tmp_path / "rgb.html", job, prepared, run(job, prepared))
    captions = list_captions(page.read_text(encoding="utf-8"))
    assert captions[:3] == ["truth", "zero-filled", "reconstruction (spinning)"]
    assert captions[3:5] == ["error of zero-filled", "error of reconstruction (spinning)"]


@pytest.mark.parametrize("method", ["l21", "gpdasc"])
def test_every_method_has_a_report(tmp_path, method):
    job = Job("sample:head", settings=Settings(method, max_iter=3))
    prepared = prepare(job)
    outcome = run(job, prepared, callback=lambda progress: progress.iteration > 2)
    page = write_image_report(tmp_path / "page.html", job, prepared, outcome)
    assert f"--method {method}" in page.read_text(encoding="utf-8")


def test_the_command_holds_what_differs_from_the_defaults():
    job = Job("a b.npy", kspace=True, noise=[1, 2], settings=Settings("l21", strength=0.1))
    expected = "'a b.npy' --kspace --noise 1,2 --method l21 --strength 0.1 --out out.png"
    assert format_command(job, "out.png") == f"groupsparse mri reconstruct {expected}"
    assert format_command(replace(job, kspace=False, noise=None, settings=Settings()), "o.npy") == (
        "groupsparse mri reconstruct 'a b.npy' --out o.npy"
    )


def test_options_of_the_command_are_those_of_the_verb():
    verb = typer.main.get_command(app).commands["mri"].commands["reconstruct"]
    known = {option for parameter in verb.params for option in parameter.opts}
    job = Job("a.npy")
    for part in (job, job.settings):
        for field in fields(part):
            changed = copy(part)
            object.__setattr__(changed, field.name, "changed")
            if field.name == "settings":
                continue
            whole = changed if part is job else replace(job, settings=changed)
            words = format_command(whole, "o.npy").split()
            assert {word for word in words if word.startswith("--")} <= known


def test_the_verb_writes_the_page_and_scores_of_channels(tmp_path):
    page, results = tmp_path / "page.html", tmp_path / "results.json"
    words = ["mri", "reconstruct", "sample:head", "--max-iter", "3", "--quiet"]
    words += ["--out", str(tmp_path / "a.npy"), "--report", str(page), "--json", str(results)]
    assert CliRunner().invoke(app, words).exit_code == 0
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert '"object_psnr"' in results.read_text()
    refused = CliRunner().invoke(app, [*words[:-5], str(tmp_path / "b.npy"), "--report", str(page)])
    assert isinstance(refused.exception, FileExistsError)
    assert not (tmp_path / "b.npy").exists()


def test_windows_and_mosaics():
    assert choose_window(np.zeros((4, 4))) == (0.0, 1.0)
    mosaic = make_mosaic(np.arange(3.0)[:, None, None] * np.ones((3, 2, 2)))
    np.testing.assert_array_equal(mosaic[::2, ::2], [[0, 1], [2, np.nan]])


def test_a_volume_of_coils_with_two_sets_of_maps_shows_its_middle_slice():
    volume = np.stack([HEAD, 0.5 * HEAD, 0.2 * HEAD])[None]
    maps = np.ones((2, 4, *volume.shape[1:])) / 2 + 0j
    mask = np.ones(volume.shape[1:], dtype=bool)
    data = simulate_acquisition(volume, mask, 0.01, maps=maps[0], random_state=0)
    shown = view_images("truth", data.truth, data)
    np.testing.assert_array_equal(shown.values, 0.5 * HEAD[None])
    soft = data.with_maps(maps)
    assert view_images("zero-filled", soft.zero_fill(), soft).values.shape == (1, *HEAD.shape)
    assert [len(row) for row in draw_sensitivities(soft)] == [2, 2]
    assert draw_sensitivities(soft)[0][0].image.shape == (2 * len(HEAD), 2 * HEAD.shape[1])
