"""The bar is live on a terminal, and nothing anywhere else."""

import pytest

from groupsparse.apps.terminal.progress import counting_bar, progress_bar, step_bar
from groupsparse.toolkit.solution import Progress

HALF = Progress(iteration=5, fraction=0.5, objective=1.0, n_active=77)
ERASE_LINE = "\x1b[2K"


@pytest.fixture
def terminal(monkeypatch):
    """Standard error counts as a terminal."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")


def two_steps(*, quiet=False) -> None:
    with progress_bar(quiet=quiet) as watch:
        watch("first step")(HALF)
        assert watch("second step")(HALF) is None


def test_a_terminal_sees_every_step(terminal, capsys):
    two_steps()
    shown = capsys.readouterr()
    assert shown.out == ""
    last = shown.err.rpartition("first step")[2]
    assert "second step" in last
    assert last.count("100 %") == 2  # what has ended is complete, although it said half
    assert last.count("77 groups") == 2


def test_a_failure_leaves_no_bar(terminal, capsys):
    def fail() -> None:
        with progress_bar() as watch:
            watch("first step")(HALF)
            raise ValueError("a reason")

    with pytest.raises(ValueError, match="a reason"):
        fail()
    shown = capsys.readouterr().err
    assert ERASE_LINE in shown.rpartition("first step")[2]


def test_nothing_where_there_is_no_terminal(capsys):
    two_steps()
    assert capsys.readouterr() == ("", "")


def test_quiet_is_quiet(terminal, capsys):
    two_steps(quiet=True)
    assert capsys.readouterr() == ("", "")


def count_to_five(*, quiet=False) -> None:
    with counting_bar("trials", 5, done=3, quiet=quiet) as one_more:
        one_more()
        one_more()


def test_a_terminal_sees_how_many_are_done(terminal, capsys):
    count_to_five()
    shown = capsys.readouterr()
    assert shown.out == ""
    last = shown.err.rpartition("trials")[2]
    assert "100 %" in last
    assert "5 of 5" in last


@pytest.mark.parametrize("quiet", [False, True])
def test_counting_shows_nothing_where_nobody_looks(capsys, quiet):
    count_to_five(quiet=quiet)
    assert capsys.readouterr() == ("", "")


def test_watching_never_stops_a_solver():
    with progress_bar(quiet=True) as watch:
        assert not watch("step")(HALF._replace(fraction=1.0))


def test_steps_of_unknown_length(terminal, capsys):
    with step_bar() as watch:
        watch("reading")
        watch("choosing")
    last = capsys.readouterr().err.rpartition("reading")[2]
    assert "choosing" in last
    assert last.count("100 %") == 2


def test_no_steps_where_there_is_no_terminal(capsys):
    with step_bar() as watch:
        watch("reading")
    assert capsys.readouterr() == ("", "")
