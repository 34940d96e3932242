"""Every module can be imported, and the examples in its docstrings do what they show."""

import doctest
import importlib

import pytest

OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def test_examples_run(module_name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # an example may write files
    module = importlib.import_module(module_name)
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    for examples in doctest.DocTestFinder().find(module):
        runner.run(examples, out=report.append)
    if runner.failures:
        pytest.fail("".join(report), pytrace=False)
