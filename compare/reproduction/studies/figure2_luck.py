"""What a random network knows of a parity, and that SGD's time adapts to k: section 3.2."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parity_compare.problems.fourier import cube, walsh_hadamard
from parity_compare.problems.seeding import generator
from parity_compare.reproduction.claims import Answer, Claim, Table, number, with_interval
from parity_compare.reproduction.measures import exact_median, steps_to_success
from parity_compare.reproduction.plots import Axis, Plot, Point
from parity_compare.results import Record
from parity_compare.statistics import Interval, wilson

DEGREE = 3
WIDTH = 100
STRONG = 0.5
"""A network correlated as much as this with chi_S is right on three inputs of four."""
RARE = 0.1
"""A chance counts as far below that of a guess if it is less than this share of it."""
_MOST_STRONG = int(1 / STRONG**2)  # by Parseval, so many coefficients of +-1 functions reach STRONG
_AT_ONCE = 1 << 20  # values held at once


@dataclass(frozen=True)
class Luck:
    """Correlations of random networks with the parities of k out of n bits.

    Attributes:
        n: how many bits.
        strongest: ``(N,)`` largest |E[sign f chi_S]| over the sets S of k bits, per network.
        mean_square: of that correlation, over networks and sets.
        strong: ``(N,)`` how many sets have :data:`STRONG` or more.
    """

    n: int
    strongest: npt.NDArray[np.float64]
    mean_square: float
    strong: npt.NDArray[np.int64]

    @property
    def rate(self) -> Interval:
        """Share of networks that are strongly correlated with any S."""
        return wilson(int((self.strong > 0).sum()), len(self.strong))


def luck(n: int, networks: int, seed: int) -> Luck:
    """Correlate the signs of random ReLU networks with all parities of k bits, exactly.

    f(x) = u . relu(W x + b) + c of width 100 with PyTorch's start, as SGD has it, on all 2^n
    inputs; the Walsh-Hadamard transform yields all correlations at once.

    Args:
        n: number of bits.
        networks: how many, N.
        seed: names them.
    """
    from parity_compare.algorithms.networks.catalogue import make_network
    from parity_compare.algorithms.training.starts import Start

    network, start = make_network("relu", n, width=WIDTH), Start()
    rng = generator("random networks", seed, n)
    signs = np.append(1 - 2 * cube(n).astype(np.float32), np.ones((2**n, 1), np.float32), axis=1)
    chosen = np.bitwise_count(np.arange(2**n)) == DEGREE
    strongest, strong, squares = [], [], []
    remaining = networks
    while remaining > 0:
        count = min(remaining, max(1, _AT_ONCE >> n))
        remaining -= count
        values = np.empty((count, 2**n), dtype=np.int32)
        for row in values:
            theta = start.draw(network, rng)
            hidden = np.maximum(signs @ theta["W"].T, 0)
            row[:] = np.where(hidden @ theta["u"] + theta["c"] >= 0, 1, -1)
        walsh_hadamard(values)
        found = np.abs(values[:, chosen]) / 2**n
        strongest.append(found.max(axis=1))
        strong.append((found >= STRONG).sum(axis=1))
        squares.append((found**2).mean(axis=1))
    return Luck(
        n,
        np.concatenate(strongest),
        float(np.concatenate(squares).mean()),
        np.concatenate(strong),
    )


def judge_luck(found: Sequence[Luck]) -> Claim:
    """Whether a random network knows of S far more seldom than a guess does."""
    last = max(found, key=lambda luck: luck.n)
    rate, guess = last.rate, 1 / math.comb(last.n, DEGREE)
    chance = float(last.strong.mean()) * guess
    answer: Answer = "undecided"
    if _MOST_STRONG * rate.high < RARE:
        answer = "yes"
    elif rate.low >= RARE:
        answer = "no"
    return Claim(
        name="random-networks-know-nothing",
        statement=(
            "Training does not begin with a lucky network: a random one is correlated with the "
            "parity of a given S far more seldom than a guessed set of k bits is S."
        ),
        source="section 3.2",
        published="a chance of 2^-Omega(n), far below n^-k",
        measured=(
            f"n = {last.n}: {number(chance, 2)} for a given S, at most "
            f"{number(_MOST_STRONG * rate.high * guess, 2)}; a guess: {number(guess, 2)}; the "
            f"strongest correlation with any S is {number(float(np.median(last.strongest)), 2)} "
            "in the median"
        ),
        answer=answer,
        because=(
            f"Rule: of random networks of width {WIDTH}, the share with a correlation of "
            f"{STRONG:g} or more with any S of {DEGREE} bits has an interval whose upper end, "
            f"times {_MOST_STRONG} (no function has more such S, by Parseval), lies below "
            f"{RARE:g}: the chance for a given S is then less than {RARE:g} / C(n, {DEGREE}). No "
            f"if the lower end is {RARE:g} or more. Share: {with_interval(rate, 2)} of "
            f"{len(last.strong)} networks, by enumeration of all inputs."
        ),
    )


def judge_adaptation(trials: Mapping[int, Sequence[Record]], n: int) -> Claim:
    """Whether SGD's time adapts to k.

    Args:
        trials: by k, ascending.
        n: their number of bits.
    """
    medians = {k: exact_median(steps_to_success(records)) for k, records in trials.items()}
    pairs = list(zip(medians.values(), list(medians.values())[1:], strict=False))
    answer: Answer = "undecided"
    if pairs and all(one.high < other.low and math.isfinite(other.high) for one, other in pairs):
        answer = "yes"
    elif any(one.low >= other.high for one, other in pairs):
        answer = "no"
    return Claim(
        name="adapts-to-k",
        statement=(
            "SGD's time adapts to k, which the network does not know: a wait for a lucky network "
            "would be as long for every k."
        ),
        source="section 3.2; figure 1, right",
        published="(20, 2): 18, (20, 3): 91, (20, 4): 201 steps",
        measured="; ".join(f"({n}, {k}): {with_interval(median)}" for k, median in medians.items()),
        answer=answer,
        because=(
            "Rule: the median times rise with k, the sign test's intervals apart and finite; no if "
            "one does not rise by its whole interval."
        ),
    )


def plot(found: Sequence[Luck]) -> Plot:
    """How strongly random networks are correlated with parities, over n."""
    points: list[Point] = []
    for luck in found:
        low, middle, high = np.quantile(luck.strongest, [0.05, 0.5, 0.95])
        points += [
            Point(
                "strongest of all S, 90 % of networks", luck.n, float(middle), float(low),
                float(high),
            ),
            Point("root mean square over S", luck.n, math.sqrt(luck.mean_square)),
            Point("bound 1/sqrt C(n, 3)", luck.n, 1 / math.sqrt(math.comb(luck.n, DEGREE))),
            Point("three inputs of four right", luck.n, STRONG),
        ]  # fmt: skip
    return Plot(
        "luck",
        "Random ReLU networks: correlation of their sign with parities of 3 bits",
        Axis("n"),
        Axis("|correlation|", log=True),
        points,
        reference=("bound 1/sqrt C(n, 3)", "three inputs of four right"),
    )


def table(found: Sequence[Luck]) -> Table:
    """Correlations of random networks at every n."""
    rows: list[tuple[str, ...]] = [
        (
            str(luck.n),
            str(len(luck.strong)),
            number(math.sqrt(luck.mean_square)),
            number(float(np.median(luck.strongest))),
            number(float(luck.strongest.max())),
            with_interval(luck.rate, 2),
        )
        for luck in found
    ]
    return Table(
        f"Correlations of random networks of width {WIDTH} with the parities of {DEGREE} bits",
        ("n", "networks", "root mean square", "strongest: median", "largest", f">= {STRONG:g}"),
        rows,
    )
