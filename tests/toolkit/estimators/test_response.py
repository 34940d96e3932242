"""What the supervised selector takes a response for: classes or numbers."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.utils.multiclass import type_of_target

from groupsparse import JointSparseSelector
from groupsparse.toolkit.estimators.selectors.response import find_response

RNG = np.random.default_rng(0)

CLEAR = {
    "0 and 1": (RNG.integers(0, 2, 40), "classes"),
    "whole floats": (RNG.integers(0, 3, 40).astype(float), "classes"),
    "ten classes": (np.arange(40) % 10, "classes"),
    "text": ([f"type {n}" for n in range(40)], "classes"),
    "booleans": (RNG.random(40) < 0.5, "classes"),
    "categories": (pd.Series(list("abcd") * 10, dtype="category"), "classes"),
    "numbers": (RNG.standard_normal(40), "numbers"),
    "columns of whole numbers": (RNG.integers(0, 9, (40, 2)), "numbers"),
}


@pytest.mark.parametrize("case", CLEAR)
def test_what_is_clear_is_taken_without_a_word(case):
    y, kind = CLEAR[case]
    assert find_response(y) == (kind, "")
    assert ("continuous" in type_of_target(y) or "output" in type_of_target(y)) == (
        kind == "numbers"
    )


DOUBTFUL = {
    "eleven classes": (np.arange(40) % 11, "classes"),
    "ages": (np.arange(40), "numbers"),
    "whole floats": (np.arange(40.0), "numbers"),
    "few samples": ([1, 2, 3, 3, 1], "numbers"),
}


@pytest.mark.parametrize("case", DOUBTFUL)
def test_many_different_whole_numbers_are_a_doubt(case):
    y, kind = DOUBTFUL[case]
    found = find_response(y)
    assert found.kind == kind
    assert f"{np.unique(y).size} different whole numbers" in found.doubt
    assert f"taken for {kind}, not for" in found.doubt
    for said in ("classes", "numbers"):
        assert find_response(y, said) == (said, "")


def made():
    """Thirty samples, and ages that are one of ten features but for rounding."""
    rng = np.random.default_rng(1)
    X = rng.standard_normal((60, 10))
    return X, np.round(40 + 12 * X[:, 4] + rng.standard_normal(60)).astype(int)


def test_ages_are_numbers_with_a_warning_and_without_one_if_the_user_says_so():
    X, ages = made()
    with pytest.warns(UserWarning, match=r"numbers, not for classes; say response=") as caught:
        guessed = JointSparseSelector(1).fit(X, ages)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        numbers = JointSparseSelector(1, response="numbers").fit(X, ages)
        classes = JointSparseSelector(1, response="classes").fit(X, ages)
    assert guessed.response_ == numbers.response_ == "numbers"
    assert list(guessed.selected_) == list(numbers.selected_) == [4]
    assert numbers.coef_[0, 0] == pytest.approx(12, abs=1)
    assert not hasattr(numbers, "classes_")
    assert classes.response_ == "classes"
    assert classes.classes_.size == np.unique(ages).size


def test_zero_and_one_as_numbers_give_the_feature_that_predicts_them_best():
    X, ages = made()
    y = (ages > 40).astype(int)
    selector = JointSparseSelector(1, response="numbers").fit(X, y)
    fits = [np.corrcoef(column, y)[0, 1] ** 2 for column in X.T]
    assert list(selector.selected_) == [int(np.argmax(fits))]
    assert selector.coef_.shape == (1, 1)


@pytest.mark.parametrize(
    ("y", "response", "message"),
    [
        (["a", "b"] * 30, "numbers", "y must hold numbers with response='numbers'"),
        (np.arange(60) / 7, "classes", "y must hold one column of text or whole numbers .*continu"),
        (np.arange(120).reshape(60, 2), "classes", "one column .* multiclass-multioutput"),
        (np.arange(60) % 2, "labels", "response must be one of 'auto', 'classes', 'numbers'"),
        (np.arange(60) % 2, None, "response must be one of"),
    ],
)
def test_what_does_not_fit_is_refused(y, response, message):
    X, _ = made()
    with pytest.raises(ValueError, match=message):
        JointSparseSelector(1, response=response).fit(X, y)
