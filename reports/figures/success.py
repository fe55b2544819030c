"""Who solves how much: success rates with Wilson's intervals."""

from __future__ import annotations

from collections.abc import Sequence

from parity_compare.reports import wording
from parity_compare.reports.digest import Digest, Entry
from parity_compare.reports.figure import Caption, Chart, Figure, Key, Panel, Row, View
from parity_compare.reports.figures.axes import PANELS_AT_MOST, Axis, Grid, by_panel, left_out
from parity_compare.reports.figures.line_charts import rate_lines
from parity_compare.reports.figures.marks import (
    clean,
    contestant_columns,
    contestant_keys,
    mark,
    row_name,
)
from parity_compare.reports.figures.row_charts import rate_rows

_TITLE = "Success rate"
_NAMED_AT_MOST = 6


def success_figure(digest: Digest) -> Figure | None:
    """The figure, or None if there is nothing to draw."""
    if not digest.entries:
        return None
    grid = Grid(digest)
    rates = [_rate(grid, entry) for entry in digest.entries]
    views: dict[tuple[str, ...], View] = {(): _rows(rates)}
    several = len(digest.instances) > 1
    if several:
        views = {(axis.name,): _lines(digest, grid, axis, rates) for axis in grid.axes}
    return Figure(
        "success",
        _TITLE,
        _caption(several=several),
        views,
        {"rates": rates},
        [grid.control] if several else [],
    )


def _caption(*, several: bool) -> Caption:
    see = (
        "Where learning ends: a rate that falls along the axis marks where a learner reaches its "
        "limits of time, steps or examples, or where what it rests on fails."
        if several
        else "Which learners can be relied upon within the limits of this run."
    )
    return Caption(
        see=see,
        computed="Solved trials over all trials, with Wilson’s 95 % interval. A trial is solved if "
        "the answer is exactly S, or if a predictor without an answer is right on all of 8192 "
        "fresh clean examples.",
        omits="With higher limits a rate can rise, so it belongs to this run’s limits and, where a "
        "trial ran into a limit of time, to this machine. It says nothing of what success cost.",
    )


def _rate(grid: Grid, entry: Entry) -> Row:
    contestant, rate = entry.contestant, entry.rate
    shape, dash = mark(contestant)
    return {
        **contestant_columns(contestant),
        **grid.row(entry.instance),
        "trials": entry.trials,
        "solved": entry.solved,
        "rate": clean(rate.estimate),
        "low": clean(rate.low),
        "high": clean(rate.high),
        "text": f"{wording.share(rate.estimate)} {wording.rate_bracket(rate)}",
        "count": f"{entry.solved}/{entry.trials}",
        "row": row_name(contestant),
        "colour": contestant.colour,
        "shape": shape,
        "dash": list(dash),
        "series": str(contestant.index),
        "shift": grid.shift(contestant),
    }


def _rows(rates: Sequence[Row]) -> View:
    alt = f"{_TITLE} by learner: " + ", ".join(
        f"{row['learner']} {row['solved']} of {row['trials']}" for row in rates
    )
    spec = rate_rows([row["row"] for row in rates])
    legend = [
        Key("share of trials solved", "var(--muted)", "circle"),
        Key("95 % interval", "var(--muted)", "band"),
    ]
    return View({"": [Panel([Chart(spec, {"rates": "rates"}, alt)])]}, legend, columns=1)


def _lines(digest: Digest, grid: Grid, axis: Axis, rates: Sequence[Row]) -> View:
    spec = rate_lines(axis, grid.ticks(axis))
    panels = grid.panels(axis)
    drawn = [
        Panel([Chart(spec, {"rates": "rates"}, _alt(rows, axis, title), title, panels[title])])
        for title, rows in list(by_panel(rates, panels).items())[:PANELS_AT_MOST]
    ]
    legend = [
        *contestant_keys(digest.contestants),
        Key("95 % interval", "var(--muted)", "band"),
    ]
    return View(
        {"": drawn},
        legend,
        [note for note in [left_out(panels)] if note],
        columns=1 if len(drawn) == 1 else 2 if len(drawn) <= 4 else 3,
    )


def _alt(rates: Sequence[Row], axis: Axis, facet: str) -> str:
    """How the rates run along the axis, in a sentence."""
    courses: dict[str, list[Row]] = {}
    for row in rates:
        courses.setdefault(row["learner"], []).append(row)
    said = []
    for learner, course in list(courses.items())[:_NAMED_AT_MOST]:
        shares = [f"{row['solved']} of {row['trials']}" for row in course]
        said.append(
            f"{learner} {shares[0]} everywhere"
            if len(set(shares)) == 1
            else f"{learner} {shares[0]} at first, {shares[-1]} at last"
        )
    more = len(courses) - len(said)
    rest = f"; and {more} more" if more else ""
    place = f", {facet}" if facet else ""
    return f"{_TITLE} against {axis.title}{place}. {'; '.join(said)}{rest}."
