"""A selection is written by name, whatever the order, and completely or not at all."""

import re
import sys

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from groupsparse.apps.features.selection_file import (
    COLUMNS,
    check_selection_output,
    write_h5ad,
    write_selection,
)

GENES = ["TP53", "MYC", "EGFR", "KRAS", "BRCA1"]
SELECTION = pd.DataFrame(
    {
        "selection_frequency": [0.5, 1.0, 0.75],
        "rank": [3, 1, 2],
        "name": ["BRCA1", "EGFR", "TP53"],
        "score": [0.1, 2.5, 1.5],
        "chromosome": [17, 7, 17],
    }
)
ADDED = {
    "groupsparse_selected": [True, False, True, False, True],
    "groupsparse_rank": [2, np.nan, 1, np.nan, 3],
    "groupsparse_score": [1.5, 0, 2.5, 0, 0.1],
    "groupsparse_selection_frequency": [0.75, 0, 1, 0, 0.5],
}


def read(path):
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    return pd.read_csv(path, sep="," if path.suffix == ".csv" else "\t")


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".txt", ".parquet"])
def test_selection_comes_back_sorted_by_rank(tmp_path, suffix):
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    before = SELECTION.copy()
    path = write_selection(tmp_path / "new" / f"genes{suffix}", SELECTION, overwrite=False)
    found = read(path)
    assert list(found.columns) == [*COLUMNS, "chromosome"]
    assert found["name"].tolist() == ["EGFR", "TP53", "BRCA1"]
    assert found["rank"].tolist() == [1, 2, 3]
    assert found["score"].tolist() == [2.5, 1.5, 0.1]
    assert found["selection_frequency"].tolist() == [1.0, 0.75, 0.5]
    assert found["chromosome"].tolist() == [7, 17, 17]
    pd.testing.assert_frame_equal(SELECTION, before)


