"""The entrants: adapters with tolerances and ways of calling them."""

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
    """A solver, called in one way.

    Attributes
    ----------
    solver : str
        The name in tables.
    package : str
        The package that must be installed.
    solve : callable
        From `adapters`.
    tolerances : tuple of float
        From loose to tight.
    variant : str
        The way of calling; the best one of each solver counts.
    steps : int
        The number of alphas on the way to a single one; some solvers are faster with several.
    c_order : bool
        Whether the matrix is in C order.
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
        """Return the timed function; its result is indexed as the case's alphas."""
        A = case.A_c if self.c_order else case.A_fortran
        if self.steps == 1:
            return partial(self.solve, A, case.y, case.size, case.alphas, tol)
        alphas = np.geomspace(case.largest, case.alphas[-1], self.steps + 1)[1:]

        def solve() -> adapters.Coefs:
            coefs = self.solve(A, case.y, case.size, alphas, tol)
            return lambda i: coefs(i + self.steps - 1)

        return solve


def _list_powers(first: int, last: int) -> tuple[float, ...]:
    return tuple(float(f"1e-{k}") for k in range(first, last + 1))


_adelie_all = partial(adapters.adelie, n_threads=os.cpu_count() or 1)

ENTRANTS = (
    Entrant(OURS, "groupsparse", adapters.groupsparse, (3e-4, *_list_powers(4, 10))),
    Entrant(
        *(f"{OURS} (C order)", "groupsparse", adapters.groupsparse, (3e-4, *_list_powers(4, 10))),
        c_order=True,
    ),
    Entrant(SKGLM, "skglm", adapters.skglm, _list_powers(4, 9)),
    Entrant(SKGLM, "skglm", adapters.skglm, _list_powers(4, 9), variant="2 steps", steps=2),
    Entrant(CELER, "celer", adapters.celer, _list_powers(6, 11)),
    Entrant(ADELIE, "adelie", adapters.adelie, _list_powers(7, 14)),
    Entrant(ADELIE, "adelie", adapters.adelie, _list_powers(7, 14), variant="2 steps", steps=2),
    Entrant(ADELIE, "adelie", adapters.adelie, _list_powers(7, 14), variant="4 steps", steps=4),
    Entrant(ADELIE_ALL, "adelie", _adelie_all, _list_powers(7, 14)),
    Entrant(ADELIE_ALL, "adelie", _adelie_all, _list_powers(7, 14), variant="2 steps", steps=2),
    Entrant(ADELIE_ALL, "adelie", _adelie_all, _list_powers(7, 14), variant="4 steps", steps=4),
)
