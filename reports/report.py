"""Writes the report: one HTML file that needs nothing else to be read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from parity_compare.problems.errors import InvalidInput
from parity_compare.reports import embed, provenance, signs, tables
from parity_compare.reports.digest import Digest, digest
from parity_compare.reports.figure import Control, Figure
from parity_compare.reports.figures import charts
from parity_compare.reports.figures.costs import cost_figure
from parity_compare.reports.figures.devices import device_figure
from parity_compare.reports.figures.distributions import distribution_figure
from parity_compare.reports.figures.profiles import profile_figure
from parity_compare.reports.figures.success import success_figure
from parity_compare.reports.figures.winners import winner_figure
from parity_compare.reports.mechanism.hazards import hazard_figure
from parity_compare.reports.mechanism.panels import mechanism_figures, mechanism_sentence
from parity_compare.reports.palette import Scheme, variables
from parity_compare.reports.prose import Prose, breakable
from parity_compare.reports.trials import trials_table
from parity_compare.reports.verdicts.headline import headline
from parity_compare.reports.verdicts.verdict import verdict
from parity_compare.results import Results
from parity_compare.storage.writing import replacing

_TEMPLATES = "parity_compare.reports"
_EARLY_SCRIPT = "theme.js"
_SCRIPTS = ("data.js", "charts.js", "choices.js", "export.js", "tables.js", "trials.js")
_MECHANISM = "mechanism"


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


def figures(digest: Digest) -> list[Figure]:
    """All figures that make sense for these results, in the order of the report.

    Those on mechanism have names that begin with ``mechanism``.
    """
    if not digest.entries:
        return []
    candidates = (
        cost_figure(digest),
        success_figure(digest),
        device_figure(digest),
        distribution_figure(digest),
        profile_figure(digest),
        winner_figure(digest),
        *mechanism_figures(digest),
        hazard_figure(digest),
    )
    return [figure for figure in candidates if figure is not None]


def render(results: Results) -> str:
    """The report as HTML."""
    digested = digest(results)
    return page(results, digested, figures(digested))


def page(results: Results, digested: Digest, drawn: Sequence[Figure]) -> str:
    """The report as HTML with these figures.

    Raises:
        InvalidInput: two figures have one name, or do not share the switch of currencies.
    """
    if len({figure.name for figure in drawn}) < len(drawn):
        raise InvalidInput("figures must have names of their own")
    scripts = [embed.inline_script(_text(name)) for name in _SCRIPTS]
    early = embed.inline_script(_text(_EARLY_SCRIPT))
    library = embed.chart_library() if drawn else Markup("")
    trials = trials_table(digested) if digested.entries else None
    environment = Environment(
        loader=PackageLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["prose"] = Prose(digested.contestants)
    environment.filters["breakable"] = breakable
    # Captions use common words, and a learner may be called one, such as random.
    environment.filters["caption"] = Prose([])
    environment.globals |= {"sign": signs.sign, "sign_width": signs.width}
    return environment.get_template("report.html.j2").render(
        policy=embed.content_policy([early, *scripts, *([library] if library else [])]),
        style=Markup(_colours(digested) + _text("report.css")),
        early=early,
        library=library,
        scripts=scripts,
        payload=embed.json_for_script(embed.payload(drawn, charts.THEME)),
        trials=trials,
        trials_payload=embed.json_for_script(embed.trials_payload(trials)) if trials else "",
        digest=digested,
        headline=headline(digested, mechanism_sentence(digested)),
        statements=verdict(digested),
        summary=tables.summary(digested),
        provenance=provenance.provenance(results, digested),
        figures=[figure for figure in drawn if not figure.name.startswith(_MECHANISM)],
        mechanisms=[figure for figure in drawn if figure.name.startswith(_MECHANISM)],
        currency=_currency(drawn),
        batched=[contestant for contestant in digested.contestants if contestant.together],
        parallel=[contestant for contestant in digested.contestants if contestant.parallel],
    )


def _currency(drawn: Iterable[Figure]) -> Control | None:
    """The switch of currencies, which is one for all figures; None if no figure has it."""
    switches = [c for figure in drawn for c in figure.controls if c.name == "currency"]
    if any(switch.options != switches[0].options for switch in switches):
        raise InvalidInput("figures must share one switch of currencies")
    return switches[0] if switches else None


def _text(name: str) -> str:
    return (files(_TEMPLATES) / "templates" / name).read_text(encoding="utf-8")


def _colours(digested: Digest) -> str:
    """All colours as CSS variables: on a light page and on paper, and on a dark page.

    The page is dark if the reader chose so, or if the system is and the reader chose nothing.
    """
    hues = {contestant.index: contestant.hue for contestant in digested.contestants}

    def declared(scheme: Scheme) -> str:
        listed = "".join(f"{name}:{value};" for name, value in variables(hues, scheme).items())
        return f"{listed}color-scheme:{scheme};"

    dark = declared("dark")
    return (
        f":root{{{declared('light')}}}\n"
        f"@media screen{{:root[data-theme=dark]{{{dark}}}}}\n"
        "@media screen and (prefers-color-scheme:dark){"
        f":root:not([data-theme=light]){{{dark}}}}}\n"
    )
