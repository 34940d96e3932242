"""The package is built from the whole tree, starts quickly, and its imports point down."""

import ast
import collections
import graphlib
import importlib.resources
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import groupsparse

CHECKOUT = Path(__file__).resolve().parents[1]

# Lowest first. A part may import itself and parts of lower levels, but none of its own level.
# Of the parts that a module's name begins with, the longest counts.
LEVELS = (
    ("toolkit.lazy_names", "toolkit.magnitudes", "toolkit.short_text"),
    ("toolkit.arrays", "toolkit.randomness"),
    ("toolkit.checks", "toolkit.execution", "toolkit.solution", "toolkit.ties"),
    ("toolkit.calibration", "toolkit.groups", "toolkit.noise"),
    ("toolkit.losses", "toolkit.operators", "toolkit.penalties"),
    ("toolkit.problem", "toolkit.testing"),
    ("toolkit.reformulations", "toolkit.convergence"),
    ("toolkit.solvers.requirements", "toolkit.solvers.history", "toolkit.solvers.goal"),
    ("toolkit.solvers.solver",),
    ("toolkit.solvers.counting_solver",),
    ("toolkit.solvers.least_squares",),
    ("toolkit.solvers.optimality", "toolkit.solvers.orthogonal"),
    ("toolkit.solvers.active_set",),
    (
        "toolkit.solvers.descent",
        "toolkit.solvers.greedy",
        "toolkit.solvers.proximal",
        "toolkit.solvers.bayesian",
        "toolkit.solvers.wrappers",
    ),
    # The last continues from descent, the others from greedy ones.
    ("toolkit.solvers.subset", "toolkit.solvers.subspace", "toolkit.solvers.constrained"),
    ("toolkit.solvers",),
    ("toolkit.diagnostics", "toolkit.selection", "toolkit.subsets"),
    ("toolkit.estimators",),
    ("datasets",),
    ("apps",),
)
RANKS = {part: rank for rank, level in enumerate(LEVELS) for part in level}

# Steps and values that every application has under the same name.
SKELETON = {"Job", "Prepared", "Settings", "make_solver", "prepare", "run", "write_demo_page"}

# Python files at the root that belong to the package; any other would be packed with them.
ROOT_FILES = {"__init__.py", "__main__.py"}


def part_of(module: str) -> str | None:
    """Key of `RANKS` that the module belongs to, if any."""
    name = module.removeprefix("groupsparse").removeprefix(".")
    keys = [key for key in RANKS if name == key or name.startswith(key + ".")]
    return max(keys, key=len, default=None)


def absolute_name(module: str, path: Path, node: ast.ImportFrom) -> str:
    """Dotted name that ``from <node.module> import`` starts from."""
    if node.level == 0:
        return node.module or ""
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def imports_of(
    module: str, modules: dict[str, Path], body: list[ast.AST]
) -> Iterator[tuple[int, str]]:
    """Line and target of each import from our own package among the nodes."""
    for node in body:
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = absolute_name(module, modules[module], node)
            inner = [f"{base}.{alias.name}" for alias in node.names]
            names = [name if name in modules else base for name in inner]
        else:
            continue
        for name in names:
            if name.split(".")[0] == "groupsparse":
                yield node.lineno, name


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def read_pyproject() -> dict[str, dict]:
    if not (CHECKOUT / "pyproject.toml").is_file():
        pytest.skip("only in a checkout: no pyproject.toml beside tests/")
    return tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_package_of_the_tree_is_listed():
    listed = read_pyproject()["tool"]["setuptools"]["packages"]
    inits = [CHECKOUT / "__init__.py"]
    sources = [CHECKOUT / "__init__.py"]
    for folder in ("toolkit", "apps", "datasets"):
        inits += (CHECKOUT / folder).rglob("__init__.py")
        sources += (CHECKOUT / folder).rglob("*.py")
    found = {".".join(("groupsparse", *p.parent.relative_to(CHECKOUT).parts)) for p in inits}
    holding = {".".join(("groupsparse", *p.parent.relative_to(CHECKOUT).parts)) for p in sources}
    assert sorted(holding - found) == [], "these folders hold Python files but no __init__.py"
    assert sorted(listed) == sorted(found)


def test_no_stray_python_file_at_the_root():
    read_pyproject()
    assert {path.name for path in CHECKOUT.glob("*.py")} == ROOT_FILES


