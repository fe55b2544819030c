"""DRAM bank functions from noisy conflict sets: which address bits choose channel, rank and bank?

Two addresses in different rows of one bank conflict, and reading them in turns is slow. Timing
pairs of addresses therefore sorts them into sets, one a bank. Within a set every addressing
function is constant: the functions are the relations among the address bits that hold inside the
sets. The sets here are made up from published functions, and one address in twenty is put into a
wrong set, as a badly chosen threshold would do.

    python examples/dram_banks.py

The command line's way stands in docs/examples/dram_banks.md.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import parity_compare as pc

Function = tuple[int, ...]
"""The address bits whose XOR is one bit of the bank's number."""

HASWELL: tuple[Function, ...] = ((14, 18), (15, 19), (17, 21), (16, 20), (7, 8, 9, 12, 13, 18, 19))
"""Ivy Bridge and Haswell, DDR3, two channels of one DIMM with two ranks each: three bank bits, the
rank and the channel (Pessl et al., USENIX Security 2016)."""

COFFEE_LAKE: tuple[Function, ...] = ((6, 13), (14, 17), (15, 18), (16, 19))
"""Coffee Lake, DDR4, one channel of one DIMM with one rank: bank groups and banks, as the public
code of Jattke et al. (IEEE S&P 2022) has them."""

FIRST_BIT, LAST_BIT = 6, 32
"""Cache lines have 64 bytes; the memory has 8 GB."""


def mask(function: Sequence[int]) -> int:
    """The function as a mask of address bits."""
    return sum(1 << bit for bit in function)


def measure(
    path: Path, functions: Sequence[Function], rows: int, misplaced: float, seed: int = 0
) -> None:
    """Write random addresses and the conflict set that each was put into."""
    rng = np.random.default_rng(seed)
    addresses = rng.integers(0, 2 ** (LAST_BIT - FIRST_BIT + 1), rows) << FIRST_BIT
    bits = np.bitwise_count(addresses[:, None] & np.array([mask(f) for f in functions])) & 1
    banks = bits @ (1 << np.arange(len(functions)))
    wrong = rng.random(rows) < misplaced
    banks[wrong] = (banks[wrong] + rng.integers(1, 2 ** len(functions), wrong.sum())) % 2 ** len(
        functions
    )
    names = rng.permutation(2 ** len(functions))  # sets are numbered as they are met
    lines = [f"{addr:#x},{names[bank]}" for addr, bank in zip(addresses, banks, strict=True)]
    path.write_text("\n".join(["addr,set", *lines]) + "\n")


def recover(path: Path, max_k: int = 7) -> list[Function]:
    """A basis of lightest functions that are constant within the sets."""
    bits = [f"addr:{FIRST_BIT}-{LAST_BIT}"]
    found = []
    for relation in pc.relations(path, unpack=bits, group="set", max_k=max_k).basis:
        found.append(tuple(int(name.removeprefix("addr")) for name in relation.columns))
        share = relation.agreements / relation.examples
        print(f"  in {share:.1%} of rows: {' XOR '.join(map(str, found[-1]))}")
    return found


def span(functions: Sequence[Function]) -> set[int]:
    """Masks of all XORs of the functions: what tells the banks apart, however it is written."""
    masks = {0}
    for function in functions:
        masks |= {other ^ mask(function) for other in masks}
    return masks


def main(
    path: Path = Path("dram_banks.csv"),
    functions: Sequence[Function] = HASWELL,
    rows: int = 4000,
    misplaced: float = 0.05,
) -> bool:
    """Measure, recover, and compare what the functions span."""
    measure(path, functions, rows, misplaced)
    found = recover(path)
    right = sum(mask(function) in span(functions) for function in found)
    print(f"recovered {right} of {len(functions)} functions, {len(found) - right} wrong ones")
    return span(found) == span(functions)


if __name__ == "__main__":
    sys.exit(not main())
