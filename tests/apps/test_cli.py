"""The command line: what it writes, what it refuses and how, and that it can be interrupted."""

import json
import os
import re
import signal
import subprocess
import sys

import numpy as np
import pytest
import tifffile
import typer
from PIL import Image

from groupsparse.apps.cli import app
from groupsparse.apps.mri.pages.demo_page import ResultRow
from groupsparse.apps.mri.sampling.masks import make_mask
from groupsparse.datasets import make_shepp_logan_channels

LARGE = make_shepp_logan_channels(48, 1)[0][:, 4:44].astype(float)
KSPACE_OF_LARGE = np.fft.fftshift(np.fft.fft2(np.fft.ifftshift(LARGE), norm="ortho"))
COMMAND = [sys.executable, "-m", "groupsparse"]
IMAGE = np.kron(np.random.default_rng(0).random((4, 5)), np.ones((4, 4)))


@pytest.fixture
def inputs(tmp_path, monkeypatch):
    """Good and bad files in the folder where commands run."""
    monkeypatch.chdir(tmp_path)
    np.save("good.npy", IMAGE)
    np.save("rgb.npy", np.stack([IMAGE] * 3))
    np.save("pair.npy", np.stack([IMAGE] * 2))
    np.save("nan.npy", np.where(np.eye(16, 20), np.nan, IMAGE))
    np.save("inf.npy", np.where(np.eye(16, 20), -np.inf, IMAGE))
    np.save("empty.npy", IMAGE[:0])
    np.save("tiny.npy", IMAGE[:3, :3])
    np.save("line.npy", IMAGE[0])
    np.save("volumes.npy", np.zeros((2, 2, 16, 20)))
    np.save("words.npy", np.array([["a", "b"]]))
    np.save("zeros.npy", np.zeros((16, 20)))
    np.save("large.npy", LARGE)
    np.save(
        "nan-ksp.npy",
        np.where(np.arange(40) + 99 * np.arange(48)[:, None] == 0, np.nan, KSPACE_OF_LARGE),
    )
    np.save("ksp.npy", KSPACE_OF_LARGE)
    np.save("corners.npy", np.fft.ifftshift(KSPACE_OF_LARGE))
    np.save("rows.npy", np.fft.ifftshift(KSPACE_OF_LARGE, axes=0))
    np.save("corner-mask.npy", np.fft.ifftshift(make_mask("variable:0.3", (48, 40))))
    np.save("small-mask.npy", np.ones((16, 16)))
    np.save("deep-mask.npy", np.ones((3, 16, 20)))
    (tmp_path / "damaged.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    (tmp_path / "damaged.npy").write_bytes((tmp_path / "good.npy").read_bytes()[:-9])
    (tmp_path / "text.npy").write_text("not an array\n")
    (tmp_path / "page.html").write_text("<title>mine</title>")
    (tmp_path / "image.jpg").touch()
    (tmp_path / "folder.npy").mkdir()
    (tmp_path / "old.npy").write_text("old")
    (tmp_path / "old.json").write_text("old")


TO = ("--out", "new.npy")
KSPACE = ("--kspace", "--mask", "auto")

BAD_INPUT = [
    # Images that cannot be read.
    (["none.npy", *TO], "none.npy: no such file"),
    (["folder.npy", *TO], "folder.npy: no such file"),
    (["image.jpg", *TO], "image.jpg: the format must be one of .npy, .png, .tif, .tiff"),
    (["damaged.png", *TO], "damaged.png cannot be read as PNG"),
    (["damaged.npy", *TO], "damaged.npy cannot be read as NPY"),
    (["text.npy", *TO], "text.npy cannot be read as NPY"),
    (
        ["sample:nose", *TO],
        "source must be a file or one of sample:astronaut, sample:chelsea,",
    ),
    # Images that are none, or too small.
    (["nan.npy", *TO], "nan.npy has 16 NaN or infinite values; all must be finite"),
    (["inf.npy", *TO], "inf.npy has 16 NaN or infinite values; all must be finite"),
    (["empty.npy", *TO], "empty.npy is empty"),
    (["line.npy", *TO], "line.npy: an image has 2 or 3 axes, got shape (20,)"),
    (["volumes.npy", *TO], "volumes.npy: an image has 2 or 3 axes, got shape (2, 2, 16, 20)"),
    (["words.npy", *TO], "words.npy must hold numbers"),
    (["tiny.npy", *TO], "at least 4 x 4 pixels, got shape (3, 3)"),
    (["good.npy", "--levels", 5, *TO], "levels must be from 1 to 4 for an image of shape"),
    (["good.npy", "--levels", 0, *TO], "levels must be from 1 to 4 for an image of shape"),
    (["rgb.npy", "--channel-axis", 3, *TO], "of shape (3, 16, 20) has no channel_axis 3"),
    (["good.npy", "--channel-axis", 0, *TO], "of shape (16, 20) has no channel_axis 0"),
    (["rgb.npy", "--coils", 4, *TO], "coils need an image of one channel, got 3 channels"),
    # Masks.
    (["good.npy", "--mask", "none.npy", *TO], "'none.npy' is neither radial:LINES"),
    (["good.npy", "--mask", "auto", *TO], "'auto' is neither radial:LINES"),
    (["good.npy", "--mask", "small-mask.npy", *TO], "shape (16, 20), got (16, 16)"),
    (["good.npy", "--mask", "deep-mask.npy", *TO], "deep-mask.npy: a mask has 2 axes"),
    (["good.npy", "--mask", "zeros.npy", *TO], "mask zeros.npy has no sample"),
    (["good.npy", "--mask", "nan.npy", *TO], "nan.npy has 16 NaN or infinite values"),
    (["good.npy", "--mask", "damaged.png", *TO], "damaged.png cannot be read as PNG"),
    (["good.npy", "--mask", "radial:0", *TO], "n_lines must be an integer of at least 1, got 0"),
    (["good.npy", "--mask", "radial:x", *TO], "expected a whole number of lines, got 'x'"),
    (["good.npy", "--mask", "variable:2", *TO], "fraction must be above 0 and at most 1, got 2"),
    (["good.npy", "--mask", "variable:1e-9", *TO], "leaves no sample"),
    (["zeros.npy", *KSPACE, *TO], "has no sample"),
    (["nan-ksp.npy", *KSPACE, *TO], "nan-ksp.npy has 1 NaN or infinite value"),
    # Settings.
    (["good.npy", "--method", "omp", *TO], "of spinning, l21, gpdasc, mcp, got 'omp'"),
    (
        ["good.npy", "--start", "spinning", *TO],
        "start is for method gpdasc only, got method 'spinning'",
    ),
    (["good.npy", "--method", "gpdasc", "--start", "l21", *TO], "start must be spinning"),
    (["good.npy", "--method", "spinning", "--max-iter", 0, *TO], "max_iter must be an integer"),
    (["good.npy", "--wavelet", "bior2.2", *TO], "wavelet 'bior2.2' is not orthogonal"),
    (["good.npy", "--wavelet", "db99", *TO], "wavelet 'db99' is unknown"),
    (["good.npy", "--strength", 0, *TO], "strength must be positive and finite, got 0.0"),
    (["good.npy", "--strength", "nan", *TO], "strength must be positive and finite, got nan"),
    (["good.npy", "--noise", "-1", *TO], "noise must be finite and not negative, got -1.0"),
    (["good.npy", "--noise", "inf", *TO], "noise must be finite and not negative, got inf"),
    (["good.npy", "--noise", "1,2", *TO], "noise must be finite and not negative, got"),
    (["good.npy", "--noise", "1,x", *TO], "--noise must be a number, or several as in 0.5,0.5,2"),
    (["good.npy", "--coils", 0, *TO], "n_coils must be an integer of at least 1, got 0"),
    (["good.npy", "--max-iter", 0, *TO], "max_iter must be an integer of at least 1, got 0"),
    # Outputs.
    (["good.npy", "--out", "new.jpg"], "new.jpg: the format must be one of"),
    (["good.npy", "--out", "old.npy"], "old.npy exists already (--overwrite replaces it)"),
    (["good.npy", *TO, "--json", "old.json"], "old.json exists already (--overwrite replaces it)"),
    (["good.npy", "--overwrite", "--out", "folder.npy"], "exists already and is not a file"),
    (["good.npy", "--out", "old.npy/new.npy"], "old.npy is not a folder"),
    (["good.npy", *TO, "--json", "old.json/x"], "old.json is not a folder"),
    (["good.npy", *TO, "--json", "./new.npy"], "is named twice"),
    (["good.npy", "--overwrite", "--out", "./good.npy"], "good.npy is named twice"),
    (["good.npy", "--mask", "deep-mask.npy", "--out", "deep-mask.npy"], "is named twice"),
    (["good.npy", "--overwrite", "--out", "old.npy", "--json", "old.npy"], "is named twice"),
    (["pair.npy", "--out", "new.png"], "a PNG holds 1 or 3 channels, got 2"),
    # Options that would be ignored, and inputs that are not what they are taken for.
    (["ksp.npy", "--kspace", "--coils", 4, *TO], "--coils does not go with --kspace"),
    (["good.npy", "--method", "mcp", "--strength", 0.1, *TO], "strength is for methods spinning"),
    (["good.npy", "--method", "gpdasc", "--max-iter", 9, *TO], "--max-iter is for methods l21"),
    (["ksp.npy", "--kspace", "--seed", 1, *TO], "--seed has no effect here: measured k-space"),
    (["sample:head", "--channel-axis", 0, *TO], "--channel-axis has no effect here"),
    (["good.npy", "--uncentred", *TO], "--uncentred has no effect here"),
    (["ksp.npy", *TO], "ksp.npy is complex and has"),
    (["good.npy", "--kspace", *TO], "good.npy holds real values of which none is negative"),
    (["corners.npy", "--kspace", *TO], "corners.npy is not centred: along y and x zero"),
    (["rows.npy", "--kspace", *TO], "rows.npy is not centred: along y zero frequency"),
    (["corners.npy", "--kspace", *TO], "(--uncentred)"),
    (["large.npy", "--mask", "corner-mask.npy", *TO], "mask corner-mask.npy is not centred"),
    (["large.npy", "--noise", 50, *TO], "--noise 50 is above all of the signal"),
    (["ksp.npy", "--kspace", "--noise", "1e6", *TO], "--noise 1e6 is above all of the signal"),
    (["good.npy", "--mask", "lines:4,speed=1", *TO], "option 'speed' is not one of its options"),
    (["good.npy", "--mask", "lines", *TO], "'lines' is neither radial:LINES"),
]


def assert_refused(ran, words: str) -> None:
    """One line that names the mistake, and exit code 2."""
    assert ran.code == 2, ran
    assert ran.out == ""
    assert re.fullmatch(r"groupsparse: error: [^\n]+\n", ran.err), ran.err
    assert words in ran.err


@pytest.mark.parametrize(
    ("arguments", "words"), BAD_INPUT, ids=[" ".join(map(str, row[0])) for row in BAD_INPUT]
)
def test_bad_input_is_one_line_and_changes_no_file(groupsparse, inputs, contents, arguments, words):
    before = contents()
    assert_refused(groupsparse("mri", "reconstruct", *arguments), words)
    assert contents() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("mri mask lines:4 --shape 64,x --out m.npy", "--shape must be as 256,256"),
        ("mri mask lines:4 --shape 64 --out m.npy", "shape must be (y, x) or (z, y, x)"),
        ("mri mask lines:200 --shape 64,64 --out m.npy", "leaves no sample"),
        ("mri mask spiral:4 --shape 64,64 --out m.npy", "is neither radial:LINES"),
        ("mri mask lines:4 --shape 64,64 --out old.npy", "old.npy exists already"),
        ("mri mask lines:4 --shape 64,64 --out m.jpg", "the format must be one of"),
        ("mri mask lines:4 --shape 9,64,64 --out m.png", "a PNG holds 1 or 3 channels, got 9"),
        ("mri phantom --seeds 0", "seeds must be an integer of at least 1, got 0"),
        ("mri phantom --method omp", "method must be one of spinning, l21, gpdasc, mcp, got 'omp'"),
        ("mri phantom --method mcp --start spinning", "start is for method gpdasc only"),
        ("mri phantom --start omp", "start must be spinning or None, got 'omp'"),
        ("mri phantom --json old.json", "old.json exists already"),
        ("demo --out page.html", "page.html exists already and is not a report"),
        ("demo --out old.npy/x.html", "old.npy is not a folder"),
        ("demo --overwrite --out folder.npy", "exists already and is not a file"),
        ("demo --out x.html --json old.json", "old.json exists already"),
        ("demo --out x.html --json x.html", "is named twice"),
    ],
)
def test_other_verbs_refuse_in_the_same_way(groupsparse, inputs, contents, arguments, words):
    before = contents()
    assert_refused(groupsparse(*arguments.split()), words)
    assert contents() == before


