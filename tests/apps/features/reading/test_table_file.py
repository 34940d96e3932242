"""Tables come in by name whatever the format, and what is wrong with one is said in one line."""

import gzip
import io
import re
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from scipy.io import savemat

from groupsparse.apps.features.reading.table_file import SUFFIXES, read_table
from groupsparse.apps.terminal.hints import describe_error

RNG = np.random.default_rng(0)
VALUES = RNG.standard_normal((4, 3))
NAMES = ("size", "weight", "age")
SAMPLES = ("p1", "p2", "p3", "p4")
CLASSES = ("M", "B", "B", "M")


def make_frame(values=VALUES) -> pd.DataFrame:
    return pd.DataFrame(values, index=list(SAMPLES), columns=list(NAMES))


def write_text(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def refused(path: Path, message: str, **options) -> None:
    """Reading fails with one line that names the file; the terminal shows the message."""
    with pytest.raises(ValueError, match=re.escape(path.name)) as caught:
        read_table(path, **options)
    assert message in describe_error(caught.value)
    assert "\n" not in str(caught.value)
    assert "--" not in str(caught.value)


# Formats: the same table, with labels and names of samples, through every one.


def save_text(path, frame):
    frame.to_csv(path, sep="," if ".csv" in path.name.lower() else "\t")


def save_parquet(path, frame):
    pytest.importorskip("pyarrow")
    frame.to_parquet(path)


def save_mat(path, frame):
    content = {
        "X": frame[list(NAMES)].to_numpy(float),
        "gene_names": np.array(NAMES, object),
        "class": np.array(frame["class"], object),
        "patient": np.array(frame.index, object),
    }
    savemat(path, content, do_compression=True)


def save_h5ad(path, frame):
    anndata = pytest.importorskip("anndata")
    obs = frame[["class"]].astype({"class": "category"})
    values = frame[list(NAMES)].to_numpy(float)
    anndata.AnnData(values, obs=obs, var=pd.DataFrame(index=list(NAMES))).write_h5ad(path)


def writer(suffix):
    return {".parquet": save_parquet, ".mat": save_mat, ".h5ad": save_h5ad}.get(suffix, save_text)


@pytest.fixture(params=[*SUFFIXES, ".CSV"])
def saved(request, tmp_path):
    """The table in every format, the class between its features."""
    path = tmp_path / f"data{request.param}"
    frame = make_frame()
    frame.insert(1, "class", CLASSES)
    writer(request.param.lower())(path, frame)
    return path


def test_every_format_gives_the_same_table(saved):
    index = "patient" if saved.suffix == ".mat" else None
    table = read_table(str(saved), label="class", index=index)
    np.testing.assert_array_equal(table.values, VALUES)
    assert (table.values.dtype, table.values.flags.c_contiguous) == (np.float64, True)
    assert (table.feature_names, table.sample_names) == (NAMES, SAMPLES)
    assert (table.labels.tolist(), table.label_name) == (list(CLASSES), "class")
    assert table.source == saved
    pd.testing.assert_frame_equal(table.frame, make_frame(), check_exact=True)


def test_every_format_leaves_out_what_is_to_be_dropped(saved):
    drop = ["weight"] if saved.suffix in (".mat", ".h5ad") else ["weight", "class"]
    table = read_table(saved, drop=drop)
    assert table.feature_names == ("size", "age")
    np.testing.assert_array_equal(table.values, VALUES[:, [0, 2]])
    assert (table.labels, table.label_name) == (None, None)


@pytest.mark.parametrize("option", ["label", "index", "drop"])
def test_every_format_says_which_names_there_are(saved, option):
    wrong = {"label": "clas", "index": "clas", "drop": "wieght"}[option]
    right = {"label": "class", "index": "class", "drop": "weight"}[option]
    refused(saved, f"; did you mean '{right}'? There are: '", **{option: wrong})
    refused(saved, f" (--{option})", **{option: wrong})


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.95])
def test_no_truncated_file_passes_as_data_of_another_kind(saved, share):
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(len(whole) * share)])
    plain = saved.suffix.lower() in (".csv", ".tsv", ".txt")
    if plain and share:
        saved.write_bytes(b'"' + saved.read_bytes())  # a quote that is never closed
    refused(saved, str(saved), label="class")


