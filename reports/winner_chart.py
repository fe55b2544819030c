"""How a winner map is drawn: a field of cells, filled, pale, outlined or hatched."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import altair as alt

from parity_compare.reports import charts
from parity_compare.reports.charts import Spec
from parity_compare.reports.contest import DECIDED, UNDECIDED, UNOPPOSED, UNSOLVED

_GAP = 0.035
"""Between a cell's edge and its middle line to the next, in cells."""

_OPACITY = {DECIDED: 1.0, UNDECIDED: 0.3, UNOPPOSED: 0.12, UNSOLVED: 0.0}
_HATCHES = 5
_LETTER = 6.6
"""Width of a letter of a cell's label, in pixels, on average."""

_AXIS_HEIGHT = 48
_HEIGHT = 320
_CELL_HEIGHTS = (26, 44)
"""Height of all cells together, if they are neither lower nor higher than this."""


def winner_chart(
    across: tuple[str, Sequence[str]],
    up: tuple[str, Sequence[str]] | None,
    tips: Mapping[str, str],
) -> Spec:
    """A cell per instance in the colour of who is ahead there.

    Dataset ``cells``: x, y (places on the axes, from 0), outcome, colour, text, side (the label,
    and the letter that stands for it where it has no room), and what the tooltip's expressions
    name.

    Args:
        across, up: title and values in words of the horizontal and the vertical axis; a field of
            one row has no vertical one.
        tips: the tooltip's lines: a title, and a Vega expression of ``datum``.
    """
    wide, high = len(across[1]), len(up[1]) if up else 1
    x = alt.X("left:Q", title=across[0], axis=_axis(across[1]), scale=_scale(wide))
    y_axis = _axis(up[1]) if up else None
    y = alt.Y("below:Q", title=up[0] if up else None, axis=y_axis, scale=_scale(high))
    half = 0.5 - _GAP
    cells = alt.Chart(alt.NamedData("cells")).transform_calculate(
        left=f"datum.x - {half}",
        right=f"datum.x + {half}",
        below=f"datum.y - {half}",
        above=f"datum.y + {half}",
        pale=_choose(_OPACITY),
        outline=f"datum.outcome == '{UNOPPOSED}' || datum.outcome == '{UNSOLVED}' ? 1.2 : 0",
        edge=f"datum.outcome == '{UNSOLVED}' ? 'var(--line)' : datum.colour",
        ink=f"datum.outcome == '{DECIDED}' ? 'var(--page)' : 'var(--ink)'",
        fits=f"length(datum.text) * {_LETTER} + 6 < width / {wide}",
        told="datum.fits ? datum.text : datum.side",
    )
    lines = {f"tip{i}": text for i, text in enumerate(tips.values())}
    tooltip = [alt.Tooltip(f"tip{i}:N", title=title) for i, title in enumerate(tips)]
    rects = (
        cells.transform_calculate(**lines)
        .mark_rect(cornerRadius=2)
        .encode(
            x=x,
            x2="right:Q",
            y=y,
            y2="above:Q",
            fill=alt.Fill("colour:N", scale=None),
            fillOpacity=alt.FillOpacity("pale:Q", scale=None),
            stroke=alt.Stroke("edge:N", scale=None),
            strokeWidth=alt.StrokeWidth("outline:Q", scale=None),
            tooltip=tooltip,
        )
    )
    hatched = (
        cells.transform_filter(f"datum.outcome == '{UNSOLVED}'")
        .transform_calculate(hatch=json.dumps(_hatches(half)))
        .transform_flatten(["hatch"])
        .transform_calculate(
            left="datum.x + datum.hatch[0]",
            below="datum.y + datum.hatch[1]",
            right="datum.x + datum.hatch[2]",
            above="datum.y + datum.hatch[3]",
        )
        .mark_rule(stroke="var(--muted)", strokeWidth=1, opacity=0.55, tooltip=None)
        .encode(x=x, x2="right:Q", y=y, y2="above:Q")
    )
    middle_x = alt.X("x:Q", title=across[0], axis=_axis(across[1]), scale=_scale(wide))
    middle_y = alt.Y("y:Q", title=up[0] if up else None, axis=y_axis, scale=_scale(high))
    labels = cells.mark_text(fontSize=11.5, fontWeight=600, tooltip=None).encode(
        x=middle_x, y=middle_y, text="told:N", color=alt.Color("ink:N", scale=None)
    )
    least, most = _CELL_HEIGHTS
    height = min(most, max(least, _HEIGHT // high)) * high + _AXIS_HEIGHT
    return charts.finish(alt.layer(rects, hatched, labels), height)


def _scale(count: int) -> alt.Scale:
    return alt.Scale(domain=[-0.5, count - 0.5], nice=False, zero=False)


def _axis(words: Sequence[str]) -> alt.Axis:
    return alt.Axis(
        values=list(range(len(words))),
        labelExpr=f"{json.dumps(list(words))}[datum.value]",
        labelOverlap=True,
        ticks=False,
        domain=False,
        grid=False,
    )


def _choose(by_outcome: Mapping[str, float]) -> str:
    """An expression that is each outcome's value."""
    cases = [f"datum.outcome == '{name}' ? {value} : " for name, value in by_outcome.items()]
    return "".join(cases) + "0"


def _hatches(half: float) -> list[list[float]]:
    """Rising diagonals across a cell from -half to half: x, y of the ends of each."""
    lines: list[list[float]] = []
    for i in range(1, 2 * _HATCHES):
        # The diagonals x - y = shift, cut off by the cell's edges.
        shift = 2 * half * (i / _HATCHES - 1)
        low, high = max(-half, -half + shift), min(half, half + shift)
        lines.append([round(end, 4) for end in (low, low - shift, high, high - shift)])
    return lines
