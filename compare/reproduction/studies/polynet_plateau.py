"""The flow of a disjoint PolyNet by itself, and SGD with large batches beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from parity_compare.reproduction.claims import (
    Answer,
    Claim,
    Table,
    all_of,
    number,
    with_interval,
    within,
)
from parity_compare.reproduction.measures import (
    MEDIAN_OF,
    exact_median,
    recorded,
    steps_to_success,
    success_rate,
)
from parity_compare.reproduction.plots import Axis, Plot, Point
from parity_compare.results import Record
from parity_compare.statistics import Interval, median_interval, wilson

INTEGRATED = 1e-8
"""Largest relative difference between closed form and integrator."""
EXPONENT = 0.05
"""How far the plateau's exponent may lie from 1 - k / 2."""
FOLLOWS = 0.1
"""SGD follows the flow if its times are within this share, its plateau within this difference."""
HALF = (0.35, 0.65)
"""A success rate of one half, where its interval also holds 1/2."""
IN_TIME = 1.5
"""Trials that succeed by so many blow-up times have started the right way."""
FEWEST = MEDIAN_OF
"""Trials below which nothing is decided."""
_LARGE_BLOCKS = (1001, 10_001, 100_001)


def flow_errors() -> dict[int, float]:
    """By k: the largest relative difference of v(t) from the integrator, up to 0.99 T."""
    from parity_compare.theory import blow_up_time, flow, integrate_flow

    errors = {}
    for k in (3, 4, 5, 6, 8):
        times = np.linspace(0, 0.99, 34) * blow_up_time(k)
        closed = flow(times, k)[:, np.newaxis]
        errors[k] = float(np.abs(integrate_flow([1.0] * k, times) / closed - 1).max())
    return errors


def claim_integrator(errors: dict[int, float]) -> Claim:
    """The closed form of the flow."""
    worst = max(errors.values())
    return Claim(
        name="closed-form",
        statement=(
            "From equal starts the relevant weights follow v(t) = (1 - (k - 2) t)^(-1 / (k - 2))."
        ),
        source="derived from section 4.2's flow",
        published="",
        measured=f"largest relative difference from the integrator {worst:.1g}",
        answer="yes" if worst <= INTEGRATED else "no",
        because=(
            f"Rule: for k = {', '.join(map(str, errors))} and times up to 0.99 of the blow-up, it "
            f"differs from SciPy's integrator by at most {INTEGRATED:g} of itself."
        ),
        origin="ours",
    )


def remainder_exponents() -> dict[int, float]:
    """By k: the exponent of 1 - T(0.49) / T(0) over large blocks."""
    from parity_compare.theory import plateau_share

    exponents = {}
    for k in (3, 4, 5, 6):
        left = [1 - plateau_share(k, size, 0.49) for size in _LARGE_BLOCKS]
        exponents[k] = float(np.polyfit(np.log(_LARGE_BLOCKS), np.log(left), 1)[0])
    return exponents


def claim_law(exponents: dict[int, float]) -> Claim:
    """Theorem 6: the plateau takes nearly all of the time."""
    good = all(exponent <= 1 - k / 2 + EXPONENT for k, exponent in exponents.items())
    return Claim(
        name="theorem-6",
        statement="On all but O(n'^(1 - k/2)) of the way the error of the flow stays above 0.49.",
        source="theorem 6",
        published="exponent 1 - k/2",
        measured="exponents "
        + ", ".join(f"{number(value)} at k = {k}" for k, value in exponents.items()),
        answer="yes" if good else "no",
        because=(
            "Rule: the exponent of 1 - T(0.49) / T(0), by the exact error of the flow at n' = "
            f"{', '.join(map(str, _LARGE_BLOCKS))}, exceeds 1 - k/2 by at most {EXPONENT}."
        ),
    )


