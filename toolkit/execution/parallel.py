"""Independent work on several cores, or on several machines, by joblib."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from typing import Any, TypeVar

from joblib import Parallel, delayed, effective_n_jobs
from joblib.parallel import get_active_backend

from .blas_threads import one_blas_thread

Result = TypeVar("Result")


def run_parallel(
    function: Callable[..., Result],
    arguments: Iterable[tuple[Any, ...]],
    *,
    n_jobs: int | None = None,
    prefer: str = "threads",
    verbose: int = 0,
) -> list[Result]:
    """Call a function with each of several tuples of arguments.

    Jobs are threads, where compiled kernels and linear algebra release the
    interpreter, or processes, which take some seconds to begin; each of several
    has one thread for linear algebra. Inside ``joblib.parallel_config(backend)``
    the jobs run there, as on the workers of Dask.

    Parameters
    ----------
    function : callable
        Called with ``*args``. Where jobs are not threads it must be pickled.
    arguments : iterable of tuple
        One for each call.
    n_jobs : int, optional
        How many at once: one by default, -1 for one per core.
    prefer : {"threads", "processes"}, default "threads"
        What jobs are where nothing else is configured.
    verbose : int
        Whether joblib reports how far it is; more, the larger.

    Returns
    -------
    list
        What the calls return, in the order of the arguments.

    Examples
    --------
    >>> run_parallel(divmod, [(7, 2), (9, 4)], n_jobs=2)
    [(3, 1), (2, 1)]
    """
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
    """Call a function as `run_parallel` does, and yield results as soon as they are there.

    Backends of joblib that cannot do so give all of them at the end.

    Parameters
    ----------
    function, arguments, n_jobs, prefer, verbose
        As in `run_parallel`.

    Yields
    ------
    object
        What the calls return, in the order of the arguments.

    Examples
    --------
    >>> next(iterate_parallel(divmod, [(7, 2), (9, 4)], n_jobs=2))
    (3, 1)
    """
    backend, _ = get_active_backend(prefer=prefer)
    if not backend.supports_return_generator:
        yield from run_parallel(function, arguments, n_jobs=n_jobs, prefer=prefer, verbose=verbose)
        return
    with _one_thread_each(n_jobs):
        tasks = (delayed(function)(*args) for args in arguments)
        parallel = Parallel(n_jobs, prefer=prefer, verbose=verbose, return_as="generator")
        yield from parallel(tasks)


def _one_thread_each(n_jobs: int | None) -> Any:
    """Return a context in which each of several jobs has one thread for linear algebra."""
    several = effective_n_jobs(n_jobs) > 1
    return one_blas_thread() if several else nullcontext()
