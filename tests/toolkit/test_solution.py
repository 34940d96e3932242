"""The solution: a frozen value."""

import dataclasses

import numpy as np
import pytest

from groupsparse.toolkit.solution import Certificate, CertificateKind, Solution, Status


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


def test_only_convergence_is_success():
    assert [status for status in Status if status.is_success] == [Status.CONVERGED]


def test_it_is_frozen_and_short_to_print():
    solution = make(Status.CONVERGED)
    with pytest.raises(dataclasses.FrozenInstanceError):
        solution.alpha = 2.0
    assert "coef" not in repr(solution)
    assert dict(solution.history) == {}


def test_an_end_without_any_group_is_described_as_such():
    empty = make(Status.CONVERGED)
    assert empty.is_empty
    assert "noise level or the strength is above all data" in empty.describe_end()
    assert "nothing was recovered" not in make(Status.MAX_ITER).describe_end()
    found = dataclasses.replace(empty, active_groups=np.array([1]))
    assert not found.is_empty
    assert "nothing was recovered" not in found.describe_end()
