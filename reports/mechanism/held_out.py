"""Predictors: accuracy on held-out examples by the size of the training set."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from parity_compare.reports import wording
from parity_compare.reports.contestants import Instance
from parity_compare.reports.digest import Digest, Entry
from parity_compare.reports.figure import Caption, Chart, Figure, Key, Panel, Row, View
from parity_compare.reports.figures.charts import Spec, finish, log_ticks
from parity_compare.reports.figures.marks import clean
from parity_compare.reports.mechanism.drawing import COLOUR, bold_and_pale, y_axis
from parity_compare.reports.mechanism.evidence import (
    Floats,
    Found,
    choice,
    few,
    gather_traces,
    heading,
    instance_control,
    median_first,
    place,
    traced,
)
from parity_compare.results import Record

_TRACES_AT_MOST = 12
_POINTS_AT_MOST = 64
_EXAMPLES_AT_MOST = 10**12
_HEIGHT = 230
_SPREAD = 1.96  # standard deviations, for 95 % of what luck does
_DOTS = (2, 3)


@dataclass(frozen=True)
class Lesson:
    """What one trial's predictor had learned by the size of its training set.

    Attributes:
        record: the trial.
        trained: ``(M,)`` ascending, examples trained on.
        accuracy: ``(M,)`` share of the held-out labels that were right.
        held_out: how many these are.
    """

    record: Record
    trained: Floats
    accuracy: Floats
    held_out: int

    @property
    def chance(self) -> tuple[float, float]:
        """Within what the accuracy of a coin lies in 95 % of the cases."""
        spread = _SPREAD * 0.5 / math.sqrt(self.held_out)
        return max(0.0, 0.5 - spread), min(1.0, 0.5 + spread)

    @property
    def left(self) -> float | None:
        """The training set from which on the accuracy was above what luck gives; None if never."""
        above = self.accuracy > self.chance[1]
        first = len(above)
        while first and above[first - 1]:
            first -= 1
        return float(self.trained[first]) if first < len(above) else None


def lessons(entry: Entry) -> list[Lesson]:
    """The traces that can be drawn, the representative one first."""
    found = []
    for trace in traced(entry, "held-out"):
        trained, accuracy, held_out = (
            trace.values[name] for name in ("trained", "accuracy", "held_out")
        )
        shares = bool(((accuracy >= 0) & (accuracy <= 1)).all())
        counts = bool(((held_out >= 1) & (held_out <= _EXAMPLES_AT_MOST)).all())
        sized = trained[0] >= 1 and trained[-1] <= _EXAMPLES_AT_MOST
        if shares and counts and sized and len(trained) <= _POINTS_AT_MOST:
            found.append(Lesson(trace.record, trained, accuracy, int(held_out[-1])))
    return median_first(found)


def held_out_figure(digest: Digest) -> Figure | None:
    """The figure, or None if no trial has a trace with the columns it needs."""
    gathered = {i: few(found) for i, found in gather_traces(digest, "held-out", lessons).items()}
    if not gathered:
        return None
    instances = list(gathered)
    tables: dict[str, list[Row]] = {"accuracy": [], "chance": []}
    views = {}
    for instance, (found, notes) in gathered.items():
        for entry, all_lessons in found:
            _add_rows(tables, instance, entry, all_lessons)
        views[choice(instances, instance)] = _view(
            heading(digest, instances), instance, found, notes
        )
    return Figure(
        "mechanism-held-out",
        "Predictors: flat, then creeping",
        _CAPTION,
        views,
        tables,
        instance_control(instances),
    )


_CAPTION = Caption(
    see=(
        "What a predictor without a notion of parities has learned, by the number of examples it "
        "was trained on. Within the grey band its answers are worth a coin’s. A line that stays "
        "there has learned nothing, whatever it remembers of its training set; one that leaves it "
        "gradually puts S together from many weak pieces, or learns the inputs by heart."
    ),
    computed=(
        "After every training, the share of right labels among examples that were held out and "
        "never trained on. The band holds 95 % of what a coin reaches on as many. The dotted rule "
        "is 1 − η, the accuracy of S itself on labels of noise rate η. Thick is the solved trial "
        "that was trained the median number of times, or an unsolved one where none was solved."
    ),
    omits=(
        "A right share of 1 does not end a trial: the predictor must equal a parity on 8192 fresh "
        "inputs as well. Between two trainings the number of examples doubles, so when the line "
        "left the band is known within a factor of two."
    ),
)


def _add_rows(
    tables: dict[str, list[Row]], instance: Instance, entry: Entry, found: Sequence[Lesson]
) -> None:
    base: Row = {"instance": place(instance), "learner": entry.contestant.name}
    for lesson in found[:_TRACES_AT_MOST]:
        tables["accuracy"].extend(
            base
            | {"colour": entry.contestant.colour, "trial": lesson.record.spec.trial}
            | {"representative": lesson is found[0], "held_out": lesson.held_out}
            | {"trained": float(trained), "accuracy": clean(float(accuracy))}
            for trained, accuracy in zip(lesson.trained, lesson.accuracy, strict=True)
        )
    low, high = found[0].chance
    tables["chance"].append(
        base
        | {"chance_from": clean(low), "chance_to": clean(high)}
        | {"ceiling": clean(1 - instance.noise)}
    )


def _view(title: str, instance: Instance, found: Found[Lesson], notes: Sequence[str]) -> View:
    ends = [(lesson.trained[0], lesson.trained[-1]) for _, all_ in found for lesson in all_]
    low = min(float(lesson.accuracy.min()) for _, all_ in found for lesson in all_)
    reach = float(min(first for first, _ in ends)), float(max(last for _, last in ends))
    spec = _spec((reach[0] / 1.15, reach[1] * 1.15), min(0.4, math.floor(low * 20) / 20))
    said, panels = list(notes), []
    for entry, all_lessons in found:
        name, finding = entry.contestant.name, describe(all_lessons)
        where = {"instance": place(instance), "learner": name}
        alt_text = f"Accuracy of {name} on held-out examples against those trained on. {finding}"
        above = "Accuracy on held-out examples"
        data = {"accuracy": "accuracy", "chance": "chance"}
        panels.append(Panel([Chart(spec, data, alt_text, above, where, finding)], entry.contestant))
        if len(all_lessons) > _TRACES_AT_MOST:
            said.append(f"{name}: {_TRACES_AT_MOST} of {len(all_lessons)} traces are drawn.")
    colour = found[0][0].contestant.colour
    legend = [
        Key("the predictor", colour, dash=(), remark="thick: the median trial"),
        Key("95 % of what a coin does", "var(--grid)", shape="square"),
        Key("S itself", "var(--muted)", dash=_DOTS),
    ]
    return View({title: panels}, legend, said, columns=min(2, len(panels)))


def describe(found: Sequence[Lesson]) -> str:
    """What one learner's bold trial shows."""
    main = found[0]
    share = wording.share(float(main.accuracy[-1]))
    text = (
        f"Thick, trial {main.record.spec.trial}: {share} of {main.held_out:,} held-out labels "
        f"right after training on {wording.number(float(main.trained[-1]))} examples"
    )
    if main.left is None:
        return f"{text}, no better than a coin."
    if main.left == main.trained[0]:
        return f"{text}; better than a coin from the first training on."
    return f"{text}; better than a coin from {wording.number(main.left)} on."


