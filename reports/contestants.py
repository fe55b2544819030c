"""Who met what: instances, contestants, and the names that tell contestants apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from parity_compare import progress
from parity_compare.algorithms import registry
from parity_compare.reports import wording
from parity_compare.reports.palette import Hue, hue
from parity_compare.results import Record
from parity_compare.timing import (
    SINGLE,
    is_head_to_head,
    is_parallel,
    is_together,
    without_company,
)


@dataclass(frozen=True)
class Instance:
    """What is to be learned: one point of the grid."""

    n: int
    k: int | None
    noise: float
    sample_size: int | None
    variant: str = "plain"
    replays: int = 1

    def facts(self) -> dict[str, str]:
        """Its coordinates in words, by axis."""
        fixed = self.sample_size
        return {
            "n": f"n = {self.n}",
            "k": "dense (k unknown)" if self.k is None else f"k = {self.k}",
            "noise": f"noise = {self.noise:g}" if self.noise else "no noise",
            "sample_size": "fresh examples" if fixed is None else f"{fixed:,} examples",
            "variant": wording.VARIANTS.get(self.variant, self.variant),
            "replays": wording.replays(self.replays),
        }

    def title(self) -> str:
        """``n = 30, k = 3, no noise``."""
        facts = self.facts()
        if self.sample_size is None:
            del facts["sample_size"]
        if self.variant == "plain":
            del facts["variant"]
        if self.replays == 1:
            del facts["replays"]
        return ", ".join(facts.values())

    def hardness(self) -> tuple[float, float, float, float]:
        """Sorts instances from easy to hard: by k, n, noise, and few examples."""
        dense = math.inf if self.k is None else self.k
        return (dense, self.n, self.noise, -(self.sample_size or math.inf))


@dataclass(frozen=True)
class Contestant:
    """A learner as it was run: where, how timed, with what access and side information.

    ``name`` adds to the learner's label only what tells it from others of the same label.
    """

    label: str
    device: str
    threads: int
    access: str
    side_information: str
    timing: str
    name: str = field(default="", compare=False)
    index: int = field(default=0, compare=False)

    @property
    def learner(self) -> str:
        """The label without its parameters."""
        return self.label.partition("[")[0]

    @property
    def colour(self) -> str:
        """The CSS variable that holds its hue."""
        return f"var(--hue-{self.index})"

    @property
    def hue(self) -> Hue:
        """Its colour."""
        return hue(self.learner)

    @property
    def rules(self) -> tuple[str, str]:
        """What makes two contestants comparable: access model and side information."""
        return (self.access, self.side_information)

    @property
    def terms(self) -> str:
        """``fresh examples, told nothing``."""
        return (
            f"{wording.access_words(self.access)}, told {wording.told_words(self.side_information)}"
        )

    @property
    def single(self) -> bool:
        """Whether its trials ran one at a time, with nothing else beside them."""
        return is_head_to_head(self.timing)

    @property
    def together(self) -> bool:
        """Whether its trials were trained as one batch."""
        return is_together(self.timing)

    @property
    def parallel(self) -> bool:
        """Whether other trials ran meanwhile, or one search was spread over workers."""
        return is_parallel(self.timing)

    @property
    def alone(self) -> Contestant:
        """The same contestant, whatever ran beside it, and without a name."""
        return replace(self, timing=without_company(self.timing), name="", index=0)

    @property
    def simulated(self) -> bool:
        """Whether an oracle that knows S answered its queries, in no time that means anything.

        Only answers averaged over a sample of examples are computed as a learner would have to.
        """
        settings = self.label.partition("[")[2].rstrip("]").split(",")
        return self.access == "queries" and "answers=sample" not in settings

    @property
    def timed(self) -> bool:
        """Whether its times can be compared: one trial at a time, and nothing simulated."""
        return self.single and not self.simulated

    @property
    def remark(self) -> str:
        """Why its times have no rank, unless its name says so: ``4 at a time, simulated``."""
        said = self.single or self.timing in self.name
        reasons = ("" if said else self.timing.removeprefix(f"{SINGLE}, "), "simulated")
        return ", ".join(filter(None, reasons[: 2 if self.simulated else 1]))


def ordered(contestants: list[Contestant], order: Sequence[str]) -> list[Contestant]:
    """The contestants in the order that is given, then in order of first appearance.

    Those that have a name in common, for they differ in side information or timing only, stand
    together, single trials first.
    """
    names = [*order, *(_short_name(contestant) for contestant in contestants)]
    rank = {name: index for index, name in enumerate(dict.fromkeys(names))}
    return sorted(
        dict.fromkeys(contestants),
        key=lambda one: (
            rank[_short_name(one)],
            one.access,
            one.side_information,
            one.threads,
            not one.single,
            one.timing,
        ),
    )


def _short_name(contestant: Contestant) -> str:
    return progress.contestant(contestant.label, contestant.device)


def tests_off_clock(contestant: Contestant) -> bool:
    known = registry.without_import(contestant.learner)
    return known is not None and known.tests_off_clock


def place(record: Record) -> tuple[float | str, ...]:
    """Where an instance stands among others: by size, then by noise, examples and kind."""
    spec = record.spec
    return (spec.n, spec.k or spec.n, spec.noise, spec.samples or 0, spec.variant, spec.replays)


def instance_of(record: Record) -> Instance:
    spec = record.spec
    return Instance(spec.n, spec.k, spec.noise, spec.samples, spec.variant, spec.replays)


def contestant_of(record: Record) -> Contestant:
    spec = record.spec
    return Contestant(
        _line(spec.learner),
        _line(spec.device),
        spec.threads,
        _line(record.access),
        _line(record.side_information),
        _line(record.timing),
    )


def _line(text: str) -> str:
    """A stranger's text on one line: charts' expressions know no line or paragraph separators."""
    return " ".join(text.split())


def named(contestants: list[Contestant]) -> dict[Contestant, Contestant]:
    """Every contestant with a unique name, by itself."""
    named: dict[Contestant, Contestant] = {}
    devices = {contestant.device for contestant in contestants}
    for index, contestant in enumerate(contestants):
        twins = [twin for twin in contestants if twin.label == contestant.label]
        parts = [contestant.label]
        if len(devices) > 1 and len({twin.device for twin in twins}) > 1:
            parts.append(f"on {contestant.device}")
        if len({twin.threads for twin in twins}) > 1:
            parts.append(f"with {wording.plural(contestant.threads, 'thread')}")
        if len({twin.rules for twin in twins}) > 1:
            same_access = len({twin.access for twin in twins}) == 1
            told = wording.told_words(contestant.side_information)
            parts.append(f"told {told}" if same_access else f"({contestant.terms})")
        # That all ran beside others is said once, below the seconds; only a difference is a name.
        alike = {twin.timing for twin in twins if twin.alone == contestant.alone}
        timing = contestant.timing if len(alike) > 1 else contestant.alone.timing
        if not is_head_to_head(timing):
            parts.append(f"({timing})")
        named[contestant] = replace(contestant, name=" ".join(parts), index=index)
    return named
