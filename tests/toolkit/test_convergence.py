"""One convergence warning for each call, at the caller's line, and none where it is suppressed."""

import warnings

import numpy as np
import pytest

from groupsparse.toolkit.convergence import (
    ConvergenceWarning,
    warn_unless_converged,
    without_warnings,
)
from groupsparse.toolkit.penalties import L21
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import solution_path
from groupsparse.toolkit.solution import Certificate, CertificateKind, Solution, Status
from groupsparse.toolkit.solvers import FISTA, InTurn, Reweighted


def make(status):
    return Solution(
        coef=np.zeros(2),
        active_groups=np.zeros(0, int),
        status=status,
        objective=1.0,
        certificate=Certificate(CertificateKind.DUALITY_GAP, 0.25),
        alpha=1.0,
        residual_norm=1.0,
        iterations=12,
        seconds=0.5,
    )


def hard():
    rng = np.random.default_rng(0)
    return Problem(rng.standard_normal((20, 30)), rng.standard_normal(20), 3)


SHORT = FISTA(L21(0.1), tol=1e-14, max_iter=2)


@pytest.mark.parametrize("status", [Status.CONVERGED, Status.STOPPED])
def test_what_was_asked_for_is_no_warning(status):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_unless_converged([make(status)])


@pytest.mark.parametrize(
    "status", [s for s in Status if s not in (Status.CONVERGED, Status.STOPPED)]
)
def test_what_was_not_reached_is_one(status):
    with pytest.warns(ConvergenceWarning) as caught:
        warn_unless_converged([make(status)])
    (warning,) = caught
    assert str(warning.message) == f"{status.value} (12 iterations, duality gap 0.25)"


def test_a_solution_is_a_plain_value():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not make(Status.MAX_ITER).status.is_success


@pytest.mark.parametrize(
    "solver",
    [SHORT, InTurn(SHORT, SHORT), Reweighted(SHORT), InTurn(Reweighted(SHORT), SHORT)],
    ids=["alone", "in turn", "reweighted", "nested"],
)
def test_one_warning_at_the_caller_however_solvers_are_nested(solver):
    with pytest.warns(ConvergenceWarning) as caught:
        solver.solve(hard())
    (warning,) = caught
    assert warning.filename == __file__


def test_a_path_warns_once_and_counts():
    with pytest.warns(ConvergenceWarning, match="3 of 3 solutions") as caught:
        solution_path(SHORT, hard(), [0.1, 0.2, 0.3])
    (warning,) = caught
    assert warning.filename == __file__


def test_warnings_are_suppressed_only_inside():
    with warnings.catch_warnings(), without_warnings():
        warnings.simplefilter("error")
        assert SHORT.solve(hard()).status is Status.MAX_ITER
    with pytest.warns(ConvergenceWarning):
        SHORT.solve(hard())
