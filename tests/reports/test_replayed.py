"""Trials that replay starts: what their intervals count."""

from __future__ import annotations

import numpy as np
import pytest
from made_up import cell, record, results

from parity_compare.problems.seeding import generator
from parity_compare.replays import effective, rate, resampled_medians, starts_of
from parity_compare.reports.digest import Digest, digest
from parity_compare.reports.figures.duel import duel
from parity_compare.reports.tables import summary
from parity_compare.statistics import wilson

Values = list[float | None]


def replayed(*sides: Values, replays: int) -> Digest:
    """Learners with these times, so many of which share a start."""
    names = ("sgd", "langevin")
    return digest(
        results(
            [
                one
                for name, times in zip(names, sides, strict=False)
                for one in cell(name, times, spec={"replays": replays})
            ]
        )
    )


def test_trials_with_starts_of_their_own_are_as_they_were() -> None:
    (entry,) = replayed([0.1] * 9, replays=1).entries
    assert entry.start_of_each is None
    assert entry.starts == entry.trials == 9
    assert entry.rate == wilson(9, 9)


def test_the_rates_interval_is_that_of_as_many_trials_as_starts() -> None:
    (entry,) = replayed([0.1] * 30 + [None] * 10, replays=4).entries
    assert (entry.trials, entry.starts, entry.worth) == (40, 10, 10)
    assert entry.rate == pytest.approx(wilson(7.5, 10))


def test_unequal_numbers_of_replays_are_worth_less_than_their_starts() -> None:
    assert effective(np.array([0, 0, 1, 1, 2, 2])) == 3
    assert effective(np.array([0, 0, 0, 1])) == 16 / 10
    assert rate(4, 4, 2.0) == wilson(2, 2)


def test_starts_of_one_number_under_two_seeds_are_two() -> None:
    records = [
        record("sgd", trial, spec={"replays": 2, "seed": s}) for s in (0, 1) for trial in (0, 1)
    ]
    assert starts_of(records) == pytest.approx([0, 0, 1, 1])


def test_medians_of_whole_starts_are_those_of_resampling_start_by_start() -> None:
    """Against 20,000 resamples drawn one by one; means within 4 standard errors of 2,000 (a false
    alarm in 16,000 seeds; the seed is fixed)."""
    rng = np.random.default_rng(1)
    starts = np.array([0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 3])
    values = rng.lognormal(0, 1, len(starts))
    found = resampled_medians(values, starts, 2000, generator("a test"))
    groups = [values[starts == start] for start in range(4)]
    drawn = [
        np.median(np.concatenate([groups[i] for i in rng.integers(0, 4, 4)])) for _ in range(20_000)
    ]
    assert abs(found.mean() - np.mean(drawn)) < 4 * np.std(drawn) / np.sqrt(2000)
    assert set(np.round(found, 12)) <= set(np.round(drawn, 12))


@pytest.mark.parametrize("cost", ["seconds", "steps"])
def test_replays_that_agree_widen_intervals(cost: str) -> None:
    """Eight starts whose replays all take the same time: 64 trials tell as much as eight."""
    times: Values = [0.1 * 1.5**start for start in range(8) for _ in range(8)]
    alone, shared = (replayed(times, replays=count).entries[0] for count in (1, 8))
    for one, other in (
        (alone.cost("seconds"), shared.cost("seconds")),
        (alone.expected("seconds"), shared.expected("seconds")),
    ):
        assert one.estimate == other.estimate
        assert other.high / other.low > one.high / one.low
    assert shared.cost(cost).low <= alone.cost(cost).low
    eight = replayed(times[::8], replays=1).entries[0]
    assert shared.cost("seconds")[1:] == pytest.approx(eight.cost("seconds")[1:], rel=0.3)


def test_where_no_start_was_solved_the_bound_counts_starts() -> None:
    """Sixteen failures of 60 s that are four starts: the rate is at most 1 - 0.025^(1/4)."""
    (entry,) = replayed([None] * 16, replays=4).entries
    assert entry.expected("seconds") == pytest.approx((np.inf, 60 / (1 - 0.025**0.25), np.inf))


def test_five_starts_decide_nothing_however_often_they_are_replayed() -> None:
    near: Values = [0.1 + 1e-4 * trial for trial in range(20)]
    far: Values = [9.0 + 1e-4 * trial for trial in range(20)]
    few = duel(*replayed(near, far, replays=4).entries)
    assert few.too_few
    assert few.shortage == "fewer than 6 starts each"
    assert not few.decided
    enough = duel(*replayed(near, far, replays=2).entries)
    assert enough.decided
    assert enough.ratio.low > 1


def test_a_factor_of_replays_is_no_surer_than_that_of_their_starts() -> None:
    near: Values = [0.1 * 1.2**start for start in range(8) for _ in range(8)]
    far: Values = [0.4 * 1.2**start for start in range(8) for _ in range(8)]
    alone, shared = (duel(*replayed(near, far, replays=count).entries).ratio for count in (1, 8))
    assert shared.low < alone.low
    assert shared.high > alone.high


def test_the_summary_says_that_intervals_count_starts() -> None:
    (first, second, third) = summary(replayed([0.1] * 8, replays=4)).notes
    assert first == (
        "Trials that replay one start are not independent: intervals count starts, not trials."
    )
    assert second == "The 8 trials of a row are 2 starts."
    assert third.startswith("With fewer than 6 trials or starts")
    assert summary(replayed([0.1] * 8, replays=1)).notes == []
