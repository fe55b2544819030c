"""Seeds by hash: the same words always name the same random stream, on any machine."""

from __future__ import annotations

import hashlib
import json
import operator

import numpy as np


def derive_seed(*parts: str | int | float | None) -> int:
    """A 128-bit seed: the first half of SHA-256 of the JSON list of ``parts``.

    Streams with different parts are independent for every practical purpose, and a seed does not
    depend on the order in which others are drawn. NumPy's integers count as Python's.
    """
    text = json.dumps(parts, separators=(",", ":"), allow_nan=False, default=operator.index)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "little")


def generator(*parts: str | int | float | None) -> np.random.Generator:
    """A NumPy generator (PCG64) seeded by :func:`derive_seed`."""
    return np.random.default_rng(derive_seed(*parts))
