"""Gradient learners: the error stands still while the weights on S move ahead of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from parity_compare.reports import wording
from parity_compare.reports.contestants import Instance
from parity_compare.reports.digest import Digest, Entry
from parity_compare.reports.figure import Caption, Chart, Figure, Key, Panel, Row, View
from parity_compare.reports.figures.marks import clean
from parity_compare.reports.mechanism.evidence import (
    Found,
    choice,
    few,
    gather_traces,
    heading,
    instance_control,
    place,
)
from parity_compare.reports.mechanism.gradient_charts import OTHERS, SPECS, stripe_spec
from parity_compare.reports.mechanism.hidden_progress import (
    GRADIENT,
    Course,
    conclusion,
    courses,
    describe,
)
from parity_compare.reports.mechanism.step_axis import StepAxis

TRACES_AT_MOST = 12
_TRACES_AT_LEAST = 3
_MOMENTS_AT_MOST = 60
_ROWS_AT_MOST = 9000
"""Moments of all traces in the page; the more panels, the fewer traces each."""
_STRIPES_AT_MOST = 24
_CELLS_AT_MOST = 9000
_COORDINATES_AT_MOST = 40
_SQUEEZED = 4
"""A panel whose values reach less than one in so many of another's has an axis of its own."""

_TITLES = {
    "error": "Error on clean examples",
    "loss": "Loss on the training batch",
    "progress": "Hidden progress: largest |w − w₀|",
    "gradient": "Fourier gap: |population gradient|",
    "weights": "Largest |w| of each coordinate, S on top",
}
_COLUMNS = {
    "error": ("error",),
    "loss": ("loss",),
    "progress": ("progress_relevant", "progress_irrelevant"),
    "gradient": GRADIENT,
}


def courses_figure(digest: Digest) -> Figure | None:
    """The figure, or None if no trial has a trace with the columns it needs."""
    gathered = {
        instance: few(sorted(found, key=_heat))
        for instance, found in gather_traces(digest, "courses", courses).items()
    }
    if not gathered:
        return None
    instances = list(gathered)
    panels = sum(len(found) for found, _ in gathered.values())
    room = round(_ROWS_AT_MOST / (panels * _MOMENTS_AT_MOST))
    traces = min(TRACES_AT_MOST, max(_TRACES_AT_LEAST, room))
    striped = _fits(gathered)
    tables: dict[str, list[Row]] = {"moments": [], "ends": [], "weights": []}
    views = {}
    for instance, (found, notes) in gathered.items():
        drawing = _Drawing.of(instance, found, traces)
        for entry, all_courses in found:
            drawing.add_rows(tables, entry, all_courses, weights=striped)
        views[choice(instances, instance)] = drawing.view(
            found, notes, title=heading(digest, instances), weights=striped
        )
    shown = [(entry, traced) for found, _ in gathered.values() for entry, traced in found]
    full = any(course.has_gradient for _, traced in shown for course in traced)
    return Figure(
        "mechanism-courses",
        "Gradient learners: hidden progress",
        _caption(gathered, full=full, logarithmic=_bent(gathered)),
        views,
        {name: rows for name, rows in tables.items() if rows or name != "weights"},
        instance_control(instances),
    )


def temperature(entry: Entry) -> float:
    """Of its heat bath; 0 where it has none."""
    value = entry.records[0].spec.parameters.get("temperature")
    return float(value) if isinstance(value, int | float) else 0.0


def _heat(pair: tuple[Entry, list[Course]]) -> float:
    return temperature(pair[0])


def _fits(gathered: Mapping[Instance, tuple[Found[Course], list[str]]]) -> bool:
    """Whether the weights of every coordinate have room in the page."""
    cells = [
        instance.n * _STRIPES_AT_MOST
        for instance, (found, _) in gathered.items()
        for _, traced in found
        if traced[0].weights is not None
    ]
    return sum(cells) <= _CELLS_AT_MOST and all(i.n <= _COORDINATES_AT_MOST for i in gathered)


def _bent(gathered: Mapping[Instance, tuple[Found[Course], list[str]]]) -> bool:
    axes = (_axis(found) for found, _ in gathered.values())
    return any(axis.logarithmic for axis in axes)


def _axis(found: Found[Course]) -> StepAxis:
    return StepAxis.over([_reach(traced) for _, traced in found])


def _reach(traced: Sequence[Course]) -> float:
    """The last step of the solved trials, or of all if none was."""
    solved = [course.last_step for course in traced if course.record.solved]
    return max(max(solved or [course.last_step for course in traced]), 1.0)


