"""The sentences, on results made so that the right ones are known."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pytest
from made_up import cell, demo, record, results

from parity_compare.reports.digest import digest
from parity_compare.reports.figures.duel import duel, ratio_of_medians
from parity_compare.reports.verdicts.verdict import verdict
from parity_compare.results import Record


def told(records: Sequence[Record], **environment: str) -> dict[str, str]:
    """The verdict's sentences by topic."""
    found = verdict(digest(results(records, **environment)))
    return {statement.topic: statement.text for statement in found}


def times(around: float, trials: int = 10, spread: float = 0.1) -> list[float]:
    return [around * (1 + spread * (i / trials - 0.5)) for i in range(trials)]


def test_like_for_like_names_the_winner_and_the_factor() -> None:
    text = told([*cell("sgd", times(0.1)), *cell("langevin", times(0.4))])["Like for like"]
    assert text.startswith(
        "With fresh examples, told nothing: sgd was faster; langevin took 4 times"
    )
    assert "[3.8, 4.2] as long" in text


def test_overlapping_intervals_decide_nothing() -> None:
    records = [*cell("sgd", times(0.1, spread=1)), *cell("langevin", times(0.105, spread=1))]
    text = told(records)["Like for like"]
    assert "not decided between sgd and langevin, for their intervals overlap" in text
    assert "faster" not in text


def test_fewer_than_six_trials_decide_nothing() -> None:
    records = [*cell("sgd", times(0.1, 5)), *cell("langevin", times(40, 5))]
    assert "not decided" in told(records)["Like for like"]
    assert "with fewer than 6 trials each" in told(records)["Like for like"]


def test_differing_access_is_never_compared_without_saying_so() -> None:
    found = told([*cell("gf2", times(1e-3)), *cell("sq[answers=sample]", times(1e-1))])
    assert "Like for like" not in found
    overall = found["Overall"]
    assert overall.startswith("Not like for like, because access or side information differ")
    assert "gf2’s, 995 µs [970, 1,020]" in overall
    assert "(a fixed sample, told k)" in overall
    assert "sq[answers=sample] took 100 times" in overall
    assert "(statistical queries, told k and noise)" in overall


def test_differing_side_information_is_a_difference_too() -> None:
    found = told([*cell("gf2", times(1e-3)), *cell("galois", times(1e-1))])
    assert "Like for like" not in found
    assert found["Overall"].startswith("Not like for like")


def test_a_failed_trial_is_counted_and_its_end_named() -> None:
    text = told(cell("sgd", [*times(0.1, 9), None]))["Solved"]
    assert "sgd solved 9 of 10, a rate of 0.90 [0.60, 0.98] (1 timeout)" in text


def test_nobody_solved_anything() -> None:
    found = told([*cell("sgd", [None] * 8), *cell("langevin", [None] * 8)])
    assert "sgd solved none of 8 (8 timeouts)" in found["Solved"]
    assert (
        "not decided, for none of sgd and langevin solved more than half"
        in (found["Like for like"])
    )
    assert "faster" not in " ".join(found.values())
    assert "Price" not in found


def test_against_a_learner_that_mostly_fails_the_factor_is_a_bound() -> None:
    records = [*cell("sgd", times(0.1)), *cell("langevin", [*times(0.4, 2), *[None] * 8])]
    text = told(records)["Like for like"]
    assert "sgd was faster; langevin" in text
    assert "more than" in text
    assert "against no finite median" in text


def test_against_a_learner_that_always_fails_there_is_no_factor() -> None:
    text = told([*cell("sgd", times(0.1)), *cell("langevin", [None] * 10)])["Like for like"]
    assert "langevin solved no more than half of its trials" in text
    assert "∞" not in text


def test_batched_times_are_left_out() -> None:
    found = told([*cell("sgd", times(0.01), timing="batch of 10"), *cell("langevin", times(0.4))])
    assert "Like for like" not in found
    assert "sgd (batch of 10) were trained together, so its times are left out" in found["Overall"]
    assert "langevin has no rival in time" in found["Overall"]


PARALLEL = "single, 4 at a time"


@pytest.mark.parametrize("timing", [PARALLEL, "single, split over 4"])
def test_parallel_times_are_ranked_nowhere(timing: str) -> None:
    """However short: they say more about the company than about the learner."""
    found = told(
        [
            *cell("sgd", times(1e-9), timing=timing),
            *cell("langevin", times(0.4)),
            *cell("sgd[lr=0.1]", times(0.2)),
        ]
    )
    assert found["Like for like"].startswith(
        "With fresh examples, told nothing: sgd[lr=0.1] was faster; langevin took 2 times"
    )
    assert found["Overall"] == (
        "Trials of sgd ran in parallel with others, so its times are left out of every comparison "
        "here. The same command with --jobs 1 --force takes times that can be ranked."
    )
    assert "sgd, langevin and sgd[lr=0.1] solved all 10 trials each" in found["Solved"]


