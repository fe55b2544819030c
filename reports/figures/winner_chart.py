"""How a winner map is drawn: a field of cells, filled, pale, outlined or hatched."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from parity_compare.reports.figures.charts import Spec, calculate, layer, layered, literal, number
from parity_compare.reports.figures.contest import DECIDED, SECONDS, UNDECIDED, UNOPPOSED, UNSOLVED
from parity_compare.reports.figures.currencies import Currency

_HALF = 0.465
"""From a cell's middle to its edge, in cells; the rest is the gap to its neighbours."""

_OPACITY = {DECIDED: 1.0, UNDECIDED: 0.3, UNOPPOSED: 0.12, UNSOLVED: 0.0}
_HATCHES = 5
_LETTER = 7.2
"""Width of a letter of a cell’s label, in pixels, generously: fonts differ."""

_AXIS_HEIGHT = 48
_HEIGHT = 320
_CELL_HEIGHTS = (26, 44)
"""Height of all cells together, if they are neither lower nor higher than this."""


@dataclass(frozen=True)
class MapAxis:
    """One axis of a map.

    Attributes:
        column: of the table, which says where a cell stands.
        title: of the axis.
        values: of the column, in the order of the axis.
        words: the same, as they are written.
    """

    column: str
    title: str
    values: Sequence[float | str]
    words: Sequence[str]

    @property
    def place(self) -> str:
        """An expression: where a cell stands, from 0."""
        return f"indexof({json.dumps(list(self.values))}, {_datum(self.column)})"

    @property
    def channel(self) -> Spec:
        """The axis with a word per cell; cells are one apart."""
        axis = {
            "values": list(range(len(self.words))),
            "labelExpr": f"{json.dumps(list(self.words))}[datum.value]",
            "labelOverlap": True,
            "ticks": False,
            "domain": False,
            "grid": False,
        }
        return {"title": self.title, "axis": axis, "scale": _scale(len(self.words))} | _NUMBER


@dataclass(frozen=True)
class Look:
    """How the cells of one contestant look.

    Attributes:
        colour: of the cell.
        label: stands in it.
        letter: stands in it where the label has no room; may be empty.
    """

    colour: str
    label: str
    letter: str


