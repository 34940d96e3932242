"""Splitting a survey into gathers and reassembling it."""

import numpy as np
import pytest

from groupsparse.apps.seismic.inverting.gathers import Gathers
from groupsparse.apps.seismic.inverting.reflectors import mark_peaks, tabulate_reflectors


@pytest.mark.parametrize("n_together", [1, 2, 3, 7, 10])
@pytest.mark.parametrize("shift", [0.0, 1.0, -0.6, 30.0])
@pytest.mark.parametrize("at_once", [1, 4])
def test_every_live_trace_is_placed_once(n_together, shift, at_once):
    rng = np.random.default_rng(0)
    data = rng.standard_normal((3, 7, 20))
    dead = rng.random((3, 7)) < 0.3
    gathers = Gathers(data, dead, n_together, shift)
    into, count = np.zeros_like(data), np.zeros((3, 7), int)
    for part in gathers.split(at_once):
        channels = gathers.extract(part)
        assert channels.shape == (part.live.size, len(part.traces), 20)
        assert len(part.traces) <= at_once
        gathers.place(part, channels, into)
        shots, places = np.divmod(part.live, part.traces.shape[1])
        np.testing.assert_array_equal(gathers.find_shots(part), shots)
        np.add.at(count, (shots[:, None], part.traces[:, places].T), 1)
    np.testing.assert_array_equal(count, ~dead)
    largest = int(np.ceil(abs(shift) * n_together / 2)) if n_together > 1 else 0
    inside = slice(largest, 20 - largest) if 2 * largest < 20 else slice(0, 0)
    expected = np.where(dead[..., None], 0, data)
    np.testing.assert_array_equal(into[..., inside], expected[..., inside])


def test_dipping_reflectors_are_level_in_a_gather():
    data = np.zeros((1, 3, 30))
    data[0, [0, 1, 2], [10, 12, 14]] = 1
    gathers = Gathers(data, np.zeros((1, 3), bool), 3, 2.0)
    (part,) = gathers.split(8)
    assert gathers.extract(part).argmax(axis=-1).tolist() == [[12]] * 3
    found = gathers.assign_reflectors(part, [np.array([0, 12, 29])])
    assert {trace: samples.tolist() for trace, samples in found.items()} == {
        0: [10, 27],
        1: [0, 12, 29],
        2: [2, 14],
    }


def test_peaks():
    assert mark_peaks([3.0, 2.0, 2.0, 4.0, 4.0, 0.0, 1.0]).nonzero()[0].tolist() == [0, 4, 6]
    assert not mark_peaks(np.zeros((2, 3))).any()


def test_table():
    found = np.zeros((2, 3, 5))
    found[:, 0, 1], found[:, 2, 4] = [3, 4], [1, -1]
    table = tabulate_reflectors(
        found, [np.array([1]), np.array([], int), np.array([4])], np.array([5, 6, 7]), np.arange(5)
    )
    assert table["trace"].tolist() == [5, 7]
    assert table["sample"].tolist() == [1, 4]
    assert table["strength"].tolist() == [12.5**0.5, 1.0]
    assert table["mean"].tolist() == [3.5, 0.0]
