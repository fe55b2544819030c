"""An unknown checksum byte: which message bits is each of its bits the XOR of?

A CRC is linear over GF(2), up to a constant: every bit of it is the XOR of some message bits,
negated or not. Messages with their checksums are enough to find them, without a guess at the
polynomial. The checksum here is CRC-8/I-432-1 (ITU-T I.432.1): polynomial x^8 + x^2 + x + 1, and
0x55 added in the end, which negates every second bit.

    python examples/crc8.py

The command line's way stands in docs/examples/crc8.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import parity_compare as pc

POLYNOMIAL, FINAL_XOR = 0x07, 0x55
MESSAGE_BITS = 32


def crc8(message: int) -> int:
    """The checksum of a message of 32 bits, sent most significant bit first."""
    register = 0
    for position in reversed(range(MESSAGE_BITS)):
        carry = (register >> 7) ^ (message >> position & 1)
        register = (register << 1 & 0xFF) ^ (POLYNOMIAL if carry else 0)
    return register ^ FINAL_XOR


def observe(path: Path, rows: int, seed: int = 0) -> None:
    """Write random messages and their checksums, in hexadecimal."""
    messages = np.random.default_rng(seed).integers(0, 2**MESSAGE_BITS, rows)
    lines = [f"{message:#010x},{crc8(int(message)):#04x}" for message in messages]
    path.write_text("\n".join(["message,crc", *lines]) + "\n")


def recover(path: Path) -> list[tuple[int, int]]:
    """Of every checksum bit, the mask of its message bits and the constant added to them."""
    labels = [f"crc{bit}" for bit in range(8)]
    table = pc.read_table(path, unpack=[f"message:0-{MESSAGE_BITS - 1}", "crc:0-7"])
    found = []
    for label in labels:
        others = [name for name in labels if name != label]
        solution = pc.solve(table.samples(label, without=others))
        bits = [int(name.removeprefix("message")) for name in solution.columns]
        found.append((sum(1 << bit for bit in bits), solution.constant))
        sign = "not " if solution.constant else ""
        print(f"{label} = {sign}the XOR of message bits {' '.join(map(str, bits))}")
    return found


def by_algebra(bit: int) -> tuple[int, int]:
    """The same from the definition: the checksums of 0 and of every power of two."""
    constant = crc8(0)
    depends = (crc8(1 << position) ^ constant for position in range(MESSAGE_BITS))
    mask = sum((word >> bit & 1) << position for position, word in enumerate(depends))
    return mask, constant >> bit & 1


def main(path: Path = Path("crc8.csv"), rows: int = 100) -> bool:
    """Observe, recover, and compare with the algebra of the checksum."""
    observe(path, rows)
    right = sum(found == by_algebra(bit) for bit, found in enumerate(recover(path)))
    print(f"recovered {right} of 8 checksum bits")
    return right == 8


if __name__ == "__main__":
    sys.exit(not main())
