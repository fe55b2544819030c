"""The race to success: the share of trials that are still unsolved, against the law of luck."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np

from parity_compare.mechanism.survival import Times, checked_times, success_rate
from parity_compare.mechanism.trials import independent, times
from parity_compare.reports import wording
from parity_compare.reports.contestants import Instance
from parity_compare.reports.digest import Digest, Entry
from parity_compare.reports.figure import Caption, Chart, Figure, Key, Panel, Row, View
from parity_compare.reports.figures.charts import Spec, finish
from parity_compare.reports.figures.marks import clean
from parity_compare.reports.mechanism.drawing import COLOUR, y_axis
from parity_compare.reports.mechanism.evidence import (
    Found,
    choice,
    few,
    gather,
    heading,
    instance_control,
    kind_of,
    place,
)
from parity_compare.reports.mechanism.stumbling import TRIALS_AT_MOST, in_words, tested
from parity_compare.results import Record
from parity_compare.statistics import Interval, expected_intervals
from parity_compare.theory import random_search_tries

_NULL = "random"
"""The learner whose law is known before anything is run."""
_POINTS_AT_MOST = 150
_HEIGHT = 240
_LAW = (2, 3)
_NORMAL = 1.959963984540054
"""The normal quantile of 95 % intervals."""


@dataclass(frozen=True)
class Race:
    """The trials of one contestant as a race to success.

    Attributes:
        entry: its trials.
        times: its steps to success.
    """

    entry: Entry
    times: Times

    @property
    def is_null(self) -> bool:
        """Whether theory knows its law: guesses of k-subsets with replacement."""
        return self.entry.contestant.learner == _NULL and self.entry.instance.k is not None

    @property
    def mean(self) -> Interval:
        """Steps per success with its 95 % interval: steps of all trials over successes.

        Where theory knows the law, the interval is that of geometric times; else it assumes none
        and resamples the trials. Trials that took equally long have no spread to resample.
        """
        times = self.times
        if self.is_null:
            rate = success_rate(times.successes, times.exposure, times.counted, 0.95)
            low = 1 / rate.low if rate.low > 0 else math.inf
            return Interval(1 / rate.estimate, 1 / rate.high, low)
        (interval,) = expected_intervals(times.spent[:, np.newaxis], times.solved)
        return interval

    @property
    def all_alike(self) -> bool:
        """Whether every trial succeeded, and after the same number of steps."""
        return bool(self.times.solved.all()) and len(np.unique(self.times.spent)) == 1

    @property
    def has_law(self) -> bool:
        """Whether luck of this mean can take more than a step, so that there is a law to draw."""
        return not self.times.counted or self.expected > 1

    @property
    def expected(self) -> float:
        """The mean of the law that is drawn beside it: C(n, k), or that of the trials."""
        instance = self.entry.instance
        if self.is_null and instance.k is not None:
            return random_search_tries(instance.n, instance.k).mean
        return self.mean.estimate

    def unsolved(self) -> list[tuple[float, Interval]]:
        """The share of trials unsolved after a number of steps, at every success (Kaplan and Meier
        1958), with intervals of Greenwood's variance on the scale of ln(-ln)."""
        at_risk, share, spread = len(self.times.spent), 1.0, 0.0
        course = [(0.0, Interval(1.0, 1.0, 1.0))]
        moments, first = np.unique(self.times.spent, return_index=True)
        ends = np.append(first[1:], len(self.times.spent))
        for moment, begin, end in zip(moments, first, ends, strict=True):
            events = int(self.times.solved[begin:end].sum())
            if events:
                share *= 1 - events / at_risk
                left = at_risk - events
                spread += events / (at_risk * left) if left else math.inf
                course.append((float(moment), _log_log(share, spread)))
            at_risk -= end - begin
        return course


def _log_log(share: float, spread: float) -> Interval:
    """The interval share^exp(+-z se), se^2 = spread / ln(share)^2; [0, 1] where it is unknown."""
    if not 0 < share < 1:
        return Interval(share, 0.0, 1.0)
    error = _NORMAL * math.sqrt(spread) / -math.log(share)
    return Interval(share, share ** math.exp(error), share ** math.exp(-error))


