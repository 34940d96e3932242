"""Independent work on several cores, or on several machines, by joblib."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from numbers import Integral
from typing import Any, TypeVar

from joblib import Parallel, delayed, effective_n_jobs
from joblib.parallel import get_active_backend

from ..short_text import shorten
from .blas_threads import one_blas_thread

Result = TypeVar("Result")

_MOST_JOBS = 2**31 - 1


def run_parallel(
    function: Callable[..., Result],
    arguments: Iterable[tuple[Any, ...]],
    *,
    n_jobs: int | None = None,
    prefer: str = "threads",
    verbose: int = 0,
) -> list[Result]:
    """Return what a function returns for each of several tuples of arguments, in their order.

    Jobs are threads, where compiled kernels and linear algebra release the interpreter, or
    processes, which take some seconds to start; each of several has one thread for linear algebra.
    Inside ``joblib.parallel_config(backend)`` the jobs run there, as on the workers of Dask.

    Parameters
    ----------
    function : callable
        Called with ``*args``. If jobs are not threads it must be pickled.
    arguments : iterable of tuple
        One for each call.
    n_jobs : int, optional
        How many at once: one by default, -1 for one per core, not zero.
    prefer : {"threads", "processes"}, default "threads"
        The kind of jobs unless joblib is configured otherwise.
    verbose : int
        How much joblib reports of its progress.

    Raises
    ------
    ValueError
        If `n_jobs` or `verbose` is not such a number.

    Examples
    --------
    >>> run_parallel(divmod, [(7, 2), (9, 4)], n_jobs=2)
    [(3, 1), (2, 1)]
    """
    _check_jobs(n_jobs, verbose)
    with _one_thread_each(n_jobs):
        tasks = (delayed(function)(*args) for args in arguments)
        results: list[Result] = Parallel(n_jobs, prefer=prefer, verbose=verbose)(tasks)
    return results


def iterate_parallel(
    function: Callable[..., Result],
    arguments: Iterable[tuple[Any, ...]],
    *,
    n_jobs: int | None = None,
    prefer: str = "threads",
    verbose: int = 0,
) -> Iterator[Result]:
    """Yield what a function returns for each tuple of arguments, as soon as it is there, in order.

    Parameters are as in `run_parallel`. Backends of joblib that cannot do so return everything at
    the end.
    """
    _check_jobs(n_jobs, verbose)
    backend, _ = get_active_backend(prefer=prefer)
    if not backend.supports_return_generator:
        yield from run_parallel(function, arguments, n_jobs=n_jobs, prefer=prefer, verbose=verbose)
        return
    with _one_thread_each(n_jobs):
        tasks = (delayed(function)(*args) for args in arguments)
        parallel = Parallel(n_jobs, prefer=prefer, verbose=verbose, return_as="generator")
        yield from parallel(tasks)


def _check_jobs(n_jobs: object, verbose: object) -> None:
    """Raise a `ValueError` unless joblib can use both parameters."""
    number = int(n_jobs) if isinstance(n_jobs, Integral) else 0
    if n_jobs is not None and not 1 <= abs(number) <= _MOST_JOBS:
        raise ValueError(
            "n_jobs must be None or an integer other than zero, of at most "
            f"{_MOST_JOBS}, got {shorten(n_jobs)}"
        )
    if not isinstance(verbose, Integral):
        raise ValueError(f"verbose must be an integer, or True or False, got {shorten(verbose)}")


def _one_thread_each(n_jobs: int | None) -> Any:
    """Return a context in which each of several jobs has one thread for linear algebra."""
    several = effective_n_jobs(n_jobs) > 1
    return one_blas_thread() if several else nullcontext()
