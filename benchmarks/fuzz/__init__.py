"""Random calls over the public interface: every one returns what it says, or a clear error."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from concurrent.futures import ProcessPoolExecutor, as_completed
from time import perf_counter

from threadpoolctl import threadpool_limits

from ..arguments import parse_count
from .judge import describe
from .search import Found, Fuzzer

NAME = "fuzz"
SUMMARY = "Random calls over the public interface, each judged: right, or a clear error."
_CHUNK = 200


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--calls", type=parse_count, default=10_000, help="number of calls")
    parser.add_argument("--seed", type=int, default=0, help="seed; with the number it fixes a call")
    parser.add_argument("--first", type=int, default=0, help="number of the first call")
    parser.add_argument("--call", type=int, help="make only the call of this number, and show it")
    parser.add_argument("--only", default="", help="public names, separated by commas")
    parser.add_argument("--jobs", type=parse_count, default=1, help="processes")


def run(arguments: Namespace) -> None:
    """Make the calls and print what came of them; exit with 1 if there is a fault."""
    with threadpool_limits(1):
        if arguments.call is not None:
            show_call(Fuzzer(arguments.seed, arguments.only), arguments.call)
            return
        began = perf_counter()
        found = _search(arguments)
    print_found(found, perf_counter() - began)
    if found.faults:
        sys.exit(1)


def show_call(fuzzer: Fuzzer, number: int) -> None:
    """Print a call, its verdict, and the traceback if it raises."""
    call, verdict, draw = fuzzer.try_call(number)
    print(describe(call))
    print(f"oddities: {', '.join(draw.oddities) or 'none'}")
    print(f"{verdict.outcome}: {verdict.fault or 'no fault'} {verdict.detail}")
    if "error" in verdict.outcome:
        call.made.make()


def _search(arguments: Namespace) -> Found:
    begin, end = arguments.first, arguments.first + arguments.calls
    found = Found()
    try:
        if arguments.jobs == 1:
            fuzzer = Fuzzer(arguments.seed, arguments.only)
            for number in range(begin, end):
                fuzzer.add_call(found, number)
                _report(number + 1 - begin, arguments.calls, found)
        else:
            _search_in_processes(arguments, found, begin, end)
    except KeyboardInterrupt:
        print("\nstopped")
    return found


def _search_in_processes(arguments: Namespace, found: Found, begin: int, end: int) -> None:
    with ProcessPoolExecutor(arguments.jobs) as pool:
        tasks = [
            pool.submit(_try_chunk, arguments.seed, arguments.only, first, min(first + _CHUNK, end))
            for first in range(begin, end, _CHUNK)
        ]
        try:
            for task in as_completed(tasks):
                found.add(task.result())
                _report(sum(found.outcomes.values()), arguments.calls, found)
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise


def _try_chunk(seed: int, only: str, begin: int, end: int) -> Found:
    with threadpool_limits(1):
        return Fuzzer(seed, only).try_range(begin, end)


def _report(n_done: int, n_calls: int, found: Found) -> None:
    if n_done % 1000 == 0:
        n_faults = sum(fault.number for fault in found.faults.values())
        print(f"{n_done} of {n_calls} calls, {n_faults} faults", file=sys.stderr, flush=True)


def print_found(found: Found, seconds: float) -> None:
    """Print counts by outcome, then every distinct fault with the smallest call that shows it."""
    n_calls = sum(found.outcomes.values())
    slow, number = found.slowest
    print(f"{n_calls} calls in {seconds:.0f} s; slowest {slow:.1f} s (call {number})")
    for outcome, number in found.outcomes.most_common():
        print(f"{number:8}  {outcome}")
    print(f"\n{len(found.faults)} distinct faults")
    for name, fault in sorted(found.faults.items(), key=lambda item: -item[1].number):
        print(
            f"\n{fault.number} x {name} (call {fault.call})\n    {fault.detail}\n    {fault.code}"
        )