@dataclass(frozen=True)
class _Drawing:
    """What the panels of one instance share.

    Attributes:
        instance: it.
        axis: of steps.
        tops: by chart, where every contestant's vertical axis ends, by its index.
        traces: drawn of each contestant at most.
    """

    instance: Instance
    axis: StepAxis
    tops: Mapping[str, Mapping[int, float]]
    traces: int

    @classmethod
    def of(cls, instance: Instance, found: Found[Course], traces: int) -> _Drawing:
        tops: dict[str, dict[int, float]] = {
            "error": {entry.contestant.index: 0.6 for entry, _ in found}
        }
        for name in ("loss", "progress", "gradient"):
            tops[name] = _tops(found, _COLUMNS[name])
        return cls(instance, _axis(found), tops, traces)

    def add_rows(
        self,
        tables: Mapping[str, list[Row]],
        entry: Entry,
        traced: Sequence[Course],
        *,
        weights: bool,
    ) -> None:
        """Everything that is drawn of one contestant."""
        base = {
            "instance": place(self.instance),
            "learner": entry.contestant.name,
            "colour": entry.contestant.colour,
        }
        for course in traced[: self.traces]:
            tables["moments"].extend(
                {**base, **row} for row in self._moments(course, bold=course is traced[0])
            )
        tables["ends"].extend(
            {**base, "trial": course.record.spec.trial, "representative": course is traced[0]}
            | {"step": course.last_step}
            for course in traced
            if course.record.solved
        )
        if weights:
            tables["weights"].extend({**base, **row} for row in self._stripes(traced[0]))

    def _moments(self, course: Course, *, bold: bool) -> list[Row]:
        names = [
            name
            for name in (*_COLUMNS["error"], *_COLUMNS["loss"], *_COLUMNS["progress"], *GRADIENT)
            if name in course.values
        ]
        return [
            {"trial": course.record.spec.trial, "representative": bold}
            | {"step": float(course.values["step"][i])}
            | {name: clean(float(course.values[name][i])) for name in names}
            for i in self._kept(course, _MOMENTS_AT_MOST)
        ]

    def _kept(self, course: Course, at_most: int) -> list[int]:
        """The moments to draw: one beyond the edge lets a line run out of the picture."""
        steps = course.values["step"]
        inside = int(np.searchsorted(steps, self.axis.reach, side="right"))
        stop = min(len(steps), inside + 1)
        count = min(stop, at_most)
        return [int(i) for i in np.unique(np.linspace(0, stop - 1, count).round())]

    def _stripes(self, course: Course) -> list[Row]:
        """The weight of every coordinate from one moment to the next, those in S first."""
        if course.weights is None:
            return []
        finite = np.nan_to_num(course.weights, nan=0.0, posinf=0.0, neginf=0.0)
        top = max(float(finite.max()), 1e-9)
        secret = set(course.record.secret)
        order = sorted(range(self.instance.n), key=lambda i: (i not in secret, i))
        steps = course.values["step"]
        kept = self._kept(course, _STRIPES_AT_MOST)
        rows = []
        for i, after in zip(kept, [*kept[1:], None], strict=True):
            until = self.axis.end if after is None else min(float(steps[after]), self.axis.end)
            if after is None and course.last_step > 0:
                until = min(float(steps[i]) * 1.02, self.axis.end)
            for level, coordinate in enumerate(order):
                weight = float(course.weights[i, coordinate])
                rows.append(
                    {
                        "step": float(steps[i]),
                        "until": clean(until),
                        "coordinate": coordinate,
                        "in_S": coordinate in secret,
                        "y": level,
                        "y2": level + 0.92,
                        "weight": clean(weight),
                        "opacity": round(float(finite[i, coordinate]) / top, 2),
                    }
                )
        return rows

    def view(
        self, found: Found[Course], notes: Sequence[str], *, title: str, weights: bool
    ) -> View:
        """The panels of all contestants, side by side."""
        said = [sentence for sentence in [conclusion(found)] if sentence]
        said += notes
        if len(set(self.tops["progress"].values())) > 1:
            said.append("The vertical axes of the hidden progress differ between the panels.")
        panels = []
        for entry, traced in found:
            panels.append(Panel(self._charts(entry, traced, weights=weights), entry.contestant))
            said += self._left_out(entry, traced)
        full = any(course.has_gradient for _, traced in found for course in traced)
        colour = found[0][0].contestant.colour
        return View(
            {title: panels},
            _legend(colour, full=full),
            said,
            columns=min(3, len(panels)) if len(panels) != 4 else 2,
        )

    def _left_out(self, entry: Entry, traced: Sequence[Course]) -> list[str]:
        name, shown = entry.contestant.name, traced[: self.traces]
        said = []
        if len(shown) < len(traced):
            said.append(
                f"{name}: {len(shown)} of {len(traced)} traces are drawn; the counts in the "
                "text are over all of them."
            )
        longer = sum(course.last_step > self.axis.reach for course in shown)
        if longer:
            said.append(
                f"{name}: {wording.plural(longer, 'unsolved trial')} ran on beyond the right edge."
            )
        return said

    def _charts(self, entry: Entry, traced: Sequence[Course], *, weights: bool) -> list[Chart]:
        names = ["error", "loss", "progress"]
        if any(course.has_gradient for course in traced[: self.traces]):
            names.append("gradient")
        if weights and traced[0].weights is not None:
            names.append("weights")
        where = {"instance": place(self.instance), "learner": entry.contestant.name}
        finding = describe(traced)
        charts = []
        for name in names:
            last = name == names[-1]
            if name == "weights":
                spec = stripe_spec(self.axis, self.instance.n)
                data = {"weights": "weights"}
            else:
                top = self.tops[name][entry.contestant.index]
                spec = SPECS[name](self.axis, top, last)
                data = {"moments": "moments", "ends": "ends"}
            alt_text = (
                f"{_TITLES[name]} of {entry.contestant.name} over its update steps. {finding}"
            )
            charts.append(
                Chart(spec, data, alt_text, _TITLES[name], where, finding if last else "")
            )
        return charts


