"""The axis of update steps on which all gradient learners are drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

_EDGE = 24
"""Pixels from the ends of the axis within which a label is set against the end."""
_WIDE = 5
"""An axis on which the longest course is so many times the shortest is logarithmic."""


@dataclass(frozen=True)
class StepAxis:
    """The one axis of update steps on which all learners are drawn, so that lengths compare.

    Attributes:
        reach: the last step shown.
        logarithmic: whether it is log(1 + step), which has a place for step 0.
    """

    reach: float
    logarithmic: bool

    @classmethod
    def over(cls, reaches: Sequence[float]) -> StepAxis:
        """Linear, unless the shortest course would be squeezed beside the longest."""
        return cls(max(reaches), max(reaches) > _WIDE * min(reaches))

    @property
    def end(self) -> float:
        """Where the axis ends, a little beyond the last step."""
        return (1 + self.reach) ** 1.03 - 1 if self.logarithmic else self.reach * 1.03

    def scale(self) -> alt.Scale:
        """From step 0 to the end."""
        if not self.logarithmic:
            return alt.Scale(domain=[0, self.end], nice=False)
        return alt.Scale(type="symlog", constant=1, domain=[0, self.end], nice=False)

    def axis(self, *, labels: bool) -> alt.Axis:
        """Few ticks; on the logarithmic axis 0 and the powers of ten."""
        # A label that stood out on the right would narrow this chart alone among those above it.
        flush = {"labelFlush": _EDGE} if labels else {}
        settings = {"labels": labels, "ticks": False, "format": ",d", "grid": False, **flush}
        if not self.logarithmic:
            return alt.Axis(tickCount=5, tickMinStep=1, **settings)
        powers = range(1 + math.floor(math.log10(max(self.reach, 1))))
        return alt.Axis(values=[0, *(10**power for power in powers)], **settings)

    def x(self, field: str, *, labels: bool) -> alt.X:
        """The channel; only the lowest chart of a panel is labelled."""
        title = "update step" if labels else None
        return alt.X(f"{field}:Q", title=title, axis=self.axis(labels=labels), scale=self.scale())
