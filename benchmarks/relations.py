"""Relations among 40 columns of 5,000 rows: from the command line, and the counting by itself.

    python benchmarks/relations.py --output docs/benchmarks/relations.md
    python benchmarks/relations.py --repeats 3

Processes start from nothing, read the same CSV file, whose relations have 5 % of wrong rows, and
print the same relations: `parity-compare relations` as a user calls it, and the scripts that one
would write with NumPy alone. Kernels are compiled once before anything is timed, as they are on
every machine after the first call.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import resource
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numba
import numpy as np

from parity_compare import environment
from parity_compare.algorithms.kernels.relations import collect
from parity_compare.algorithms.kernels.relations_words import MOST_WORDS, add_ones
from parity_compare.algorithms.kernels.subsets import suffix_table
from parity_compare.problems.bits import pack, words_for

COLUMNS = 40
OURS = "`parity-compare relations`"
PLANTED = ((1, 4, 9), (2, 3, 5, 7), (10, 14, 22, 30, 31), (8, 17, 20, 29, 33, 39))

READ = """
import sys, math, itertools
import numpy as np

def read(path):
    with open(path) as lines:
        names = lines.readline().strip().split(",")
        table = np.loadtxt(lines, dtype=np.uint8, delimiter=",")
    m, n = table.shape
    octets = np.packbits(table.T, axis=1)
    octets = np.pad(octets, ((0, 0), (0, -octets.shape[1] % 8)))
    return m, n, names, np.ascontiguousarray(octets).view(np.uint64)

m, n, names, words = read(sys.argv[1])
threshold = float(sys.argv[2]) * m

def show(subset):
    print(" XOR ".join(names[i] for i in subset))
"""

LOOP = (
    READ
    + """
for k in range(2, int(sys.argv[3]) + 1):
    for subset in itertools.combinations(range(n), k):
        ones = int(np.bitwise_count(np.bitwise_xor.reduce(words[list(subset)])).sum())
        if abs(2 * ones - m) >= threshold:
            show(subset)
"""
)

TABLES = (
    READ
    + """
def of(k):
    subsets = list(itertools.combinations(range(n), k))
    return subsets, np.stack([np.bitwise_xor.reduce(words[list(s)]) for s in subsets])

for k in range(2, int(sys.argv[3]) + 1):
    size = min(3, k - 1)
    suffixes, table = of(size)
    firsts = np.array([s[0] for s in suffixes])
    for prefix in itertools.combinations(range(n - size), k - size):
        start = np.searchsorted(firsts, prefix[-1] + 1)
        residue = np.bitwise_xor.reduce(words[list(prefix)])
        ones = np.bitwise_count(table[start:] ^ residue).sum(axis=1, dtype=np.int64)
        for i in np.flatnonzero(np.abs(2 * ones - m) >= threshold):
            show(prefix + suffixes[start + i])
"""
)

PRODUCTS = (
    READ
    + """
def signs(k):
    subsets = list(itertools.combinations(range(n), k))
    bits = np.unpackbits(words.view(np.uint8), axis=1)[:, :m]
    columns = (1 - 2.0 * bits).astype(np.float32)
    return subsets, np.stack([columns[list(s)].prod(axis=0) for s in subsets])

sides = {k: signs(k) for k in (1, 2, 3)}
for k in range(2, int(sys.argv[3]) + 1):
    (left, A), (right, B) = sides[k // 2], sides[k - k // 2]
    lasts = np.array([s[-1] for s in left])
    firsts = np.array([s[0] for s in right])
    for low in range(0, len(left), 1024):
        sums = A[low : low + 1024] @ B.T
        for i, j in np.argwhere(np.abs(sums) >= threshold):
            if lasts[low + i] < firsts[j]:
                show(left[low + i] + right[j])
"""
)


def write_table(path: Path, rows: int, seed: int) -> None:
    """Random bits with the planted relations, 5 % of the rows wrong in each."""
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2, (rows, COLUMNS), dtype=np.uint8)
    for *others, last in PLANTED:
        bits[:, last] = bits[:, others].sum(axis=1) % 2 ^ (rng.random(rows) < 0.05)
    with path.open("w", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow([f"x{i}" for i in range(COLUMNS)])
        writer.writerows(bits.tolist())


def timed(command: list[str]) -> tuple[float, float, str]:
    """Seconds of a process, those that processors spent on it, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    took = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return took, spent, done.stdout


def processes(rows: int, repeats: int, loop_size: int) -> list[str]:
    """Whole processes in turn: one row of a table each."""
    tool = Path(sysconfig.get_path("scripts")) / "parity-compare"
    level = str(6.5 / math.sqrt(rows))
    scripts = {
        "NumPy, prefixes against a table of packed triples": (TABLES, 6),
        "NumPy, matrix products of signs": (PRODUCTS, 6),
        f"NumPy, `itertools.combinations`, at most {loop_size} columns": (LOOP, loop_size),
    }
    spent: dict[str, list[tuple[float, float]]] = {OURS: []} | {name: [] for name in scripts}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "words.csv")
        for seed in range(repeats + 1):
            write_table(path, rows, seed)
            for name, runs in spent.items():
                if name in scripts:
                    text, size = scripts[name]
                    script = Path(folder, "plain.py")
                    script.write_text(text)
                    command = [sys.executable, str(script), str(path), level, str(size)]
                else:
                    size = 6
                    command = [str(tool), "relations", str(path), "--max-k", "6"]
                *times, printed = timed(command)
                for relation in PLANTED:
                    terms = " XOR ".join(f"x{i}" for i in relation)
                    if len(relation) <= size and terms not in printed:
                        raise SystemExit(f"{name} misses {terms}:\n{printed}")
                if seed:
                    runs.append((times[0], times[1]))
    total = sum(math.comb(COLUMNS, k) for k in range(2, 7))
    share = sum(math.comb(COLUMNS, k) for k in range(2, loop_size + 1)) / total
    ours = statistics.median(busy for _, busy in spent[OURS])
    lines = [
        "| process | seconds, median (range) | processor seconds | over ours |",
        "|---|---|---|---|",
    ]
    for name, runs in spent.items():
        walls = [wall for wall, _ in runs]
        busy = statistics.median(busy for _, busy in runs)
        cell = f"{statistics.median(walls):.2f} ({min(walls):.2f} to {max(walls):.2f})"
        shown, ratio = f"{busy:.2f}", f"{busy / ours:.1f}"
        if "itertools" in name:
            shown += f"; {busy / share:.0f} for all at this pace"
            ratio = f"{busy / share / ours:.0f} for all"
        lines.append(f"| {name} | {cell} | {shown} | {ratio} |")
    return lines