@pytest.mark.parametrize("name", ["data.xlsx", "data", "data.gz", "data.csv.zip"])
def test_unknown_format(tmp_path, name):
    refused(tmp_path / name, "the format must be one of .csv, .tsv, .txt, .csv.gz")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_file(tmp_path, suffix):
    with pytest.raises(FileNotFoundError, match="no such file"):
        read_table(tmp_path / f"absent{suffix}")
    (tmp_path / f"folder{suffix}").mkdir()
    with pytest.raises(FileNotFoundError, match="no such file"):
        read_table(tmp_path / f"folder{suffix}")


@pytest.mark.parametrize("suffix", [s for s in SUFFIXES if not s.endswith("gz")])
def test_empty_file(tmp_path, suffix):
    refused(write_text(tmp_path / f"data{suffix}", ""), "is empty")


@pytest.mark.parametrize(
    ("suffix", "library"), [(".parquet", "pyarrow"), (".h5ad", "anndata"), (".h5ad", "h5py")]
)
def test_a_library_that_is_not_there(tmp_path, monkeypatch, suffix, library):
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.setitem(sys.modules, f"{library}.parquet", None)
    path = write_text(tmp_path / f"data{suffix}", "x")
    with pytest.raises(ValueError, match=rf'{library} is needed .*pip install "groupsparse\[io\]"'):
        read_table(path)


@pytest.mark.parametrize(("option", "owner"), [("layer", ".h5ad"), ("key", ".mat")])
def test_options_of_other_formats(tmp_path, option, owner):
    path = write_text(tmp_path / "data.csv", "a,b\n1,2\n")
    refused(
        path, f"{option} can be chosen for {owner} files only (--{option})", **{option: "counts"}
    )


# Text.


def test_integers_and_booleans_are_numbers(tmp_path):
    path = write_text(
        tmp_path / "data.csv", "a,b,c,d\n1,True,99999999999999999999999,2\n3,False,1e-400,.5"
    )
    np.testing.assert_array_equal(read_table(path).values, [[1, 1, 1e23, 2], [3, 0, 0, 0.5]])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_byte_order_mark_blank_lines_blanks_and_ends_of_lines(tmp_path, end):
    lines = ["\ufeffid, a ,b", "", "007, 1,2", "  ", "008,3 ,4", ""]
    path = write_text(tmp_path / "data.csv", end.join(lines))
    table = read_table(path, index="id")
    assert (table.sample_names, table.feature_names) == (("007", "008"), ("a", "b"))
    np.testing.assert_array_equal(table.values, [[1, 2], [3, 4]])


def test_quotes_hold_separators_and_ends_of_lines(tmp_path):
    path = write_text(tmp_path / "data.csv", '"id","a, in m","b\nc"\n"x, ""y""",1,2\n"z\n",3,4\n')
    table = read_table(path, index="id")
    assert table.feature_names == ("a, in m", "b\nc")
    assert table.sample_names == ('x, "y"', "z\n")
    np.testing.assert_array_equal(table.values, [[1, 2], [3, 4]])


def test_an_index_that_pandas_wrote_twice(tmp_path):
    path = tmp_path / "data.csv"
    make_frame().to_csv(path)
    pd.read_csv(path).to_csv(path, index=False)
    assert read_table(path).sample_names == SAMPLES
    assert read_table(path, drop="Unnamed: 0").sample_names is None


@pytest.mark.parametrize("names", [("p1", "p2"), ("1", "2")])
def test_a_header_without_the_row_names_as_r_writes_it(tmp_path, names):
    first, second = names
    path = write_text(tmp_path / "data.tsv", f'"a"\t"b"\n"{first}"\t1\t2\n"{second}"\t3\t4\n')
    table = read_table(path)
    assert (table.sample_names, table.feature_names) == (names, ("a", "b"))
    np.testing.assert_array_equal(table.values, [[1, 2], [3, 4]])


