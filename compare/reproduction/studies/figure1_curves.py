"""Figure 1, right: median times point by point, and how they grow with n."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from parity_compare.algorithms.outcome import Status
from parity_compare.reproduction.claims import (
    Answer,
    Claim,
    Table,
    above,
    all_of,
    below,
    number,
    with_interval,
    within,
)
from parity_compare.reproduction.measures import (
    MEDIAN_OF,
    bounded,
    difference,
    exact_median,
    power_law,
    steps_to_success,
)
from parity_compare.reproduction.studies.figure1_panels import PANELS, Panel
from parity_compare.results import Record
from parity_compare.statistics import Interval

FEWEST_CURVES = 3
"""Curves of a panel below which its exponents are not said to rise with k."""
FAR = 10.0
"""Times fewer steps than tries of random search, from which on they are called far fewer."""
LARGE = 30
"""Least n at which random search is compared: at small n it has few subsets to try."""
SEARCHED = (3, 4)
"""The k at which it is compared: those whose curves reach such n in every panel."""
_SOURCE = "figure 1, right"


@dataclass(frozen=True)
class Point:
    """One measured point of the figure.

    Attributes:
        n, k: the instance.
        published: the figure's median steps.
        times: steps to success of each trial, infinite for failures.
        least: the same, a trial that ran out of steps standing at its limit.
    """

    n: int
    k: int
    published: int
    times: tuple[float, ...]
    least: tuple[float, ...]

    @property
    def steps(self) -> Interval:
        """Median steps with their exact interval; its lower end takes into account that a trial
        that ran out of steps may have succeeded just afterwards."""
        estimate, _, high = exact_median(self.times)
        return Interval(estimate, exact_median(self.least).low, high)

    @property
    def ratio(self) -> Interval:
        """Ours over the published median."""
        return Interval(*(value / self.published for value in self.steps))

    @property
    def found(self) -> int:
        """How many trials succeeded."""
        return sum(map(math.isfinite, self.times))

    def fits(self, panel: Panel) -> Answer:
        """Whether the ratio lies within the panel's tolerance."""
        return within(self.ratio, panel.low, panel.high)


Curves = Mapping[str, Mapping[int, Sequence[Point]]]
"""Points by ascending n, by panel and k."""


def point(n: int, k: int, published: int, records: Sequence[Record]) -> Point:
    """The point of these trials."""
    times = steps_to_success(records)
    least = [
        record.cost.steps if record.status == Status.TIMEOUT else time
        for record, time in zip(records, times, strict=True)
    ]
    return Point(n, k, published, tuple(times), tuple(least))


def judge_medians(name: str, k: int, curve: Sequence[Point]) -> Claim:
    """One curve: whether all its medians are as published, within the panel's tolerance."""
    panel = PANELS[name]
    fits = {p.n: p.fits(panel) for p in curve}
    ratios = [p.ratio.estimate for p in curve]
    told = ", ".join(f"n = {p.n}: {with_interval(p.ratio, 2)}" for p in curve if fits[p.n] != "yes")
    return Claim(
        name=f"{name}-k{k}",
        statement=f"{panel.title}, k = {k}: median steps to success over n as in the figure.",
        source=_SOURCE,
        published=_along((p.n, number(p.published)) for p in curve),
        measured=_along((p.n, with_interval(p.steps)) for p in curve),
        answer=all_of(*fits.values()),
        because=(
            f"Rule: the interval of ours over published lies within {panel.within} at every n; "
            f"one that lies outside refutes, and fewer than {MEDIAN_OF} trials decide nothing. "
            "Intervals of medians are those of the sign test. "
            f"Ratios {number(min(ratios), 2)} to {number(max(ratios), 2)}; "
            f"{sum(a == 'yes' for a in fits.values())} of {len(curve)} points inside, "
            f"{sum(a == 'no' for a in fits.values())} outside. Not inside: {told or 'none'}."
        ),
    )


@dataclass(frozen=True)
class Growth:
    """How one curve grows: exponents over the same n, ours and the figure's.

    Attributes:
        k: of the parity.
        sizes: the n at which our median has a finite interval.
        ours: our exponent.
        published: the figure's.
        left_out: the other n.
    """

    k: int
    sizes: tuple[int, ...]
    ours: Interval
    published: float
    left_out: tuple[int, ...]


def growth(k: int, curve: Sequence[Point]) -> Growth:
    """The exponents of a curve; nan if fewer than three n can be used."""
    usable = [p for p in curve if bounded(p.times)]
    return Growth(
        k=k,
        sizes=tuple(p.n for p in usable),
        ours=power_law({p.n: p.times for p in usable}),
        published=power_law({p.n: [p.published] for p in usable}).estimate,
        left_out=tuple(p.n for p in curve if p not in usable),
    )


def growths(curves: Mapping[int, Sequence[Point]]) -> list[Growth]:
    """The exponents of all curves of a panel that have one, by ascending k."""
    found = [growth(k, curves[k]) for k in sorted(curves)]
    return [g for g in found if math.isfinite(g.ours.estimate)]


