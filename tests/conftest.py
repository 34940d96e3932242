"""What every test shares: where the package lies, a Numba cache that is never stale, test data."""

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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Thin out the tests marked `covering(n)`: any n values of different parameters still meet.

    A fault hardly ever needs more than two values at once, and all combinations of many
    parameters fail together. A combination called by its full name runs in any case.
    """
    families = defaultdict(list)
    for item in items:
        if mark := item.get_closest_marker("covering"):
            families[item.path, item.cls, item.originalname, *mark.args].append(item)
    dropped = set()
    for (*_, n), family in families.items():
        chosen = covering([values_of(item) for item in family], n)
        dropped.update(item for i, item in enumerate(family) if i not in chosen)
    config.hook.pytest_deselected(items=[item for item in items if item in dropped])
    items[:] = [item for item in items if item not in dropped]


def values_of(item: pytest.Function) -> tuple:
    """Return the values of a test's parameters, those given together as one."""
    given, parts = dict(item.callspec.params), []
    for mark in item.iter_markers("parametrize"):
        names = mark.args[0].split(",") if isinstance(mark.args[0], str) else mark.args[0]
        parts.append(tuple((name.strip(), id(given.pop(name.strip()))) for name in names))
    return (*parts, *((name, id(value)) for name, value in given.items()))


def covering(rows: list[tuple], n: int) -> set[int]:
    """Return indices of rows in which any n values meet that meet in a row, each as often.

    Greedy: the row with the most that is new, then the one whose values were taken the least.
    Both only get worse as rows are taken, so that a heap finds it.
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