@pytest.mark.parametrize(
    "rows", ["1.5,1,2\n2.5,3,4\n", "7,1,2\n9,3,4\n", "p,1,2\np,3,4\n", "1,2,\n2,4,\n"]
)
def test_a_short_header_never_shifts_names_over_measurements(tmp_path, rows):
    path = write_text(tmp_path / "data.csv", f"a,b\n{rows}")
    refused(path, "every row has 3 fields, but the header has 2")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (" \n\n", "is empty"),
        ("a,b\n", "has a header but no rows"),
        ("a\n1\n", "has only one column, 'a'"),
        ("a;b;c\n1,5;2;3\n", "separated by commas, but they seem to be separated by semicolons"),
        ("a\tb\n1\t2\n", "to be separated by tabs (such a file is named .tsv)"),
        ("a b c\n1 2 3\n", "to be separated by spaces"),
        ("a,b,a,b,c\n1,2,3,4,5\n", "several columns have the same name: 'a' (2 times), 'b' (2 ti"),
        ("a,b,c\n1,2,3\n4,5\n", "line 3 has 2 fields, the header 3"),
        ("a,b,c\n1,2\n", "line 2 has 2 fields, the header 3"),
        ("a,b,c\n1,2,3\n4,5,6,7\n", "line 3 has 4 fields, the header 3"),
        ('a,b,c\n"1",2,3\n4,5\n', "line 3 has 2 fields, the header 3"),
        ("a,,c\n1,2,3\n", "column 2 has no name"),
        ("a,b,\n1,2,\n", "column 3 has no name"),
        ('a,b\n1,"2\n3,4\n', "cannot be read as text: Error tokenizing data"),
        (",a\nx,1\n", "has only one feature, 'a': there is nothing to select from"),
        ("a\0b,c\n1,2\n", "is not text in UTF-8"),
        ("a,b\n1,2+1j\n", "'b' (text); the first is '2+1j' in row 1"),
        ("a,b\n1,2020-01-01\n", "'b' (text); the first is '2020-01-01' in row 1"),
        (",a,b\nx,1,2\n,3,4\n", "the unnamed first column misses 1 value, the first in row 2"),
    ],
)
def test_text_that_is_no_table(tmp_path, text, message):
    refused(write_text(tmp_path / "data.csv", text), message)


def test_commas_in_a_file_for_tabs(tmp_path):
    path = write_text(tmp_path / "data.txt", "a,b\n1,2\n")
    refused(path, "to be separated by commas (such a file is named .csv)")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-16-le"])
def test_text_in_another_encoding(tmp_path, encoding):
    path = tmp_path / "data.csv"
    path.write_bytes("a,größe\n1,2\n".encode(encoding))
    where = ": byte 0xf6 in line 1" if encoding == "latin-1" else ""
    refused(path, f"is not text in UTF-8{where}")


def test_what_is_named_gz_but_is_not(tmp_path):
    refused(write_text(tmp_path / "data.csv.gz", "a,b\n1,2\n"), "cannot be read as gzip")
    path = tmp_path / "empty.csv.gz"
    path.write_bytes(gzip.compress(b""))
    refused(path, "is empty")


def test_text_in_columns_of_numbers_is_named(tmp_path):
    path = write_text(tmp_path / "data.csv", ",a,kind,b,note\nx,1,M,2,hi\ny,3,B,4,ho\n")
    message = (
        "2 columns hold something other than numbers: 'kind' (text), 'note' (text); the first is "
        "'M' in row 1 ('x') of 'kind'; name it as the label or the index, or drop it "
        "(--label, --index, --drop)"
    )
    refused(path, message)
    refused(path, "1 column holds something other than numbers: 'note' (text)", label="kind")


def test_the_first_text_among_numbers_is_shown(tmp_path):
    path = write_text(tmp_path / "data.tsv", "a\tb\n1\t2\n3\t4\n5\t1,5\n")
    refused(path, "the first is '1,5' in row 3 of 'b'")


def test_at_most_five_columns_are_named(tmp_path):
    frame = pd.DataFrame("x", index=range(2), columns=[f"c{j}" for j in range(17)])
    frame.to_csv(tmp_path / "data.csv", index=False)
    refused(tmp_path / "data.csv", "17 columns hold")
    refused(tmp_path / "data.csv", "'c4' (text) and 12 more; the first")
    refused(tmp_path / "data.csv", "There are: 'c0', 'c1', 'c2', 'c3', 'c4' and 12 more", label="y")


@pytest.mark.parametrize("bad", ["", "NA", "nan"])
def test_missing_values_are_named_and_counted(tmp_path, bad):
    path = write_text(tmp_path / "data.csv", f"a,b,c\n1,2,3\n{bad},2,{bad}\n1,2,{bad}\n")
    refused(
        path,
        "missing values in 2 of 3 features: 'a' (1), 'c' (2); the first is in row 2 of 'a'",
    )


