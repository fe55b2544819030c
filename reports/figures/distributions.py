"""Runtime distributions: the share of all trials that are solved within a cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from parity_compare.algorithms.outcome import Status
from parity_compare.reports import wording
from parity_compare.reports.contestants import Contestant, Instance
from parity_compare.reports.digest import Digest, Entry
from parity_compare.reports.figure import (
    Caption,
    Chart,
    Control,
    Figure,
    Key,
    Panel,
    Row,
    Spec,
    View,
)
from parity_compare.reports.figures import charts
from parity_compare.reports.figures.contest import (
    SECONDS,
    coordinate,
    field,
    mixture,
    unit_name,
    varying,
)
from parity_compare.reports.figures.currencies import CURRENCIES, Currency, currency_control
from parity_compare.reports.figures.marks import clean, mark
from parity_compare.reports.figures.step_curves import (
    Curve,
    curve,
    line_key,
    points_each,
    quartile_rows,
    step_chart,
    step_rows,
)

INSTANCES_AT_MOST = 24
"""Instances that can be chosen one by one; the curves over all of them are always there."""

ALL = "all"

_POINTS_OVER_ALL, _POINTS_ON_EACH = 6_000, 8_000
"""Points of all curves over all instances, and of all those on one of them."""

_CUT_OFF = (Status.TIMEOUT, Status.OUT_OF_SAMPLES, Status.ERROR)
"""Ends of trials that say nothing of what they would have come to."""

_CAPTION = Caption(
    see=(
        "Each curve climbs to the share of all trials that were solved within the cost below it: "
        "the further left it climbs, the cheaper; the higher it ends, the more it solves. Marks on "
        "it stand where a quarter, half and three quarters of all trials are solved. A steep curve "
        "costs the same every time; a long slope is luck."
    ),
    computed=(
        "A trial that was not solved counts as never solved, and a triangle stands at the most "
        "that such a trial spent before it was cut off. The band is the 95 % one of Dvoretzky, "
        "Kiefer and Wolfowitz with Massart’s constant, ±√(ln\u00a040\u00a0/\u00a02N) for N trials: "
        "it holds along the whole curve at once. Of a curve of many steps, evenly spaced ones are "
        "drawn, each exact."
    ),
    omits=(
        "Beyond a triangle nothing is known: a higher limit could have solved more. A trial that "
        "came to its own end without S, such as elimination of equations that no parity fits, has "
        "no triangle, for no limit stood in its way. Learners that may ask for different things, "
        "or were told more, do not compete on equal terms, and the bands take trials as "
        "independent, which replays of one start are not."
    ),
)


@dataclass(frozen=True)
class _Scope:
    """One choice of instances.

    Attributes:
        value: of the choice.
        label: stands on the switch.
        name: stands in the tables.
        instances: that belong to it.
    """

    value: str
    label: str
    name: str
    instances: frozenset[Instance]


@dataclass(frozen=True)
class _Sample:
    """All trials of a contestant within a scope, in one currency.

    Attributes:
        drawn: its distribution.
        least, most: the smallest positive and the largest cost that belong to its picture.
        cut_off: how many trials were, by a limit or because they broke off.
        given_up: the most that such a trial spent; None if there is none.
        unsolved: how many were not.
        instances: on how many instances it ran.
        unit: what its costs are counted in.
    """

    contestant: Contestant
    drawn: Curve
    least: float
    most: float
    cut_off: int
    given_up: float | None
    unsolved: int
    instances: int
    unit: str


def distribution_figure(digest: Digest) -> Figure | None:
    """The shares of trials solved within a cost, in every currency, over all instances and on each.

    None if nobody spent anything.
    """
    currency = currency_control(digest)
    if not currency.options:
        return None
    scopes = _scopes(digest)
    digests = field(digest)
    found = {
        (name, scope.value): _samples(digests.of(CURRENCIES[name]), CURRENCIES[name], scope)
        for name, _ in currency.options
        for scope in scopes
    }
    over_all = sum(len(samples) for (_, place), samples in found.items() if place == ALL)
    on_each = sum(map(len, found.values())) - over_all
    points = {scope.value: points_each(on_each, _POINTS_ON_EACH) for scope in scopes}
    points[ALL] = points_each(over_all, _POINTS_OVER_ALL)
    tables: dict[str, list[Row]] = {"curves": [], "quartiles": [], "ends": []}
    views: dict[tuple[str, ...], View] = {}
    for name, _ in currency.options:
        kind = CURRENCIES[name]
        everything = [one for scope in scopes for one in found[name, scope.value]]
        domain = charts.log_domain(
            [value for one in everything for value in (one.least, one.most)], pad=1.1
        )
        spec = _spec(kind, domain, len(digest.contestants))
        for scope in scopes:
            samples = found[name, scope.value]
            for sample in samples:
                _tabulate(tables, kind, scope, sample, (domain[0], points[scope.value]))
            choice = (name, scope.value) if len(scopes) > 1 else (name,)
            views[choice] = _view(digests.of(kind), kind, scope, samples, spec)
    controls = [currency]
    if len(scopes) > 1:
        controls.append(Control("instance", "On", [(scope.value, scope.label) for scope in scopes]))
    return Figure("distribution", "Runtime distributions", _CAPTION, views, tables, controls)


def _scopes(digest: Digest) -> list[_Scope]:
    """All instances together, and each of them if they are few."""
    every = frozenset(digest.instances)
    if len(every) == 1:
        title = digest.instances[0].title()
        return [_Scope(ALL, title, title, every)]
    scopes = [_Scope(ALL, f"all {len(every)} instances", ALL, every)]
    if len(every) > INSTANCES_AT_MOST:
        return scopes
    axes = varying(digest.instances)
    for instance in digest.instances:
        place = ",".join(f"{axis}={coordinate(instance, axis)}" for axis in axes)
        label = _label(instance, axes)
        scopes.append(_Scope(place, label, instance.title(), frozenset([instance])))
    return scopes


def _label(instance: Instance, axes: Sequence[str]) -> str:
    facts = instance.facts()
    return ", ".join(facts[axis] for axis in facts if axis in axes)


def _samples(digest: Digest, currency: Currency, scope: _Scope) -> list[_Sample]:
    """Of every contestant that spends this currency; seconds only of trials that ran alone."""
    samples: list[_Sample] = []
    for contestant in digest.contestants:
        entries = [one for one in digest.of(contestant) if one.instance in scope.instances]
        if currency.name == SECONDS and not contestant.timed:
            continue
        if any(entry.uses(currency.name) for entry in entries):
            samples.append(_sample(entries, currency))
    return samples


def _sample(entries: Sequence[Entry], currency: Currency) -> _Sample:
    costs = np.concatenate([entry.spent(currency.name) for entry in entries])
    failed = np.concatenate([one.paid(currency.name)[~one.succeeded] for one in entries])
    cut = np.concatenate([one.paid(currency.name)[_cut_off(one)] for one in entries])
    solved = costs[np.isfinite(costs)]
    paid = solved[solved > 0] if (solved > 0).any() else failed[failed > 0]
    return _Sample(
        entries[0].contestant,
        curve(costs),
        float(paid.min()),
        float(np.concatenate([solved, failed]).max()),
        len(cut),
        float(cut.max()) if len(cut) else None,
        len(failed),
        len({entry.instance for entry in entries}),
        unit_name(entries[0], currency),
    )


def _cut_off(entry: Entry) -> list[bool]:
    """Which trials might have gone on to S, had they been let."""
    return [not one.solved and one.status in _CUT_OFF for one in entry.records]


def _tabulate(
    tables: dict[str, list[Row]],
    currency: Currency,
    scope: _Scope,
    sample: _Sample,
    room: tuple[float, int],
) -> None:
    """Add a sample's rows to the tables; ``room`` is where the axis begins, and points at most."""
    contestant = sample.contestant
    shape, dash = mark(contestant)
    place: Row = {
        "currency": currency.name,
        "instance": scope.name,
        "learner": contestant.name,
        "colour": contestant.colour,
    }
    told: Row = {
        "access": contestant.access,
        "told": wording.told_words(contestant.side_information),
        "unit": sample.unit,
        "trials": sample.drawn.total,
    }
    rows = step_rows(sample.drawn, "cost", start=room[0], end=sample.most, at_most=room[1])
    tables["curves"] += [place | told | row | {"dash": list(dash)} for row in rows]
    tables["quartiles"] += [
        place | row | {"shape": shape, "text": currency.quantity(row["cost"])}
        for row in quartile_rows(sample.drawn, "cost")
    ]
    if sample.given_up is not None:
        share = round(sample.drawn.share(sample.given_up), 4)
        end = {"cost": clean(sample.given_up), "share": share, "cut_off": sample.cut_off}
        tables["ends"].append(place | end | {"trials": sample.drawn.total})


