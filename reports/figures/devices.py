"""The same learner on a CPU and on a GPU: by what factor it is faster."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from parity_compare.calibration import batch_size
from parity_compare.reports import wording
from parity_compare.reports.contestants import Contestant, Instance
from parity_compare.reports.digest import Digest, Entry
from parity_compare.reports.figure import Caption, Chart, Figure, Key, Panel, Row, View
from parity_compare.reports.figures.axes import PANELS_AT_MOST, Axis, Grid, by_panel, left_out
from parity_compare.reports.figures.charts import Domain, log_domain
from parity_compare.reports.figures.duel import ratio_of_medians
from parity_compare.reports.figures.line_charts import factor_lines
from parity_compare.reports.figures.marks import clean, mark, side
from parity_compare.reports.figures.row_charts import factor_rows
from parity_compare.statistics import Interval

_CPU, _GPU = "cpu", "cuda"
_TITLE = "CPU against GPU"
_AXIS = "time on the CPU / time on the GPU"

_CAPTION = Caption(
    see="By what factor the GPU is faster: right of 1, or above it, the GPU wins; on the other "
    "side the CPU does. A GPU takes a fixed time to be asked anything, so it needs work in bulk: "
    "large n, wide networks, or many trials in one batch.",
    computed="The median of the seconds on the CPU over the median on the GPU, with its 95 % "
    "interval by the bootstrap, failed trials counted as infinite; on the same instances, with the "
    "same parameters, access and side information. Single trials are compared with single trials, "
    "and batches with batches: there each trial’s share of the batch’s clock, its seconds over the "
    "size of the batch. The CPU had as many threads as are named.",
    omits="It compares this CPU with this GPU, and an implementation with another: what runs on "
    "the GPU is not the same code. The trials of a batch share one clock, so the interval of "
    "batches knows of no difference from one batch to the next. Time to copy data, to compile and "
    "to import is outside the clock.",
)


@dataclass(frozen=True)
class _Pair:
    """One contestant on the CPU, and its like on the GPU."""

    cpu: Contestant
    gpu: Contestant

    @property
    def name(self) -> str:
        """The label; threads, if they are several."""
        threads = self.cpu.threads
        return self.cpu.label + (f" with {threads} CPU threads" if threads > 1 else "")

    @property
    def timing(self) -> str:
        """How both were timed."""
        if self.cpu.timing == self.gpu.timing:
            return self.cpu.timing
        return f"{self.cpu.timing} on the CPU, {self.gpu.timing} on the GPU"

    @property
    def row(self) -> str:
        """The heading of its row."""
        return f"{self.name}\n{self.timing}"


def device_figure(digest: Digest) -> Figure | None:
    """The figure, or None if no learner was timed alike on both devices."""
    pairs = list(_pairs(digest))
    met = [
        (pair, instance, found)
        for pair in pairs
        for instance in digest.instances
        if (found := _meeting(digest, pair, instance))
    ]
    decided = [(*meeting, factor) for meeting in met if (factor := _factor(meeting[2])) is not None]
    if not decided:
        return None
    instances = [i for i in digest.instances if any(i == met for _, met, _, _ in decided)]
    grid = Grid(replace(digest, instances=instances))
    factors = [_row(grid, pair, on, two, factor) for pair, on, two, factor in decided]
    notes = _notes(digest, len(met) - len(decided))
    drawn = list(dict.fromkeys(pair for pair, _, _, _ in decided))
    views: dict[tuple[str, ...], View] = {}
    if len(instances) == 1:
        factors, views[()] = _rows(factors, notes)
        return Figure("devices", _TITLE, _CAPTION, views, {"factors": factors})
    for axis in grid.axes:
        views[(axis.name,)] = _lines(grid, axis, factors, drawn, notes)
    return Figure("devices", _TITLE, _CAPTION, views, {"factors": factors}, [grid.control])


def _pairs(digest: Digest) -> Iterator[_Pair]:
    for cpu in digest.contestants:
        for gpu in digest.contestants:
            alike = (cpu.label, cpu.rules) == (gpu.label, gpu.rules)
            if alike and (cpu.device, gpu.device) == (_CPU, _GPU) and _comparable(cpu, gpu):
                yield _Pair(cpu, gpu)


def _comparable(cpu: Contestant, gpu: Contestant) -> bool:
    """Whether both times mean something and are of one kind, with nothing beside them."""
    if cpu.simulated or gpu.simulated:
        return False
    return (cpu.single and gpu.single) or (_one_size(cpu) and _one_size(gpu))


def _one_size(contestant: Contestant) -> bool:
    """Whether its trials ran in batches of one size, with nothing beside them."""
    size = batch_size(contestant.timing)
    return contestant.timing == f"batch of {size}"


def _meeting(digest: Digest, pair: _Pair, instance: Instance) -> tuple[Entry, Entry] | None:
    met = {entry.contestant: entry for entry in digest.on(instance)}
    return (met[pair.cpu], met[pair.gpu]) if {pair.cpu, pair.gpu} <= set(met) else None


def _factor(meeting: tuple[Entry, Entry]) -> Interval | None:
    """CPU over GPU; None where neither has a median, so that nothing is known.

    If one of them has none, what its failed trials spent until they ended bounds the factor.
    """
    cpu, gpu = meeting
    if all(math.isinf(entry.cost("seconds").estimate) for entry in meeting):
        return None
    factor = ratio_of_medians(_shares(cpu), _shares(gpu))
    if math.isinf(factor.low):
        return factor._replace(
            low=ratio_of_medians(_shares(cpu, spent_only=True), _shares(gpu)).low
        )
    if factor.high == 0:
        bound = ratio_of_medians(_shares(cpu), _shares(gpu, spent_only=True)).high
        return factor._replace(high=bound)
    return factor


def _shares(entry: Entry, *, spent_only: bool = False) -> npt.NDArray[np.float64]:
    """Seconds of every trial ``(N,)``, of a batch its share.

    Args:
        entry: the trials.
        spent_only: whether one that was not solved counts for what it spent instead of infinity.
    """
    seconds = entry.spent("seconds")
    if spent_only:
        seconds = np.array([record.cost.seconds for record in entry.records])
    return seconds / batch_size(entry.contestant.timing)


def _row(
    grid: Grid, pair: _Pair, instance: Instance, meeting: tuple[Entry, Entry], factor: Interval
) -> Row:
    cpu, gpu = meeting
    shape, dash = mark(pair.cpu)
    medians = [
        entry.cost("seconds").estimate / batch_size(entry.contestant.timing) for entry in meeting
    ]
    return {
        "learner": pair.name,
        "threads": pair.cpu.threads,
        "access": pair.cpu.access,
        "told": wording.told_words(pair.cpu.side_information),
        "timing": pair.timing,
        **grid.row(instance),
        "cpu_trials": cpu.trials,
        "cpu_solved": cpu.solved,
        "cpu_median_seconds": clean(medians[0]),
        "gpu_trials": gpu.trials,
        "gpu_solved": gpu.solved,
        "gpu_median_seconds": clean(medians[1]),
        "factor": clean(factor.estimate) if factor.estimate > 0 else None,
        "low": clean(factor.low),
        "high": clean(factor.high),
        "text": _told(factor),
        "row": pair.row,
        "colour": pair.cpu.colour,
        "shape": shape,
        "dash": list(dash),
        "series": str(pair.cpu.index) + " " + str(pair.gpu.index),
        "shift": grid.shift(pair.cpu),
    }


def _told(factor: Interval) -> str:
    """``12 times [10, 14]``, also if one of the two never reached a median."""
    if factor.estimate == 0:
        return f"less than {wording.ratio(factor.high)} times"
    return wording.factor(factor)


def _domain(factors: Sequence[Row]) -> Domain:
    ends = [row[name] for row in factors for name in ("factor", "low", "high")]
    return log_domain([1.0, *(value for value in ends if value is not None)])


def _rows(factors: Sequence[Row], notes: list[str]) -> tuple[list[Row], View]:
    low, high = domain = _domain(factors)
    table = []
    for row in factors:
        missing = low if row["low"] == 0 else high
        at = missing if row["factor"] is None else row["factor"]
        place = math.log(at / low) / math.log(high / low)
        table.append(row | {"at": clean(at), "side": side(place)})
    spec = factor_rows([row["row"] for row in table], domain, _AXIS, wording.number)
    alt = f"{_AXIS} by learner: " + ", ".join(f"{row['learner']} {row['text']}" for row in table)
    legend = [
        Key("factor between the medians", "var(--muted)", "circle"),
        Key("95 % interval", "var(--muted)", "band"),
    ]
    view = View({"": [Panel([Chart(spec, {"factors": "factors"}, alt)])]}, legend, notes, columns=1)
    return table, view


def _lines(
    grid: Grid, axis: Axis, factors: Sequence[Row], pairs: Sequence[_Pair], notes: list[str]
) -> View:
    spec = factor_lines(axis, grid.ticks(axis), _domain(factors), _AXIS, wording.number)
    panels = grid.panels(axis)
    drawn = [
        Panel([Chart(spec, {"factors": "factors"}, _alt(rows, axis, title), title, panels[title])])
        for title, rows in list(by_panel(factors, panels).items())[:PANELS_AT_MOST]
    ]
    legend = [Key(p.name, p.cpu.colour, *mark(p.cpu), remark=p.timing) for p in pairs]
    legend.append(Key("95 % interval", "var(--muted)", "band"))
    said = [left_out(panels), *notes]
    columns = 1 if len(drawn) == 1 else 2 if len(drawn) <= 4 else 3
    return View({"": drawn}, legend, [note for note in said if note], columns)


def _alt(factors: Sequence[Row], axis: Axis, facet: str) -> str:
    said = [f"{row['learner']} at {axis.name} = {row[axis.name]} {row['text']}" for row in factors]
    place = f", {facet}" if facet else ""
    return f"{_AXIS} against {axis.title}{place}. {'; '.join(said)}."


def _notes(digest: Digest, undecided: int) -> list[str]:
    notes = []
    if undecided:
        notes.append(
            f"On {wording.plural(undecided, 'instance')} neither device solved half of the trials; "
            "nothing is compared there."
        )
    devices: dict[str, set[str]] = {}
    for contestant in digest.contestants:
        devices.setdefault(contestant.label, set()).add(contestant.device)
    both = {label for label, found in devices.items() if {_CPU, _GPU} <= found}
    paired = {pair.cpu.label for pair in _pairs(digest)}
    unlike = wording.listing(sorted(both - paired))
    if unlike:
        notes.append(f"Not compared, for they were not timed alike on both: {unlike}.")
    return notes
