"""Statistical queries: thousands of answers say nothing, and one says all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np

from parity_compare.reports import wording
from parity_compare.reports.contestants import Instance
from parity_compare.reports.digest import Digest, Entry
from parity_compare.reports.figure import Caption, Chart, Figure, Key, Panel, Row, View
from parity_compare.reports.figures.charts import Spec, finish
from parity_compare.reports.figures.marks import clean
from parity_compare.reports.mechanism.drawing import COLOUR, set_text, y_axis
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

_HEIGHT = 230
_BINS_AT_MOST = 400
_FLOOR = 0.5
"""Where bars begin on the logarithmic axis, so that one answer has a height."""
_BELOW, _ASTRIDE = "var(--muted)", "var(--ink)"
"""Colours of the bins below the bar, and of one whose answers may lie on either side of it."""


@dataclass(frozen=True)
class Answers:
    """How the answers of one trial are spread.

    Attributes:
        record: the trial.
        centres: ``(B,)`` of equal bins, ascending.
        counts: ``(B,)`` answers in them.
        bar: what an answer has to exceed, None if it was not recorded.
    """

    record: Record
    centres: Floats
    counts: Floats
    bar: float | None

    @property
    def width(self) -> float:
        """Of a bin."""
        return float(self.centres[1] - self.centres[0])

    @property
    def total(self) -> int:
        """Answers in all."""
        return int(self.counts.sum())

    @property
    def outliers(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """The bins ``(B,)`` whose answers are all above the bar; none without one."""
        if self.bar is None:
            return np.zeros(len(self.centres), dtype=np.bool_)
        return (self.counts > 0) & (self.centres - self.width / 2 >= self.bar * (1 - 1e-9))

    @property
    def bounded(self) -> bool:
        """Whether no wrong subset’s answer can exceed the bar, and S’s is told apart from it.

        So it is where an adversary errs by the tolerance, which is the bar, and no more.
        """
        spec = self.record.spec
        adversary = spec.parameters.get("answers", "adversarial") == "adversarial"
        return spec.learner.partition("[")[0] == "sq" and adversary and self.above == 1

    @property
    def astride(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """The bins ``(B,)`` that have the bar within them, at most one."""
        if self.bar is None:
            return np.zeros(len(self.centres), dtype=np.bool_)
        rounding = 1e-9 * abs(self.bar)
        half = self.width / 2
        begun = self.centres - half < self.bar - rounding
        return (self.counts > 0) & begun & (self.centres + half > self.bar + rounding)

    @property
    def above(self) -> int:
        """Answers in these bins."""
        return int(self.counts[self.outliers].sum())


def answers(entry: Entry) -> list[Answers]:
    """The traces that can be drawn, the representative one first."""
    found = []
    for trace in traced(entry, "answers", more="bar"):
        centres, counts = trace.values["answer"], trace.values["answers"]
        if not 2 <= len(centres) <= _BINS_AT_MOST:
            continue
        widths = np.diff(centres)
        whole = bool((np.isfinite(counts) & (counts >= 0)).all()) and counts.sum() >= 1
        if whole and np.allclose(widths, widths[0], rtol=1e-6):
            bar = float(trace.values["bar"][0]) if "bar" in trace.values else np.nan
            found.append(Answers(trace.record, centres, counts, bar if np.isfinite(bar) else None))
    return median_first(found, lambda one: one.total)


def answers_figure(digest: Digest) -> Figure | None:
    """The figure, or None if no trial has a trace with the columns it needs."""
    gathered = {i: few(found) for i, found in gather_traces(digest, "answers", answers).items()}
    if not gathered:
        return None
    instances = list(gathered)
    tables: dict[str, list[Row]] = {"answers": [], "bars": []}
    views = {}
    for instance, (found, notes) in gathered.items():
        for entry, traces in found:
            _add_rows(tables, instance, entry, traces[0])
        views[choice(instances, instance)] = _view(
            heading(digest, instances), instance, found, notes
        )
    learners = {entry.contestant.learner for found, _ in gathered.values() for entry, _ in found}
    return Figure(
        "mechanism-answers",
        "Statistical queries: one outlier",
        _caption(learners),
        views,
        tables,
        instance_control(instances),
    )


def _caption(learners: set[str]) -> Caption:
    see = (
        "A query asks how far the label agrees with the parity of one subset. All subsets but S "
        "answer with what noise or an adversary grants them; one answer stands alone beyond the "
        "bar, and that is the whole of the evidence: none of the others points to it."
    )
    computed = (
        "The answers of one trial’s queries, each the mean of the label times the subset’s parity, "
        "both as signs, counted in equal bins; the axis of counts is logarithmic, lest one answer "
        "among thousands vanish. The dashed rule is the bar that an answer has to exceed. An "
        "adversary of tolerance τ gives every wrong subset the answer τ, which is the bar and does "
        "not exceed it: the bin that holds it is drawn up to the bar. S has its own less τ."
    )
    computed += " The trial is the solved one with the median number of answers."
    omits = "Which subset each answer belongs to, and the other trials, which the text counts."
    if "bkw" in learners:
        computed += (
            " For bkw, the answers are the Walsh spectrum of its last block: the correlations of "
            "the reduced examples with every parity on the block’s coordinates."
        )
        omits += (
            " The outlier of bkw is the secret’s part in its last block; the other blocks are "
            "found in the same way."
        )
    if "lasso" in learners:
        computed += (
            " For lasso, the answers are the correlations of all monomials with the labels, with "
            "which its path begins; the bar is the price of a coefficient."
        )
    return Caption(see, computed, omits)


def _add_rows(tables: dict[str, list[Row]], instance: Instance, entry: Entry, one: Answers) -> None:
    base: Row = {"instance": place(instance), "learner": entry.contestant.name}
    base["trial"] = one.record.spec.trial
    outliers, astride, half = one.outliers, one.astride, one.width / 2
    for i in np.flatnonzero(one.counts):
        centre = float(one.centres[i])
        end, colour = centre + half, _BELOW
        if outliers[i]:
            colour = entry.contestant.colour
        elif astride[i] and one.bounded and one.bar is not None:
            end = one.bar
        elif astride[i]:
            colour = _ASTRIDE
        tables["answers"].append(
            base
            | {"answer_from": clean(centre - half), "answer_to": clean(end)}
            | {"answers": int(one.counts[i]), "outlier": bool(outliers[i])}
            | {"colour": colour}
            | {"text": set_text(one.record.support) if outliers[i] and one.above == 1 else ""}
            | {"x": clean(centre), "align": "right" if centre > one.centres.mean() else "left"}
        )
    if one.bar is not None:
        tables["bars"].append(base | {"bar": clean(one.bar)})


def _view(title: str, instance: Instance, found: Found[Answers], notes: Sequence[str]) -> View:
    panels = []
    for entry, traces in found:
        main, name = traces[0], entry.contestant.name
        filled = np.flatnonzero(main.counts)
        low, high = (float(main.centres[filled[i]]) for i in (0, -1))
        # The middle of the scale is always shown, so that the eye measures from 0.
        low, high = min(low, -0.1) - main.width, max(high, main.bar or 0.1) + 2 * main.width
        spec = _spec((low, high), float(main.counts.max()) * 3)
        finding = describe(traces)
        where = {"instance": place(instance), "learner": name}
        data = {"answers": "answers", "bars": "bars"}
        alt_text = f"Histogram of the answers to the queries of {name}. {finding}"
        above = f"Answers of trial {main.record.spec.trial}"
        panels.append(Panel([Chart(spec, data, alt_text, above, where, finding)], entry.contestant))
    colour = found[0][0].contestant.colour
    legend = [
        Key("answers up to the bar", _BELOW, shape="square"),
        Key("answers above it", colour, shape="square", remark="with the subset that was returned"),
        Key("the bar", "var(--ink)", dash=(4, 4)),
    ]
    if any(traces[0].astride.any() and not traces[0].bounded for _, traces in found):
        legend.insert(1, Key("the bin that holds the bar", _ASTRIDE, shape="square"))
    return View({title: panels}, legend, list(notes), columns=min(2, len(panels)))


def describe(found: Sequence[Answers]) -> str:
    """What the trials of one learner show."""
    main = found[0]
    bar = "" if main.bar is None else f" the bar {main.bar:.3g}"
    text = (
        f"Trial {main.record.spec.trial}: {main.above} of {wording.plural(main.total, 'answer')} "
        f"above{bar}."
        if main.bar is not None
        else f"Trial {main.record.spec.trial}: {wording.plural(main.total, 'answer')}."
    )
    if len(found) > 1 and main.bar is not None:
        single = sum(one.above == 1 for one in found)
        text += f" Exactly one stood out in {single} of {len(found)} traced trials."
    return text


def _spec(domain: tuple[float, float], top: float) -> Spec:
    low, high = (float(f"{end:.3g}") for end in domain)

    def x(field: str) -> alt.X:
        scale = alt.Scale(domain=[low, high], nice=False)
        axis = alt.Axis(grid=False, ticks=False, tickCount=7)
        return alt.X(f"{field}:Q", title="answer", scale=scale, axis=axis)

    scale = alt.Scale(type="log", domain=[_FLOOR, top], nice=False)
    axis = y_axis(format=",d", values=[1, 10, 100, 1000, 10**4, 10**5, 10**6, 10**8])
    y = alt.Y("answers:Q", title=None, scale=scale, axis=axis)
    counts = alt.Chart(alt.NamedData("answers"))
    outlier = counts.transform_filter("datum.outlier")
    bars = alt.Chart(alt.NamedData("bars"))
    layers = [
        counts.transform_calculate(floor=str(_FLOOR))
        .mark_rect(stroke="var(--page)", strokeWidth=0.6)
        .encode(
            x=x("answer_from"), x2="answer_to:Q", y=y, y2="floor:Q",
            fill=alt.Fill("colour:N", scale=None),
            opacity=alt.condition("datum.outlier", alt.value(1), alt.value(0.6)),
        ),
        bars.mark_rule(color="var(--ink)", strokeDash=[4, 4], strokeWidth=1.3).encode(x=x("bar")),
        outlier.mark_point(filled=True, size=60, opacity=1).encode(x=x("x"), y=y, color=COLOUR),
        *(
            outlier.transform_filter(f"datum.align == '{side}'")
            .mark_text(align=side, dx=shift, dy=-13, fontWeight=600)
            .encode(x=x("x"), y=y, text="text:N")
            for side, shift in (("right", 8), ("left", -8))
        ),
    ]  # fmt: skip
    return finish(alt.layer(*layers), _HEIGHT)