def _spec(currency: Currency, domain: charts.Domain, curves: int) -> Spec:
    """The chart of a currency; all instances share an axis, so curves wander as they get harder."""
    return step_chart(
        "cost",
        domain,
        currency.quantity,
        (currency.axis, "share of all trials solved"),
        [
            {"field": "learner", "type": "nominal"},
            charts.number("share") | {"title": "share of trials solved", "format": ".0%"},
            {"field": "text", "type": "nominal", "title": f"{currency.axis}, at most"},
        ],
        censored=True,
        curves=curves,
    )


def _view(
    digest: Digest, currency: Currency, scope: _Scope, samples: Sequence[_Sample], spec: Spec
) -> View:
    notes = [*_left_out(digest, currency, scope, samples), currency.caveat]
    if not samples:
        return View(notes=notes)
    if len({sample.unit for sample in samples}) > 1:
        notes.append("Units differ by learner and do not compare; each name has its own.")
    notes += _weights(scope, samples)
    where = {"currency": currency.name, "instance": scope.name}
    chart = Chart(
        spec,
        {name: name for name in ("curves", "quartiles", "ends")},
        _alt(currency, scope, samples),
        where=where,
    )
    contestants = [sample.contestant for sample in samples]
    notes += filter(None, [mixture(contestants)])
    legend = [line_key(sample.contestant, _remark(sample, currency)) for sample in samples]
    legend.append(Key("95 % band", "var(--muted)", "band"))
    if any(sample.cut_off for sample in samples):
        label = "the most that a trial spent that was cut off"
        legend.append(Key(label, "var(--muted)", "triangle-right", hollow=True))
    return View({"": [Panel([chart])]}, legend, notes, columns=1)


