"""The record of a solver's iterations: complete rows, in order."""

import numpy as np
import pytest

from groupsparse.toolkit.solvers.history import History


def test_rows_become_arrays():
    history = History("objective", "group")
    history.record(objective=2.0, group=3)
    history.record(objective=1.5, group=1)
    arrays = history.as_arrays()
    assert len(history) == 2
    np.testing.assert_array_equal(arrays["objective"], [2.0, 1.5])
    np.testing.assert_array_equal(arrays["group"], [3, 1])
    assert arrays["group"].dtype.kind == "i"


@pytest.mark.parametrize("values", [{"objective": 1.0}, {"objective": 1.0, "size": 2}])
def test_a_row_must_be_complete(values):
    history = History("objective", "group")
    with pytest.raises(TypeError, match="group"):
        history.record(**values)
    assert len(history) == 0
