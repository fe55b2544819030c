"""What a test of mechanism says."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from parity_compare.problems.errors import InvalidInput

Answer = Literal["yes", "no", "undecided"]


@dataclass(frozen=True)
class Verdict:
    """The answer to one question; every test returns a subclass that adds its statistics.

    Attributes:
        question: what was asked, such as "Is the time to success memoryless?".
        answer: ``yes`` or ``no`` if the test decides at its level, else ``undecided``.
        sentence: the answer in words, with the statistic that it rests on.
    """

    question: str
    answer: Answer
    sentence: str


def check_level(level: float, resamples: int, tests: int = 1) -> None:
    """Refuse a level at which nothing could be decided.

    The least p-value of ``resamples`` draws is 1 / (resamples + 1).

    Args:
        level: chance of a wrong answer.
        resamples: bootstrap samples or permutations.
        tests: how many p-values share the level (Bonferroni).

    Raises:
        InvalidInput: a level outside of (0, 1), or too few resamples to reject at it.
    """
    if not 0 < level < 1:
        raise InvalidInput(f"level must lie in (0, 1), got {level}")
    fewest = math.ceil(tests / level) - 1
    if resamples < fewest:
        raise InvalidInput(f"resamples must be at least {fewest} at level {level}, got {resamples}")
