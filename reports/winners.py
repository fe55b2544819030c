"""The winner map: who is ahead on each instance of a grid, and by how much."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from parity_compare.reports import wording
from parity_compare.reports.axes import PANELS_AT_MOST, Grid, left_out
from parity_compare.reports.contest import (
    AXES,
    DECIDED,
    SECONDS,
    UNDECIDED,
    UNOPPOSED,
    UNSOLVED,
    Contest,
    Contests,
    Field,
    access_control,
    among,
    coordinate,
    field,
    mixture,
    unit_name,
    unranked_note,
    varying,
)
from parity_compare.reports.currencies import CURRENCIES, Currency, currency_control
from parity_compare.reports.digest import Contestant, Digest, Entry, Instance
from parity_compare.reports.figure import (
    Caption,
    Chart,
    Figure,
    Key,
    Panel,
    Row,
    Spec,
    View,
)
from parity_compare.reports.marks import clean
from parity_compare.reports.winner_chart import winner_chart

_CAPTION = Caption(
    see=(
        "Each cell is one instance, in the colour of the learner with the smallest median cost "
        "there among those chosen. A full colour is decided; a pale one with “?” is not; an "
        "outline has no rival; hatching is where nobody solved more than half of its trials; an "
        "empty place is where nobody was compared. Point at a cell for the numbers, the runner-up "
        "and the factor between them."
    ),
    computed=(
        "Medians over all trials, failed ones infinite, with 95 % bootstrap intervals. Decided: the "
        "winner’s interval lies below that of every rival, the bootstrap interval of each factor "
        "lies above 1, and all have at least six trials. Operations of different units have a "
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
        columns, rows: the axes' values in words, ascending.
        panels: titles of the panels, with the instances of each.
    """

    across: str
    up: str | None
    columns: list[str]
    rows: list[str]
    panels: Mapping[str, Sequence[Instance]]

    def place(self, instance: Instance) -> tuple[int, int]:
        """Column and row, from 0."""
        row = self.rows.index(coordinate(instance, self.up)) if self.up else 0
        return self.columns.index(coordinate(instance, self.across)), row


def _map(instances: Sequence[Instance]) -> _Map:
    across, *others = varying(instances)
    up = "k" if "k" in others else others[0] if others else None
    facets = [axis for axis in others if axis != up]
    panels: dict[str, list[Instance]] = {}
    for instance in sorted(instances, key=lambda one: [_order(one, axis) for axis in facets]):
        facts = instance.facts()
        panels.setdefault(", ".join(facts[axis] for axis in facets), []).append(instance)
    return _Map(across, up, _words(instances, across), _words(instances, up) if up else [], panels)


def _words(instances: Sequence[Instance], axis: str) -> list[str]:
    ordered = sorted(instances, key=lambda one: _order(one, axis))
    return list(dict.fromkeys(coordinate(one, axis) for one in ordered))


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
    drawn = _map(digest.instances)
    grid = Grid(digest)
    tags = _tags(digest.contestants)
    rows: list[Row] = []
    views: dict[tuple[str, ...], View] = {}
    for name, _ in currency.options:
        kind = CURRENCIES[name]
        outcomes = _outcomes(digests, kind, choices)
        rows += [_row(drawn, grid, kind, one, choices, tags) for one in outcomes]
        spec = _spec(drawn, kind)
        for chosen in choices:
            met = [one for one in outcomes if chosen in one.choices]
            view = _view(digests, kind, chosen, drawn, met, spec, tags)
            views[(name, chosen) if access else (name,)] = view
    controls = [currency, *([access] if access else [])]
    return Figure("winners", "Winner map", _CAPTION, views, {"cells": rows}, controls)


def _outcomes(digests: Field, currency: Currency, choices: Sequence[str]) -> list[_Outcome]:
    """The contests on every instance; choices that come to the same one share it."""
    contests = Contests(currency)
    entries: dict[Instance, list[Entry]] = {}
    for entry in digests.ranked(currency):
        entries.setdefault(entry.instance, []).append(entry)
    outcomes: list[_Outcome] = []
    for instance, met in entries.items():
        found: dict[tuple[object, ...], tuple[Contest, list[str]]] = {}
        for chosen in choices:
            contest = contests.among(among(met, chosen))
            if contest:
                rival = contest.duel.slower.contestant if contest.duel else None
                what = (contest.first.contestant, rival, contest.reason)
                found.setdefault(what, (contest, []))[1].append(chosen)
        outcomes += [
            _Outcome(instance, contest, frozenset(same)) for contest, same in found.values()
        ]
    return outcomes


def _row(
    drawn: _Map,
    grid: Grid,
    currency: Currency,
    outcome: _Outcome,
    choices: Sequence[str],
    tags: Mapping[int, tuple[str, str]],
) -> Row:
    contest, first = outcome.contest, outcome.contest.first
    second = contest.duel.slower if contest.duel else None
    (x, y), (text, letter) = drawn.place(outcome.instance), tags[first.contestant.index]
    solved = contest.state != UNSOLVED
    doubt = " ?" if contest.state == UNDECIDED else ""
    panel = next(title for title, met in drawn.panels.items() if outcome.instance in met)
    ratio = contest.duel.ratio if contest.duel else None
    row: Row = {
        "currency": currency.name,
        "panel": panel,
        **grid.row(outcome.instance),
        "outcome": contest.state,
        "reason": contest.reason,
        **_side("winner", first if solved else None, currency),
        **_side("runner_up", second, currency),
        "factor": clean(float(f"{ratio.estimate:.3g}")) if ratio else None,
        "factor_low": clean(float(f"{ratio.low:.3g}")) if ratio else None,
        "factor_high": clean(float(f"{ratio.high:.3g}")) if ratio else None,
        "x": x,
        "y": y,
        "colour": first.contestant.colour if solved else "var(--muted)",
        "text": text + doubt if solved else "",
        "side": letter + doubt.strip() if solved else "",
    }
    if len(choices) > 1:
        row |= {_flag(chosen): int(chosen in outcome.choices) for chosen in choices}
    return row