@dataclass(frozen=True)
class Cell:
    """Trials of one k and block size beside their flow.

    Attributes:
        k, block_size: the instance.
        rate: learning rate; eta times steps is the flow's time.
        records: all trials.
    """

    ERROR: ClassVar[float] = 0.4
    """The error whose first passage ends the plateau: 9 standard deviations of the probe below
    1/2."""

    k: int
    block_size: int
    rate: float
    records: tuple[Record, ...]

    @property
    def blow_up(self) -> float:
        """T(0) of the flow."""
        from parity_compare.theory import plateau_time

        return plateau_time(self.k, self.block_size, 0.0)

    @property
    def right(self) -> list[Record]:
        """Trials that succeeded by :data:`IN_TIME` blow-ups."""
        return [r for r in self.records if in_time(r, self.rate, self.blow_up)]

    @property
    def times(self) -> list[float]:
        """eta times the steps to success, over the flow's T(0), of the right ones."""
        return [self.rate * r.cost.steps / self.blow_up for r in self.right]

    @property
    def shares(self) -> list[float]:
        """T(0.4) / T(0) of the right ones."""
        return [_first_below(r, self.ERROR) / r.cost.steps for r in self.right]

    @property
    def time(self) -> Interval:
        """The median of :attr:`times`, with the sign test's interval."""
        return exact_median(self.times)

    @property
    def share(self) -> Interval:
        """The median of :attr:`shares`, with the sign test's interval."""
        return exact_median(self.shares)

    @property
    def name(self) -> str:
        """For tables and sentences."""
        return f"n' = {self.block_size}"


def in_time(record: Record, rate: float, blow_up: float) -> bool:
    """Whether a trial succeeded by :data:`IN_TIME` blow-ups."""
    return record.solved and rate * record.cost.steps <= IN_TIME * blow_up


