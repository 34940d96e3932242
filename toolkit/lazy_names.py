"""Packages whose public names are imported on first access (PEP 562)."""

from __future__ import annotations

import ast
import pkgutil
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any


def make_lazy_names(
    package: str,
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return the `__getattr__`, `__dir__` and `__all__` of a package that imports on first access.

    The imports under ``if TYPE_CHECKING:`` in the package's `__init__.py` are the only list of its
    public names: ``from .module import Name as Name``, as type checkers expect of an export. With
    ``from .package import *`` they are those of another package that imports on first access.

    Parameters
    ----------
    package : str
        The package's ``__name__``.

    Returns
    -------
    callable, callable, list of str
        ``__getattr__``, ``__dir__`` and ``__all__``, to be assigned in the package.

    Examples
    --------
    >>> load, _, names = make_lazy_names("groupsparse.toolkit.solvers")
    >>> load("BlockOMP").__name__, "BlockOMP" in names
    ('BlockOMP', True)
    """
    module_of = _read_exports(package)

    def load(name: str) -> Any:
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(module_of[name], package), name)
        setattr(sys.modules[package], name, value)  # later accesses bypass this function
        return value

    def list_names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *module_of})

    return load, list_names, sorted(module_of)


def _read_exports(package: str) -> dict[str, str]:
    """Return the relative module of each name that is imported under ``if TYPE_CHECKING:``."""
    source = pkgutil.get_data(package, "__init__.py")
    assert source is not None
    exports: dict[str, str] = {}
    for block in ast.parse(source).body:
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING":
            for node in block.body:
                if isinstance(node, ast.ImportFrom):
                    module = "." * node.level + (node.module or "")
                    names = [alias.asname or alias.name for alias in node.names]
                    if names == ["*"]:
                        names = import_module(module, package).__all__
                    exports |= dict.fromkeys(names, module)
    return exports
