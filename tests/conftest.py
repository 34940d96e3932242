"""Shared by all tests: the package's modules, a Numba cache that is never stale, data files."""

import hashlib
import heapq
import importlib.util
import os
import shutil
import time
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

import pytest


def _package_root() -> Path:
    """Return the folder of the installed `groupsparse`, found without importing it."""
    spec = importlib.util.find_spec("groupsparse")
    if spec is None or spec.origin is None:
        raise pytest.UsageError("groupsparse is not installed: `make test` installs and tests it")
    return Path(spec.origin).parent


ROOT = Path(__file__).resolve().parents[1]
PACKAGE_ROOT = _package_root()


def _source_files() -> list[Path]:
    """Return the Python files of the package; in a checkout its root holds others as well."""
    folders = [PACKAGE_ROOT / name for name in ("toolkit", "apps", "datasets")]
    nested = [path for folder in folders for path in folder.rglob("*.py")]
    return sorted([*PACKAGE_ROOT.glob("*.py"), *nested])


def _module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE_ROOT).with_suffix("").parts
    return ".".join(("groupsparse", *(part for part in parts if part != "__init__")))


MODULES = {_module_name(path): path for path in _source_files()}


def _fresh_numba_cache() -> Path:
    """Return a folder for the kernels compiled from exactly these sources.

    Numba does not notice changes of a function that is called from another file, so each state of
    the sources has its own cache. Caches that were not used for a week are removed.
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


# Numba reads these when it is imported, which test modules do later than this file.
os.environ["NUMBA_CACHE_DIR"] = str(_fresh_numba_cache())
os.environ.setdefault("MPLBACKEND", "Agg")
if "PYTEST_XDIST_WORKER" in os.environ:  # workers share the cores, with one thread each
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def pytest_report_header() -> str:
    return f"groupsparse: {PACKAGE_ROOT}"


class _CheckoutIsAFolder:
    """Collects the root as a folder: its `__init__.py` is of the package, not of the tests.

    pytest would import it under the name of the folder, and fail where that is not an identifier,
    as in an unpacked source distribution.
    """

    @pytest.hookimpl(tryfirst=True)
    def pytest_collect_directory(self, path: Path, parent: pytest.Collector) -> pytest.Dir | None:
        return pytest.Dir.from_parent(parent, path=path) if path == ROOT else None


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_CheckoutIsAFolder())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test with the argument `module_name` once for every module of the package."""
    if "module_name" in metafunc.fixturenames:
        metafunc.parametrize("module_name", MODULES)


# Variables that ask rich and typer for colours, bars or a width.
OF_TERMINALS = (
    *("COLUMNS", "LINES", "TERMINAL_WIDTH", "TTY_COMPATIBLE", "TTY_INTERACTIVE"),
    *("FORCE_COLOR", "NO_COLOR", "PY_COLORS", "GITHUB_ACTIONS"),
)


@pytest.fixture(scope="session", autouse=True)
def plain_terminal():
    """Ask for no colours, no bars and the default width, whatever the environment asks for."""
    with pytest.MonkeyPatch.context() as patch:
        for name in OF_TERMINALS:
            patch.delenv(name, raising=False)
        yield


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Thin out the tests marked `covering(n)`: any n values of different parameters still meet.

    Faults rarely need more than two particular values at once, and combinations of many parameters
    fail together. A combination that is called by its full name always runs.
    """
    families = defaultdict(list)
    for item in items:
        if mark := item.get_closest_marker("covering"):
            families[item.path, item.cls, item.originalname, *mark.args].append(item)
    dropped = set()
    for (*_, n), family in families.items():
        chosen = choose_covering([list_values(item) for item in family], n)
        dropped.update(item for i, item in enumerate(family) if i not in chosen)
    config.hook.pytest_deselected(items=[item for item in items if item in dropped])
    items[:] = [item for item in items if item not in dropped]


def list_values(item: pytest.Function) -> tuple:
    """Return the values of a test's parameters; values that are given together count as one."""
    given, parts = dict(item.callspec.params), []
    for mark in item.iter_markers("parametrize"):
        names = mark.args[0].split(",") if isinstance(mark.args[0], str) else mark.args[0]
        parts.append(tuple((name.strip(), id(given.pop(name.strip()))) for name in names))
    return (*parts, *((name, id(value)) for name, value in given.items()))


def choose_covering(rows: list[tuple], n: int) -> set[int]:
    """Return indices of few rows that contain every n values that meet in any row.

    Greedy: the row with the most new meetings is next; among equals, the one whose values were
    taken least often. Both only get worse as rows are taken, so a heap finds the next row.
    """
    n = min(n, len(rows[0]))
    missing = {meeting for row in rows for meeting in combinations(row, n)}
    taken: Counter = Counter()
    chosen: set[int] = set()

    def cost(i: int) -> tuple[int, int, int]:
        row = rows[i]
        new = sum(meeting in missing for meeting in combinations(row, n))
        return -new, sum(taken[part] for part in (*row, *combinations(row, 2))), i

    heap = [cost(i) for i in range(len(rows))]
    heapq.heapify(heap)
    while missing:
        if (now := cost(heap[0][2])) > heap[0]:
            heapq.heapreplace(heap, now)
            continue
        chosen.add(now[2])
        heapq.heappop(heap)
        missing.difference_update(combinations(rows[now[2]], n))
        taken.update((*rows[now[2]], *combinations(rows[now[2]], 2)))
    return chosen


@pytest.fixture(scope="session")
def modules() -> dict[str, Path]:
    """The package's modules: dotted names and files."""
    return MODULES


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder with data files that the package may not carry, named by ``GROUPSPARSE_DATA``."""
    folder = os.environ.get("GROUPSPARSE_DATA")
    if not folder:
        pytest.skip("GROUPSPARSE_DATA is not set: it names the folder with the test data files")
    if not Path(folder).is_dir():
        pytest.fail(f"GROUPSPARSE_DATA is {folder!r}, which is not a folder")
    return Path(folder)
