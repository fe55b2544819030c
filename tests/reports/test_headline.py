"""The three sentences: what they say of results whose truth is known, and how long they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from made_up import cell, demo, record, results

from parity_compare.reports.digest import digest
from parity_compare.reports.figures.currencies import CURRENCIES
from parity_compare.reports.verdicts.headline import headline
from parity_compare.reports.verdicts.peers import wins
from parity_compare.results import Record

PARALLEL = "single, 4 at a time"
NAMES = (
    "sgd", "langevin", "exhaustive", "gf2", "sq", "random", "fourier-gap", "meet-in-the-middle",
    "pooled-gauss", "bkw", "lasso", "forest",
)  # fmt: skip


def told(records: Sequence[Record], mechanism: str = "", **environment: str) -> list[str]:
    return headline(digest(results(records, **environment)), mechanism)


def times(around: float, trials: int = 10, spread: float = 0.1) -> list[float]:
    return [around * (1 + spread * (i / trials - 0.5)) for i in range(trials)]


def many(instances: int, trials: int = 6) -> list[Record]:
    """Twelve learners; the later ones are slower and fail more often, the last always."""
    rng = np.random.default_rng(0)
    records = []
    for number in range(instances):
        for place, name in enumerate(NAMES):
            fails = rng.random(trials) < (1 if name == "forest" else max(0, place - 5) / 10)
            drawn = 10 ** (place / 3 - 3) * rng.lognormal(0, 0.3, trials)
            seconds = [None if failed else float(t) for failed, t in zip(fails, drawn, strict=True)]
            records += cell(name, seconds, spec={"n": 10 + number % 50, "k": 2 + number // 50})
    return records


@pytest.mark.parametrize(
    "records",
    [
        [],
        demo(),
        cell("gf2", times(1e-3)),
        cell("sq", [None] * 3),
        [*cell("sgd", [None] * 8), *cell("langevin", [None] * 8)],
        [*cell("gf2", times(1e-3)), *cell("sq", times(1e-3), cost={"queries": 300})],
        [one for n in (20, 30, 40) for one in demo(n=n)],
        many(1),
        many(24),
    ],
    ids=["none", "demo", "alone", "failing", "nobody", "apart", "grid", "twelve", "large grid"],
)
@pytest.mark.parametrize("mechanism", ["", "sgd made hidden progress.\nIt did.."])
def test_three_sentences_of_one_breath_each(records: list[Record], mechanism: str) -> None:
    sentences = told(records, mechanism)
    assert len(sentences) == 3
    for sentence in sentences:
        assert re.fullmatch(r"[^\n\0]*[^.\s]\.", sentence)
        assert len(sentence.split()) <= 60
    assert sentences == told(records, mechanism)


def test_who_solved_what_with_the_rate_where_not_all_was_solved() -> None:
    first = told([*cell("gf2", times(1e-3)), *cell("sgd", [*times(0.1, 9), None])])[0]
    assert first == (
        "On n = 30, k = 3, no noise, gf2 solved all 10 trials, a rate of 1.00, 95 % [0.72, 1.00]; "
        "sgd solved 9 of 10, a rate of 0.90 [0.60, 0.98]."
    )


@pytest.mark.parametrize(
    ("trials", "how_many"),
    [
        (1, "the only trial, a rate of 1.00, 95 % [0.21, 1.00]"),
        (8, "all 8 trials, a rate of 1.00, 95 % [0.68, 1.00]"),
    ],
)
def test_even_certain_success_has_an_interval(trials: int, how_many: str) -> None:
    """Wilson's lower end of N of N is 1 / (1 + z^2 / N), z^2 = 3.84."""
    first = told(cell("gf2", times(1e-3, trials)))[0]
    assert first == f"On n = 30, k = 3, no noise, gf2 solved {how_many}."


def test_of_unequal_numbers_of_trials_the_widest_interval_is_told() -> None:
    first = told([*cell("gf2", times(1e-3, 8)), *cell("galois", times(1e-3, 40))])[0]
    assert "solved every trial, a rate of 1.00, 95 % [0.68, 1.00] at the widest." in first


def test_a_rate_near_zero_does_not_pass_for_zero() -> None:
    """None of 2000: Wilson's upper end is 0.0019."""
    first = told(cell("sgd", [None] * 2000))[0]
    assert "none of 2,000, a rate of 0.00, 95 % [0.00, 0.002]" in first