def _spec(reach: tuple[float, float], low: float) -> Spec:
    first, last = (float(f"{end:.4g}") for end in reach)
    x = alt.X(
        "trained:Q",
        title="examples trained on",
        scale=alt.Scale(type="log", domain=[first, last], nice=False),
        axis=alt.Axis(
            grid=False,
            ticks=False,
            format="~s",
            values=log_ticks((first, last)),
            labelOverlap=True,
        ),
    )
    scale = alt.Scale(domain=[low, 1.03], nice=False, zero=False)

    def y(field: str) -> alt.Y:
        axis = y_axis(format="~%", tickCount=6)
        return alt.Y(f"{field}:Q", title=None, axis=axis, scale=scale)

    rows, chance = (alt.Chart(alt.NamedData(name)) for name in ("accuracy", "chance"))
    dots = rows.transform_filter("datum.representative")
    layers = [
        chance.mark_rect(color="var(--grid)", opacity=0.8).encode(
            y=y("chance_from"), y2="chance_to:Q"
        ),
        chance.mark_rule(color="var(--muted)", strokeDash=list(_DOTS), strokeWidth=1.3).encode(
            y=y("ceiling")
        ),
        *bold_and_pale(rows, x, y("accuracy"), COLOUR),
        dots.mark_point(filled=True, size=34, opacity=1).encode(x=x, y=y("accuracy"), color=COLOUR),
    ]
    return finish(alt.layer(*layers), _HEIGHT)
