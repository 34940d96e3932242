"""The solution: frozen, and not silent about what was not reached."""

import dataclasses
import warnings

import numpy as np
import pytest

from groupsparse.toolkit.solution import Certificate, ConvergenceWarning, Solution, Status


def make(status):
    return Solution(
        coef=np.zeros(2),
        active_groups=np.zeros(0, int),
        status=status,
        objective=1.0,
        certificate=Certificate("duality_gap", 0.25),
        alpha=1.0,
        residual_norm=1.0,
        iterations=12,
        seconds=0.5,
    )


@pytest.mark.parametrize("status", [Status.CONVERGED, Status.STOPPED])
def test_what_was_asked_for_is_no_warning(status):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert make(status).status is status


@pytest.mark.parametrize(
    "status", [s for s in Status if s not in (Status.CONVERGED, Status.STOPPED)]
)
def test_what_was_not_reached_is_one(status):
    with pytest.warns(ConvergenceWarning) as caught:
        solution = make(status)
    message = str(caught[0].message)
    assert message == f"{status.value} (12 iterations, duality gap 0.25)"
    assert not solution.status.is_success


def test_only_convergence_is_success():
    assert [status for status in Status if status.is_success] == [Status.CONVERGED]


def test_it_is_frozen_and_short_to_print():
    solution = make(Status.CONVERGED)
    with pytest.raises(dataclasses.FrozenInstanceError):
        solution.alpha = 2.0
    assert "coef" not in repr(solution)
    assert dict(solution.history) == {}
