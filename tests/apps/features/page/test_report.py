"""The page shows what was chosen and how well, with names as plain text."""

import html
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris

from groupsparse.apps.features.job import Job, Settings, prepare, run
from groupsparse.apps.features.page import report as page_report
from groupsparse.apps.features.page.content import Report
from groupsparse.apps.features.page.correlation import correlate_features
from groupsparse.apps.features.page.report import write_report
from groupsparse.apps.features.separation import measure_class_separation
from groupsparse.apps.features.univariate import make_univariate_selectors

NAMES = ["<script>alert(1)</script>", "cost $ of $ x", "BRCA1 & 2", "AFFX-HUMISGF3A/M97935_MB_at"]
SECTIONS = [
    "Chosen features",
    "Error against number of features",
    "Chosen and dropped features",
    "Stability",
    "Class separation",
    "Settings",
]


@pytest.fixture(scope="module")
def full():
    X, y = load_iris(return_X_y=True)
    selected = np.array([2, 0])
    curve = pd.DataFrame(
        {
            "method": ["ours", "ours", "greedy", "greedy"],
            "n_features": [1, 2, 1, 2],
            "rmse": [0.5, 0.22, 0.6, 0.25],
            "bound": [0.4, 0.2, 0.4, 0.2],
            "seconds": [0.1, 0.2, 0.3, 0.4],
        }
    )
    return Report(
        NAMES,
        selected,
        scores=np.array([1.25, 0.0, 2.5, 0.0]),
        title="Iris & co",
        description="150 flowers.",
        n_samples=150,
        standardized=True,
        frequency=np.array([0.5, 0.1, 0.96, 0.44]),
        correlation=correlate_features(X, selected),
        curve=curve,
        separation=measure_class_separation(
            X, y, selectors=make_univariate_selectors(), n_features=[1, 2]
        ),
        settings={"method": "ours", "tol": None},
        commands=["groupsparse features select iris.csv"],
        notes=["1 constant feature was left out: <i>zero</i>."],
    )


def texts(path):
    """Return the source, and the text with single spaces."""
    source = path.read_text(encoding="utf-8")
    body = re.sub(r"<style>.*?</style>", "", source, flags=re.DOTALL)
    return source, " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def test_the_page_has_all_sections(tmp_path, full):
    source, text = texts(write_report(tmp_path / "page.html", full))
    assert re.findall(r"<h2>(.*?)</h2>", source) == SECTIONS
    assert source.count("<img class=") == 5
    for said in (
        "2 of 4 features of 150 samples were chosen",
        "150 flowers.",
        "the choice of features were repeated inside the folds",
        "it has no unit",
        "No choice of features can be below it",
        "5 nearest neighbours: accuracy, in %; all features",
        "most frequent class 33.3",
        "groupsparse features select iris.csv",
        "greedy 0.2500 25.0 % 0.4",
        "1 BRCA1 & 2 2.50 96 %",
    ):
        assert said in text


def test_names_are_shown_and_not_obeyed(tmp_path, full):
    source, text = texts(write_report(tmp_path / "page.html", full))
    assert "<script" not in source
    assert "<i>zero" not in source
    for name in NAMES:
        assert name in text


def test_everything_but_the_choice_may_be_left_out(tmp_path):
    report = Report(["a", "b", "c"], np.array([1]))
    source, text = texts(write_report(tmp_path / "page.html", report))
    assert re.findall(r"<h2>(.*?)</h2>", source) == ["Chosen features"]
    assert "1 of 3 features were chosen" in text
    assert "<img class=" not in source


def test_each_part_can_be_alone(tmp_path, full):
    nothing = dict.fromkeys(("scores", "frequency", "correlation", "curve", "separation"))
    bare = replace(full, **nothing, settings={}, commands=())
    for number, (name, section) in enumerate(
        zip(("curve", "correlation", "frequency", "separation"), SECTIONS[1:5], strict=True)
    ):
        one = replace(bare, **{name: getattr(full, name)})
        source, _ = texts(write_report(tmp_path / f"{number}.html", one))
        assert re.findall(r"<h2>(.*?)</h2>", source) == [SECTIONS[0], section]