def _tops(found: Found[Course], names: Sequence[str]) -> dict[int, float]:
    """Where the vertical axes end: at one place for all, unless that would squeeze somebody."""
    own = {entry.contestant.index: _top(traced, names) for entry, traced in found}
    largest = max(own.values())
    if min(own.values()) * _SQUEEZED < largest:
        return own
    return dict.fromkeys(own, largest)


def _top(traced: Sequence[Course], names: Sequence[str]) -> float:
    """The largest finite value to be drawn, of solved trials if there are any; at least 1e-9."""
    chosen = [course for course in traced if course.record.solved] or traced
    columns = [course.values[name] for course in chosen for name in names if name in course.values]
    values = np.concatenate([np.empty(0), *columns])
    top = float(np.max(values[np.isfinite(values)], initial=1e-9)) * 1.05
    return float(f"{top:.3g}")


def _legend(colour: str, *, full: bool) -> list[Key]:
    keys = [
        Key("coordinates in S", colour, dash=(), remark="in the learner’s colour"),
        Key("all other coordinates", "var(--muted)", dash=OTHERS),
        Key("the bold trial has its answer", "var(--ink)", dash=(3, 3)),
        Key("other trials have theirs", colour, shape="tick"),
    ]
    if full:
        keys.insert(2, Key("the Fourier gap where it is open", colour, shape="band"))
    return keys


def _caption(
    gathered: Mapping[Instance, tuple[Found[Course], list[str]]], *, full: bool, logarithmic: bool
) -> Caption:
    several = any(len(found) > 1 for found, _ in gathered.values())
    hot = any(len({_heat(pair) for pair in found}) > 1 for found, _ in gathered.values())
    see = (
        "For most of the way the error stays near 1/2, as of a coin, then it falls all at once. "
        "Below, the weights on the coordinates of S move ahead of all others while the error still "
        "says nothing: hidden progress (Barak et al. 2022, section 5)."
    )
    if full:
        see += (
            " The area is the paper’s explanation, the Fourier gap: the population gradient is "
            "larger on S than anywhere else."
        )
    if hot:
        see += (
            " From panel to panel the heat bath is hotter, and the weights outside of S wander "
            "further by chance: the progress has to rise above that."
        )
    computed = (
        "Along the way, with the clock paused, the judge measures the error on 2048 fresh clean "
        "examples, and the largest change |w − w₀| of any first-layer weight since the start: once "
        "over the weights at the coordinates of S, once over all others."
    )
    if any((i.k or i.n) * 2 < i.n for i in gathered):
        computed += (
            " The maximum over more coordinates is favoured by chance, so where the weights on S "
            "lead they do so against the odds."
        )
    computed += " The loss is that of the batch about to be trained on."
    if full:
        computed += (
            " Gradients are those of the clean population loss, exact up to 13 bits, else a mean "
            "over 8192 examples, of the unit where the gap, the least |g| on S minus the largest "
            "elsewhere, is widest."
        )
    computed += (
        " Thick is the solved trial that took the median number of steps, or any trial of that "
        "number where none was solved. The learner sees none of this but its own loss."
    )
    omits = (
        "Progress that foretells success need not be its cause: the figure is consistent with the "
        "paper’s explanation by a Fourier gap, and does not prove it."
    )
    if several:
        omits += " A step of one learner need not cost what a step of another does."
    if logarithmic:
        omits += (
            " Steps are on a logarithmic axis, where equal distances are equal factors of "
            "1 + step: a course that fills half of it is far shorter than half as long."
        )
    return Caption(see, computed, omits)
