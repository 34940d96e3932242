"""What every test shares: where the package lies, a Numba cache that is never stale, test data."""

import hashlib
import importlib.util
import os
import shutil
import time
from pathlib import Path

import pytest


def _package_root() -> Path:
    """Folder of the installed `groupsparse`, found without importing it."""
    spec = importlib.util.find_spec("groupsparse")
    if spec is None or spec.origin is None:
        raise pytest.UsageError("groupsparse is not installed: `make test` installs and tests it")
    return Path(spec.origin).parent


ROOT = Path(__file__).resolve().parents[1]
PACKAGE_ROOT = _package_root()


def _source_files() -> list[Path]:
    """Python files of the package; in a checkout its root also holds tests, docs and more."""
    folders = [PACKAGE_ROOT / name for name in ("toolkit", "apps", "datasets")]
    nested = [path for folder in folders for path in folder.rglob("*.py")]
    return sorted([*PACKAGE_ROOT.glob("*.py"), *nested])


def _module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE_ROOT).with_suffix("").parts
    return ".".join(("groupsparse", *(part for part in parts if part != "__init__")))


MODULES = {_module_name(path): path for path in _source_files()}


def _fresh_numba_cache() -> Path:
    """Folder for the kernels compiled from exactly these sources.

    Numba does not notice that a function called from another file has changed, so a cache is
    kept for one state of the sources only. What was left by states older than a week is removed.
    """
    digest = hashlib.sha256()
    for name, path in MODULES.items():
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    caches = ROOT / ".pytest_cache" / "numba"
    current = caches / digest.hexdigest()[:16]
    current.mkdir(parents=True, exist_ok=True)
    os.utime(current)
    for other in caches.iterdir():
        if other.stat().st_mtime < time.time() - 7 * 86400:
            shutil.rmtree(other, ignore_errors=True)
    return current


# Numba reads these once, when it is loaded; test modules are imported later than this file.
os.environ["NUMBA_CACHE_DIR"] = str(_fresh_numba_cache())
os.environ.setdefault("MPLBACKEND", "Agg")
if "PYTEST_XDIST_WORKER" in os.environ:  # workers that share the cores, a thread for each
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def pytest_report_header() -> str:
    return f"groupsparse: {PACKAGE_ROOT}"


class _CheckoutIsAFolder:
    """The root holds the `__init__.py` of the package under test, but is no package of tests.

    pytest would import it by the name of the folder, and fail where that is not a name, as in
    an unpacked source distribution.
    """

    @pytest.hookimpl(tryfirst=True)
    def pytest_collect_directory(self, path: Path, parent: pytest.Collector) -> pytest.Dir | None:
        return pytest.Dir.from_parent(parent, path=path) if path == ROOT else None


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_CheckoutIsAFolder())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test with the argument `module_name` runs once for every module of the package."""
    if "module_name" in metafunc.fixturenames:
        metafunc.parametrize("module_name", MODULES)


# What asks rich and typer for colours, bars or a width.
OF_TERMINALS = (
    *("COLUMNS", "LINES", "TERMINAL_WIDTH", "TTY_COMPATIBLE", "TTY_INTERACTIVE"),
    *("FORCE_COLOR", "NO_COLOR", "PY_COLORS", "GITHUB_ACTIONS"),
)


@pytest.fixture(scope="session", autouse=True)
def plain_terminal():
    """No colours, no bars and the usual width, whatever the environment of the tests asks for."""
    with pytest.MonkeyPatch.context() as patch:
        for name in OF_TERMINALS:
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def modules() -> dict[str, Path]:
    """Dotted names of the package's modules, and their files."""
    return MODULES


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder with data files that the package may not carry, named by ``GROUPSPARSE_DATA``."""
    folder = os.environ.get("GROUPSPARSE_DATA")
    if not folder:
        pytest.skip("GROUPSPARSE_DATA is not set: it names the folder with the test data files")
    if not Path(folder).is_dir():
        pytest.fail(f"GROUPSPARSE_DATA is {folder!r}, which is not a folder")
    return Path(folder)
