"""Relations within groups among 200 columns, far more sets than can be counted.

    python benchmarks/relations_wide.py --output docs/benchmarks/relations-wide.md

Sets of conflicting addresses: 5,000 rows of 200 bits in 16 groups, which four functions of 4, 5, 5
and 6 bits tell apart; some rows stand in a group that is drawn anew. `parity-compare relations`
searches the CSV file within a time limit. Rounds of collisions by themselves are set against
the same rounds in plain NumPy, and against themselves on more threads.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import math
import os
import statistics
import subprocess
import sysconfig
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np

from parity_compare import environment
from parity_compare.algorithms.threads import usable_cores
from parity_compare.dual.clock import Clock
from parity_compare.dual.collisions import CollisionSearch, Plan, plan
from parity_compare.dual.draws import within_groups
from parity_compare.dual.group_chances import GroupChances
from parity_compare.dual.layout import grouped_layout
from parity_compare.dual.rounds import Progress, make_rounds, prepare
from parity_compare.dual.search import Enumeration
from parity_compare.problems.bits import pack, words_for

COLUMNS, ROWS, GROUPS = 200, 5000, 16
SIZES = (4, 5, 5, 6)
LARGEST = 6
LEVEL = 1e-12  # p-value that a round keeps

Table = tuple[np.ndarray, np.ndarray, list[tuple[int, ...]]]


def table(wrong: float, seed: int) -> Table:
    """Bits (rows, columns), the group of every row, and the functions that tell groups apart."""
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2, (ROWS, COLUMNS), dtype=np.uint8)
    functions = [tuple(sorted(rng.choice(COLUMNS, size, replace=False).tolist())) for size in SIZES]
    codes = np.zeros(ROWS, dtype=np.int64)
    for place, function in enumerate(functions):
        codes |= (bits[:, function].sum(axis=1) % 2).astype(np.int64) << place
    flipped = rng.random(ROWS) < wrong
    codes[flipped] = rng.integers(0, GROUPS, flipped.sum())
    return bits, codes, functions


def from_the_command_line(seeds: int, limit: float) -> list[str]:
    """What the command finds within a time limit: one row of a table for every share of errors."""
    tool = Path(sysconfig.get_path("scripts")) / "parity-compare"
    lines = [
        "| rows in a random group | noise rate | found | false | rounds, by columns | noise rate "
        "promised | seconds, median |",
        "|---|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sets.csv")
        for wrong in (0.05, 0.2, 0.4):
            found = false = 0
            took: list[float] = []
            reaches: dict[int, list[tuple[int, float]]] = {}
            for seed in range(seeds):
                bits, codes, functions = table(wrong, seed)
                with path.open("w", newline="") as target:
                    writer = csv.writer(target, lineterminator="\n")
                    writer.writerow([*(f"b{i}" for i in range(COLUMNS)), "set"])
                    writer.writerows(np.column_stack([bits, codes]).tolist())
                command = [
                    *(str(tool), "relations", str(path), "--group", "set"),
                    *("--max-k", str(LARGEST), "--time-limit", f"{limit}s", "--json"),
                ]
                began = time.perf_counter()
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                took.append(time.perf_counter() - began)
                answer = json.loads(done.stdout)
                basis = {tuple(relation["support"]) for relation in answer["basis"]}
                found += len(basis & set(functions))
                false += len(basis - _span(functions))
                for reach in answer["collisions"]:
                    told = reach["rounds"], reach["noise"] or 0.0
                    reaches.setdefault(reach["weight"], []).append(told)
            medians = {
                weight: [statistics.median(column) for column in zip(*told, strict=True)]
                for weight, told in sorted(reaches.items())
            }
            rounds = ", ".join(f"{weight}: {made:.0f}" for weight, (made, _) in medians.items())
            noise = ", ".join(f"{weight}: {rate:.3f}" for weight, (_, rate) in medians.items())
            # A row that is drawn anew has the function's old value half of the time.
            lines.append(
                f"| {100 * wrong:g} % | {wrong / 2:g} | {found} of {seeds * len(SIZES)} | {false} "
                f"| {rounds} | {noise} | {statistics.median(took):.1f} |"
            )
    return lines


def _span(functions: list[tuple[int, ...]]) -> set[tuple[int, ...]]:
    """All XORs of the functions, which are no false discoveries."""
    total: set[frozenset[int]] = {frozenset()}
    for function in functions:
        total |= {vector ^ frozenset(function) for vector in total}
    return {tuple(sorted(vector)) for vector in total}


def search_of(bits: np.ndarray, codes: np.ndarray, scheme: Plan) -> CollisionSearch:
    """Rounds that are counted as the command counts them."""
    columns, layout = pack(np.ascontiguousarray(bits.T)), grouped_layout(codes)
    enumeration = Enumeration(layout.arrange(columns), layout, 1 - 2 * bits.mean(axis=0), 1)
    minorities = GroupChances(np.bincount(codes)).bounds(LEVEL)
    return CollisionSearch(columns, scheme, enumeration.counter(LEVEL, minorities))


class PlainRounds:
    """The same search as one would write it with NumPy: XORs of halves, sorted, looked up.

    Differences of pairs of rows of a group, as many as make the key and 64 for the check; no more
    pairs of equal keys than the shorter list has entries are met on average.
    """

    def __init__(self, bits: np.ndarray, codes: np.ndarray, scheme: Plan) -> None:
        self._bits, self._codes, self._plan = np.ascontiguousarray(bits.T), codes, scheme
        self._sides = [
            np.array(list(itertools.combinations(range(scheme.half), size)))
            for size in (scheme.first, scheme.second)
        ]

    def round(self, rng: np.random.Generator) -> int:
        """One round; how many candidates were counted in full."""
        scheme, key = self._plan, self._plan.draw.key
        order = rng.permutation(ROWS)
        order = order[np.argsort(self._codes[order], kind="stable")]
        left, right = order[:-1:2], order[1::2]
        together = np.flatnonzero(self._codes[left] == self._codes[right])
        pairs = rng.choice(together, key + scheme.draw.checked, replace=False)
        differences = self._bits[:, left[pairs]] ^ self._bits[:, right[pairs]]
        chosen = rng.permutation(COLUMNS)
        halves = chosen[: scheme.half], chosen[scheme.half : 2 * scheme.half]
        keys, checks = pack(differences[:, :key])[:, 0], pack(differences[:, key:])[:, 0]
        listed = []
        for half, side in zip(halves, self._sides, strict=True):
            members = half[side]
            listed.append(
                [np.bitwise_xor.reduce(words[members], axis=1) for words in (keys, checks)]
            )
        (keys_a, checks_a), (keys_b, checks_b) = listed
        by_key = np.argsort(keys_a)
        begins = np.searchsorted(keys_a[by_key], keys_b, "left")
        counts = np.searchsorted(keys_a[by_key], keys_b, "right") - begins
        second = np.repeat(np.arange(len(keys_b)), counts)
        offsets = np.arange(len(second)) - np.repeat(np.cumsum(counts) - counts, counts)
        first = by_key[np.repeat(begins, counts) + offsets]
        differing = np.bitwise_count(checks_a[first] ^ checks_b[second])
        passed = np.flatnonzero(differing <= scheme.most)
        sizes = np.bincount(self._codes)
        for hit in passed:
            subset = [
                *halves[0][self._sides[0][first[hit]]],
                *halves[1][self._sides[1][second[hit]]],
            ]
            parity = np.bitwise_xor.reduce(self._bits[subset], axis=0)
            ones = np.bincount(self._codes, weights=parity)
            np.minimum(ones, sizes - ones).sum()
        return len(passed)


def rounds_by_themselves(repeats: int) -> list[str]:
    """Processor time of a round, ours and NumPy's, and what it takes to miss few."""
    lines = [
        "| columns | subsets of each half | key | ours, ms | rounds for 0.1 at 1e-3 "
        "| plain NumPy, ms | its rounds | time for that, over ours |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for weight in (5, 6):
        bits, codes, _ = table(0.05, weight)
        scheme = plan(COLUMNS, weight, partial(within_groups, codes))
        assert scheme is not None
        ours, plain = search_of(bits, codes, scheme), PlainRounds(bits, codes, scheme)
        rng = np.random.default_rng(0)
        spent: dict[str, list[float]] = {"ours": [], "plain": []}
        for number in range(repeats + 1):
            for name, job in (
                ("ours", partial(ours.round, number)),
                ("plain", partial(plain.round, rng)),
            ):
                began = time.thread_time()
                job()
                spent[name].append(time.thread_time() - began)
        mine, theirs = (1e3 * statistics.median(times[1:]) for times in spent.values())
        needed = scheme.rounds(0.1, 1e-3)
        # Pairs only: the key is clean with probability (1 - 2 eta (1 - eta))^r.
        pairs = type(scheme.draw)(codes, scheme.draw.key, scheme.draw.checked, 2)
        split = scheme.chance(0.0) / scheme.draw.chance(0.0, scheme.most)
        clean = split * pairs.chance(0.1, scheme.most)
        needed_plain = math.ceil(math.log(1e-3) / math.log1p(-clean))
        lines.append(
            f"| {weight} | {math.comb(scheme.half, scheme.first)} and "
            f"{math.comb(scheme.half, scheme.second)} | {scheme.draw.key} | {mine:.1f} | {needed} "
            f"| {theirs:.0f} | {needed_plain} | {needed_plain * theirs / (needed * mine):.0f} |"
        )
    return lines


def on_threads(seconds: float, repeats: int) -> list[str]:
    """Rounds on one thread and on all cores, in turn: by the wall, and what processors spent."""
    bits, codes, _ = table(0.05, 0)
    cores = usable_cores()
    lines = [
        "| columns | threads | rounds a second, median | processor ms a round, median "
        "| processors kept busy, median |",
        "|---|---|---|---|---|",
    ]
    for weight in (5, 6):
        scheme = plan(COLUMNS, weight, partial(within_groups, codes))
        assert scheme is not None
        search = search_of(bits, codes, scheme)
        measured: dict[int, list[tuple[float, float, float]]] = {1: [], cores: []}
        for _ in range(repeats):
            for threads, rows in measured.items():
                size = Progress(search, math.inf)
                began, before = time.perf_counter(), time.process_time()
                make_rounds([size], clock=Clock(seconds), threads=threads, most=10**9)
                wall, busy = time.perf_counter() - began, time.process_time() - before
                rows.append((size.made / wall, 1e3 * busy / size.made, busy / wall))
        for threads, rows in measured.items():
            pace, spent, kept = (statistics.median(column) for column in zip(*rows, strict=True))
            lines.append(f"| {weight} | {threads} | {pace:.0f} | {spent:.1f} | {kept:.2f} |")
    return lines


def main() -> None:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5, help="data files per share of errors")
    parser.add_argument("--limit", type=float, default=30.0, help="seconds that the command has")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--output", type=Path, help="Markdown file to write")
    arguments = parser.parse_args()
    facts = environment.describe()
    busy = os.getloadavg()[0]
    prepare()
    sets = {k: math.comb(COLUMNS, k) for k in (4, 5, 6)}
    options = f"--seeds {arguments.seeds} --limit {arguments.limit:g} --repeats {arguments.repeats}"
    on = f"{facts.get('processor', 'a processor')}, {facts.get('usable cores', '?')} cores"
    call = f"parity-compare relations sets.csv --group set --max-k {LARGEST}"
    plain_hours = sum(sets.values()) * words_for(ROWS) / 0.25e9 / 3600
    lines = [
        "# Relations beyond counting",
        "",
        f"`python benchmarks/relations_wide.py {options}` on {on}, load {busy:.1f} at the start; "
        f"numpy {facts['numpy']}, numba {facts['numba']}. Sets of conflicting addresses: {ROWS} "
        f"rows of {COLUMNS} bits in {GROUPS} groups, which functions of 4, 5, 5 and 6 bits tell "
        f"apart. There are {sets[4]:,} sets of 4 columns, {sets[5]:,} of 5 and {sets[6]:,} of 6.",
        "",
        "## From the command line",
        "",
        f"`{call} --time-limit {arguments.limit:g}s`, {arguments.seeds} files for every share of "
        "errors. A false relation is one that is no XOR of the functions. The promise is that a "
        "relation of at most that noise rate is missed with probability at most 1e-3; those that "
        "are noisier are found with less certainty. Sizes without rounds were counted. Seconds are "
        "those of the process, start-up and reading included.",
        "",
        *from_the_command_line(arguments.seeds, arguments.limit),
        "",
        "No plain way counts these sets in that time: NumPy's expression of "
        "[XOR relations](relations.md), at a quarter of 10^9 words a second, would take "
        f"{plain_hours:.0f} hours on one core.",
        "",
        "## A round",
        "",
        "Time for which the one thread ran, medians. Plain NumPy makes the same rounds with sorted "
        "arrays, on separate pairs of rows; ours takes its key from blocks of rows of a group, "
        "which fail less often. Rounds are those that miss a relation of noise rate 0.1 with "
        "probability at most 1e-3.",
        "",
        *rounds_by_themselves(arguments.repeats),
        "",
        "## Threads",
        "",
        "In turn, two seconds each. More threads make more rounds where they keep more processors "
        "busy. Where other processes leave them no more, as the last column tells, there is "
        "nothing to be gained by the wall, and what counts is that a round costs no more.",
        "",
        *on_threads(2.0, arguments.repeats),
        "",
    ]
    print("\n".join(lines))
    if arguments.output:
        arguments.output.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
