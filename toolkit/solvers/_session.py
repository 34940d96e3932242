"""What a solver offers to paths: one problem at several strengths, each from the last."""

from __future__ import annotations

from typing import Protocol

from ..solution import Solution


class Session(Protocol):
    """A problem being solved at one strength after another."""

    @property
    def critical(self) -> float:
        """The smallest strength with every penalised group zero."""

    def solve(self, alpha: float) -> Solution:
        """Minimise at this strength, from wherever the session is."""
