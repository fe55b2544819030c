"""The words around the figure of costs: captions, legends, notes, and what charts say aloud."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from parity_compare.reports import wording
from parity_compare.reports.contestants import Contestant
from parity_compare.reports.digest import Digest
from parity_compare.reports.figure import Caption, Key, Row
from parity_compare.reports.figures import cost_tables as tables
from parity_compare.reports.figures.axes import Axis, left_out
from parity_compare.reports.figures.currencies import Currency
from parity_compare.reports.figures.marks import MARKS_AT_MOST, contestant_keys
from parity_compare.reports.figures.theory_curves import FORECAST_DASH, Curves

MEMORY_IS_NOT_SPENT = (
    "Memory is held, not spent: that of a failed trial is free for the next, so there is no "
    "expected memory with restarts. The median has it."
)

_NAMED_AT_MOST = 6
_LOUD = "var(--muted)"
_SMALL, _LARGE = 0.55, 1.15  # signs of trials and of infinite estimates, as the lines draw them


def caption(digest: Digest, theory: Curves) -> Caption:
    """What to see, how it was computed, and what it does not show."""
    several = len(digest.instances) > 1
    see = (
        "How the price of finding S grows along an axis of the grid. Where both axes are "
        "logarithmic a straight line is a power law, and its slope the exponent; where one line "
        "breaks off at an open triangle and another goes on, the one learner fails where the other "
        "still succeeds."
        if several
        else "What each learner paid, trial by trial: distances are factors. Learners whose "
        "intervals are apart differ; whose dots overlap do not differ in every trial."
    )
    computed = (
        "A median is over all trials, failed ones counted as infinite, with its 95 % interval by "
        "the bootstrap. "
    )
    if several:
        computed += (
            "The expected cost is all that was spent, by failed trials too, over the number of "
            "solved ones: what restarting until the first success takes on average. "
        )
    if theory.forecasts or theory.bounds:
        computed += (
            "Nothing of theory is fitted to these trials. A forecast is the learner’s own formula "
            "for reaching S, its operations in seconds at the speed of one core of a common "
            "computer; it is drawn where the learner was told all that it makes use of and is "
            "more likely to succeed than not. Forecasts of networks rest on a law of steps that "
            "was fitted without noise at 10\u00a0≤\u00a0n\u00a0≤\u00a040 and are guesses "
            "elsewhere. "
        )
    if theory.bounds:
        computed += (
            "A bound holds for every learner of its kind, whatever time it has: examples by "
            "Neyman and Pearson’s test of S against chance, statistical queries by counting the "
            "subsets that an answer can rule out. "
        )
    computed += "A blank estimate in the table is infinite."
    omits = (
        "Access models and side information differ between learners and are named beside them: a "
        "cheaper learner may have been told more. "
    )
    if theory.forecasts:
        omits += "Memory is a formula itself and has no other forecast. "
    if several:
        omits += "What lies between the grid’s values, or beyond them, was not measured."
    return Caption(see, computed.strip(), omits.strip())


def axis_title(currency: Currency, statistic: str) -> str:
    """Of the axis that shows the costs."""
    if statistic == "median":
        return currency.axis
    return (
        "expected running time"
        if currency.name == "seconds"
        else (f"expected {currency.label.lower()}")
    )


def row_legend(theory: Curves, currency: Currency) -> list[Key]:
    """What the marks of a row stand for."""
    keys = [
        Key("a trial, solved", _LOUD, "circle"),
        Key("not solved, at what it spent", _LOUD, "triangle-right", hollow=True),
        Key("median over all trials", _LOUD, "tick"),
        Key("its 95 % interval", _LOUD, "band"),
    ]
    if theory.foresees(currency.name):
        keys.append(Key("forecast", _LOUD, "diamond", hollow=True))
    return keys + _bound_keys(theory, currency, "median")


def line_legend(
    digest: Digest, theory: Curves, currency: Currency, statistic: str, *, dots: bool
) -> list[Key]:
    """Who the lines belong to, and what the other marks stand for."""
    keys = contestant_keys(
        _spenders(digest, currency), lambda contestant: _remark(digest, contestant, currency)
    )
    keys.append(Key("95 % interval", _LOUD, "band"))
    if dots:
        keys += [
            Key("a trial, solved", _LOUD, "circle", size=_SMALL),
            Key("a trial, not solved", _LOUD, "triangle-up", hollow=True, size=_SMALL),
        ]
    infinite = "infinite median" if statistic == "median" else "nobody solved: infinite"
    remark = "at the most that a trial spent"
    keys.append(Key(infinite, _LOUD, "triangle-up", hollow=True, remark=remark, size=_LARGE))
    if theory.foresees(currency.name):
        keys.append(Key("forecast, in the learner’s colour", _LOUD, dash=FORECAST_DASH))
    return keys + _bound_keys(theory, currency, statistic)


def _bound_keys(theory: Curves, currency: Currency, statistic: str) -> list[Key]:
    return [
        Key(bound.label, _LOUD, dash=bound.dash)
        for bound in theory.bounding(currency.name, statistic)
    ]


def _remark(digest: Digest, contestant: Contestant, currency: Currency) -> str:
    if currency.name == "operations":
        units = {tables.unit_of(entry) for entry in digest.of(contestant)}
        return wording.listing(sorted(filter(None, units)))
    return contestant.remark if currency.name == "seconds" else ""


def row_notes(digest: Digest, currency: Currency, theory: Curves, limit: float | None) -> list[str]:
    """What the rows leave out, and what a comparison in this currency does not mean."""
    at_most = tables.drawn_at_most(digest)
    cut = [entry for entry in digest.entries if entry.trials > at_most]
    notes = []
    if limit is not None:
        notes.append(f"The dashed rule is the limit of {wording.seconds(limit)} per trial.")
    notes += [
        f"{wording.whole(at_most)} of {entry.contestant.name}’s {entry.trials:,} trials are drawn, "
        "evenly spaced by rank of time; median and interval are from all of them."
        for entry in cut
        if entry.uses(currency.name)
    ]
    return notes + _notes(digest, currency, theory)


def line_notes(
    digest: Digest,
    currency: Currency,
    theory: Curves,
    panels: Mapping[str, object],
    *,
    dots: bool,
) -> list[str]:
    """What the lines leave out, and what a comparison in this currency does not mean."""
    notes = [left_out(panels)] if left_out(panels) else []
    if not dots:
        notes.append(
            f"There are more than {wording.whole(MARKS_AT_MOST)} trials, too many to draw each; "
            "estimates are over all of them."
        )
    loose = [contestant for contestant in digest.contestants if not contestant.single]
    if currency.name == "seconds" and loose:
        notes.append(
            "Marks that no line joins are times of trials that were trained together, ran beside "
            "others, or were recorded at every step, and show no scaling: "
            f"{wording.listing([f'{c.name}, {c.remark}' if c.remark else c.name for c in loose])}."
        )
    return notes + _notes(digest, currency, theory)


def _notes(digest: Digest, currency: Currency, theory: Curves) -> list[str]:
    spenders = _spenders(digest, currency)
    others = [c.name for c in digest.contestants if c not in spenders]
    notes = []
    # What the caveat of samples says is of use only if somebody is left out.
    if others or currency.name != "samples":
        notes.append(currency.caveat)
    if others:
        notes.append(f"Not in this picture, for they spend none: {wording.listing(others)}.")
    return notes + theory.notes(currency.name)


def _spenders(digest: Digest, currency: Currency) -> list[Contestant]:
    spending = {entry.contestant for entry in digest.entries if entry.uses(currency.name)}
    return [contestant for contestant in digest.contestants if contestant in spending]


def alt_of_rows(rows: Sequence[Row], names: Sequence[str], currency: Currency) -> str:
    """The medians in a sentence."""
    said = {row["row"]: f"{row['learner']} {row['text']}" for row in rows}
    return f"{_capital(currency.axis)} by learner, medians: " + ", ".join(
        said[name] for name in names
    )


def is_drawn(row: Row, statistic: str) -> bool:
    """Whether there is a mark for the row: what costs nothing has no place on the axis."""
    estimate = row[statistic]
    return bool(row["most_spent"] > 0 if estimate is None else estimate > 0)


def alt_of_lines(
    rows: Sequence[Row], axis: Axis, currency: Currency, statistic: str, facet: str
) -> str:
    """Where the lines of a panel begin and end, in a sentence."""
    courses: dict[str, list[Row]] = {}
    for row in rows:
        courses.setdefault(row["learner"], []).append(row)
    said = []
    for learner, course in list(courses.items())[:_NAMED_AT_MOST]:
        ends = sorted(course, key=lambda row: float(row[axis.name]))
        first, last = ends[0], ends[-1]
        show = currency.quantity
        begun, ended = (
            "infinite" if row[statistic] is None else show(row[statistic]) for row in (first, last)
        )
        at = f"{axis.name} = {first[axis.name]:g}"
        said.append(
            f"{learner} {begun} at {at}"
            + (f", {ended} at {last[axis.name]:g}" if first is not last else "")
        )
    more = len(courses) - len(said)
    rest = f"; and {more} more" if more else ""
    title = _capital(axis_title(currency, statistic))
    place = f", {facet}" if facet else ""
    return f"{title} against {axis.title}{place}. {'; '.join(said)}{rest}."


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
