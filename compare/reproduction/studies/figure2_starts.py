"""Figure 2, centre: does the start decide the time? And how heat loosens its hold."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from parity_compare.mechanism.initialisation import FEWEST_STARTS, Initialisation, initialisation
from parity_compare.mechanism.trials import groups, times
from parity_compare.problems.errors import InvalidInput
from parity_compare.reproduction.claims import Answer, Claim, Table, above, number, with_interval
from parity_compare.reproduction.measures import steps_to_success, success_rate
from parity_compare.reproduction.plots import Axis, Plot, Point
from parity_compare.results import Record
from parity_compare.statistics import Interval, median_interval

TEMPERATURES = (0.0, 3e-5, 1e-4, 3e-4)
"""0 is SGD itself."""
MOSTLY = 0.9
"""Share of trials that must succeed for variances of their times to be compared."""
_UNKNOWN = Interval(math.nan, math.nan, math.nan)

Heated = Mapping[float, Sequence[Record]]
"""Replayed trials by ascending temperature, the same starts at each."""


def judge_start(records: Sequence[Record]) -> Claim:
    """Whether SGD's time is decided by where it begins."""
    found = _parted(records)
    return Claim(
        name="start-decides",
        statement=(
            "Times of SGD cluster by their start: replays of one start with fresh examples take "
            "about as long as each other."
        ),
        source="figure 2, centre; section 3.2",
        published="",
        measured=_measured(found),
        answer=_answer(found),
        because=(
            "Rule: the start makes up more than half of the variance of ln t, by the interval of "
            f"the intraclass correlation. {_sentence(found)}"
        ),
    )


def judge_search(records: Sequence[Record]) -> Claim:
    """Whether a search by luck keeps no memory of where it began."""
    found = _parted(records)
    opposite: Mapping[Answer, Answer] = {"no": "yes", "yes": "no", "undecided": "undecided"}
    return Claim(
        name="search-has-no-start",
        statement="Times of random search do not cluster: replays share the secret, not the luck.",
        source="section 3.2: the null hypothesis",
        published="",
        measured=_measured(found),
        answer=opposite[_answer(found)],
        because=(
            "Rule: less than half of the variance of ln t lies between groups, by the interval of "
            f"the intraclass correlation. {_sentence(found)}"
        ),
        origin="ours",
    )


def judge_heat(heated: Heated) -> Claim:
    """Whether heat loosens the start's hold on the time."""
    bearable = [t for t, r in heated.items() if t > 0 and success_rate(r).estimate >= MOSTLY]
    cold = success_rate(heated[0.0]).estimate >= MOSTLY
    ratio = loosening(heated[0.0], heated[max(bearable)]) if bearable and cold else _UNKNOWN
    return Claim(
        name="heat-loosens",
        statement=(
            "Heat loosens the hold of the start: replays of one start differ more, against all "
            "trials, than without heat."
        ),
        source="ours: Langevin dynamics beside figure 2, centre",
        published="",
        measured=(
            f"at T = {number(max(bearable))} F, the mean square between starts over that within, "
            f"is lower by a factor of {with_interval(ratio, 2)}"
            if bearable and cold
            else f"no temperature at which {100 * MOSTLY:g} % of trials succeed"
        ),
        answer=above(ratio, 1),
        because=(
            f"Rule: at the hottest T at which {100 * MOSTLY:g} % of trials succeed, F of ln t is "
            "lower than at T = 0, by the jackknife interval of their ratio over the starts, which "
            "are the same at both. Success: "
            + ", ".join(
                f"{number(t)}: {with_interval(success_rate(r), 2)}" for t, r in heated.items()
            )
            + "."
        ),
        origin="ours",
    )


