"""What an answer leaves open and what more data would settle; what is excluded if there is none."""

from __future__ import annotations

import math

from parity_compare.algorithms.acceptance import chance_of_agreement, sample_size
from parity_compare.algorithms.outcome import Status
from parity_compare.problems.bits import unpack
from parity_compare.solving.chance import candidates, rows_to_tell
from parity_compare.solving.solution import LUCK, Rival, Solution
from parity_compare.solving.system import System

_LISTED = 5
_LIGHT = 8  # columns of a relation that is worth naming
_DOUBT = 0.01
_MISSED = 1e-3


def on_answer(solution: Solution, note: str) -> tuple[str, ...]:
    """What is open about an answer, and which rows would settle it."""
    sentences = [note] if note else []
    system, noise = solution.system, solution.noise
    assert solution.support is not None
    if not solution.sure and solution.status is Status.FOUND:
        sentences.append(_more_rows(solution))
    if solution.rival is not None:
        sentences.extend(_about_rival(solution, solution.rival, noise.estimate))
    sentences.extend(about_columns(system, solution.support))
    return tuple(filter(None, sentences))


def _more_rows(solution: Solution) -> str:
    """How many rows would rule luck out, if as many of them agreed."""
    assert solution.support is not None
    size = len(solution.support)
    number = candidates(solution.system.n, size, solution.system.rank, told=solution.k is not None)
    estimate = solution.noise.estimate
    needed = rows_to_tell(estimate, number, LUCK) if estimate < 0.5 else None
    if needed is None:
        return ""
    if needed > solution.examples:
        return (
            f"It takes about {needed} rows, {needed - solution.examples} more, for luck to make an "
            f"XOR of {size} columns agree with {100 * (1 - estimate):.3g} % of them with "
            f"probability at most {LUCK:g}."
        )
    return "The labels are too unequal for so many rows to tell it from luck; more rows would."


def _about_rival(solution: Solution, rival: Rival, noise: float) -> list[str]:
    if rival.doubt <= _DOUBT or not rival.differing:
        return []
    needed = sample_size(1, min(noise, 0.4999), _MISSED)
    gap = solution.agreements - rival.agreements
    text = equation(rival.answer.columns, rival.answer.constant)
    more = f"{abs(gap)} rows {'fewer' if gap > 0 else 'more'} than" if gap else "as many rows as"
    return [
        f"Not settled: {text} agrees with {more} the answer, and differs from it in "
        f"{rival.differing} rows; about {needed} rows in which they differ would tell which holds."
    ]


def about_columns(system: System, support: tuple[int, ...]) -> list[str]:
    """Which columns never vary, are alike or depend on others, and which rows would tell more."""
    names, first, sentences = system.samples.names, system.first_row, []
    constants = system.constants
    for column in constants[:_LISTED]:
        value = int(first[column])
        sentences.append(
            f"{names[column]} is {value} in every row: rows in which it is {1 - value} would tell "
            "whether it takes part."
        )
    sentences.extend(_others(len(constants), "columns never vary"))
    copies = sorted(system.copies, key=lambda copy: copy.of not in support)
    for copy in copies[:_LISTED]:
        how = "the opposite of" if copy.negated else "equal to"
        rows = "are equal" if copy.negated else "differ"
        sentences.append(
            f"{names[copy.column]} is {how} {names[copy.of]} in every row: rows in which they "
            f"{rows} would tell which of them takes part."
        )
    sentences.extend(_others(len(copies), "columns are copies of others"))
    sentences.extend(_about_relations(system))
    return sentences


def _about_relations(system: System) -> list[str]:
    """Which light relations hold among distinct columns, and how many rows it takes to end all."""
    names = system.samples.names
    relations = unpack(system.relations, system.n)
    light = sorted((row for row in relations if row.sum() <= _LIGHT), key=lambda row: row.sum())
    sentences = []
    for row in light[:_LISTED]:
        columns = [int(column) for column in row.nonzero()[0]]
        value = system.value(columns)
        terms = " XOR ".join(names[column] for column in columns)
        sentences.append(
            f"{terms} is {value} in every row: rows in which it is {1 - value} would tell more "
            "answers apart."
        )
    d = len(relations)
    if d > len(light[:_LISTED]):
        one = f"{d} independent relations hold" if d > 1 else "A relation holds"
        rows = f"{d} further rows" if d > 1 else "1 further row"
        sentences.append(
            f"{one} among columns that differ from each other; it takes at least {rows} for a "
            "unique answer."
        )
    return sentences


