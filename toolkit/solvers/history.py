"""What a solver records while it iterates."""

from __future__ import annotations

import numpy as np

from ..arrays import Array


class History:
    """One value per step for each of a fixed set of names.

    Examples
    --------
    >>> history = History("objective", "n_active")
    >>> history.record(objective=2.5, n_active=1)
    >>> len(history), history["objective"]
    (1, [2.5])
    """

    def __init__(self, *names: str) -> None:
        self._values: dict[str, list[float]] = {name: [] for name in names}

    def record(self, **values: float) -> None:
        """Append one value for every name."""
        if values.keys() != self._values.keys():
            raise TypeError(f"record() needs exactly {sorted(self._values)}, got {sorted(values)}")
        for name, value in values.items():
            self._values[name].append(value)

    def __getitem__(self, name: str) -> list[float]:
        return self._values[name]

    def __len__(self) -> int:
        return len(next(iter(self._values.values())))

    def as_arrays(self) -> dict[str, Array]:
        """Return the values of each name as an array, for `Solution.history`."""
        return {name: np.array(values) for name, values in self._values.items()}
