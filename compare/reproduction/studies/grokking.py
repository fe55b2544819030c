"""Grokking (appendix C.5, figures 4 right and 15): a fixed list of examples and weight decay."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

from parity_compare.experiment import Experiment
from parity_compare.reproduction.claims import (
    Answer,
    Claim,
    Examination,
    Table,
    above,
    all_of,
    below,
    number,
    with_interval,
)
from parity_compare.reproduction.measures import MEDIAN_OF, difference_of_rates, exact_median
from parity_compare.reproduction.plots import Axis, Plot, Point
from parity_compare.reproduction.studies.memorising import (
    FITTED,
    GENERALISED,
    LATE,
    PROMPT,
    course,
    delay_by_number,
    generalised,
    median_courses,
    median_delay,
    memorised,
)
from parity_compare.reproduction.study import Study, Terms
from parity_compare.results import Record, Results
from parity_compare.statistics import wilson

N, K = 30, 3
DECAY, TEMPERATURE = 1e-3, 1e-4
"""Where it is judged whether decay, or heat, lets shorter lists suffice."""
SLIGHT = 0.1
"""A gain in the share of trials that learn up to this much is none worth the name."""
GROKKING = (0.0, 3e-4, DECAY)
"""Decays at which grokking is looked for: none, that of figure 4, and that which is judged above.
The more cells are asked, the less an interval of few trials can hold for all of them."""
_PANELS = 4

Cells = dict[float, dict[int, list[Record]]]
"""Trials by decay, or by temperature, and by the number of examples m, both ascending."""


class GrokkingStudy(Study):
    """From generalising at once to memorising, as the list shrinks, and what decay does to it."""

    name: ClassVar[str] = "grokking"
    title: ClassVar[str] = "Appendix C.5, figure 15: fixed lists, grokking and weight decay"
    about: ClassVar[str] = (
        "A network of width 100 is trained on a fixed list of m examples, with weight decay. On "
        "long lists training and test error fall together; on middling ones the test error falls "
        "long after the training error (grokking); on short ones it never does. Decay lets "
        "shorter lists suffice, and too much of it stops training."
    )

    def experiments(self, terms: Terms) -> Mapping[str, Experiment]:
        """Lists by length and decay, and lists by length and temperature without decay."""
        decays = terms.pick(
            (0.0, 1e-3, 1e-2),
            (0.0, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2),
            (0.0, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2),
        )
        temperatures = terms.pick((1e-4,), (1e-5, 1e-4, 3e-4), (1e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3))
        lengths = terms.pick(
            (300, 1000, 5000),
            (200, 300, 500, 700, 1000, 2000, 5000),
            (100, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000, 10_000),
        )
        trials = terms.pick(2, 10, 25)
        steps = terms.pick(4_000, 20_000, 100_000)
        base = "lr=0.1,batch=32,check_every=50"
        learners = {
            "decay": [f"sgd[{base},decay={decay}]" for decay in decays],
            "heat": [f"langevin[{base},temperature={heat}]" for heat in temperatures],
        }
        return {
            name: terms.grid(
                texts, n=N, k=K, samples=lengths, trials=trials, steps=steps, probes="standard"
            )
            for name, texts in learners.items()
        }

    def examine(self, trials: Mapping[str, Results], terms: Terms) -> Examination:
        """Which lengths generalise at once, late or never, by decay and by temperature."""
        decay = _cells(trials["decay"].records, "decay")
        heat = _cells(trials["heat"].records, "temperature")
        if 0.0 in decay:
            heat = {0.0: decay[0.0]} | heat
        return Examination(
            claims=[
                _long_lists(decay),
                _middling_lists(decay),
                _short_lists(decay),
                _decay_widens(decay),
                _decay_stops(decay),
                _heat_as_decay(heat),
            ],
            plots=[
                _rates("rates-decay", "weight decay", "lambda", decay),
                _rates("rates-heat", "heat, without decay", "T", heat),
                _courses(decay),
            ],
            tables=[_table("Weight decay", "lambda", decay), _table("Heat", "T", heat)],
            notes=[
                f"n, k, lambda and all m but 700 are unknown to us; ours are ({N}, {K}) and those "
                "of the tables. Decay takes the share lambda off every parameter at each step, "
                "as in the paper's update, whatever the learning rate.",
                f"A list counts as fitted when the hinge loss of three recorded batches falls "
                f"below {FITTED:g} on average, the parity as learned when the error on clean "
                f"examples falls below {GENERALISED:g}. A delay is the ratio of the two times: "
                f"none up to {PROMPT:g}, grokking from {LATE:g} on.",
                "Trials end when the network is the parity on 8192 inputs, or at the limit of "
                "steps: what would generalise later still counts as never.",
                "Trials of one number have one secret, and shorter lists are beginnings of longer "
                "ones: where shares are taken over lists of several lengths, Wilson's and "
                "Newcombe's intervals count them as independent all the same.",
                "After a review, without a look at the laptop's trials: delays got the sign test's "
                "intervals, none below six trials that fit; a trial counts once over decays; and "
                "grokking is looked for at three decays instead of all.",
            ],
        )


def _cells(records: Sequence[Record], parameter: str) -> Cells:
    found: dict[float, dict[int, list[Record]]] = {}
    for record in records:
        strength = float(record.spec.parameters[parameter] or 0.0)
        found.setdefault(strength, {}).setdefault(record.spec.samples or 0, []).append(record)
    return {strength: dict(sorted(found[strength].items())) for strength in sorted(found)}


def _pooled(lengths: Mapping[int, Sequence[Record]]) -> list[Record]:
    return [record for records in lengths.values() for record in records]


def _gentle(cells: Cells) -> Cells:
    """The decays at which most trials of the longest lists still generalise."""
    kept = {}
    for strength, lengths in cells.items():
        longest = lengths[max(lengths)]
        if 2 * generalised(longest) > len(longest):
            kept[strength] = lengths
    return kept


def _long_lists(cells: Cells) -> Claim:
    gentle = _gentle(cells)
    records = [r for lengths in gentle.values() for r in lengths[max(lengths)]]
    delays = delay_by_number(records)
    delay = exact_median(delays)
    answer: Answer = "yes" if delay.high <= PROMPT else "no" if delay.low > PROMPT else "undecided"
    longest = max((m for lengths in cells.values() for m in lengths), default=0)
    return Claim(
        name="long-lists",
        statement="On long lists, training and test error fall together.",
        source="figures 4 right and 15, left panels",
        published="no gap",
        measured=f"delay {with_interval(delay)} at m = {longest}, {len(delays)} trials at "
        f"{len(gentle)} decays",
        answer=answer,
        because=(
            f"Yes if the whole 95 % interval of the median delay at the longest lists is at most "
            f"{PROMPT:g}, no if it is above: {with_interval(delay)}. A trial counts once, with its "
            "median over the decays at which most such trials generalise at all, for it has the "
            f"same list and start at each; {MEDIAN_OF} trials are needed."
        ),
    )


def _middling_lists(cells: Cells) -> Claim:
    shorter = {
        (strength, m): records
        for strength, lengths in cells.items()
        for m, records in lengths.items()
        if strength in GROKKING and m < max(lengths)
    }
    level = 1 - 0.05 / max(1, len(shorter))
    delays = {cell: median_delay(records, level=level) for cell, records in shorter.items()}
    grokking = {
        cell: delay
        for cell, delay in delays.items()
        if delay.low >= LATE and math.isfinite(delay.high)
    }
    told = "; ".join(
        f"lambda = {number(strength)}, m = {m}: {with_interval(delay)}"
        for (strength, m), delay in grokking.items()
    )
    # Where even the lower end is infinite, the parity is not learned late, but never.
    never = all(d.high < LATE or math.isinf(d.low) for d in delays.values())
    answer: Answer = "yes" if grokking else "no" if delays and never else "undecided"
    return Claim(
        name="middling-lists",
        statement="There are list lengths at which the test error falls long after the training "
        "error.",
        source="figures 4 right and 15, middle panels",
        published="grokking, at m = 700 in figure 4",
        measured=f"delays: {told}" if told else "no cell with a bounded delay so long",
        answer=answer,
        because=(
            f"Yes if the median delay of some cell, m below the longest and lambda one of "
            f"{', '.join(map(number, GROKKING))}, has a finite interval from {LATE:g} on, no if "
            f"every interval ends below {LATE:g} or is infinite throughout; {len(grokking)} of "
            f"{len(delays)} cells have one so late, "
            f"{sum(math.isnan(d.low) for d in delays.values())} too few trials that fit for any. "
            "The intervals are those of the sign test, and hold for all cells together with 95 % "
            "(Bonferroni)."
        ),
    )


def _short_lists(cells: Cells) -> Claim:
    shortest = min((m for lengths in cells.values() for m in lengths), default=0)
    records = list(cells.get(0.0, {}).get(shortest, []))
    rate = wilson(memorised(records), len(records))
    return Claim(
        name="short-lists",
        statement="On short lists, the network fits the list and does not learn the parity.",
        source="figures 4 right and 15, right panels",
        published="failure",
        measured=f"{memorised(records)} of {len(records)} at m = {shortest} without decay, "
        f"{with_interval(rate)}",
        answer=above(rate, 0.5) if records else "undecided",
        because="Yes if more than half of the trials on the shortest list without decay fit it "
        f"and never learn, no if less than half, by Wilson's 95 % interval: {with_interval(rate)}.",
    )


def _widened(cells: Cells, strength: float) -> tuple[Answer, str, str]:
    """Whether more trials learn on lists shorter than the longest at this strength than at 0.

    Returns:
        The answer, the two counts, and the difference with its interval.
    """
    if strength not in cells or 0.0 not in cells:
        return "undecided", "-", "not tried"
    shorter = [
        _pooled({m: records for m, records in lengths.items() if m < max(lengths)})
        for lengths in (cells[strength], cells[0.0])
    ]
    with_it, without = [(generalised(records), len(records)) for records in shorter]
    gain = difference_of_rates(with_it, without)
    answer: Answer = "yes" if gain.low > 0 else "no" if gain.high <= SLIGHT else "undecided"
    told = f"{with_it[0]} of {with_it[1]} learn, against {without[0]} of {without[1]}"
    return answer, told, with_interval(gain)


_RULE = (
    "Of the trials on all lists but the longest: yes if the share that learns at {what}, which "
    "was fixed beforehand, exceeds that at 0 by its whole 95 % interval (Newcombe's), no if the "
    f"interval ends at or below a gain of {SLIGHT:g}: {{gain}}."
)


def _decay_widens(cells: Cells) -> Claim:
    what = f"lambda = {number(DECAY)}"
    answer, told, gain = _widened(cells, DECAY)
    return Claim(
        name="decay-widens",
        statement="Weight decay widens the range of list lengths that suffice.",
        source="figure 15",
        published="widens",
        measured=f"{what}: {told}",
        answer=answer,
        because=_RULE.format(what=what, gain=gain),
    )


def _decay_stops(cells: Cells) -> Claim:
    strongest = max(cells, default=0.0)
    records = _pooled(cells.get(strongest, {}))
    lengths = cells.get(strongest, {})
    longest = lengths[max(lengths)] if lengths else []
    rate = wilson(generalised(longest), len(longest))
    fitted = sum(math.isfinite(course(record).fitted) for record in records)
    fit = wilson(fitted, len(records))
    answer = all_of(below(rate, 0.5), below(fit, 0.5)) if strongest > 0 else "undecided"
    return Claim(
        name="decay-stops",
        statement="Too much weight decay stops training.",
        source="figure 15",
        published="stops",
        measured=f"at lambda = {number(strongest)}: {generalised(longest)} of {len(longest)} learn "
        f"on the longest list, {fitted} of {len(records)} fit their list of any length",
        answer=answer,
        because=f"Yes if at the largest lambda less than half learn on the longest list, where "
        f"without decay nothing hinders, and less than half fit their lists, no if more than half "
        f"do either, by Wilson's 95 % intervals: {with_interval(rate)} and {with_interval(fit)}.",
    )


def _heat_as_decay(cells: Cells) -> Claim:
    what = f"T = {number(TEMPERATURE)}"
    answer, told, gain = _widened(cells, TEMPERATURE)
    return Claim(
        name="heat-widens",
        statement="Heat, like weight decay, widens the range of list lengths that suffice.",
        source="heat too wears down what the gradient does not hold up",
        published="-",
        measured=f"{what}: {told}",
        answer=answer,
        because=_RULE.format(what=what, gain=gain),
        origin="ours",
    )


def _rates(name: str, what: str, symbol: str, cells: Cells) -> Plot:
    points = [
        Point(
            f"{symbol} = {number(strength)}",
            m,
            *wilson(generalised(records), len(records)),
        )
        for strength, lengths in cells.items()
        for m, records in lengths.items()
    ]
    return Plot(
        name=name,
        title=f"Share of trials that learn the parity from m examples, by {what}",
        x=Axis("examples m", log=True),
        y=Axis("share of trials"),
        points=points,
    )


def _courses(cells: Cells) -> Plot:
    """Training loss and test error of one trial per length, at the decay with most grokking."""
    delays = {
        strength: max(
            (d.estimate for d in map(median_delay, lengths.values()) if math.isfinite(d.estimate)),
            default=0.0,
        )
        for strength, lengths in cells.items()
    }
    chosen = max(delays, key=lambda strength: delays[strength], default=0.0)
    lengths = cells.get(chosen, {})
    shown = sorted(lengths)[-_PANELS:]
    return Plot(
        name="courses",
        title=f"The median course of training loss and test error, lambda = {number(chosen)}",
        x=Axis("step", log=True),
        y=Axis("loss, or error"),
        points=[p for m in shown for p in median_courses(lengths[m], f"m = {m}")],
    )


def _table(title: str, symbol: str, cells: Cells) -> Table:
    rows: list[tuple[str, ...]] = []
    for strength, lengths in cells.items():
        for m, records in lengths.items():
            fitted = sum(math.isfinite(course(record).fitted) for record in records)
            rows.append(
                (
                    number(strength),
                    str(m),
                    f"{fitted} of {len(records)}",
                    f"{generalised(records)}",
                    f"{sum(record.solved for record in records)}",
                    with_interval(median_delay(records)),
                )
            )
    columns = (symbol, "m", "fit the list", "learn the parity", "solved", "median delay")
    return Table(title, columns, rows)