def test_nothing_is_done_before_outputs_are_checked(groupsparse, inputs):
    """The output is named although the input is bad as well."""
    assert_refused(groupsparse("mri", "reconstruct", "none.npy", "--out", "old.npy"), "old.npy")


def test_a_message_with_line_breaks_is_still_one_line(groupsparse):
    assert_refused(groupsparse("mri", "reconstruct", "a\nb.npy", *TO), "a b.npy: no such")


@pytest.mark.parametrize(
    "arguments", ["", "mri", "mri reconstruct", "mri reconstruct x.npy", "nonsense", "demo --fast"]
)
def test_usage_errors(groupsparse, contents, arguments):
    ran = groupsparse(*arguments.split())
    assert ran.code == 2
    assert "Usage: " in ran.out + ran.err
    assert contents() == {}


@pytest.mark.parametrize("method", ["l21", "gpdasc", "spinning"])
@pytest.mark.parametrize("out", ["new.npy", "sub/folder/new.tif"])
def test_reconstruct_writes_image_and_metrics(groupsparse, inputs, tmp_path, method, out):
    options = ("--method", method, "--mask", "variable:0.8", "--json", "metrics.json")
    ran = groupsparse("mri", "reconstruct", "rgb.npy", "--out", out, *options)
    assert (ran.code, ran.err) == (0, "")
    for word in ("zero-filled", method, "psnr", f"image: {out}"):
        assert word in ran.out
    read = np.load if out.endswith("npy") else tifffile.imread
    image = read(tmp_path / out)
    assert image.shape == (3, 16, 20)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["method"] == method
    error = np.mean((image - IMAGE) ** 2)
    psnr = 10 * np.log10(IMAGE.max() ** 2 / error)
    assert metrics["psnr"] == pytest.approx(psnr, rel=1e-4)
    assert psnr > 25