def test_features_without_a_rank_come_last(tmp_path):
    table = SELECTION.assign(rank=[np.nan, 2, 1], selection_frequency=np.nan)
    path = write_selection(tmp_path / "genes.csv", table, overwrite=False)
    assert path.read_text() == (
        "name,score,rank,selection_frequency,chromosome\n"
        "TP53,1.5,1,,17\nEGFR,2.5,2,,7\nBRCA1,0.1,,,17\n"
    )


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (SELECTION.drop(columns=["rank", "score"]), "the selection has no column 'score', 'rank'"),
        (SELECTION.assign(name="MYC"), "several features have the same name: 'MYC' (3 times)"),
        (SELECTION.assign(rank=1), "the same rank to several features"),
    ],
)
def test_tables_that_are_no_selection(tmp_path, contents, table, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        write_selection(tmp_path / "genes.csv", table, overwrite=False)
    assert not contents()


def test_files_are_kept_unless_they_may_be_replaced(tmp_path, contents):
    path = tmp_path / "genes.csv"
    path.write_text("mine")
    for attempt in (
        lambda: write_selection(path, SELECTION, overwrite=False),
        lambda: check_selection_output(path, overwrite=False),
    ):
        with pytest.raises(FileExistsError, match=r"exists already$"):
            attempt()
    assert path.read_text() == "mine"
    check_selection_output(path, overwrite=True)
    write_selection(path, SELECTION, overwrite=True)
    assert len(read(path)) == 3
    assert len(contents()) == 1


def test_an_interrupted_write_leaves_nothing(tmp_path, monkeypatch, contents):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(pd.DataFrame, "to_csv", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_selection(tmp_path / "new" / "genes.csv", SELECTION, overwrite=False)
    assert not contents()


@pytest.mark.parametrize("name", ["genes.xlsx", "genes", "genes.csv.gz"])
def test_unknown_formats(tmp_path, name):
    with pytest.raises(ValueError, match=r"must be one of .csv, .tsv, .txt, .parquet$"):
        write_selection(tmp_path / name, SELECTION, overwrite=False)
    with pytest.raises(ValueError, match=r"must be one of .csv, .tsv, .txt, .parquet, .h5ad$"):
        check_selection_output(tmp_path / name, overwrite=False)


@pytest.mark.parametrize(("suffix", "library"), [(".parquet", "pyarrow"), (".h5ad", "anndata")])
def test_a_missing_library_is_said_beforehand(tmp_path, monkeypatch, suffix, library):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(
        ValueError, match=rf'^{library} is needed .*pip install "groupsparse\[io\]"'
    ):
        check_selection_output(tmp_path / f"genes{suffix}", overwrite=False)


def test_outputs_that_the_source_does_not_allow(tmp_path):
    source = tmp_path / "data.csv"
    source.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"only data from a \.h5ad file can be written back"):
        check_selection_output(tmp_path / "genes.h5ad", overwrite=True, source=source)
    with pytest.raises(ValueError, match="the table would replace the data it was made from"):
        check_selection_output(tmp_path / "." / "data.csv", overwrite=True, source=source)
    check_selection_output(tmp_path / "genes.csv", overwrite=False, source=source)


# AnnData.


@pytest.fixture
def source(tmp_path):
    """A file with something of everything; its genes are in no order that sorting gives."""
    anndata = pytest.importorskip("anndata")
    rng = np.random.default_rng(0)
    values = sp.random_array((6, 5), density=0.5, rng=rng, format="csr", dtype=np.float32)
    data = anndata.AnnData(
        sp.csr_matrix(values),
        obs=pd.DataFrame({"kind": pd.Categorical(list("ABABAB"))}, index=list("uvwxyz")),
        var=pd.DataFrame({"chromosome": pd.Categorical([17, 8, 7, 12, 17])}, index=GENES),
        layers={"counts": rng.integers(0, 9, (6, 5))},
        obsm={"X_pca": rng.standard_normal((6, 2))},
        varm={"PCs": rng.standard_normal((5, 2))},
        obsp={"distances": sp.csr_matrix(np.eye(6))},
        uns={"notes": {"by": "someone", "colours": np.array(["red", "blue"])}},
    )
    data.raw = data.copy()
    data.write_h5ad(tmp_path / "source.h5ad", compression="gzip")
    return tmp_path / "source.h5ad"


def load(path):
    return pytest.importorskip("anndata").read_h5ad(path)


def everything(path):
    """Every dataset and attribute of an HDF5 file, but those of our columns."""
    h5py = pytest.importorskip("h5py")
    found = {}

    def visit(name, item):
        if name.startswith("var/groupsparse_"):
            return
        attributes = {key: np.asarray(value).tolist() for key, value in item.attrs.items()}
        if name == "var":
            order = [key for key in attributes["column-order"] if "groupsparse_" not in key]
            attributes["column-order"] = order
        data = (item[()], item.dtype, item.compression) if isinstance(item, h5py.Dataset) else None
        found[name] = (attributes, repr(data))

    with h5py.File(path) as file:
        file.visititems(visit)
    return found


def check_added(path, expected=ADDED):
    var = load(path).var
    for name, values in expected.items():
        np.testing.assert_array_equal(var[name], values, err_msg=name)
    assert list(var.columns) == ["chromosome", *expected]
    assert var["groupsparse_selected"].dtype == bool


@pytest.mark.parametrize("seed", range(4))
def test_columns_are_matched_by_name_not_by_position(tmp_path, source, seed):
    rng = np.random.default_rng(seed)
    order = rng.permutation(5)
    data = load(source)[:, order].copy()
    data.write_h5ad(tmp_path / "shuffled.h5ad")
    selection = SELECTION.sample(frac=1, random_state=seed)
    target = write_h5ad(
        tmp_path / "shuffled.h5ad", tmp_path / "out.h5ad", selection, overwrite=False
    )
    assert load(target).var_names.tolist() == [GENES[j] for j in order]
    check_added(target, {name: [values[j] for j in order] for name, values in ADDED.items()})


def test_nothing_else_is_lost_or_changed(tmp_path, source):
    h5py = pytest.importorskip("h5py")
    with h5py.File(source, "a") as file:
        file["obs/no_column_for_anndata"] = [1, 2, 3]
    original, before = source.read_bytes(), everything(source)
    target = write_h5ad(source, tmp_path / "out.h5ad", SELECTION, overwrite=False)
    assert everything(target) == before
    assert source.read_bytes() == original
    check_added(target)
    data = load(target)
    assert data.raw.var_names.tolist() == GENES
    assert data.uns["notes"]["by"] == "someone"
    assert before["X/data"][1].endswith("'gzip')")


def test_the_source_itself_only_if_it_may_be_replaced(source, contents):
    original = source.read_bytes()
    with pytest.raises(FileExistsError, match=r"exists already$"):
        write_h5ad(source, source, SELECTION, overwrite=False)
    assert source.read_bytes() == original
    write_h5ad(source, source, SELECTION, overwrite=True)
    check_added(source)
    assert len(contents()) == 1


def test_columns_of_an_earlier_run_are_replaced(tmp_path, source):
    earlier = SELECTION.assign(name=["MYC", "KRAS", "TP53"])
    write_h5ad(source, source, earlier, overwrite=True)
    write_h5ad(source, source, SELECTION, overwrite=True)
    check_added(source)
    write_h5ad(source, tmp_path / "out.h5ad", SELECTION, overwrite=False, prefix="css_")
    var = load(tmp_path / "out.h5ad").var
    assert list(var.columns) == ["chromosome", *ADDED, *(f"css_{n[12:]}" for n in ADDED)]


def test_scores_of_features_that_are_not_selected(tmp_path, source):
    selection = SELECTION.assign(rank=[np.nan, 1, 2])
    target = write_h5ad(source, tmp_path / "out.h5ad", selection, overwrite=False)
    expected = {
        **ADDED,
        "groupsparse_selected": [True, False, True, False, False],
        "groupsparse_rank": [2, np.nan, 1, np.nan, np.nan],
    }
    check_added(target, expected)


def test_without_resampling_no_frequency_is_made_up(tmp_path, source):
    selection = SELECTION.assign(selection_frequency=np.nan)
    target = write_h5ad(source, tmp_path / "out.h5ad", selection, overwrite=False)
    check_added(target, {**ADDED, "groupsparse_selection_frequency": [np.nan] * 5})


def test_features_that_the_file_does_not_have(tmp_path, source, contents):
    selection = SELECTION.assign(name=["BRCA1", "EGFR1", "TP35"])
    with pytest.raises(ValueError, match=r"source\.h5ad has no features 'EGFR1', 'TP35'"):
        write_h5ad(source, tmp_path / "out.h5ad", selection, overwrite=False)
    assert len(contents()) == 1


@pytest.mark.filterwarnings("ignore:Variable names are not unique")
def test_names_that_occur_twice(tmp_path, source):
    data = load(source)
    data.raw = None
    data.var_names = ["TP53", "MYC", "EGFR", "TP53", "BRCA1"]
    data.write_h5ad(source)
    with pytest.raises(ValueError, match=r"have the same name: 'TP53' \(2 times\)"):
        write_h5ad(source, tmp_path / "out.h5ad", SELECTION, overwrite=False)


def test_targets_and_sources_of_other_kinds(tmp_path, source):
    with pytest.raises(FileNotFoundError, match=r"absent\.h5ad: no such file"):
        write_h5ad(tmp_path / "absent.h5ad", tmp_path / "o.h5ad", SELECTION, overwrite=False)
    with pytest.raises(
        ValueError, match=r"out\.csv: the name of an AnnData file must end with \.h5ad"
    ):
        write_h5ad(source, tmp_path / "out.csv", SELECTION, overwrite=False)
    source.write_bytes(source.read_bytes()[:5000])
    with pytest.raises(ValueError, match=r"source\.h5ad cannot be read as AnnData"):
        write_h5ad(source, tmp_path / "out.h5ad", SELECTION, overwrite=False)
    assert not (tmp_path / "out.h5ad").exists()


def test_a_write_that_fails_leaves_the_target_as_it_was(tmp_path, source, monkeypatch, contents):
    anndata_io = pytest.importorskip("anndata.io")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(anndata_io, "write_elem", interrupted)
    before = contents()
    with pytest.raises(KeyboardInterrupt):
        write_h5ad(source, source, SELECTION, overwrite=True)
    assert contents() == before
