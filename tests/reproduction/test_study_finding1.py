"""Finding 1's rules of judgement, on cells whose ends are made up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from made_up_studies import cell as made_up
from made_up_studies import record

from parity_compare.algorithms.outcome import Status
from parity_compare.reproduction.studies import finding1_cells as cells
from parity_compare.reproduction.studies.finding1 import Finding1
from parity_compare.reproduction.studies.finding1_cells import Outcome, Tally, tally
from parity_compare.reproduction.studies.finding1_grid import (
    ARCHITECTURES,
    BATCHES,
    PAPER_STEPS,
    RATES,
    Architecture,
    all_cells,
    subsample,
)
from parity_compare.reproduction.study import Terms
from parity_compare.results import Results

RELU = ARCHITECTURES[0]
STARRED = next(architecture for architecture in ARCHITECTURES if architecture.starred)
GRID = all_cells()


def ends(right: int = 0, unfinished: int = 0, lost: int = 0) -> Tally:
    """So many trials of each end, at one rate."""
    return Tally(right, unfinished, lost, (100.0,) * right)


def outcome(
    number: int, *tallies: Tally, others: Tally | None = None, architecture: Architecture = RELU
) -> Outcome:
    """A cell of the grid; rates that are not told of end like ``others``, or all diverge."""
    rest = others or ends(lost=16)
    filled = [*tallies, *[rest] * (len(RATES) - len(tallies))]
    return Outcome(architecture, GRID[number], dict(zip(RATES, filled, strict=True)))


LEARNT = ends(right=16)
LATE = ends(unfinished=16)
DEAD = ends(lost=16)


def learnt(count: int, architecture: Architecture = RELU) -> list[Outcome]:
    """Cells in which one rate of four is enough."""
    return [outcome(i, LEARNT, architecture=architecture) for i in range(count)]


def judge(outcomes: Sequence[Outcome], *, whole: bool = False) -> str:
    return cells.judge("all", "All", outcomes, assured=0.95, whole=whole).answer


def test_a_sample_of_cells_that_all_succeed_confirms_if_it_is_large_enough() -> None:
    assert judge(learnt(80)) == "yes"
    assert judge(learnt(60)) == "undecided"  # leaves room for 6 % of failures
    assert judge(learnt(60), whole=True) == "yes"
    assert judge([]) == "undecided"


def test_more_cells_than_luck_explains_have_to_diverge_at_all_rates() -> None:
    # 16 trials all fail with 2.8 % where a fifth would succeed: one such cell in 80 is nothing.
    one = cells.judge("all", "All", [*learnt(80), outcome(99, DEAD)], assured=0.95, whole=False)
    assert one.answer == "undecided"
    assert str(GRID[99]) in one.because
    assert judge([*learnt(75), *[outcome(90 + i, DEAD) for i in range(5)]]) == "undecided"
    assert judge([*learnt(74), *[outcome(90 + i, DEAD) for i in range(6)]]) == "no"
    assert judge([outcome(99, DEAD)]) == "no"


def test_the_chance_of_cells_that_fail_by_luck_is_binomial() -> None:
    dead = outcome(0, DEAD)
    assert dead.luck == pytest.approx(0.8**16)
    assert cells.chance(1, [dead] * 3) == pytest.approx(1 - (1 - 0.8**16) ** 3)
    assert cells.chance(0, [dead] * 3) == 1
    # Of 25 trials one may succeed: 0.8^25 + 25 0.2 0.8^24 = 2.7 %, with two it would be 9.8 %.
    many = [outcome(0, others=ends(right=right, lost=25 - right)) for right in (1, 2)]
    assert [cell.refutes for cell in many] == [True, False]
    assert many[0].luck == pytest.approx(0.0274, abs=5e-5)


def test_cells_that_run_out_of_fewer_steps_than_the_paper_s_prove_nothing() -> None:
    assert judge([*learnt(80), outcome(99, LATE)]) == "undecided"
    # One rate at which trials were unfinished is enough to leave it open.
    assert outcome(99, DEAD, DEAD, LATE).end == "times out"
    assert not outcome(99, DEAD, DEAD, LATE).refutes


def test_a_few_trials_that_diverge_may_be_luck() -> None:
    # All of 5 fail with probability 0.33 if a fifth would succeed, all of 16 with 0.03.
    few = outcome(99, ends(lost=5), others=ends(lost=5))
    assert few.end == "diverges"
    assert not few.refutes
    assert judge([*learnt(80), few]) == "undecided"
    assert outcome(99, DEAD).refutes


def test_a_fifth_of_the_trials_at_one_rate_is_enough() -> None:
    assert outcome(0, ends(right=5, lost=20), others=ends(lost=25)).end == "succeeds"
    assert outcome(0, ends(right=4, lost=21), others=ends(lost=25)).end == "diverges"
    # Four trials at each of four rates are not: it must be one rate.
    assert outcome(0, others=ends(right=4, lost=21)).end == "diverges"


@pytest.mark.parametrize(
    ("limit", "status", "expected"),
    [
        (PAPER_STEPS // 10, Status.TIMEOUT, "unfinished"),
        (PAPER_STEPS, Status.TIMEOUT, "lost"),
        (PAPER_STEPS // 10, Status.DIVERGED, "lost"),
        (PAPER_STEPS // 10, Status.FOUND, "lost"),  # it answered, and was wrong
        (PAPER_STEPS // 10, Status.ERROR, "unfinished"),
    ],
)
def test_at_the_paper_s_own_limit_running_out_of_steps_is_a_failure(
    limit: int, status: Status, expected: str
) -> None:
    failed = [
        replace(r, status=str(status)) for r in made_up("sgd", [float("inf")], limit=limit, n=10)
    ]
    counted = tally(failed)
    assert (counted.unfinished, counted.lost) == ((1, 0) if expected == "unfinished" else (0, 1))


def test_the_best_rate_has_the_most_successes_and_then_the_least_steps() -> None:
    slow, quick = Tally(8, 8, 0, (900.0,) * 16), Tally(8, 8, 0, (90.0,) * 16)
    assert outcome(0, slow, quick).best == RATES[1]
    assert outcome(0, slow, quick, LEARNT).best == RATES[2]
    assert outcome(0, slow, slow).best == RATES[0]


@pytest.mark.parametrize(
    ("starred", "answer"),
    [
        ([DEAD] * 12, "yes"),
        ([LATE] * 12, "undecided"),  # they might succeed with more steps
        ([DEAD] + [LEARNT] * 11, "undecided"),
    ],
)
def test_starred_architectures_fail_in_more_cells(starred: list[Tally], answer: str) -> None:
    mine = [outcome(i, end, others=DEAD, architecture=STARRED) for i, end in enumerate(starred)]
    assert cells.judge_starred(mine, learnt(60)).answer == answer


def test_starred_architectures_that_never_fail_are_not_less_reliable() -> None:
    robust = [*learnt(30), *[outcome(50 + i, DEAD) for i in range(30)]]
    assert cells.judge_starred(learnt(30, STARRED), robust).answer == "no"
    assert cells.judge_starred([], robust).answer == "undecided"


@pytest.mark.parametrize(
    ("hot", "answer"),
    [
        ([LEARNT] * 10, "yes"),
        ([LEARNT] * 8 + [LATE] * 2, "no"),
        ([LEARNT] * 9 + [LATE], "undecided"),  # one of ten fails by luck with 25 %
        ([LEARNT] * 3, "undecided"),
    ],
)
def test_langevin_is_compared_where_sgd_succeeds(hot: list[Tally], answer: str) -> None:
    # Within the same steps: trials that were unfinished count as failures.
    heated = [outcome(i, end) for i, end in enumerate(hot)]
    assert cells.judge_heated(heated, learnt(10)).answer == answer


def test_cells_that_sgd_does_not_learn_say_nothing_of_heat() -> None:
    assert cells.judge_heated([outcome(0, DEAD)], [outcome(0, DEAD)]).answer == "undecided"


def test_a_sample_has_every_level_equally_often() -> None:
    assert len(GRID) == 891
    for architecture in ARCHITECTURES:
        dealt = subsample(architecture, 9, seed=3)
        assert len(set(dealt)) == 9
        assert set(dealt) <= set(GRID)
        for factor in ("n", "k", "init", "loss"):
            levels = Counter(getattr(cell, factor) for cell in dealt)
            assert set(levels.values()) == {3}
        assert [sum(cell.batch in part for cell in dealt) for part in BATCHES] == [3, 3, 3]


@pytest.mark.parametrize("scale", ["smoke", "laptop"])
def test_every_scale_judges_what_it_runs(scale: str) -> None:
    terms = Terms(scale)  # type: ignore[arg-type]
    study = Finding1()
    made = {
        name: Results([record(spec, 100) for spec in experiment.specs()])
        for name, experiment in study.experiments(terms).items()
    }
    examination = study.examine(made, terms)
    answers = {claim.name: claim.answer for claim in examination.claims}
    assert set(answers) == {
        "all-cells", "relu", "power", "neurons-u", "neurons", "polynet", "starred", "heated"
    }  # fmt: skip
    # All of these trials succeed: a few cells prove little of it, and as many as on a laptop do.
    enough = {"yes"} if scale == "laptop" else {"undecided"}
    assert {answer for name, answer in answers.items() if name != "starred"} == enough
    assert answers["starred"] == "undecided"
    assert all(plot.points for plot in examination.plots)
    assert all(len(row) == len(t.columns) for t in examination.tables for row in t.rows)
