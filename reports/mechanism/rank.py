"""Elimination: the rank grows with every example, and nothing is known until it is full."""

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

SHORT = 5
"""Ranks short of full at which it is asked how much is known: a coordinate in 32, by theory."""

_TRACES_AT_MOST = 12
_POINTS_AT_MOST = 200
_BEFORE, _AFTER = 10, 12
"""Examples around n that the second chart shows."""
_BITS_AT_MOST = 4096
_DOTS = (2, 3)
_HEIGHT = 210


@dataclass(frozen=True)
class Elimination:
    """What the first so many equations of a trial tell.

    Attributes:
        record: the trial.
        examples: ``(M,)`` ascending, their number.
        rank: ``(M,)`` of these.
        determined: ``(M,)`` coordinates that have one value in all solutions.
        contradictory: whether the last of them contradicts the others.
    """

    record: Record
    examples: Floats
    rank: Floats
    determined: Floats
    contradictory: bool

    @property
    def n(self) -> int:
        """Number of unknowns."""
        return self.record.spec.n

    @property
    def full(self) -> float | None:
        """The first number of examples recorded at which the rank was full."""
        there = np.flatnonzero(self.rank >= self.n)
        return float(self.examples[there[0]]) if len(there) else None

    def known(self) -> float | None:
        """Coordinates determined when the rank was last :data:`SHORT` of n; None if not recorded.

        It makes no sense where n is hardly larger.
        """
        there = np.flatnonzero(self.rank == self.n - SHORT)
        sensible = len(there) and self.n >= 2 * SHORT
        return float(self.determined[there[-1]]) if sensible else None


def eliminations(entry: Entry) -> list[Elimination]:
    """The traces that can be drawn, the representative one first."""
    n = entry.instance.n
    found = []
    for trace in traced(entry, "rank", more="consistent"):
        examples, rank, determined = (trace.values[c] for c in ("examples", "rank", "determined"))
        bounded = ((rank >= 0) & (rank <= n) & (determined >= 0) & (determined <= n)).all()
        if n <= _BITS_AT_MOST and examples[0] >= 0 and bounded:
            last = trace.values.get("consistent", np.ones(1))[-1]
            found.append(Elimination(trace.record, examples, rank, determined, last == 0))
    return median_first(found, lambda one: one.full or math.inf)


def expectations(n: int, examples: int) -> tuple[Floats, Floats]:
    """Of m uniformly random equations in n unknowns, m = 0 to ``examples``.

    The rank grows from r with probability 1 - 2^(r - n). A coordinate is determined if its unit
    vector lies in the row space, which at rank r is a uniformly random one: with probability
    (2^r - 1) / (2^n - 1).

    Returns:
        The expected rank, and the expected number of coordinates determined, ``(examples + 1,)``.
    """
    ranks = np.arange(n + 1)
    grows = 1 - np.exp2(ranks - n)
    known = n * (np.exp2(ranks - n) - np.exp2(-n)) / (1 - np.exp2(-n))
    chance = np.zeros(n + 1)
    chance[0] = 1.0
    rank, determined = [], []
    for _ in range(examples + 1):
        rank.append(float(chance @ ranks))
        determined.append(float(chance @ known))
        moved = chance * grows
        chance = chance - moved
        chance[1:] += moved[:-1]
    return np.array(rank), np.array(determined)


def rank_figure(digest: Digest) -> Figure | None:
    """The figure, or None if no trial has a trace with the columns it needs."""
    gathered = {i: few(found) for i, found in gather_traces(digest, "rank", eliminations).items()}
    if not gathered:
        return None
    instances = list(gathered)
    tables: dict[str, list[Row]] = {"equations": [], "random": []}
    views = {}
    for instance, (found, notes) in gathered.items():
        reach = _reach(instance, found)
        for entry, all_eliminations in found:
            _add_rows(tables, instance, entry, all_eliminations, reach)
        tables["random"].extend(_random_rows(instance, reach))
        views[choice(instances, instance)] = _view(
            heading(digest, instances), instance, found, notes, reach
        )
    return Figure(
        "mechanism-rank",
        "Elimination: all at once",
        _CAPTION,
        views,
        tables,
        instance_control(instances),
    )


_CAPTION = Caption(
    see=(
        "Almost every example adds one to the rank, until the last few, and without a plateau; "
        "yet for most of the way nothing is known. While j ranks are missing, only about one "
        "coordinate in 2ʲ has the same value in all solutions: none at first, and within the "
        "last few examples all."
    ),
    computed=(
        "Equations are added in the order in which they were drawn, with the clock stopped: the "
        "rank of the first so many, and the number of coordinates whose value all their solutions "
        "share. Dotted: what is to be expected of equations drawn uniformly, whose rank grows "
        "from r with probability 1 − 2ʳ⁻ⁿ and which determine a coordinate with probability "
        "(2ʳ − 1)/(2ⁿ − 1). Thick is the trial that came to full rank at the median example."
    ),
    omits=(
        "How elimination computes: it takes all equations at once, so that these courses are what "
        "it could have known, not the order of its pivots. With wrong labels the equations "
        "contradict each other, and the course ends there. That S has only k elements can decide "
        "between solutions before the rank is full; the course does not count it."
    ),
)


def _reach(instance: Instance, found: Found[Elimination]) -> int:
    """The last example drawn on the axis."""
    fulls = [one.full for _, traces in found for one in traces if one.full is not None]
    ends = [float(one.examples[-1]) for _, traces in found for one in traces]
    wanted = max([instance.n + _AFTER, *fulls])
    return int(min(wanted, max(ends), 2 * _BITS_AT_MOST))


