"""The cache slice hash from the command line, start-up included, against the plain NumPy way.

    python benchmarks/cache_slice.py --output docs/benchmarks/cache-slice.md
    python benchmarks/cache_slice.py --repeats 3

Both are processes that start from nothing, read the same CSV file and print the columns:
`parity-compare solve` as a user calls it, and the script that one would write with NumPy alone:
take n + 1 rows at random, eliminate over GF(2), and keep the first solution that nearly all rows
agree with. The unknowns are the 32 address bits and the constant. Kernels are compiled once before
anything is timed, as they are on every machine after the first call.
"""

from __future__ import annotations

import argparse
import csv
import math
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

import numpy as np

from parity_compare import environment

MASK = 0x1B5F575440  # a bit of the hash of Intel's last-level cache (Maurice et al., RAID 2015)
ADDRESS_BITS = range(6, 38)
COLUMNS = " XOR ".join(f"a{bit}" for bit in ADDRESS_BITS if MASK >> bit & 1)

PLAIN = '''
import sys
import numpy as np

def solution(A, b):
    """The solution of a square system over GF(2), None if it is singular."""
    M = np.concatenate([A, b[:, None]], axis=1)
    n = len(M)
    for j in range(n):
        pivot = j + np.argmax(M[j:, j])
        if not M[pivot, j]:
            return None
        M[[j, pivot]] = M[[pivot, j]]
        others = M[:, j].astype(bool)
        others[j] = False
        M[others] ^= M[j]
    return M[:, n]

path, limit = sys.argv[1], float(sys.argv[2])
with open(path) as lines:
    names = lines.readline().strip().split(",")
    table = np.loadtxt(lines, dtype=np.uint8, delimiter=",")
X = np.concatenate([table[:, :-1], np.ones((len(table), 1), np.uint8)], axis=1)
y = table[:, -1]
rng = np.random.default_rng(0)
while True:
    rows = rng.choice(len(X), X.shape[1], replace=False)
    x = solution(X[rows], y[rows])
    if x is not None and np.mean((X @ x) % 2 != y) < limit:
        break
print(" XOR ".join(name for name, bit in zip(names, x[:-1]) if bit))
'''


def write_table(path: Path, rows: int, noise: float, seed: int) -> None:
    """Addresses by their bits 6 to 37, and the bit of the slice that was seen for each."""
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2, (rows, len(ADDRESS_BITS)), dtype=np.uint8)
    members = [bit - ADDRESS_BITS.start for bit in ADDRESS_BITS if MASK >> bit & 1]
    seen = bits[:, members].sum(axis=1) % 2 ^ (rng.random(rows) < noise)
    with path.open("w", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow([*(f"a{bit}" for bit in ADDRESS_BITS), "slice"])
        writer.writerows(np.column_stack([bits, seen]).tolist())


def timed(command: list[str], limit: float) -> tuple[float, str]:
    """Seconds of a process, and what it printed; infinite if it is ended at the limit."""
    began = time.perf_counter()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=True)
    except subprocess.TimeoutExpired:
        return math.inf, ""
    return time.perf_counter() - began, done.stdout


def seconds(values: list[float]) -> str:
    """Median and range of times."""
    if math.isinf(statistics.median(values)):
        return "not within the limit"
    return f"{statistics.median(values):.2f} s ({min(values):.2f} to {max(values):.2f})"


def measure(noise: float, rows: int, repeats: int, limit: float) -> tuple[str, str, str]:
    """Median times of both ways, alternating, and the ratio of the medians."""
    tool = Path(sysconfig.get_path("scripts")) / "parity-compare"
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        path, script = Path(folder, "slice.csv"), Path(folder, "plain.py")
        script.write_text(PLAIN)
        # Half way between a wrong parity, which disagrees on half of the rows, and the right one.
        allowed = str((0.5 + noise) / 2)
        for seed in range(repeats + 1):
            write_table(path, rows, noise, seed)
            ours.append(timed([str(tool), "solve", str(path), "--label", "slice"], limit))
            theirs.append(timed([sys.executable, str(script), str(path), allowed], limit))
    for name, runs in (("solve", ours), ("plain NumPy", theirs)):
        wrong = [printed for took, printed in runs if COLUMNS not in printed and took < math.inf]
        if wrong:
            raise SystemExit(f"{name} is wrong at noise {noise}: {wrong[0]}")
    mine, plain = ([took for took, _ in runs[1:]] for runs in (ours, theirs))
    ratio = statistics.median(plain) / statistics.median(mine)
    return seconds(mine), seconds(plain), f"{ratio:.2g}" if ratio < math.inf else "-"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7, help="data files per noise rate")
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--limit", type=float, default=120.0, help="seconds for one process")
    parser.add_argument("--output", type=Path, help="Markdown file to write")
    arguments = parser.parse_args()
    processor = environment.describe().get("processor", "an unknown processor")
    command = f"--repeats {arguments.repeats} --rows {arguments.rows}"
    lines = [
        "# The cache slice hash",
        "",
        f"`python benchmarks/cache_slice.py {command}` on {processor}: 19 of 32 "
        "address bits XOR to the slice bit. Medians and ranges of whole processes, start-up "
        "included, each on a data file of its own.",
        "",
        "| noise rate | `parity-compare solve` | plain NumPy | plain / solve |",
        "|---|---|---|---|",
    ]
    for noise in (0.0, 0.05, 0.1, 0.2):
        cells = measure(noise, arguments.rows, arguments.repeats, arguments.limit)
        lines.append("| " + " | ".join([f"{noise:g}", *cells]) + " |")
        print(lines[-1], flush=True)
    if arguments.output:
        arguments.output.write_text("\n".join([*lines, ""]))


if __name__ == "__main__":
    main()
