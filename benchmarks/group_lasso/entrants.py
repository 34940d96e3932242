"""Who takes part: which adapter, with which tolerances, called how."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from groupsparse.toolkit.arrays import Array

from . import adapters
from .cases import PATH, Case

OURS = "groupsparse"
SKGLM, CELER, ADELIE = "skglm", "celer", "adelie"
ADELIE_ALL = "adelie (all threads)"  # its default is one


@dataclass(frozen=True)
class Entrant:
    """A solver in one way of calling it.

    Attributes
    ----------
    solver : str
        The name in tables.
    package : str
        What must be installed.
    solve : callable
        From `adapters`.
    tolerances : tuple of float
        From loose to tight.
    variant : str
        What is special about this way; the best way of a solver counts.
    steps : int
        A single alpha is reached over this many, which costs some solvers
        less than to go there at once.
    c_order : bool
        Whether the matrix comes in C order.
    """

    solver: str
    package: str
    solve: Callable[[Array, Array, int, Array, float], adapters.Coefs]
    tolerances: tuple[float, ...]
    variant: str = ""
    steps: int = 1
    c_order: bool = False

    def takes_part(self, case: Case) -> bool:
        """Return whether this way of calling makes sense for the case."""
        return self.steps == 1 or case.strength != PATH

    def task(self, case: Case, tol: float) -> Callable[[], adapters.Coefs]:
        """Return what is timed; its result is indexed as the case's alphas are."""
        A = case.A_c if self.c_order else case.A_fortran
        if self.steps == 1:
            return partial(self.solve, A, case.y, case.size, case.alphas, tol)
        alphas = np.geomspace(case.largest, case.alphas[-1], self.steps + 1)[1:]

        def solve() -> adapters.Coefs:
            coefs = self.solve(A, case.y, case.size, alphas, tol)
            return lambda i: coefs(i + self.steps - 1)

        return solve


def _powers(first: int, last: int) -> tuple[float, ...]:
    return tuple(float(f"1e-{k}") for k in range(first, last + 1))


_adelie_all = partial(adapters.adelie, n_threads=os.cpu_count() or 1)

ENTRANTS = (
    Entrant(OURS, "groupsparse", adapters.groupsparse, (3e-4, *_powers(4, 10))),
    Entrant(
        *(f"{OURS} (C order)", "groupsparse", adapters.groupsparse, (3e-4, *_powers(4, 10))),
        c_order=True,
    ),
    Entrant(SKGLM, "skglm", adapters.skglm, _powers(4, 9)),
    Entrant(SKGLM, "skglm", adapters.skglm, _powers(4, 9), variant="2 steps", steps=2),
    Entrant(CELER, "celer", adapters.celer, _powers(6, 11)),
    Entrant(ADELIE, "adelie", adapters.adelie, _powers(7, 14)),
    Entrant(ADELIE, "adelie", adapters.adelie, _powers(7, 14), variant="2 steps", steps=2),
    Entrant(ADELIE, "adelie", adapters.adelie, _powers(7, 14), variant="4 steps", steps=4),
    Entrant(ADELIE_ALL, "adelie", _adelie_all, _powers(7, 14)),
    Entrant(ADELIE_ALL, "adelie", _adelie_all, _powers(7, 14), variant="2 steps", steps=2),
    Entrant(ADELIE_ALL, "adelie", _adelie_all, _powers(7, 14), variant="4 steps", steps=4),
)
