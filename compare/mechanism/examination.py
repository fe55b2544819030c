"""Puts every question of mechanism to a set of results, cell by cell."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity_compare.mechanism.control import QUESTION as CONTROL_QUESTION
from parity_compare.mechanism.exponents import FEWEST_SIZES, exponents
from parity_compare.mechanism.exponents import QUESTION as EXPONENT_QUESTION
from parity_compare.mechanism.foretelling import FEWEST_COURSES, Foretelling, foretells
from parity_compare.mechanism.foretelling import QUESTION as FORETELLING_QUESTION
from parity_compare.mechanism.initialisation import QUESTION as INITIALISATION_QUESTION
from parity_compare.mechanism.initialisation import initialisation
from parity_compare.mechanism.memoryless import QUESTION as MEMORYLESS_QUESTION
from parity_compare.mechanism.memoryless import memoryless
from parity_compare.mechanism.trials import courses, groups, independent, resolution, times
from parity_compare.mechanism.verdict import Verdict
from parity_compare.problems.errors import InvalidInput
from parity_compare.results import CELL, Record, Results

_CONTROL = "random-labels"
_NOT_OF_STEPS = ("timing", "threads")
# All times are steps, which do not depend on how the seconds were taken.

_CellKey = tuple[tuple[str, Any], ...]
_Cells = dict[_CellKey, list[Record]]


@dataclass(frozen=True)
class Examined:
    """What the trials of one cell say, or those of one learner over several n.

    Attributes:
        cell: the values that its trials share, by the names of
            :data:`parity_compare.results.CELL`.
        sizes: the n of its trials, ascending.
        trials, solved: how many.
        verdicts: the answers.
        missing: for every question without an answer, what it takes to have one.
    """

    cell: dict[str, Any]
    sizes: tuple[int, ...]
    trials: int
    solved: int
    verdicts: tuple[Verdict, ...]
    missing: tuple[str, ...]


def examine(
    results: Results, *, level: float = 0.05, resamples: int = 999, seed: int = 0
) -> list[Examined]:
    """Put to every cell the questions that apply to it, then to every learner that over n.

    Of trials that share a start, only the first counts where independent ones are asked for. Cells
    of random labels, in which nothing can be found, serve as controls.

    Args:
        results: the trials.
        level: level of the tests, and one minus the confidence of intervals.
        resamples: bootstrap samples and permutations.
        seed: names them.
    """
    options: dict[str, Any] = {"level": level, "resamples": resamples, "seed": seed}
    cells = _cells(results)
    controls = {
        _without(key, "variant", "replays"): cells[key] for key in cells if _is_control(key)
    }
    with_signal = {key: records for key, records in cells.items() if not _is_control(key)}
    examined = [
        _examine_cell(key, records, controls.get(_without(key, "variant", "replays")), options)
        for key, records in with_signal.items()
    ]
    families: dict[_CellKey, list[Record]] = {}
    for key, records in with_signal.items():
        families.setdefault(_without(key, "n"), []).extend(records)
    return examined + [_examine_sizes(key, family, options) for key, family in families.items()]


def _cells(results: Results) -> _Cells:
    """The results' cells by learner and size, those that differ in their timing put together."""
    merged: dict[_CellKey, dict[tuple[int, int], Record]] = {}
    for records in results.cells():
        key = _without(tuple(records[0].cell().items()), *_NOT_OF_STEPS)
        trials = merged.setdefault(key, {})
        trials |= {(record.spec.seed, record.spec.trial): record for record in records}
    learners = list(dict.fromkeys(dict(key)["label"] for key in merged))

    def place(key: _CellKey) -> tuple[float, ...]:
        cell = dict(key)
        return learners.index(cell["label"]), cell["k"] or math.inf, cell["noise"], cell["n"]

    return {key: list(merged[key].values()) for key in sorted(merged, key=place)}


