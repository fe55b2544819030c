"""What each contestant solved over all its instances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from parity_compare import replays
from parity_compare.reports.contestants import Contestant
from parity_compare.reports.digest import Digest, Entry
from parity_compare.statistics import Interval


@dataclass(frozen=True)
class Tally:
    """What a contestant solved over all its instances."""

    contestant: Contestant
    entries: Sequence[Entry]

    @property
    def solved(self) -> int:
        """How many trials were solved."""
        return sum(entry.solved for entry in self.entries)

    @property
    def trials(self) -> int:
        """How many there were."""
        return sum(entry.trials for entry in self.entries)

    @property
    def rate(self) -> Interval:
        """Share of all its trials, with Wilson's interval, which counts starts and not replays.

        Over several instances the numbers of trials are fixed, so that the share varies less than
        a binomial one of the same mean: the interval is wide enough.
        """
        return replays.rate(self.solved, self.trials, sum(entry.worth for entry in self.entries))


def tallies(digest: Digest) -> list[Tally]:
    """A tally per contestant, trials that ran beside others included."""
    untimed = digest.regardless_of_company()
    return [Tally(contestant, untimed.of(contestant)) for contestant in untimed.contestants]