@pytest.mark.parametrize("bad", ["inf", "-Infinity", "1e999", "-1e999"])
def test_infinite_values_are_named(tmp_path, bad):
    path = write_text(tmp_path / "data.csv", f",a,b\nx,1,2\ny,1,{bad}\n")
    refused(path, "infinite values in 1 of 2 features: 'b' (1); the first is in row 2 ('y') of 'b'")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("M\n\nB", "the label 'y' misses 1 value, the first in row 2"),
        ("NA\nB\nNA", "the label 'y' misses 2 values, the first in row 1"),
        ("1\n2\ninf", "the label 'y' has infinite values, the first in row 3"),
    ],
)
def test_labels_that_are_missing_or_infinite(tmp_path, text, message):
    rows = "".join(f"1,2,{label}\n" for label in text.split("\n"))
    refused(write_text(tmp_path / "data.csv", f"a,b,y\n{rows}"), message, label="y")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1\n0", [1, 0]),
        ("0.5\n2", [0.5, 2.0]),
        ("True\nFalse", [True, False]),
        ("1\nM", ["1", "M"]),
    ],
)
def test_labels_keep_their_kind(tmp_path, text, expected):
    rows = "".join(f"1,2,{label}\n" for label in text.split("\n"))
    table = read_table(write_text(tmp_path / "data.csv", f"a,b,y\n{rows}"), label="y")
    assert table.labels.tolist() == expected
    assert [type(value) for value in table.labels.tolist()] == [type(value) for value in expected]


def test_names_of_samples_that_are_missing(tmp_path):
    path = write_text(tmp_path / "data.csv", "id,a,b\nx,1,2\n,3,4\n")
    refused(path, "the column of sample names 'id' misses 1 value, the first in row 2", index="id")


@pytest.mark.parametrize(
    "options",
    [{"label": "a", "index": "a"}, {"label": "a", "drop": "a"}, {"index": "a", "drop": "a"}],
)
def test_a_column_named_for_two_purposes(tmp_path, options):
    path = write_text(tmp_path / "data.csv", "a,b,c\n1,2,3\n")
    refused(path, "the column 'a' is both ", **options)


# Parquet.


def test_parquet_keeps_single_precision_and_reads_nullable_columns(tmp_path):
    pytest.importorskip("pyarrow")
    path = tmp_path / "data.parquet"
    make_frame(VALUES.astype(np.float32)).to_parquet(path)
    assert read_table(path).values.dtype == np.float32
    frame = pd.DataFrame({"a": pd.array([1, 2], "Int64"), "b": pd.array([True, False], "boolean")})
    frame["c"] = np.array([1.5, 2], np.float32)
    frame.to_parquet(path)
    table = read_table(path)
    assert (table.values.tolist(), table.values.dtype) == ([[1, 1, 1.5], [2, 0, 2]], np.float64)
    assert table.sample_names is None
    labels = read_table(path, label="a").labels
    assert (labels.tolist(), labels.dtype.kind) == ([1, 2], "i")


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (["x", "y"], "'b' (text); the first is 'x' in row 1"),
        (["1", "2"], "'b' (text); the first is '1' in row 1"),
        (pd.Categorical(["x", "y"]), "'b' (text); the first is 'x' in row 1"),
        ([date(2020, 1, 1), None], "'b' (dates); the first is '2020-01-01' in row 1"),
        (pd.to_datetime(["2020-01-01", None]), "'b' (dates); the first is '2020-01-01 00:00:00'"),
        (pd.to_timedelta([1, 2], "s"), "'b' (durations)"),
        ([b"x", b"y"], "'b' (bytes)"),
        ([[1], [2, 3]], "'b' (values of several kinds)"),
        (pd.array([1, None], "Int64"), "missing values in 1 of 3 features: 'b' (1)"),
        ([True, None], "missing values in 1 of 3 features: 'b' (1)"),
        ([None, None], "missing values in 1 of 3 features: 'b' (2)"),
    ],
)
def test_parquet_with_other_columns(tmp_path, column, message):
    pytest.importorskip("pyarrow")
    path = tmp_path / "data.parquet"
    pd.DataFrame({"a": [1.0, 2], "b": column, "c": [1, 2]}).to_parquet(path)
    refused(path, message)


def test_parquet_with_dates_as_labels(tmp_path):
    pytest.importorskip("pyarrow")
    path = tmp_path / "data.parquet"
    frame = pd.DataFrame({"a": [1.0, 2], "b": [3, 4], "y": pd.to_datetime(["2020-01-01"] * 2)})
    frame.to_parquet(path)
    refused(path, "the label 'y' must hold classes or numbers, got dates", label="y")


