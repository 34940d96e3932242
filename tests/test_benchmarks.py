"""The benchmarks can be imported; their README and tables name commands and files that exist."""

import ast
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from groupsparse.toolkit.losses import Huber, Logistic, Multinomial, Poisson, Squared
from groupsparse.toolkit.penalties import L21, Penalty
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solvers import FISTA
from groupsparse.toolkit.solvers.solver import Solver

ROOT = Path(__file__).parent.parent
README = ROOT / "benchmarks" / "README.md"
MUTANTS = ROOT / "benchmarks" / "mutants.py"
# Parses every command line of the standard input.
PARSE = """
import shlex, sys
from benchmarks.__main__ import make_parser
for line in sys.stdin:
    make_parser().parse_args([word for word in shlex.split(line) if word != "--help"])
"""


def read(path: Path) -> str:
    if not path.is_file():
        pytest.skip("only in a checkout: no benchmarks beside tests/")
    return path.read_text(encoding="utf-8")


def test_every_command_of_the_readme_exists():
    start = "python -m benchmarks "
    lines = [line.partition("  #")[0] for line in read(README).splitlines()]
    commands = [line.removeprefix(start) for line in lines if line.startswith(start)]
    assert len(commands) > 10
    done = subprocess.run(
        [sys.executable, "-c", PARSE],
        cwd=ROOT,
        input="\n".join(commands),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_files_that_get_mistakes_and_their_tests_exist():
    for node in ast.parse(read(MUTANTS)).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets) in ("TESTS", "IN_PYTHON"):
            files = [n.value for n in ast.walk(node.value) if isinstance(n, ast.Constant)]
            assert files
            assert [file for file in files if not (ROOT / file).is_file()] == []


@pytest.fixture
def fuzz(monkeypatch):
    """Return the modules of the fuzzer, which are not part of the installed package."""
    if not (ROOT / "benchmarks" / "fuzz").is_dir():
        pytest.skip("only in a checkout: no benchmarks beside tests/")
    monkeypatch.syspath_prepend(str(ROOT))
    from benchmarks.fuzz import expressions, judge, parameters, recipes, search

    return SimpleNamespace(
        expressions=expressions, judge=judge, parameters=parameters, recipes=recipes, search=search
    )


def test_every_public_name_has_a_recipe_and_every_parameter_a_row(fuzz):
    own = {"Problem", "Groups", "AcrossAxis", "invert", "reconstruct"}  # drawn by their recipes
    subjects = [subject for subject in fuzz.recipes.list_subjects() if subject[0] not in own]
    assert len(subjects) > 100
    for name, thing, _ in subjects:
        for parameter in fuzz.parameters.list_parameters(thing):
            if parameter not in ("problem", "solution"):
                assert callable(fuzz.parameters.find_maker(name, parameter)), (name, parameter)


def test_a_call_is_repeated_by_seed_and_number(fuzz):
    first, again = (fuzz.search.Fuzzer(3).try_call(17)[0] for _ in range(2))
    assert fuzz.judge.describe(first) == fuzz.judge.describe(again)


def test_some_random_calls_have_no_fault(fuzz):
    found = fuzz.search.Fuzzer(0).try_range(40, 130)
    assert found.faults == {}
    assert sum(found.outcomes.values()) == 90


@dataclass(frozen=True)
class Planted(Solver):
    """A solver with a fault."""

    penalty: Penalty
    fault: str = ""

    def _solve(self, problem, start):
        raise NotImplementedError

    def solve(self, problem, start=None):  # without the checks that would notice some faults
        solution = FISTA(self.penalty).solve(problem)
        if self.fault == "not finite":
            return replace(solution, coef=np.full_like(solution.coef, np.nan))
        if self.fault == "duality gap":
            gap = solution.certificate._replace(value=solution.certificate.value + 0.1)
            return replace(solution, certificate=gap)
        if self.fault == "objective":
            return replace(solution, objective=solution.objective * 1.01)
        if self.fault == "residual_norm":
            return replace(solution, residual_norm=solution.residual_norm * 1.01)
        if self.fault == "active_groups":
            return replace(solution, active_groups=np.arange(1))
        if self.fault == "input changed":
            problem.data[0] = 7.0
        if self.fault == "RuntimeWarning":
            np.float64(1) / np.float64(0)
        if self.fault == "LinAlgError":
            np.linalg.cholesky(-np.eye(2))
        return solution


@pytest.mark.parametrize(
    "fault",
    [
        "",
        "not finite",
        "duality gap",
        "objective",
        "residual_norm",
        "active_groups",
        "input changed",
        "RuntimeWarning",
        "LinAlgError",
    ],
)
def test_the_judge_finds_planted_faults(fuzz, fault):
    made, method = fuzz.expressions.Made, fuzz.expressions.Method
    rng = np.random.default_rng(0)
    problem = made(Problem, rng.standard_normal((6, 8)), rng.standard_normal(6), 2)
    solve = method(made(Planted, made(L21, 1.0), fault=fault), "solve", problem)
    verdict = fuzz.judge.judge(fuzz.recipes.Call("Planted", solve, problem))
    if fault:
        assert fault in verdict.fault
    else:
        assert verdict == replace(verdict, outcome="returned CONVERGED", fault=None)


@pytest.mark.parametrize("fault", ["", "duality gap", "objective", "residual_norm"])
@pytest.mark.parametrize(
    ("loss", "data"),
    [
        (Squared(), [0.3, -1, 2, 1, 0, 1]),
        (Huber(), [0.3, -9, 2, 1, 0, 1]),
        (Logistic(), [0, 1, 1, 0, 0, 1]),
        (Poisson(), [0, 3, 1, 0, 5, 1]),
        (Multinomial(), [0, 1, 2, 0, 0, 1]),
    ],
    ids=str,
)
def test_the_judge_finds_planted_faults_of_losses(fuzz, loss, data, fault):
    made, method = fuzz.expressions.Made, fuzz.expressions.Method
    rng = np.random.default_rng(0)
    shape = (6, 3) if loss == Multinomial() else (6,)
    noise = {"weights": rng.uniform(0.5, 2, shape), "offset": rng.standard_normal(shape)}
    matrix = rng.standard_normal((6, 8))
    problem = made(Problem, matrix, np.array(data), 2, loss=loss, **noise)
    solve = method(made(Planted, made(L21, 0.1), fault=fault), "solve", problem)
    verdict = fuzz.judge.judge(fuzz.recipes.Call("Planted", solve, problem))
    if fault == "duality gap" and loss == Multinomial():
        pytest.skip("its conjugate is not evaluated")
    assert fault in (verdict.fault or "")
    assert bool(fault) == bool(verdict.fault)
