"""Errors of the library get the options of the command line only where it shows them."""

import pickle

import pytest

from groupsparse.apps.terminal.hints import blame, describe_error, hint_at


def test_the_message_itself_names_no_option():
    error = blame(ValueError("there are only 30 features"), "n_features")
    assert str(error) == "there are only 30 features"
    assert describe_error(error) == "there are only 30 features (--n-features)"


def test_an_error_that_is_not_marked_stays_as_it_is():
    assert describe_error(ValueError("two\nlines")) == "two lines"


def test_several_options_are_listed_in_order():
    error = blame(ValueError("the same column"), "label", "index", "overwrite")
    assert describe_error(error) == "the same column (--label, --index, --overwrite replaces it)"


@pytest.mark.parametrize(
    ("hint", "shown"),
    [("start again with --overwrite", " (start again with --overwrite)"), ("", "")],
)
def test_a_command_may_word_a_hint_otherwise(hint, shown):
    with pytest.raises(FileExistsError) as caught, hint_at(overwrite=hint, out="--to"):
        raise blame(FileExistsError("a.csv exists already"), "overwrite")
    assert describe_error(caught.value) == f"a.csv exists already{shown}"


def test_unmarked_errors_pass_a_command_unchanged():
    with pytest.raises(KeyError) as caught, hint_at(overwrite="x"):
        raise KeyError("a")
    assert describe_error(caught.value) == "'a'"


def test_marks_survive_the_way_between_processes():
    error = pickle.loads(pickle.dumps(blame(ValueError("wrong"), "seed")))
    assert describe_error(error) == "wrong (--seed)"


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (MemoryError(), "there is not enough memory"),
        (MemoryError("Unable to allocate\n8 GiB"), "there is not enough memory: Unable to all"),
    ],
)
def test_too_little_memory_is_said_in_one_line(error, line):
    assert describe_error(error).startswith(line)
    assert "\n" not in describe_error(error)
