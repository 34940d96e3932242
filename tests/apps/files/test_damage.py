"""Whatever a library raises becomes one line that names the file; missing libraries are named."""

import csv
import lzma
import re
import struct
import sys
import tokenize
import zipfile
import zlib

import pytest

from groupsparse.apps.files.damage import explain_errors, import_optional


@pytest.mark.parametrize(
    "error",
    [
        ValueError,
        TypeError,
        LookupError,
        IndexError,
        EOFError,
        OSError,
        MemoryError,
        OverflowError,
        RecursionError,
        NotImplementedError,
        SyntaxError,
        UnboundLocalError,
        AssertionError,
        UserWarning,
        csv.Error,
        struct.error,
        zlib.error,
        zipfile.BadZipFile,
        lzma.LZMAError,
        tokenize.TokenError,
    ],
)
def test_errors_of_libraries_name_the_file(error):
    message = r"^a/b\.npz cannot be read as NPZ: too short$"
    with pytest.raises(ValueError, match=message) as caught, explain_errors("a/b.npz", "NPZ"):
        raise error("too short")
    assert isinstance(caught.value.__cause__, error)


def test_errors_of_mat_files_name_the_file():
    from scipy.io.matlab import MatReadError

    message = r"a\.mat cannot be read as MAT: empty"
    with pytest.raises(ValueError, match=message), explain_errors("a.mat", "MAT"):
        raise MatReadError("empty")


def test_text_that_is_no_text_names_the_file():
    message = r"a\.csv cannot be read as text: 'utf-8' codec"
    with pytest.raises(ValueError, match=message), explain_errors("a.csv", "text"):
        b"\xff".decode("utf-8")


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_interrupts_are_no_damage(error):
    with pytest.raises(error), explain_errors("a.npz", "NPZ"):
        raise error


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (EOFError(), "EOFError"),
        (ValueError(""), "ValueError"),
        (ValueError("one\ntwo"), "one"),
        (ValueError("\n\n one \ntwo"), "one "),
        (ValueError("x" * 160), "x" * 160),
        (ValueError("x" * 161), "x" * 160 + "..."),
        (ValueError("a\x1bb"), repr("a\x1bb")),
    ],
)
def test_reasons_are_one_line_that_can_be_shown(error, shown):
    written = explain_errors("a.npz", "NPZ", action="written")
    with pytest.raises(ValueError, match="cannot be written") as caught, written:
        raise error
    assert str(caught.value) == f"a.npz cannot be written as NPZ: {shown}"


def test_nothing_happens_without_an_error():
    with explain_errors("a.npz", "NPZ"):
        done = True
    assert done


def test_a_library_that_is_there_is_returned():
    assert import_optional("csv", "to read .csv files") is csv


def test_a_library_that_is_missing_is_named_by_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "absent", None)
    message = 'absent is needed to read .abc files: pip install "groupsparse[io]"'
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        import_optional("absent.inner.part", "to read .abc files")
    assert isinstance(caught.value.__cause__, ImportError)


@pytest.mark.parametrize(
    ("first_line", "reason"),
    [
        ("from zlib import no_such_name", "ImportError: cannot import name 'no_such_name' from"),
        ("import absent_too", "ModuleNotFoundError: No module named 'absent_too'"),
        ("import zlib; zlib.no_such_name", "AttributeError: module 'zlib' has no attribute"),
        ("raise RuntimeError('two\\nlines')", "RuntimeError: two"),
    ],
)
def test_a_library_that_is_there_but_broken_is_not_called_missing(
    tmp_path, monkeypatch, first_line, reason
):
    (tmp_path / "broken_library.py").write_text(first_line + "\n")
    monkeypatch.syspath_prepend(tmp_path)
    message = (
        "broken_library is needed to read .abc files; it is installed, but importing it failed "
        f"with {reason}"
    )
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        import_optional("broken_library", "to read .abc files")
    assert "pip install" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_part_that_an_installed_library_lacks_does_not_make_it_missing():
    message = "csv is needed to read .abc files; it is installed, but importing it failed with"
    with pytest.raises(ValueError, match=re.escape(message)):
        import_optional("csv.no_such_part", "to read .abc files")