def winner_chart(
    across: MapAxis, up: MapAxis | None, looks: Mapping[str, Look], currency: Currency
) -> Spec:
    """A cell per instance in the look of who is ahead there.

    Dataset ``cells``: the axes' columns; outcome and reason; winner and runner_up (None where there
    is none), each with _median, _low, _high and _solved; unit; factor, factor_low and factor_high.

    Args:
        across, up: the axes; a field of one row has no vertical one.
        looks: of each winner.
        currency: how medians are written.
    """
    encoding = {
        "x": across.channel,
        "y": up.channel if up else {"title": None, "axis": None, "scale": _scale(1)} | _NUMBER,
    }
    places = calculate(x=across.place, y=up.place if up else "0")
    looks_of = calculate(look=_look(looks), fill="datum.look[0]")
    box = {
        "x": number("left"),
        "x2": {"field": "right"},
        "y": number("below"),
        "y2": {"field": "above"},
    }
    around = _corners([f"{end}" for end in (-_HALF, -_HALF, _HALF, _HALF)])
    tips = _tips(across, up, currency)
    told = [{"field": f"tip{i}", "type": "nominal", "title": title} for i, title in enumerate(tips)]
    cells = layer(
        "cells",
        {"type": "rect", "cornerRadius": 2},
        box
        | {
            "fill": literal("fill"),
            "fillOpacity": number("pale") | {"scale": None},
            "stroke": literal("fill"),
            "strokeWidth": number("outline") | {"scale": None},
        },
        *places,
        *looks_of,
        *around,
        *calculate(pale=_choose(_OPACITY), outline=f"datum.outcome == '{UNOPPOSED}' ? 1.2 : 0"),
    )
    hatches = layer(
        "cells",
        {"type": "rule", "stroke": "var(--muted)", "opacity": 0.55},
        box,
        f"datum.outcome == '{UNSOLVED}'",
        *places,
        *calculate(hatch=json.dumps(_hatches())),
        {"flatten": ["hatch"]},
        *_corners([f"datum.hatch[{i}]" for i in range(4)]),
    )
    doubt = f"datum.outcome == '{UNDECIDED}' ? "
    room = f"width / {len(across.words)} - 6"
    labels = layer(
        "cells",
        {"type": "text", "fontWeight": 600},
        {
            "x": number("x"),
            "y": number("y"),
            "text": {"field": "text", "type": "nominal"},
            "color": literal("ink"),
        },
        *places,
        *looks_of,
        *calculate(
            label=f"datum.look[1] + ({doubt}' ?' : '')",
            letter=f"datum.look[2] + ({doubt}'?' : '')",
            text=f"length(datum.label) * {_LETTER} < {room} ? datum.label : datum.letter",
            ink=f"datum.outcome == '{DECIDED}' ? 'var(--page)' : 'var(--ink)'",
        ),
    )
    # On top, for a label under the pointer would keep its cell from answering.
    answers = layer(
        "cells",
        {"type": "rect", "fill": "var(--page)", "fillOpacity": 0},
        box | {"tooltip": told},
        *places,
        *around,
        *calculate(**{f"tip{i}": text for i, text in enumerate(tips.values())}),
    )
    least, most = _CELL_HEIGHTS
    high = len(up.words) if up else 1
    height = min(most, max(least, _HEIGHT // high)) * high + _AXIS_HEIGHT
    return layered([cells, hatches, labels, answers], encoding, height)


_NUMBER: Spec = {"type": "quantitative"}


def _scale(count: int) -> Spec:
    return {"domain": [-0.5, count - 0.5], "nice": False, "zero": False}


def _corners(offsets: Sequence[str]) -> list[Spec]:
    """Transforms: two corners of something in a cell, by expressions from the cell's middle."""
    left, below, right, above = offsets
    return calculate(
        left=f"datum.x + {left}",
        below=f"datum.y + {below}",
        right=f"datum.x + {right}",
        above=f"datum.y + {above}",
    )


def _look(looks: Mapping[str, Look]) -> str:
    """An expression: the colour, label and letter of a cell."""
    known = {name: [look.colour, look.label, look.letter] for name, look in looks.items()}
    nobody = '["var(--muted)", "", ""]'
    return f"isValid(datum.winner) ? {json.dumps(known)}[datum.winner] : {nobody}"


def _choose(by_outcome: Mapping[str, float]) -> str:
    """An expression that is each outcome's value."""
    cases = [f"datum.outcome == '{name}' ? {value} : " for name, value in by_outcome.items()]
    return "".join(cases) + "0"


def _hatches() -> list[list[float]]:
    """Rising diagonals across a cell whose middle is 0: x, y of the ends of each."""
    lines: list[list[float]] = []
    for i in range(1, 2 * _HATCHES):
        # The diagonals x - y = shift, cut off by the cell's edges.
        shift = 2 * _HALF * (i / _HATCHES - 1)
        low, high = max(-_HALF, -_HALF + shift), min(_HALF, _HALF + shift)
        lines.append([round(end, 4) for end in (low, low - shift, high, high - shift)])
    return lines


def _tips(across: MapAxis, up: MapAxis | None, currency: Currency) -> dict[str, str]:
    """The tooltip's lines: titles, and expressions of what stands behind them."""
    tips = {
        axis.column.replace("_", " "): f"{json.dumps(list(axis.words))}[datum.{name}]"
        for axis, name in ((across, "x"), (up, "y"))
        if axis
    }
    for title, who in (("ahead", "winner"), ("next", "runner_up")):
        there = f"isValid(datum.{who}) ? "
        tips |= {
            title: f"{there}datum.{who} : '–'",
            f"{title}: median": f"{there}{_median(who, currency)} : '–'",
            f"{title}: solved": f"{there}datum.{who}_solved : '–'",
        }
    if currency.name not in _SIZES:
        tips["unit"] = "datum.unit"
    return tips | {"factor": _factor(), "outcome": "datum.reason"}


_SIZES: dict[str, tuple[tuple[float, float, str], ...]] = {
    SECONDS: ((1e-3, 1e-6, " µs"), (1.0, 1e-3, " ms"), (math.inf, 1.0, " s")),
    "peak_memory": (
        (1e3, 1.0, " B"), (1e6, 1e3, " kB"), (1e9, 1e6, " MB"), (math.inf, 1e9, " GB"),
    ),
}  # fmt: skip
"""Below what value a cost is written in units of what size, and their name."""


def _median(who: str, currency: Currency) -> str:
    """An expression that writes a median with its interval."""
    value, low, high = (
        _amount(f"datum.{who}_{end}", currency) for end in ("median", "low", "high")
    )
    return (
        f"(isValid(datum.{who}_median) ? {value} + ' [' + {low} + ', ' + {high} + ']' "
        ": 'no finite median')"
    )


def _amount(value: str, currency: Currency) -> str:
    """An expression that writes a cost to three digits, an infinite one, which is null, as ∞."""
    sizes = _SIZES.get(currency.name, ((math.inf, 1.0, ""),))
    cases = [
        f"{value} < {below!r} ? format({value} / {size!r}, ',.3~r') + '{unit}' : "
        for below, size, unit in sizes[:-1]
    ]
    _, size, unit = sizes[-1]
    largest = f"format({value} / {size!r}, ',.3~r') + '{unit}'"
    return f"(isValid({value}) ? ({''.join(cases)}{largest}) : '∞')"


def _factor() -> str:
    value, low, high = (
        f"(isValid(datum.{name}) ? format(datum.{name}, ',.2~r') : '∞')"
        for name in ("factor", "factor_low", "factor_high")
    )
    return f"isValid(datum.factor_low) ? {value} + ' [' + {low} + ', ' + {high} + ']' : '–'"


def _datum(column: str) -> str:
    return f"datum[{json.dumps(column)}]"
