"""The four panels of figure 1, right, and the learners that stand for them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from parity_compare.algorithms.sgd import SGD

STEPS = 10_000
"""Limit of every trial: the figure's curves end there."""


@dataclass(frozen=True)
class Panel:
    """One panel of the figure.

    Attributes:
        title: what is trained.
        learner: the learner that stands for it, at the defaults of its network, which were chosen
            after the fact to come near this figure (docs/calibration.md).
        within: the tolerance on a ratio of medians, in words.
        low, high: the ratios, ours over the published, that it allows.
    """

    title: str
    learner: SGD
    within: str
    low: float
    high: float

    def at(self, published: int) -> SGD:
        """The learner of one point, which asks whether it is done at every step, or every
        hundredth of the published number if that is more.

        Times are thus rounded up by at most 1 % of the published number, and slow points do not
        spend most of their time on the question.
        """
        return replace(self.learner, check_every=max(1, published // 100))


PANELS = {
    "relu-100": Panel("ReLU network, width 100", SGD(), "25 %", 0.75, 1.25),
    "xk-100": Panel(
        "z^k network, width 100", SGD(network="power"), "a factor of 1.5", 1 / 1.5, 1.5
    ),
    "sine-neuron": Panel(
        "one sine neuron without second layer",
        SGD(network="sine", second_layer=False),
        "a factor of 1.5",
        1 / 1.5,
        1.5,
    ),
    "polynet": Panel("PolyNet", SGD(network="polynet"), "a factor of 1.5", 1 / 1.5, 1.5),
}
