"""JSON is complete or not there, and replaces nothing unasked."""

import json

import numpy as np
import pytest

from groupsparse.apps.terminal.json_output import check_json, write_json

VALUES = {"psnr": 38.7, "groups": 3, "method": "gpdasc", "ssim": None}


def test_a_file_holds_one_object(tmp_path):
    write_json(str(tmp_path / "new" / "values.json"), VALUES, overwrite=False)
    text = (tmp_path / "new" / "values.json").read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert json.loads(text) == VALUES


def test_the_terminal_gets_one_line(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_json("-", VALUES, overwrite=False)
    printed = capsys.readouterr()
    assert printed.out.count("\n") == 1
    assert json.loads(printed.out) == VALUES
    assert printed.err == ""
    assert list(tmp_path.iterdir()) == []


def test_nowhere_is_nowhere(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_json(None, overwrite=False)
    write_json(None, VALUES, overwrite=False)
    assert capsys.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, np.float64("nan")])
def test_numbers_that_json_cannot_hold_are_null(capsys, value):
    write_json("-", {"psnr": value}, overwrite=False)
    assert capsys.readouterr().out == '{"psnr": null}\n'


def test_an_existing_file_is_kept_unless_replacing_is_asked_for(tmp_path):
    path = tmp_path / "values.json"
    path.write_text("old")
    for attempt in (lambda: check_json(str(path), overwrite=False),
                    lambda: write_json(str(path), VALUES, overwrite=False)):  # fmt: skip
        with pytest.raises(FileExistsError, match=r"values\.json exists already$"):
            attempt()
        assert path.read_text() == "old"
    check_json(str(path), overwrite=True)
    write_json(str(path), VALUES, overwrite=True)
    assert json.loads(path.read_text()) == VALUES


def test_values_that_are_no_json_leave_nothing(tmp_path):
    with pytest.raises(TypeError):
        write_json(str(tmp_path / "values.json"), {"image": np.zeros(3)}, overwrite=False)
    assert list(tmp_path.iterdir()) == []


def test_two_outputs_need_two_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for other in ("a.npy", "./a.npy", tmp_path / "a.npy", "b/../a.npy"):
        with pytest.raises(ValueError, match=r"a\.npy is named twice"):
            check_json("a.npy", overwrite=True, other=other)
    check_json("a.json", overwrite=False, other="a.npy")
    check_json("-", overwrite=False, other="-")