def test_parquet_with_an_index_that_has_a_name(tmp_path):
    pytest.importorskip("pyarrow")
    path = tmp_path / "data.parquet"
    make_frame().rename_axis(index="patient").to_parquet(path)
    assert read_table(path, index="patient").sample_names == SAMPLES
    frame = make_frame().set_index([list(SAMPLES), list(SAMPLES)])
    frame.rename_axis(index=["i", "j"]).to_parquet(path)
    refused(path, "names of several levels")


def test_parquet_with_a_name_twice_and_without_rows(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "data.parquet"
    parquet.write_table(pyarrow.table([[1], [2]], names=["a", "a"]), path)
    refused(path, "several columns have the same name: 'a' (2 times)")
    make_frame().iloc[:0].to_parquet(path)
    refused(path, "has columns but no rows")


# AnnData.


@pytest.fixture
def make_h5ad(tmp_path):
    anndata = pytest.importorskip("anndata")

    def make(x=VALUES, var=NAMES, **parts) -> Path:
        obs = pd.DataFrame({"kind": list(CLASSES)}, index=list(SAMPLES))
        parts = {"obs": obs, **parts}
        data = anndata.AnnData(x, var=pd.DataFrame(index=list(var)), **parts)
        data.write_h5ad(tmp_path / "data.h5ad")
        return tmp_path / "data.h5ad"

    return make


@pytest.mark.parametrize("form", [sp.csr_matrix, sp.csc_matrix, np.asarray])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_h5ad_in_any_form(make_h5ad, form, dtype):
    values = np.array([[0, 1, 2], [0, 0, 0], [3, 0, 0], [0, 4, 0]], dtype)
    found = read_table(make_h5ad(form(values))).values
    np.testing.assert_array_equal(found, values)
    assert found.dtype == (np.float32 if dtype is np.float32 else np.float64)


def test_h5ad_layers(make_h5ad):
    path = make_h5ad(layers={"counts": VALUES + 1, "scaled": VALUES * 2})
    np.testing.assert_array_equal(read_table(path, layer="counts").values, VALUES + 1)
    refused(
        path,
        "has no layer 'count'; there are 'counts', 'scaled', and .X (--layer)",
        layer="count",
    )


def test_h5ad_without_x(make_h5ad):
    path = make_h5ad(None, layers={"counts": VALUES})
    refused(path, "has no .X; choose one of its layers: 'counts' (--layer)")
    np.testing.assert_array_equal(read_table(path, layer="counts").values, VALUES)


@pytest.mark.filterwarnings("ignore:Variable names are not unique")
def test_h5ad_with_a_name_twice(make_h5ad):
    path = make_h5ad(var=("a", "b", "a"))
    refused(path, "several features (.var_names) have the same name: 'a' (2 times)")


def test_h5ad_with_missing_labels(make_h5ad):
    obs = pd.DataFrame({"kind": pd.Categorical(["M", None, "B", "B"])}, index=list(SAMPLES))
    refused(make_h5ad(obs=obs), "the label 'kind' misses 1 value, the first in row 2", label="kind")


@pytest.mark.parametrize("form", [sp.csr_matrix, np.asarray])
def test_h5ad_with_values_that_are_not_finite(make_h5ad, form):
    values = VALUES.copy()
    values[2, 1] = np.nan
    path = make_h5ad(form(values))
    refused(path, "missing values in 1 of 3 features: 'weight' (1); the first is in row 3 ('p3')")


def test_h5ad_with_complex_values(make_h5ad):
    refused(make_h5ad(VALUES + 1j), "holds complex values; features must be real")


def test_hdf5_that_is_no_h5ad(tmp_path):
    h5py = pytest.importorskip("h5py")
    pytest.importorskip("anndata")
    path = tmp_path / "data.h5ad"
    with h5py.File(path, "w") as file:
        file["X"] = VALUES
    refused(path, "is not an AnnData file: it has no 'var'")
    with h5py.File(path, "a") as file:
        file["var"] = np.array([(1, 2.0)], dtype=[("index", int), ("b", float)])
    refused(path, ".var is not stored as a data frame")


def test_h5ad_whose_parts_disagree(make_h5ad):
    h5py = pytest.importorskip("h5py")
    path = make_h5ad()
    with h5py.File(path, "a") as file:
        del file["X"]
        file["X"] = VALUES[:3]
    refused(path, "X has shape (3, 3), but .obs and .var have lengths (4, 3)")
    with h5py.File(path, "a") as file:
        file["X"].attrs["encoding-type"] = "unheard"
        file["X"].attrs["encoding-version"] = "0.1.0"
    refused(path, "cannot be read as AnnData")


def test_h5ad_whose_indices_point_outside(make_h5ad):
    h5py = pytest.importorskip("h5py")
    path = make_h5ad(sp.csr_matrix(np.eye(4, 3)))
    with h5py.File(path, "a") as file:
        file["X/indices"][0] = 10**6
    refused(path, "cannot be read as AnnData")


# MATLAB.


@pytest.fixture
def make_mat(tmp_path):
    def make(**variables) -> Path:
        savemat(tmp_path / "data.mat", variables)
        return tmp_path / "data.mat"

    return make


def test_mat_features_without_names_are_counted(make_mat):
    table = read_table(make_mat(X=VALUES, names=np.array(["too", "few"], object)))
    assert table.feature_names == ("feature_1", "feature_2", "feature_3")
    assert (table.sample_names, table.labels) == (None, None)


@pytest.mark.parametrize("name", ["feature_names", "FeatureNames", "genes", "names"])
@pytest.mark.parametrize(
    "text", [np.array(NAMES), np.array(NAMES, object), np.array([NAMES], object)]
)
def test_mat_features_have_the_names_of_a_variable(make_mat, name, text):
    assert read_table(make_mat(X=VALUES, **{name: text})).feature_names == NAMES


def test_mat_variable_by_name_or_because_it_is_the_only_matrix(make_mat):
    path = make_mat(data=VALUES, Y=[[1], [2], [1], [2]], note="text")
    np.testing.assert_array_equal(read_table(path).values, VALUES)
    path = make_mat(data=VALUES, other=VALUES * 2, Y=np.ones((4, 1)))
    refused(path, "holds several matrices of numbers and none is called 'X': 'da")
    refused(path, "'data' (double 4x3), 'other' (double 4x3), 'Y' (double 4x1)")
    np.testing.assert_array_equal(read_table(path, key="other").values, VALUES * 2)
    refused(path, " (--key)")
    refused(path, "has no variable 'othr'; did you mean 'other'?", key="othr")
    refused(make_mat(note="text"), "holds no matrix of numbers and none is called 'X'")
    refused(make_mat(X="text"), "'X' is char 1; a matrix of numbers is expected")
    refused(make_mat(X=np.zeros((2, 3, 4))), "'X' is double 2x3x4; a matrix")


@pytest.mark.parametrize("labels", [[1.0, 2, 1, 2], [[1], [2], [1], [2]]])
def test_mat_labels(make_mat, labels):
    assert read_table(make_mat(X=VALUES, Y=labels), label="Y").labels.tolist() == [1, 2, 1, 2]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.ones((4, 2)), "the label 'Y' must hold 4 values, it is double 4x2"),
        (np.ones((2, 2)), "the label 'Y' must hold 4 values, it is double 2x2"),
        (np.ones(3), "the label 'Y' must hold 4 values, it is double 1x3"),
        ([1, 2, np.nan, 1], "the label 'Y' misses 1 value, the first in row 3"),
        ([1, 2, 1j, 1], "the label 'Y' must hold classes or numbers, got complex numbers"),
    ],
)
def test_mat_labels_that_do_not_fit(make_mat, labels, message):
    refused(make_mat(X=VALUES, Y=labels), message, label="Y")


