"""Scores of a recovery, shares with their intervals, and the summary over trials."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from groupsparse.apps.reproduce.recovery import (
    estimate_share,
    score_recovery,
    summarise_recovery,
)
from groupsparse.datasets import make_joint_sparse
from groupsparse.toolkit.solution import Status


def solution_of(coef):
    return SimpleNamespace(coef=coef, status=Status.CONVERGED)


@pytest.mark.parametrize("is_complex", [False, True])
def test_scores_of_a_solution_with_small_rows_too_many(is_complex):
    """They count as found, and not against exactness; a fit on the largest rows is exact."""
    data = make_joint_sparse(12, 20, 4, 3, rank=2, noise=0.1, is_complex=is_complex, random_state=0)
    coef = 2 * data.coef
    coef[np.setdiff1d(range(20), data.active_groups)[:5]] = 1e-9
    row = score_recovery(solution_of(coef), data, 0.5)
    assert (row["exact"], row["n_found"], row["status"]) == (1, 8, "CONVERGED")
    assert row["rmse"] == pytest.approx(np.linalg.norm(coef - data.coef) / np.sqrt(80))
    columns = data.problem.operator.operator.values[:, data.active_groups]
    fitted = np.zeros_like(data.coef)
    fitted[data.active_groups] = np.linalg.lstsq(columns, data.problem.data)[0]
    assert row["rmse_refit"] == pytest.approx(np.linalg.norm(fitted - data.coef) / np.sqrt(80))


def test_scores_of_a_wrong_a_missing_and_no_row():
    data = make_joint_sparse(12, 20, 4, 3, rank=2, random_state=0)
    wrong = data.coef.copy()
    wrong[np.setdiff1d(range(20), data.active_groups)[0]] = 100
    missing = data.coef.copy()
    missing[data.active_groups[0]] = 0
    for coef, n_found in ((wrong, 4), (missing, 2), (0 * data.coef, 0)):
        row = score_recovery(solution_of(coef), data, 0.0)
        assert (row["exact"], row["n_found"]) == (0, n_found)
    assert row["rmse"] == row["rmse_refit"] == pytest.approx(np.linalg.norm(data.coef) / 80**0.5)


def test_a_tie_at_zero_is_not_exact_even_if_it_falls_well():
    """Rows 0 .. 2 are active and all are zero: the first three in order would be the true ones."""
    data = make_joint_sparse(4, 3, 2, 3, rank=1, random_state=0)
    assert score_recovery(solution_of(0 * data.coef), data, 0.0)["exact"] == 0


def test_shares_have_wilsons_interval():
    for n_right, n in ((0, 40), (33, 40), (40, 40)):
        value, low, high = estimate_share([1] * n_right + [0] * (n - n_right))
        z, p = 1.959963984540054, n_right / n
        centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        assert (value, low, high) == pytest.approx((p, centre - half, centre + half), abs=1e-12)


def test_summary():
    trials = pd.DataFrame(
        {
            "rank": [1] * 4 + [2] * 2,
            "exact": [1, 1, 0, 1, 0, 0],
            "n_found": [3, 3, 5, 3, 4, 6],
            "rmse": [4.0, 1.0, 2.0, 3.0, 5.0, 7.0],
            "rmse_refit": [1.0, 1.0, 1.0, 2.0, 3.0, 5.0],
            "seconds": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            "status": ["CONVERGED", "MAX_ITER"] * 3,
        }
    )
    first, second = summarise_recovery(trials, ["rank"]).to_dict("records")
    assert (first["rank"], first["n_trials"], first["exact"]) == (1, 4, 0.75)
    assert (first["rmse_low"], first["rmse"], first["rmse_high"]) == (1.75, 2.5, 3.25)
    assert (second["rmse_refit"], second["n_found"], second["converged"]) == (4.0, 5.0, 0.5)
    assert second["exact_low"] == 0 < second["exact_high"] < 1
