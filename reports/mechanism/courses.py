"""How gradient learners get there: error, loss and the hidden progress measure over the steps.

Barak et al. 2022 (section 5) call a quantity a hidden progress measure if it foretells the moment
of success while the error still says nothing; theirs is max |w_t - w_0| over the first layer. The
judge records it apart for the coordinates inside and outside S.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import numpy.typing as npt

from parity_compare.reports import wording
from parity_compare.reports.charts import Spec, finish
from parity_compare.reports.digest import Digest, Entry, Instance
from parity_compare.reports.figures import Chart, Figure, Panel, Row
from parity_compare.results import Record

COLUMNS = ("step", "error", "loss", "progress_relevant", "progress_irrelevant")
FLAT = 0.4
"""An error above this counts as no visible progress: a coin flip errs on 0.5."""

_TRACES_AT_MOST = 12
_MOMENTS_AT_MOST = 90
_COLUMNS_AT_MOST = 6
_EXTENT = 46
_WIDE = 5
"""A step axis on which the longest course is so many times the shortest is logarithmic."""


@dataclass(frozen=True)
class Course:
    """One trial's trace.

    ``values`` maps :data:`COLUMNS` to arrays ``(moments,)`` float64.
    """

    record: Record
    values: dict[str, npt.NDArray[np.float64]]

    @property
    def last_step(self) -> float:
        """When the trial ended."""
        return float(self.values["step"][-1])

    def parting(self) -> float | None:
        """The first recorded step from which the relevant coordinates stay ahead to the end."""
        ahead = self.values["progress_relevant"] > self.values["progress_irrelevant"]
        behind = np.flatnonzero(~ahead)
        first = 0 if not len(behind) else int(behind[-1]) + 1
        return float(self.values["step"][first]) if first < len(ahead) else None

    def falling(self) -> float | None:
        """The first recorded step from which the error stays below :data:`FLAT`."""
        flat = np.flatnonzero(~(self.values["error"] < FLAT))
        first = 0 if not len(flat) else int(flat[-1]) + 1
        return float(self.values["step"][first]) if first < len(self.values["error"]) else None

    @property
    def comparable(self) -> bool:
        """Whether there are irrelevant coordinates to be ahead of."""
        return not bool(np.isnan(self.values["progress_irrelevant"]).all())

    @property
    def hidden(self) -> bool:
        """Whether the relevant coordinates were ahead for good before the error fell for good."""
        parting, falling = self.parting(), self.falling()
        return parting is not None and falling is not None and parting < falling


@dataclass(frozen=True)
class StepAxis:
    """The one axis of update steps on which all learners are drawn, so that lengths compare.

    Attributes:
        reach: the last step shown.
        logarithmic: whether it is log(1 + step), which has a place for step 0.
    """

    reach: float
    logarithmic: bool

    @classmethod
    def over(cls, reaches: Sequence[float]) -> StepAxis:
        """Linear, unless the shortest course would be squeezed beside the longest."""
        return cls(max(reaches), max(reaches) > _WIDE * min(reaches))

    def scale(self) -> alt.Scale:
        """From step 0 to a little beyond the last."""
        if not self.logarithmic:
            return alt.Scale(domain=[0, self.reach * 1.03], nice=False)
        last = (1 + self.reach) ** 1.03 - 1
        return alt.Scale(type="symlog", constant=1, domain=[0, last], nice=False)

    def axis(self, *, labels: bool) -> alt.Axis:
        """Few ticks; on the logarithmic axis 0 and the powers of ten."""
        settings = {"labels": labels, "ticks": False, "format": ",d", "grid": False}
        if not self.logarithmic:
            return alt.Axis(tickCount=5, tickMinStep=1, **settings)
        powers = range(1 + math.floor(math.log10(max(self.reach, 1))))
        return alt.Axis(values=[0, *(10**power for power in powers)], **settings)


@dataclass(frozen=True)
class Mechanism:
    """The panel's figure, one sentence for the verdict, those beside the figure, the instance, and
    the step axis that all columns share."""

    figure: Figure
    verdict: str
    sentences: list[str]
    instance: Instance
    axis: StepAxis


def mechanism(digest: Digest) -> Mechanism | None:
    """The panel, or None if no trial has a trace with the columns it needs."""
    instance = _instance(digest)
    if instance is None:
        return None
    shown = [(e, found) for e in digest.on(instance) if (found := courses(e))][:_COLUMNS_AT_MOST]
    figure = Figure("mechanism")
    sentences = []
    top = max(_top(found, "loss") for _, found in shown)
    moved = max(_top(found, "progress_relevant", "progress_irrelevant") for _, found in shown)
    axis = StepAxis.over([_reach(found) for _, found in shown])
    for entry, found in shown:
        figure.add("", _column(figure, entry, found, top, moved, axis))
        sentences.append(describe(entry, found))
    return Mechanism(figure, conclusion(shown), sentences, instance, axis)


def courses(entry: Entry) -> list[Course]:
    """The traces of an entry that can be drawn, the representative one first.

    Representative is the solved trial that took the median number of steps; without one, any trial
    of the median number. (Steps, which are what is drawn, are free of the noise of a clock.)
    """
    found = []
    for record in entry.records:
        trace = record.trace
        if len(trace) > 1 and all(name in trace for name in COLUMNS):
            arrays = {name: np.asarray(trace[name], dtype=np.float64) for name in COLUMNS}
            if all(array.ndim == 1 for array in arrays.values()):
                found.append(Course(record, arrays))
    if not found:
        return []
    candidates = [course for course in found if course.record.solved] or found
    candidates.sort(key=lambda course: course.last_step)
    middle = candidates[(len(candidates) - 1) // 2]
    return [middle, *(course for course in found if course is not middle)]


def _instance(digest: Digest) -> Instance | None:
    """The hardest instance of which a traced trial was solved; else the hardest with a trace."""
    traced: list[tuple[bool, Instance]] = []
    for entry in digest.entries:
        found = courses(entry)
        if found:
            traced.append((found[0].record.solved, entry.instance))
    if not traced:
        return None
    return max(traced, key=lambda pair: (pair[0], pair[1].hardness()))[1]


def conclusion(shown: Sequence[tuple[Entry, Sequence[Course]]]) -> str:
    """The finding over all learners with traces, in one sentence; empty if none was solved."""
    counts = []
    every = True
    for entry, found in shown:
        solved = [course for course in found if course.record.solved and course.comparable]
        hidden = sum(course.hidden for course in solved)
        if solved:
            every = every and hidden == len(solved)
            share = "all" if hidden == len(solved) else f"{hidden} of"
            trials = wording.plural(len(solved), "solved trial")
            counts.append(f"in {share} {trials} of {entry.contestant.name}")
    if not counts:
        return ""
    moved = (
        "the weights on S were ahead of all others for good while the error still stood above "
        f"{FLAT}"
    )
    end = ": progress that the error does not show" if every else ""
    first, *rest = counts
    return f"{wording.listing([first.capitalize(), *rest])}, {moved}{end}."


def describe(entry: Entry, found: Sequence[Course]) -> str:
    """What one learner's bold trial shows, in steps."""
    name, main = entry.contestant.name, found[0]
    trial = f"trial {main.record.spec.trial}"
    if not main.record.solved:
        return f"{name}: none of the {wording.plural(len(found), 'traced trial')} was solved."
    if not main.comparable:
        return (
            f"{name}: S is all coordinates here, so none are irrelevant and there is nothing to "
            "compare the relevant ones with."
        )
    parting, falling = main.parting(), main.falling()
    if parting is None or falling is None:
        return f"{name} ({trial}): the weights on S were not ahead of all others at the end."
    order = "already" if parting < falling else "only"
    return (
        f"{name} ({trial}): the weights on S were ahead for good by step "
        f"{wording.whole(parting)} {order}; the error fell below {FLAT} for good at step "
        f"{wording.whole(falling)}, and the learner had its answer at step "
        f"{wording.whole(main.last_step)}."
    )