def _without(key: _CellKey, *names: str) -> _CellKey:
    assert set(names) <= set(CELL)
    return tuple((name, value) for name, value in key if name not in names)


def _is_control(key: _CellKey) -> bool:
    return ("variant", _CONTROL) in key


def _examine_cell(
    key: _CellKey, records: list[Record], control: list[Record] | None, options: dict[str, Any]
) -> Examined:
    separate = independent(records)
    verdicts, missing = _ask(
        {
            MEMORYLESS_QUESTION: lambda: memoryless(*times(separate), **options),
            INITIALISATION_QUESTION: lambda: _initialisation(records, options),
            FORETELLING_QUESTION: lambda: _foretelling(separate, control, options),
        }
    )
    if control is None and any(isinstance(verdict, Foretelling) for verdict in verdicts):
        advice = "That takes a control: run it with --variant plain,random-labels too."
        missing = (*missing, f"{CONTROL_QUESTION} {advice}")
    return _summed_up(dict(key), records, verdicts, missing)


def _examine_sizes(key: _CellKey, records: list[Record], options: dict[str, Any]) -> Examined:
    verdicts, missing = _ask({EXPONENT_QUESTION: lambda: _exponents(records, options)})
    return _summed_up(dict(key), records, verdicts, missing)


class _Missing(Exception):
    """What a question lacks; the message is a sentence for the user."""


def _ask(
    questions: Mapping[str, Callable[[], Verdict]],
) -> tuple[tuple[Verdict, ...], tuple[str, ...]]:
    """The verdicts, and the questions that lack something with what it is."""
    verdicts, missing = [], []
    for question, put in questions.items():
        try:
            verdicts.append(put())
        except _Missing as reason:
            missing.append(f"{question} {reason}")
        except InvalidInput as reason:
            missing.append(f"{question} These trials do not tell: {reason}.")
    return tuple(verdicts), tuple(missing)


def _initialisation(records: list[Record], options: dict[str, Any]) -> Verdict:
    if records[0].spec.replays == 1:
        raise _Missing("That takes trials that share a start: run it with --replays 10.")
    spent, solved = times(records)
    return initialisation(spent, groups(records), solved, **options)


def _foretelling(
    records: list[Record], control: list[Record] | None, options: dict[str, Any]
) -> Verdict:
    traced = [record for record in records if "progress_relevant" in record.trace]
    if not traced:
        raise _Missing("That takes a measure of progress: only networks have one, with probes.")
    if len(traced) < FEWEST_COURSES:
        raise _Missing(
            f"That takes {FEWEST_COURSES} trials or more, each of a start of its own, and there "
            f"{_are(len(traced))}: run it with --trials 40 and without --replays."
        )
    others = None if control is None else courses(independent(control))
    return foretells(courses(traced), others, **options)


def _exponents(records: list[Record], options: dict[str, Any]) -> Verdict:
    by_size: dict[int, list[Record]] = {}
    for record in records:
        by_size.setdefault(record.spec.n, []).append(record)
    if len(by_size) < FEWEST_SIZES:
        raise _Missing(
            f"That takes {FEWEST_SIZES} sizes or more, and there {_are(len(by_size))}: run it with "
            "several --n, such as 20,30,40."
        )
    spent, looks = {}, {}
    for n, trials in by_size.items():
        steps, solved = times(independent(trials))
        spent[n] = np.where(solved, steps, math.inf).tolist()
        looks[n] = resolution(trials)
    return exponents(spent, resolution=looks, **options)


def _are(number: int) -> str:
    return f"is {number}" if number == 1 else f"are {number}"


def _summed_up(
    cell: dict[str, Any],
    records: list[Record],
    verdicts: tuple[Verdict, ...],
    missing: tuple[str, ...],
) -> Examined:
    return Examined(
        cell=cell,
        sizes=tuple(sorted({record.spec.n for record in records})),
        trials=len(records),
        solved=sum(record.solved for record in records),
        verdicts=verdicts,
        missing=missing,
    )
