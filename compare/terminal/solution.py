"""What ``solve`` prints: an answer for every label, how sure it is, and what is left open."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from parity_compare.algorithms.outcome import Status
from parity_compare.solving.advice import equation
from parity_compare.solving.solution import Answer, Attempt, Solution
from parity_compare.statistics import Interval
from parity_compare.terminal.lines import left_out, print_text, width
from parity_compare.terminal.wording import format_seconds, printable

_INDENT = 14  # of what stands behind a heading
_HEAVIER = 4  # columns that an alternative may have more to be printed


def print_solutions(
    solutions: Mapping[str, Solution],
    *,
    dropped: int,
    dropped_columns: Sequence[str] = (),
    as_json: bool,
) -> None:
    """The answers of ``solve``, by label.

    Args:
        solutions: by the label's name, in order.
        dropped: rows that were left out because values were missing.
        dropped_columns: columns that were left out because values were missing.
        as_json: print one JSON object instead.
    """
    if as_json:
        answer = {
            "dropped": dropped,
            "dropped_columns": list(dropped_columns),
            "labels": [facts(name, solution) for name, solution in solutions.items()],
        }
        print(json.dumps(answer, indent=1, allow_nan=False))
        return
    columns = width()
    if lacking := left_out(dropped, dropped_columns):
        print_text(lacking, columns)
    for number, (name, solution) in enumerate(solutions.items()):
        if number:
            print()
        for heading, text in _lines(name, solution):
            print_text(text, columns, heading, _INDENT if heading else 0)


def facts(label: str, solution: Solution) -> dict[str, Any]:
    """The answer for one label as plain values for JSON (docs/solve.md has the schema)."""
    answered = solution.support is not None
    rival, guess = solution.rival, solution.guess
    return {
        "status": str(solution.status),
        "learner": solution.learner,
        "label": label,
        "columns": list(solution.columns) if answered else None,
        "support": list(solution.support or ()) if answered else None,
        "constant": solution.constant if answered else None,
        "agreements": solution.agreements,
        "examples": solution.examples,
        "noise": _interval(solution.noise) if answered else None,
        "chance": solution.chance,
        "sure": solution.sure,
        "unique": _unique(solution) if answered else None,
        "relations_among_columns": solution.freedom,
        "alternatives": [_answer(answer) for answer in solution.alternatives],
        "ties": solution.ties,
        "runner_up": None
        if rival is None
        else {
            **_answer(rival.answer),
            "agreements": rival.agreements,
            "differing": rival.differing,
            "doubt": rival.doubt,
        },
        "guess": None
        if guess is None
        else {
            **_answer(guess.answer),
            "agreements": guess.agreements,
            "chance": guess.chance,
        },
        "attempts": [_attempt(attempt) for attempt in solution.attempts],
        "excluded": list(solution.excluded),
        "advice": list(solution.advice),
        "seconds": solution.cost.seconds,
        "message": solution.message,
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "columns": list(answer.columns),
        "support": list(answer.support),
        "constant": answer.constant,
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "learner": attempt.learner,
        "reason": attempt.reason,
        "status": None if attempt.status is None else str(attempt.status),
        "seconds": attempt.seconds,
        "detail": attempt.detail,
    }


def _interval(interval: Interval) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in interval]


def _unique(solution: Solution) -> bool:
    return solution.freedom == 0 and not solution.ties


def _lines(label: str, solution: Solution) -> Iterator[tuple[str, str]]:
    """Headings and texts; the first line and continuations of it have no heading."""
    if solution.support is None:
        yield from _without_answer(label, solution)
    else:
        yield from _answered(label, solution)
    yield from _course(solution.attempts)
    for sentence in solution.excluded:
        yield "excluded", sentence
    for sentence in solution.advice:
        yield "to settle" if solution.support is not None else "to try", sentence


def _without_answer(label: str, solution: Solution) -> Iterator[tuple[str, str]]:
    name = printable(label)
    if solution.status is Status.UNDERDETERMINED:
        headline = f"Several XORs of columns fit {name}"
    elif solution.status is Status.FOUND:
        headline = f"{solution.learner} fits {name}, but not with an XOR of columns"
    else:
        headline = f"No parity found for {name}"
    yield "", f"{headline} ({solution.learner}: {solution.status})."
    if solution.message:
        yield "", solution.message


def _answered(label: str, solution: Solution) -> Iterator[tuple[str, str]]:
    terms = equation(solution.columns, solution.constant)
    if not solution.columns:
        terms += " (the label is constant)"
    yield "", f"{label} = {terms}"
    if solution.constant and solution.columns:
        yield "", "(an XNOR: the opposite of the columns' XOR)"
    noise, share = solution.noise, 100 * solution.agreements / solution.examples
    yield "found by", f"{solution.learner} in {format_seconds(solution.cost.seconds)}"
    yield "agreement", f"{solution.agreements} of {solution.examples} rows ({share:.4g} %)"
    yield (
        "noise rate",
        f"{noise.estimate:.3g}, 95 % interval [{noise.low:.3g}, {noise.high:.3g}]",
    )
    yield "by chance", f"with probability at most {solution.chance:.2g}"
    if solution.status is not Status.FOUND:
        yield "beware", f"the search ended in {solution.status}: {solution.message}"
    elif not solution.sure:
        yield "beware", "it fits, but so may luck: more rows would tell"
    yield "unique", _uniqueness(solution)
    for answer in _near(solution):
        yield "or", equation(answer.columns, answer.constant)


def _near(solution: Solution) -> list[Answer]:
    """The alternatives that are not much heavier than the answer, and so worth a line."""
    most = len(solution.columns) + _HEAVIER
    return [answer for answer in solution.alternatives if len(answer.columns) <= most]


def _uniqueness(solution: Solution) -> str:
    if solution.freedom:
        one = solution.freedom == 1
        relations = "1 relation holds" if one else f"{solution.freedom} relations hold"
        own = "1 column" if len(solution.columns) == 1 else f"{len(solution.columns)} columns"
        far = [a for a in solution.alternatives if a not in _near(solution)]
        beyond = f"; the next that is not listed has {len(far[0].columns)}" if far else ""
        return (
            f"no: {relations} among the columns in these rows, so 2^{solution.freedom} answers "
            f"label them alike; this one has {own}{beyond}"
        )
    if solution.ties:
        one = solution.ties == 1
        others = "another XOR agrees" if one else f"at least {solution.ties} other XORs agree"
        return f"no: {others} with as many rows, and labels some otherwise"
    return "yes: no other XOR of columns labels these rows alike"


def _course(attempts: tuple[Attempt, ...]) -> Iterator[tuple[str, str]]:
    """What was tried; of failures of one learner in a row the last, with the number of them."""
    for (name, _), run in itertools.groupby(attempts, key=_kind):
        *before, last = run
        if not last.begun:
            yield "not begun", f"{name}: {last.reason}"
            continue
        seconds = sum(attempt.seconds for attempt in (*before, last))
        times = f" the last of {len(before) + 1} times" if before else ""
        detail = f". {last.detail}" if last.detail else "."
        yield (
            "tried",
            f"{last.learner},{times} chosen because {last.reason}: {last.status} after "
            f"{format_seconds(seconds)}{' in all' if before else ''}{detail}",
        )


def _kind(attempt: Attempt) -> tuple[str, bool]:
    return attempt.learner.partition("[")[0], attempt.begun
