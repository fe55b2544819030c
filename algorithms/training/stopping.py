"""When has a network become a parity? A stopping rule without judge, k or noise rate.

Barak et al. 2022 stop at 100 % accuracy on 8192 fresh clean examples. A learner has no clean
labels, but unlabelled inputs cost nothing, and a network that is a parity gives its support away:
at any input x, flipping x_i changes the sign of chi_T(x) exactly if i is in T. So the rule is:

1. the candidate T is read off the signs of f at one fixed random input and its n neighbours, and
   sign f = chi_T on 64 more fixed random inputs;
2. sign f = chi_T on 8192 fresh random inputs: the network *is* this parity;
3. chi_T agrees with the most recent training labels better than chance: it is the parity asked for.

If T = S, rule 2 is the paper's criterion to the letter. (Reading T off the largest first-layer
weights instead misses networks on few bits, whose weights need not grow to become a parity.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.compaction import compact
from parity_compare.algorithms.networks.network import Examples
from parity_compare.algorithms.recognition import SCREEN, Support
from parity_compare.algorithms.training.ensemble import Ensemble
from parity_compare.problems.bits import Words, pack, parity, random_words


@dataclass(frozen=True)
class Halt:
    """A trial that the first test of the stopping rule, or an overflow, brought to a halt.

    Attributes:
        position: its row in the ensemble.
        support: the parity that it seems to be; None if a number is not finite.
    """

    position: int
    support: Support | None


class Screen:
    """Compares each of T networks with the one parity that it can be, on 64 fixed random inputs.

    Args:
        n: number of bits.
        rngs: one generator per network, from which its inputs come.
        device: where the networks live.
    """

    def __init__(self, n: int, rngs: Sequence[np.random.Generator], device: str) -> None:
        drawn = screen_rows(n, rngs)
        centre, self._rows = drawn[:, :1], drawn[:, 1:]
        neighbours = centre ^ pack(np.eye(n, dtype=np.uint8))
        rows = np.concatenate([centre, neighbours, self._rows], axis=1)
        self._n = n
        self._inputs = Examples(len(rngs), rows.shape[1], n, device)
        self._inputs.fill(rows, np.zeros(rows.shape[:2], dtype=np.uint8))

    @property
    def size(self) -> int:
        """Number of inputs per network."""
        return self._inputs.size

    def examine(self, networks: Ensemble) -> tuple[list[Support | None], npt.NDArray[np.bool_]]:
        """The parity that each network equals on its inputs, and which networks are finite.

        Returns:
            For every network a sorted support or None, and ``(T,)`` whether its weights and
            outputs are all finite numbers.
        """
        n = self._n
        outputs = networks.outputs(self._inputs.X)[:, : self._inputs.size].cpu().numpy()
        finite = np.isfinite(outputs).all(axis=1) & networks.finite()
        negative = ~(outputs > 0)
        flips = negative[:, 1 : n + 1] ^ negative[:, :1]  # (T, n)
        expected = parity(self._rows & pack(flips)[:, None, :])  # (T, 64)
        equal = (expected == negative[:, n + 1 :]).all(axis=1) & flips.any(axis=1)
        supports: list[Support | None] = [None] * len(networks)
        for network in np.flatnonzero(equal):
            supports[network] = tuple(np.flatnonzero(flips[network]).tolist())
        return supports, finite

    def halts(self, networks: Ensemble) -> list[Halt]:
        """The networks that pass, and those that are not finite."""
        supports, finite = self.examine(networks)
        return [
            Halt(t, support if finite[t] else None)
            for t, support in enumerate(supports)
            if support is not None or not finite[t]
        ]

    def keep(self, networks: Sequence[int]) -> None:
        """Forget all networks but these."""
        self._rows = compact(self._rows, networks)
        self._inputs.keep(networks)


def screen_rows(n: int, rngs: Sequence[np.random.Generator], others: int = SCREEN) -> Words:
    """The screen's inputs of each network, ``(T, 1 + others, words)``; the centre comes first."""
    return np.array([random_words(rng, 1 + others, n) for rng in rngs])
