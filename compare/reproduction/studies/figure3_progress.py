"""Figure 3: the measure grows while the error stands, and before it falls."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from parity_compare.reproduction.claims import Claim, Table, above, number, with_interval
from parity_compare.reproduction.measures import MEDIAN_OF, exact_median, steps_to_success
from parity_compare.reproduction.plots import Axis, Plot, Point
from parity_compare.results import Record
from parity_compare.statistics import median_interval, wilson

RELEVANT, IRRELEVANT = "progress_relevant", "progress_irrelevant"
STANDING = 0.45
"""An error above this stands at chance: 4.5 standard deviations of its 2048 examples below 1/2."""
HALF = 0.5
"""Share of a trial's time at which the measure is compared with the error."""
GROWTH = (1 / 8, 1 / 2)
"""Shares of a trial's time between which the growth is measured."""
MOSTLY = 0.8
"""Share of trials that counts as nearly all, by the whole interval."""
_SHARES = tuple(round(0.05 * i, 2) for i in range(1, 21))

Networks = Mapping[str, Sequence[Record]]
"""Trials by network."""


def at(record: Record, column: str, step: float) -> float:
    """A column of a trace as it was last recorded by ``step``; nan before its first moment."""
    last = int(np.searchsorted(np.asarray(record.trace["step"]), step, side="right")) - 1
    return float(np.asarray(record.trace[column])[last]) if last >= 0 else math.nan


def ahead(record: Record, step: float = math.inf) -> bool:
    """Whether by ``step`` the weights of S have moved farther than all others; at the end without.

    The farthest of each: max over S against max outside S, over all units.
    """
    return at(record, RELEVANT, step) > at(record, IRRELEVANT, step)


def judge_hidden(network: str, records: Sequence[Record]) -> Claim:
    """Whether the measure has grown at half of the time, while the error stands at chance."""
    done = [record for record in records if record.solved]
    standing = [at(record, "error", HALF * record.cost.steps) > STANDING for record in done]
    leading = [ahead(record, HALF * record.cost.steps) for record in done]
    both = sum(one and other for one, other in zip(standing, leading, strict=True))
    rates = [wilson(count, len(records)) for count in (both, sum(standing), sum(leading))]
    return Claim(
        name=f"hidden-{network}",
        statement=(
            f"{_named(network)}: progress is hidden. Half-way to success the weights of S have "
            "moved farther than all others, while the error still stands at chance."
        ),
        source="ours: figure 3 and section 5, made sharper: the paper does not say how early",
        published="",
        measured=(
            f"both in {with_interval(rates[0], 2)} of trials; the error stands in "
            f"{number(rates[1].estimate, 2)}, S is ahead in {number(rates[2].estimate, 2)}"
        ),
        answer=above(rates[0], 0.5),
        because=(
            f"Rule: at half of its own time, the error of more than half of the trials is above "
            f"{STANDING} and ||w_t - w_0||_inf over S above that outside S, by Wilson's interval; "
            f"trials that failed, {len(records) - len(done)} of {len(records)}, count against it."
        ),
        origin="ours",
    )


def judge_order(network: str, records: Sequence[Record]) -> Claim:
    """Whether the error falls only once the weights of S are ahead."""
    falls = [(record, moment) for record in records if (moment := first_fall(record)) is not None]
    led = sum(ahead(record, moment) for record, moment in falls)
    rate = wilson(led, len(falls))
    return Claim(
        name=f"order-{network}",
        statement=(
            f"{_named(network)}: the error falls only once the weights of S have left all others "
            "behind."
        ),
        source="section 5; figure 6",
        published="always",
        measured=f"{led} of {len(falls)} falls, {with_interval(rate, 2)}",
        answer=above(rate, MOSTLY),
        because=(
            f"Rule: at the first recorded moment with an error below {STANDING}, S is ahead in "
            f"more than {100 * MOSTLY:g} % of the trials that have one, by Wilson's interval."
        ),
    )


def judge_drift(network: str, records: Sequence[Record]) -> Claim:
    """Whether the weights of S drift, rather than walk at random."""
    exponents = growth(records, RELEVANT)
    found = exact_median(exponents)
    return Claim(
        name=f"drift-{network}",
        statement=(
            f"{_named(network)}: the weights of S are biased walks: they grow faster than the "
            "square root of time, as which a walk without bias grows."
        ),
        source="section 5, appendix C.3",
        published="t, against t^(1/2)",
        measured=f"t^{with_interval(found)} on S, t^{_exponent(records, IRRELEVANT)} outside",
        answer=above(found, 0.5),
        because=(
            "Rule: the median over trials of the exponent of ||w_t - w_0||_inf over S, from an "
            f"eighth to half of the trial's time, exceeds 1/2 by the sign test's interval; "
            f"{len(exponents)} of {len(records)} trials have one, and {MEDIAN_OF} have to."
        ),
    )


