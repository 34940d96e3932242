"""Settings of a reconstruction are checked when they are made."""

import re
from dataclasses import replace

import numpy as np
import pytest

from groupsparse.apps.mri.methods import Settings


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"method": "l1"}, "method must be one of spinning, l21, gpdasc, mcp, got 'l1'"),
        ({"method": "gpdasc", "start": "l21"}, "start must be spinning or None, got 'l21'"),
        (
            {"method": "l21", "wavelet": "haar+sym4"},
            "wavelet: several in turn are for method spinning",
        ),
        ({"start": "spinning"}, "start is for method gpdasc only, got method 'spinning'"),
        ({"strength": 0}, "strength must be positive and finite, got 0"),
        ({"strength": np.nan}, "strength must be positive and finite, got nan"),
        ({"strength": np.inf}, "strength must be positive and finite, got inf"),
    ],
)
def test_bad_settings(values, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        Settings(**values)
    with pytest.raises(ValueError, match=re.escape(words)):
        replace(Settings(), **values)
