"""The grid that was run, as figures see it: its axes, and the panels of what varies besides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from parity_compare.reports.contestants import Contestant, Instance
from parity_compare.reports.digest import Digest
from parity_compare.reports.figure import Control, Row

Where = dict[str, str | float]
"""What the rows of a panel have in common, by column."""
PANELS_AT_MOST = 12
"""Panels of one view; the tables have the rest."""

_APART = 0.022
"""Neighbouring contestants' marks are set apart by this share of the axis, lest they hide."""


@dataclass(frozen=True)
class Axis:
    """A coordinate that can be drawn along.

    Attributes:
        name: the instance's field, and the column of the tables.
        label: stands on the switch.
        title: the title of the drawn axis.
        logarithmic: how it is drawn.
    """

    name: str
    label: str
    title: str
    logarithmic: bool

    def domain(self, values: Sequence[float]) -> tuple[float, float]:
        """The range of the values with some air on both sides."""
        low, high = min(values), max(values)
        if self.logarithmic:
            air = (high / low) ** 0.1 if high > low else 1.5
            return (low / air, high * air)
        air = 0.1 * (high - low) or 0.5
        return (low - air, high + air)


AXES = {
    axis.name: axis
    for axis in (
        Axis("n", "n", "n, bits", True),
        Axis("k", "k", "k, size of S", False),
        Axis("noise", "Noise", "noise rate", False),
        Axis("sample_size", "Samples", "examples in the sample", True),
    )
}


class Grid:
    """The instances of a digest, by coordinates that stand in the tables' columns.

    A missing ``k`` is written ``dense``, a missing ``sample_size`` ``fresh``. Columns ``kind`` and
    ``replays`` are there if some instance is of another kind than usual.
    """

    def __init__(self, digest: Digest) -> None:
        self.instances = digest.instances
        self._values = {
            name: {_written(instance, name) for instance in self.instances}
            for name in (*AXES, "variant", "replays")
        }
        self._shifts = _shifts(digest.contestants)
        odd = [name for name in ("variant", "replays") if len(self.values(name)) > 1]
        self._coordinates = (*AXES, *odd)

    def values(self, name: str) -> set[float | str]:
        """What a coordinate takes."""
        return self._values[name]

    @property
    def axes(self) -> list[Axis]:
        """Those that vary and are numbers everywhere; n if there is none such."""
        drawn = [
            axis
            for axis in AXES.values()
            if len(values := self.values(axis.name)) > 1
            and not any(isinstance(value, str) for value in values)
        ]
        return drawn or [AXES["n"]]

    @property
    def control(self) -> Control:
        """The choice of the axis to draw along."""
        return Control("axis", "Against", [(axis.name, axis.label) for axis in self.axes])

    def ticks(self, axis: Axis) -> list[float]:
        """The axis's values, ascending."""
        return sorted(float(value) for value in self.values(axis.name))

    def row(self, instance: Instance) -> Row:
        """An instance's coordinates as columns."""
        return {_column(name): _written(instance, name) for name in self._coordinates}

    def shift(self, contestant: Contestant) -> float:
        """How far beside its value a contestant is drawn, as a share of the axis."""
        return self._shifts[contestant.index]

    def panels(self, axis: Axis) -> dict[str, Where]:
        """The panels along an axis by title: what the rows of each have in common."""
        others = [
            name for name in self._coordinates if name != axis.name and len(self.values(name)) > 1
        ]
        found: dict[str, Where] = {}
        for instance in self.instances:
            facts = instance.facts()
            title = ", ".join(facts[name] for name in others)
            if title not in found:
                found[title] = {_column(name): _written(instance, name) for name in others}
        return found


def by_panel(rows: Iterable[Row], panels: Mapping[str, Where]) -> dict[str, list[Row]]:
    """The rows of each panel by its title; panels without any are left out."""
    columns = list(next(iter(panels.values()), {}))
    titles = {tuple(where.values()): title for title, where in panels.items()}
    found: dict[str, list[Row]] = {title: [] for title in panels}
    for row in rows:
        found[titles[tuple(row[column] for column in columns)]].append(row)
    return {title: members for title, members in found.items() if members}


def left_out(panels: Mapping[str, object]) -> str:
    """The note on panels that are not drawn, empty if all are."""
    if len(panels) <= PANELS_AT_MOST:
        return ""
    return f"{PANELS_AT_MOST} of {len(panels)} panels are drawn; the table has the rest."


def _column(name: str) -> str:
    return "kind" if name == "variant" else name


def _written(instance: Instance, name: str) -> float | str:
    value = getattr(instance, name)
    if value is None:
        return "dense" if name == "k" else "fresh"
    written: float | str = value
    return written


def _shifts(contestants: Sequence[Contestant]) -> dict[int, float]:
    step = min(_APART, 0.09 / max(1, len(contestants)))
    middle = (len(contestants) - 1) / 2
    return {c.index: round(step * (c.index - middle), 5) for c in contestants}