def _others(count: int, what: str) -> list[str]:
    return [f"In all, {count} {what}."] if count > _LISTED else []


def equation(columns: tuple[str, ...], constant: int) -> str:
    """The right-hand side: ``1 XOR a XOR b``."""
    terms = (["1"] if constant else []) + list(columns)
    return " XOR ".join(terms) or "0"


def excluded(
    system: System, reach: dict[int, float], dense: float, k: int | None, *, by: str
) -> tuple[str, ...]:
    """Which parities would not have escaped.

    Args:
        system: the rows.
        reach: by size of the sets searched, one column of ones among the columns, the noise rate.
        dense: the noise rate for parities of any size.
        k: the number of columns, if it was told.
        by: the learner by whose plan that is so; empty if all parities were compared.
    """
    sentences = []
    if dense > 0:
        any_size = f"{k} columns" if k is not None else "columns"
        how = f", by the plan of {by}" if by else ""
        sentences.append(
            f"No XOR of {any_size}, or its opposite, of which up to {100 * dense:.3g} % of the "
            f"labels are wrong would have escaped, but for a chance of 1e-6{how}."
        )
    if k is not None:
        noise = reach.get(k, 0.0)
        sizes = [k] if noise > dense else []
    else:
        # A set of s columns may be one of s - 1 and the constant.
        sizes = []
        while (size := len(sizes) + 1) + 1 in reach and min(reach[size], reach[size + 1]) > dense:
            sizes.append(size)
        noise = min((reach[size] for size in [*sizes, len(sizes) + 1]), default=0.0) if sizes else 0
    if sizes:
        up_to = f"{k}" if k is not None else f"up to {sizes[-1]}" if sizes[-1] > 1 else "1"
        sentences.append(
            f"No XOR of {up_to} columns, or its opposite, of which up to {100 * noise:.3g} % of "
            "the labels are wrong would have escaped, but for a chance of 1e-6."
        )
    if sentences and _uneven(system):
        sentences.append(
            "That is said of XORs that are 1 in about half of the rows. The label here is not, and "
            "an XOR that hardly varies may well have escaped."
        )
    return tuple(sentences)


def _uneven(system: System) -> bool:
    """Whether the label is 1 in other than half of the rows, and luck does not make it so."""
    m, ones = system.samples.m, int(system.samples.labels.sum(dtype=int))
    return chance_of_agreement(max(ones, m - ones), m, 2) <= LUCK


def on_nothing(
    system: System, k: int | None, noise: float | None, status: Status, note: str
) -> tuple[str, ...]:
    """What to try where no answer was found."""
    sentences = [note] if note else []
    m, rank = system.samples.m, system.rank
    ones = int(system.samples.labels.sum(dtype=int))
    if _uneven(system):
        sentences.append(
            f"The label is {int(2 * ones > m)} in {max(ones, m - ones)} of {m} rows; only an XOR "
            "that agrees with more is an answer."
        )
    rate = 0.25 if noise is None else noise
    number = candidates(system.n, k, rank, told=True) if k is not None else min(4 << rank, 10**300)
    needed = sample_size(float(min(number, 10**300)), rate, _MISSED)
    if needed > m:
        which = f"an XOR of {k} columns" if k is not None else "any XOR of columns"
        sentences.append(
            f"To tell {which} with {100 * rate:g} % of the labels wrong from luck, about {needed} "
            f"rows are needed; there are {m}."
        )
        if k is None:
            sentences.append(_sparse_rows(system, rate))
    if status is Status.TIMEOUT:
        sentences.append(
            "A longer time limit lets the searches begin that were left out; a number of columns "
            "or a noise rate, if known, makes them shorter."
        )
    elif noise == 0:
        sentences.append(
            "Without a noise rate of 0, XORs that fit most of the rows are looked for."
        )
    elif status is Status.GAVE_UP:
        sentences.append(
            "If the label is an XOR, then of columns that are not here, or with more labels wrong."
        )
    sentences.extend(about_columns(system, ()))
    return tuple(filter(None, sentences))


def _sparse_rows(system: System, noise: float) -> str:
    """The largest size that so many rows tell from luck."""
    m, best = system.samples.m, 0
    for size in range(1, system.n + 1):
        number = candidates(system.n, size, system.rank, told=False)
        if math.log(number) > 600 or sample_size(float(number), noise, _MISSED) > m:
            break
        best = size
    if not best:
        return ""
    return f"The {m} rows that there are suffice for XORs of up to {best} columns."
