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
from collections.abc import Sequence
from functools import cache
from typing import Any

import vl_convert
from markupsafe import Markup

from parity_compare.reports.figures import Figure

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
    text = json.dumps(_finite(value), separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return Markup(text.translate(_ESCAPES))


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
    """All charts for the page's script: specifications and data once each, charts by reference."""
    specs: dict[str, Any] = {}
    data: list[Any] = []
    places: dict[int, int] = {}
    charts = []
    for figure in figures:
        specs |= figure.specs
        for number, chart in enumerate(figure.charts):
            if id(chart.data) not in places:
                places[id(chart.data)] = len(data)
                data.append(chart.data)
            charts.append(
                {
                    "id": f"{figure.name}-{number}",
                    "spec": chart.spec,
                    "data": places[id(chart.data)],
                    "alt": chart.alt,
                }
            )
    return {"theme": theme, "specs": specs, "data": data, "charts": charts}
