"""Data that cannot be those of a loss are refused by a message that names them."""

import re

import numpy as np
import pytest

from groupsparse.toolkit.losses import Logistic, Poisson

REFUSED = {
    "one class": (Logistic(), [1, 1, 1], "data must hold both classes, 0 and 1, got only 1"),
    "labels with fractions": (Logistic(), [0.0, 0.5, 1.0], "data must be 0 or 1"),
    "labels of minus one": (Logistic(), [-1, 1], "data must be 0 or 1 for Logistic(), got -1"),
    "labels as text": (Logistic(), ["a", "b"], "data must hold numbers"),
    "complex labels": (Logistic(), [0, 1j], "data must be real"),
    "missing label": (Logistic(), [0, 1, np.nan], "data"),
    "negative count": (Poisson(), [1, -2], "data must not be negative for Poisson(), got -2"),
    "no count": (Poisson(), [0, 0], "data must hold a positive count, got only zeros"),
    "complex counts": (Poisson(), [1, 1j], "data must be real"),
    "missing count": (Poisson(), [1, np.nan], "data"),
}


@pytest.mark.parametrize(("loss", "data", "message"), REFUSED.values(), ids=REFUSED)
def test_data_are_refused(loss, data, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        loss.read_data(data)


def test_labels_do_not_widen_single_precision():
    for labels in [True, False], [1, 0], np.array([1, 0], np.int8):
        assert Logistic().read_data(labels).dtype == np.float32
    assert Logistic().read_data([1.0, 0.0]).dtype == np.float64