def test_a_supervised_choice_is_not_said_to_represent_the_data(tmp_path, full):
    report = replace(full, supervised=True, curve=full.curve.drop(columns="bound"))
    _, text = texts(write_report(tmp_path / "page.html", report))
    assert "they predict the response" in text
    assert "linear fit of the response" in text
    assert "represent all others" not in text
    assert "lower bound" not in text


def test_long_names_are_short_in_the_table_and_whole_below(tmp_path):
    name = "probe_" * 20
    _, text = texts(write_report(tmp_path / "page.html", Report([name, "b"], np.array([0]))))
    assert text.count(name) == 1
    assert f"{name[:24]}…{name[-23:]} is {name}" in text


def test_nothing_dropped_means_no_heat_map(tmp_path):
    X = np.random.default_rng(0).standard_normal((10, 3))
    report = Report(list("abc"), np.arange(3), correlation=correlate_features(X, range(3)))
    source, _ = texts(write_report(tmp_path / "page.html", report))
    assert re.findall(r"<h2>(.*?)</h2>", source) == ["Chosen features"]


def test_a_report_from_a_selector():
    X = np.random.default_rng(0).standard_normal((10, 4))
    selector = SimpleNamespace(
        selected_=np.array([3, 1]), scores_=np.array([0, 1, 0, 2.0]), errors_=np.array([0.7, 0.5])
    )
    report = Report.from_selector(selector, X, list("abcd"), title="Four")
    assert (report.title, report.n_samples, report.frequency) == ("Four", 10, None)
    assert report.selected_names == ["d", "b"]
    np.testing.assert_array_equal(report.selected_scores, [2, 1])
    np.testing.assert_array_equal(report.curve["rmse"], [0.7, 0.5])
    np.testing.assert_array_equal(report.correlation, correlate_features(X, [3, 1]))
    assert Report.from_selector(selector, X, list("abcd"), curve=None).curve is None


def test_equal_names_are_kept_apart():
    frame = Report(["a", "a"], np.array([1, 0]), scores=np.array([1.0, 2.0])).selection
    assert frame["score"].tolist() == [2, 1]


def test_an_existing_file_is_kept(tmp_path, full):
    path = tmp_path / "page.html"
    path.write_text("mine")
    with pytest.raises(FileExistsError, match=r"exists already$"):
        write_report(path, full)
    assert path.read_text() == "mine"
    write_report(path, Report(["a"], np.array([0])), overwrite=True)
    assert "Chosen features" in path.read_text()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"selected": np.array([], dtype=int)}, "between 1 and 4 features, got 0"),
        ({"scores": np.ones(3)}, r"scores must have shape \(4,\), got \(3,\)"),
        ({"frequency": np.ones(2)}, r"frequency must have shape \(4,\), got \(2,\)"),
        ({"correlation": np.ones((4, 2))}, r"correlation must have shape \(2, 4\)"),
    ],
)
def test_bad_input(full, changes, message):
    with pytest.raises(ValueError, match=message):
        replace(full, **changes)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["a", "b", "a", "b"], True),
        ([1, 2, 1, 2], True),
        ([True, False, True, False], True),
        ([0.5, 1.5, 2.5, 0.5], False),
        (["a", "b", "c", "a"], False),
        (["a", "a", "a", "a"], False),
    ],
)
def test_what_counts_as_classes(labels, expected):
    assert page_report.has_classes(np.array(labels)) is expected


def test_large_tables_are_compared_with_quick_methods(monkeypatch, tmp_path):
    monkeypatch.setattr(page_report, "_LARGE", 100)
    job = Job("wisconsin", settings=Settings(n_features=4, standardize=True))
    table = prepare(job)
    steps: list[str] = []
    report = page_report.make_report(table, run(job, table), command="again", watch=steps.append)
    curve = report.curve
    assert list(dict.fromkeys(curve["method"])) == ["search", *page_report._QUICK]
    at_four = curve[curve["n_features"] == 4].set_index("method")["rmse"]
    assert at_four.min() == at_four["search"] == pytest.approx(0.5266, abs=1e-4)
    assert "mutual information" not in set(report.separation["selector"])
    assert curve["bound"].notna().all()
    write_report(tmp_path / "large.html", report)
    page = (tmp_path / "large.html").read_text(encoding="utf-8")
    assert "nan" not in page.partition("best first")[2].partition("</table>")[0]
    assert "chosen by the method 'forward'" in report.notes[-1]
    assert steps[-1] == "page"