def races(entry: Entry) -> list[Race]:
    """The entry as a race; nothing if it has a figure of its own, or nothing was solved."""
    if not entry.solved or not _without_figure(entry):
        return []
    spent, solved = times(independent(entry.records)[:TRIALS_AT_MOST])
    if not solved.any():
        return []
    return [Race(entry, checked_times(spent, solved))]


def _without_figure(entry: Entry) -> Sequence[Record]:
    """Its trials, if their traces tell of no mechanism of their own."""
    return entry.records if kind_of(entry) is None else ()


def race_figure(digest: Digest) -> Figure | None:
    """The figure, or None if every learner that solved anything has one of its own."""
    gathered = {
        instance: few(sorted(found, key=lambda pair: not pair[1][0].is_null))
        for instance, found in gather(digest, _without_figure, races).items()
    }
    if not gathered:
        return None
    instances = list(gathered)
    tables: dict[str, list[Row]] = {"unsolved": [], "law": []}
    views = {}
    for instance, (found, notes) in gathered.items():
        for _, (race,) in found:
            _add_rows(tables, instance, race)
        title = heading(digest, instances)
        views[choice(instances, instance)] = _view(title, instance, found, notes)
    shown = [race for found, _ in gathered.values() for _, (race,) in found]
    return Figure(
        "mechanism-race",
        "Race to success",
        _caption(shown),
        views,
        tables,
        instance_control(instances),
    )


def _caption(shown: Sequence[Race]) -> Caption:
    see = (
        "Luck keeps no account of what was tried: of the trials still under way, the same share "
        "succeeds in every stretch of time, so that on this logarithmic axis the share unsolved "
        "falls along a straight line, the dotted one. A curve that stays above it at first and "
        "then falls more steeply is a sign of more than luck; whether it is more than chance among "
        "so few trials, the answer below each chart says."
    )
    computed = (
        "The Kaplan-Meier estimate of the share of trials that are unsolved after so many steps of "
        "the learner’s own loop, failed trials counting as unsolved until they ended, with 95 % "
        "intervals (Greenwood’s variance, on the scale of ln −ln), point by point."
    )
    if any(race.is_null for race in shown):
        computed += (
            " Dotted for random: the geometric law of mean C(n, k), which holds whatever the "
            "examples; nothing is fitted."
        )
    own = [race for race in shown if not race.is_null]
    if own:
        who = "Dotted for the others" if len(own) < len(shown) else "Dotted"
        computed += (
            f" {who}: the law of luck with the mean of their own trials, steps of all trials over "
            "successes; its interval is a bootstrap over trials."
        )
    if not all(race.has_law for race in own):
        computed += " Whoever succeeds at the first step leaves luck no line to be compared with."
    omits = (
        "Learners with another figure above. A step of one learner is not that of another, so that "
        "only shapes compare. Where the last trial succeeds, nobody is left and the curve falls "
        "off the logarithmic axis; a trial that gave up is taken as one that was cut short."
    )
    return Caption(see, computed, omits)


def _add_rows(tables: dict[str, list[Row]], instance: Instance, race: Race) -> None:
    contestant = race.entry.contestant
    base: Row = {"instance": place(instance), "learner": contestant.name}
    base["colour"] = contestant.colour
    course = race.unsolved()
    kept = np.unique(np.linspace(0, len(course) - 1, min(len(course), _POINTS_AT_MOST)).round())
    for i in kept.astype(int):
        steps, share = course[i]
        tables["unsolved"].append(base | _row(steps, share))
    last = float(race.times.spent[-1])
    if last > course[-1][0]:
        tables["unsolved"].append(base | _row(last, course[-1][1]))
    if not race.has_law:
        return
    bottom = _bottom(race)
    until = min(1.1 * last, -race.expected * math.log(bottom))
    tables["law"] += [
        base | {"steps": clean(steps), "expected": clean(share)}
        for steps, share in _law(race, until)
    ]


