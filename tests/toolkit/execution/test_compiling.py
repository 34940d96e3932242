"""Compiled code is kept where it can be; damage and lack of space cost time only.

Nothing here depends on permissions, which do not stop root: where nothing may be written, a file
stands where the folder should be.
"""

import errno
import importlib.util
import multiprocessing
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from types import ModuleType

import numba
import numpy as np
import pytest
from numba.core import caching

from groupsparse.toolkit.execution import compiling, private_folder as _private_folder
from groupsparse.toolkit.execution.private_folder import private_folder

SOURCE = """
from groupsparse.toolkit.execution.compiling import compile_kernel

@compile_kernel
def double(x):
    return 2 * x

@compile_kernel(error_model="numpy")
def invert(x):
    return 1 / x
"""


@pytest.fixture(autouse=True)
def nothing_noted(monkeypatch):
    """As in a process that has just begun."""
    monkeypatch.setattr(compiling, "_noted", False)


@pytest.fixture
def source(tmp_path) -> Path:
    """A file with two kernels; nothing can be kept beside it."""
    path = tmp_path / "source" / "kernels.py"
    path.parent.mkdir()
    path.with_name("__pycache__").touch()
    path.write_text(SOURCE)
    return path


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    """The folder that NUMBA_CACHE_DIR names."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def nowhere(tmp_path, monkeypatch) -> None:
    """None of Numba's folders can be written."""
    wall = tmp_path / "wall"
    wall.touch()
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(wall / "cache"))


@pytest.fixture
def temporary(tmp_path, monkeypatch) -> Path:
    """An empty folder for temporary files, which others are kept out of."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    if private_folder("probe") is None:
        pytest.skip("others could put folders of theirs among the temporary files")
    (folder / f"probe-{os.geteuid()}").rmdir()
    return folder


def load(source: Path) -> ModuleType:
    """Load the file as a new process would."""
    spec = importlib.util.spec_from_file_location("kernels", source)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def found(kernel) -> tuple[int, int]:
    """How many compiled versions were found, and how many not."""
    return sum(kernel.stats.cache_hits.values()), sum(kernel.stats.cache_misses.values())


def run_double(source: Path) -> tuple[int, int]:
    """Run a kernel and check its result; nothing may be noted."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kernel = load(source).double
        assert kernel(1.5) == 3
    return found(kernel)


def load_with_notes(source: Path) -> tuple[ModuleType, list[str]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        module = load(source)
        assert module.double(2.0) == 4
        assert module.invert(0.0) == np.inf
    assert {(each.category, Path(each.filename)) for each in caught} <= {
        (UserWarning, source),
        (UserWarning, Path(__file__)),
    }
    return module, [str(each.message) for each in caught]


def test_code_is_found_again(source, cache):
    assert run_double(source) == (0, 1)
    assert run_double(source) == (1, 0)
    assert len(list(cache.rglob("*.nbc"))) == 1


def test_code_is_kept_among_temporary_files_with_one_note(source, nowhere, temporary):
    first, notes = load_with_notes(source)
    folder = temporary / f"groupsparse-numba-{os.geteuid()}"
    assert len(notes) == 1
    assert f"compiled code is kept in {folder} for now. Set" in notes[0]
    assert "NUMBA_CACHE_DIR" in notes[0]
    assert folder.stat().st_mode & 0o777 == 0o700
    second, notes = load_with_notes(source)
    assert notes == []
    assert [found(module.double) for module in (first, second)] == [(0, 1), (1, 0)]
    assert numba.config.CACHE_DIR == ""


def test_without_any_folder_code_is_compiled_with_one_note(source, nowhere, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "wall"))
    module, notes = load_with_notes(source)
    assert len(notes) == 1
    assert "kernels are compiled again in every run. Set" in notes[0]
    assert found(module.double) == (0, 1)


def test_worker_processes_note_nothing(source, nowhere, temporary, monkeypatch):
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: "a process")
    assert run_double(source) == (0, 1)
    assert run_double(source) == (1, 0)


def test_a_missing_home_folder_is_not_made(source, temporary, monkeypatch):
    pwd = pytest.importorskip("pwd")

    def no_entry(_):
        raise KeyError("uid not found")

    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    monkeypatch.setattr(pwd, "getpwuid", no_entry)
    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(temporary)
    _, notes = load_with_notes(source)
    assert len(notes) == 1
    assert [path.name for path in temporary.iterdir()] == [f"groupsparse-numba-{os.geteuid()}"]
    source.with_name("__pycache__").unlink()  # now there is a place beside the source
    assert run_double(source) == (0, 1)
    assert list(source.with_name("__pycache__").glob("*.nbc"))


