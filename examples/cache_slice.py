"""Intel's cache slice hash from noisy measurements: which address bits choose the slice?

A processor spreads physical addresses over the slices of its last-level cache by an undocumented
hash: every bit of the slice number is the XOR of some address bits. Maurice et al. (RAID 2015)
recovered the masks below from performance counters. Here the measurements are made up from the
masks, one in twenty of them wrong, and written as a cryptanalyst would have them: one row an
address, in hexadecimal, and the slice that seemed to answer, bit by bit.

    python examples/cache_slice.py

The command line's way stands in docs/examples/cache_slice.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import parity_compare as pc

MASKS = (0x1B5F575440, 0x2EB5FAA880, 0x3CCCC93100)  # of the slice number's bits 0, 1 and 2
LABELS = ("slice0", "slice1", "slice2")


def measure(path: Path, rows: int, noise: float, seed: int = 0) -> None:
    """Write random lines of 64 bytes below 256 GB, and the slice that each seemed to be in."""
    rng = np.random.default_rng(seed)
    addresses = rng.integers(0, 2**32, rows) << 6
    slices = np.bitwise_count(addresses[:, None] & np.array(MASKS)) & 1
    seen = slices ^ (rng.random(slices.shape) < noise)
    lines = [f"{line:#x},{a},{b},{c}" for line, (a, b, c) in zip(addresses, seen, strict=True)]
    path.write_text("\n".join([",".join(("addr", *LABELS)), *lines]) + "\n")


def recover(path: Path) -> list[int]:
    """The mask of every slice bit, 0 where none was found."""
    table = pc.read_table(path, unpack=["addr:6-37"])
    masks = []
    for label in LABELS:
        others = [name for name in LABELS if name != label]
        solution = pc.solve(table.samples(label, without=others))
        masks.append(sum(1 << int(name.removeprefix("addr")) for name in solution.columns))
        rate = solution.noise
        print(f"{label}: mask {masks[-1]:#x}, {len(solution.columns)} address bits")
        print(f"  noise rate {rate.estimate:.1%} [{rate.low:.1%}, {rate.high:.1%}]", end=", ")
        print(f"by chance with probability at most {solution.chance:.0e}")
    return masks


def main(path: Path = Path("cache_slice.csv"), rows: int = 2000, noise: float = 0.05) -> bool:
    """Measure, recover, and compare with the published masks."""
    measure(path, rows, noise)
    masks = recover(path)
    right = sum(mask == published for mask, published in zip(masks, MASKS, strict=True))
    print(f"recovered {right} of {len(MASKS)} published masks")
    return right == len(MASKS)


if __name__ == "__main__":
    sys.exit(not main())
