"""What makes the page one inert file: the chart library, data as JSON, and a content policy.

Labels, messages and environment values come from strangers. Text goes through Jinja's autoescape,
data through :func:`json_for_script`, and the page's own content policy lets only the scripts run
whose hashes it lists and lets nothing be loaded from anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from functools import cache
from typing import Any

import vl_convert
from markupsafe import Markup

from parity_compare.reports.commands import PLACE
from parity_compare.reports.figure import Chart, Figure, Row, is_drawing
from parity_compare.reports.trials import TrialsTable

_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


@cache
def chart_library() -> Markup:
    """Vega, Vega-Lite and Vega-Embed as one script; building it takes seconds, so once."""
    script: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return inline_script(script)


def inline_script(script: str) -> Markup:
    """A trusted script as the text of a ``<script>`` element.

    Raises:
        ValueError: it holds what would end the element, or hide its end.
    """
    lower = script.lower()
    if "</script" in lower or "<!--" in lower:
        raise ValueError("script must not contain '</script' or '<!--'")
    # A parser turns CRLF into LF before hashing; the policy's hash must be of what it sees.
    return Markup(script.replace("\r\n", "\n").replace("\r", "\n"))


def json_for_script(value: Any) -> Markup:
    """JSON that can stand inside a ``<script type="application/json">`` element.

    Characters that could end the element, open a comment or break a line of JavaScript are written
    as escapes, which JSON reads back as the same characters. A number that is not finite becomes
    null.
    """
    return Markup(_json(value).translate(_ESCAPES))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def content_policy(scripts: Sequence[str]) -> str:
    """A Content-Security-Policy under which only these inline scripts run and nothing is loaded."""
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def payload(figures: Sequence[Figure], theme: dict[str, Any]) -> dict[str, Any]:
    """All charts for the page's scripts, with each specification and each column of data once.

    Returns:
        ``theme``, every chart's configuration; ``specs``; ``columns``, packed by :func:`packed`;
        ``tables``, each with its name, its number of rows and its columns as indices by name;
        ``charts``, by the identifier of its box (figure, view, chart), with a specification's
        index, tables' indices by the names of its datasets, and the filter of their rows;
        ``drawing``, the columns that no reader wants to see.
    """
    specs, columns, tables = _Once(), _Once(), _Once()
    charts: dict[str, Any] = {}
    for figure in figures:
        places = {
            name: tables.place({"name": name} | _table(rows, columns))
            for name, rows in figure.tables.items()
        }
        for name, chart in named_charts(figure):
            charts[name] = {
                "spec": specs.place(chart.spec),
                "data": {dataset: places[table] for dataset, table in chart.data.items()},
            } | ({"where": dict(chart.where)} if chart.where else {})
    named = {name for table in tables.values for name in table["columns"]}
    return {
        "theme": theme,
        "specs": specs.values,
        "columns": columns.values,
        "tables": tables.values,
        "charts": charts,
        "drawing": sorted(filter(is_drawing, named)),
    }


def named_charts(figure: Figure) -> Iterator[tuple[str, Chart]]:
    """A figure's charts with the identifiers of their boxes in the page."""
    for place, view in enumerate(figure.views.values()):
        for number, chart in enumerate(view.charts):
            yield f"{figure.name}-{place}-{number}", chart


def trials_payload(table: TrialsTable) -> dict[str, Any]:
    """The table of trials for the page's scripts, its columns packed by :func:`packed`."""
    return {
        "columns": [vars(column) for column in table.columns],
        "length": len(table.command_of),
        "rows": {name: packed(values) for name, values in table.rows.items()},
        "shown": {name: packed(values) for name, values in table.shown.items()},
        "commands": table.commands,
        "command_of": packed(table.command_of),
        "place": PLACE,
        "parameters": table.parameters,
        "parameters_of": packed(table.parameters_of),
        "advice": table.advice,
    }


def packed(values: Sequence[Any]) -> Any:
    """A column in the shortest of three forms.

    Returns:
        the values themselves; or ``{"same": value}`` if all are equal; or ``{"of": values, "at":
        indices}``, where -1 stands for a row without this column.
    """
    of: dict[Hashable, int] = {}
    at = [-1 if v is MISSING else of.setdefault(_identity(v), len(of)) for v in values]
    counts = Counter(at)
    if len(counts) == 1 and -1 not in counts:
        return {"same": values[0]}
    first = dict(zip(reversed(at), reversed(values), strict=True))
    distinct = [first[place] for place in range(len(of))]
    lengths = [_length(value) + 1 for value in distinct]
    plain = sum(counts[place] * length for place, length in enumerate(lengths))
    coded = sum(count * (len(str(place)) + 1) for place, count in counts.items()) + sum(lengths)
    if -1 in counts or coded < plain:
        return {"of": distinct, "at": at}
    return list(values)


MISSING = object()
"""Stands in a column for a row that does not have it."""


class _Once:
    """Values in order of first appearance, each once."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._places: dict[str, int] = {}

    def place(self, value: Any) -> int:
        """The index of the value."""
        key = _json(value)
        if key not in self._places:
            self._places[key] = len(self.values)
            self.values.append(value)
        return self._places[key]


def _table(rows: Sequence[Row], columns: _Once) -> dict[str, Any]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {
        "length": len(rows),
        "columns": {
            name: columns.place(packed([row.get(name, MISSING) for row in rows])) for name in names
        },
    }


def _identity(value: Any) -> Hashable:
    """What two values share only if they are written alike."""
    return (type(value), _json(value) if isinstance(value, list | tuple | dict) else value)


def _length(value: Any) -> int:
    """About how many characters a value takes as JSON."""
    return len(value) + 2 if isinstance(value, str) else len(str(value))


def _json(value: Any) -> str:
    return json.dumps(_finite(value), separators=(",", ":"), ensure_ascii=False, allow_nan=False)
