"""Faults that were found, each with the smallest call that still shows it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from .draw import LARGEST, Draw
from .judge import Verdict, describe, judge
from .recipes import draw_one, list_subjects, weigh

_SIZES = (2, 3, 4, 6)


@dataclass
class Fault:
    """A fault: how often it was found, and the call that shows it."""

    number: int
    call: int
    detail: str
    code: str


@dataclass
class Found:
    """The outcomes of some calls."""

    outcomes: Counter[str] = field(default_factory=Counter)
    faults: dict[str, Fault] = field(default_factory=dict)
    slowest: tuple[float, int] = (0.0, -1)

    def add(self, other: Found) -> None:
        """Add the outcomes of other calls."""
        self.outcomes += other.outcomes
        self.slowest = max(self.slowest, other.slowest)
        for name, fault in other.faults.items():
            known = self.faults.setdefault(name, Fault(0, fault.call, fault.detail, fault.code))
            known.number += fault.number


class Fuzzer:
    """Calls of one seed, over some of the subjects or all."""

    def __init__(self, seed: int, only: str = "") -> None:
        self.seed = seed
        chosen = [
            subject for subject in list_subjects() if not only or subject[0] in only.split(",")
        ]
        self.subjects = weigh(chosen)

    def try_call(
        self, number: int, banned: frozenset[str] = frozenset(), largest: int = LARGEST
    ) -> Any:
        """Return the call of this number, its verdict, and its draw."""
        draw = Draw(self.seed, number, banned, largest)
        call = draw_one(draw, self.subjects)
        return call, judge(call), draw

    def try_range(self, begin: int, end: int, known: frozenset[str] = frozenset()) -> Found:
        """Return what calls from one number to another come to; `known` faults are only counted."""
        found = Found()
        for number in range(begin, end):
            self.add_call(found, number, known)
        return found

    def add_call(self, found: Found, number: int, known: frozenset[str] = frozenset()) -> None:
        """Make a call and add its outcome."""
        call, verdict, draw = self.try_call(number)
        found.outcomes[verdict.outcome] += 1
        found.slowest = max(found.slowest, (verdict.seconds, number))
        if verdict.fault is None:
            return
        fault = found.faults.get(verdict.fault)
        if fault is None:
            code = "" if verdict.fault in known else self._shrink(number, call, verdict, draw)
            fault = found.faults[verdict.fault] = Fault(0, number, verdict.detail, code)
        fault.number += 1

    def _shrink(self, number: int, call: Any, verdict: Verdict, draw: Draw) -> str:
        """Return the code of the smallest call, with the fewest oddities, that has the fault."""
        best, banned, largest = call, frozenset[str](), LARGEST
        if verdict.seconds > 2:
            return describe(best)
        for size in _SIZES:
            smaller, other, _ = self.try_call(number, banned, size)
            if other.fault == verdict.fault:
                best, largest = smaller, size
                break
        for oddity in draw.oddities:
            simpler, other, _ = self.try_call(number, banned | {oddity}, largest)
            if other.fault == verdict.fault:
                best, banned = simpler, banned | {oddity}
        return describe(best)