def _flag(chosen: str) -> str:
    """The column that says whether a row belongs to a choice of access models."""
    return f"among {chosen}"


def _side(who: str, entry: Entry | None, currency: Currency) -> Row:
    """One side of a contest as columns."""
    if entry is None:
        values: list[object] = [None] * 8
    else:
        interval = entry.cost(currency.name)
        values = [
            entry.contestant.name,
            entry.contestant.terms,
            *(clean(float(f"{value:.4g}")) for value in interval),
            unit_name(entry, currency),
            entry.solved,
            entry.trials,
        ]
    names = ("", "_rules", "_median", "_low", "_high", "_unit", "_solved", "_trials")
    return {f"{who}{name}": value for name, value in zip(names, values, strict=True)}


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
    digests: Field,
    currency: Currency,
    chosen: str,
    drawn: _Map,
    met: Sequence[_Outcome],
    spec: Spec,
    tags: Mapping[int, tuple[str, str]],
) -> View:
    """The map under one choice."""
    notes = [unranked_note(digests.of(currency), currency), currency.caveat]
    if not met:
        text = f"None of the chosen learners can be compared in {currency.label.lower()}."
        return View(notes=[text, *filter(None, notes)])
    compared = [entry.contestant for entry in among(digests.ranked(currency), chosen)]
    notes = [mixture(compared), *notes, left_out(drawn.panels)]
    panels: list[Panel] = []
    for title in list(drawn.panels)[:PANELS_AT_MOST]:
        here = set(drawn.panels[title])
        where: dict[str, str | float] = {"currency": currency.name, "panel": title}
        if chosen:
            where[_flag(chosen)] = 1
        contests = [one.contest for one in met if one.instance in here]
        text = _alt(drawn, title, contests)
        panels.append(Panel([Chart(spec, {"cells": "cells"}, text, title=title, where=where)]))
    legend = _legend([one.contest for one in met], tags)
    columns = 1 if len(drawn.columns) > 12 else 2
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
    axes = wording.listing([axis.replace("_", " ") for axis in (drawn.across, drawn.up) if axis])
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


def _spec(drawn: _Map, currency: Currency) -> Spec:
    tips = {drawn.across.replace("_", " "): f"{json.dumps(drawn.columns)}[datum.x]"}
    if drawn.up:
        tips[drawn.up.replace("_", " ")] = f"{json.dumps(drawn.rows)}[datum.y]"
    for title, who in (("ahead", "winner"), ("next", "runner_up")):
        there = f"isValid(datum.{who}) ? "
        tips |= {
            title: f"{there}datum.{who} : '–'",
            f"{title}: rules": f"{there}datum.{who}_rules : '–'",
            f"{title}: median": f"{there}{_median(who, currency)} : '–'",
            f"{title}: solved": f"{there}datum.{who}_solved + ' of ' + datum.{who}_trials : '–'",
        }
    tips |= {"factor": _factor(), "outcome": "datum.reason"}
    up = (AXES[drawn.up], drawn.rows) if drawn.up else None
    return winner_chart((AXES[drawn.across], drawn.columns), up, tips)


def _median(who: str, currency: Currency) -> str:
    """An expression that writes a median with its interval and unit."""
    value, low, high = (
        _amount(f"datum.{who}_{end}", currency) for end in ("median", "low", "high")
    )
    unit = "" if currency.name in _PREFIXED else f" + ' ' + datum.{who}_unit"
    return (
        f"(isValid(datum.{who}_median) ? {value} + ' [' + {low} + ', ' + {high} + ']'{unit} "
        ": 'no finite median')"
    )


_PREFIXED = {SECONDS: "s", "peak_memory": "B"}
"""Currencies whose values carry a unit with a prefix, such as µs and kB."""


def _amount(value: str, currency: Currency) -> str:
    """An expression that writes a cost to three digits, an infinite one, which is null, as ∞."""
    short = f"format({value}, '.3~s') + '{_PREFIXED.get(currency.name, '')}'"
    # Prefixes make sense of large counts and of bytes, but kiloseconds would not.
    plain = f"format({value}, ',.3~r') + '{' s' if currency.name == SECONDS else ''}'"
    prefixed = {SECONDS: f"{value} < 1", "peak_memory": "true"}.get(
        currency.name, f"{value} >= 1e5"
    )
    return f"(isValid({value}) ? ({prefixed} ? {short} : {plain}) : '∞')"


def _factor() -> str:
    value, low, high = (
        f"(isValid(datum.{name}) ? format(datum.{name}, ',.2~r') : '∞')"
        for name in ("factor", "factor_low", "factor_high")
    )
    return f"isValid(datum.factor_low) ? {value} + ' [' + {low} + ', ' + {high} + ']' : '–'"
