"""The command line, run inside the process of the tests in an empty folder."""

import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from groupsparse.apps.cli import main


class Ran(NamedTuple):
    """The exit code and the output of a command."""

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
    """Let programs that the test starts obey Ctrl-C.

    A shell starts background programs, such as this one may be, with SIGINT ignored, and their
    children inherit that. Children do not inherit a handler: they start with the default.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def contents(tmp_path) -> Callable[[], dict[Path, bytes | None]]:
    """Return the content of every file below the temporary folder, including hidden ones."""

    def look() -> dict[Path, bytes | None]:
        return {
            path.relative_to(tmp_path): path.read_bytes() if path.is_file() else None
            for path in tmp_path.rglob("*")
        }

    return look