def test_a_png_as_input_and_output(groupsparse, tmp_path):
    pixels = np.round(255 * make_shepp_logan_channels(48, 1)[0]).astype(np.uint8)
    Image.fromarray(np.stack([pixels] * 3, axis=-1)).save(tmp_path / "in.png")
    ran = groupsparse("mri", "reconstruct", "in.png", "--mask", "variable:0.9", "--out", "out.png")
    assert (ran.code, ran.err) == (0, "")
    result = np.asarray(Image.open(tmp_path / "out.png"))
    assert (result.shape, result.dtype) == ((48, 48, 3), np.uint8)
    assert np.abs(result.astype(int) - pixels[..., None]).mean() < 4


def test_channels_can_be_combined_without_clipping(groupsparse, tmp_path):
    """White in three colours is brighter than in one."""
    np.save(tmp_path / "in.npy", np.stack([IMAGE] * 3))
    options = ("--mask", "variable:1.0", "--noise", 0, "--quiet", "--combine")
    for out in ("one.npy", "one.png"):
        ran = groupsparse("mri", "reconstruct", "in.npy", *options, "--out", out)
        assert ran == (0, "", "")
    combined = np.sqrt(3) * IMAGE
    np.testing.assert_allclose(np.load(tmp_path / "one.npy"), combined, atol=0.01)
    levels = np.asarray(Image.open(tmp_path / "one.png"))
    np.testing.assert_allclose(levels, 255 * combined / combined.max(), atol=3)


