"""The demo's page is complete and self-contained, and replaces only an earlier one."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from groupsparse.apps.mri.pages import demo_page
from groupsparse.apps.mri.pages.demo_page import (
    TITLE,
    ResultRow,
    make_results_table,
    write_demo_page,
)
from groupsparse.apps.report.page import write_page

METHODS = ["l2,1 (FISTA)", "l0(l2) (GPDASC)"]
IMAGE_METHODS = ["spinning", "l2,1 (FISTA)"]


class Ran:
    """One run of the demo: its rows, its page, and the steps it announced."""

    def __init__(self, path) -> None:
        self.path = path
        self.steps: list[str] = []
        self.n_reports = 0
        self.rows = write_demo_page(path, watch=self.watch)
        self.html = path.read_text(encoding="utf-8")

    def watch(self, step: str) -> Callable[[Any], None]:
        self.steps.append(step)

        def report(progress) -> None:
            self.n_reports += 1

        return report


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> Ran:
    """Run the demo where an earlier page of the demo exists."""
    path = tmp_path_factory.mktemp("demo") / "out" / "report.html"
    write_page(path, TITLE, "An earlier page.", [])
    return Ran(path)


def unwatched(step: str) -> Callable[[Any], None]:
    return lambda progress: None


def refuse_to_work() -> None:
    raise AssertionError("work was begun")


def test_the_earlier_page_is_replaced(ran):
    assert "An earlier page." not in ran.html
    assert [path.name for path in ran.path.parent.iterdir()] == ["report.html"]


def test_the_page_is_self_contained(ran):
    assert ran.html.startswith("<!doctype html>")
    assert ran.html.rstrip().endswith("</html>")
    assert not re.search(r"<(script|link|iframe|object|embed)\b", ran.html)
    assert not re.search(r"https?://|file:|url\(|@import", ran.html)
    sources = re.findall(r'src="([^"]*)"', ran.html)
    assert all(source.startswith("data:image/png;base64,") for source in sources)


def test_every_case_shows_images_mask_and_errors(ran):
    captions = re.findall(r'<img class="picture"[^>]*alt="([^:"]*):', ran.html)
    expected = []
    for methods in (IMAGE_METHODS, IMAGE_METHODS, METHODS):
        shown = ["zero-filled", *methods]
        errors = [f"error of {name}" for name in shown]
        expected += ["original", *shown, "sampled frequencies", *errors]
    assert captions == expected
    sizes = re.findall(r'<img class="picture"[^>]*width="(\d+)" height="(\d+)"', ran.html)
    expected = [("512", "512")] * 8 + [("256", "256")] * 8 + [("64", "64")] * 8
    assert sizes == expected


def test_the_published_figures_stand_beside_ours(ran):
    for figure in ("38.7", "20.1", "48.5", "14.3"):
        assert f">{figure}<" in ran.html
    published = {row.method: (row.published_psnr, row.published_seconds) for row in ran.rows}
    assert published["l0(l2) (GPDASC); published: GPDASC"] == (38.7, 48.5)
    assert published["l2,1 (FISTA); published: SPGL1"] == (20.1, 14.3)


def test_every_row_is_on_the_page_and_can_be_reproduced(ran):
    for row in ran.rows:
        assert f">{row.psnr:.1f}<" in ran.html
    commands = re.findall(r"<code>([^<]*)</code>", ran.html)
    assert [command.split(" --out")[0] for command in commands] == [
        "make demo",
        "groupsparse demo",
        "groupsparse mri reconstruct sample:astronaut --mask variable:0.3 --noise 0.01",
        "groupsparse mri reconstruct sample:astronaut --mask variable:0.3 --noise 0.01 "
        "--method l21",
        "groupsparse mri reconstruct sample:head --mask variable:0.3 --coils 4 --noise 0.01",
        "groupsparse mri reconstruct sample:head --mask variable:0.3 --coils 4 --noise 0.01 "
        "--method l21",
        "groupsparse mri phantom --method l21 --seeds 5",
        "groupsparse mri phantom --method gpdasc --seeds 5",
    ]


def test_the_reconstructions_are_good(ran):
    psnr = {(row.data, row.method.partition(";")[0]): row.psnr for row in ran.rows}
    assert len(psnr) == 3 + 3 + 4
    zero_filled, l21, gpdasc, spinning = (
        {data: value for (data, method), value in psnr.items() if method == name}
        for name in ("zero-filled", *METHODS, "spinning")
    )
    assert all(l21[data] > zero_filled[data] + 2 for data in zero_filled)
    assert l21["photograph"] > 31
    assert l21["head, 4 coils"] > 34
    assert all(spinning[data] > l21[data] + 1 for data in spinning)
    phantom = "phantom, seeds 0 to 4"
    assert gpdasc[phantom] > 37.5
    assert psnr[phantom, "oracle (true support)"] - 3 < gpdasc[phantom]


def test_real_images_have_all_metrics(ran):
    for row in ran.rows[:6]:
        assert 0 < row.ssim < 1
        assert 0 < row.nrmse < 0.3
        assert (row.seconds is None) == (row.method == "zero-filled")


def test_steps_are_announced_and_reported(ran):
    assert len(ran.steps) == 7
    assert ran.steps[0] == "compiling (first run only)"
    assert ran.n_reports > 100


@pytest.mark.parametrize("content", ["", "<html><title>mine</title></html>", f"about {TITLE}"])
def test_another_file_is_not_replaced(tmp_path, monkeypatch, content):
    monkeypatch.setattr(demo_page, "warm_up", refuse_to_work)
    path = tmp_path / "report.html"
    path.write_text(content)
    with pytest.raises(FileExistsError, match=r"is not a report of the demo$"):
        write_demo_page(path, watch=unwatched)
    assert path.read_text() == content


@pytest.mark.parametrize("name", ["folder", "file/report.html"])
def test_a_place_that_cannot_be_written_is_said_before_work_begins(tmp_path, monkeypatch, name):
    monkeypatch.setattr(demo_page, "warm_up", refuse_to_work)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"is not a f(ile|older)"):
        write_demo_page(tmp_path / name, watch=unwatched, overwrite=True)


def test_an_interrupted_demo_keeps_the_earlier_page(tmp_path, monkeypatch):
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo_page, "warm_up", interrupt)
    path = write_page(tmp_path / "report.html", TITLE, "An earlier page.", [])
    before = path.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        write_demo_page(path, watch=unwatched)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_table_leaves_out_what_no_row_has():
    table = make_results_table(
        [ResultRow("a", "b", 30.123, ssim=0.98765), ResultRow("a", "c", None, 38.7)]
    )
    assert table.columns == ["data", "method", "PSNR (dB)", "published", "SSIM"]
    assert table.rows == [["a", "b", "30.1", None, "0.988"], ["a", "c", None, "38.7", None]]
