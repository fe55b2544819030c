"""The winner map: who is ahead on each instance of a grid, and by how much."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from parity_compare.reports import wording
from parity_compare.reports.contestants import Contestant, Instance
from parity_compare.reports.digest import Digest, Entry
from parity_compare.reports.figure import (
    SWITCH,
    Caption,
    Chart,
    Figure,
    Key,
    Panel,
    Row,
    Spec,
    View,
)
from parity_compare.reports.figures.axes import PANELS_AT_MOST, Grid, left_out
from parity_compare.reports.figures.contest import (
    AXES,
    DECIDED,
    UNDECIDED,
    UNOPPOSED,
    UNSOLVED,
    Contest,
    Contests,
    access_control,
    among,
    coordinate,
    field,
    mixture,
    unit_name,
    unranked_note,
    varying,
)
from parity_compare.reports.figures.currencies import CURRENCIES, Currency, currency_control, ranked
from parity_compare.reports.figures.marks import clean
from parity_compare.reports.figures.winner_chart import Look, MapAxis, winner_chart
from parity_compare.statistics import Interval

_CAPTION = Caption(
    see=(
        "Each cell is one instance, in the colour of the learner with the smallest median cost "
        "there among those chosen. A full colour is decided; a pale one with “?” is not; an "
        "outline has no rival; hatching is where nobody solved more than half of its trials; an "
        "empty place is where nobody was compared. Point at a cell for the numbers, the runner-up "
        "and the factor between them."
    ),
    computed=(
        "Medians over all trials, failed ones infinite, with 95 % bootstrap intervals. Decided: "
        "the winner’s interval lies below that of every rival, that of each factor above 1, "
        "and all have at least six trials. Operations of different units have a "
        "factor but no decision."
    ),
    omits=(
        "Nothing between the cells, and nothing of learners that did not run. Many cells are "
        "judged at once: where two learners are equally good, up to one cell in twenty may be "
        "called decided by luck. Each access model and side information is a game of its own: "
        "choose one access model to compare like with like."
    ),
)


@dataclass(frozen=True)
class _Map:
    """Where instances stand: two axes, and panels of what varies besides.

    Attributes:
        across, up: the axes; ``up`` is None for a single row of cells.
        panels: by title, what the rows of a panel have in common, and its instances.
    """

    across: MapAxis
    up: MapAxis | None
    panels: Mapping[str, tuple[dict[str, str | float], list[Instance]]]


def _map(digest: Digest, grid: Grid) -> _Map:
    across, *others = varying(digest.instances)
    up = "k" if "k" in others else others[0] if others else None
    facets = [axis for axis in others if axis != up]
    panels: dict[str, tuple[dict[str, str | float], list[Instance]]] = {}
    for instance in sorted(digest.instances, key=lambda one: [_order(one, f) for f in facets]):
        facts, row = instance.facts(), grid.row(instance)
        title = ", ".join(facts[axis] for axis in facets)
        common = {_column(axis): row[_column(axis)] for axis in facets}
        panels.setdefault(title, (common, []))[1].append(instance)
    return _Map(_axis(digest, grid, across), _axis(digest, grid, up) if up else None, panels)


def _axis(digest: Digest, grid: Grid, name: str) -> MapAxis:
    column = _column(name)
    ordered = sorted(digest.instances, key=lambda one: _order(one, name))
    values = {grid.row(one)[column]: coordinate(one, name) for one in ordered}
    return MapAxis(column, AXES[name], list(values), list(values.values()))


def _column(axis: str) -> str:
    """Where :class:`Grid` writes a coordinate."""
    return "kind" if axis == "variant" else axis


def _order(instance: Instance, axis: str) -> tuple[float, str]:
    """Sorts by a coordinate; ``dense`` and ``fresh`` come last."""
    value = getattr(instance, axis)
    if isinstance(value, str):
        return (0.0, value)
    return (math.inf if value is None else float(value), "")


@dataclass(frozen=True)
class _Outcome:
    """A contest of an instance, with the choices of access models under which it is that one."""

    instance: Instance
    contest: Contest
    choices: frozenset[str]


def winner_figure(digest: Digest) -> Figure | None:
    """Who is ahead on each instance, in every currency, among every choice of access models.

    None for a single instance, or if nobody spent anything.
    """
    currency = currency_control(digest)
    if len(digest.instances) < 2 or not currency.options:
        return None
    digests = field(digest)
    access = access_control(digests)
    choices = access.values if access else [""]
    grid = Grid(digest)
    drawn = _map(digest, grid)
    tags = _tags(digest.contestants)
    rows: list[Row] = []
    views: dict[tuple[str, ...], View] = {}
    for name, _ in currency.options:
        kind = CURRENCIES[name]
        entries = digests.ranked(kind)
        outcomes = _outcomes(entries, kind, choices)
        rows += [_row(grid, kind, one, choices) for one in outcomes]
        looks = {
            _name(one): Look(one.colour, *tags[one.index])
            for one in dict.fromkeys(entry.contestant for entry in entries)
        }
        spec = winner_chart(drawn.across, drawn.up, looks, kind)
        for chosen in choices:
            view = _view(digests.of(kind), kind, chosen, drawn, outcomes, spec, tags)
            views[(name, chosen) if access else (name,)] = view
    controls = [currency, *([access] if access else [])]
    return Figure("winners", "Winner map", _CAPTION, views, {"cells": rows}, controls)


def _outcomes(
    entries: Sequence[Entry], currency: Currency, choices: Sequence[str]
) -> list[_Outcome]:
    """The contests on every instance; choices that come to the same one share it."""
    contests = Contests(currency)
    by_instance: dict[Instance, list[Entry]] = {}
    for entry in entries:
        by_instance.setdefault(entry.instance, []).append(entry)
    outcomes: list[_Outcome] = []
    for instance, met in by_instance.items():
        found: dict[tuple[object, ...], tuple[Contest, list[str]]] = {}
        for chosen in choices:
            wanted = set(among((entry.contestant for entry in met), chosen))
            contest = contests.among([entry for entry in met if entry.contestant in wanted])
            if contest:
                rival = contest.duel.slower.contestant if contest.duel else None
                what = (contest.first.contestant, rival, contest.reason)
                found.setdefault(what, (contest, []))[1].append(chosen)
        outcomes += [
            _Outcome(instance, contest, frozenset(same)) for contest, same in found.values()
        ]
    return outcomes


def _row(grid: Grid, currency: Currency, outcome: _Outcome, choices: Sequence[str]) -> Row:
    contest = outcome.contest
    first = None if contest.state == UNSOLVED else contest.first
    second = contest.duel.slower if contest.duel else None
    units = dict.fromkeys(unit_name(one, currency) for one in (contest.first, second) if one)
    ratio = contest.duel.ratio if contest.duel else Interval(math.nan, math.nan, math.nan)
    row: Row = {
        "currency": currency.name,
        **grid.row(outcome.instance),
        "outcome": contest.state,
        "reason": contest.reason,
        **_side("winner", first, currency),
        **_side("runner_up", second, currency),
        "unit": " against ".join(units),
        "factor": _short(ratio.estimate),
        "factor_low": _short(ratio.low),
        "factor_high": _short(ratio.high),
    }
    if len(choices) > 1:
        row |= {_flag(chosen): int(chosen in outcome.choices) for chosen in choices}
    return row


def _flag(chosen: str) -> str:
    """The column that says whether a row belongs to a choice of access models."""
    return SWITCH + chosen


def _name(contestant: Contestant) -> str:
    """A contestant in the tables: access and side information stand beside every number."""
    return f"{contestant.name}, {contestant.terms}"


def _side(who: str, entry: Entry | None, currency: Currency) -> Row:
    """One side of a contest as columns."""
    values: list[object] = [None] * 5
    if entry is not None:
        interval = entry.cost(currency.name)
        solved = f"{entry.solved} of {entry.trials}"
        values = [_name(entry.contestant), *map(_short, interval), solved]
    names = ("", "_median", "_low", "_high", "_solved")
    return {f"{who}{name}": value for name, value in zip(names, values, strict=True)}


def _short(value: float) -> float | None:
    """To three digits, which is what a map of hundreds of cells can hold."""
    return clean(float(f"{value:.3g}"))


def _tags(contestants: Sequence[Contestant]) -> dict[int, tuple[str, str]]:
    """By index, what stands in a contestant's cells, and what where that has no room.

    Contestants that share a hue are told apart by letters, which always have room.
    """
    tags: dict[int, tuple[str, str]] = {}
    for one in contestants:
        twins = [other.index for other in contestants if other.hue == one.hue]
        place = twins.index(one.index)
        letter = chr(ord("A") + place) if len(twins) <= 26 else f"{place + 1}"
        tags[one.index] = (
            (one.learner, "") if len(twins) == 1 else (f"{one.learner} {letter}", letter)
        )
    return tags


def _view(
    digest: Digest,
    currency: Currency,
    chosen: str,
    drawn: _Map,
    outcomes: Sequence[_Outcome],
    spec: Spec,
    tags: Mapping[int, tuple[str, str]],
) -> View:
    """The map under one choice."""
    met = {one.instance: one.contest for one in outcomes if chosen in one.choices}
    notes = [unranked_note(digest, currency), currency.caveat]
    if not met:
        text = f"None of the chosen learners can be compared in {currency.label.lower()}."
        return View(notes=[text, *filter(None, notes)])
    compared = [entry.contestant for entry in digest.entries if ranked(digest, entry, currency)]
    notes = [mixture(among(compared, chosen)), *notes, left_out(drawn.panels)]
    panels: list[Panel] = []
    for title, (common, instances) in list(drawn.panels.items())[:PANELS_AT_MOST]:
        where = {"currency": currency.name, **common}
        if chosen:
            where[_flag(chosen)] = 1
        text = _alt(drawn, title, [met[one] for one in instances if one in met])
        panels.append(Panel([Chart(spec, {"cells": "cells"}, text, title=title, where=where)]))
    legend = _legend(list(met.values()), tags)
    columns = 1 if len(drawn.across.words) > 12 else 2
    return View({"": panels}, legend, [*filter(None, notes)], columns=columns)


def _legend(contests: Sequence[Contest], tags: Mapping[int, tuple[str, str]]) -> list[Key]:
    """Who is ahead somewhere and how often, and what the looks of a cell mean."""
    keys: list[Key] = []
    ahead = [one for one in contests if one.state != UNSOLVED]
    decided = Counter(one.first.contestant for one in ahead if one.state == DECIDED)
    counts = Counter(one.first.contestant for one in ahead)
    for one in sorted(counts, key=lambda contestant: contestant.index):
        text, letter = tags[one.index]
        parts = [
            f"“{text}”" if letter else "",
            one.terms,
            f"ahead on {counts[one]} of {len(contests)}, {decided[one]} decided",
        ]
        keys.append(Key(one.name, one.colour, "square", remark="; ".join(filter(None, parts))))
    states = {one.state for one in contests}
    looks = (
        (UNDECIDED, Key("pale, “?”: not decided", "var(--ink)", "band")),
        (UNOPPOSED, Key("outlined: no rival", "var(--ink)", "square", hollow=True)),
        (UNSOLVED, Key("hatched: nobody solves it", "var(--muted)", dash=(2, 2))),
    )
    return keys + [key for state, key in looks if state in states]


def _alt(drawn: _Map, title: str, contests: Sequence[Contest]) -> str:
    """Who is ahead how often in a panel."""
    axes = wording.listing([axis.title for axis in (drawn.across, drawn.up) if axis])
    ahead = Counter(one.first.contestant.name for one in contests if one.state != UNSOLVED)
    parts = [f"{name} ahead on {count}" for name, count in ahead.most_common()]
    unsolved = sum(one.state == UNSOLVED for one in contests)
    if unsolved:
        parts.append(f"nobody solves {unsolved}")
    undecided = sum(one.state == UNDECIDED for one in contests)
    if undecided:
        parts.append(f"{undecided} not decided")
    where = f", {title}" if title else ""
    return f"Winners by {axes}{where}, of {len(contests)}: {', '.join(parts) or 'none'}."
