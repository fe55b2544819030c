"""The Walsh-Hadamard transform against the time that main memory needs for its passes.

    OPENBLAS_NUM_THREADS=1 python benchmarks/transform.py [--quick] [--write]

A transform of 2^n numbers that reads and writes the array p times cannot take less than p times
the time of one in-place pass that does next to nothing (NumPy's ``a += 0``), which is measured in
turn with it. Times are those for which the one thread ran, so that other work on the machine counts
as little as it can. The rivals are a NumPy twin, one level after the other, and
the product with ``scipy.linalg.hadamard``, a matrix of 4^n numbers. ``--write``
puts the tables into docs/benchmarks/transform.md.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from parity_compare.environment import describe
from parity_compare.problems.fourier import walsh_hadamard
from parity_compare.problems.fourier_kernel import (
    BLOCK_BITS,
    COLUMN_LEVELS,
    column_width,
    transform_blocks,
    transform_columns,
)

DOCUMENT = Path(__file__).parent.parent / "docs" / "benchmarks" / "transform.md"
DENSE = 12

PARTS = (
    "Each of the two passes would take as long as `a += 0` if memory were all. Where blocks take "
    "no longer than the same arithmetic in cache, memory is hidden behind it and the arithmetic "
    "is the limit. The last column is NumPy's copy of the columns' rows, 2 KiB from each of "
    "128 far places, to a buffer and back: where it exceeds `a += 0`, the order of access "
    "costs the difference before anything is added."
)

Values = npt.NDArray[Any]


def passes(n: int) -> int:
    """How often a transform of 2^n numbers reads and writes the array."""
    return 1 + max(0, -(-(n - BLOCK_BITS) // COLUMN_LEVELS))


def twin(values: Values) -> None:
    """The transform in NumPy, one level after the other."""
    for level in range(len(values).bit_length() - 1):
        pairs = values.reshape(-1, 2, 1 << level)
        total = pairs[:, 0] + pairs[:, 1]
        np.subtract(pairs[:, 0], pairs[:, 1], out=pairs[:, 1])
        pairs[:, 0] = total


def medians(jobs: list[Callable[[], object]], repeats: int) -> list[float]:
    """Median seconds of this thread on each job; they take turns, and the first is left out."""
    spent: list[list[float]] = [[] for _ in jobs]
    for repeat in range(repeats + 1):
        for job, times in zip(jobs, spent, strict=True):
            began = time.thread_time()
            job()
            if repeat:
                times.append(time.thread_time() - began)
    return [statistics.median(times) for times in spent]


def against_memory(quick: bool) -> Iterator[str]:
    """Time over passes * bytes / bandwidth."""
    yield "## Against memory"
    yield ""
    yield (
        "| numbers | type | ms | passes | GB / s, read and write | ms of the passes "
        "| time / passes | NumPy twin, ms | twin / ours |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for n in (20, 22) if quick else (20, 22, 24):
        for kind in (np.float64, np.float32):
            values: Values = np.zeros(2**n, dtype=kind)
            ours, one, rival = medians(
                [
                    lambda v=values: walsh_hadamard(v),
                    lambda v=values: np.add(v, 0, out=v),
                    lambda v=values: twin(v),
                ],
                3 if quick else 15,
            )
            bound = passes(n) * one
            yield (
                f"| 2^{n} | {np.dtype(kind)} | {1e3 * ours:.3g} | {passes(n)} "
                f"| {2 * values.nbytes / one / 1e9:.3g} | {1e3 * bound:.3g} "
                f"| {ours / bound:.2f} | {1e3 * rival:.3g} | {rival / ours:.1f} x |"
            )


def carry(values: Values) -> None:
    """What the columns' pass moves, without its arithmetic: each column to a buffer and back."""
    rows, width = 1 << COLUMN_LEVELS, column_width(values)
    table = values.reshape(-1, rows, (1 << BLOCK_BITS) // width, width)
    buffer = np.empty((rows, width), dtype=values.dtype)
    for group in table:
        for column in range(group.shape[1]):
            np.copyto(buffer, group[:, column])
            np.copyto(group[:, column], buffer)


def repeat_a_block(block: Values, count: int) -> None:
    """The blocks' pass on one block over and over, which never leaves the caches."""
    for _ in range(count):
        transform_blocks(block, BLOCK_BITS, 0, 1)


def parts(quick: bool) -> Iterator[str]:
    """The two passes by themselves, and what of each is arithmetic and what is memory."""
    n = BLOCK_BITS + COLUMN_LEVELS
    yield ""
    yield f"## Where the time goes, 2^{n} numbers, ms"
    yield ""
    yield PARTS
    yield ""
    yield (
        "| type | one `a += 0` | blocks | the same arithmetic, in cache | columns "
        "| their rows to a buffer and back, no arithmetic |"
    )
    yield "|---|---|---|---|---|---|"
    for kind in (np.float64, np.float32):
        values: Values = np.zeros(2**n, dtype=kind)
        blocks, columns = len(values) >> BLOCK_BITS, (1 << BLOCK_BITS) // column_width(values)
        spent = medians(
            [
                lambda v=values: np.add(v, 0, out=v),
                lambda v=values, b=blocks: transform_blocks(v, BLOCK_BITS, 0, b),
                lambda v=values, b=blocks: repeat_a_block(v[: 1 << BLOCK_BITS], b),
                lambda v=values, c=columns: transform_columns(v, BLOCK_BITS, COLUMN_LEVELS, 0, c),
                lambda v=values: carry(v),
            ],
            3 if quick else 15,
        )
        yield f"| {np.dtype(kind)} | " + " | ".join(f"{1e3 * t:.3g}" for t in spent) + " |"


def against_the_matrix(quick: bool) -> Iterator[str]:
    """Batches of small transforms against the dense product."""
    from scipy.linalg import hadamard

    yield ""
    yield "## Against the Hadamard matrix"
    yield ""
    yield "| functions | numbers each | ms | scipy.linalg.hadamard, product, ms | ratio |"
    yield "|---|---|---|---|---|"
    for n in (8, DENSE):
        values, matrix = np.ones((256, 2**n)), hadamard(2**n).astype(np.float64)
        ours, rival = medians(
            [
                lambda v=values: walsh_hadamard(v.copy()),
                lambda v=values, h=matrix: v @ h,
            ],
            3 if quick else 9,
        )
        yield f"| 256 | 2^{n} | {1e3 * ours:.3g} | {1e3 * rival:.3g} | {rival / ours:.1f} x |"


def main() -> None:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer repeats, at most 2^22 numbers")
    parser.add_argument("--write", action="store_true", help=f"write {DOCUMENT.name}")
    arguments = parser.parse_args()
    facts = describe()
    lines = [
        "# The Walsh-Hadamard transform",
        "",
        "Written by `OPENBLAS_NUM_THREADS=1 python benchmarks/transform.py --write`; medians of "
        "runs that take turns, "
        "in time for which the one thread ran. A pass reads and writes the array once; its time is "
        "that of NumPy's `a += 0`.",
        "",
        f"{facts['processor']}, {facts['cores']} cores; python {facts['python']}, numpy "
        f"{facts['numpy']}, numba {facts['numba']}.",
        "",
    ]
    for table in (against_memory, parts, against_the_matrix):
        for line in table(arguments.quick):
            print(line, flush=True)
            lines.append(line)
    if arguments.write:
        DOCUMENT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
