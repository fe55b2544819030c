"""Duels in any currency, on trials made so that the answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from made_up import cell, record, results

from parity_compare.reports.digest import Entry, digest
from parity_compare.reports.figures.duel import champions, duel, ratio_of_medians, unit
from parity_compare.results import Record

INF = float("inf")


def entries(*records: Record) -> list[Entry]:
    return digest(results(records)).entries


def spenders(cost: str, *medians: float, **units: str) -> list[Entry]:
    """An entry per median, each of ten trials that all spend it."""
    names = ("sgd", "langevin", "exhaustive", "gf2")
    return entries(
        *(
            record(name, trial, cost={cost: value} | units)
            for name, value in zip(names, medians, strict=False)
            for trial in range(10)
        )
    )


@pytest.mark.parametrize("trials", [9, 10])
def test_the_interval_of_a_factor_is_that_of_resampling_trial_by_trial(trials: int) -> None:
    """The law of medians against 20,000 resamples drawn one by one: ends are percentiles of those
    within 1 %, which is three standard errors of a percentile of 2,000. The seed is fixed."""
    rng = np.random.default_rng(4)
    above, below = rng.lognormal(1, 0.1, trials), rng.lognormal(0, 0.1, trials)
    found = ratio_of_medians(above, below)
    tops, bottoms = (
        np.median(side[rng.integers(0, trials, (20_000, trials))], axis=1)
        for side in (above, below)
    )
    drawn = tops / bottoms
    assert found.estimate == pytest.approx(np.median(above) / np.median(below), rel=1e-12)
    for end, percentile in ((found.low, 0.025), (found.high, 0.975)):
        assert np.mean(drawn < end * (1 - 1e-9)) <= percentile + 0.01
        assert np.mean(drawn <= end * (1 + 1e-9)) >= percentile - 0.01


def test_the_two_sides_are_resampled_independently() -> None:
    """A factor between a cell and its like is not always 1."""
    values = np.random.default_rng(0).lognormal(0, 1, 20)
    found = ratio_of_medians(values, values)
    assert found.low < 0.8 < 1.25 < found.high
    assert found == ratio_of_medians(values.copy(), values[::-1].copy())


@pytest.mark.parametrize(
    ("above", "below", "expected"),
    [(0.0, 0.0, 1.0), (3.0, 0.0, INF), (INF, 2.0, INF), (INF, INF, 1.0), (3.0, 2.0, 1.5)],
)
def test_factors_of_nought_and_infinity(above: float, below: float, expected: float) -> None:
    sides = np.full(6, above), np.full(7, below)
    assert ratio_of_medians(*sides) == (expected, expected, expected)


@pytest.mark.parametrize("cost", ["samples", "queries", "steps", "peak_memory"])
def test_the_cheaper_one_in_the_chosen_currency_comes_first(cost: str) -> None:
    slow, fast = spenders(cost, 400, 100)
    found = duel(slow, fast, cost)
    assert found.faster is fast
    assert found.ratio == (4, 4, 4)
    assert found.decided
    assert found.cost == cost


def test_a_failed_trial_is_infinite_in_every_currency() -> None:
    one, other = entries(
        *(record("sgd", trial, solved=trial < 4, cost={"samples": 1}) for trial in range(10)),
        *(record("langevin", trial, cost={"samples": 1000}) for trial in range(10)),
    )
    found = duel(one, other, "samples")
    assert found.faster is other
    assert found.ratio.estimate == INF


def test_operations_of_different_units_have_a_factor_but_no_decision() -> None:
    few, many = entries(
        *(record("gf2", trial, cost={"operations": 10.0}) for trial in range(10)),
        *(record("sgd", trial, cost={"operations": 1e6}) for trial in range(10)),
    )
    assert [unit(one, "operations") for one in (few, many)] == ["word XOR", "FLOP"]
    found = duel(few, many, "operations")
    assert found.units_differ
    assert found.ratio.low == 1e5
    assert not found.decided
    same = duel(*spenders("operations", 10, 1e6, operations_unit="FLOP"), "operations")
    assert same.decided
    assert not same.units_differ
    assert not duel(few, many, "steps").units_differ


def test_equal_medians_are_a_tie_and_nothing_is_decided() -> None:
    found = duel(*spenders("samples", 62, 62), "samples")
    assert found.tied
    assert not found.decided
    assert found.ratio == (1, 1, 1)


def test_five_trials_decide_nothing_in_any_currency() -> None:
    few, many = entries(*cell("sgd", [1.0] * 5), *cell("langevin", [9.0] * 10))
    assert duel(few, many, "seconds").too_few
    assert not duel(few, many, "seconds").decided


def test_champions_meet_their_rivals_from_near_to_far() -> None:
    found = champions(spenders("steps", 30, 10, 20, 40), "steps")
    assert {one.faster.contestant.name for one in found} == {"langevin"}
    assert [one.slower.contestant.name for one in found] == ["exhaustive", "sgd", "gf2"]
    assert [one.ratio.estimate for one in found] == [2, 3, 4]


def capped(winner: list[float], spent: list[float], **changes: object) -> list[Entry]:
    """Ten trials of exhaustive that are solved, and ten of random that are not."""
    return entries(
        *cell("exhaustive", winner),
        *(
            record("random", trial, seconds=seconds, solved=False, **changes)  # type: ignore[arg-type]
            for trial, seconds in enumerate(spent)
        ),
    )


TWENTIES = [20.0 + 0.6 * i for i in range(10)]


def test_trials_cut_short_before_the_winners_median_lose_nothing() -> None:
    """Who took 20 s could not have solved it in one second either."""
    found = duel(*capped(TWENTIES, [1.0] * 10, spec={"seconds": 1.0}))
    assert found.faster.contestant.name == "exhaustive"
    assert found.cut_short
    assert not found.decided
    patient = duel(*capped(TWENTIES, [60.0] * 10))
    assert patient.decided
    assert not patient.cut_short


def test_only_as_many_as_could_turn_the_median_are_cut_short() -> None:
    """Four of ten that might have been solved at once leave six that were not within 60 s."""
    assert duel(*capped(TWENTIES, [1.0] * 4 + [60.0] * 6)).decided
    assert duel(*capped(TWENTIES, [1.0] * 6 + [60.0] * 4)).cut_short


@pytest.mark.parametrize("status", ["gave_up", "diverged", "error", "inconsistent"])
def test_who_ended_by_itself_was_not_cut_short(status: str) -> None:
    found = duel(*capped(TWENTIES, [1.0] * 10, status=status))
    assert not found.cut_short
    assert found.decided


@pytest.mark.parametrize("status", ["out_of_samples", "underdetermined"])
def test_a_limit_on_examples_cuts_short_but_the_instances_own_sample_does_not(status: str) -> None:
    def met(**spec: int) -> bool:
        return duel(*capped(TWENTIES, [1.0] * 10, status=status, spec=spec)).cut_short

    assert met(max_samples=50)
    assert not met(samples=50)
    assert met(samples=50, max_samples=40)
    assert not met(samples=50, max_samples=60)


def test_being_cut_short_is_judged_in_the_currency_of_the_duel() -> None:
    """After 60 s it had drawn fewer examples than the other, which took 25 s, needed."""
    one, other = entries(
        *(record("sgd", trial, seconds=25, cost={"samples": 900}) for trial in range(10)),
        *(
            record("langevin", trial, seconds=60, solved=False, cost={"samples": 100})
            for trial in range(10)
        ),
    )
    assert duel(one, other, "seconds").decided
    assert duel(one, other, "samples").cut_short
    assert not duel(one, other, "samples").decided


def test_nobody_is_cut_short_by_who_solves_nothing() -> None:
    one, other = entries(*cell("sgd", [None] * 8), *cell("langevin", [None] * 8))
    assert not duel(one, other).cut_short
