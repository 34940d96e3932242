"""Scores of reflectors against brute force and by hand."""

import itertools

import numpy as np
import pytest

from groupsparse.apps.seismic.scores.metrics import (
    compute_resolved_shares,
    correlation,
    find_resolved_thickness,
    match_reflectors,
    reflector_f1,
    score_reflectors,
    snr_db,
)


def largest_matching(found, true, tolerance):
    """By trying all ways to give found reflectors to true ones."""
    if len(found) > len(true):
        found, true = true, found
    return max(
        (
            sum(abs(f - t) <= tolerance for f, t in zip(found, chosen, strict=True))
            for chosen in itertools.permutations(true, len(found))
        ),
        default=0,
    )


@pytest.mark.parametrize("tolerance", [0, 1, 3])
def test_matching_is_the_largest_possible(tolerance):
    rng = np.random.default_rng(tolerance)
    for _ in range(200):
        found = rng.choice(15, rng.integers(0, 6), replace=False)
        true = rng.choice(15, rng.integers(0, 6), replace=False)
        pairs = match_reflectors(found, true, tolerance)
        assert len(pairs.found) == largest_matching(found, true, tolerance)
        assert len(set(pairs.found)) == len(set(pairs.true)) == len(pairs.found)
        assert (np.abs(found[pairs.found] - true[pairs.true]) <= tolerance).all()


def test_one_reflector_is_matched_once():
    assert reflector_f1([10, 11, 12], [11]) == pytest.approx(0.5)
    assert reflector_f1([10], [9, 11]) == pytest.approx(2 / 3)


def test_f1_counts_all_traces_together():
    assert reflector_f1([[10], [20, 30], []], [[10], [25], [5]]) == pytest.approx(2 / 6)
    assert reflector_f1([], []) == 1
    assert reflector_f1([], [3]) == 0
    with pytest.raises(ValueError, match="found must have 1 traces, as true has, got 2"):
        reflector_f1([[1], [2]], [[1]])


def test_scores_of_a_gather():
    truth = np.zeros((2, 100))
    truth[:, [10, 30, 50, 70]] = [[0.1, 1.0, -1.0, 4.0], [0.1, 1.0, 1.0, 4.0]]
    estimate = np.zeros((2, 100))
    estimate[:, [31, 50, 70, 90]] = [[0.5, 1.0, 4.0, 0.3], [1.0, 1.0, 4.0, 0.3]]
    scores = score_reflectors([31, 50, 70, 90], estimate, truth, bands=(0.5, 2.0))
    assert scores["precision"] == scores["recall"] == scores["f1"] == 0.75
    assert scores["recall_0_0.5"] == 0
    assert scores["recall_0.5_2"] == 1
    assert scores["recall_2_inf"] == 1
    assert scores["polarity"] == pytest.approx(5 / 6)
    error, energy = 0.5**2 + 2.0**2, 4 + 2 * 16
    assert scores["amplitude_error"] == pytest.approx(np.sqrt(error / energy))
    assert scores["snr_db"] == pytest.approx(snr_db(estimate, truth))
    assert scores["correlation"] == pytest.approx(
        np.corrcoef(estimate.ravel(), truth.ravel())[0, 1]
    )


def test_scores_without_reflectors():
    nothing = np.zeros((1, 10))
    scores = score_reflectors([], nothing, nothing)
    assert scores["f1"] == 1
    assert all(value is None for name, value in scores.items() if name != "f1")
    with pytest.raises(ValueError, match=r"the same shape \(shot, time\)"):
        score_reflectors([], nothing, nothing[0])


def test_undefined_scores_are_none():
    assert snr_db([1.0], [1.0]) is None
    assert correlation([1.0, 1.0], [1.0, 2.0]) is None


def test_wedge():
    tops, bases = [40] * 4, [41, 42, 43, 43]
    found = [[40], [40, 42], [39, 43, 70], [40, 43, 46]]
    assert compute_resolved_shares(tops, bases, found) == {1: 0.0, 2: 1.0, 3: 0.5}
    assert find_resolved_thickness(tops, bases, found) is None
    assert find_resolved_thickness(tops, bases, found, share=0.5) == 2
    assert find_resolved_thickness(tops, bases, found, guard=1) == 2