def test_simulated_coils_give_one_image(groupsparse, tmp_path):
    np.save(tmp_path / "in.npy", LARGE)
    options = ("--coils", 3, "--mask", "lines:2,calibration=12")
    ran = groupsparse("mri", "reconstruct", "in.npy", *options, "--quiet", "--out", "one.npy")
    assert ran == (0, "", "")
    assert np.load(tmp_path / "one.npy").shape == LARGE.shape


def test_what_is_sampled_is_printed(groupsparse, tmp_path):
    """A mask that is not symmetric keeps its acceleration on a real image."""
    np.save(tmp_path / "in.npy", LARGE)
    for mask, share in (("partial:0.625", "62.5 %"), ("lines:4,calibration=4", "25.0 %")):
        ran = groupsparse(
            "mri", "reconstruct", "in.npy", "--mask", mask, "--out", "out.npy", "--overwrite"
        )
        assert (ran.code, ran.err) == (0, "")
        assert f"mask: {mask} samples {share} of the frequencies" in ran.out
        assert "the mask is not symmetric, so that the real image is sampled as a com" in ran.out
        image = np.load(tmp_path / "out.npy")
        assert image.dtype.kind == "f"
    ran = groupsparse("mri", "reconstruct", "in.npy", "--out", "real.npy")
    assert "mask: variable:0.3 samples 30.0 % of the frequencies" in ran.out
    assert "not symmetric" not in ran.out


def test_measured_k_space_is_judged_by_its_noise(groupsparse, inputs):
    """There is no truth, so that there is no column for a score."""
    ran = groupsparse("mri", "reconstruct", "ksp.npy", "--kspace", *TO)
    assert (ran.code, ran.err) == (0, "")
    for word in ("residual", "mask: auto samples 100.0 %"):
        assert word in ran.out
    assert re.search(r"noise: [\d.e-]+ in every real number", ran.out)
    for word in ("psnr", "ssim", "zero-filled"):
        assert word not in ran.out


