"""Results as the report sees them: contestants in a fixed order, and what they are."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

import pytest
from made_up import cell, demo, results

from parity_compare.algorithms import registry
from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.outcome import Finding, Status
from parity_compare.algorithms.task import Task
from parity_compare.problems.oracles import Access
from parity_compare.reports.digest import digest
from parity_compare.results import COSTS, Results, expected


def test_contestants_stand_in_the_order_of_the_plan_however_the_trials_ended() -> None:
    records = [one for n in (20, 30) for one in demo(4, n=n)]
    order = ("sq", "langevin", "sgd", "exhaustive", "gf2")
    for seed in range(3):
        random.Random(seed).shuffle(records)
        made = digest(Results(records, order=order))
        assert tuple(contestant.name for contestant in made.contestants) == order
        for instance in made.instances:
            assert tuple(entry.contestant.name for entry in made.on(instance)) == order


def test_a_contestant_that_missed_an_instance_keeps_its_place() -> None:
    records = [
        *cell("gf2", [1e-3], spec={"n": 20}),
        *(one for name in ("sgd", "gf2") for one in cell(name, [1e-3], spec={"n": 30})),
    ]
    made = digest(Results(records, order=("sgd", "gf2")))
    assert [contestant.name for contestant in made.contestants] == ["sgd", "gf2"]
    pooled = digest(
        Results([*records, *cell("sgd", [1.0], timing="single, 4 at a time")], order=("sgd", "gf2"))
    ).regardless_of_company()
    assert [contestant.name for contestant in pooled.contestants] == ["sgd", "gf2"]


def test_a_device_is_a_part_of_the_plan() -> None:
    records = [
        *cell("sgd", [1.0]),
        *cell("gf2", [1.0]),
        *cell("sgd", [1.0], spec={"device": "cuda"}),
    ]
    made = digest(Results(records, order=("sgd on cuda", "gf2", "sgd")))
    assert [contestant.name for contestant in made.contestants] == [
        "sgd on cuda",
        "gf2",
        "sgd on cpu",
    ]


def test_who_was_not_planned_comes_last_in_order_of_appearance() -> None:
    records = [one for name in ("random", "gf2", "bkw") for one in cell(name, [1e-3])]
    made = digest(Results(records, order=("gf2",)))
    assert [contestant.name for contestant in made.contestants] == ["gf2", "random", "bkw"]


def test_an_entry_knows_what_a_success_costs_in_every_currency() -> None:
    for entry in digest(results(demo())).entries:
        for name, interval in zip(COSTS, expected(entry.records), strict=True):
            assert entry.expected(name) == interval
            total = sum(getattr(record.cost, name) for record in entry.records)
            assert entry.expected(name).estimate == pytest.approx(total / entry.solved)


def test_networks_test_off_the_clock_and_strangers_are_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A learner says so itself; a name that is not known says nothing and is no error."""
    records = [
        one for name in ("sgd", "gf2", "nobody[x=1]", "tester") for one in cell(name, [1e-3])
    ]
    assert [one.name for one in digest(results(records)).networks] == ["sgd"]

    @dataclass(frozen=True)
    class Tester(Learner):
        name: ClassVar[str] = "tester"
        access: ClassVar[Access] = Access.SAMPLE
        tests_off_clock: ClassVar[bool] = True

        def search(self, task: Task) -> Finding:
            return Finding(Status.GAVE_UP)

    monkeypatch.setitem(registry._registered, "tester", Tester)
    assert [one.name for one in digest(results(records)).networks] == ["sgd", "tester"]


def test_the_processors_of_the_results_are_told_apart() -> None:
    assert digest(results(demo(1))).machines == ("Imaginary CPU @ 3 GHz",)
    assert digest(results(demo(1), processor="A; B")).machines == ("A", "B")
    assert digest(Results(demo(1))).machines == ()
