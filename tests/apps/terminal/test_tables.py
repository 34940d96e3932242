"""Tables in a terminal and in a pipe."""

import io
import sys

import numpy as np
import pytest

from groupsparse.apps.report.cells import format_column, is_numeric
from groupsparse.apps.report.content import Table
from groupsparse.apps.terminal.tables import show_table

TABLE = Table(
    ["method", "PSNR", "seconds"],
    [["GPDASC", 38.72, 12], ["FISTA", 36.2, None]],
    caption="Quality",
    emphasise=[0],
)


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


def test_piped_output_is_plain_and_aligned(capsys):
    show_table(TABLE)
    assert lines(capsys.readouterr().out) == [
        "Quality",
        "method    PSNR   seconds",
        "────────────────────────",
        "GPDASC   38.72        12",
        "FISTA    36.20         –",
    ]


def test_piped_lines_are_as_long_as_they_need_to_be(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    name = "a rather long name of a method, " * 8
    show_table(Table(["method", name], [[name, name]], caption=name * 3))
    out = lines(capsys.readouterr().out)
    assert len(out) == 4
    assert out[0] == (name * 3).rstrip()
    assert out[3].count(name.strip()) == 2


def test_emphasised_rows_are_bold_in_a_terminal(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)
    show_table(TABLE)
    bold = {line for line in lines(capsys.readouterr().out) if "\x1b[1m" in line}
    assert {word for word in ("method", "GPDASC", "FISTA") if any(word in b for b in bold)} == {
        "method",
        "GPDASC",
    }


def test_brackets_are_not_markup(capsys):
    show_table(Table(["[bold]name"], [["x[0]"], ["[/red]"]], caption="[red]caption"))
    out = capsys.readouterr().out
    assert all(text in out for text in ("[bold]name", "x[0]", "[/red]", "[red]caption"))


def test_an_output_that_knows_ascii_only(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    show_table(Table(["√n", "value"], [["α", 1.5], ["b", None]]))
    sys.stdout.flush()
    out = raw.getvalue().decode("ascii")
    assert "1.5" in out


def test_a_table_without_rows(capsys):
    show_table(Table(["method", "PSNR"], []))
    assert lines(capsys.readouterr().out)[0] == "method   PSNR"


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([None, True, False, "text", 7], ["–", "yes", "no", "text", "7"]),
        ([38.701, 9.13], ["38.70", "9.13"]),
        ([0.25, 0.0], ["0.25", "0.00"]),
        ([1.0, 2.0], ["1", "2"]),
        ([0.981, 0.9], ["0.981", "0.900"]),
        ([1234.56, 1e-6], ["1235", "1e-06"]),
        ([123456.7], ["123457"]),
        ([1e12], ["1e+12"]),
        ([1.25, float("nan"), float("inf")], ["1.25", "nan", "inf"]),
        ([float("nan")], ["nan"]),
        ([0.0], ["0"]),
        ([np.float32(1.5), np.int64(3), 10**9], ["1.5", "3", "1000000000"]),
        ([], []),
    ],
)
def test_texts_of_a_column(values, texts):
    assert format_column(values) == texts


@pytest.mark.parametrize(
    "value",
    [
        *[1, 2.5, np.float32(1), "38.7", "-3", "−3", "+1.5e-3", ".5", "12 ± 3", "7/10", "≤ 0.01"],
        *["38.7 dB", "12 s", "50 %", "3.1×", "1,234", "0.61 (0.02)", "inf", "nan", "10 MB/s"],
    ],
)
def test_what_reads_as_a_number(value):
    assert is_numeric([None, value, "–"])


@pytest.mark.parametrize("value", ["GPDASC", "7 lines", "64 x 64 pixels", "v1", "2-norm", True])
def test_what_does_not(value):
    assert not is_numeric([1.0, value])


def test_a_column_without_values_is_not_numeric():
    assert not is_numeric([None, None])
