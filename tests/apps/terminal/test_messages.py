"""Names in messages: short, on one line, and the nearest ones for those that are not there."""

import re

import pytest

from groupsparse.apps.terminal.messages import (
    abbreviate,
    check_distinct_names,
    check_known_names,
    quote,
    quote_names,
)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("TP53", "'TP53'"),
        ("", "''"),
        ("it's", '"it\'s"'),
        ("two\nlines", r"'two\nlines'"),
        ("x" * 43, repr("x" * 43)),
        ("x" * 44, repr("x" * 40 + "...")),
        (1.5, "1.5"),
        (None, "None"),
        ([1, 2], "[1, 2]"),
        (list(range(99)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 1..."),
        ({"a": "b\n" * 3}, "{'a': 'b\\nb\\nb\\n'}"),
    ],
)
def test_values_are_quoted_on_one_short_line(value, shown):
    assert quote(value) == shown
    assert "\n" not in quote(value)
    assert len(quote(value)) <= 46


@pytest.mark.parametrize(
    ("n", "shown"),
    [(0, ""), (1, "0"), (5, "0, 1, 2, 3, 4"), (6, "0, 1, 2, 3, 4 and 1 more"), (99, "94 more")],
)
def test_five_items_are_listed(n, shown):
    assert abbreviate(str(i) for i in range(n)).endswith(shown)


def test_no_names_are_none():
    assert quote_names([]) == "none"
    assert quote_names(iter("ab")) == "'a', 'b'"


def test_distinct_names_pass():
    check_distinct_names([], "a.csv", "columns")
    check_distinct_names(["a", "b", "A"], "a.csv", "columns")


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ("aba", "'a' (2 times)"),
        ("baabb", "'b' (3 times), 'a' (2 times)"),
        ("abcdefg" * 2, "'e' (2 times) and 2 more"),
    ],
)
def test_names_that_occur_again_are_counted(names, shown):
    with pytest.raises(ValueError, match="several columns have the same name") as caught:
        check_distinct_names(list(names), "a.csv", "columns")
    assert str(caught.value).startswith("a.csv: ")
    assert str(caught.value).endswith(shown)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("TP35", "has no column 'TP35'; did you mean 'TP53'? There are: 'MYC', 'TP53'"),
        (" tp53", "has no column ' tp53'; did you mean 'TP53'?"),
        ("zzz", "has no column 'zzz'. There are: 'MYC', 'TP53'"),
    ],
)
def test_the_nearest_known_name_is_shown(name, message):
    known = ["MYC", "TP53"]
    check_known_names(known, known, "a.csv", "column", argument="label")
    with pytest.raises(ValueError, match=re.escape(f"a.csv {message}")):
        check_known_names(["MYC", name], known, "a.csv", "column", argument="label")


def test_many_absent_names_are_listed_in_short():
    absent = [f"absent {n}" for n in range(8)]
    with pytest.raises(ValueError, match=r"'absent 4' and 3 more\. There are"):
        check_known_names(absent, ["x"], "a.csv", "feature", argument="drop")
    with pytest.raises(ValueError, match="There are: none"):
        check_known_names(absent, [], "a.csv", "feature", argument="drop")