def _add_rows(
    tables: dict[str, list[Row]],
    instance: Instance,
    entry: Entry,
    found: Sequence[Elimination],
    reach: int,
) -> None:
    base = {"instance": place(instance), "learner": entry.contestant.name}
    base |= {"colour": entry.contestant.colour}
    for one in found[:_TRACES_AT_MOST]:
        inside = np.flatnonzero(one.examples <= reach)
        near = np.abs(one.examples[inside] - instance.n) <= max(_BEFORE, _AFTER)
        count = min(len(inside), _POINTS_AT_MOST)
        spread = inside[np.unique(np.linspace(0, len(inside) - 1, count).round().astype(int))]
        for i in np.union1d(spread, inside[near][: 2 * _POINTS_AT_MOST]):
            tables["equations"].append(
                base
                | {"trial": one.record.spec.trial, "representative": one is found[0]}
                | {"examples": float(one.examples[i]), "beyond_n": one.examples[i] - instance.n}
                | {"rank": float(one.rank[i]), "determined": float(one.determined[i])}
            )


def _random_rows(instance: Instance, reach: int) -> list[Row]:
    n = instance.n
    rank, determined = expectations(n, reach)
    near = np.arange(max(0, n - _BEFORE), min(reach, n + _AFTER) + 1)
    kept = np.union1d(np.unique(np.linspace(0, reach, 100).round().astype(int)), near)
    return [
        {"instance": place(instance), "examples": int(m), "beyond_n": int(m) - n}
        | {"rank": clean(float(rank[m])), "determined": clean(float(determined[m]))}
        for m in kept
    ]


def _view(
    title: str, instance: Instance, found: Found[Elimination], notes: Sequence[str], reach: int
) -> View:
    n = instance.n
    whole = _spec("examples", "examples", [0, reach], n, legible=True)
    near = _spec("beyond_n", "examples beyond n", [-_BEFORE, _AFTER], n, legible=False)
    said = list(notes)
    panels = []
    for entry, traces in found:
        name, finding = entry.contestant.name, describe(traces)
        where = {"instance": place(instance), "learner": name}
        alt_text = f"Rank and coordinates determined of {name} against examples. {finding}"
        data = {"equations": "equations", "random": "random"}
        charts = [Chart(whole, data, alt_text, "Rank, and coordinates determined", where)]
        if reach >= n - _BEFORE:
            closely = f"The same of {name} around {n} examples. {finding}"
            charts.append(Chart(near, data, closely, "Around n examples", where))
        charts[-1] = Chart(charts[-1].spec, data, charts[-1].alt, charts[-1].title, where, finding)
        panels.append(Panel(charts, entry.contestant))
        if len(traces) > _TRACES_AT_MOST:
            said.append(f"{name}: {_TRACES_AT_MOST} of {len(traces)} traces are drawn.")
    colour = found[0][0].contestant.colour
    legend = [
        Key("coordinates determined", colour, dash=()),
        Key("rank", colour, dash=_RANK),
        Key("of equations drawn uniformly", "var(--muted)", dash=_DOTS, remark="expected"),
    ]
    return View({title: panels}, legend, said, columns=min(3, len(panels)))


def describe(found: Sequence[Elimination]) -> str:
    """What one learner's trials show."""
    main = found[0]
    trial = f"Thick, trial {main.record.spec.trial}"
    if main.full is None:
        end = "with a contradiction" if main.contradictory else "with the examples"
        return (
            f"{trial}: the equations ended {end} at rank {wording.whole(float(main.rank[-1]))} of "
            f"{main.n}, which determined {wording.whole(float(main.determined[-1]))} coordinates."
        )
    known = main.known()
    before = (
        f"at rank {main.n - SHORT} of {main.n}, {wording.plural(int(known), 'coordinate')} "
        f"determined; "
        if known is not None
        else ""
    )
    return f"{trial}: {before}at example {wording.whole(main.full)}, all {main.n}."


_RANK = (7, 3)


def _spec(field: str, title: str, domain: Sequence[int], n: int, *, legible: bool) -> Spec:
    """Both courses over the examples; ``legible`` writes which line is which beside them."""
    x = alt.X(
        f"{field}:Q",
        title=title,
        scale=alt.Scale(domain=list(domain), nice=False),
        axis=alt.Axis(grid=False, ticks=False, tickCount=6, tickMinStep=1, format=",d"),
    )

    def y(name: str) -> alt.Y:
        scale = alt.Scale(domain=[0, n * 1.04], nice=False)
        return alt.Y(f"{name}:Q", title=None, axis=y_axis(tickCount=5), scale=scale)

    equations, random = (alt.Chart(alt.NamedData(name)) for name in ("equations", "random"))
    style = {"clip": True, "color": "var(--muted)", "strokeWidth": 2, "strokeDash": list(_DOTS)}
    layers = [
        *bold_and_pale(equations, x, y("rank"), COLOUR, dash=_RANK),
        *bold_and_pale(equations, x, y("determined"), COLOUR, interpolate="step-after"),
        *(random.mark_line(**style).encode(x=x, y=y(name)) for name in ("rank", "determined")),
    ]
    if legible:
        text = alt.Chart(alt.InlineData(values=[{"at": domain[1] * 0.4, "rank": n * 0.4}]))
        at = alt.X("at:Q", scale=alt.Scale(domain=list(domain), nice=False))
        layers.append(
            text.mark_text(align="right", dx=-12, dy=-8, text="rank", color="var(--muted)").encode(
                x=at, y=y("rank")
            )
        )
    return finish(alt.layer(*layers), _HEIGHT)
