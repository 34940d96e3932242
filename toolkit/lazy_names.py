"""Packages whose public names are loaded when they are first asked for (PEP 562)."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def lazy_names(
    package: str, names: Sequence[str], elsewhere: Mapping[str, str] | None = None
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` of a package whose modules hold its public names.

    A module is called as what it holds, in lower case with underscores:
    ``BlockOMP`` is in ``block_omp``.

    Parameters
    ----------
    package : str
        Its ``__name__``.
    names : sequence of str
        Its public names.
    elsewhere : mapping of str to str, optional
        The modules of those names that are not in one called like them.

    Returns
    -------
    callable, callable
        To be assigned in the package.

    Examples
    --------
    >>> load, _ = lazy_names("groupsparse.toolkit.solvers", ["BlockOMP"])
    >>> load("BlockOMP").__module__
    'groupsparse.toolkit.solvers.block_omp'
    """
    modules = {name: re.sub("(?<=[a-z])(?=[A-Z])", "_", name).lower() for name in names}
    modules |= elsewhere or {}

    def load(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f".{modules[name]}", package), name)
        setattr(sys.modules[package], name, value)  # the next access no longer comes here
        return value

    def listed() -> list[str]:
        return sorted({*vars(sys.modules[package]), *names})

    return load, listed
