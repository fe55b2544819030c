"""What a solution costs, in every currency, against every axis of the grid, beside theory."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from parity_compare.reports.digest import Digest, Entry
from parity_compare.reports.figure import Chart, Control, Figure, Panel, Row, Spec, View
from parity_compare.reports.figures import cost_tables as tables
from parity_compare.reports.figures import cost_words as words
from parity_compare.reports.figures.axes import PANELS_AT_MOST, Axis, Grid, by_panel
from parity_compare.reports.figures.currencies import Currency, currency_control, ranked, spent
from parity_compare.reports.figures.line_charts import cost_lines
from parity_compare.reports.figures.marks import row_name
from parity_compare.reports.figures.row_charts import cost_rows
from parity_compare.reports.figures.theory_curves import FORECAST_DASH, Curves, curves

_STATISTICS = (("median", "Median"), ("expected", "Expected, with restarts"))
_CHARTS_AT_MOST = 240
"""With more charts than that, theory cannot be hidden: it would double their number."""

Tables = dict[str, Sequence[Row]]
Choice = tuple[str, ...]


def cost_figure(digest: Digest) -> Figure | None:
    """The figure, or None if there is nothing to draw."""
    if not spent(digest):
        return None
    grid = Grid(digest)
    theory = curves(digest, grid)
    trials = tables.dots(digest, grid)
    data: Tables = {"forecasts": theory.forecasts, "bounds": theory.bounds, "trials": trials}
    draw = _over_grid if len(digest.instances) > 1 else _on_one_instance
    views, controls = draw(digest, grid, theory, data)
    used = {table for v in views.values() for chart in v.charts for table in chart.data.values()}
    return Figure(
        "cost",
        "Cost to solution",
        words.caption(digest, theory),
        views,
        {name: rows for name, rows in data.items() if name in used},
        controls,
    )


def _on_one_instance(
    digest: Digest, grid: Grid, theory: Curves, data: Tables
) -> tuple[dict[Choice, View], list[Control]]:
    """A row per contestant, the cheapest on top."""
    views: dict[Choice, View] = {}
    for currency in spent(digest):
        name = currency.name
        entries = _cheapest_first(digest, currency)
        rows = [row_name(entry.contestant) for entry in entries]
        limit = _limit(entries) if name == "seconds" else None
        estimates = tables.estimates(digest, grid, currency)
        domain = tables.domain(
            [row for row in estimates if row["row"] in rows],
            "median",
            [row for row in data["trials"] if row["row"] in rows],
            theory,
            currency,
            limit=limit,
        )
        data[name] = [
            tables.labelled(row, entry, currency, domain)
            for row, entry in zip(estimates, digest.entries, strict=True)
        ]
        spec = cost_rows(
            rows,
            name,
            domain,
            currency.axis,
            currency.quantity,
            limit=limit,
            bounds=[(bound.column, bound.dash) for bound in theory.bounding(name, "median")],
            forecasts=theory.foresees(name),
        )
        chart = Chart(spec, _sources(name, theory), words.alt_of_rows(data[name], rows, currency))
        views[(name,)] = View(
            {"": [Panel([chart])]},
            words.row_legend(theory, currency),
            words.row_notes(digest, currency, theory, limit),
            columns=1,
        )
    return views, [currency_control(digest)]


def _over_grid(
    digest: Digest, grid: Grid, theory: Curves, data: Tables
) -> tuple[dict[Choice, View], list[Control]]:
    """A line per contestant along an axis, a panel for whatever else varies."""
    currencies = spent(digest)
    controls = [currency_control(digest), grid.control, Control("statistic", "Show", _STATISTICS)]
    charts = sum(min(PANELS_AT_MOST, len(grid.panels(axis))) for axis in grid.axes)
    charts *= 2 * len(currencies) * len(_STATISTICS)
    switched = bool(theory.forecasts or theory.bounds) and charts <= _CHARTS_AT_MOST
    if switched:
        controls.append(Control("theory", "Theory", (("shown", "Shown"), ("hidden", "Hidden"))))
    for currency in currencies:
        data[currency.name] = tables.estimates(digest, grid, currency)
    views: dict[Choice, View] = {}
    statistics = [name for name, _ in _STATISTICS]
    for currency, axis, statistic in product(currencies, grid.axes, statistics):
        choice: Choice = (currency.name, axis.name, statistic)
        shown = _lines(digest, grid, theory, data, currency, axis, statistic)
        if switched:
            views[(*choice, "shown")] = shown
            choice = (*choice, "hidden")
            shown = _lines(digest, grid, Curves(), data, currency, axis, statistic)
        views[choice] = shown
    return views, controls


def _lines(
    digest: Digest,
    grid: Grid,
    theory: Curves,
    data: Tables,
    currency: Currency,
    axis: Axis,
    statistic: str,
) -> View:
    if (currency.name, statistic) == ("peak_memory", "expected"):
        return View(notes=[words.MEMORY_IS_NOT_SPENT])
    name = currency.name
    dots = data["trials"] if statistic == "median" else ()
    spec: Spec = cost_lines(
        axis,
        grid.ticks(axis),
        name,
        statistic,
        tables.domain(data[name], statistic, dots, theory, currency),
        words.axis_title(currency, statistic),
        currency.quantity,
        dots=bool(dots),
        bounds=[(bound.column, bound.dash) for bound in theory.bounding(name, statistic)],
        forecasts=FORECAST_DASH if theory.foresees(name) else (),
    )
    sources = _sources(name, theory, dots=bool(dots), statistic=statistic)
    panels = grid.panels(axis)
    members = by_panel((row for row in data[name] if words.is_drawn(row, statistic)), panels)
    drawn = [
        Panel(
            [
                Chart(
                    spec,
                    sources,
                    words.alt_of_lines(rows, axis, currency, statistic, title),
                    title,
                    panels[title],
                )
            ]
        )
        for title, rows in list(members.items())[:PANELS_AT_MOST]
    ]
    return View(
        {"": drawn},
        words.line_legend(digest, theory, currency, statistic, dots=bool(dots)),
        words.line_notes(digest, currency, theory, members, dots=bool(data["trials"])),
        columns=1 if len(drawn) == 1 else 2 if len(drawn) <= 4 else 3,
    )


def _sources(
    currency: str, theory: Curves, *, dots: bool = True, statistic: str = "median"
) -> dict[str, str]:
    """The tables that a chart draws, by the names of its datasets."""
    sources = {"costs": currency}
    if dots:
        sources["trials"] = "trials"
    if theory.foresees(currency):
        sources["forecasts"] = "forecasts"
    if theory.bounding(currency, statistic):
        sources["bounds"] = "bounds"
    return sources


def _cheapest_first(digest: Digest, currency: Currency) -> list[Entry]:
    """Those that spend it; times without a rank stand below all others, in no order."""

    def place(entry: Entry) -> tuple[bool, float, int]:
        unranked = not ranked(digest, entry, currency)
        estimate = 0.0 if unranked else entry.cost(currency.name).estimate
        return (unranked, estimate, entry.contestant.index)

    return sorted((e for e in digest.entries if e.uses(currency.name)), key=place)


def _limit(entries: Sequence[Entry]) -> float | None:
    """The time limit, if it is one and some trial has run into it."""
    records = [record for entry in entries for record in entry.records]
    limits = {record.spec.seconds for record in records}
    if len(limits) > 1 or all(record.status != "timeout" for record in records):
        return None
    return limits.pop()
