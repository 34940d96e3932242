"""Data that cannot be those of a loss are refused by a message that names them."""

import re

import numpy as np
import pytest

from groupsparse.toolkit.losses import Cox, Huber, Logistic, Multinomial, Poisson

REFUSED = {
    "one class": (Logistic(), [1, 1, 1], "data must hold both classes, 0 and 1, got only 1"),
    "labels with fractions": (Logistic(), [0.0, 0.5, 1.0], "data must be 0 or 1"),
    "labels of two": (Logistic(), [1, 0, 2], "data must be 0 or 1 for Logistic(), got 2"),
    "labels of minus one": (Logistic(), [-1, 1], "data must be 0 or 1 for Logistic(), got -1"),
    "labels as text": (Logistic(), ["a", "b"], "data must hold numbers"),
    "complex labels": (Logistic(), [0, 1j], "data must be real"),
    "missing label": (Logistic(), [0, 1, np.nan], "data"),
    "one class of several": (Multinomial(), [0, 0], "data must hold two or more classes"),
    "one column of several": (
        Multinomial(),
        [[1, 0], [1, 0]],
        "data must hold two or more classes, got one",
    ),
    "one column": (Multinomial(), [[1], [0]], "got shape (2, 1)"),
    "class numbers with fractions": (Multinomial(), [0, 1, 0.5], "data must be class numbers"),
    "negative class number": (Multinomial(), [0, 1, -1], "data must be class numbers"),
    "a class between is missing": (
        Multinomial(),
        [0, 1, 3],
        "data must hold every class from 0 to 3, 2 is missing",
    ),
    "negative counts of classes": (Multinomial(), [[1, -1], [0, 1]], "data must not be negative"),
    "no event": (Cox(), [[1.0, 0], [2.0, 0]], "data must hold an event"),
    "time of zero": (Cox(), [[0.0, 1], [2.0, 0]], "data must have positive times"),
    "negative time": (Cox(), [[-1.0, 1], [2.0, 0]], "data must have positive times"),
    "half an event": (Cox(), [[1.0, 0.5], [2.0, 1]], "data must have events of 0 or 1"),
    "missing time": (Cox(), [[np.nan, 1], [2.0, 0]], "data"),
    "three columns": (Cox(), np.ones((4, 3)), "data must be survival times"),
    "complex times": (Cox(), [[1j, 1], [2.0, 0]], "data must be real"),
    "three fields": (
        Cox(),
        np.zeros(3, [("a", bool), ("b", float), ("c", float)]),
        "two fields, event and time",
    ),
    "negative count": (Poisson(), [1, -2], "data must not be negative for Poisson(), got -2"),
    "no count": (Poisson(), [0, 0], "data must hold a positive count, got only zeros"),
    "complex counts": (Poisson(), [1, 1j], "data must be real"),
    "missing count": (Poisson(), [1, np.nan], "data"),
}


@pytest.mark.parametrize(("loss", "data", "message"), REFUSED.values(), ids=REFUSED)
def test_data_are_refused(loss, data, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        loss.read_data(data)


@pytest.mark.parametrize("name", ["threshold", "scale"])
@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf, "1", None, 1j])
def test_settings_of_huber_are_refused(name, value):
    with pytest.raises(ValueError, match=name):
        Huber(**{name: value})


def test_scales_of_huber_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="scale must be positive"):
        Huber(scale=[1.0, 0.0])
    with pytest.raises(ValueError, match=re.escape("of the data's shape (3,), got (2,)")):
        Huber(scale=[1.0, 2.0]).bind(np.ones(3), None, None)


def test_survival_times_are_read_in_every_form():
    events, times = np.array([True, False, True]), np.array([2.0, 3.0, 0.5])
    expected = [2.0, -3.0, 0.5]
    for names in ("event", "time"), ("status", "days"):
        kinds = list(zip(names, (bool, float), strict=True))
        for order in kinds, kinds[::-1]:
            table = np.empty(3, order)
            table[names[0]], table[names[1]] = events, times
            np.testing.assert_array_equal(Cox().read_data(table), expected)
    np.testing.assert_array_equal(Cox().read_data(np.stack([times, events], axis=1)), expected)
    np.testing.assert_array_equal(Cox().read_data(expected), expected)


@pytest.mark.parametrize("ties", ["exact", None, 1, "Efron"])
def test_unknown_ties_are_refused(ties):
    with pytest.raises(ValueError, match="ties must be one of"):
        Cox(ties)


@pytest.mark.parametrize(
    ("strata", "message"),
    [
        ([1, 2], "strata must have 3 labels, got 2"),
        ([1, 2, np.nan], "strata must not hold NaN"),
        ([None, 1, "a"], "strata must hold labels of one kind"),
    ],
)
def test_unfit_strata_are_refused(strata, message):
    with pytest.raises(ValueError, match=message):
        Cox(strata=strata).bind(np.array([1.0, -2.0, 3.0]), None, None)
    with pytest.raises(ValueError, match="strata must be of shape"):
        Cox(strata=[strata, strata])


def test_weights_of_zero_for_all_events_are_refused():
    with pytest.raises(ValueError, match="weights"):
        Cox().bind(np.array([1.0, -2.0]), np.array([0.0, 1.0]), None)


def test_class_numbers_become_counts():
    np.testing.assert_array_equal(
        Multinomial().read_data([0, 2, 1]), [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
    )


def test_labels_and_counts_do_not_widen_single_precision():
    for loss in Logistic(), Multinomial(), Poisson():
        for labels in [True, False], [1, 0], np.array([1, 0], np.int8):
            assert loss.read_data(labels).dtype == np.float32
        assert loss.read_data([1.0, 0.0]).dtype == np.float64
    assert Poisson().read_data([2**24 + 1, 0]).dtype == np.float64
