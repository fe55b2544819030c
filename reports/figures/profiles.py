"""Performance profiles: who is cheapest how often, and how far behind the others are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt

from parity_compare.reports import wording
from parity_compare.reports.contestants import Contestant, Instance
from parity_compare.reports.digest import Digest, Entry
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
from parity_compare.reports.figures.charts import number
from parity_compare.reports.figures.contest import (
    Field,
    access_control,
    among,
    field,
    mixture,
    unit_name,
    unranked_note,
)
from parity_compare.reports.figures.currencies import CURRENCIES, Currency, currency_control
from parity_compare.reports.figures.marks import mark
from parity_compare.reports.figures.step_curves import (
    Curve,
    curve,
    line_key,
    points_each,
    quartile_rows,
    step_chart,
    step_rows,
)
from parity_compare.statistics import wilson

_POINTS_IN_ALL = 12_000
"""Points of all curves together."""

_CAPTION = Caption(
    see=(
        "Each curve climbs to the share of problems on which the learner cost at most τ times what "
        "the cheapest of those compared cost. At the left edge, τ = 1, it begins at the share of "
        "problems that the learner won, ties included; far to the right it ends at the share that "
        "it solved at all. Marks stand where a quarter, half and three quarters are reached."
    ),
    computed=(
        "A performance profile (Dolan and Moré 2002). A problem is one trial of one instance: all "
        "learners met the same hidden set in it. Only problems that all compared learners met "
        "count, also those that nobody solved; a trial that was not solved is never within any τ. "
        "Two costs of nought are a tie. The band is the 95 % one of Dvoretzky, Kiefer and "
        "Wolfowitz for that many independent problems; the legend’s shares have Wilson’s interval."
    ),
    omits=(
        "A profile depends on who is compared. Left to right it ranks the winner against the "
        "rest; the order of the others may change once the winner is taken out (Gould and Scott "
        "2016), so choose fewer to compare those. How much anything costs is in the other figures."
    ),
)


class Numbering:
    """Numbers for all problems, the same in every currency."""

    def __init__(self) -> None:
        self._numbers: dict[Instance, dict[tuple[int, int], int]] = {}
        self._count = 0
        self._of_entry: dict[int, tuple[Entry, npt.NDArray[np.intp]]] = {}

    def __len__(self) -> int:
        return self._count

    def of(self, entry: Entry) -> npt.NDArray[np.intp]:
        """The problem that each of an entry's trials was ``(N,)``."""
        if id(entry) not in self._of_entry:  # the entry is kept, so that its id stays its own
            numbers = self._numbers.setdefault(entry.instance, {})
            before = len(numbers)
            first = self._count - before
            specs = [record.spec for record in entry.records]
            found = [
                numbers.setdefault((spec.seed, spec.trial), first + len(numbers)) for spec in specs
            ]
            self._count += len(numbers) - before
            self._of_entry[id(entry)] = (entry, np.array(found, dtype=np.intp))
        return self._of_entry[id(entry)][1]


class Problems:
    """What every contestant spent on every problem, in one currency.

    Attributes:
        contestants: those that may be compared in it.
        costs: ``(c, p)``, infinite where a problem was met and not solved, nan where it was not
            met.
    """

    def __init__(
        self, entries: Sequence[Entry], currency: Currency, numbering: Numbering | None = None
    ) -> None:
        numbering = numbering or Numbering()
        self.contestants = list(dict.fromkeys(entry.contestant for entry in entries))
        rows = {contestant: row for row, contestant in enumerate(self.contestants)}
        columns = [numbering.of(entry) for entry in entries]
        self.costs = np.full((len(rows), len(numbering)), math.nan)
        for entry, column in zip(entries, columns, strict=True):
            self.costs[rows[entry.contestant], column] = entry.spent(currency.name)
        self.units = {entry.contestant: unit_name(entry, currency) for entry in entries}

    def ratios(self, compared: Sequence[Contestant]) -> npt.NDArray[np.float64]:
        """Each one's cost over the least of them, ``(len(compared), problems that all met)``."""
        rows = [self.contestants.index(one) for one in compared]
        costs = self.costs[rows]
        return ratios(costs[:, ~np.isnan(costs).any(axis=0)])


