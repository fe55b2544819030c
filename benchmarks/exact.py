"""Elimination and exhaustive search against their rivals, each pair in one process.

    python benchmarks/exact.py [--quick] [--out docs/benchmarks/exact.md]

Rivals: libm4ri (M4RI, found through ctypes; Debian has it as libm4ri-dev), the galois package,
and NumPy over ``itertools.combinations``. Runs of a pair alternate, and ratios are of their
medians. A rival that is not installed is left out, and the table says so.
"""

from __future__ import annotations

import argparse
import ctypes
import ctypes.util
import math
import platform
import statistics
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np

import parity_compare as pc
from parity_compare.algorithms.acceptance import mismatch_bounds, sample_size
from parity_compare.algorithms.kernels.elimination import reduce_rows
from parity_compare.algorithms.kernels.small_systems import solve_systems
from parity_compare.algorithms.subset_search import Ranking, SubsetSearch
from parity_compare.environment import describe
from parity_compare.problems.bits import random_words, unpack


class M4RI:
    """The few functions of libm4ri that the benchmark calls; absent if the library is."""

    # struct mzd_t of release 20200125: rows, columns, width, stride, two offsets (4 bytes each),
    # flags and padding to byte 40, the high mask, the blocks, and then the row pointers.
    _ROWS_OFFSET = 56

    def __init__(self) -> None:
        name = ctypes.util.find_library("m4ri")
        self.library = ctypes.CDLL(name) if name else None
        if self.library is not None:
            self.library.mzd_init.restype = ctypes.c_void_p
            self.library.mzd_init.argtypes = [ctypes.c_int, ctypes.c_int]
            self.library.mzd_echelonize_m4ri.argtypes = [
                ctypes.c_void_p,
                ctypes.c_int,
                ctypes.c_int,
            ]
            self.library.mzd_free.argtypes = [ctypes.c_void_p]

    def __bool__(self) -> bool:
        return self.library is not None

    def reduce(self, rows: np.ndarray, columns: int) -> tuple[float, np.ndarray]:
        """Seconds of one reduction to reduced echelon form, and its result."""
        assert self.library is not None
        matrix = self.library.mzd_init(len(rows), columns)
        table = ctypes.c_void_p.from_address(matrix + self._ROWS_OFFSET).value
        pointers = (ctypes.c_void_p * len(rows)).from_address(table)
        for pointer, row in zip(pointers, rows, strict=True):
            ctypes.memmove(pointer, row.ctypes.data, row.nbytes)
        begin = time.perf_counter()
        self.library.mzd_echelonize_m4ri(matrix, 1, 0)
        seconds = time.perf_counter() - begin
        result = np.empty_like(rows)
        for pointer, row in zip(pointers, result, strict=True):
            ctypes.memmove(row.ctypes.data, pointer, row.nbytes)
        self.library.mzd_free(matrix)
        return seconds, result


def timed(action: Callable[[], object]) -> float:
    """Seconds that an action takes."""
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def medians(repeats: int, *actions: Callable[[], float]) -> list[float]:
    """Median seconds of each action; the actions alternate, after one round of warming up."""
    rounds = [[action() for action in actions] for _ in range(repeats + 1)][1:]
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def row(job: str, ours: float, rival: str, theirs: float | None, reach: str) -> str:
    """One line of the table; ``ours`` and ``theirs`` are seconds."""
    if theirs is None:
        return f"| {job} | {show(ours)} | {rival} not installed | - | {reach} |"
    return f"| {job} | {show(ours)} | {rival} {show(theirs)} | {theirs / ours:.3g} x | {reach} |"


def show(seconds: float) -> str:
    """A duration for the table."""
    return f"{seconds * 1e6:.3g} us" if seconds < 1e-3 else f"{seconds * 1e3:.3g} ms"


def elimination(m4ri: M4RI, repeats: int) -> list[str]:
    """Reduced echelon form of a random (n + 32) x (n + 1) matrix."""
    lines = []
    rng = np.random.default_rng(0)
    for n in (1024, 4096):
        matrix = random_words(rng, n + 32, n + 1)
        for threads in (1, 2):

            def ours(matrix: np.ndarray = matrix, n: int = n, threads: int = threads) -> float:
                copy = matrix.copy()
                return timed(lambda: reduce_rows(copy, n + 1, threads=threads))

            def theirs(matrix: np.ndarray = matrix, n: int = n) -> float:
                return m4ri.reduce(matrix, n + 1)[0]

            if m4ri:
                copy = matrix.copy()
                reduce_rows(copy, n + 1, threads=threads)
                assert np.array_equal(copy, m4ri.reduce(matrix, n + 1)[1])
            result = medians(repeats, ours, *([theirs] if m4ri else []))
            goal = "1 / 1.5" if threads == 1 else "1 at n = 4096"
            lines.append(
                row(
                    f"elimination, n = {n}, {threads} thread{'s' * (threads > 1)}",
                    result[0],
                    "libm4ri (1 thread)",
                    result[1] if m4ri else None,
                    goal,
                )
            )
    return lines