def test_mat_names_of_samples_that_do_not_fit(make_mat):
    path = make_mat(X=VALUES, who=np.array(["a", "b"], object), number=[4, 3, 2, 1])
    refused(path, "'who' must name 4 samples, it is cell 1x2", index="who")
    assert read_table(path, index="number").sample_names == ("4", "3", "2", "1")


def test_mat_with_other_values(make_mat):
    refused(make_mat(X=VALUES + 1j), "holds complex values; features must be real")
    refused(make_mat(X=np.full((3, 2), np.inf)), "infinite values in 2 of 2 features: 'feature_1'")
    genes = np.array(["a", "b", "a"], object)
    refused(make_mat(X=VALUES, genes=genes), "several features have the same name: 'a' (2 times)")
    refused(make_mat(X=VALUES[:, :1]), "has only one feature, 'feature_1'")
    refused(make_mat(X=VALUES[:0]), "has no samples (shape (0, 3))")


@pytest.mark.parametrize("form", [sp.csc_matrix, np.uint8, np.float32, lambda x: x > 1])
def test_mat_with_other_kinds_of_numbers(make_mat, form):
    values = np.array([[0, 1.0, 2], [0, 0, 3]])
    found = read_table(make_mat(X=form(values))).values
    expected = sp.csc_matrix(form(values)).toarray()
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == (np.float32 if form is np.float32 else np.float64)