def test_if_all_ran_in_parallel_nothing_is_ranked_and_the_way_out_is_named() -> None:
    records = [
        *cell("gf2", times(1e-3), timing=PARALLEL),
        *cell("exhaustive", times(1e-1), timing=PARALLEL),
        *cell("sgd", times(1.0), timing=PARALLEL),
    ]
    everything = "All times were taken in parallel and are not ranked."
    way_out = "The same command with --jobs 1 --force takes times that can be ranked."
    found = told(records)
    assert "Like for like" not in found
    assert found["Overall"] == f"{everything} {way_out}"
    assert found["Solved"].endswith("gf2, exhaustive and sgd solved all 10 trials each.")
    assert found["Price"].startswith("Labelled examples drawn, median: gf2 62, exhaustive 62, sgd ")
    with_answers = told([*records, *cell("sq", times(1e-9), timing=PARALLEL)])["Overall"]
    assert everything in with_answers
    assert "The answers to the queries of sq were simulated" in with_answers
    on_grid = told([*records, *cell("gf2", times(1e-3), timing=PARALLEL, spec={"n": 40})])
    assert on_grid["Overall"] == f"{everything} {way_out}"


def test_one_learner_partly_in_parallel_is_one_learner() -> None:
    """As when a run is interrupted and taken up with other resources."""
    alone = [one for one in cell("gf2", [*times(1e-3, 9), None]) if one.spec.trial < 6]
    beside = cell("gf2", [*times(9e-9, 9), None], timing="single, 2 at a time")
    records = [*alone, *beside[6:], *cell("exhaustive", times(1e-2), side_information="k")]
    found = told(records)
    assert found["Solved"].endswith(
        "exhaustive solved all 10 trials; gf2 solved 9 of 10, a rate of 0.90 [0.60, 0.98] "
        "(1 timeout)."
    )
    assert "gf2 was faster; exhaustive took 10 times" in found["Like for like"]
    assert found["Overall"] == (
        "Trials of gf2 (single, 2 at a time) ran in parallel with others, so its times are left "
        "out of every comparison here."
    )
    assert found["Price"] == "Labelled examples drawn, median: gf2 62, exhaustive 62."


def test_times_of_an_unknown_kind_are_ranked_nowhere() -> None:
    found = told([*cell("sgd", times(0.1), timing="warp 9"), *cell("langevin", times(0.4))])
    assert "Like for like" not in found
    assert "The times of sgd (warp 9) are not those of single trials" in found["Overall"]


def test_stepwise_times_are_left_out_and_told_why() -> None:
    found = told([*cell("sgd", times(0.1), timing="single, stepwise"), *cell("gf2", times(1e-3))])
    assert "Every step of sgd (single, stepwise) was recorded, which takes time" in found["Overall"]


@pytest.mark.parametrize("answers", ["", "[answers=exact]", "[strategy=batched,answers=gaussian]"])
def test_simulated_times_are_ranked_nowhere(answers: str) -> None:
    """The oracle knows S: however fast or slow its answers, no sentence compares their times."""
    sq = f"sq{answers}"
    for around in (1e-9, 1e3):
        found = told(
            [*cell("gf2", times(1e-3)), *cell("sgd", times(1e-1)), *cell(sq, times(around))]
        )
        assert found["Overall"].startswith("Not like for like")
        compared, _, left_out = found["Overall"].partition("The answers to the queries of")
        assert "sgd took 100 times" in compared
        assert "sq" not in compared
        assert left_out == (
            f" {sq} were simulated, so its times are left out of every comparison here."
        )


def test_simulated_times_win_no_instance_of_a_grid() -> None:
    records = [
        one
        for n in (20, 30)
        for name, around in (("gf2", 1e-3), ("sgd", 1e-1), ("sq", 1e-9))
        for one in cell(name, times(around), spec={"n": n})
    ]
    assert "that of gf2 in all of 2 instances" in told(records)["Overall"]
    without = told([one for one in records if one.spec.learner == "sq"])
    assert without["Overall"].startswith("The answers to the queries of sq were simulated")


def test_a_learner_alone_on_a_grid_is_no_undecided_contest() -> None:
    records = [one for n in (20, 30) for one in cell("gf2", times(1e-3), spec={"n": n})]
    assert "Overall" not in told(records)


def test_the_same_learner_on_two_devices_is_told_apart() -> None:
    records = [
        *cell("sgd", times(0.4)),
        *cell("sgd", times(0.1), spec={"device": "cuda"}),
        *cell("gf2", times(1e-3)),
    ]
    assert "sgd on cuda was faster; sgd on cpu took 4 times" in told(records)["Like for like"]
    assert "gf2 on" not in " ".join(told(records).values())


