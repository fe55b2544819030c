"""Writes the report: one HTML file that needs nothing else to be read."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from parity_compare.reports import charts, embed, provenance, tables
from parity_compare.reports.digest import Contestant, Digest, digest
from parity_compare.reports.figures import Figure, cost_figure, success_figure, time_figure
from parity_compare.reports.lines import (
    LOGARITHMIC,
    cost_lines,
    main_axis,
    mark,
    success_lines,
    time_lines,
)
from parity_compare.reports.mechanism.courses import mechanism
from parity_compare.reports.palette import PAGE
from parity_compare.reports.verdict import verdict
from parity_compare.results import Results
from parity_compare.storage.writing import replacing

_TEMPLATES = "parity_compare.reports"


def write_report(results: Results, target: Path) -> Path:
    """Write the report of ``results`` to the file ``target``, whose folder is made if need be.

    An older report there is replaced in one step: a reader never sees half a page.

    Returns:
        ``target``.
    """
    page = render(results)
    with replacing(target) as new:
        new.write_text(page, encoding="utf-8", newline="\n")
    return target


def render(results: Results) -> str:
    """The report as HTML."""
    digested = digest(results)
    panel = mechanism(digested)
    drawn = {figure.name: figure for figure in _figures(digested)}
    figures = [*drawn.values(), *([panel.figure] if panel else [])]
    script = embed.inline_script(_text("report.js"))
    library = embed.chart_library() if figures else Markup("")
    environment = Environment(
        loader=PackageLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["named"] = _name_marker(digested)
    environment.globals["mark"] = mark
    return environment.get_template("report.html.j2").render(
        policy=embed.content_policy([script, *([library] if library else [])]),
        style=Markup(_text("report.css") + _hues(digested)),
        script=script,
        library=library,
        payload=embed.json_for_script(embed.payload(figures, charts.THEME)),
        digest=digested,
        statements=verdict(digested, panel.verdict if panel else ""),
        summary=tables.summary(digested),
        trials=tables.trials(digested),
        provenance=provenance.provenance(results, digested),
        figures=drawn,
        mechanism=panel,
        log_log=main_axis(digested.instances) in LOGARITHMIC,
        batched=[contestant for contestant in digested.contestants if contestant.together],
        parallel=[contestant for contestant in digested.contestants if contestant.parallel],
        unranked=[contestant for contestant in digested.contestants if not contestant.timed],
    )


def _figures(digested: Digest) -> list[Figure]:
    """Time, success and cost: rows for one instance, lines for a grid."""
    if not digested.entries:
        return []
    if len(digested.instances) > 1:
        return [time_lines(digested), success_lines(digested), cost_lines(digested)]
    return [time_figure(digested), success_figure(digested), cost_figure(digested)]


def _text(name: str) -> str:
    return (files(_TEMPLATES) / "templates" / name).read_text(encoding="utf-8")


def _hues(digested: Digest) -> str:
    """CSS variables: the contestants' colours on a light page, a dark one and on paper."""
    light = "".join(f"--hue-{c.index}:{c.hue.light};" for c in digested.contestants)
    dark = "".join(f"--hue-{c.index}:{c.hue.dark};" for c in digested.contestants)
    return (
        f":root{{--page:{PAGE.light};{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{--page:{PAGE.dark};{dark}}}}}\n"
    )


class _name_marker:  # noqa: N801 - a filter, used as a function
    """Marks the contestants' names in a sentence with their colours; escapes everything."""

    def __init__(self, digested: Digest) -> None:
        self.by_name: dict[str, Contestant] = {c.name: c for c in digested.contestants}
        names = sorted(self.by_name, key=len, reverse=True)
        either = "|".join(re.escape(name) for name in names)
        self.pattern = re.compile(rf"(?<![\w-])({either})(?![\w\[-])") if names else None

    def __call__(self, text: str) -> Markup:
        if self.pattern is None:
            return escape(text)
        parts = self.pattern.split(text)
        return Markup("").join(
            Markup('<span class="who" style="--hue:{}">{}</span>').format(
                self.by_name[part].colour, part
            )
            if i % 2
            else escape(part)
            for i, part in enumerate(parts)
        )
