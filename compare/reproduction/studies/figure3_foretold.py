"""Figure 3: the measure foretells the time that is left, and grows otherwise on random labels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from parity_compare.mechanism.foretelling import Foretelling, foretells
from parity_compare.mechanism.trials import courses
from parity_compare.problems.errors import InvalidInput
from parity_compare.reproduction.claims import Answer, Claim, Table, number, with_interval
from parity_compare.reproduction.measures import steps_to_success
from parity_compare.reproduction.plots import Axis, Plot, Point
from parity_compare.results import Record
from parity_compare.statistics import median_interval

Tested = Mapping[str, Foretelling | str]
"""By panel, the test, or why it cannot be made."""


def test(records: Sequence[Record], control: Sequence[Record] | None) -> Foretelling | str:
    """Whether the measure ||w_t - w_0||_inf foretells, over all input weights."""
    try:
        return foretells(courses(records), courses(control) if control else None)
    except InvalidInput as error:
        return f"Not tested: {error}."


def judge(name: str, learner: str, found: Foretelling | str, *, ours: bool = False) -> Claim:
    """Whether the measure foretells more than the loss."""
    answer: Answer = "undecided"
    measured, sentence = "nothing", str(found)
    if not isinstance(found, str):
        answer, sentence = found.answer, found.sentence
        measured = (
            f"held-out R^2 {with_interval(found.measure, 2)}; from the loss "
            f"{with_interval(found.loss, 2)}"
        )
    return Claim(
        name=f"foretells-{name}",
        statement=(
            f"{learner}: half-way, the distance moved, ||w_t - w_0||_inf, foretells the time that "
            "is left, and better than the loss does."
        ),
        source="ours: Langevin dynamics beside figure 3" if ours else "figure 3; section 5",
        published="",
        measured=measured,
        answer=answer,
        because=(
            "Rule: its held-out R^2 for ln(time left) is significant by permutation, and exceeds "
            "that of the loss by an interval above 0; no if it is surely below 0.1, or below that "
            f"of the loss. {sentence}"
        ),
        origin="ours" if ours else "paper",
    )


def judge_control(name: str, learner: str, found: Foretelling | str) -> Claim:
    """Whether the measure grows otherwise on random labels."""
    control = None if isinstance(found, str) else found.control
    reason = found if isinstance(found, str) else "There is no control."
    last = "nothing"
    if control is not None and control.steps:
        last = (
            f"larger than on random labels with probability {number(control.superiority[-1], 2)} "
            f"at step {control.steps[-1]} (p = {number(control.p[-1], 2)})"
        )
    return Claim(
        name=f"control-{name}",
        statement=f"{learner}: on random labels the distance moved grows differently.",
        source="figure 3, right",
        published="",
        measured=last,
        answer="undecided" if control is None else control.answer,
        because=(
            "Rule: at a step below nine tenths of the median time, which 95 % of the trials reach, "
            "it differs from that of trials on random labels, by Mann-Whitney tests at 5 % with "
            "Holm's correction. "
            f"{reason if control is None else control.sentence}"
        ),
    )


def plot(tested: Tested, trials: Mapping[str, Sequence[Record]]) -> Plot:
    """Held-out R^2 along the trials."""
    points: list[Point] = []
    for panel, found in tested.items():
        if isinstance(found, str):
            continue
        median = median_interval(steps_to_success(trials[panel])).estimate
        if not math.isfinite(median):
            continue
        for moment in found.curve:
            share = moment.step / median
            for series, r2 in (("distance moved", moment.measure), ("loss", moment.loss)):
                points.append(Point(series, share, r2.estimate, r2.low, r2.high, panel))
    return Plot(
        "foretold",
        "How much of the variance of ln(time left) is foretold, held out",
        Axis("step / median time"),
        Axis("R^2"),
        points,
    )


def table(tested: Tested) -> Table:
    """R^2 along the trials."""
    rows: list[tuple[str, ...]] = [
        (
            panel,
            str(moment.step),
            str(moment.running),
            with_interval(moment.measure, 2),
            with_interval(moment.loss, 2),
        )
        for panel, found in tested.items()
        if not isinstance(found, str)
        for moment in found.curve
    ]
    columns = ("trials", "step", "under way", "R^2, distance moved", "R^2, loss")
    return Table("Held-out R^2 of ln(time left)", columns, rows)
