"""Reflectors: peaks by a loop, tables by hand, pairs by the assignment problem."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linear_sum_assignment

from groupsparse.apps.seismic.inverting.reflectors import mark_peaks, tabulate_reflectors
from groupsparse.apps.seismic.scores.metrics import (
    compute_resolved_shares,
    find_resolved_thickness,
    match_reflectors,
    reflector_f1,
)


def looped_peaks(trace):
    marked = np.zeros(trace.size, bool)
    for i, value in enumerate(trace):
        before = trace[i - 1] if i > 0 else 0
        after = trace[i + 1] if i + 1 < trace.size else 0
        marked[i] = value > 0 and value >= before and value > after
    return marked


@pytest.mark.parametrize("n_samples", [1, 2, 3, 50])
@pytest.mark.parametrize("dtype", ["i4", "f4", "f8"])
def test_peaks_are_those_of_a_loop(n_samples, dtype):
    rng = np.random.default_rng(n_samples)
    values = rng.integers(0, 4, (40, 3, n_samples)).astype(dtype)  # many ties and zeros
    marked = mark_peaks(values)
    assert (marked.dtype, marked.shape) == (bool, values.shape)
    for index in np.ndindex(40, 3):
        np.testing.assert_array_equal(marked[index], looped_peaks(values[index]))


def test_runs_of_equal_strengths_count_once():
    for length in range(1, 6):
        trace = np.zeros(12)
        trace[3 : 3 + length] = 2.0
        assert mark_peaks(trace).nonzero()[0].tolist() == [2 + length]
    assert mark_peaks(np.ones(4)).nonzero()[0].tolist() == [3]
    assert mark_peaks([[5.0], [0.0]]).tolist() == [[True], [False]]
    assert mark_peaks(np.zeros((2, 0))).shape == (2, 0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_table_has_a_line_for_every_reflector(dtype):
    rng = np.random.default_rng(0)
    reflectors = [np.flatnonzero(rng.random(30) < share) for share in (0.2, 0.0, 0.5)]
    reflectivity = np.zeros((3, 3, 30), dtype)
    for trace, samples in enumerate(reflectors):
        reflectivity[:, trace, samples] = rng.standard_normal((3, samples.size))
    names, times = np.array([105, 101, 110]), 0.1 + 0.002 * np.arange(30)
    table = tabulate_reflectors(reflectivity, reflectors, names, times)
    lines = []
    for trace, samples in enumerate(reflectors):
        for sample in samples:
            of_shots = reflectivity[:, trace, sample].astype(float)
            strength = (sum(of_shots**2) / 3) ** 0.5
            lines.append((names[trace], sample, times[sample], strength, sum(of_shots) / 3))
    expected = pd.DataFrame(lines, columns=["trace", "sample", "time", "strength", "mean"])
    pd.testing.assert_frame_equal(table, expected, check_dtype=False, rtol=1e-6)
    assert [table[name].dtype.kind for name in table] == ["i", "i", "f", "f", "f"]


def test_a_table_may_be_empty():
    table = tabulate_reflectors(
        np.zeros((2, 1, 5)), [np.array([], int)], np.array([1]), np.arange(5)
    )
    assert list(table) == ["trace", "sample", "time", "strength", "mean"]
    assert len(table) == 0
    assert len(tabulate_reflectors(np.zeros((2, 0, 5)), [], np.array([], int), np.arange(5))) == 0


@pytest.mark.parametrize("tolerance", [0, 1, 2, 5])
@pytest.mark.parametrize("span", [12, 60, 400])
def test_pairs_are_as_many_as_an_assignment_has(tolerance, span):
    rng = np.random.default_rng(span + tolerance)
    for _ in range(60):
        found, true = (rng.integers(0, span, rng.integers(0, 40)) for _ in range(2))
        near = np.abs(found[:, None] - true) <= tolerance
        largest = int(near[linear_sum_assignment(near, maximize=True)].sum())
        pairs = match_reflectors(found, true, tolerance)
        assert pairs.found.size == pairs.true.size == largest
        assert np.unique(pairs.found).size == np.unique(pairs.true).size == largest
        assert near[pairs.found, pairs.true].all()
        assert (np.diff(found[pairs.found]) >= 0).all()
        score = 2 * largest / (found.size + true.size) if found.size + true.size else 1
        assert reflector_f1(found, true, tolerance) == pytest.approx(score)


@pytest.mark.parametrize("tolerance", [-1, 0.5, None])
def test_the_tolerance_is_a_count(tolerance):
    with pytest.raises(ValueError, match="tolerance must be an integer of at least 0"):
        match_reflectors([1], [1], tolerance)


@pytest.mark.parametrize(
    ("found", "is_resolved"),
    [
        ([50, 54], True),
        ([54, 50], True),
        ([49, 55], True),
        ([51, 53], True),
        ([48, 54], False),
        ([50, 56], False),
        ([50], False),
        ([], False),
        ([52], False),
        ([50, 52, 54], False),
        ([50, 54, 64], False),
        ([40, 50, 54], False),
        ([39, 50, 54, 65], True),
    ],
)
def test_a_wedge_is_resolved_by_exactly_two_reflectors_at_its_sides(found, is_resolved):
    shares = compute_resolved_shares([50], [54], [found])
    assert shares == {4: float(is_resolved)}
    assert find_resolved_thickness([50], [54], [found]) == (4.0 if is_resolved else None)


def test_thin_wedges_may_take_either_order_of_the_two():
    assert compute_resolved_shares([50], [51], [[50, 51]]) == {1: 1.0}
    assert compute_resolved_shares([50], [51], [[49, 52]]) == {1: 1.0}
    assert compute_resolved_shares([50], [51], [[51, 52]]) == {1: 1.0}
    assert compute_resolved_shares([50], [51], [[50]]) == {1: 0.0}


def test_the_resolved_thickness_is_where_all_thicker_ones_are():
    tops, bases = [20] * 6, [21, 22, 22, 23, 24, 24]
    good = [[20, base] for base in bases]
    for missing, share, expected in [
        ([], 1.0, 1.0),
        ([0], 1.0, 2.0),
        ([1], 1.0, 3.0),
        ([1], 0.5, 1.0),
        ([3], 1.0, 4.0),
        ([4], 1.0, None),
        ([4], 0.5, 1.0),
        ([4, 5], 0.5, None),
    ]:
        found = [[] if n in missing else one for n, one in enumerate(good)]
        assert find_resolved_thickness(tops, bases, found, share=share) == expected
    shares = compute_resolved_shares(tops, bases, [*good[:2], [], *good[3:]])
    assert list(shares.items()) == [(1, 1.0), (2, 0.5), (3, 1.0), (4, 1.0)]


def test_every_trace_of_a_wedge_needs_its_reflectors():
    with pytest.raises(ValueError, match="found must have 2 traces, as tops has, got 1"):
        compute_resolved_shares([1, 2], [3, 4], [[1, 3]])
