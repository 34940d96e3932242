"""Every check of a number: what it accepts, what it refuses, and that it names what came."""

import numpy as np
import pytest

from groupsparse.toolkit.checks import (
    check_above,
    check_callable,
    check_choice,
    check_count,
    check_flag,
    check_fraction,
    check_level,
    check_not_negative,
    check_positive,
    check_share,
    check_strength,
    check_strengths,
    hold_strength,
)
from groupsparse.toolkit.short_text import shorten

ACCEPTED = {
    "count": (lambda value: check_count("n", value), [1, np.int32(7), 10**30]),
    "count from zero": (lambda value: check_count("n", value, least=0), [0, np.uint8(3)]),
    "count up to": (lambda value: check_count("n", value, most=3), [1, 2, 3]),
    "not negative": (lambda value: check_not_negative("n", value), [0, 0.0, np.float32(2), 1e300]),
    "positive": (lambda value: check_positive("n", value), [1, 1e-300, np.float32(2)]),
    "above": (lambda value: check_above("n", value, 2), [2.001, 3, np.float64(1e100)]),
    "strength": (lambda value: check_strength("n", value), [1, 1e-120, 1e120]),
    "level": (lambda value: check_level("n", value), [0, 1e-300, 1e120]),
    "fraction": (lambda value: check_fraction("n", value), [0.5, np.float32(0.1), 1e-300]),
    "share": (lambda value: check_share("n", value), [0, 0.5, 1, np.float64(1)]),
    "flag": (lambda value: check_flag("n", value), [True, np.bool_(False)]),
    "choice": (lambda value: check_choice("n", value, (1, "a")), [1, "a"]),
    "strengths": (lambda value: check_strengths("n", value), [np.ones(1), np.array([1e-9, 2])]),
}

REFUSED = {
    "count": (0, 1.0, "1", None, -3, np.nan, True),
    "count from zero": (-1, 0.5),
    "count up to": (0, 4, 2.5),
    "not negative": (-1e-300, np.nan, np.inf, "1", None, [1.0], np.ones(1), 1j, 10**400, 10**5000),
    "positive": (0, -1.0, np.nan, np.inf, "1", None, [1.0], np.ones(1), 1j, 10**400, 10**5000),
    "strength": (0, 1e-121, 1e121, np.nan, np.inf, None, 10**400),
    "level": (-1, 1e121, np.nan, np.inf, None),
    "above": (2, 1, np.nan, np.inf, 1e121, None),
    "fraction": (0, 1, 1.5, np.nan, "0.5"),
    "share": (-1e-9, 1.001, np.nan, None),
    "flag": (1, 0.0, "True", None),
    "choice": (True, 1.0, "b", None),
    "strengths": (np.ones(0), np.array([1, 0.0]), np.array([1, np.inf]), np.array([np.nan])),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted_numbers(name):
    check, values = ACCEPTED[name]
    for value in values:
        check(value)


@pytest.mark.parametrize("name", REFUSED)
def test_refused_numbers_are_named(name):
    check, _ = ACCEPTED[name]
    for value in REFUSED[name]:
        with pytest.raises(ValueError, match="n must ") as caught:
            check(value)
        assert f"got {shorten(value)}" in str(caught.value)


def test_a_count_says_between_which_numbers_it_must_be():
    with pytest.raises(ValueError, match="rank must be an integer from 0 to 0, got 1"):
        check_count("rank", 1, least=0, most=0)
    with pytest.raises(ValueError, match="rank must be an integer of at least 2, got 1"):
        check_count("rank", 1, least=2)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "'a'"),
        (np.ones((2, 1)), "array([[1.], [1.]])"),
        pytest.param(10**5000, "an integer of 16610 bits", id="integer"),
        ([1.0] * 1000, "[" + "1.0, " * 39 + "1..."),
    ],
)
def test_values_are_named_in_one_short_line(value, text):
    assert shorten(value) == text


@pytest.mark.parametrize("function", [None, len, print, lambda x, y=0: x, dict])
def test_functions_of_one_argument(function):
    check_callable("f", function)


@pytest.mark.parametrize("function", [1, "len", object, lambda: None, lambda x, y: x])
def test_other_functions_are_refused(function):
    with pytest.raises(ValueError, match="f must be None or a function of one argument, got "):
        check_callable("f", function)


def test_strengths_are_held_to_those_that_are_accepted():
    assert [hold_strength(value) for value in (0, 1e-300, 2, np.inf)] == [1e-120, 1e-120, 2, 1e120]
