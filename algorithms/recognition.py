"""When is a predictor a parity, and the one asked for? Tests without judge, k or noise rate.

Barak et al. 2022 stop at 100 % accuracy on 8192 fresh clean examples. A learner has no clean
labels, but unlabelled inputs cost nothing, and a predictor that is a parity gives its support away:
at any input x, flipping x_i changes the sign of chi_T(x) exactly if i is in T. So a candidate T can
be read off n + 1 predictions, compared with the predictor on 8192 fresh inputs, and held against
the labels. If T = S, the comparison is the paper's criterion to the letter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from parity_compare.algorithms.acceptance import chance_of_agreement
from parity_compare.problems.bits import Bits, Words, mask, pack, parity, random_words
from parity_compare.problems.samples import Samples

Support = tuple[int, ...]
Labeller = Callable[[Words], Bits]
"""Maps packed inputs ``(m, words)`` to labels ``(m,)``, 0/1."""

SCREEN = 64
"""Inputs of the first comparison, which is made at every check."""
VERIFICATION = 8192
"""Fresh inputs on which predictor and parity must agree without exception."""
LUCK = 1e-6
"""Largest chance that labels unrelated to the parity agree with it so often."""

LARGEST_CHUNK = 512  # inputs per prediction of the verification


def flipped(label: Labeller, n: int, rng: np.random.Generator) -> Support:
    """The coordinates whose flip changes the label at one random input.

    It is the support of the only parity that ``label`` can be.
    """
    centre = random_words(rng, 1, n)
    labels = label(np.concatenate([centre, centre ^ pack(np.eye(n, dtype=np.uint8))]))
    return tuple(np.flatnonzero(labels[1:] != labels[0]).tolist())


def equals_parity(label: Labeller, n: int, support: Support, rng: np.random.Generator) -> bool:
    """Whether ``label`` is the parity over ``support`` on 8192 fresh uniform inputs.

    The inputs come in growing chunks, so that a wrong candidate costs little.
    """
    compared, chunk, inside = 0, SCREEN, mask(support, n)
    while compared < VERIFICATION:
        size = min(chunk, VERIFICATION - compared)
        rows = random_words(rng, size, n)
        if (label(rows) != parity(rows & inside)).any():
            return False
        compared += size
        chunk = min(2 * chunk, LARGEST_CHUNK)
    return True


def explains(support: Support, recent: Sequence[Samples]) -> bool:
    """Whether the parity agrees with labelled examples more often than luck would have it.

    The bound of 1e-6 is for the best of all subsets of this size, since the predictor may have been
    trained on these very labels; it holds for each check by itself. A network on few bits equals
    some parity now and then by itself. At least 20 examples are needed, and 8192 suffice at noise
    rates up to about 0.46.
    """
    agreements = sum(samples.agreement(support) for samples in recent)
    candidates = math.comb(recent[0].n, len(support)) if recent else 1
    return chance_of_agreement(agreements, sum(s.m for s in recent), candidates) <= LUCK
