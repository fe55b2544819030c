"""The parity checks of an unknown LDPC code, from noisy words off the channel.

Every codeword satisfies the code's parity checks: the XOR of six bits is 0. A receiver that knows
neither the code nor its checks sees words with one bit in a hundred flipped, so that a check of
weight 6 fails in 5.7 % of them. The checks are the relations among the columns; here they are those
of a (3,6)-regular code, by Gallager's construction (1962).

    python examples/ldpc_checks.py

The command line's way stands in docs/examples/ldpc_checks.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

import galois
import numpy as np
import numpy.typing as npt

import parity_compare as pc

Bits = npt.NDArray[np.uint8]
COLUMN_WEIGHT, ROW_WEIGHT = 3, 6


def gallager(n: int, seed: int = 0) -> Bits:
    """Check matrix ``(n / 2, n)``: a band of n / 6 disjoint checks, and two permutations of it."""
    rng = np.random.default_rng(seed)
    band = np.kron(np.eye(n // ROW_WEIGHT, dtype=np.uint8), np.ones(ROW_WEIGHT, dtype=np.uint8))
    bands = [band, *(band[:, rng.permutation(n)] for _ in range(COLUMN_WEIGHT - 1))]
    return np.vstack(bands).astype(np.uint8)


def receive(path: Path, checks: Bits, rows: int, flips: float, seed: int = 0) -> None:
    """Write random codewords with flipped bits, a column a bit."""
    rng = np.random.default_rng(seed)
    generator = np.asarray(galois.GF2(checks).null_space(), dtype=np.uint8)
    words = rng.integers(0, 2, (rows, len(generator)), dtype=np.uint8) @ generator % 2
    received = words ^ (rng.random(words.shape) < flips)
    header = ",".join(f"b{i}" for i in range(checks.shape[1]))
    np.savetxt(path, received, fmt="%d", delimiter=",", header=header, comments="")


def recover(path: Path, n: int) -> Bits:
    """A basis of lightest checks ``(r, n)`` that hold among the columns."""
    basis = pc.relations(path, max_k=ROW_WEIGHT).basis
    checks = np.zeros((len(basis), n), dtype=np.uint8)
    for row, relation in enumerate(basis):
        checks[row, list(relation.support)] = 1
        share = relation.agreements / relation.examples
        print(f"  in {share:.1%} of words: {' + '.join(relation.columns)} = {relation.constant}")
    return checks


def rank(matrix: Bits) -> int:
    """Rank over GF(2)."""
    return int(np.linalg.matrix_rank(galois.GF2(matrix)))


def main(path: Path = Path("ldpc_checks.csv"), n: int = 36, rows: int = 3000) -> bool:
    """Receive, recover, and compare the spans."""
    checks = gallager(n)
    receive(path, checks, rows, flips=0.01)
    found = recover(path, n)
    both = rank(np.vstack([checks, found]))
    print(f"found {len(found)} checks; the code has {len(checks)}, of rank {rank(checks)}")
    same = rank(found) == rank(checks) == both
    print("they span the same space" if same else "they do not span the same space")
    return same


if __name__ == "__main__":
    sys.exit(not main())
