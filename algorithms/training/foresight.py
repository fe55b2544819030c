"""What training one network is expected to take: a scaling law for its steps, and its memory."""

from __future__ import annotations

import math

from parity_compare.algorithms.forecast import Forecast, exponential, ln_subset_count
from parity_compare.algorithms.networks.network import padded
from parity_compare.algorithms.recognition import SCREEN, VERIFICATION
from parity_compare.algorithms.training.engines import compiled
from parity_compare.algorithms.training.recipe import Recipe
from parity_compare.algorithms.training.supply import LIST_RING, RECENT
from parity_compare.problems.bits import words_for

_LAWS = {
    "relu": (0.389, 0.623, 0.281),
    "power": (0.811, 0.550, 0.313),
    "sine": (1.134, 0.789, 0.223),
    "polynet": (0.929, 0.745, 0.231),
}
"""a, b, c of the law: steps = exp(a + b k) C(n, k)^c.

Least squares on the medians that docs/benchmarks/figure1.md tells of, 10 <= n <= 40, 2 <= k <= 8,
by benchmarks/steps_law.py. They are met within a factor of 1.2 (polynet) to 1.4 (power), once 3.5.
Outside these sizes the law is a guess, on the low side: for larger n the exponent of n, here c k,
rises towards k - 1.
"""

LAW_BITS, LAW_SIZES = (10, 40), (2, 8)
"""The least and the largest n and k that the law was fitted on."""

_FAMILIES = {
    "k-zigzag": "sine",
    "polynomial": "sine",
    "zigzag": "sine",
    "disjoint-polynet": "polynet",
    "deep": "relu",
    "transformer": "relu",
}
"""Networks that were not measured, and those whose law they borrow."""

_ASIDE = 0.1
"""Seconds beside the clock per network, of the order of what was measured at 20 <= n <= 30."""

_MOST_STEPS = 1e250  # so that their operations are finite
_COPIES = 4
"""Of a trial's weights: drawn, stacked, in training, and left behind with the finding."""
_OBJECTS = 12_000
"""Bytes of one trial's oracle, generators and other Python objects."""


def steps_law(network: str, n: int, k: int | None, noise: float) -> float:
    """Updates until a network is expected to be the parity.

    It was fitted without noise. Noise at rate eta weakens the signal to 1 - 2 eta, and to tell a
    signal so weak from chance takes 1 / (1 - 2 eta)^2 as many examples. Learning rate, width, start
    and temperature do not enter: the law's constant is corrected by whoever knows finished trials.

    Args:
        network: its name, see :mod:`..networks.catalogue`.
        n, k, noise: the instance; without k, half of all coordinates.
    """
    a, b, c = _LAWS[_FAMILIES.get(network, network)]
    size = max(1, n // 2) if k is None else k
    ln_steps = a + b * size + c * ln_subset_count(n, size) - 2 * math.log(1 - 2 * noise)
    return max(1.0, min(_MOST_STEPS, exponential(ln_steps)))


def forecast_training(recipe: Recipe, steps: float, *, samples: int | None = None) -> Forecast:
    """What ``steps`` updates of one network take.

    Args:
        recipe: how it is trained.
        steps: expected number of updates.
        samples: size of a fixed list of examples, None for fresh ones.
    """
    examples = steps * recipe.batch if samples is None else None
    memory = bytes_per_trial(recipe, samples=samples)
    operations = steps * recipe.operations()
    return Forecast(
        operations,
        memory,
        steps=steps,
        examples=examples,
        aside=_ASIDE,
        samples=examples if samples is None else samples,
    )


def bytes_per_trial(recipe: Recipe, *, samples: int | None = None) -> int:
    """Bytes that one more trial adds to a batch, those on host and GPU together.

    Weights; the ring of recent examples, a fixed list with its order, and the clean examples of a
    judge's probes; outside the compiled path on the CPU also the gradient, a batch with its hidden
    layers, and the inputs of the stopping rule's first test. Measured as the growth of a process
    with the number of trials in a batch, it is from a sixth less to a third more than what is held,
    and at width 1000 up to 1.7 times as much (benchmarks/batch_memory.py).
    """
    network = recipe.network
    n, columns = network.n, padded(network.n + 1)
    weights = sum(math.prod(block.stored) for block in network.blocks().values())
    floats = weights * (_COPIES + {"momentum": 1, "adam": 3}.get(recipe.optimiser, 0))
    if not (compiled(recipe) and recipe.device == "cpu"):
        batch, hidden = padded(recipe.batch), network.activations()
        screen = padded(SCREEN + n + 1)
        floats += weights + batch * (2 * columns + hidden + 4) + screen * (2 * columns + hidden)
    example = 8 * words_for(n) + 1
    held = VERIFICATION * example
    if samples is None:
        held += (RECENT + recipe.batch) * example
    else:
        held += LIST_RING * example + samples * (example + 8)
    return 4 * floats + held + _OBJECTS