def loosening(cold: Sequence[Record], hot: Sequence[Record]) -> Interval:
    """F of the first over F of the second, by the jackknife over the starts that they share.

    F is the mean square of ln t between starts over that within, a function of the intraclass
    correlation that rises with it; its logarithm has about the same spread wherever it lies.

    Returns:
        The 95 % interval with Student's quantile (Arvesen 1969); nan if there are too few starts.
    """
    from scipy.special import stdtrit

    labels = np.unique(groups(cold))
    count = len(labels)
    if count <= FEWEST_STARTS:
        return _UNKNOWN

    def without(left_out: int | None) -> float:
        one, other = (
            _ln_f([r for r, g in zip(rs, groups(rs), strict=True) if g != left_out])
            for rs in (cold, hot)
        )
        return one - other

    whole = without(None)
    pseudo = count * whole - (count - 1) * np.array([without(int(label)) for label in labels])
    half = float(stdtrit(count - 1, 0.975)) * float(pseudo.std(ddof=1)) / math.sqrt(count)
    centre = float(pseudo.mean())
    low, high = math.exp(centre - half), math.exp(centre + half)
    return Interval(math.exp(whole), low, high)


def plot(heated: Heated, search: Sequence[Record]) -> Plot:
    """Every trial's time over the rank of its start, one panel per learner."""
    points: list[Point] = []
    panels = {_named(t): records for t, records in heated.items()} | {"random search": search}
    for panel, records in panels.items():
        spent = np.array(steps_to_success(records))
        labels = groups(records)
        medians = {
            int(label): float(np.quantile(spent[labels == label], 0.5, method="inverted_cdf"))
            for label in np.unique(labels)
        }
        order = sorted(medians, key=lambda label: medians[label])
        ranks = {label: rank + 1 for rank, label in enumerate(order)}
        points += [
            Point("a trial", ranks[int(label)], float(time), panel=panel)
            for label, time in zip(labels, spent, strict=True)
        ]
        points += [
            Point("median of the start", ranks[label], median, panel=panel)
            for label, median in medians.items()
        ]
    return Plot(
        "starts",
        "Times of trials that replay one start, starts in the order of their medians",
        Axis("rank of the start"),
        Axis("steps, or tries", log=True),
        points,
        style="marks",
        shared=False,
    )


def table(heated: Heated, search: Sequence[Record]) -> Table:
    """Time, success and the parts of the variance at every temperature."""
    rows: list[tuple[str, ...]] = []
    for name, records in [
        *((_named(t), records) for t, records in heated.items()),
        ("random search", search),
    ]:
        found = _parted(records)
        rows.append(
            (
                name,
                with_interval(median_interval(steps_to_success(records))),
                with_interval(success_rate(records), 2),
                *(
                    ("-", "-", "-")
                    if isinstance(found, str)
                    else (
                        with_interval(found.icc, 2),
                        number(found.between, 2),
                        number(found.within, 2),
                    )
                ),
            )
        )
    return Table(
        "Replays: how the variance of ln t parts",
        ("learner", "median steps", "success", "ICC", "sd between starts", "sd within"),
        rows,
    )


def _named(temperature: float) -> str:
    return "SGD" if temperature == 0 else f"Langevin, T = {number(temperature)}"


def _parted(records: Sequence[Record]) -> Initialisation | str:
    """The test, or why it cannot be made."""
    spent, solved = times(records)
    try:
        return initialisation(spent, groups(records), solved)
    except InvalidInput as error:
        return f"Not tested: {error}."


def _ln_f(records: Sequence[Record]) -> float:
    """ln F; nan where replays take the same time to the step, or all trials do."""
    spent, solved = times(records)
    f = initialisation(spent, groups(records), solved, resamples=19).f
    return math.log(f) if 0 < f < math.inf else math.nan


def _answer(found: Initialisation | str) -> Answer:
    return "undecided" if isinstance(found, str) else found.answer


def _sentence(found: Initialisation | str) -> str:
    return found if isinstance(found, str) else found.sentence


def _measured(found: Initialisation | str) -> str:
    if isinstance(found, str):
        return "nothing"
    return f"intraclass correlation {with_interval(found.icc, 2)} over {found.starts} starts"
