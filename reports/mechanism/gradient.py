"""The Fourier gap alone: a gradient that is largest at the coordinates of S."""

from __future__ import annotations

import math
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
from parity_compare.reports.mechanism.drawing import y_axis
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

_HEIGHT = 220
_COORDINATES_AT_MOST = 128
_NOTABLE = 24
"""Coordinates up to which each is numbered on the axis."""


@dataclass(frozen=True)
class Gradient:
    """One trial's estimate.

    Attributes:
        record: the trial.
        coordinates: ``(C,)`` their numbers, ascending.
        sizes: ``(C,)`` |g| of each.
    """

    record: Record
    coordinates: Floats
    sizes: Floats

    @property
    def in_secret(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Which are in S, ``(C,)``."""
        return np.isin(self.coordinates, self.record.secret)

    @property
    def ratio(self) -> float:
        """The least |g| on S over the largest elsewhere; above 1 the gap is open.

        It is nan where S or its complement is not there to be compared.
        """
        inside, outside = self.sizes[self.in_secret], self.sizes[~self.in_secret]
        if not len(inside) or len(inside) < len(self.record.secret) or not len(outside):
            return math.nan
        if outside.max() == 0:
            return math.inf if inside.min() > 0 else math.nan
        return float(inside.min() / outside.max())


def gradients(entry: Entry) -> list[Gradient]:
    """The traces that can be drawn, the representative one first."""
    n = entry.instance.n
    found = []
    for trace in traced(entry, "gradient", ascending=False):
        order = np.argsort(trace.values["coordinate"], kind="stable")
        coordinates, sizes = (trace.values[c][order] for c in ("coordinate", "gradient"))
        numbered = bool((np.diff(coordinates) > 0).all()) and not (coordinates % 1).any()
        within = coordinates[0] >= 0 and coordinates[-1] < n
        sound = bool((np.isfinite(sizes) & (sizes >= 0)).all())
        if numbered and within and sound and len(order) <= _COORDINATES_AT_MOST:
            found.append(Gradient(trace.record, coordinates, sizes))
    return median_first(found)


def gradient_figure(digest: Digest) -> Figure | None:
    """The figure, or None if no trial has a trace with the columns it needs."""
    gathered = {i: few(found) for i, found in gather_traces(digest, "gradient", gradients).items()}
    if not gathered:
        return None
    instances = list(gathered)
    rows: list[Row] = []
    views = {}
    for instance, (found, notes) in gathered.items():
        for entry, traces in found:
            rows.extend(_rows(instance, entry, traces[0]))
        views[choice(instances, instance)] = _view(
            heading(digest, instances), instance, found, notes
        )
    return Figure(
        "mechanism-gradient",
        "Fourier gap alone",
        _CAPTION,
        views,
        {"gradient": rows},
        instance_control(instances),
    )


_CAPTION = Caption(
    see=(
        "The mechanism of the gradient learners, bare: no network is trained, one gradient is "
        "estimated, and it is largest at the coordinates of S. Reading off the k largest answers "
        "the question."
    ),
    computed=(
        "The learner tosses the signs w and averages y·xᵢ over the examples at which the "
        "threshold neuron 1{w·x ≥ b} fires; shown is the absolute value for every coordinate i "
        "(the 64 largest where there are more) at the end of the search, in colour those of S, "
        "which the judge knows. The dashed rule is the largest value outside of S. The "
        "trial is the solved one that made the median number of checks."
    ),
    omits=(
        "The errors of the averages: the learner draws examples until the k largest pass a test on "
        "fresh labels, not until the gap is as clear as it may look. Networks estimate their "
        "gradients from far fewer examples at a time, and sum them up over many steps."
    ),
)


def _rows(instance: Instance, entry: Entry, one: Gradient) -> list[Row]:
    base: Row = {"instance": place(instance), "learner": entry.contestant.name}
    base["trial"] = one.record.spec.trial
    colour = entry.contestant.colour
    return [
        base
        | {"coordinate": int(coordinate), "gradient": clean(float(size)), "in_S": bool(inside)}
        | {"colour": colour if inside else "var(--muted)"}
        for coordinate, size, inside in zip(one.coordinates, one.sizes, one.in_secret, strict=True)
    ]


def _view(title: str, instance: Instance, found: Found[Gradient], notes: Sequence[str]) -> View:
    panels = []
    for entry, traces in found:
        main, name = traces[0], entry.contestant.name
        spec = _spec(tuple(int(c) for c in main.coordinates), main.record.secret)
        finding = describe(traces)
        where = {"instance": place(instance), "learner": name}
        alt_text = f"Size of the gradient of {name} by coordinate. {finding}"
        above = f"|gradient| by coordinate, trial {main.record.spec.trial}"
        data = {"gradient": "gradient"}
        panels.append(Panel([Chart(spec, data, alt_text, above, where, finding)], entry.contestant))
    colour = found[0][0].contestant.colour
    legend = [
        Key("coordinates in S", colour, shape="square"),
        Key("all others", "var(--muted)", shape="square"),
        Key("the largest of the others", "var(--ink)", dash=(3, 3)),
    ]
    return View({title: panels}, legend, list(notes), columns=min(2, len(panels)))


def describe(found: Sequence[Gradient]) -> str:
    """What the trials of one learner show."""
    ratios = np.array([one.ratio for one in found])
    known = ratios[~np.isnan(ratios)]
    if not len(known):
        return "The coordinates recorded do not allow to compare S with the others."
    ahead = int((known >= 1).sum())
    median = float(np.median(known))
    return (
        f"No other coordinate exceeded those of S in {ahead} of "
        f"{wording.plural(len(known), 'traced trial')}; "
        f"the least on S was {wording.ratio(median)} times the largest elsewhere (median)."
    )


def _spec(coordinates: tuple[int, ...], secret: Sequence[int]) -> Spec:
    numbered = coordinates if len(coordinates) <= _NOTABLE else tuple(sorted(secret))
    x = alt.X(
        "coordinate:O",
        title="coordinate",
        scale=alt.Scale(domain=list(coordinates), paddingInner=0.25, paddingOuter=0.2),
        axis=alt.Axis(ticks=False, labelAngle=0, values=list(numbered), labelOverlap=True),
    )
    y = alt.Y("gradient:Q", title=None, axis=y_axis(tickCount=4, format="~g"))
    sizes = alt.Chart(alt.NamedData("gradient"))
    fill = alt.Fill("colour:N", scale=None)
    opacity = alt.condition("datum.in_S", alt.value(1), alt.value(0.6))
    tooltip = [alt.Tooltip(f"{name}:N") for name in ("coordinate", "gradient", "in_S")]
    layers = [
        sizes.mark_bar().encode(x=x, y=y, fill=fill, opacity=opacity, tooltip=tooltip),
        sizes.transform_filter("!datum.in_S")
        .mark_rule(color="var(--ink)", strokeDash=[3, 3], strokeWidth=1.2)
        .encode(y="max(gradient):Q"),
    ]
    return finish(alt.layer(*layers), _HEIGHT)