def test_of_many_learners_the_best_and_the_worst_are_named() -> None:
    first = told(many(24))[0]
    assert first.startswith(
        "Over 24 instances, 6 of 12 learners solved all 144 trials each, a rate of 1.00, 95 % "
        "[0.97, 1.00]; 5 solved some"
    )
    assert "from fourier-gap with " in first
    assert "to lasso with " in first
    assert "forest solved none of 144, a rate of 0.00 [0.00, 0.03]" in first


def test_learners_that_met_different_instances_are_told_apart() -> None:
    records = [*cell("gf2", [1e-3], spec={"n": 20}), *cell("sgd", [1e-3], spec={"n": 40})]
    assert told(records)[0].endswith("not every learner met every instance.")


def test_equals_come_first_with_the_factor_and_its_interval() -> None:
    second = told([*cell("sgd", times(0.1)), *cell("langevin", times(0.4))])[1]
    assert second == (
        "Like for like (fresh examples, told nothing), sgd was faster in seconds: langevin took 4 "
        "times as long, 95 % [3.8, 4.2]."
    )


def test_unlike_learners_are_compared_in_a_clause_that_says_so() -> None:
    second = told(demo())[1]
    equals, unlike = second.split("; not like for like, ")
    assert equals.startswith("Like for like (fresh examples, told nothing), sgd was faster")
    assert unlike.startswith("gf2 (a fixed sample, told k) had the smallest median time, 184 µs")
    assert "exhaustive (a fixed sample, told k and noise) took 16 times as long" in unlike
    assert "sq" not in second, "its answers are simulated"


def test_without_equals_it_is_said_that_there_are_none() -> None:
    second = told([*cell("gf2", times(1e-3)), *cell("galois", times(1e-1))])[1]
    assert second.startswith(
        "No two of these learners had the same access and side information; not like for like, gf2"
    )


def test_the_undecided_is_called_undecided() -> None:
    close = [*cell("sgd", times(0.1, spread=1)), *cell("langevin", times(0.105, spread=1))]
    assert "it is not decided whether sgd or langevin was faster in seconds" in told(close)[1]
    few = told([*cell("sgd", times(0.1, 5)), *cell("langevin", times(40, 5))])[1]
    assert "not decided" in few
    assert "with fewer than 6 trials each" in few


def test_trials_cut_short_decide_nothing_and_are_named() -> None:
    records = [
        *cell("sgd", times(20)),
        *(record("langevin", trial, seconds=1.0, solved=False) for trial in range(10)),
    ]
    assert told(records)[1].endswith(
        "it is not decided whether sgd or langevin was faster in seconds, for the trials of "
        "langevin were cut short before."
    )


def test_against_a_learner_that_fails_half_the_time_the_factor_is_a_bound() -> None:
    """Its median is infinite, but not in every resample."""
    half = [*times(0.4, 5), *[None] * 5]
    second = told([*cell("sgd", times(0.1)), *cell("langevin", half)])[1]
    assert "sgd was faster in seconds: langevin took at least" in second
    assert "times as long, at 95 % confidence" in second


def test_nobody_who_mostly_solved_it_wins() -> None:
    second = told([*cell("sgd", [None] * 8), *cell("langevin", [None] * 8)])[1]
    assert "neither solved more than half of the trials" in second
    assert "faster" not in second


def test_times_that_cannot_be_ranked_give_way_to_examples() -> None:
    records = [
        *cell("sgd", times(0.1), timing=PARALLEL),
        *cell("langevin", times(0.2), timing=PARALLEL, cost={"samples": 620}),
    ]
    assert told(records)[1] == (
        "Times cannot be ranked here, for trials ran in parallel; like for like (fresh examples, "
        "told nothing), sgd drew fewer labelled examples: langevin drew 10 times as many."
    )


def test_where_nothing_compares_the_prices_stand_side_by_side() -> None:
    records = [*cell("gf2", times(1e-3)), *cell("sq", times(1e-3), cost={"queries": 300})]
    assert told(records)[1] == (
        "Times cannot be ranked here, for only those of gf2 were taken alone; gf2 drew a median "
        "of 62 labelled examples; sq asked a median of 300 queries."
    )


