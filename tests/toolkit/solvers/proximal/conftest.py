"""An operator that breaks down, for the solvers that work without a matrix."""

from collections.abc import Callable

import numpy as np
import pytest

from groupsparse.toolkit.operators import Operator


class Breaking(Operator):
    """A multiple of the identity, by a factor that is no number."""

    dtype = np.dtype(float)

    def __init__(self, size, value):
        self.domain_shape = self.range_shape = (size,)
        self.value = value

    def _apply(self, x):
        return x * self.value

    def _adjoint(self, y):
        return y


@pytest.fixture
def make_breaking() -> Callable[[int, float], Operator]:
    """Return the function that makes such an operator from its size and its factor."""
    return Breaking
