"""The benchmarks can be imported; their README and tables name commands and files that exist."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

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