def test_over_a_grid_wins_are_counted_and_the_hardest_instance_gives_the_factor() -> None:
    records = [
        one
        for n, factor in ((20, 2), (30, 3), (40, 4))
        for name, around in (("sgd", 0.1), ("langevin", 0.1 * factor))
        for one in cell(name, times(around), spec={"n": n})
    ]
    assert told(records)[1] == (
        "Like for like (fresh examples, told nothing), sgd was clearly the fastest in seconds on "
        "all 3 instances; on the hardest, langevin took 4 times as long, 95 % [3.8, 4.2]."
    )


def test_without_a_winner_in_seconds_the_factor_in_examples_is_told() -> None:
    """Times overlap everywhere; the one needs four times the examples of the other."""
    records = [
        one
        for n in (20, 30)
        for name, drawn in (("sgd", 100), ("langevin", 400))
        for one in cell(name, times(0.1, spread=1), spec={"n": n}, cost={"samples": drawn})
    ]
    assert told(records)[1] == (
        "Like for like (fresh examples, told nothing), nobody was clearly the fastest in seconds "
        "on any of 2 instances; sgd clearly drew the fewest labelled examples on all 2 instances; "
        "on the hardest, langevin drew 4 times as many."
    )


def test_without_any_winner_the_undecided_factor_is_told() -> None:
    close = [
        one
        for n in (20, 30)
        for name, around in (("sgd", 0.1), ("langevin", 0.12))
        for one in cell(name, times(around, spread=1), spec={"n": n})
    ]
    second = told(close)[1]
    assert "not decided" not in second
    assert "on the hardest, langevin took 1.2 times as long as sgd, 95 % [0." in second
    few = [
        one
        for n in (20, 30)
        for name, around in (("sgd", 0.1), ("langevin", 0.4))
        for one in cell(name, times(around, 3), spec={"n": n})
    ]
    assert told(few)[1].endswith(", with fewer than 6 trials each.")


def test_an_undecided_hardest_instance_gives_way_to_the_hardest_decided_one() -> None:
    records = [
        *cell("sgd", times(0.1), spec={"n": 20}),
        *cell("langevin", times(0.3), spec={"n": 20}),
        *cell("sgd", times(0.1, spread=1), spec={"n": 40}),
        *cell("langevin", times(0.1, spread=1), spec={"n": 40}),
    ]
    second = told(records)[1]
    assert "on 1 of 2 instances, with 1 not decided; on n = 20, k = 3, no noise, langevin" in second


def test_trials_that_replay_starts_count_as_so_many_starts() -> None:
    """Two starts of four replays: the interval of 2 of 2, and nothing is decided."""
    replayed = {"replays": 4}
    first, second, _ = told(
        [*cell("sgd", times(0.1, 8), spec=replayed), *cell("langevin", times(9, 8), spec=replayed)]
    )
    assert "solved all 8 trials each, a rate of 1.00, 95 % [0.34, 1.00]" in first
    assert "not decided whether sgd or langevin" in second
    assert second.endswith("with fewer than 6 starts each.")


def test_what_nobody_solves_is_won_by_nobody() -> None:
    records = [
        *cell("sgd", times(0.1), spec={"n": 20}),
        *cell("langevin", times(0.3), spec={"n": 20}),
        *cell("sgd", [None] * 8, spec={"n": 40}),
        *cell("langevin", [None] * 8, spec={"n": 40}),
    ]
    count = wins(digest(results(records)), CURRENCIES["seconds"])
    assert count.by_name == {"sgd": 1}
    assert (count.compared, count.undecided, count.unsolved) == (2, 0, 1)
    second = told(records)[1]
    assert "on 1 of 2 instances, with 1 that nobody mostly solved" in second
    assert "on n = 20, k = 3, no noise, langevin took 3 times as long, 95 % [2.9, 3.1]" in second


def test_seconds_of_several_machines_are_said_to_be_mixed() -> None:
    assert "these seconds mix 2 kinds of processor" in told(demo(), processor="A; B")[1]
    assert "mix" not in told(demo(), processor="A")[1]


def test_a_mechanism_that_nobody_recorded_is_not_made_up() -> None:
    assert told(demo())[2] == "No trial recorded traces, so the mechanism is not shown."
    assert told(demo(), "sgd made hidden progress")[2] == "sgd made hidden progress."


def contested(**spec: int) -> list[Record]:
    """Random beats the next, but not the third, whose times are all over the place."""
    wide = [0.5, 0.6, 0.7, 0.8, 2.9, 3.1, 7.0, 8.0, 9.0, 10.0]
    return [
        one
        for name, seconds in (
            ("random", times(1)), ("pooled-gauss", times(2)), ("exhaustive", wide)
        )
        for one in cell(name, seconds, spec=spec, side_information="k, noise")
    ]  # fmt: skip