def cell_of(records: Sequence[Record], rate: float) -> Cell:
    """The cell of trials that share n and k."""
    n, k = records[0].spec.n, records[0].spec.k or 0
    return Cell(k, n // k, rate, tuple(records))


def claim_time(k: int, cells: Sequence[Cell]) -> Claim:
    """SGD with large batches takes the flow's time."""
    known = [cell for cell in cells if len(cell.times) >= FEWEST]
    answers = [within(cell.time, 1 - FOLLOWS, 1 + FOLLOWS) for cell in known]
    measured = ", ".join(f"{with_interval(cell.time)} at {cell.name}" for cell in known)
    return Claim(
        name=f"time-k{k}",
        statement=f"SGD with large batches succeeds at the flow's own time T(0), k = {k}.",
        source="section 4.2: SGD follows the flow",
        published="",
        measured=f"eta t_c / T(0): {measured or 'too few trials'}",
        answer=all_of(*answers),
        because=(
            f"Rule: the interval of the median over trials that start the right way lies within "
            f"{FOLLOWS:g} of 1 at every n'."
        ),
        origin="ours",
    )


def claim_share(k: int, cells: Sequence[Cell]) -> Claim:
    """The plateau of SGD is the flow's."""
    from parity_compare.theory import plateau_share

    known = [cell for cell in cells if len(cell.shares) >= FEWEST]
    answers, parts = [], []
    for cell in known:
        foretold = plateau_share(k, cell.block_size, Cell.ERROR)
        answers.append(within(cell.share, foretold - FOLLOWS, foretold + FOLLOWS))
        parts.append(
            f"{with_interval(cell.share)} at {cell.name}, the flow's being {number(foretold)}"
        )
    return Claim(
        name=f"plateau-k{k}",
        statement=f"SGD with large batches stays on the flow's plateau for its share, k = {k}.",
        source="theorem 6",
        published="",
        measured=f"T(0.4) / T(0): {'; '.join(parts) or 'too few trials'}",
        answer=all_of(*answers),
        because=(
            "Rule: the interval of the median share of trials that start the right way lies within "
            f"{FOLLOWS:g} of the flow's at every n'. The error 0.4 stands in for the theorem's "
            "0.49, which 2048 examples do not tell from 1/2."
        ),
        origin="ours",
    )


def claim_rising(cells: Sequence[Cell]) -> Claim:
    """Theorem 6 in SGD: larger blocks, longer plateaus."""
    known = sorted(
        (cell for cell in cells if len(cell.shares) >= FEWEST), key=lambda cell: cell.block_size
    )
    answer: Answer = "undecided"
    if len(known) >= 2:
        first, last = known[0].share, known[-1].share
        if last.low > first.high:
            answer = "yes"
        elif last.high <= first.estimate:
            answer = "no"
    parts = ", ".join(f"{with_interval(cell.share)} at {cell.name}" for cell in known)
    return Claim(
        name="plateau-rises",
        statement="In SGD, too, the plateau takes a growing share of the time as n grows, k = 3.",
        source="theorem 6",
        published="1 - T(1/2 - gamma) / T(0) falls as n'^(1 - k/2)",
        measured=f"T(0.4) / T(0): {parts or 'too few trials'}",
        answer=answer,
        because=(
            "Rule: the interval of the share at the largest n' lies above that at the smallest; "
            "refuted if it does not exceed its median."
        ),
    )


def claim_half(cells: Sequence[Cell]) -> Claim:
    """Half of the sign starts go the wrong way."""
    total = sum(len(cell.records) for cell in cells)
    right = sum(len(cell.right) for cell in cells)
    rate = wilson(right, total)
    answer = within(rate, *HALF)
    if not rate.low <= 0.5 <= rate.high:
        answer = "no"
    return Claim(
        name="half",
        statement="Half of the sign starts go the right way, and half the wrong way.",
        source="section 4.2 and theorem 7",
        published="1/2",
        measured=f"{right} of {total} succeed in the flow's time, {with_interval(rate)}",
        answer=answer,
        because=(
            f"Rule: Wilson's interval of the share that succeeds by {IN_TIME:g} T(0) holds 1/2 and "
            f"lies within {HALF[0]} to {HALF[1]}; refuted if it does not hold 1/2."
        ),
    )


def claim_theorem7(records: Sequence[Record]) -> Claim:
    """Theorem 7 with batches of one example."""
    from parity_compare.theory import theorem7_steps

    rate = success_rate(records)
    n, k = (records[0].spec.n, records[0].spec.k or 0) if records else (15, 3)
    bound = theorem7_steps(n, k)
    limit = max((r.spec.max_steps or 0 for r in records), default=0)
    promised = (1 - 0.01) / 2
    answer: Answer = "undecided"
    if records and limit <= bound and rate.low >= promised:
        answer = "yes"
    elif rate.high < promised and limit >= bound:
        answer = "no"
    steps = median_interval(steps_to_success(records))
    return Claim(
        name="theorem-7",
        statement=(
            "SGD on single examples comes to an error of 1 % within the theorem's steps, with a "
            "probability of at least (1 - delta) / 2, delta = 0.01."
        ),
        source="theorem 7",
        published=f"within {number(bound)} steps at n = {n}, k = {k}",
        measured=(
            f"{with_interval(rate)} reach 100 % within {limit} steps; median {with_interval(steps)}"
        ),
        answer=answer,
        because=(
            f"Rule: Wilson's interval lies above {promised:g} after steps within the bound. Only "
            "trials of at least the bound's steps could refute it; it is some "
            f"{number(bound / max(limit, 1), 1)} times as many as were made."
        ),
    )


def plateau_table(cells: Sequence[Cell]) -> Table:
    """All cells beside their flow."""
    from parity_compare.theory import plateau_share

    return Table(
        "SGD on a disjoint PolyNet beside its flow; times of the trials that start the right way",
        ("k", "n'", "right", "T(0)", "eta t_c / T(0)", "T(0.4) / T(0)", "the flow's"),
        [
            (
                str(cell.k),
                str(cell.block_size),
                f"{len(cell.right)} of {len(cell.records)}",
                number(cell.blow_up),
                with_interval(cell.time),
                with_interval(cell.share),
                number(plateau_share(cell.k, cell.block_size, Cell.ERROR)),
            )
            for cell in cells
        ],
    )


def plot_courses(cells: Sequence[Cell]) -> Plot:
    """Median error over the flow's time for k = 3, and the flow's own."""
    from parity_compare.theory import disjoint_error, flow

    points, reference = [], []
    for cell in [cell for cell in cells if cell.k == 3 and cell.right][-3:]:
        times = np.linspace(0, 1, 41)
        for time in times:
            step = time * cell.blow_up / cell.rate
            errors = [recorded(r, "error", step) for r in cell.right]
            points.append(Point(f"SGD, {cell.name}", float(time), *median_interval(errors)))
        weights = flow(times * cell.blow_up, cell.k)
        error = disjoint_error(np.repeat(weights[:, np.newaxis], cell.k, axis=1), cell.block_size)
        reference.append(f"flow, {cell.name}")
        points += [
            Point(reference[-1], float(time), float(value))
            for time, value in zip(times, np.atleast_1d(error), strict=True)
        ]
    return Plot(
        "courses",
        "The error of SGD on a disjoint PolyNet with k = 3, and that of its gradient flow",
        Axis("flow's time / T(0)"),
        Axis("error"),
        points,
        reference=tuple(reference),
    )


def _first_below(record: Record, error: float) -> float:
    """The first recorded step with at most this error, the time to success if none was seen."""
    steps, errors = np.asarray(record.trace["step"]), np.asarray(record.trace["error"])
    below = np.flatnonzero(errors <= error)
    return float(steps[below[0]]) if len(below) else float(record.cost.steps)
