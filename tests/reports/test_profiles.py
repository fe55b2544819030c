"""Performance profiles against their definition, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from made_up import cell, demo, record, results

from parity_compare.reports.digest import digest
from parity_compare.reports.figure import Figure, Row
from parity_compare.reports.figures.profiles import profile_figure, ratios
from parity_compare.reports.figures.step_curves import curve
from parity_compare.results import Record

INF = float("inf")


def figure(*records: Record) -> Figure:
    found = profile_figure(digest(results(records)))
    assert found is not None
    return found


def points(found: Figure, learner: str, *choice: str) -> list[tuple[float, float]]:
    """The drawn points of a learner's curve: ratio and share."""
    (chart,) = found.views[choice].charts
    rows: list[Row] = found.rows(chart)["curves"]
    return [(row["ratio"], row["share"]) for row in rows if row["learner"] == learner]


def test_ratios_by_hand() -> None:
    costs = np.array([[1.0, 6.0, 2.0, INF, INF, 0.0, 0.0], [4.0, 3.0, 2.0, 5.0, INF, 0.0, 2.0]])
    expected = [[1, 2, 1, INF, INF, 1, 1], [4, 1, 1, 1, INF, 1, INF]]
    assert ratios(costs).tolist() == expected


def made_up_costs() -> npt.NDArray[np.float64]:
    rng = np.random.default_rng(0)
    costs = rng.integers(1, 12, (4, 200)).astype(np.float64)
    costs[rng.random(costs.shape) < 0.25] = INF
    return costs


def test_a_profile_counts_the_problems_within_each_factor() -> None:
    """By Dolan and Moré's definition, problem by problem."""
    costs = made_up_costs()
    found = ratios(costs)
    for tau in (1.0, 1.5, 2.0, 5.0, 1e6):
        for row, one in zip(found, costs, strict=True):
            within = [
                cost < INF and cost <= tau * min(column)
                for cost, column in zip(one, costs.T, strict=True)
            ]
            assert curve(row).share(tau) == pytest.approx(np.mean(within))


def test_at_one_it_is_the_share_won_and_in_the_end_the_share_solved() -> None:
    costs = made_up_costs()
    found = ratios(costs)
    won = [curve(row).share(1.0) for row in found]
    assert [curve(row).limit for row in found] == pytest.approx(np.isfinite(costs).mean(axis=1))
    # Ties are won by all of them: the shares add up to at least what somebody solved.
    assert sum(won) >= np.isfinite(costs).any(axis=0).mean()


def test_the_unit_of_a_problem_does_not_matter() -> None:
    costs = made_up_costs()
    scaled = costs * 2.0 ** np.arange(-100, 100)
    assert np.array_equal(ratios(costs), ratios(scaled))


def test_a_drawn_profile_starts_with_the_wins_and_ends_with_what_was_solved() -> None:
    found = figure(*cell("sgd", [1.0, 4.0, None, 2.0]), *cell("langevin", [2.0, 1.0, None, None]))
    assert points(found, "sgd", "seconds") == [(1, 0.5), (4, 0.75), (10, 0.75)]
    assert points(found, "langevin", "seconds") == [(1, 0.25), (2, 0.5), (10, 0.5)]
    keys = {key.label: key.remark for key in found.views[("seconds",)].legend}
    assert keys["sgd"] == (
        "fresh examples, told nothing; wins 0.50 [0.15, 0.85], solves 0.75 [0.30, 0.95]"
    )
    assert found.views[("seconds",)].notes[0] == (
        "Over 4 problems, each met by all learners compared."
    )