def _remark(sample: _Sample, currency: Currency) -> str:
    """Behind a name: under which rules it ran, and how many it solved."""
    total = sample.drawn.total
    parts = [sample.contestant.terms, f"{total - sample.unsolved:,} of {total:,} solved"]
    if currency.name == SECONDS and sample.contestant.remark:
        parts.append(sample.contestant.remark)
    if currency.name == "operations":
        parts.append(f"in {sample.unit}")
    return "; ".join(parts)


def _left_out(
    digest: Digest, currency: Currency, scope: _Scope, samples: Sequence[_Sample]
) -> list[str]:
    """Who has no curve, and why; and which instances cannot be chosen."""
    notes: list[str] = []
    shown = {sample.contestant for sample in samples}
    missing = [one for one in digest.contestants if one not in shown and _met(digest, one, scope)]
    if currency.name == SECONDS:
        loose = [f"{one.name} ({one.remark})" if one.remark else one.name for one in missing]
        if loose:
            notes.append(
                f"Left out: {wording.listing(loose)}, whose seconds are simulated, or not those of "
                "single trials that ran alone."
            )
    elif missing:
        names = wording.listing([one.name for one in missing])
        notes.append(f"None spent by {names}.")
    if len(scope.instances) > INSTANCES_AT_MOST:
        notes.append(
            f"There are {len(scope.instances)} instances, too many to show the curves on each."
        )
    return notes


def _met(digest: Digest, contestant: Contestant, scope: _Scope) -> bool:
    return any(entry.instance in scope.instances for entry in digest.of(contestant))


def _weights(scope: _Scope, samples: Sequence[_Sample]) -> list[str]:
    """What a curve over several instances is, and whether all learners met the same ones."""
    every = len(scope.instances)
    if every == 1:
        return []
    notes = [
        "Instances are weighted by their trials; the bands take each trial’s instance as drawn at "
        "random, which errs on the wide side where instances have equally many."
    ]
    fewer = [
        f"{sample.contestant.name} {sample.instances}"
        for sample in samples
        if sample.instances < every
    ]
    if fewer:
        notes.append(
            f"Not all met all {every} instances, so compare them on one of them: "
            f"{wording.listing(fewer)}."
        )
    return notes


def _alt(currency: Currency, scope: _Scope, samples: Sequence[_Sample]) -> str:
    """When each learner had solved half of its trials, and what it solved in all."""
    told: list[str] = []
    for sample in samples:
        half = [
            row["cost"] for row in quartile_rows(sample.drawn, "cost") if row["quartile"] == 0.5
        ]
        reached = f"half within {currency.quantity(half[0])}" if half else "never half"
        told.append(f"{sample.contestant.name} {reached}, {sample.drawn.limit:.0%} in all")
    return f"Share of trials solved by {currency.axis}, {scope.label}: {'; '.join(told)}."