def fastest(job: Callable[[], int], repeats: int) -> tuple[float, int]:
    """The median seconds of this thread on a job, and what it returned."""
    times = []
    for _ in range(repeats + 1):
        began = time.thread_time()
        result = job()
        times.append(time.thread_time() - began)
    return statistics.median(times[1:]), result


@numba.njit(nogil=True)
def count_again(counts, table, residue, times):  # type: ignore[no-untyped-def]
    """Count the same eight columns of 31 words so often: what the arithmetic allows."""
    for _ in range(times):
        add_ones(counts, table, 0, 8, residue, 0, MOST_WORDS)


def counting(rows: int, repeats: int) -> list[str]:
    """One thread's pace for sets of every size, beside what the arithmetic allows."""
    rng = np.random.default_rng(0)
    words = words_for(rows)
    columns = pack(rng.integers(0, 2, (COLUMNS, rows), dtype=np.uint8))
    spans = np.array([(low, min(words, low + 31), 0) for low in range(0, words, 31)])
    sizes = np.zeros(len(spans), dtype=np.uint64)
    high = rows // 2 + round(3.25 * math.sqrt(rows))
    bounds = np.array([[rows - high, high]] * 64)
    nothing = np.array([-1])
    table = rng.integers(0, 2**64, (MOST_WORDS, 8), dtype=np.uint64)
    residue = rng.integers(0, 2**64, MOST_WORDS, dtype=np.uint64)

    def job(k: int, size: int) -> Callable[[], int]:
        table, starts, suffixes = suffix_table(columns, size, math.comb(COLUMNS, size))
        biases, pool = np.zeros(len(suffixes)), COLUMNS - size

        def run() -> int:
            found = np.empty((4096, k - size + 3), dtype=np.int64)
            visited, _ = collect(
                table, starts, biases, columns, np.zeros(COLUMNS), np.arange(k - size), pool,
                math.comb(pool, k - size), spans, sizes, rows, bounds, bounds, nothing, found,
            )  # fmt: skip
            return visited

        return run

    def bare() -> int:
        count_again(np.zeros(24, dtype=np.int64), table.reshape(-1), residue, 200_000)
        return 8 * 200_000

    def vectorised() -> int:
        table, _, _ = suffix_table(columns, 3, math.comb(COLUMNS, 3))
        rowwise = np.ascontiguousarray(table.T)
        for _ in range(20):
            np.bitwise_count(rowwise ^ rowwise[0]).sum(axis=1, dtype=np.int64)
        return 20 * len(rowwise)

    lines = [
        "| what one thread counts | sets | ms | 10^9 words a second | GB a second |",
        "|---|---|---|---|---|",
    ]
    jobs: list[tuple[str, Callable[[], int], int]] = [
        (f"sets of {k} columns", job(k, size), words) for k, size in ((4, 2), (5, 2), (6, 3))
    ]
    jobs += [
        ("the bare instructions, 31 words of eight sets over and over", bare, MOST_WORDS),
        ("NumPy's expression", vectorised, words),
    ]
    for name, run, length in jobs:
        took, visited = fastest(run, repeats)
        pace = visited * length / took / 1e9
        lines.append(f"| {name} | {visited} | {1e3 * took:.3g} | {pace:.2f} | {8 * pace:.1f} |")
    return lines


def main() -> None:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7, help="data files")
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--loop-size", type=int, default=4, help="columns that the loop goes to")
    parser.add_argument("--output", type=Path, help="Markdown file to write")
    arguments = parser.parse_args()
    facts = environment.describe()
    busy = os.getloadavg()[0]
    command = f"--repeats {arguments.repeats} --rows {arguments.rows}"
    total = sum(math.comb(COLUMNS, k) for k in range(2, 7))
    lines = [
        "# XOR relations",
        "",
        f"`python benchmarks/relations.py {command}` on {facts.get('processor', 'a processor')}, "
        f"{facts.get('usable cores', '?')} cores, load {busy:.1f} at the start; numpy "
        f"{facts['numpy']}, numba {facts['numba']}. All {total} sets of 2 to 6 of {COLUMNS} "
        f"columns, {arguments.rows} rows, four relations planted with 5 % of wrong rows.",
        "",
        "## From the command line",
        "",
        "Whole processes, start-up included, in turn, each on data of its own; every one of them "
        "finds the relations. Ratios are those of the seconds that processors spent.",
        "",
        *processes(arguments.rows, arguments.repeats, arguments.loop_size),
        "",
        "## Counting",
        "",
        "Time for which the one thread ran. A word is 64 rows of one set: loaded, XORed, its ones "
        "counted and added. The bare instructions never leave the first-level cache: they are "
        "the limit that the arithmetic sets.",
        "",
        *counting(arguments.rows, arguments.repeats),
        "",
    ]
    print("\n".join(lines))
    if arguments.output:
        arguments.output.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
