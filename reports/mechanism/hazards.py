"""Stumbling in the dark? The hazard of success over time, with the verdicts of the tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from parity_compare.mechanism import Memoryless
from parity_compare.problems.errors import InvalidInput
from parity_compare.reports import wording
from parity_compare.reports.contestants import Instance
from parity_compare.reports.digest import Digest, Entry
from parity_compare.reports.figure import Caption, Chart, Figure, Key, Panel, Row, View
from parity_compare.reports.figures.charts import Spec, finish
from parity_compare.reports.figures.marks import clean
from parity_compare.reports.mechanism.drawing import COLOUR, y_axis
from parity_compare.reports.mechanism.evidence import place, preferred
from parity_compare.reports.mechanism.stumbling import TRIALS_AT_MOST, in_words, tested

PANELS_AT_MOST = 12
_COURSES_AT_MOST = 200
_FORETOLD_AT_MOST = 4
"""Contestants whose progress is asked to foretell: half a second each."""
_HEIGHT = 170
_LONGEST = 4.0
"""Times are shown up to so many mean times: a memoryless search is past it once in 55."""
_LEAST_TOP = 6.0


@dataclass(frozen=True)
class _Tested:
    """A contestant on the instance, with what the test says of its times.

    Attributes:
        entry: its trials.
        verdict: the test's.
        rate: successes per step under risk, over all trials.
    """

    entry: Entry
    verdict: Memoryless
    rate: float


def hazard_figure(digest: Digest) -> Figure | None:
    """The figure, or None if nothing was solved."""
    instance = preferred(digest)
    if instance is None:
        return None
    entries = digest.on(instance)
    candidates = [entry for entry in entries if entry.solved]
    shown = [_test(entry) for entry in candidates[:PANELS_AT_MOST]]
    rows = [row for one in shown for row in _rows(instance, one)]
    top = max(_LEAST_TOP, 1.25 * max(float(row["hazard"]) for row in rows))
    reach = min(_LONGEST, max(float(row["end"]) for row in rows))
    spec = _spec(reach, float(f"{top:.2g}"))
    panels = [_panel(spec, instance, one) for one in shown]
    title = instance.title() if len(digest.instances) > 1 else ""
    legend = [
        Key("chance of success at the next step", "var(--ink)", dash=(), remark="by stretch"),
        Key("95 % interval", "var(--ink)", shape="band"),
        Key("memoryless: the same at any time", "var(--muted)", dash=(4, 3)),
    ]
    notes = [*_absent(entries, candidates), *_further(shown)]
    view = View({title: panels}, legend, notes, columns=min(3, len(panels)))
    return Figure("hazard", "Stumbling in the dark?", _CAPTION, {(): view}, {"hazard": rows})


_CAPTION = Caption(
    see=(
        "A search that stumbles on S by luck has no memory: however long it has run, its next step "
        "succeeds with the same chance, which is the dashed line at 1. A learner that makes "
        "progress has no early successes and ever likelier ones later: its stretches begin at 0 "
        "and climb far above the line."
    ),
    computed=(
        "Time is counted in steps of the learner’s own loop, in units of its mean time to a "
        "success: all steps of all trials, failed ones included, over the successes. The hazard is "
        "successes per step under risk in each stretch of time, over that of the whole, with 95 % "
        "Wilson intervals. The answers below are those of the test of memoryless times: a "
        "likelihood ratio against Weibull times, the Anderson-Darling distance and the exact test "
        f"of early successes, at level 0.05 together; of at most {TRIALS_AT_MOST:,} trials, and of "
        "replays the first of each start."
    ),
    omits=(
        "Why the hazard rises. A search that crosses out what it has tried, and an elimination "
        "that needs a fixed number of examples, do not stumble either, and make no hidden progress "
        "for that. A law that is not rejected is not proved: the answer is yes only where the "
        "shape of the hazard is pinned down near constant, and undecided else. The vertical axis "
        "is logarithmic in 1 + hazard."
    ),
)


def _test(entry: Entry) -> _Tested:
    verdict = tested(entry)
    events = sum(piece.events for piece in verdict.hazard)
    exposure = sum(piece.exposure for piece in verdict.hazard)
    return _Tested(entry, verdict, events / exposure if exposure else 0.0)


def _rows(instance: Instance, one: _Tested) -> list[Row]:
    """The stretches of one contestant, relative to its mean."""
    contestant, rate = one.entry.contestant, one.rate
    if not rate:
        return []
    return [
        {
            "instance": place(instance),
            "learner": contestant.name,
            "start_step": piece.start,
            "end_step": piece.end,
            "start": clean(piece.start * rate),
            "end": clean(piece.end * rate),
            "successes": piece.events,
            "steps_under_risk": piece.exposure,
            "hazard": clean(piece.rate.estimate / rate),
            "low": clean(piece.rate.low / rate),
            "high": clean(piece.rate.high / rate),
            "colour": contestant.colour,
        }
        for piece in one.verdict.hazard
    ]


def _panel(spec: Spec, instance: Instance, one: _Tested) -> Panel:
    contestant = one.entry.contestant
    said = f"{in_words(one.verdict)} {one.verdict.sentence}"
    successes = f"{one.verdict.successes} of {wording.plural(one.verdict.trials, 'trial')} solved"
    alt_text = f"Hazard of success of {contestant.name} over time, {successes}. {said}"
    where = {"instance": place(instance), "learner": contestant.name}
    chart = Chart(spec, {"hazard": "hazard"}, alt_text, f"Stumbling? {successes}", where, said)
    return Panel([chart], contestant)


def _absent(entries: Sequence[Entry], candidates: Sequence[Entry]) -> list[str]:
    said = []
    unsolved = [entry.contestant.name for entry in entries if not entry.solved]
    if unsolved:
        said.append(f"Without a success there is no hazard to draw: {wording.listing(unsolved)}.")
    rest = [entry.contestant.name for entry in candidates[PANELS_AT_MOST:]]
    if rest:
        said.append(f"Not drawn, for want of room: {wording.listing(rest)}.")
    return said


def _further(shown: Sequence[_Tested]) -> list[str]:
    """What the tests of the start and of hidden progress say, where the trials allow them."""
    said = []
    foretold = 0
    for one in shown:
        foretelling = _foretelling(one.entry) if foretold < _FORETOLD_AT_MOST else ""
        foretold += bool(foretelling)
        name, found = one.entry.contestant.name, (_start(one.entry), foretelling)
        said += [f"{name}: {sentence}" for sentence in found if sentence]
    return said


def _start(entry: Entry) -> str:
    from parity_compare.mechanism import initialisation
    from parity_compare.mechanism.trials import groups, times

    records = entry.records[:TRIALS_AT_MOST]
    if entry.instance.replays == 1:
        return ""
    spent, solved = times(records)
    try:
        verdict = initialisation(spent, groups(records), solved)
    except InvalidInput:  # too few starts or replays to tell
        return ""
    return f"{verdict.question} {verdict.answer.capitalize()}. {verdict.sentence}"


def _foretelling(entry: Entry) -> str:
    from parity_compare.mechanism import courses, foretells
    from parity_compare.mechanism.trials import independent

    wanted = ("step", "loss", "progress_relevant", "progress_irrelevant")
    traced = [r for r in independent(entry.records) if all(name in r.trace for name in wanted)]
    if not traced:
        return ""
    try:
        verdict = foretells(courses(traced[:_COURSES_AT_MOST]))
    except InvalidInput:  # too few courses, or ones that a stranger's trace does not tell
        return ""
    return f"{verdict.question} {verdict.answer.capitalize()}. {verdict.sentence}"


def _spec(reach: float, top: float) -> Spec:
    def x(field: str) -> alt.X:
        scale = alt.Scale(domain=[0, reach], nice=False)
        axis = alt.Axis(grid=False, ticks=False, tickCount=5)
        return alt.X(f"{field}:Q", title="time, in mean times to success", scale=scale, axis=axis)

    def y(field: str) -> alt.Y:
        scale = alt.Scale(type="symlog", constant=1, domain=[0, top], nice=False)
        axis = y_axis(values=[0, 1, 3, 10, 30, 100, 300, 1000], format="~s")
        return alt.Y(f"{field}:Q", title=None, scale=scale, axis=axis)

    pieces = alt.Chart(alt.NamedData("hazard"))
    tooltip = [
        alt.Tooltip(f"{name}:N")
        for name in ("learner", "start_step", "end_step", "successes", "hazard", "low", "high")
    ]
    even = alt.Chart(alt.InlineData(values=[{"even": 1}]))
    layers = [
        pieces.mark_rect(clip=True, opacity=0.2, stroke=None).encode(
            x=x("start"), x2="end:Q", y=y("low"), y2="high:Q", color=COLOUR, tooltip=tooltip
        ),
        even.mark_rule(color="var(--muted)", strokeDash=[4, 3], strokeWidth=1.3).encode(
            y=y("even")
        ),
        pieces.mark_rule(clip=True, strokeWidth=2.6).encode(
            x=x("start"), x2="end:Q", y=y("hazard"), color=COLOUR
        ),
    ]
    return finish(alt.layer(*layers), _HEIGHT)