def test_first_place_is_claimed_only_against_all() -> None:
    """As in the winner map: an open duel with whoever has the largest median is open too."""
    second = told(contested())[1]
    assert "fastest" not in second
    assert (
        "random had the smallest median time, ahead of pooled-gauss, not decided against "
        "exhaustive: pooled-gauss took 2 times as long" in second
    )
    more = cell("forest", times(9.5), access="sample", side_information="k, noise")
    assert "ahead of 2, not decided against exhaustive" in told([*contested(), *more])[1]


def test_a_factor_is_told_of_an_instance_that_was_won_against_all() -> None:
    """The next is beaten on the hardest instance, but another is not."""
    easy = [
        one
        for name, around in (("random", 1), ("pooled-gauss", 3), ("exhaustive", 9))
        for one in cell(name, times(around), spec={"n": 10}, side_information="k, noise")
    ]
    second = told([*easy, *contested(n=40)])[1]
    assert "random was clearly the fastest in seconds on 1 of 2 instances, with 1 not" in second
    assert "on n = 10, k = 3, no noise, pooled-gauss took 3 times as long" in second
    assert "on the hardest" not in second
    undecided = told([*contested(n=20), *contested(n=40)])[1]
    assert "nobody was clearly the fastest in seconds on any of 2 instances" in undecided
    assert "on the hardest, exhaustive took 3 times as long as random, 95 % [0." in undecided


def test_the_smallest_median_under_any_rules_names_an_open_rival() -> None:
    knows = {"random": "k, noise", "pooled-gauss": "", "exhaustive": "k"}
    records = [replace(one, side_information=knows[one.spec.learner]) for one in contested()]
    second = told(records)[1]
    assert "had the smallest median time" in second
    assert "not decided against exhaustive (a fixed sample, told k); pooled-gauss" in second


def predicting(learner: str, shares: list[float], *, solved: bool = False) -> list[Record]:
    """Trials whose learner could predict this share of the judge's labels, and named no support."""
    return [
        record(learner, trial, solved=solved, criterion="prediction", accuracy=share, support=None)
        for trial, share in enumerate(shares)
    ]


def test_predictors_at_chance_level_are_said_to_be() -> None:
    """A coin has a share of right labels in 0.5 +- 1.96 * 0.5 / sqrt(8192) = [0.4892, 0.5108]."""
    records = [
        *cell("gf2", times(1e-3, 6)),
        *predicting("forest", [0.5, 0.49, 0.51, 0.505, 0.51, 0.53]),
        *predicting("nearest", [0.489] * 6),
        *predicting("kernel", [0.9, 0.5, 0.82, 0.8, 0.84, 0.82]),
    ]
    assert told(records)[0] == (
        "On n = 30, k = 3, no noise, gf2 solved all 6 trials, a rate of 1.00, 95 % [0.61, 1.00]; "
        "forest, nearest and kernel solved none of 6 each, a rate of 0.00 [0.00, 0.39]; naming no "
        "support, nearest predicted 0.49 and kernel 0.82 of clean labels right, forest no better "
        "than a coin."
    )


def test_success_by_prediction_alone_is_told_apart_from_a_named_support() -> None:
    mixed = [*cell("forest", times(1e-3, 2)), *predicting("forest", [1.0] * 5, solved=True)[2:]]
    everything = predicting("nearest", [1.0] * 5, solved=True)
    first = told([*mixed, *everything, *cell("gf2", times(1e-3, 5))])[0]
    assert first.endswith("; forest in 3 of 5 and nearest solved by prediction alone.")
    assert "prediction" not in told(cell("gf2", times(1e-3, 5)))[0]


def test_a_wrong_support_and_no_answer_at_all_are_no_predictions() -> None:
    wrong = [record("sgd", t, solved=False, criterion="support", accuracy=0.5) for t in range(5)]
    assert "naming no support" not in told([*wrong, *cell("langevin", [None] * 5)])[0]


def test_many_predictors_at_chance_level_are_counted() -> None:
    names = ("forest", "nearest", "kernel", "lasso")
    records = [one for name in names for one in predicting(name, [0.5] * 5)]
    assert told(records)[0].endswith(
        "; naming no support, 4 learners predicted no better than a coin."
    )
