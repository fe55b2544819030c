"""Intel's last-level-cache slice hash as data: which address bits choose the slice?

Processors spread physical addresses over the slices of their last-level cache by an undocumented
hash: every bit of the slice number is the XOR of some address bits. Maurice et al. (RAID 2015)
recovered the masks below from performance counters, for processors with 2, 4 and 8 slices. This
script writes what such a measurement looks like, one row an address: its bits 6 to 37 (a cache line
has 64 bytes, so bits 0 to 5 play no part) and one bit of the slice it went to.

    python examples/intel_slice_hash.py --slice-bit 0 --out slice.csv
    parity-compare solve slice.csv --label slice

prints the 19 columns of the mask 0x1b5f575440. With ``--noise 0.05`` one measurement in twenty is
wrong: elimination then meets a contradiction, and exhaustive search in rising k takes over, for
which 19 of 32 columns are the worst case. Such data wants a learner for dense noisy parities:
``--rows 2000`` and ``--algo pooled-gauss`` recover the mask in a fraction of a second.
"""

from __future__ import annotations

import argparse
import csv
import random

MASKS = (0x1B5F575440, 0x2EB5FAA880, 0x3CCCC93100)
ADDRESS_BITS = range(6, 38)


def slice_bit(address: int, mask: int) -> int:
    """One bit of the slice number: the parity of the masked address."""
    return (address & mask).bit_count() % 2


def rows(mask: int, count: int, noise: float, seed: int) -> list[list[int]]:
    """Random cache lines and the slice bit that was seen for each."""
    rng = random.Random(seed)
    table = []
    for _ in range(count):
        address = rng.getrandbits(32) << 6
        seen = slice_bit(address, mask) ^ (rng.random() < noise)
        table.append([address >> bit & 1 for bit in ADDRESS_BITS] + [int(seen)])
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description="Write addresses and the slice bit seen for each.")
    parser.add_argument("--slice-bit", type=int, choices=range(len(MASKS)), default=0)
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--noise", type=float, default=0.0, help="share of wrong measurements")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", default="slice.csv", help="CSV file to write")
    arguments = parser.parse_args()
    table = rows(MASKS[arguments.slice_bit], arguments.rows, arguments.noise, arguments.seed)
    header = [f"a{bit}" for bit in ADDRESS_BITS] + ["slice"]
    with open(arguments.out, "w", newline="") as target:
        csv.writer(target, lineterminator="\n").writerows([header, *table])


if __name__ == "__main__":
    main()
