"""Mutation testing: how many small mistakes in the package do its tests notice?

Run it inside a checkout, with a Python that has the test dependencies:

    python benchmarks/mutants.py [--seed 0] [--per-file 8] [--only NAME ...] [--json out.json]

Each file of `TESTS` gets a few mistakes, one at a time: a comparison reversed, a plus in place of a
minus, an `and` in place of an `or`, a number one too large, a missing `.conj()`, and so on. They
are drawn at random and depend on the seed and the source only, not on the tests. A mistake counts
as killed if the tests beside the file fail, or need far more processor time than without it. A
mistake that changes no result cannot be noticed, so not every survivor is a gap.

Everything happens in a temporary copy; the checkout is never changed. Tests that fail without a
mistake are left out. Compiled kernels are kept between runs, since the files that they are compiled
from do not change; the kernels of `IN_PYTHON` run uncompiled.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

_LOSSES = [
    "tests/toolkit/losses/test_values.py",
    "tests/toolkit/losses/test_losses.py",
    "tests/toolkit/losses/test_cox.py",
    "tests/toolkit/losses/test_reading.py",
]
# The tests that should notice a mistake in a file.
TESTS = {
    "toolkit/groups/groups.py": [
        "tests/toolkit/groups/test_groups.py",
        "tests/toolkit/test_problem.py",
    ],
    "toolkit/diagnostics/coherence.py": ["tests/toolkit/diagnostics/test_coherence.py"],
    "toolkit/losses/logistic.py": _LOSSES,
    "toolkit/losses/survival/cox_term.py": _LOSSES,
    "toolkit/losses/survival/kernels.py": _LOSSES,
    "toolkit/losses/survival/risk_sets.py": _LOSSES,
    "toolkit/operators/wavelet.py": ["tests/toolkit/operators/test_operators.py"],
    "toolkit/operators/imaging/wavelet_kernels.py": ["tests/toolkit/operators/test_operators.py"],
    "toolkit/penalties/sparse_group.py": [
        "tests/toolkit/solvers/test_against_cvxpy.py",
        "tests/toolkit/solvers/proximal/test_fista.py",
        "tests/toolkit/penalties/test_penalties.py",
    ],
    "toolkit/solvers/active_set/squares_active_set.py": [
        "tests/toolkit/solvers/active_set/test_primal_dual_active_set.py",
        "tests/toolkit/solvers/active_set/test_against_fresh_gpdasc.py",
    ],
    "toolkit/solvers/least_squares/growing_qr.py": [
        "tests/toolkit/solvers/greedy/test_simultaneous_omp.py",
        "tests/toolkit/solvers/greedy/test_block_omp.py",
    ],
    "toolkit/solvers/subset/subset_fit.py": ["tests/toolkit/solvers/subset/test_subset_search.py"],
    "toolkit/solvers/descent/working_set.py": [
        "tests/toolkit/solvers/descent/test_newton_step.py",
        "tests/toolkit/solvers/descent/test_block_coordinate_descent.py",
    ],
    "toolkit/solvers/proximal/fista.py": ["tests/toolkit/solvers/proximal/test_fista.py"],
}
IN_PYTHON = {"toolkit/operators/imaging/wavelet_kernels.py", "toolkit/losses/survival/kernels.py"}
COPIED = ("__init__.py", "__main__.py", "py.typed", "pyproject.toml")
COPIED_FOLDERS = ("toolkit", "apps", "datasets", "tests")

OPERATORS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Gt, ast.Gt: ast.Lt, ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Add: ast.Sub, ast.Sub: ast.Add,
    ast.Mult: ast.Div, ast.Div: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
_PAIRS = [("min", "max"), ("argmin", "argmax"), ("minimum", "maximum")]
NAMES = dict(_PAIRS) | {larger: smaller for smaller, larger in _PAIRS}
NUMBERS = ("float", "Array")  # return types whose sign may be wrong
# Arguments that change time and memory, but no results.
ONLY_SPEED = {"check_finite", "copy", "maxsize", "overwrite_a", "overwrite_b", "strict"}


class Site(NamedTuple):
    """A place for a mistake: `make` changes the tree, `text` shows the code around it."""

    line: int
    text: Callable[[], str]
    make: Callable[[], None]


def find_sites(tree: ast.Module) -> list[Site]:
    """Return all places for mistakes outside docstrings, annotations, messages and decorators."""
    changes = [
        (statement, c) for statement in _walk_statements(tree) for c in _list_changes(statement)
    ]
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        last = function.body[-1]
        numbers = function.returns is not None and ast.unparse(function.returns) in NUMBERS
        if numbers and isinstance(last, ast.Return) and last.value is not None:
            changes.append((last, (last, "value", ast.UnaryOp(ast.USub(), last.value))))
    return [Site(s.lineno, partial(_take_first_line, s), partial(setattr, *c)) for s, c in changes]


def _walk_statements(node: ast.AST) -> Iterator[ast.stmt]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Raise) or getattr(child, "name", "") == "__repr__":
            continue
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.stmt):
            yield child
        yield from _walk_statements(child)


def _take_first_line(statement: ast.stmt) -> str:
    """Return the first line of a statement, without the block under it."""
    lines = ast.unparse(statement).splitlines()
    return next(line for line in lines if not line.startswith("@"))


def _list_changes(statement: ast.stmt) -> Iterator[tuple[Any, str, Any]]:
    """Yield (node, field, new value) for each mistake that belongs to a statement itself."""
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        yield from _change_operators(node)
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "decorator_list", "bases"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if not isinstance(child, ast.AST) or isinstance(child, (ast.stmt, ast.JoinedStr)):
                    continue
                if isinstance(child, ast.keyword) and child.arg in ONLY_SPEED:
                    continue
                if not isinstance(value, list):
                    yield from ((node, field, new) for new in _list_replacements(child))
                else:  # replace the list, so that `setattr` can change the tree
                    place = value.index(child)
                    for new in _list_replacements(child):
                        yield node, field, [*value[:place], new, *value[place + 1 :]]
                pending.append(child)


def _change_operators(node: ast.AST) -> Iterator[tuple[Any, str, Any]]:
    if isinstance(node, ast.Compare):
        for place, op in enumerate(node.ops):
            yield node, "ops", [*node.ops[:place], OPERATORS[type(op)](), *node.ops[place + 1 :]]
    elif type(getattr(node, "op", None)) in OPERATORS:
        yield node, "op", OPERATORS[type(node.op)]()
    elif isinstance(node, ast.Attribute) and node.attr in NAMES:
        yield node, "attr", NAMES[node.attr]
    elif isinstance(node, ast.Name) and node.id in NAMES:
        yield node, "id", NAMES[node.id]


def _list_replacements(node: ast.AST) -> Iterator[ast.expr]:
    """Yield expressions that may replace an expression by mistake."""
    if isinstance(node, ast.UnaryOp):
        yield node.operand  # a missing `not`, `~` or minus
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield ast.Constant(node.value + 1)
    elif isinstance(node, ast.Call) and ast.unparse(node).endswith(".conj()"):
        yield node.func.value


class Copy:
    """A copy of a checkout in another folder, with its tests."""

    def __init__(self, checkout: Path, folder: Path) -> None:
        self.folder = folder
        self.root = root = folder / "groupsparse"  # so that it can be imported from `folder`
        root.mkdir()
        for name in COPIED:
            shutil.copy2(checkout / name, root / name)
        for name in COPIED_FOLDERS:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(checkout / name, root / name, ignore=ignored)
        inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        self.environment = inherited | {
            "PYTHONPATH": str(folder),
            "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
        }
        self._clock = int(time.time())
        self._keep_kernels(checkout)

    def _keep_kernels(self, checkout: Path) -> None:
        """Let all runs share the kernels of the unchanged sources, and those of the checkout."""
        conftest = self.root / "tests" / "conftest.py"
        ask = "import os, conftest; print(os.environ['NUMBA_CACHE_DIR'])"
        command = [sys.executable, "-c", ask]
        kernels = Path(
            subprocess.run(
                command, env=self.environment, cwd=conftest.parent,
                check=True, capture_output=True, text=True,
            ).stdout.strip()
        )  # fmt: skip
        for source in (self.root / "toolkit").rglob("*"):  # Numba names its folders by path
            if source.is_dir():
                old = _make_numba_name(checkout / source.relative_to(self.root))
                warm = checkout / ".pytest_cache" / "numba" / kernels.name / old
                if warm.is_dir():
                    shutil.copytree(warm, kernels / _make_numba_name(source))
        with conftest.open("a") as file:
            file.write(f"\nassert PACKAGE_ROOT == Path({str(self.root)!r})\n")
            file.write(f"os.environ['NUMBA_CACHE_DIR'] = {str(kernels)!r}\n")

    def write(self, name: str, source: str) -> None:
        """Replace a file and advance its time, so that Python never uses old bytecode."""
        (self.root / name).write_text(source)
        self._clock += 2
        os.utime(self.root / name, (self._clock, self._clock))

    def run(self, name: str, *options: str, limit: int = 3600) -> tuple[int, str]:
        """Run the tests of a file; return their exit code, negative if cut short, and output."""
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0"]
        jit = {"NUMBA_DISABLE_JIT": "1"} if name in IN_PYTHON else {}
        process = subprocess.Popen(
            [*command, "--hypothesis-seed=0", *options, *TESTS[name]], cwd=self.root,
            env=self.environment | jit, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            preexec_fn=partial(resource.setrlimit, resource.RLIMIT_CPU, (limit, limit)),
        )  # fmt: skip
        try:
            output = process.communicate(timeout=20 * limit)[0]  # it must not wait for ever either
        except subprocess.TimeoutExpired:
            output = ""
        finally:
            if process.poll() is None:  # and all its children
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        return process.returncode, output


def _make_numba_name(folder: Path) -> str:
    return f"{folder.name}_{hashlib.sha1(str(folder).encode()).hexdigest()}"


def _read_processor_time() -> float:
    """Return the processor seconds of finished child processes."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(copy: Copy, name: str, seed: int, per_file: int) -> dict[str, Any]:
    """Make mistakes in one file, one after another, and return which were noticed."""
    source = (copy.root / name).read_text()
    copy.write(name, "raise RuntimeError('a mutant was imported')\n")
    try:
        if "a mutant was imported" not in copy.run(name, "-x")[1]:
            sys.exit(f"the tests of {name} do not import the copy")
        copy.write(name, source)
        failing = re.findall(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", copy.run(name)[1], re.M)
        options = ["-x", *(f"--deselect={test}" for test in failing)]
        start = _read_processor_time()
        code, output = copy.run(name, *options)
        seconds = _read_processor_time() - start
        if code != 0:
            sys.exit(f"the tests of {name} fail without any mistake:\n{output}")
        order = list(range(len(find_sites(ast.parse(source)))))
        random.Random(f"{seed} {name}").shuffle(order)
        mutants = []
        for number in order[:per_file]:
            tree = ast.parse(source)
            site = find_sites(tree)[number]
            before = site.text()
            site.make()
            copy.write(name, ast.unparse(ast.fix_missing_locations(tree)) + "\n")
            start = time.perf_counter()
            code, output = copy.run(name, *options, limit=int(4 * seconds + 30))
            by = re.search(r"^(?:FAILED|ERROR) (\S+)", output, re.M)
            mutants.append({
                "line": site.line, "before": before, "after": site.text(),
                "killed": code != 0, "by": by[1] if by else "too slow" * (code < 0),
                "seconds": round(time.perf_counter() - start, 1),
            })  # fmt: skip
    finally:
        copy.write(name, source)
    killed = sum(mutant["killed"] for mutant in mutants)
    return {
        "killed": killed, "total": len(mutants), "sites": len(order),
        "seconds_without_mistakes": round(seconds, 1), "left_out": failing, "mutants": mutants,
    }  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--per-file", type=int, default=8)
    parser.add_argument("--only", nargs="+", default=list(TESTS), choices=TESTS, metavar="FILE")
    parser.add_argument("--json", type=Path, help="file for all mutants")
    arguments = parser.parse_args()
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Copy(Path.cwd(), Path(folder))
        for name in arguments.only:
            result = results[name] = measure(copy, name, arguments.seed, arguments.per_file)
            print(f"{name}: {result['killed']} of {result['total']} killed", flush=True)
            for mutant in result["mutants"]:
                if not mutant["killed"]:
                    print(f"    line {mutant['line']}: {mutant['before']}  ->  {mutant['after']}")
            if arguments.json:
                arguments.json.write_text(json.dumps(results, indent=1) + "\n")
    counts = [sum(result[key] for result in results.values()) for key in ("killed", "total")]
    print("all: {} of {} killed".format(*counts))


if __name__ == "__main__":
    main()