def test_uncentred_input_is_shifted_if_asked(groupsparse, inputs, tmp_path):
    options = ("--kspace", "--noise", "1e-9", "--strength", "1e-6")
    ran = groupsparse("mri", "reconstruct", "corners.npy", "--uncentred", *options, *TO)
    assert (ran.code, ran.err) == (0, "")
    assert "note: corners.npy is not centred: along y and x zero frequency is at ind" in ran.out
    np.testing.assert_allclose(np.load(tmp_path / "new.npy"), LARGE, atol=1e-3)
    mask = ("--mask", "corner-mask.npy", "--uncentred", "--out", "more.npy")
    ran = groupsparse("mri", "reconstruct", "large.npy", *mask)
    assert (ran.code, ran.err) == (0, "")
    assert "mask corner-mask.npy is not centred" in ran.out


def test_coils_on_the_last_axis_are_found(groupsparse, tmp_path):
    coils = np.exp(1j * np.arange(6)) * KSPACE_OF_LARGE[..., None]
    np.save(tmp_path / "last.npy", coils)
    ran = groupsparse("mri", "reconstruct", "last.npy", "--kspace", *TO)
    assert (ran.code, ran.err) == (0, "")
    assert "last.npy of shape (48, 40, 6): the last axis is taken as that of the chann" in ran.out
    assert np.load(tmp_path / "new.npy").shape == (48, 40, 6)


def test_only_sampled_values_must_be_finite(groupsparse, tmp_path):
    mask = make_mask("variable:0.8", (48, 40), random_state=0)
    np.save(tmp_path / "mask.npy", mask)
    np.save(tmp_path / "in.npy", np.where(mask, KSPACE_OF_LARGE, np.nan))
    ran = groupsparse("mri", "reconstruct", "in.npy", "--kspace", "--mask", "mask.npy", *TO)
    assert (ran.code, ran.err) == (0, "")
    assert np.isfinite(np.load(tmp_path / "new.npy")).all()


def test_zero_filled_lines_are_named(groupsparse, tmp_path):
    padded = np.pad(KSPACE_OF_LARGE, [(0, 0), (8, 8)])
    np.save(tmp_path / "in.npy", padded)
    np.save(tmp_path / "all.npy", np.ones(padded.shape))
    ran = groupsparse("mri", "reconstruct", "in.npy", "--kspace", *TO)
    assert "zero in the first 8 and the last 8 of 56 lines along x: they are taken a" in ran.out
    assert "samples 71.4 %" in ran.out
    options = ("--kspace", "--mask", "all.npy", "--out", "more.npy")
    ran = groupsparse("mri", "reconstruct", "in.npy", *options)
    assert "16 lines along x are in the mask, but hold only zeros" in ran.out
    assert "samples 71.4 %" in ran.out


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_twelve_bits_in_sixteen(groupsparse, tmp_path, suffix):
    """Noise and scores are relative to the largest of twelve bits, and so is what is written."""
    pixels = np.round(3500 * LARGE / LARGE.max()).astype(np.uint16)
    tifffile.imwrite(tmp_path / "in.tif", pixels)
    ran = groupsparse(
        "mri", "reconstruct", "in.tif", "--mask", "variable:0.9", "--out", f"out.{suffix}"
    )
    assert (ran.code, ran.err) == (0, "")
    assert "in.tif has 16-bit pixels up to 3500: they are taken as 12-bit ones" in ran.out
    out = tmp_path / f"out.{suffix}"
    result = np.asarray(Image.open(out)) if suffix == "png" else tifffile.imread(out)
    assert result.dtype == np.uint16
    assert np.abs(result.astype(float) - pixels).mean() < 60


@pytest.mark.parametrize("suffix", ["png", "tif", "npy"])
def test_transparency_is_left_out(groupsparse, tmp_path, suffix):
    pixels = np.round(255 * LARGE / LARGE.max()).astype(np.uint8)
    rgba = np.stack([pixels] * 3 + [np.full_like(pixels, 200)], axis=-1)
    path = tmp_path / f"in.{suffix}"
    if suffix == "png":
        Image.fromarray(rgba).save(path)
    elif suffix == "tif":
        tifffile.imwrite(path, rgba)
    else:
        np.save(path, rgba)
    ran = groupsparse("mri", "reconstruct", path.name, *TO)
    assert (ran.code, ran.err) == (0, "")
    assert f"the transparency (alpha channel) of {path.name} is left out" in ran.out
    assert np.load(tmp_path / "new.npy").shape == (48, 40, 3)


