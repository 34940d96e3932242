"""Feature selection: beside plain exchanges and exhaustive search, and 50 genes of 20,000."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from itertools import combinations
from time import perf_counter

import numpy as np

from groupsparse import ColumnSubsetSelector, SubsetSearch
from groupsparse.apps.features.compare import centre_columns
from groupsparse.datasets import load_lung_discrete, load_wisconsin
from groupsparse.toolkit.arrays import Array
from groupsparse.toolkit.subsets.reduced_problem import make_column_problem
from groupsparse.toolkit.subsets.subset_errors import subset_errors

from .arguments import parse_count
from .peak_memory import measure_peak_memory
from .plain_exchanges import RULES, exchange, select_forward

NAME = "features"
SUMMARY = "Column subset search beside greedy exchanges and exhaustive search, and on genes."

_DATA = {"WISCONSIN": (load_wisconsin, 25), "LUNG_DISCRETE": (load_lung_discrete, 70)}
_PARTS = ("curves", "exhaustive", "genes")
_BATCH = 20_000


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--parts", default=",".join(_PARTS), help="comma-separated")
    parser.add_argument("--repeats", type=parse_count, default=3, help="of each timed run")


def run(arguments: Namespace) -> None:
    """Measure and print."""
    parts = arguments.parts.split(",")
    SubsetSearch(2).path(make_column_problem(np.random.default_rng(0).standard_normal((20, 8))))
    if "genes" in parts:
        _time_genes(arguments.repeats)  # first: peak memory is that of the whole process
    for name, (load, most) in _DATA.items():
        columns = centre_columns(load().data, standardize=True)
        if "curves" in parts:
            _compare_curve(name, columns, most, arguments.repeats)
        if "exhaustive" in parts and name == "WISCONSIN":
            _compare_exhaustive(columns)


def _compare_curve(name: str, columns: Array, most: int, repeats: int) -> None:
    """Time the search over all sizes, and compare it with plain exchanges by several rules."""
    seconds, found = [], []
    for _ in range(repeats):
        began = perf_counter()
        found = SubsetSearch(most).path(make_column_problem(columns))
        seconds.append(perf_counter() - began)
    errors = subset_errors(columns, columns, found)
    print(f"\n{name}: all sizes from 1 to {most} in {np.median(seconds):.2f} s")
    gram = columns.T @ columns  # affordable: there are few columns
    order = select_forward(gram, most)
    for rule in RULES:
        plain = subset_errors(
            columns, columns, [exchange(gram, order[:n], rule) for n in range(1, most + 1)]
        )
        above = int(np.count_nonzero(errors > plain * (1 + 1e-9)))
        below = int(np.count_nonzero(errors < plain * (1 - 1e-9)))
        gain = 100 * (1 - np.mean(errors / plain))
        print(
            f"  forward, then {rule}: above it at {above} sizes, below at {below}, by {gain:.2f} %"
        )
    root = np.sqrt(columns.size)
    shown = (1, 2, 3, 4, 5, 8, 9, 15, 25, 39, 60)
    print("  error: " + ", ".join(f"{errors[n - 1] / root:.4f} ({n})" for n in shown if n <= most))


def _compare_exhaustive(columns: Array) -> None:
    """Compare with the best of all sets of up to five features."""
    gram = columns.T @ columns
    root = np.sqrt(columns.size)
    print("\nWISCONSIN: the best of all sets")
    for n in range(1, 6):
        every = np.array(list(combinations(range(len(gram)), n)))
        best = min(
            float(_compute_errors(gram, every[begin : begin + _BATCH]).min())
            for begin in range(0, len(every), _BATCH)
        )
        found = ColumnSubsetSelector(n, standardize=True).fit(columns).reconstruction_error_
        ratio = found * root / np.sqrt(best)
        print(f"  {n}: {np.sqrt(best) / root:.4f}, search {found:.4f}, ratio {ratio:.6f}")


def _compute_errors(gram: Array, sets: Array) -> Array:
    """Return the squared residuals of many sets of one size."""
    rows = gram[sets]
    inner = np.take_along_axis(rows, sets[:, None, :].repeat(sets.shape[1], axis=1), axis=2)
    explained = np.einsum("nij,nij->n", np.linalg.solve(inner, rows), rows)
    return np.trace(gram) - explained


def _time_genes(repeats: int) -> None:
    """Time the selection of 50 of 20,000 genes in 500 samples."""
    rng = np.random.default_rng(0)
    hidden = rng.standard_normal((500, 60)) @ rng.standard_normal((60, 20_000))
    X = hidden + rng.standard_normal(hidden.shape)
    del hidden
    before, seconds = measure_peak_memory(), []
    for _ in range(repeats):
        began = perf_counter()
        selector = ColumnSubsetSelector(50, standardize=True).fit(X)
        seconds.append(perf_counter() - began)
    peak = measure_peak_memory() / 2**30
    print(f"50 of 20,000 genes, 500 samples: {np.median(seconds):.1f} s,", end=" ")
    print(f"peak of the process {peak:.2f} GB ({before / 2**30:.2f} before)")
    for method in ("search", "swaps", "forward", "pivoted-qr"):
        began = perf_counter()
        selector = ColumnSubsetSelector(50, standardize=True, method=method).fit(X)
        spent = perf_counter() - began
        print(f"  {method}: error {selector.reconstruction_error_:.4f}, {spent:.1f} s")