def _row(steps: float, share: Interval) -> Row:
    return {
        "steps": steps,
        "unsolved": clean(share.estimate),
        "low": clean(share.low),
        "high": clean(share.high),
    }


def _law(race: Race, until: float) -> list[tuple[float, float]]:
    """Two points of a straight line on the logarithmic axis."""
    mean = race.expected
    decay = -math.log1p(-1 / mean) if race.times.counted else 1 / mean
    return [(0.0, 1.0), (until, math.exp(-decay * until))]


def _bottom(race: Race) -> float:
    """Where the axis of shares ends: below the last trial."""
    return min(0.3, 0.5 / len(race.times.spent))


def _view(title: str, instance: Instance, found: Found[Race], notes: Sequence[str]) -> View:
    panels = []
    for entry, (race,) in found:
        finding = describe(race)
        spec = _spec(1.1 * float(race.times.spent[-1]), _bottom(race))
        where = {"instance": place(instance), "learner": entry.contestant.name}
        data = {"unsolved": "unsolved", "law": "law"}
        alt_text = f"Share of trials of {entry.contestant.name} not yet solved. {finding}"
        above = "Share of trials not yet solved"
        panels.append(Panel([Chart(spec, data, alt_text, above, where, finding)], entry.contestant))
    colour = found[0][0].contestant.colour
    legend = [
        Key("share unsolved", colour, dash=()),
        Key("95 % interval", colour, shape="band"),
        Key("the law of luck", "var(--muted)", dash=_LAW),
    ]
    return View({title: panels}, legend, list(notes), columns=min(2, len(panels)))


def describe(race: Race) -> str:
    """Mean and law in numbers, and the test's answer."""
    law = ""
    if race.is_null:
        law = f", where C(n, k) = {wording.number(race.expected)}"
    trials = wording.plural(len(race.times.spent), "trial")
    if race.entry.instance.replays > 1:
        trials += ", the first of each start,"
    solved = f"{race.times.successes} of {trials} solved"
    if race.all_alike and len(race.times.spent) > 1:
        spent = f"each after {wording.plural(int(race.times.spent[0]), 'step')}"
        return f"{solved}, {spent}{law}. Memoryless? {in_words(tested(race.entry))}"
    mean = f"{wording.number.both(race.mean)} steps per success"
    return f"{solved}; {mean}{law}. Memoryless? {in_words(tested(race.entry))}"


def _spec(reach: float, bottom: float) -> Spec:
    x = alt.X(
        "steps:Q",
        title="steps",
        scale=alt.Scale(domain=[0, float(f"{reach:.3g}")], nice=False),
        axis=alt.Axis(grid=False, ticks=False, tickCount=5, tickMinStep=1, format=",.6~g"),
    )

    def y(field: str) -> alt.Y:
        scale = alt.Scale(type="log", domain=[bottom, 1], nice=False, clamp=True)
        axis = y_axis(values=[1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 1e-3, 1e-4], format="~%")
        return alt.Y(f"{field}:Q", title=None, scale=scale, axis=axis)

    unsolved = alt.Chart(alt.NamedData("unsolved"))
    # Nobody left has no logarithm: the curve falls to the edge.
    for name in ("unsolved", "low", "high"):
        shown = {f"{name}_shown": f"max(datum.{name}, {bottom})"}
        unsolved = unsolved.transform_calculate(**shown)
    law = alt.Chart(alt.NamedData("law"))
    style = {"color": "var(--muted)", "strokeWidth": 2, "strokeDash": list(_LAW), "clip": True}
    layers = [
        unsolved.mark_area(opacity=0.18, interpolate="step-after", clip=True).encode(
            x=x, y=y("low_shown"), y2="high_shown:Q", color=COLOUR
        ),
        law.mark_line(**style).encode(x=x, y=y("expected")),
        unsolved.mark_line(strokeWidth=2.2, interpolate="step-after", clip=True).encode(
            x=x, y=y("unsolved_shown"), color=COLOUR
        ),
    ]
    return finish(alt.layer(*layers), _HEIGHT)