@pytest.mark.parametrize("out", ["mask.npy", "mask.png", "mask.tif"])
def test_a_mask_is_written_and_read_again(groupsparse, tmp_path, out):
    ran = groupsparse("mri", "mask", "poisson:4", "--shape", "48,40", "--seed", 3, "--out", out)
    assert (ran.code, ran.err) == (0, "")
    assert "poisson:4 samples 25.0 % of the frequencies, acceleration 4.00" in ran.out
    expected = make_mask("poisson:4", (48, 40), random_state=3)
    np.testing.assert_array_equal(make_mask(str(tmp_path / out), (48, 40)), expected)
    if out == "mask.npy":
        assert np.load(tmp_path / out).dtype == bool


def test_masks_of_volumes_and_channels_are_written(groupsparse, tmp_path):
    for shape, more in (("8,24,20", ()), ("24,20", ("--channels", 2))):
        kind = "lines:2,per-channel" if more else "lines:2"
        words = ("mri", "mask", kind, "--shape", shape, "--overwrite", "--out", "mask.npy")
        assert groupsparse(*words, *more).code == 0
        assert np.load(tmp_path / "mask.npy").shape == ((2, 24, 20) if more else (8, 24, 20))


def test_a_new_folder_is_named(groupsparse, inputs):
    ran = groupsparse("mri", "reconstruct", "good.npy", "--out", "new/folder/image.npy")
    assert "folder: new/folder (new)" in ran.out
    again = groupsparse("mri", "reconstruct", "good.npy", "--out", "new/folder/other.npy")
    assert "(new)" not in again.out


def test_compiling_is_announced_once(groupsparse, inputs, monkeypatch):
    from groupsparse.toolkit.execution import code_cache

    monkeypatch.setattr("groupsparse.apps.mri.job.reconstruct", lambda *_, **__: compile_twice())

    def compile_twice():
        for _ in range(2):
            code_cache.CodeCache(NothingKept()).load_overload(None, None)
        raise ValueError("enough")

    ran = groupsparse("mri", "reconstruct", "good.npy", *TO)
    assert ran.out == "compiling (first run only)\n"
    assert groupsparse("mri", "reconstruct", "good.npy", "--quiet", *TO).out == ""


class NothingKept:
    """A cache without code."""

    def load_overload(self, *_):
        return None


@pytest.mark.parametrize("overwrite", [False, True])
def test_existing_files_are_kept_unless_replacing_is_asked_for(
    groupsparse, inputs, tmp_path, overwrite
):
    options = ["--out", "old.npy", "--json", "old.json", *["--overwrite"] * overwrite]
    ran = groupsparse("mri", "reconstruct", "good.npy", *options)
    assert ran.code == (0 if overwrite else 2)
    kept = [(tmp_path / name).read_bytes() == b"old" for name in ("old.npy", "old.json")]
    assert kept == [not overwrite] * 2
    if overwrite:
        assert np.load(tmp_path / "old.npy").shape == IMAGE.shape


def test_json_on_the_terminal_is_all_there_is(groupsparse, inputs):
    ran = groupsparse("mri", "reconstruct", "zeros.npy", *TO, "--noise", 0, "--json", "-")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.count("\n") == 1
    metrics = json.loads(ran.out)
    assert (metrics["psnr"], metrics["groups"], metrics["peak"]) == (None, 0, 1.0)


def test_quiet_says_nothing(groupsparse, inputs, tmp_path):
    assert groupsparse("mri", "reconstruct", "good.npy", *TO, "--quiet") == (0, "", "")
    assert (tmp_path / "new.npy").is_file()


def test_the_same_command_gives_the_same_file(groupsparse, inputs, tmp_path):
    images = []
    for out, seed in (("a.npy", 3), ("b.npy", 3), ("c.npy", 4)):
        groupsparse("mri", "reconstruct", "good.npy", "--out", out, "--seed", seed)
        images.append(np.load(tmp_path / out))
    np.testing.assert_array_equal(images[0], images[1])
    assert (images[0] != images[2]).any()


def test_measured_k_space_from_end_to_end(groupsparse, tmp_path):
    """Phantom, its noisy spectrum at some places by NumPy, and back."""
    truth = make_shepp_logan_channels(64, 3, random_state=0)
    rng = np.random.default_rng(0)
    mask = rng.random((64, 64)) < 0.25
    mask[28:37, 28:37] = True
    axes = (1, 2)
    kspace = np.fft.fftn(np.fft.ifftshift(truth, axes), axes=axes, norm="ortho")
    kspace = np.fft.fftshift(kspace, axes)
    noise = rng.standard_normal((2, *kspace.shape))
    np.save(tmp_path / "kspace.npy", (kspace + 0.01 * (noise[0] + 1j * noise[1])) * mask)
    np.save(tmp_path / "mask.npy", mask)
    errors = {}
    for chosen in ("auto", "mask.npy"):
        options = ("--kspace", "--mask", chosen, "--wavelet", "haar", "--noise", 0.01)
        ran = groupsparse("mri", "reconstruct", "kspace.npy", *options, "--out", f"{chosen}.npy")
        assert (ran.code, ran.err) == (0, "")
        image = np.load(tmp_path / f"{chosen}.npy")
        assert image.dtype == np.complex128
        errors[chosen] = np.linalg.norm(image - truth) / np.linalg.norm(truth)
    assert errors["auto"] == errors["mask.npy"]
    zero_filled = np.fft.ifftn(np.fft.ifftshift(kspace * mask, axes), axes=axes, norm="ortho")
    before = np.linalg.norm(np.fft.fftshift(zero_filled, axes) - truth) / np.linalg.norm(truth)
    assert errors["auto"] < min(0.1, before / 2)