def _reach(found: Sequence[Course]) -> float:
    """The last step of the solved trials, or of all if none was."""
    solved = [course.last_step for course in found if course.record.solved]
    return max(solved or [course.last_step for course in found])


def _column(
    figure: Figure,
    entry: Entry,
    found: Sequence[Course],
    top: float,
    moved: float,
    axis: StepAxis,
) -> Panel:
    """Three charts below each other on the common step axis."""
    contestant, main, reach = entry.contestant, found[0], axis.reach
    solved = [course.last_step for course in found if course.record.solved]
    shown = found[:_TRACES_AT_MOST]
    if len(shown) < len(found):
        figure.notes.append(
            f"{contestant.name}: {len(shown)} of {len(found)} traces are drawn; the counts in the "
            "text are over all of them."
        )
    longer = sum(course.last_step > reach for course in shown)
    if longer:
        figure.notes.append(
            f"{contestant.name}: {wording.plural(longer, 'unsolved trial')} ran on beyond the "
            "right edge."
        )
    rows = [row for course in shown for row in _rows(course, main=course is main, reach=reach)]
    ends = [{"step": step} for step in solved]
    rule = [{"step": main.last_step}] if main.record.solved else []
    tops = {"error": 0.6, "loss": top, "progress": moved}
    data = {"traces": rows, "ends": ends, "rule": rule}
    charts = []
    for name, title in _TITLES.items():
        key = f"mechanism-{contestant.index}-{name}"
        figure.specs[key] = _spec(name, axis, tops[name], contestant.colour)
        alt_text = f"{title} of {contestant.name} over its update steps"
        charts.append(Chart(key, data, figure.specs[key]["height"], alt_text, title))
    return Panel(charts, contestant)


