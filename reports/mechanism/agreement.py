"""Exhaustive search: the best agreement so far creeps like luck, then jumps to S."""

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
from parity_compare.reports.figures.charts import Spec, finish, log_ticks
from parity_compare.reports.figures.marks import clean
from parity_compare.reports.mechanism.drawing import COLOUR, bold_and_pale, set_text, y_axis
from parity_compare.reports.mechanism.evidence import (
    KINDS,
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
_STAIRS_AT_MOST = 200
_EXAMPLES_AT_MOST = 10**9
_HEIGHT = 250
_LUCK_POINTS = 60
_DOTS = (2, 3)


@dataclass(frozen=True)
class Climb:
    """One trial's best agreement so far.

    Attributes:
        record: the trial.
        subsets: ``(M,)`` ascending and positive, tried so far.
        agreement: ``(M,)`` largest share of labels that one of them agreed with.
        examples: ``(M,)`` labels that agreement is counted over.
    """

    record: Record
    subsets: Floats
    agreement: Floats
    examples: Floats

    @property
    def begun(self) -> int:
        """The first moment of the last search: one on more examples, or of larger subsets, begins
        anew, and its best agreement too."""
        anew = np.flatnonzero((np.diff(self.agreement) < 0) | (np.diff(self.examples) != 0))
        return int(anew[-1]) + 1 if len(anew) else 0

    @property
    def before(self) -> float:
        """The best agreement of the subsets before the one that was best in the end; nan if none.

        Where S was found, this is the best of the wrong subsets.
        """
        last = self.agreement[self.begun :]
        lower = last[last < last[-1]]
        return float(lower[-1]) if len(lower) else math.nan

    @property
    def counted(self) -> int:
        """Labels that agreement is counted over in the last search."""
        return int(self.examples[-1])

    def luck(self, subsets: Floats) -> Floats:
        """The best agreement to be expected by then if no subset had anything to do with S.

        Args:
            subsets: ``(T,)``, more than had been tried when the last search began.
        """
        earlier = float(self.subsets[self.begun - 1]) if self.begun else 0.0
        return expected_best(self.counted, subsets - earlier)


def climbs(entry: Entry) -> list[Climb]:
    """The traces that can be drawn, the representative one first."""
    found = []
    for trace in traced(entry, "agreement"):
        subsets, agreement, examples = (trace.values[name] for name in KINDS["agreement"])
        shares = ((agreement >= 0) & (agreement <= 1)).all()
        counts = ((examples >= 1) & (examples <= _EXAMPLES_AT_MOST)).all()
        if subsets[0] >= 1 and shares and counts:
            found.append(Climb(trace.record, subsets, agreement, examples))
    return median_first(found)


def expected_best(examples: int, subsets: Floats) -> Floats:
    """The expected largest share of t independent Binomial(m, 1/2) counts.

    A wrong subset agrees with each label with probability 1/2, and any two of them do so
    independently. E max = sum over j >= 0 of (1 - F(j)^t), over m.

    Args:
        examples: m.
        subsets: ``(T,)``, the numbers t.

    Returns:
        ``(T,)`` shares.
    """
    from scipy.special import bdtrc  # a binomial's tail, without the second that stats takes

    # Beyond so many standard deviations nothing is to be expected of any number of tries below
    # 10^80; below the middle by as many, the maximum surely is not.
    reach = 20 * math.sqrt(examples) / 2
    first = max(0, math.floor(examples / 2 - reach))
    counts = np.arange(first, min(examples, math.ceil(examples / 2 + reach)))
    with np.errstate(divide="ignore"):  # a count that is surely exceeded
        ln_below = np.log1p(-bdtrc(counts, examples, 0.5))
    exceeded = -np.expm1(subsets[:, np.newaxis] * ln_below)
    return np.asarray((first + exceeded.sum(axis=1)) / examples)


def agreement_figure(digest: Digest) -> Figure | None:
    """The figure, or None if no trial has a trace with the columns it needs."""
    gathered = {i: few(found) for i, found in gather_traces(digest, "agreement", climbs).items()}
    if not gathered:
        return None
    instances = list(gathered)
    tables: dict[str, list[Row]] = {"best": [], "luck": []}
    views = {}
    for instance, (found, notes) in gathered.items():
        for entry, all_climbs in found:
            _add_rows(tables, instance, entry, all_climbs)
        views[choice(instances, instance)] = _view(
            heading(digest, instances), instance, found, notes
        )
    return Figure(
        "mechanism-agreement",
        "Exhaustive search: no warning",
        _CAPTION,
        views,
        tables,
        instance_control(instances),
    )


_CAPTION = Caption(
    see=(
        "The best agreement among the subsets tried so far creeps up as the best of so many coin "
        "tosses would, which is the dotted curve, and jumps when the search comes to S. Nothing "
        "before the jump tells how near it is: no subset but S itself knows anything of S."
    ),
    computed=(
        "In the order of the search, the largest share of the examples whose labels one of the "
        "subsets tried so far agrees with, gone through again with the clock stopped; in long "
        "searches, what the search itself had kept by then, a lower bound. The dotted curve is the "
        "expected maximum of as many independent Binomial(m, ½) counts over m, m being the "
        "number of examples of the thick trial. Thick is the solved trial that tried the median "
        "number of subsets."
    ),
    omits=(
        "The order in which subsets are tried is the search’s own, so where the jump comes is "
        "luck of the secret. Counts of different subsets are independent in pairs only; the dotted "
        "curve takes them as independent altogether."
    ),
)


def _add_rows(
    tables: dict[str, list[Row]], instance: Instance, entry: Entry, found: Sequence[Climb]
) -> None:
    base = {"instance": place(instance), "learner": entry.contestant.name}
    base |= {"colour": entry.contestant.colour}
    shown = found[:_TRACES_AT_MOST]
    for climb in shown:
        best = climb.begun + int(np.argmax(climb.agreement[climb.begun :]))
        for i in _stairs(climb.agreement):
            answer = climb is shown[0] and i == best and climb.record.solved
            tables["best"].append(
                base
                | {"trial": climb.record.spec.trial, "representative": climb is shown[0]}
                | {"found": climb.record.solved and i == best}
                | {"subsets": float(climb.subsets[i]), "agreement": clean(climb.agreement[i])}
                | {"answer": set_text(climb.record.support) if answer else ""}
            )
    main = shown[0]
    first = float(main.subsets[main.begun - 1]) + 1 if main.begun else 1.0
    reach = max(first, *(float(climb.subsets[-1]) for climb in shown))
    grid = np.unique(np.geomspace(first, reach, _LUCK_POINTS).round())
    tables["luck"].extend(
        base | {"examples": main.counted, "subsets": float(t), "expected": clean(float(share))}
        for t, share in zip(grid, main.luck(grid), strict=True)
    )


def _stairs(agreement: Floats) -> list[int]:
    """The moments at which a staircase changes its height, and the last."""
    changed = np.flatnonzero(np.diff(agreement, prepend=-1.0) != 0)
    kept = np.union1d(changed, [len(agreement) - 1])
    if len(kept) > _STAIRS_AT_MOST:
        kept = kept[np.unique(np.linspace(0, len(kept) - 1, _STAIRS_AT_MOST).round().astype(int))]
    return [int(i) for i in kept]


def _view(title: str, instance: Instance, found: Found[Climb], notes: Sequence[str]) -> View:
    reach = max(float(climb.subsets[-1]) for _, climbs in found for climb in climbs)
    low = min(float(climb.agreement.min()) for _, climbs in found for climb in climbs)
    spec = _spec(max(reach, 2) * 1.3, min(0.45, math.floor(low * 20) / 20))
    said = list(notes)
    panels = []
    for entry, all_climbs in found:
        finding = describe(all_climbs)
        where = {"instance": place(instance), "learner": entry.contestant.name}
        alt_text = f"Best agreement of {entry.contestant.name} against subsets tried. {finding}"
        above = "Best agreement with the labels so far"
        chart = Chart(spec, {"best": "best", "luck": "luck"}, alt_text, above, where, finding)
        panels.append(Panel([chart], entry.contestant))
        if len(all_climbs) > _TRACES_AT_MOST:
            said.append(
                f"{entry.contestant.name}: {_TRACES_AT_MOST} of {len(all_climbs)} traces are drawn."
            )
    colour = found[0][0].contestant.colour
    legend = [
        Key("best subset so far", colour, dash=(), remark="thick: the median trial"),
        Key("luck alone", "var(--muted)", dash=_DOTS),
        Key("S", colour, shape="circle"),
    ]
    return View({title: panels}, legend, said, columns=min(2, len(panels)))


def describe(found: Sequence[Climb]) -> str:
    """What one learner's bold trial shows."""
    main = found[0]
    trial = f"Thick, trial {main.record.spec.trial}"
    tried = f"{wording.number(float(main.subsets[-1]))} subsets"
    if not main.record.solved:
        return (
            f"{trial}: unsolved after {tried}, the best of which agreed with "
            f"{wording.share(float(main.agreement[-1]))} of {main.counted:,} labels."
        )
    if math.isnan(main.before):
        return f"{trial}: S was the first of {tried} that was recorded."
    luck = float(main.luck(main.subsets[-1:])[0])
    return (
        f"{trial}: of {tried}, the best wrong one agreed with {wording.share(main.before)} of "
        f"{main.counted:,} labels, where luck gives {wording.share(luck)}; S agreed with "
        f"{wording.share(float(main.agreement[-1]))}."
    )


def _spec(reach: float, low: float) -> Spec:
    x = alt.X(
        "subsets:Q",
        title="subsets tried",
        scale=alt.Scale(type="log", domain=[1, reach], nice=False),
        axis=alt.Axis(
            grid=False, ticks=False, format="~s", values=log_ticks((1, reach)), labelOverlap=True
        ),
    )

    def y(field: str) -> alt.Y:
        scale = alt.Scale(domain=[low, 1.04], nice=False, zero=False)
        return alt.Y(f"{field}:Q", title=None, axis=y_axis(format="~%", tickCount=6), scale=scale)

    best = alt.Chart(alt.NamedData("best"))
    luck = alt.Chart(alt.NamedData("luck"))
    ends = best.transform_filter("datum.found")
    layers = [
        *bold_and_pale(best, x, y("agreement"), COLOUR, interpolate="step-after"),
        luck.mark_line(color="var(--muted)", strokeWidth=2, strokeDash=list(_DOTS)).encode(
            x=x, y=y("expected")
        ),
        ends.transform_filter("!datum.representative")
        .mark_point(filled=True, size=26, opacity=0.45)
        .encode(x=x, y=y("agreement"), color=COLOUR),
        ends.transform_filter("datum.representative")
        .mark_point(filled=True, size=80, opacity=1)
        .encode(x=x, y=y("agreement"), color=COLOUR),
        *(
            ends.transform_filter("datum.representative")
            .mark_text(align="right", dx=-10, dy=1, fontWeight=600, **halo)
            .encode(x=x, y=y("agreement"), text="answer:N")
            for halo in ({"stroke": "var(--page)", "strokeWidth": 4}, {})
        ),
    ]
    return finish(alt.layer(*layers), _HEIGHT)