def matlab_file(path: Path, user_block=512):
    """A file of version 7.3, as MATLAB writes it: transposed, with classes, cells by reference."""
    h5py = pytest.importorskip("h5py")

    def put(where, name, values, kind, **attributes):
        item = where.create_dataset(name, data=values)
        item.attrs["MATLAB_class"] = np.bytes_(kind)
        item.attrs.update(attributes)
        return item

    def text(string):
        return np.frombuffer(string.encode("utf-16-le"), np.uint16)[:, None]

    with h5py.File(path, "w", userblock_size=user_block) as file:
        refs = file.create_group("#refs#")
        put(file, "X", VALUES.T, "double")
        names = [put(refs, f"n{j}", text(name), "char").ref for j, name in enumerate(NAMES)]
        put(file, "genes", np.array([names], dtype=h5py.ref_dtype).T, "cell")
        put(file, "Y", np.array([[1.0, 2, 1, 2]]), "double")
        put(file, "letters", np.hstack([text("M"), text("B"), text("B"), text("M")]), "char")
        pair = np.zeros((3, 4), [("real", float), ("imag", float)])
        put(file, "Z", pair, "double")
        put(file, "empty", np.array([0, 5], np.uint64), "double", MATLAB_empty=1)
        sparse = file.create_group("S")
        sparse.attrs.update({"MATLAB_sparse": 4, "MATLAB_class": np.bytes_("double")})
        matrix = sp.csc_matrix(np.eye(4, 3))
        sparse.update({"data": matrix.data, "ir": matrix.indices, "jc": matrix.indptr})
    return path


@pytest.mark.parametrize("user_block", [0, 512])
def test_mat_of_version_7_3(tmp_path, user_block):
    path = matlab_file(tmp_path / "data.mat", user_block)
    table = read_table(path, label="Y")
    np.testing.assert_array_equal(table.values, VALUES)
    assert (table.feature_names, table.labels.tolist()) == (NAMES, [1, 2, 1, 2])
    assert read_table(path, label="letters").labels.tolist() == list(CLASSES)
    np.testing.assert_array_equal(read_table(path, key="S").values, np.eye(4, 3))
    refused(path, "holds complex values", key="Z")
    refused(path, "has no samples", key="empty")
    path.write_bytes(path.read_bytes()[:3000])
    refused(path, "cannot be read as MAT 7.3")


def test_mat_of_version_7_3_without_its_library(tmp_path, monkeypatch):
    path = matlab_file(tmp_path / "data.mat")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ValueError, match=r"h5py is needed to read .mat files of version 7.3: pip"):
        read_table(path)


def test_mat_whose_indices_point_outside(tmp_path):
    h5py = pytest.importorskip("h5py")
    path = matlab_file(tmp_path / "data.mat")
    with h5py.File(path, "a") as file:
        file["S/ir"][0] = 10**6
    refused(path, "cannot be read as MAT: indices must be < 4", key="S")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_random_bytes(tmp_path, suffix):
    path = tmp_path / f"data{suffix}"
    for size in (1, 7, 128, 5000):
        path.write_bytes(RNG.bytes(size))
        refused(path, str(path))


def test_a_wide_table(tmp_path):
    values = RNG.standard_normal((5, 3000))
    text = io.StringIO()
    pd.DataFrame(values).add_prefix("g").to_csv(text)
    table = read_table(write_text(tmp_path / "wide.csv", text.getvalue()))
    np.testing.assert_array_equal(table.values, values)
    assert table.feature_names[-1] == "g2999"


def test_mat_with_elements_of_unknown_type(make_mat):
    path = make_mat(X=VALUES, y=np.array(CLASSES, object))
    content = path.read_bytes()
    path.write_bytes(content.replace(b"\x10\0\1\0B", b"\x10\1\1\0B"))  # SciPy would crash
    assert path.read_bytes() != content
    refused(path, "cannot be read as MAT: it is damaged at byte", label="y")