_TITLES = {
    "error": "Error on clean examples",
    "loss": "Loss on the training batch",
    "progress": "Hidden progress: largest |w − w₀|",
}


def _rows(course: Course, *, main: bool, reach: float) -> list[Row]:
    """The trace's moments, thinned, short names for a small file; NaN becomes None."""
    steps = course.values["step"]
    inside = np.flatnonzero(steps <= reach)
    # One moment beyond the edge lets a line run out of the picture instead of ending in it.
    stop = min(len(steps), len(inside) + 1)
    count = min(stop, _MOMENTS_AT_MOST)
    kept = np.unique(np.linspace(0, stop - 1, count).round().astype(int))
    return [
        {
            "t": course.record.spec.trial,
            "m": main,
            **{short: _value(course.values[name][i]) for short, name in _SHORT.items()},
        }
        for i in kept
    ]


_SHORT = {
    "s": "step", "e": "error", "l": "loss", "r": "progress_relevant", "i": "progress_irrelevant",
}  # fmt: skip


def _value(value: float) -> float | None:
    return float(f"{value:.4g}") if math.isfinite(value) else None


def _top(found: Sequence[Course], *names: str) -> float:
    """The largest finite value to be drawn, of solved trials if there are any; at least 1e-9."""
    chosen = [course for course in found if course.record.solved] or found
    values = np.concatenate([course.values[name] for course in chosen for name in names])
    return float(np.max(values[np.isfinite(values)], initial=1e-9)) * 1.05


def _spec(name: str, axis: StepAxis, top: float, colour: str) -> Spec:
    """One of the three rows; only the last shows the step axis."""
    last = name == "progress"
    traces = alt.Chart(alt.NamedData("traces"))
    x_axis, x_scale = axis.axis(labels=last), axis.scale()
    title = "update step" if last else None
    x = alt.X("s:Q", title=title, axis=x_axis, scale=x_scale)
    y_axis = alt.Axis(ticks=False, domain=False, tickCount=4, minExtent=_EXTENT, maxExtent=_EXTENT)
    y_scale = alt.Scale(domain=[0, top], nice=False)

    def lines(field: str, stroke: str, dash: Sequence[int] = ()) -> list[alt.Chart]:
        y = alt.Y(f"{field}:Q", title=None, axis=y_axis, scale=y_scale)
        return [
            traces.transform_filter("!datum.m")
            .mark_line(clip=True, color=stroke, strokeWidth=1, opacity=0.28, strokeDash=list(dash))
            .encode(x=x, y=y, detail="t:N"),
            traces.transform_filter("datum.m")
            .mark_line(clip=True, color=stroke, strokeWidth=2.4, strokeDash=list(dash))
            .encode(x=x, y=y),
        ]

    at = alt.X("step:Q", title=title, axis=x_axis, scale=x_scale)
    rule = (
        alt.Chart(alt.NamedData("rule"))
        .mark_rule(color="var(--ink)", strokeDash=[3, 3], strokeWidth=1.2)
        .encode(x=at)
    )
    layers: list[alt.Chart]
    if name == "error":
        coin = (
            alt.Chart(alt.InlineData(values=[{"y": 0.5}]))
            .mark_rule(color="var(--line)", strokeWidth=1)
            .encode(y=alt.Y("y:Q", title=None, axis=y_axis, scale=y_scale))
        )
        ends = (
            alt.Chart(alt.NamedData("ends"))
            .mark_tick(color=colour, thickness=1.5, size=9, opacity=0.8, yOffset=-4)
            .encode(x=at, y=alt.datum(0, type="quantitative", axis=y_axis, scale=y_scale))
        )
        layers = [coin, *lines("e", colour), ends, rule]
    elif name == "loss":
        layers = [*lines("l", colour), rule]
    else:
        layers = [*lines("i", "var(--muted)", (4, 3)), *lines("r", colour), rule]
    return finish(alt.layer(*layers), 178 if last else 140)