def test_functions_without_a_file_are_compiled_without_a_note(nowhere):
    namespace = {}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        exec(compile(SOURCE, "<prompt>", "exec"), namespace)
        assert namespace["double"](1.5) == 3


def test_functions_are_left_alone_if_nothing_is_to_be_compiled(source, monkeypatch):
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    assert isinstance(load(source).double, type(load))


DAMAGES = {
    "empty": lambda content: b"",
    "truncated": lambda content: content[: len(content) // 2],
    "a byte less": lambda content: content[:-1],
    "zeros": lambda content: bytes(len(content)),
    "text": lambda content: b"# text\n" * 9,
    "a module that is gone": lambda content: b"cgroupsparse_gone\nname\n.",
    "a class that is gone": lambda content: b"cgroupsparse\nGone\n.",
    "another object": lambda content: b"I1\n.I1\n.",
}


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_files_are_replaced(source, cache, suffix, damage):
    run_double(source)
    (path,) = cache.rglob("*" + suffix)
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    assert run_double(source) == (0, 1)
    assert run_double(source) == (1, 0)


def test_a_folder_that_is_lost_costs_time_only(source, cache):
    kernel = load(source).double
    for folder in cache.iterdir():
        folder.rmdir()
        folder.touch()
    assert kernel(1.5) == 3
    assert kernel(2) == 4  # another version
    assert found(kernel) == (0, 2)


def test_code_that_was_not_written_is_not_taken_for_an_old_one(source, cache, monkeypatch):
    """Numba writes first which file holds the code, and that file may be there already."""

    def full(self, name, data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    run_double(source)
    source.write_text(SOURCE.replace("2 * x", "3 * x"))
    with monkeypatch.context() as patch:
        patch.setattr(caching.IndexDataCacheFile, "_save_data", full)
        assert load(source).double(1.0) == 3
    assert load(source).double(1.0) == 3


def test_a_private_folder_is_the_same_every_time(temporary):
    folder = private_folder("code")
    assert folder == private_folder("code") == temporary / f"code-{os.geteuid()}"
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("obstacle", ["file", "link", "open to the group", "another's", "shared"])
def test_a_folder_that_others_could_write_is_not_used(temporary, tmp_path, monkeypatch, obstacle):
    folder = private_folder("code")
    if obstacle == "file":
        folder.rmdir()
        folder.touch()
    elif obstacle == "link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        folder.rmdir()
        folder.symlink_to(tmp_path / "elsewhere")
    elif obstacle == "open to the group":
        folder.chmod(0o770)
    elif obstacle == "another's":
        user = os.geteuid() + 1
        (temporary / f"code-{user}").mkdir(mode=0o700)
        monkeypatch.setattr(os, "geteuid", lambda: user)
        monkeypatch.setattr(_private_folder, "_keeps_others_out", lambda *_: True)
    else:
        temporary.chmod(0o777)
    assert private_folder("code") is None


def test_a_shared_folder_may_hold_a_private_one(temporary):
    temporary.chmod(0o1777)
    assert private_folder("code") is not None


COMMAND_LINE = """
import sys
from numba.core.caching import CacheImpl
CacheImpl._locator_classes = []
from groupsparse.apps.cli import main
sys.argv = ["groupsparse", "reproduce", "list"]
main()
"""


def test_the_command_line_notes_it_in_one_line(tmp_path):
    command = [sys.executable, "-c", COMMAND_LINE]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stderr.startswith("groupsparse: warning: Numba's cache folders cannot be written")
    assert done.stderr.count("\n") == 1


COEFFICIENTS = """
import numpy as np
from groupsparse.toolkit.penalties import GroupSCAD, L21, SparseGroup
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solvers import BlockCoordinateDescent
rng = np.random.default_rng(0)
problem = Problem(rng.standard_normal((12, 8)), rng.standard_normal(12), 2)
for penalty in (L21(1.0), SparseGroup(1.0, 0.3), GroupSCAD(0.5)):
    print(*BlockCoordinateDescent(penalty, tol=1e-10).solve(problem).coef)
"""


def test_kernels_run_in_python_too():
    """As a debugger and a measurement of coverage see them."""
    command = [sys.executable, "-c", COEFFICIENTS]
    compiled, plain = (
        subprocess.run(
            command,
            env={**os.environ, "NUMBA_DISABLE_JIT": flag},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for flag in ("0", "1")
    )
    np.testing.assert_allclose(np.array(plain, float), np.array(compiled, float), atol=1e-8)