def test_an_axis_that_separates_success_from_failure_is_named() -> None:
    records = [
        one
        for noise, solved in ((0.0, True), (0.05, False), (0.1, False))
        for one in cell("gf2", times(1e-3) if solved else [None] * 10, spec={"noise": noise})
    ]
    text = told(records)["Solved"]
    assert (
        "gf2 solved 10 of 30, a rate of 0.33 [0.19, 0.51] (all at noise 0, none at noise " in text
    )


def test_a_grid_counts_the_instances_that_each_learner_won() -> None:
    records = [
        *cell("gf2", times(1e-3), spec={"n": 20}),
        *cell("exhaustive", times(1e-2), spec={"n": 20}),
        *cell("gf2", times(1e-3), spec={"n": 40}),
        *cell("exhaustive", times(1e-3), spec={"n": 40}),
    ]
    text = told(records)["Overall"]
    assert "gf2 in 1 of 2 instances; 1 not decided" in text


def test_the_price_is_in_examples_or_queries() -> None:
    price = told(demo())["Price"]
    assert price.startswith("Labelled examples drawn, median: gf2 62, exhaustive 64, sgd ")
    assert re.search(r"sgd 19,\d{3} \[1\d,\d{3}, 2\d,\d{3}\]", price)
    assert re.search(r"sq asks [\d,]+ \[[\d,]+, [\d,]+\] queries instead", price)
    assert price.endswith("queries instead and draws no examples.")


def test_nothing_ran() -> None:
    assert told([]) == {"Nothing to report": "No trial has finished yet, so nobody has won."}


@pytest.mark.parametrize(
    ("above", "below", "expected"),
    [
        ([4.0] * 6, [2.0] * 6, (2.0, 2.0, 2.0)),
        ([np.inf] * 6, [np.inf] * 6, (1.0, 1.0, 1.0)),
        ([np.inf] * 6, [1.0] * 6, (np.inf, np.inf, np.inf)),
    ],
)
def test_ratios_of_medians(
    above: list[float], below: list[float], expected: tuple[float, float, float]
) -> None:
    assert ratio_of_medians(np.array(above), np.array(below)) == expected


def test_equal_learners_are_seldom_told_apart() -> None:
    """At most 5 % of duels between equals may be decided; two 95 % intervals that are apart are
    stricter evidence than that. The seed is fixed: the test gives no false alarm."""
    rng = np.random.default_rng(0)
    decided = 0
    for _ in range(100):
        one, other = (
            digest(results(cell(name, list(rng.lognormal(0, 1, size=10))))).entries[0]
            for name in ("sgd", "langevin")
        )
        decided += duel(one, other).decided
    assert decided <= 5


def test_seconds_of_several_machines_are_said_to_be_mixed() -> None:
    """As in a merged store: a median of seconds mixes its machines."""
    records = demo()
    assert "Machines" not in told(records, processor="A @ 3 GHz")
    mixed = told(records, processor="A @ 3 GHz; B @ 4 GHz")["Machines"]
    assert mixed.startswith("The trials ran on 2 kinds of processor: A @ 3 GHz and B @ 4 GHz.")
    assert "Every median of seconds mixes them" in mixed


def test_trials_cut_short_decide_nothing_and_are_named() -> None:
    """Random search under a limit of 1 s against 20 s of exhaustive search under one of 60 s."""
    given_up = [
        record("random", trial, seconds=1.0, solved=False, side_information="k, noise")
        for trial in range(10)
    ]
    text = told([*given_up, *cell("exhaustive", times(20))])["Like for like"]
    assert (
        "not decided between exhaustive and random, for the trials of random were cut short before"
        in text
    )
    overall = told([*given_up, *cell("gf2", times(20))])["Overall"]
    assert "has no finite median, for the trials of random were cut short before" in overall


def test_equal_medians_are_called_equal() -> None:
    text = told([*cell("sgd", [1.0] * 10), *cell("langevin", [1.0] * 10)])["Like for like"]
    assert "not decided between sgd and langevin, for their medians are equal" in text


def test_the_fastest_is_ahead_of_every_rival_not_just_of_the_next() -> None:
    """The third has the largest median, but its times are all over the place."""
    wide = [0.5, 0.6, 0.7, 0.8, 2.9, 3.1, 7.0, 8.0, 9.0, 10.0]
    records = [
        one
        for name, seconds in (("random", times(1)), ("pooled-gauss", times(2)), ("bkw", wide))
        for one in cell(name, seconds)
    ]
    text = told(records)["Like for like"]
    assert "fastest" not in text
    assert "random was ahead of pooled-gauss, which took 2 times" in text
    assert text.endswith("; not decided against bkw, for their intervals overlap.")
    more = told([*records, *cell("forest", times(9.5))])["Like for like"]
    assert "random was ahead of 2 others; the next, pooled-gauss," in more
    assert "and the last, forest, took 9.5 times" in more
    assert more.endswith("; not decided against bkw, for their intervals overlap.")
