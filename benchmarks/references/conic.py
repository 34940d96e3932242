"""Optima of every convex loss and penalty beside those of conic programs."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from typing import NamedTuple

from groupsparse.toolkit.penalties import WithBounds
from groupsparse.toolkit.solution import CertificateKind, Status
from groupsparse.toolkit.solvers import FISTA, BlockCoordinateDescent
from groupsparse.toolkit.solvers.solver import Solver

from ..tables import format_table
from .problems import LOSSES, PENALTIES, Case, draw_case
from .programs import Program

LIMIT = 1e-6
"""The largest relative difference of two optima that counts as agreement."""
_HEADER = ("loss", "penalty", "problems", "solver", "agree", "worst", "bound holds", "converged")


class Outcome(NamedTuple):
    """How a solution compares with the optimum of the conic program."""

    excess: float  # of the objective, relative
    below: float  # by how much the lower bound of the certificate exceeds the optimum, relative
    stated: float  # the difference between the objective stated and recomputed, relative
    is_gap: bool
    converged: bool

    @property
    def agrees(self) -> bool:
        """Whether the objective is that of the program, and what the solution says it is."""
        return abs(self.excess) <= LIMIT and self.stated <= 1e-9

    @property
    def is_bounded(self) -> bool:
        """Whether the certificate is a duality gap that no optimum contradicts."""
        return self.is_gap and self.below <= LIMIT / 10


def list_solvers(case: Case) -> dict[str, Solver]:
    """Return the solvers that minimise a case, by name."""
    solvers: dict[str, Solver] = {"FISTA": FISTA(case.penalty, tol=1e-8, max_iter=200_000)}
    if not isinstance(case.penalty.core, WithBounds):
        solvers["BlockCoordinateDescent"] = BlockCoordinateDescent(case.penalty, tol=1e-8)
    return solvers


def compare(case: Case) -> Iterator[tuple[str, Outcome]]:
    """Solve a case by every solver, and by the conic program."""
    program = Program(case)
    optimum = program.solve()
    # The size of an objective depends on constants of the loss; its fall from zero does not.
    size = max(abs(optimum), 1e-3 * case.problem.data.size)
    for name, solver in list_solvers(case).items():
        solution = solver.solve(case.problem)
        found = program.evaluate(solution)
        certificate = solution.certificate
        yield (
            name,
            Outcome(
                excess=(found - optimum) / size,
                below=(found - certificate.value - optimum) / size,
                stated=abs(found - solution.objective) / size,
                is_gap=certificate.kind is CertificateKind.DUALITY_GAP,
                converged=solution.status is Status.CONVERGED,
            ),
        )


def compare_programs(arguments: Namespace) -> str:
    """Return a table with a row for each loss, penalty and solver."""
    rows = []
    for loss in LOSSES:
        for penalty in PENALTIES:
            print(f"measuring {loss}, {penalty}", file=sys.stderr)
            outcomes: dict[str, list[Outcome]] = {}
            for seed in range(arguments.problems):
                for name, outcome in compare(draw_case(loss, penalty, seed)):
                    outcomes.setdefault(name, []).append(outcome)
                    if not (outcome.agrees and outcome.is_bounded and outcome.converged):
                        print(f"{loss}, {penalty}, seed {seed}, {name}: {outcome}", flush=True)
            rows += [_make_row(loss, penalty, name, found) for name, found in outcomes.items()]
    return format_table(_HEADER, rows, 2)


def _make_row(loss: str, penalty: str, name: str, outcomes: list[Outcome]) -> tuple[str, ...]:
    worst = max(abs(outcome.excess) for outcome in outcomes)
    counts = [
        sum(outcome.agrees for outcome in outcomes),
        sum(outcome.is_bounded for outcome in outcomes),
        sum(outcome.converged for outcome in outcomes),
    ]
    agree, bounded, converged = (f"{count}/{len(outcomes)}" for count in counts)
    return loss, penalty, str(len(outcomes)), name, agree, f"{worst:.1e}", bounded, converged
