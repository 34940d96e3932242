"""Compile kernels with Numba, and keep the compiled code in a folder that can be written.

Numba keeps compiled code in the folder that ``NUMBA_CACHE_DIR`` names, else in ``__pycache__``
beside the source, else in the user's cache folder, and raises an error if none of them can be
written: in containers and services, or where a package is installed for all and the user has no
home folder. Here a private folder among the temporary files is next, and code that cannot be kept
at all is compiled again in every process. Either is said once, by a warning.

Compiling takes up to a minute in all, loading what was kept some milliseconds for each kernel.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar, overload

import numba
from numba import njit
from numba.extending import is_jitted

from .caller import warn_caller
from .code_cache import CodeCache
from .private_folder import private_folder

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

_PACKAGE = __name__.split(".")[0]
_config: Any = numba.config
_noted = False


@overload
def compile_kernel(function: Kernel, /) -> Kernel: ...
@overload
def compile_kernel(**options: Any) -> Callable[[Kernel], Kernel]: ...


def compile_kernel(function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Return a function that is compiled when it is first called, and runs without the GIL.

    Parameters
    ----------
    function : callable, optional
        A kernel: its arguments are arrays, scalars and NamedTuples of them.
    **options
        More options of `numba.njit`, such as ``fastmath`` and ``error_model``.

    Returns
    -------
    callable
        The compiled kernel; the function itself if ``NUMBA_DISABLE_JIT`` is set;
        a decorator if there are only options.

    Warns
    -----
    UserWarning
        Once, if Numba finds no folder in which compiled code can be kept.

    Examples
    --------
    >>> @compile_kernel(error_model="numpy")
    ... def ratio(a: float, b: float) -> float:
    ...     return a / b
    >>> ratio(1.0, 0.0)
    inf
    """
    if function is None:
        return lambda function: compile_kernel(function, **options)
    kernel = njit(nogil=True, **options)(function)
    if is_jitted(kernel):
        _enable_cache(kernel, Path(function.__code__.co_filename))
    return kernel


def run_in_python(choose: Callable[..., Any], *args: Any) -> Any:
    """Return what a function overloaded by `choose` returns, without compiling it.

    `choose` is decorated by `numba.extending.overload`: of the types of the arguments it returns
    the function for them. Only those of NamedTuples may matter: their class, and the types of
    their fields.
    """
    return choose(*map(_describe_kind, args))(*args)


def _describe_kind(value: Any) -> Any:
    """Return a NamedTuple's class and the types of its fields, as Numba describes them."""
    if not isinstance(value, tuple):
        return value
    return SimpleNamespace(instance_class=type(value), types=tuple(map(numba.typeof, value)))


def _enable_cache(kernel: Any, source: Path) -> None:
    """Let a kernel keep its code where Numba would, else in a temporary folder, if possible."""
    if not (_may_ask_numba(source) and _enable(kernel)):
        if not os.path.exists(source):  # typed at a prompt
            return
        folder = private_folder(f"{_PACKAGE}-numba")
        if folder is not None and _enable_in(folder, kernel):
            _note(f"compiled code is kept in {folder} for now")
        else:
            _note("kernels are compiled again in every run")
    kernel._cache = CodeCache(kernel._cache)


def _enable(kernel: Any) -> bool:
    """Return whether Numba finds a folder for the code of a kernel."""
    try:
        kernel.enable_caching()
    except RuntimeError:
        return False
    return True


def _enable_in(folder: Path, kernel: Any) -> bool:
    """Return whether Numba can keep the code of a kernel in a folder."""
    before = _config.CACHE_DIR
    _config.CACHE_DIR = str(folder)
    try:
        return _enable(kernel)
    finally:
        _config.CACHE_DIR = before


def _may_ask_numba(source: Path) -> bool:
    """Return False if Numba would make a folder called "~", since there is no home folder."""
    if os.path.expanduser("~") != "~" or os.environ.get("XDG_CACHE_HOME"):
        return True
    places = [source.with_name("__pycache__")]
    if _config.CACHE_DIR:
        places.append(Path(_config.CACHE_DIR).absolute())
    return any(_can_make(place) for place in places)


def _can_make(folder: Path) -> bool:
    """Return whether a folder can be written, after it was made if it is missing."""
    existing = next(place for place in (folder, *folder.parents) if os.path.exists(place))
    return os.path.isdir(existing) and os.access(existing, os.W_OK | os.X_OK)


def _note(consequence: str) -> None:
    """Warn once in a process, and not in the worker processes that it starts."""
    global _noted
    if _noted or multiprocessing.parent_process() is not None:
        return
    _noted = True
    warn_caller(
        f"Numba's cache folders cannot be written: {consequence}. Set the environment variable "
        "NUMBA_CACHE_DIR to a folder that can be written"
    )
