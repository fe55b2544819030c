"""Reading a support off a network that is not a parity (yet).

A trained network knows S before, and often without, computing chi_S everywhere. Three ways to ask
it, from the cheapest on; the first answer that explains the labels counts:

1. input weights: the coordinates before the largest ratio of successive column norms;
2. pruning: the fewest coordinates, by column norm, without whose others the network's sign stays as
   it is on 95 % of 512 random inputs;
3. influence: the coordinates whose flip changes the sign on more than half of 256 random inputs (a
   parity's influences are 1 inside S and 0 outside).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.networks.network import TrainedNetwork
from parity_compare.algorithms.recognition import Support, explains
from parity_compare.problems.bits import Bits
from parity_compare.problems.samples import Samples

_PRUNING_INPUTS = 512
_KEPT = 0.95
_INFLUENCE_INPUTS = 256
_ROWS = 8192  # inputs that a network labels at a time


def read_support(
    trained: TrainedNetwork, recent: Sequence[Samples], rng: np.random.Generator
) -> Support | None:
    """The support that a network names, if it explains the labels; None if none does.

    Args:
        trained: the network.
        recent: labelled examples, see :func:`.recognition.explains`.
        rng: where the inputs of pruning and influence come from.
    """
    refused: set[Support] = set()
    for candidate in _candidates(trained, rng):
        if candidate and candidate not in refused:
            if explains(candidate, recent):
                return candidate
            refused.add(candidate)
    return None


def _candidates(trained: TrainedNetwork, rng: np.random.Generator) -> Iterator[Support]:
    norms = np.linalg.norm(trained.input_weights().astype(np.float64), axis=0)  # (n,)
    if not np.isfinite(norms).all():
        return
    order = np.argsort(-norms, kind="stable")
    yield _sorted(order[: widest_gap(norms[order])])
    yield _sorted(order[: _survivors(trained, order, rng)])
    yield _sorted(
        np.flatnonzero(influences(trained, _inputs(trained, _INFLUENCE_INPUTS, rng)) > 0.5)
    )


def widest_gap(falling: npt.NDArray[np.float64]) -> int:
    """Where a falling sequence of norms drops by the largest factor: how many come before."""
    if len(falling) == 1:
        return 1
    floor = np.finfo(np.float64).tiny
    return 1 + int(np.argmax(falling[:-1] / np.maximum(falling[1:], floor)))


def influences(trained: TrainedNetwork, bits: Bits) -> npt.NDArray[np.float64]:
    """Share of the inputs ``(m, n)`` on which flipping x_i changes the sign of f: ``(n,)``."""
    m, n = bits.shape
    labels = trained(bits)
    found = np.empty(n)
    together = max(1, _ROWS // m)
    for first in range(0, n, together):
        flipped = np.eye(n, dtype=np.uint8)[first : first + together, np.newaxis] ^ bits
        changed = trained(flipped.reshape(-1, n)).reshape(-1, m) != labels
        found[first : first + together] = np.count_nonzero(changed, axis=1) / m
    return found


def _survivors(
    trained: TrainedNetwork, order: npt.NDArray[np.intp], rng: np.random.Generator
) -> int:
    """The fewest leading coordinates of ``order`` that decide 95 % of the signs.

    The others are replaced by fresh coin tosses, which say nothing; as good as cutting their
    weights, and possible for every architecture. Found by bisection.
    """
    bits = _inputs(trained, _PRUNING_INPUTS, rng)
    tosses = _inputs(trained, _PRUNING_INPUTS, rng)
    labels = trained(bits)

    def decide(kept: int) -> bool:
        mixed = bits.copy()
        mixed[:, order[kept:]] = tosses[:, order[kept:]]
        return float(np.mean(trained(mixed) == labels)) >= _KEPT

    low, high = 0, len(order)  # all coordinates decide all signs
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if decide(middle) else (middle, high)
    return high


def _inputs(trained: TrainedNetwork, m: int, rng: np.random.Generator) -> Bits:
    return rng.integers(0, 2, size=(m, trained.network.n), dtype=np.uint8)


def _sorted(coordinates: npt.NDArray[np.intp]) -> Support:
    return tuple(sorted(int(i) for i in coordinates))
