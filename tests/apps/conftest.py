"""The command line inside the test's process, in an empty folder."""

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from groupsparse.apps.cli import main


class Ran(NamedTuple):
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


@pytest.fixture
def plain_terminal(monkeypatch):
    """No colours and no bars, whatever the environment of the tests asks for."""
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def groupsparse(tmp_path, monkeypatch, capsys, plain_terminal) -> Callable[..., Ran]:
    """Run `groupsparse` with arguments, in the temporary folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)

    def run(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["groupsparse", *map(str, arguments)])
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code or 0
        return Ran(code, *capsys.readouterr())

    return run


@pytest.fixture
def contents(tmp_path) -> Callable[[], dict[Path, bytes | None]]:
    """Every file and folder below the temporary one, hidden ones too."""

    def look() -> dict[Path, bytes | None]:
        return {
            path.relative_to(tmp_path): path.read_bytes() if path.is_file() else None
            for path in tmp_path.rglob("*")
        }

    return look
