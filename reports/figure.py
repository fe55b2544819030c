"""What a figure is: charts in panels with their data, a caption, and what its reader may choose.

Everything is decided here, in Python: the page only shows the view that was chosen and draws its
charts. ``parity-compare figure`` draws the same views into files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from parity_compare.problems.errors import InvalidInput
from parity_compare.reports.contestants import Contestant

Spec = dict[str, Any]
"""A Vega-Lite specification without data, which names the datasets it draws."""
Row = dict[str, Any]
"""One row of a table: texts, numbers, booleans, None, or short lists of numbers."""

DRAWING = frozenset(
    ("align", "at", "colour", "dash", "expected_text", "fill", "jitter", "median_text", "opacity",
     "row", "series", "shape", "shift", "side", "stroke", "text", "x", "x2", "y", "y2")
)  # fmt: skip
"""Columns that say how a row is drawn; tables for readers, such as CSV files, leave them out."""

SWITCH = "among "
"""How columns begin that only say under which choices a row is drawn; readers see none of them."""


@dataclass(frozen=True)
class Caption:
    """What every figure tells its reader; the three parts are plain text.

    Words between backticks are set as code.

    Attributes:
        see: what to see.
        computed: how it was computed.
        omits: what it does not show.
    """

    see: str
    computed: str
    omits: str


@dataclass(frozen=True)
class Chart:
    """One picture.

    Attributes:
        spec: the specification; its ``height`` is that of the box kept for it, in pixels.
        data: by the name of a dataset in the specification, the table of the figure it is.
        alt: what it shows in a sentence, for those who do not see it.
        title: stands above it; may be empty.
        where: only rows of the tables that have these values are drawn.
        note: stands below it; may be empty.
    """

    spec: Spec
    data: Mapping[str, str]
    alt: str
    title: str = ""
    where: Mapping[str, str | float] = field(default_factory=dict)
    note: str = ""

    @property
    def height(self) -> int:
        """Of its box, in pixels."""
        return int(self.spec["height"])


@dataclass(frozen=True)
class Panel:
    """Charts below each other, under a contestant's name where it is one's own."""

    charts: Sequence[Chart]
    contestant: Contestant | None = None


@dataclass(frozen=True)
class Key:
    """One entry of a legend.

    Attributes:
        label: what it stands for.
        colour: a CSS colour, usually a variable such as ``var(--ink)``.
        shape: Vega's name of a symbol, ``band`` for an interval, ``tick`` for a median's mark, or
            empty for a line alone.
        dash: the line's dashes; None for no line.
        remark: stands behind the label, muted.
        hollow: whether the shape is outlined instead of filled.
        size: of the shape, against that of a contestant's mark.
    """

    label: str
    colour: str
    shape: str = ""
    dash: tuple[int, ...] | None = None
    remark: str = ""
    hollow: bool = False
    size: float = 1.0


@dataclass(frozen=True)
class View:
    """What is shown under one choice.

    Attributes:
        groups: panels by heading, side by side under it; an empty heading is not shown.
        legend: what its marks and lines stand for.
        notes: what was left out, or why there is nothing; plain sentences.
        columns: panels side by side at most on a wide screen.
    """

    groups: Mapping[str, Sequence[Panel]] = field(default_factory=dict)
    legend: Sequence[Key] = ()
    notes: Sequence[str] = ()
    columns: int = 2

    @property
    def panels(self) -> list[Panel]:
        """All panels in reading order."""
        return [panel for panels in self.groups.values() for panel in panels]

    @property
    def charts(self) -> list[Chart]:
        """All charts in reading order."""
        return [chart for panel in self.panels for chart in panel.charts]


@dataclass(frozen=True)
class Control:
    """A choice that the reader has.

    Attributes:
        name: ``currency`` is one switch for all figures; other names belong to their figure.
        label: stands before the options.
        options: value and label of each; the first is chosen at first.
        several: whether any number of them, but at least one, can be chosen: at first all are. The
            choice is then the chosen values in their order, joined by ``+``.
    """

    name: str
    label: str
    options: Sequence[tuple[str, str]]
    several: bool = False

    @property
    def values(self) -> list[str]:
        """Everything that can be chosen, the first choice first."""
        single = [value for value, _ in self.options]
        if not self.several:
            return single
        subsets = [
            "+".join(value for bit, value in enumerate(single) if chosen >> bit & 1)
            for chosen in range(1, 2 ** len(single))
        ]
        return subsets[::-1]


@dataclass(frozen=True)
class Figure:
    """One figure of the report.

    Attributes:
        name: identifies it in the page and on the command line, such as ``cost``.
        title: its heading.
        caption: what it says.
        views: by what is chosen in each control, in their order; ``()`` without any.
        tables: the data of all views by name; columns have names that a reader of the CSV file
            understands.
        controls: what can be chosen.

    Raises:
        InvalidInput: a view is missing, or a chart draws a table that is not there.
    """

    name: str
    title: str
    caption: Caption
    views: Mapping[tuple[str, ...], View]
    tables: Mapping[str, Sequence[Row]]
    controls: Sequence[Control] = ()

    def __post_init__(self) -> None:
        expected = set(product(*(control.values for control in self.controls)))
        if set(self.views) != expected:
            odd = sorted(expected.symmetric_difference(self.views))[0]
            raise InvalidInput(f"figure {self.name} must have a view for every choice, see {odd}")
        for view in self.views.values():
            for chart in view.charts:
                for table in chart.data.values():
                    if table not in self.tables:
                        raise InvalidInput(f"figure {self.name} has no table {table!r}")

    @property
    def first(self) -> tuple[str, ...]:
        """The choice at first."""
        return tuple(control.values[0] for control in self.controls)

    def rows(self, chart: Chart) -> dict[str, list[Row]]:
        """What a chart draws, by the names of its specification's datasets."""
        return {
            name: [row for row in self.tables[table] if _matches(row, chart)]
            for name, table in chart.data.items()
        }


def is_drawing(column: str) -> bool:
    """Whether a column is about the picture alone, and no part of what a reader is given."""
    return column in DRAWING or column.startswith(SWITCH)


def _matches(row: Row, chart: Chart) -> bool:
    """Whether the chart draws the row."""
    return all(row.get(column, value) == value for column, value in chart.where.items())
