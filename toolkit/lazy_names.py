"""Packages whose public names are imported on first access (PEP 562)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def lazy_names(
    package: str, modules: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the `__getattr__` and `__dir__` of a package that imports its names on first access.

    Parameters
    ----------
    package : str
        The package's ``__name__``.
    modules : mapping of str to sequence of str
        For each module, relative to the package, the names taken from it.

    Returns
    -------
    callable, callable
        ``__getattr__`` and ``__dir__``, to be assigned in the package.

    Examples
    --------
    >>> load, _ = lazy_names("groupsparse.toolkit", {"solvers.greedy.block_omp": ["BlockOMP"]})
    >>> load("BlockOMP").__name__
    'BlockOMP'
    """
    module_of = {name: module for module, names in modules.items() for name in names}

    def load(name: str) -> Any:
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f".{module_of[name]}", package), name)
        setattr(sys.modules[package], name, value)  # later accesses bypass this function
        return value

    def list_names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *module_of})

    return load, list_names