def leads_from(record: Record) -> float:
    """The recorded step from which on the weights of S stay ahead, infinite if they do not."""
    inside, outside = (np.asarray(record.trace[name]) for name in (RELEVANT, IRRELEVANT))
    behind = np.flatnonzero(~(inside > outside))
    steps = np.asarray(record.trace["step"])
    if not len(behind):
        return float(steps[0])
    return float(steps[behind[-1] + 1]) if behind[-1] + 1 < len(steps) else math.inf


def growth(records: Sequence[Record], column: str) -> list[float]:
    """d ln(column) / d ln t between the shares :data:`GROWTH` of each successful trial's time."""
    return [
        slope
        for record in records
        if record.solved and not math.isnan(slope := _slope(record, column, record.cost.steps))
    ]


def growth_at(records: Sequence[Record], column: str, time: float) -> list[float]:
    """The same between common steps, as if every trial took ``time``."""
    slopes = [_slope(record, column, time) for record in records]
    return [slope for slope in slopes if not math.isnan(slope)]


def first_fall(record: Record) -> float | None:
    """The first recorded step at which the error stands no longer, None if it always does."""
    low = np.flatnonzero(np.asarray(record.trace["error"]) < STANDING)
    return float(np.asarray(record.trace["step"])[low[0]]) if len(low) else None


def plot(networks: Networks, controls: Networks) -> Plot:
    """Error and measure over the share of the trial's time, and the measure on random labels."""
    points: list[Point] = []
    for network, records in networks.items():
        done = [record for record in records if record.solved]
        middle = _median(steps_to_success(records))
        for share in _SHARES:
            columns = {
                "error": [at(r, "error", share * r.cost.steps) for r in done],
                "moved, in S": [at(r, RELEVANT, share * r.cost.steps) for r in done],
                "moved, outside S": [at(r, IRRELEVANT, share * r.cost.steps) for r in done],
                "moved, random labels": [
                    max(at(r, RELEVANT, share * middle), at(r, IRRELEVANT, share * middle))
                    for r in controls[network]
                    if share * middle <= r.cost.steps
                ],
            }
            for series, values in columns.items():
                if values:
                    low, centre, high = np.quantile(values, [0.25, 0.5, 0.75])
                    points.append(
                        Point(series, share, float(centre), float(low), float(high), network)
                    )
    return Plot(
        "progress",
        "Hidden progress: medians and quartiles over trials; random labels at the same steps",
        Axis("share of the time to success"),
        Axis("error, or largest |w_t - w_0|"),
        points,
        shared=False,
    )


def table(networks: Networks, controls: Networks) -> Table:
    """Times and exponents of growth."""
    rows: list[tuple[str, ...]] = []
    for network, records in networks.items():
        steps = steps_to_success(records)
        middle = _median(steps)
        done = [record for record in records if record.solved]
        leads = [leads_from(record) / record.cost.steps for record in done]
        falls = [
            moment / record.cost.steps
            for record in done
            if (moment := first_fall(record)) is not None
        ]
        random = growth_at(controls[network], IRRELEVANT, middle)
        rows.append(
            (
                network,
                with_interval(median_interval(steps)),
                with_interval(median_interval(leads), 2),
                with_interval(median_interval(falls), 2),
                _exponent(records, RELEVANT),
                _exponent(records, IRRELEVANT),
                _told(random),
            )
        )
    return Table(
        "When S is ahead for good and the error falls, as shares of the time to success; growth "
        "of ||w_t - w_0||_inf, as exponents of t from an eighth to half of that time",
        (
            "network",
            "median steps",
            "S ahead from",
            f"error below {STANDING} from",
            "growth in S",
            "outside S",
            "random labels, outside S",
        ),
        rows,
    )


def _slope(record: Record, column: str, time: float) -> float:
    """Exponent between recorded moments near the two shares of ``time``; nan where there is none.

    Both moments are those of the trace, so that rounding to them does not bias the exponent.
    """
    steps = np.asarray(record.trace["step"], dtype=np.float64)
    first, last = (int(np.searchsorted(steps, share * time, side="right")) - 1 for share in GROWTH)
    values = np.asarray(record.trace[column], dtype=np.float64)
    if first < 1 or last <= first or not (values[first] > 0 and values[last] > 0):
        return math.nan
    return math.log(values[last] / values[first]) / math.log(steps[last] / steps[first])


def _exponent(records: Sequence[Record], column: str) -> str:
    return _told(growth(records, column))


def _told(values: Sequence[float]) -> str:
    """The median with its interval, where there are enough values for one."""
    return with_interval(exact_median(values)) if len(values) >= MEDIAN_OF else "-"


def _median(steps: Sequence[float]) -> float:
    """The median, or the last success where half of the trials failed; nan without any."""
    middle = median_interval(steps).estimate
    finite = [step for step in steps if math.isfinite(step)]
    return middle if math.isfinite(middle) or not finite else max(finite)


def _named(network: str) -> str:
    return {"relu": "ReLU network", "polynet": "PolyNet"}.get(network, network)