def test_phantom_prints_exactly_one_json_object(groupsparse):
    ran = groupsparse("mri", "phantom", "--method", "gpdasc", "--seeds", 2, "--json", "-")
    assert (ran.code, ran.err) == (0, "")
    values = json.loads(ran.out)
    assert set(values) == {"psnr", "oracle_psnr", "seconds", "groups", "method"}
    assert values["method"] == "gpdasc"
    assert values["oracle_psnr"] - 3 < values["psnr"] < values["oracle_psnr"] < 42


def test_phantom_prints_a_table_beside_the_published_figures(groupsparse, contents):
    ran = groupsparse("mri", "phantom", "--seeds", 1)
    assert (ran.code, ran.err) == (0, "")
    for word in ("zero-filled", "gpdasc", "oracle", "38.7", "48.5", "seeds 0 to 0"):
        assert word in ran.out
    assert contents() == {}


def test_phantom_by_shifted_wavelets(groupsparse):
    """There is no published figure, and a line says why the oracle is no bound."""
    for options in (("--method", "spinning"), ("--start", "spinning")):
        ran = groupsparse("mri", "phantom", *options, "--seeds", 1)
        assert (ran.code, ran.err) == (0, "")
        assert "spinning" in ran.out
        assert "stronger assumption" in ran.out
        assert "38.7" not in ran.out
    ran = groupsparse("mri", "phantom", *options, "--seeds", 1, "--json", "-")
    values = json.loads(ran.out)
    assert (values["method"], values["start"]) == ("gpdasc", "spinning")
    assert values["psnr"] > values["oracle_psnr"] - 1.5


def test_the_start_is_among_the_metrics(groupsparse, inputs):
    options = ("--method", "gpdasc", "--start", "spinning", "--json", "-")
    ran = groupsparse("mri", "reconstruct", "rgb.npy", *TO, *options)
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out)["start"] == "spinning"


def test_demo_shows_its_table_and_where_the_page_is(groupsparse, monkeypatch, tmp_path):
    rows = [
        ResultRow("head", "zero-filled", 30.5),
        ResultRow("head", "l2,1", 36.25, 38.7, 0.9, None, 1.5),
    ]
    calls = []

    def write_demo_page(path, *, watch, overwrite):
        calls.append((path, overwrite))
        watch("a step")
        return rows

    monkeypatch.setattr("groupsparse.apps.mri.pages.demo_page.write_demo_page", write_demo_page)
    ran = groupsparse("demo", "--out", "page.html", "--json", "table.json", "--overwrite")
    assert (ran.code, ran.err) == (0, "")
    assert calls == [("page.html", True)]
    for word in ("zero-filled", "30.5", "36.2", "38.7", "report: page.html"):
        assert word in ran.out
    table = json.loads((tmp_path / "table.json").read_text())
    assert table["report"] == "page.html"
    assert [row["psnr"] for row in table["results"]] == [30.5, 36.25]
    only_json = groupsparse("demo", "--json", "-")
    assert json.loads(only_json.out)["report"] == "out/report.html"
    assert only_json.out.count("\n") == 1


def run_module(folder, *arguments: str) -> subprocess.CompletedProcess:
    command = [*COMMAND, "mri", "reconstruct", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_a_real_process_needs_no_folder_for_the_settings_of_a_library(tmp_path, monkeypatch):
    """What Matplotlib logs about it does not stand beside our lines."""
    (tmp_path / "wall").touch()
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path / "wall" / "matplotlib"))
    done = run_module(tmp_path, "sample:head", "--method", "spinning", "--quiet", *TO)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_real_process_refuses_in_one_line(tmp_path):
    """What a library logs about the damage does not stand beside it."""
    path = tmp_path / "image.tif"
    tifffile.imwrite(path, np.zeros((9, 9), np.uint8))
    with tifffile.TiffFile(path, mode="r+") as file:
        file.pages[0].tags["ImageWidth"].overwrite(0)
        place = file.pages[0].tags["Software"].offset + 8
    content = path.read_bytes()
    path.write_bytes(content[:place] + b"\xff\xff\xff\x7f" + content[place + 4 :])
    done = run_module(tmp_path, "image.tif", *TO)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"groupsparse: error: image\.tif cannot be [^\n]+\n", done.stderr)
    assert [path.name for path in tmp_path.iterdir()] == ["image.tif"]