def judge_growth(name: str, curves: Mapping[int, Sequence[Point]]) -> Claim:
    """One panel: whether times grow as powers of n that rise with k and stay below k."""
    found = growths(curves)
    under = [below(g.ours, g.k) for g in found]
    rise = difference(found[-1].ours, found[0].ours) if len(found) >= FEWEST_CURVES else None
    rising: Answer = "undecided" if rise is None else above(rise, 0)
    return Claim(
        name=f"{name}-growth",
        statement=(
            f"{PANELS[name].title}: the time to success grows as a power of n that adapts to k, "
            "and for n up to 40 the exponent stays below k."
        ),
        source=f"{_SOURCE}, and section 3.2",
        published=_by_k((g.k, number(g.published, 2)) for g in found),
        measured=_by_k((g.k, with_interval(g.ours, 2)) for g in found),
        answer=all_of(rising, *under),
        because=(
            "Rule: the exponent's interval lies below k for every k, and the exponent of the "
            "largest k exceeds that of the smallest by its interval. Below k: "
            f"{sum(a == 'yes' for a in under)} of {len(under)} curves"
            + (
                f"; fewer than {FEWEST_CURVES} curves have an exponent."
                if rise is None
                else f"; from k = {found[0].k} to {found[-1].k} the exponent changes by "
                f"{with_interval(rise, 2)}."
            )
        ),
    )


def judge_exponents(name: str, curves: Mapping[int, Sequence[Point]]) -> Claim:
    """One panel: whether its exponents are the published ones."""
    panel = PANELS[name]
    found = growths(curves)
    apart = {g.k: Interval(*(value - g.published for value in g.ours)) for g in found}
    allowed = {
        g.k: math.log(panel.high / panel.low) / math.log(g.sizes[-1] / g.sizes[0]) for g in found
    }
    fits = {k: within(off, -allowed[k], allowed[k]) for k, off in apart.items()}
    told = ", ".join(
        f"k = {k}: off by {with_interval(off, 2)}" for k, off in apart.items() if fits[k] != "yes"
    )
    return Claim(
        name=f"{name}-exponents",
        statement=f"{panel.title}: the exponents of the time to success in n are the figure's.",
        source=_SOURCE,
        published=_by_k((g.k, number(g.published, 3)) for g in found),
        measured=_by_k((g.k, with_interval(g.ours, 3)) for g in found),
        answer=all_of(*fits.values()),
        because=(
            "Rule: every k's exponent, by its interval, is off by at most what medians within "
            f"{panel.within} leave open between its smallest and its largest n "
            f"({_by_k((k, f'{most:.2f}') for k, most in allowed.items()) or 'none'}); both "
            "exponents are least squares over the same n, those at which our median has a finite "
            "interval. "
            f"{sum(a == 'yes' for a in fits.values())} of {len(fits)} inside. "
            f"Not inside: {told or 'none'}."
        ),
    )


def judge_search(name: str, curves: Mapping[int, Sequence[Point]]) -> Claim:
    """One panel: whether random search would need far more tries than training needs steps."""
    from parity_compare.theory import random_search_tries

    ends = [curves[k][-1] for k in SEARCHED if k in curves]
    ends = [p for p in ends if p.n >= LARGE and len(p.times) >= MEDIAN_OF]
    tries = {p: random_search_tries(p.n, p.k).quantile(0.5) for p in ends}
    answers = [below(p.steps, tries[p] / FAR) for p in ends]
    return Claim(
        name=f"{name}-random-search",
        statement=(
            f"{PANELS[name].title}: at large n training takes far fewer steps than random search "
            "takes tries."
        ),
        source="section 3.2, with figure 1, right",
        published="; ".join(
            f"({p.n}, {p.k}): {p.published} steps, {tries[p]:.0f} tries" for p in ends
        ),
        measured="; ".join(f"({p.n}, {p.k}): {with_interval(p.steps)} steps" for p in ends) or "-",
        answer=all_of(*answers),
        because=(
            f"Rule: at the largest n of the curves of k = 3 and 4, where that is {LARGE} or more, "
            f"the median's interval lies below 1/{FAR:.0f} of the median tries of random search "
            "among C(n, k) subsets. "
            + (
                "Factors: "
                + ", ".join(f"({p.n}, {p.k}) {tries[p] / p.steps.estimate:.1f}" for p in ends)
                + "."
                if ends
                else f"No such curve reaches n = {LARGE} here."
            )
        ),
    )


def point_table(curves: Curves) -> Table:
    """Every point."""
    rows: list[tuple[str, ...]] = [
        (
            name, str(k), str(p.n), str(p.published), with_interval(p.steps),
            with_interval(p.ratio, 2), f"{p.found}/{len(p.times)}", p.fits(PANELS[name]),
        )
        for name, panel in curves.items()
        for k, curve in panel.items()
        for p in curve
    ]  # fmt: skip
    columns = ("panel", "k", "n", "published", "ours", "ratio", "found", "within tolerance")
    return Table("Median steps to success, with 95 % intervals", columns, rows)


def growth_table(curves: Curves) -> Table:
    """Every curve's exponents."""
    rows: list[tuple[str, ...]] = []
    for name, panel in curves.items():
        for g in (growth(k, panel[k]) for k in sorted(panel)):
            known = math.isfinite(g.ours.estimate)
            rows.append(
                (
                    name,
                    str(g.k),
                    number(g.published, 3) if known else "-",
                    with_interval(g.ours) if known else "-",
                    " ".join(map(str, g.sizes)),
                    " ".join(map(str, g.left_out)) or "-",
                )
            )
    columns = ("panel", "k", "published", "ours", "over n", "left out")
    return Table("Exponents of the median steps in n", columns, rows)


def _along(values: Iterable[tuple[int, str]]) -> str:
    return "; ".join(f"n = {n}: {text}" for n, text in values)


def _by_k(values: Iterable[tuple[int, str]]) -> str:
    return "; ".join(f"k = {k}: {text}" for k, text in values)
