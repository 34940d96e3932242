"""`groupsparse features`: from a file to names and a page, and what it refuses."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from groupsparse.apps.features import commands
from groupsparse.toolkit.estimators import ColumnSubsetSelector

NAMES = [f"gene {letter}" for letter in "abcdefgh"]


def genes(seed=0, n_samples=40):
    """Eight genes of which four carry nearly all, in two classes."""
    rng = np.random.default_rng(seed)
    hidden = rng.standard_normal((n_samples, 3)) @ rng.standard_normal((3, 8))
    classes = np.resize(["healthy", "ill"], n_samples)
    values = hidden + 0.2 * rng.standard_normal((n_samples, 8))
    values[classes == "ill", 2] += 3
    return pd.DataFrame(values, columns=NAMES).assign(state=classes)


@pytest.fixture
def files(tmp_path):
    """The same table in several formats, and bad ones."""
    frame = genes()
    frame.to_csv(tmp_path / "genes.csv", index=False)
    frame.to_csv(tmp_path / "genes.tsv", index=False, sep="\t")
    numbers = frame[NAMES]
    numbers.to_csv(tmp_path / "numbers.csv")
    numbers.head(1).to_csv(tmp_path / "one.csv", index=False)
    numbers.assign(flat=5.0, twin=numbers["gene b"]).to_csv(tmp_path / "odd.csv", index=False)
    numbers.assign(**{"gene h": np.nan}).to_csv(tmp_path / "missing.csv", index=False)
    wide = numbers.head(5)
    wide.to_csv(tmp_path / "short.csv", index=False)
    (tmp_path / "twice.csv").write_text("a,b,a\n1,2,3\n4,5,7\n")
    return tmp_path


def chosen_by(frame, n, **settings):
    selector = ColumnSubsetSelector(n, **settings).fit(frame[NAMES])
    return [NAMES[place] for place in selector.selected_]


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_select_writes_the_table(groupsparse, files, suffix):
    ran = groupsparse(
        *("features", "select", f"genes{suffix}", "--label", "state", "--n-features", 3),
        *("--standardize", "--resamples", 4, "--out", f"chosen{suffix}"),
    )
    assert (ran.code, ran.err) == (0, "")
    written = pd.read_csv(files / f"chosen{suffix}", sep="," if suffix == ".csv" else "\t")
    assert list(written.columns) == ["name", "score", "rank", "selection_frequency"]
    assert list(written["name"]) == chosen_by(genes(), 3, standardize=True)
    assert list(written["rank"]) == [1, 2, 3]
    assert written["selection_frequency"].between(0, 1).all()
    for name in written["name"]:
        assert name in ran.out
    assert f"written: chosen{suffix}" in ran.out


def test_select_as_json(groupsparse, files):
    ran = groupsparse("features", "select", "numbers.csv", "--n-features", 2, "--json", "-")
    result = json.loads(ran.out)
    assert [row["name"] for row in result["selected"]] == chosen_by(genes(), 2)
    assert [row["rank"] for row in result["selected"]] == [1, 2]
    assert result["selected"][0]["selection_frequency"] is None
    assert result["rmse"] == pytest.approx(
        ColumnSubsetSelector(2).fit(genes()[NAMES]).reconstruction_error_
    )
    ran = groupsparse("features", "select", "numbers.csv", "--tol", 0.3, "--quiet")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_select_what_separates_classes(groupsparse, files):
    options = ("--label", "state", "--supervised", "--n-features", 1, "--json", "-")
    ran = groupsparse("features", "select", "genes.csv", *options)
    assert json.loads(ran.out)["selected"][0]["name"] == "gene c"
    assert json.loads(ran.out)["response"] == "classes"


def test_the_user_says_what_the_labels_hold(groupsparse, files):
    rng = np.random.default_rng(3)
    table = genes().drop(columns="state")
    years = np.round(table["gene b"] + 0.1 * rng.standard_normal(len(table)))
    table.assign(years=years.astype(int)).to_csv(files / "years.csv", index=False)
    select = ("features", "select", "years.csv", "--label", "years", "--supervised")
    for response, said in (("numbers", "numbers"), ("classes", f"{years.nunique()} classes")):
        page = f"{response}.html"
        ran = groupsparse(*select, "--n-features", 1, "--response", response, "--report", page)
        assert (ran.code, ran.err) == (0, "")
        assert f"The labels were taken for {said}." in ran.out
        assert f"The labels were taken for {said}." in (files / page).read_text(encoding="utf-8")
    assert "Class separation" not in (files / "numbers.html").read_text(encoding="utf-8")
    ran = groupsparse(*select, "--response", "numbers", "--n-features", 1, "--json", "-")
    assert json.loads(ran.out)["selected"][0]["name"] == "gene b"


def test_select_from_a_data_set(groupsparse):
    ran = groupsparse(
        "features", "select", "wisconsin", "--n-features", 3, "--standardize", "--json", "-"
    )
    assert json.loads(ran.out)["rmse"] == pytest.approx(0.5847, abs=1e-4)
    ran = groupsparse("features", "select", "wisconsin", "--drop", "mean radius", "--json", "-")
    names = [row["name"] for row in json.loads(ran.out)["selected"]]
    assert len(names) == 10
    assert "mean radius" not in names


def test_anndata_gets_the_selection_by_name(groupsparse, tmp_path):
    anndata = pytest.importorskip("anndata")
    frame = genes()
    shuffled = list(np.random.default_rng(1).permutation(NAMES))
    obs = pd.DataFrame(index=[f"cell {n}" for n in range(len(frame))])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cells = anndata.AnnData(frame[shuffled].to_numpy(), obs=obs)
        cells.var_names = shuffled
        cells.layers["doubled"] = 2 * cells.X
        cells.write_h5ad(tmp_path / "cells.h5ad")
    options = ("--n-features", 3, "--layer", "doubled", "--out", "out.h5ad")
    ran = groupsparse("features", "select", "cells.h5ad", *options)
    assert (ran.code, ran.err) == (0, "")
    var = anndata.read_h5ad(tmp_path / "out.h5ad").var
    assert list(var.index) == shuffled
    selected = var[var["groupsparse_selected"]].sort_values("groupsparse_rank")
    assert list(selected.index) == chosen_by(genes(), 3)
    ran = groupsparse("features", "select", "cells.h5ad", "--layer", "spliced")
    assert ran.code == 2
    assert "has no layer 'spliced'" in ran.err


def test_the_page(groupsparse, files):
    options = ("--label", "state", "--n-features", 3, "--standardize", "--resamples", 4)
    ran = groupsparse("features", "select", "genes.csv", *options, "--report", "genes.html")
    assert (ran.code, ran.err) == (0, "")
    page = (files / "genes.html").read_text(encoding="utf-8")
    titles = ("Error against number of features", "Chosen and dropped", "Stability", "separation")
    for text in (*titles, *chosen_by(genes(), 3, standardize=True), "farthest-point", "ANOVA F"):
        assert text in page, text
    assert "groupsparse features select genes.csv --label state" in page


def test_the_page_of_a_supervised_choice_of_a_response(groupsparse, files):
    genes().drop(columns="state").to_csv(files / "response.csv", index=False)
    options = ("--label", "gene a", "--supervised", "--n-features", 2, "--report", "r.html")
    ran = groupsparse("features", "select", "response.csv", *options)
    assert (ran.code, ran.err) == (0, "")
    page = (files / "r.html").read_text(encoding="utf-8")
    assert "predict the response" in page
    assert "Class separation" not in page


def test_odd_features_are_reported(groupsparse, files):
    arguments = ("features", "select", "odd.csv", "--n-features", 9, "--report", "odd.html")
    with (
        pytest.warns(UserWarning, match="only 8 features are linearly independent"),
        pytest.warns(UserWarning, match="constant, and therefore never selected: feature 'flat'"),
    ):
        ran = groupsparse(*arguments)
    assert ran.code == 0
    page = (files / "odd.html").read_text(encoding="utf-8")
    assert "Constant, never chosen: &#39;flat&#39;." in page
    assert "&#39;gene b&#39; and &#39;twin&#39;" in page


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("genes.csv",), "'state' (text)"),
        (("genes.csv", "--label", "stat"), "did you mean 'state'"),
        (("genes.csv", "--label", "state", "--drop", "gene x"), "'gene x'"),
        (("genes.csv", "--label", "state", "--index", "who"), "'who'"),
        (("missing.csv",), "missing values in 1 of 8 features: 'gene h' (40)"),
        (("twice.csv",), "same name: 'a'"),
        (("one.csv",), "one.csv: a selection needs at least 2 samples, got 1"),
        (("numbers.csv", "--n-features", "9"), "got 9, but there are 8 features (--n-features)"),
        (
            ("numbers.csv", "--supervised"),
            "holds them (--supervised, --label)",
        ),
        (("numbers.csv", "--method", "best"), "method must be one of 'search'"),
        (("numbers.csv", "--response", "text"), "response must be one of 'auto', 'classes'"),
        (("numbers.csv", "--layer", "X"), "layer can be chosen for .h5ad files only (--layer)"),
        (("numbers.csv", "--out", "genes.csv"), "genes.csv exists already"),
        (("numbers.csv", "--out", "chosen.xls"), "chosen.xls: the format must be one of"),
        (("numbers.csv", "--out", "new.h5ad"), "new.h5ad"),
        (("numbers.csv", "--report", "page.pdf"), "must end in .html"),
        (("numbers.csv", "--report", "a.html", "--json", "a.html"), "a.html is named twice"),
        (("numbers.csv", "--overwrite", "--json", "./numbers.csv"), "numbers.csv is named twice"),
        (("nothing.csv",), "nothing.csv: no such file"),
        (("nothing",), "data sets are wisconsin, lung_discrete"),
        (("wisconsin", "--label", "class"), "label can be chosen for files only (--label)"),
        (("wisconsin", "--drop", "size"), "wisconsin has no feature 'size'"),
    ],
)
def test_select_refuses(groupsparse, files, contents, arguments, message):
    before = contents()
    ran = groupsparse("features", "select", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert ran.err.count("\n") == 1
    assert contents() == before


def test_more_features_than_the_rank(groupsparse, files):
    with pytest.warns(UserWarning, match="only 4 features are linearly independent"):
        ran = groupsparse("features", "select", "short.csv", "--n-features", 7, "--json", "-")
    assert ran.code == 0
    assert json.loads(ran.out)["n_features"] == 4


def test_compare(groupsparse, files):
    options = ("--n-features", 3, "--methods", "search,forward,leverage", "--out", "curve.csv")
    ran = groupsparse("features", "compare", "genes.csv", "--label", "state", *options)
    assert (ran.code, ran.err) == (0, "")
    lines = [line.split() for line in ran.out.splitlines()]
    assert lines[1] == ["features", "bound", "search", "forward", "leverage"]
    table = pd.read_csv(files / "curve.csv")
    assert len(table) == 9
    assert float(lines[5][2]) == pytest.approx(table.loc[2, "rmse"], abs=1e-4)
    ran = groupsparse("features", "compare", "wisconsin", "--methods", "foo")
    assert ran.code == 2
    assert "method must be one of" in ran.err
    ran = groupsparse(
        *("features", "compare", "wisconsin", "--methods", "forward", "--n-features", 2),
        *("--json", "-"),
    )
    assert [row["n_features"] for row in json.loads(ran.out)["results"]] == [1, 2]


def test_compare_with_unscaled_features(groupsparse, files):
    options = ("--n-features", 1, "--methods", "forward", "--raw", "--json", "-")
    ran = groupsparse("features", "compare", "numbers.csv", *options)
    values = genes()[NAMES].to_numpy()
    expected = min(
        np.linalg.norm(centred - np.outer(a, a @ centred) / (a @ a)) / np.sqrt(values.size)
        for centred in [values - values.mean(axis=0)]
        for a in centred.T
    )
    assert json.loads(ran.out)["results"][0]["rmse"] == pytest.approx(expected)


def test_nothing_numerical_is_loaded_for_help(groupsparse):
    source = Path(commands.__file__).read_text(encoding="utf-8")
    top = source.partition("@app.command")[0]
    assert "import numpy" not in top
    ran = groupsparse("features", "select", "--help")
    assert ran.code == 0
    assert "--n-features" in ran.out