def test_a_real_process_warns_in_one_line(inputs, tmp_path):
    done = run_module(tmp_path, "good.npy", *TO, "--method", "l21", "--max-iter", "1")
    assert done.returncode == 0
    assert "max_iter" in done.stdout
    assert re.fullmatch(r"groupsparse: warning: stopped at the largest [^\n]+\n", done.stderr)


@pytest.mark.parametrize(
    "verb", [[], ["mri"], ["mri", "reconstruct"], ["mri", "phantom"], ["demo"], ["reproduce"]]
)
def test_help_helps_without_numerical_libraries(verb, tmp_path):
    command = [sys.executable, "-X", "importtime", *COMMAND[1:], *verb, "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert f"groupsparse {' '.join(verb)}".strip() in done.stdout
    imported = {
        line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()
    }
    assert "typer" in imported
    assert not imported & {"numpy", "numba", "scipy", "matplotlib", "skimage", "pywt", "pandas"}


def test_version(groupsparse):
    ran = groupsparse("--version")
    assert ran.code == 0
    assert re.fullmatch(r"groupsparse \d+\.\d+\.\d+\n", ran.out)


def test_who_ignores_interrupts_still_does(groupsparse):
    """As a program has to that was started in the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert groupsparse("--version").code == 0
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_reconstruction_leaves_nothing(tmp_path):
    """Ctrl-C as soon as the bar on the terminal counts groups, long before the end."""
    import pty

    ours, theirs = pty.openpty()
    arguments = ["mri", "reconstruct", "sample:astronaut", "--strength", "1e-6"]
    outputs = ["--max-iter", "100000", "--out", "new/image.npy", "--json", "new.json"]
    process = subprocess.Popen(
        [*COMMAND, *arguments, *outputs],
        cwd=tmp_path,
        stdout=theirs,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "100"},  # or there may be no bar
    )
    os.close(theirs)
    said = b""
    try:
        while b"groups" not in said:
            said += os.read(ours, 1024)
        process.send_signal(signal.SIGINT)
        said += read_to_the_end(ours)
        assert process.wait() not in (0, 2)
    finally:
        process.kill()
        os.close(ours)
    assert b"Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def read_to_the_end(terminal: int) -> bytes:
    """Read what a process says until it has closed its side."""
    said = b""
    while True:
        try:
            more = os.read(terminal, 1024)
        except OSError:  # Linux's way to say that the other side is closed
            return said
        if not more:
            return said
        said += more


def list_verbs(command, words=()):
    """Yield the words and the options of every verb below a command."""
    for name, verb in getattr(command, "commands", {}).items():
        yield from list_verbs(verb, (*words, name))
    if not hasattr(command, "commands"):
        yield words, {option for parameter in command.params for option in parameter.opts}


def test_every_verb_can_be_quiet_and_write_json():
    verbs = dict(list_verbs(typer.main.get_command(app)))
    assert len(verbs) >= 12
    for words, options in verbs.items():
        assert {"--quiet", "--json"} <= options, words


SMALL_RUNS = {
    "datasets list": {"datasets"},
    "datasets fetch wisconsin": {"datasets"},
    "datasets check wisconsin": {"datasets"},
    "reproduce": {"experiments"},
    "mri mask lines:2 --shape 16,16 --out mask.npy": {
        "mask",
        "sampled_fraction",
        "acceleration",
        "calibration",
    },
    "mri phantom --seeds 1": {"psnr", "oracle_psnr", "seconds", "groups", "method"},
    "seismic model --out new.npz --traces 2 --shots 2": {
        "survey",
        "shots",
        "traces",
        "noise_level",
        "wavelets",
    },
}


@pytest.mark.parametrize("verb", SMALL_RUNS)
def test_json_and_quiet_of_small_verbs(groupsparse, verb):
    ran = groupsparse(*verb.split(), "--json", "-")
    assert (ran.code, ran.err, ran.out.count("\n")) == (0, "", 1)
    assert set(json.loads(ran.out)) == SMALL_RUNS[verb]
    again = ["--overwrite"] if "--out" in verb else []
    assert groupsparse(*verb.split(), *again, "--quiet") == (0, "", "")