def against_galois(repeats: int) -> list[str]:
    """The galois package's row_reduce on the same matrix, and on what ``solve`` is given."""
    import galois

    field = galois.GF(2)
    rng = np.random.default_rng(1)
    matrix = random_words(rng, 1024 + 32, 1025)
    bits = field(unpack(matrix, 1025))
    lines = []

    def ours() -> float:
        copy = matrix.copy()
        return timed(lambda: reduce_rows(copy, 1025))

    our, their = medians(max(1, repeats // 5), ours, lambda: timed(bits.row_reduce))
    lines.append(row("elimination, n = 1024", our, "galois row_reduce", their, "150"))
    for n, limit in ((20, 50), (50, 100), (100, 250)):
        samples = pc.SparseParity(n, 3, seed=n).sample(n + 32)
        system = field(np.column_stack([samples.bits, samples.labels]))

        def solve(samples: pc.Samples = samples) -> float:
            # Warm: in a row, as a program that solves many systems would.
            return timed(lambda: [pc.solve(samples, algo="gf2") for _ in range(50)]) / 50

        def reduce(system: galois.FieldArray = system) -> float:
            return timed(system.row_reduce)

        our, their = medians(4 * repeats, solve, reduce)
        lines.append(
            row(f"solve on packed samples, n = {n}", our, "galois", their, f"40; < {limit} us")
        )
    return lines


def batches(m4ri: M4RI, repeats: int) -> list[str]:
    """Many 64 x 64 systems: seconds per system."""
    count = 2000
    rng = np.random.default_rng(2)
    rows = random_words(rng, count * 64, 64).reshape(count, 64)
    sides = rng.integers(0, 2, (count, 64)).astype(np.uint64)
    ranks, solutions = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.uint64)

    def ours() -> float:
        copies = rows.copy(), sides.copy()
        return timed(lambda: solve_systems(*copies, 64, ranks, solutions)) / count

    def theirs() -> float:
        return statistics.mean(m4ri.reduce(system[:, None], 64)[0] for system in rows[:500])

    result = medians(repeats, ours, *([theirs] if m4ri else []))
    name = "one libm4ri call each"
    return [row("a 64 x 64 system", result[0], name, result[1] if m4ri else None, "5")]


def exhaustive(repeats: int, quick: bool) -> list[str]:
    """All k-subsets; the rival scores what it can in about a second, and its rate is compared."""
    lines = []
    jobs = [(100, 4, 0.0, 64), (50, 5, 0.0, 64), (200, 3, 0.3, 1024)]
    for n, k, noise, m in jobs:
        samples = pc.SparseParity(n, k, noise, seed=1).sample(m)
        words = samples.columns.shape[1]
        examples = np.minimum(64 * np.arange(1, words + 1), m)
        bounds = mismatch_bounds(examples, noise, 1e-6 / words)
        search = SubsetSearch(samples.columns, samples.label_words, m, k, bounds)
        total = math.comb(n, k)

        def ours(search: SubsetSearch = search) -> float:
            return timed(lambda: search.run(_never)) / search.run(_never).visited

        def theirs(samples: pc.Samples = samples, k: int = k) -> float:
            return numpy_rate(samples, k, 2000 if quick else 20000)

        our, their = medians(repeats, ours, theirs)
        assert search.run(_never).best == pc.SparseParity(n, k, noise, seed=1).support
        need = sample_size(total, noise, 1e-6)
        goal = "1000; >= 3e9 / s" if noise == 0 else "1000; >= 5e8 / s"
        lines.append(
            f"| exhaustive, n = {n}, k = {k}, noise {noise:g}, m = {m} (union bound: {need}) "
            f"| {1 / our:.3g} subsets / s | NumPy over combinations {1 / their:.3g} / s "
            f"| {their / our:.3g} x | {goal} |"
        )
    return lines


def _never(ranking: Ranking) -> None:
    """No limit."""


def numpy_rate(samples: pc.Samples, k: int, count: int) -> float:
    """Seconds per subset of the plain way: XOR of packed columns, popcount, a loop in Python."""
    columns, labels = samples.columns, samples.label_words
    begin = time.perf_counter()
    best = samples.m + 1
    for done, subset in enumerate(combinations(range(samples.n), k), start=1):
        residue = labels ^ np.bitwise_xor.reduce(columns[list(subset)], axis=0)
        best = min(best, int(np.bitwise_count(residue).sum()))
        if done == count:
            break
    return (time.perf_counter() - begin) / done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few repeats, to see that it runs")
    parser.add_argument("--out", type=Path, help="write the table there as well")
    arguments = parser.parse_args()
    repeats = 3 if arguments.quick else 25
    m4ri = M4RI()
    lines = [
        "| job | ours | rival | ratio | to reach |",
        "|---|---|---|---|---|",
        *elimination(m4ri, repeats),
        *against_galois(repeats),
        *batches(m4ri, repeats),
        *exhaustive(repeats, arguments.quick),
    ]
    facts = describe()
    machine = f"{facts['processor']}, {facts['cores']} cores, {platform.system()}"
    versions = ", ".join(f"{name} {facts[name]}" for name in ("python", "numpy", "numba", "galois"))
    text = "\n".join(
        [
            "# Exact solvers against their rivals",
            "",
            "Written by `python benchmarks/exact.py --out docs/benchmarks/exact.md`. Ratios are",
            "the rival's median time over ours, so more is better; one thread unless said.",
            "",
            f"{machine}; {versions}.",
            "",
            *lines,
            "",
        ]
    )
    print(text)
    if arguments.out is not None:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