def test_import_is_light(tmp_path):
    code = (
        "import sys, groupsparse; dir(groupsparse); "
        "print(*sorted({name.split('.')[0] for name in sys.modules} & {'numba', 'numpy'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_public_names_are_loaded_when_asked_for():
    assert set(groupsparse.__all__) <= set(dir(groupsparse))
    for name in groupsparse.__all__:
        assert getattr(groupsparse, name) is not None


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Grups'"):
        groupsparse.Grups  # noqa: B018


def test_version_is_the_distribution_s():
    assert importlib.metadata.version("groupsparse") == groupsparse.__version__


def test_the_citation_names_the_version_and_the_authors():
    project = read_pyproject()["project"]
    citation = (CHECKOUT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {groupsparse.__version__}\n" in citation
    assert f"\nlicense: {project['license']}\n" in citation
    for author in project["authors"]:
        assert f"- name: {author['name']}\n" in citation


def test_every_supported_python_is_tested_by_the_workflow():
    classifiers = read_pyproject()["project"]["classifiers"]
    supported = [c.rpartition(" ")[2] for c in classifiers if ":: 3." in c]
    workflow = (CHECKOUT / ".github" / "workflows" / "check.yml").read_text(encoding="utf-8")
    assert f"python: {json.dumps(supported)}" in workflow


def test_py_typed_is_installed():
    assert importlib.resources.files("groupsparse").joinpath("py.typed").is_file()


def test_imports_point_down(modules):
    wrong = []
    for module, path in modules.items():
        part = part_of(module)
        if part is None:
            continue
        for line, target in imports_of(module, modules, list(ast.walk(parse(path)))):
            other = part_of(target)
            if other is None or other == part or RANKS[other] < RANKS[part]:
                continue
            wrong.append(f"{path}:{line}: {part} must not import {other}")
    assert wrong == []


def test_every_part_of_the_toolkit_has_a_rank(modules):
    inside = [module for module in modules if module.startswith("groupsparse.toolkit.")]
    assert [module for module in inside if part_of(module) is None] == []
    named = {f"groupsparse.{part}" for part in RANKS}
    assert named - modules.keys() == set(), "no such module or package"


def test_the_toolkit_knows_no_application_and_no_dataset(modules):
    wrong = [
        f"{path}:{line}: {target}"
        for module, path in modules.items()
        if module.startswith("groupsparse.toolkit")
        for line, target in imports_of(module, modules, list(ast.walk(parse(path))))
        if target.startswith(("groupsparse.apps", "groupsparse.datasets"))
    ]
    assert wrong == []


def test_no_module_imports_itself_in_a_circle(modules):
    # Every import counts, those in functions and for type checkers, too.
    graph = {}
    for module, path in modules.items():
        nodes = list(ast.walk(parse(path)))
        graph[module] = {target for _, target in imports_of(module, modules, nodes)} - {module}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(f"circular imports: {' -> '.join(error.args[1])}", pytrace=False)


def test_own_modules_are_imported_relatively(modules):
    wrong = [
        f"{path}:{node.lineno}"
        for path in modules.values()
        for node in ast.walk(parse(path))
        if (
            isinstance(node, ast.ImportFrom)
            and node.level == 0
            and (node.module or "").split(".")[0] == "groupsparse"
        )
        or (
            isinstance(node, ast.Import)
            and any(alias.name.split(".")[0] == "groupsparse" for alias in node.names)
        )
    ]
    assert wrong == []


def test_a_name_means_one_class_or_function(modules):
    found = collections.defaultdict(set)  # overloads stand in one file
    for module, path in modules.items():
        application = module.split(".")[2] if module.startswith("groupsparse.apps.") else None
        for node in parse(path).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                in_skeleton = application is not None and node.name in SKELETON
                found[node.name, application if in_skeleton else None].add(str(path))
    assert {key: paths for key, paths in found.items() if len(paths) > 1} == {}


def test_file_names_say_what_is_inside(modules):
    vague = {"utils", "util", "common", "helpers", "helper", "misc"}
    assert [name for name in modules if name.split(".")[-1].strip("_") in vague] == []


def test_no_file_takes_a_private_name_of_another(modules):
    wrong = []
    for path in modules.values():
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.ImportFrom) and node.level:
                names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
                private = [name for name in names if name.startswith("_") and name[:2] != "__"]
                wrong += [f"{path}:{node.lineno}: {name}" for name in private]
    assert wrong == []


def test_every_module_has_a_docstring(module_name, modules):
    assert ast.get_docstring(parse(modules[module_name]))