def ratios(costs: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Performance ratios of costs ``(c, p)``: each over the least of its column.

    An infinite cost has an infinite ratio, also where nobody solved the problem. A cost of nought
    has the ratio 1, and every other cost an infinite one beside it.
    """
    if not costs.size:
        return costs
    least = costs.min(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        over = costs / least
    return np.where(np.isinf(costs), math.inf, np.where(costs == least, 1.0, over))


def profile_figure(digest: Digest) -> Figure | None:
    """The performance profiles in every currency, among every choice of access models.

    None if no currency has two learners that can be compared.
    """
    currency = currency_control(digest)
    digests = field(digest)
    numbering = Numbering()
    problems = {
        name: Problems(digests.ranked(CURRENCIES[name]), CURRENCIES[name], numbering)
        for name, _ in currency.options
    }
    if all(len(found.contestants) < 2 for found in problems.values()):
        return None
    access = access_control(digests)
    controls = [currency, *([access] if access else [])]
    choices = [
        (choice[0], choice[1] if access else "")
        for choice in product(*(control.values for control in controls))
    ]
    curves = sum(len(among(problems[name].contestants, chosen)) for name, chosen in choices)
    points = points_each(curves, _POINTS_IN_ALL)
    tables: dict[str, list[Row]] = {"curves": [], "quartiles": []}
    views: dict[tuple[str, ...], View] = {}
    for name, chosen in choices:
        view = _view(digests, CURRENCIES[name], problems[name], chosen, points, tables)
        views[(name, chosen) if access else (name,)] = view
    return Figure("profile", "Performance profiles", _CAPTION, views, tables, controls)


def _view(
    digests: Field,
    currency: Currency,
    problems: Problems,
    access: str,
    points: int,
    tables: dict[str, list[Row]],
) -> View:
    """One choice's profiles; adds their rows to the tables."""
    notes = [unranked_note(digests.of(currency), currency)]
    compared = among(problems.contestants, access)
    found = problems.ratios(compared)
    total = found.shape[1]
    if len(compared) < 2:
        only = f": {compared[0].name} alone" if compared else ""
        text = f"There are no two learners to compare in {currency.label.lower()}{only}."
        return View(notes=[text, *filter(None, notes)])
    if not total:
        names = wording.listing([one.name for one in compared])
        text = f"No problem was met by all of {names}, so they cannot be compared."
        return View(notes=[text, *filter(None, notes)])
    curves = [curve(row) for row in found]
    end = _end(found)
    where: dict[str, str | float] = {"currency": currency.name}
    if access:
        where["among"] = access
    for one, drawn in zip(compared, curves, strict=True):
        _tabulate(tables, where, one, drawn, end, points)
    legend = [
        line_key(one, _remark(drawn, one, problems.units, currency))
        for one, drawn in zip(compared, curves, strict=True)
    ]
    legend.append(Key("95 % band", "var(--muted)", "band"))
    met = problems.costs.shape[1]
    notes = [_counted(total, met), mixture(compared), *notes, currency.caveat]
    if len({problems.units[one] for one in compared}) > 1:
        notes.insert(1, "Units differ by learner, so these ratios are between different units.")
    chart = Chart(
        _spec(end, len(compared)),
        {"curves": "curves", "quartiles": "quartiles"},
        _alt(currency, compared, curves),
        where=where,
    )
    return View({"": [Panel([chart])]}, legend, [*filter(None, notes)], columns=1)


def _counted(total: int, met: int) -> str:
    if total == met:
        return f"Over {wording.plural(total, 'problem')}, each met by all learners compared."
    return (
        f"Over the {wording.plural(total, 'problem')} that all learners compared have met, of "
        f"{met:,} that some learner met."
    )


def _end(found: npt.NDArray[np.float64]) -> float:
    """Where the axis ends: at 1 or 3 times the power of ten beyond the largest finite ratio."""
    beyond = 1.05 * float(found[np.isfinite(found)].max(initial=1.0))
    decade = math.floor(math.log10(beyond))
    return float(f"3e{decade}") if beyond <= 3 * 10**decade else float(f"1e{decade + 1}")


def _tabulate(
    tables: dict[str, list[Row]],
    where: Mapping[str, str | float],
    one: Contestant,
    drawn: Curve,
    end: float,
    points: int,
) -> None:
    shape, dash = mark(one)
    place: Row = {**where, "learner": one.name, "colour": one.colour}
    told: Row = {"problems": drawn.total, "dash": list(dash)}
    rows = step_rows(drawn, "ratio", start=1.0, at_most=points)
    # Beyond its last step a line goes on without its band, lest bands pile up at the right.
    rows.append({"ratio": end, "share": round(drawn.limit, 4), "low": None, "high": None})
    tables["curves"] += [place | row | told for row in rows]
    tables["quartiles"] += [place | row | {"shape": shape} for row in quartile_rows(drawn, "ratio")]


def _remark(
    drawn: Curve, one: Contestant, units: Mapping[Contestant, str], currency: Currency
) -> str:
    wins, solves = _rate(drawn, drawn.share(1.0)), _rate(drawn, drawn.limit)
    parts = [one.terms, f"wins {wins}, solves {solves}"]
    if currency.name == "operations":
        parts.append(f"in {units[one]}")
    return "; ".join(parts)


def _rate(drawn: Curve, share: float) -> str:
    """``0.60 [0.31, 0.83]``: a share of all problems with Wilson's interval."""
    rate = wilson(round(share * drawn.total), drawn.total)
    return f"{wording.share(rate.estimate)} {wording.rate_bracket(rate)}"


def _spec(end: float, curves: int) -> Spec:
    return step_chart(
        "ratio",
        (1.0, end),
        wording.number,
        ("τ, times the cost of the cheapest", "share of problems solved within τ"),
        [
            {"field": "learner", "type": "nominal"},
            number("share") | {"title": "share of problems", "format": ".0%"},
            number("ratio") | {"title": "within τ", "format": ",.3~g"},
        ],
        censored=False,
        curves=curves,
    )


def _alt(currency: Currency, compared: Sequence[Contestant], curves: Sequence[Curve]) -> str:
    told = [
        f"{one.name} is cheapest on {drawn.share(1.0):.0%} and solves {drawn.limit:.0%}"
        for one, drawn in zip(compared, curves, strict=True)
    ]
    return f"Performance profile in {currency.label.lower()}: {'; '.join(told)}."
