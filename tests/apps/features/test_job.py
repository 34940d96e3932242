"""A job: what is known of every feature, and what is remarkable about a table."""

import numpy as np
import pytest

from groupsparse.apps.features.job import Job, Settings, list_remarks, run
from groupsparse.apps.features.table import FeatureTable

NAMES = tuple(f"gene {letter}" for letter in "abcdefgh")
VALUES = np.random.default_rng(0).standard_normal((40, 8))


def test_tables_of_the_selection():
    table = FeatureTable(VALUES, NAMES)
    selection = run(Job("", settings=Settings(n_features=3, resamples=3)), table)
    rows = selection.rows
    assert tuple(rows["name"]) == NAMES
    assert rows["rank"].notna().sum() == 3
    assert rows["selection_frequency"].sum() == pytest.approx(3)


def test_remarks_name_many_shortly():
    values = np.ones((4, 20))
    values[:, 10:] = np.arange(4)[:, None]
    names = tuple(f"g{n}" for n in range(20))
    constant, equal = list_remarks(FeatureTable(values, names))
    assert constant.endswith("'g4' and 5 more.")
    assert equal.startswith("Equal, so that at most one is chosen: 'g10' and 'g11', ")
    assert equal.endswith("and 4 more pairs.")
    assert list_remarks(FeatureTable(VALUES, NAMES)) == []
