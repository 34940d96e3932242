"""The command line inside the test's process, in an empty folder."""

import signal
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
def groupsparse(tmp_path, monkeypatch, capsys) -> Callable[..., Ran]:
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
def interruptible():
    """Programs that the test starts obey Ctrl-C.

    A shell starts what is to run in the background, as this may be, with SIGINT ignored, and
    programs inherit that. A handler they do not inherit: they begin with the default.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def contents(tmp_path) -> Callable[[], dict[Path, bytes | None]]:
    """Every file and folder below the temporary one, hidden ones too."""

    def look() -> dict[Path, bytes | None]:
        return {
            path.relative_to(tmp_path): path.read_bytes() if path.is_file() else None
            for path in tmp_path.rglob("*")
        }

    return look