def test_only_problems_that_all_met_are_counted_and_paired_by_their_trial() -> None:
    found = figure(
        *(record("sgd", trial, seconds=float(1 + trial)) for trial in (0, 1, 2)),
        *(record("langevin", trial, seconds=2.0) for trial in (2, 1, 5, 6)),
        record("langevin", 0, seconds=9.0, spec={"n": 20}),
    )
    view = found.views[("seconds",)]
    assert view.notes[0] == (
        "Over the 2 problems that all learners compared have met, of 6 that some learner met."
    )
    assert points(found, "sgd", "seconds")[:2] == [(1, 0.5), (1.5, 1)]


def test_another_seed_is_another_problem() -> None:
    found = figure(*cell("sgd", [1.0] * 3), *cell("langevin", [1.0] * 3, spec={"seed": 1}))
    view = found.views[("seconds",)]
    assert not view.charts
    assert view.notes[0].startswith("No problem was met by all of sgd and langevin")


def test_who_is_compared_is_the_readers_choice_of_access_models() -> None:
    found = figure(*demo())
    assert found.controls[1].name == "access"
    assert len(found.views) == 6 * 7
    chart = found.views["seconds", "examples"].charts[0]
    assert {row["learner"] for row in found.rows(chart)["curves"]} == {"sgd", "langevin"}
    # gf2 is the fastest of all; without it somebody else is.
    together = found.views["seconds", "examples+sample+queries"]
    assert "Not like for like" in " ".join(together.notes)
    assert "wins 1.00" in {key.label: key.remark for key in together.legend}["gf2"]
    alone = {key.label: key.remark for key in found.views["seconds", "examples"].legend}
    assert "wins 1.00" in alone["sgd"]


def test_a_single_learner_has_nobody_to_be_compared_with() -> None:
    found = figure(*demo())
    view = found.views["queries", "queries"]
    assert not view.charts
    assert view.notes[0] == "There are no two learners to compare in queries: sq alone."
    assert not found.views["samples", "queries"].charts
    assert profile_figure(digest(results(cell("sgd", [1.0] * 6)))) is None
    assert profile_figure(digest(results([]))) is None


def test_simulated_seconds_are_not_compared() -> None:
    found = figure(*demo())
    for choice, view in found.views.items():
        if choice[0] == "seconds":
            assert all(key.label != "sq" for key in view.legend)
    assert "sq (simulated)" in " ".join(found.views["seconds", "examples"].notes)


def test_zero_costs_tie_and_beat_everything_else() -> None:
    spent = {"sgd": (0, 0, 5), "langevin": (0, 7, 10)}
    found = figure(
        *(
            record(name, trial, cost={"steps": steps})
            for name, all_steps in spent.items()
            for trial, steps in enumerate(all_steps)
        )
    )
    assert points(found, "sgd", "steps")[0] == (1, 1)
    assert points(found, "langevin", "steps") == [(1, 0.3333), (2, 0.6667), (3, 0.6667)]


def test_the_axis_ends_a_little_beyond_the_largest_ratio() -> None:
    for ratio, end in ((1.0, 3.0), (2.5, 3.0), (4.0, 10.0), (12.0, 30.0), (999.0, 3000.0)):
        found = figure(*cell("sgd", [1.0] * 2), *cell("langevin", [ratio] * 2))
        assert points(found, "langevin", "seconds")[-1] == (end, 1)
        assert math.isfinite(end)


def test_a_learner_killed_on_an_instance_has_failed_there_in_every_currency() -> None:
    """Such trials have only seconds on record: they are problems that it did not solve."""
    nothing = {"samples": 0, "steps": 0, "operations": 0.0, "operations_unit": ""}
    found = figure(
        *cell("exhaustive", [1.0] * 6),
        *cell("gf2", [2.0] * 6),
        *cell("exhaustive", [None] * 6, spec={"n": 40}, cost=nothing | {"peak_memory": 0}),
        *cell("gf2", [2.0] * 6, spec={"n": 40}),
    )
    for currency in ("seconds", "steps"):
        assert max(share for _, share in points(found, "exhaustive", currency)) == 0.5
        assert max(share for _, share in points(found, "gf2", currency)) == 1.0
