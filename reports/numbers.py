"""The numbers behind a figure as CSV: what its charts draw under one choice."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from parity_compare.export import inert
from parity_compare.problems.errors import InvalidInput
from parity_compare.reports.figure import Figure, Row, is_drawing


def numbers(figure: Figure, choice: Sequence[str]) -> dict[str, list[Row]]:
    """The rows that the charts of one view draw, by the name of their table.

    Columns that only say how, or under which choice, a row is drawn are left out.

    Raises:
        InvalidInput: there is no such view.
    """
    view = figure.views.get(tuple(choice))
    if view is None:
        raise InvalidInput(f"figure {figure.name} has no view {'/'.join(choice)}")
    drawn: dict[str, set[int]] = {}
    for chart in view.charts:
        places = {id(row) for rows in figure.rows(chart).values() for row in rows}
        for table in chart.data.values():
            drawn.setdefault(table, set()).update(places)
    return {
        name: [
            {column: value for column, value in row.items() if not is_drawing(column)}
            for row in figure.tables[name]
            if id(row) in places
        ]
        for name, places in drawn.items()
    }


def as_csv(tables: dict[str, list[Row]]) -> str:
    """The tables below each other, with a column that names them if there are several.

    Numbers are written in full. A text that a spreadsheet would run as a formula gets a leading
    apostrophe, as in ``parity-compare export``.
    """
    columns = list(dict.fromkeys(name for rows in tables.values() for row in rows for name in row))
    several = len(tables) > 1
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([*(["table"] if several else []), *map(inert, columns)])
    for name, rows in tables.items():
        for row in rows:
            values = [_field(row.get(column)) for column in columns]
            writer.writerow([inert(name), *values] if several else values)
    return written.getvalue()


def _field(value: Any) -> Any:
    """A value as it stands between two commas; nothing for none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return " ".join(str(_field(item)) for item in value)
    return inert(value)
