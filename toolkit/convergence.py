"""One warning where a solver did not reach what it was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from .execution.caller import warn_caller
from .solution import Solution, Status


class ConvergenceWarning(UserWarning):
    """A solver stopped before it reached what it was asked for."""


# Of this thread alone, unlike the filters of `warnings`.
_is_silent = ContextVar("_is_silent", default=False)


@contextmanager
def without_warnings() -> Iterator[None]:
    """Suppress convergence warnings in this thread, for code that reads the status itself.

    Examples
    --------
    >>> import numpy as np
    >>> from groupsparse.toolkit.penalties import L21
    >>> from groupsparse.toolkit.problem import Problem
    >>> from groupsparse.toolkit.solvers import FISTA
    >>> problem = Problem([[1.0, 2.0], [3.0, 5.0]], [1.0, -1.0])
    >>> with without_warnings():
    ...     FISTA(L21(1e-3), max_iter=1).solve(problem).status.name
    'MAX_ITER'
    """
    token = _is_silent.set(True)
    try:
        yield
    finally:
        _is_silent.reset(token)


def is_silent() -> bool:
    """Return whether this runs inside `without_warnings`."""
    return _is_silent.get()


def warn_unless_converged(solutions: Sequence[Solution]) -> None:
    """Warn once about the first solution that falls short, and count the others."""
    short = [s for s in solutions if s.status not in (Status.CONVERGED, Status.STOPPED)]
    if is_silent() or not short:
        return
    message = short[0].describe_end()
    if len(solutions) > 1:
        message += f"; {len(short)} of {len(solutions)} solutions of the path did not converge"
    warn_caller(message, ConvergenceWarning)
