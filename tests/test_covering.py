"""The combinations that remain of a test marked `covering`."""

from collections import Counter
from itertools import combinations, product
from pathlib import Path

import pytest


@pytest.fixture
def covering(pytestconfig):
    """The function that chooses combinations."""
    path = Path(__file__).with_name("conftest.py")
    return pytestconfig.pluginmanager.get_plugin(str(path)).choose_covering


def rows_of(*sizes):
    return list(product(*([(name, value) for value in range(n)] for name, n in enumerate(sizes))))


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("sizes", [(5,), (4, 2), (4, 3, 2), (7, 4, 4, 2, 2)], ids=str)
def test_any_n_values_meet(covering, sizes, n):
    rows = rows_of(*sizes)
    chosen = [rows[i] for i in covering(rows, n)]
    n = min(n, len(sizes))
    met = {meeting for row in chosen for meeting in combinations(row, n)}
    assert met == {meeting for row in rows for meeting in combinations(row, n)}


def test_few_are_left_and_every_value_is_taken_about_as_often(covering):
    rows = rows_of(7, 4, 4, 2, 2)
    chosen = [rows[i] for i in covering(rows, 2)]
    assert len(chosen) <= 32  # 28 is the least, of 448
    taken = Counter(value for row in chosen for value in row)
    for name, n in enumerate((7, 4, 4, 2, 2)):
        counts = [taken[name, value] for value in range(n)]
        assert max(counts) - min(counts) <= 4
    assert len(covering(rows, 1)) == 7


def test_values_that_never_meet_are_not_asked_for(covering):
    rows = [row for row in rows_of(3, 3) if row != ((0, 0), (1, 0))]
    assert covering(rows, 2) == set(range(8))


@pytest.mark.covering(1)
@pytest.mark.parametrize("second", "ab")
@pytest.mark.parametrize(("first", "named"), [(0, "x"), (0, "y"), (1, "x")])
def test_values_given_together_stay_together(first, named, second, request):
    mine = [item.callspec for item in request.session.items if item.function is request.function]
    together = {(spec.params["first"], spec.params["named"]) for spec in mine}
    assert (first, named) in together
    assert len(mine) == len(together)  # whatever the second is
