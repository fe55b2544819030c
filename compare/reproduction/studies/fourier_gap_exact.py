"""Majority's Fourier gap: what the paper says of it, checked exactly and by enumeration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parity_compare.problems.seeding import generator
from parity_compare.reproduction.claims import Answer, Claim, number, with_interval, within
from parity_compare.reproduction.measures import exact_median

BOUND = 0.03
"""The paper's constant: gamma >= 0.03 (n - 1)^(-(k - 1) / 2)."""
ROUNDING = 1e-12
"""Largest error of a coefficient that double precision explains."""
SINGLE = 1e-3
"""Largest relative error of a gradient that single precision explains."""
COMPARABLE = 10.0
"""Two gaps are comparable if they lie within this factor; ours, the paper says no number."""
DEGREE = 4

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True)
class MajorityFacts:
    """What holds of majority's coefficients over all odd n and even k with k < (n + 1) / 2.

    Attributes:
        cases: how many (n, k).
        broken: those at which (k - 1) |xi_(k-1)| is not (n - k) |xi_(k+1)|, in exact fractions.
        slack: the least gamma over its bound.
        tightest: the (n, k) of that.
    """

    cases: int
    broken: tuple[tuple[int, int], ...]
    slack: float
    tightest: tuple[int, int]


def majority_facts(largest: int) -> MajorityFacts:
    """Exact coefficients up to n = ``largest``; beyond k = (n + 1) / 2 there is no gap."""
    from parity_compare.problems.thresholds import threshold_coefficient

    broken, slack = [], {}
    for n in range(5, largest + 1, 2):
        for k in range(2, (n + 1) // 2, 2):
            # Majority is twice 1{at most (n - 1) / 2 signs are -1}, but for its mean.
            inside, outside = (
                2 * abs(threshold_coefficient(n, size, (n - 1) // 2)) for size in (k - 1, k + 1)
            )
            if (k - 1) * inside != (n - k) * outside:
                broken.append((n, k))
            slack[n, k] = float(inside - outside) / (BOUND * (n - 1) ** (-(k - 1) / 2))
    tightest = min(slack, key=slack.__getitem__)
    return MajorityFacts(len(slack), tuple(broken), slack[tightest], tightest)


def claim_bound(facts: MajorityFacts, largest: int) -> Claim:
    """The ratio of the two coefficients, and the lower bound on their difference."""
    n, k = facts.tightest
    return Claim(
        name="majority-bound",
        statement=(
            "Majority's coefficients obey |xi_(k-1)| = (n - k) / (k - 1) |xi_(k+1)|, and its gap "
            f"is at least {BOUND} (n - 1)^(-(k - 1) / 2)."
        ),
        source="section 4.1",
        published=f"{BOUND} (n - 1)^(-(k - 1) / 2)",
        measured=(
            f"in exact fractions {len(facts.broken)} of {facts.cases} ratios differ; the gap is at "
            f"least {number(facts.slack)} times the bound, least at n = {n}, k = {k}"
        ),
        answer="yes" if not facts.broken and facts.slack >= 1 else "no",
        because=(
            f"Rule: both hold at every odd n from 5 to {largest} and even k below (n + 1) / 2, "
            "where there is a gap."
        ),
    )


def enumeration_errors(largest: int) -> dict[tuple[int, int], float]:
    """By (n, k): |gap by enumeration of 2^n inputs - gap in closed form|."""
    from parity_compare.problems.fourier import fourier_coefficients, fourier_gap
    from parity_compare.problems.thresholds import majority_gap

    errors = {}
    for n in range(5, largest + 1, 2):
        minus = np.bitwise_count(np.arange(2**n, dtype=np.uint32)).astype(np.float64)
        coefficients = fourier_coefficients(np.sign(n - 2 * minus))
        for k in range(2, n, 2):
            counted = fourier_gap(coefficients, range(k))
            errors[n, k] = abs(counted - majority_gap(n, k))
    return errors


def claim_enumerated(errors: dict[tuple[int, int], float]) -> Claim:
    """The closed form against Definition 1."""
    worst = max(errors.values())
    n = max(n for n, _ in errors)
    return Claim(
        name="majority-enumerated",
        statement="Majority's gap in closed form is the Fourier gap of Definition 1.",
        source="definition 1 and section 4.1",
        published="",
        measured=f"largest difference {worst:.1g} in {len(errors)} cases",
        answer="yes" if worst <= ROUNDING else "no",
        because=(
            f"Rule: over all 2^n inputs, for odd n up to {n} and every even k < n, no gap differs "
            f"by more than {ROUNDING:g}."
        ),
    )


@dataclass(frozen=True)
class GradientCase:
    """The population gradient of a ReLU neuron at one sign vector.

    Attributes:
        n, k: the instance.
        error: largest |g_i - closed form| over the coordinates, in units of |xi_(k-1)| / 2.
        found: whether the k largest |g_i| are those of S.
    """

    n: int
    k: int
    error: float
    found: bool


def gradient_errors(largest: int, seed: int, starts: int = 2) -> list[GradientCase]:
    """The network's own gradient over all 2^n inputs against the closed form at sign vectors.

    Args:
        largest: the largest n, odd.
        seed: names the sign vectors and supports.
        starts: how many for each (n, k).
    """
    rng = generator("fourier-gap", "signs", seed)
    return [
        _gradient_case(rng, n, k)
        for n in range(9, largest + 1, 2)
        for k in (2, 4, 6)
        if 2 * k < n + 1
        for _ in range(starts)
    ]


def _gradient_case(rng: np.random.Generator, n: int, k: int) -> GradientCase:
    from parity_compare.problems.thresholds import majority_coefficient

    w: Reals = np.asarray(1.0 - 2 * rng.integers(0, 2, n), dtype=np.float64)
    support = np.sort(rng.choice(n, k, replace=False))
    inside = np.isin(np.arange(n), support)
    # The product over S without i, or with it: both are the product over S times w_i.
    xi = np.where(inside, majority_coefficient(n, k - 1), majority_coefficient(n, k + 1))
    closed = -0.5 * xi * np.prod(w[support]) * w
    gradient = _relu_gradient(w, support)
    largest = np.argsort(-np.abs(gradient), kind="stable")[:k]
    unit = abs(majority_coefficient(n, k - 1)) / 2
    return GradientCase(
        n, k, float(np.abs(gradient - closed).max() / unit), set(largest) == set(support)
    )


def _relu_gradient(w: Reals, support: npt.NDArray[np.intp]) -> Reals:
    """The population gradient ``(n,)`` of -y relu(w . x), by the network that is trained."""
    from parity_compare.algorithms.networks.catalogue import make_network
    from parity_compare.algorithms.networks.network import TrainedNetwork
    from parity_compare.problems.fourier import cube

    n = len(w)
    network = make_network("relu", n, width=1)
    values = {
        "W": np.append(w, 0.0).reshape(1, 1, n + 1).astype(np.float32),
        "u": np.ones((1, 1), np.float32),
        "c": np.zeros((1, 1), np.float32),
    }
    theta = {name: tensor[0].numpy() for name, tensor in network.assemble(values, "cpu").items()}
    bits = cube(n)
    labels = 1 - 2 * np.bitwise_xor.reduce(bits[:, support], axis=1).astype(np.float32)
    gradient = TrainedNetwork(network, theta).input_gradients(bits, -labels / len(bits))
    return np.asarray(gradient[0], dtype=np.float64)


def claim_gradient(cases: list[GradientCase]) -> Claim:
    """The gradient of the neuron that is trained, against the formula."""
    worst = max(case.error for case in cases)
    missed = sum(not case.found for case in cases)
    good = worst <= SINGLE and missed == 0
    return Claim(
        name="neuron-gradient",
        statement=(
            "At a sign vector w the population gradient of a ReLU neuron is -1/2 xi_(k-1) times "
            "the product of w over S without i for i in S, and -1/2 xi_(k+1) times that over S and "
            "i elsewhere: its k largest coordinates are S."
        ),
        source="section 4.1",
        published="",
        measured=(
            f"largest error {worst:.1g} of |xi_(k-1)| / 2; S is on top in "
            f"{len(cases) - missed} of {len(cases)} cases"
        ),
        answer="yes" if good else "no",
        because=(
            "Rule: the network's own gradient over all inputs, in single precision, is within "
            f"{SINGLE:g} of |xi_(k-1)| / 2 everywhere, and S is on top everywhere, for odd n up to "
            f"{max(case.n for case in cases)} and k = 2, 4, 6."
        ),
    )


def sine_ratios(draws: int, seed: int, n: int = 15) -> dict[str, list[float]]:
    """By the law of w: Fourier gaps of sin(w . x / sqrt(n)) over majority's, by enumeration."""
    from parity_compare.problems.fourier import cube, fourier_coefficients, fourier_gap
    from parity_compare.problems.thresholds import majority_gap

    rng = generator("fourier-gap", "sine", seed)
    weights = {
        "signs": 1.0 - 2 * rng.integers(0, 2, (draws, n)),
        "uniform on [-1, 1]": rng.uniform(-1, 1, (draws, n)),
        "Gaussian": rng.standard_normal((draws, n)),
    }
    signs = 1.0 - 2 * cube(n)
    whole = majority_gap(n, DEGREE)
    return {
        law: [
            fourier_gap(fourier_coefficients(np.sin(signs @ w / np.sqrt(n))), range(DEGREE)) / whole
            for w in drawn
        ]
        for law, drawn in weights.items()
    }


def claim_sine(ratios: dict[str, list[float]]) -> Claim:
    """Figure 12's start: gaps at random weights beside majority's."""
    medians = {law: exact_median(drawn) for law, drawn in ratios.items()}
    answers = {within(median, 1 / COMPARABLE, COMPARABLE) for median in medians.values()}
    answer: Answer = answers.pop() if len(answers) == 1 else "undecided"
    measured = "; ".join(f"{law} {with_interval(median)}" for law, median in medians.items())
    return Claim(
        name="sine-start",
        statement=(
            "At random weights w the Fourier gap of sin(w . x / sqrt(n)) is comparable to that of "
            "majority."
        ),
        source="figure 12",
        published="comparable",
        measured=f"median ratio of the gaps at n = 15, k = {DEGREE}, by the law of w: {measured}",
        answer=answer,
        because=(
            "Rule: the sign test's interval of the median lies within a factor of "
            f"{COMPARABLE:g}, which is ours, for every law of w, or outside for every law. Which "
            "law the paper has is not known to us, so where laws differ nothing is decided."
        ),
    )
