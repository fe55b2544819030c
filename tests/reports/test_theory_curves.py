"""Theory beside the measurement: what it is drawn from, and where it is silent."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from made_up import cell, demo, results

from parity_compare import theory
from parity_compare.algorithms import registry
from parity_compare.reports.digest import digest
from parity_compare.reports.figures.axes import Grid
from parity_compare.reports.figures.theory_curves import Curves, curves
from parity_compare.results import Record


def drawn(records: list[Record]) -> Curves:
    found = digest(results(records))
    return curves(found, Grid(found))


def over(learner: str, changes: dict[str, Any] | None = None, **axes: tuple[Any, ...]) -> Curves:
    return drawn(
        [
            one
            for values in itertools.product(*axes.values())
            for one in cell(
                learner, [1.0] * 3,
                spec=dict(zip(axes, values, strict=True)) | (changes or {}),
            )
        ]
    )  # fmt: skip


@pytest.mark.parametrize("learner", ["gf2", "exhaustive", "random", "sq", "sgd"])
def test_a_forecast_is_the_learners_own_formula(learner: str) -> None:
    found = over(learner, n=(20, 40))
    for row in found.forecasts:
        formula = registry.parse(learner).forecast(row["n"], k=3, noise=0.0, samples=None)
        assert formula is not None
        assert row["operations"] == pytest.approx(formula.operations, rel=1e-4)
        assert (row["steps"] or 0) == pytest.approx(formula.steps or 0, rel=1e-4)
        assert (row["samples"] or 0) == pytest.approx(formula.samples or 0, rel=1e-4)


def test_curves_have_whole_numbers_between_the_measured_ones() -> None:
    along = sorted(row["n"] for row in over("gf2", n=(10, 20, 40)).forecasts)
    assert {10, 20, 40} < set(along)
    assert all(isinstance(n, int) for n in along)
    assert len(along) == len(set(along)) == 13
    ks = sorted(row["k"] for row in over("gf2", k=(2, 5)).forecasts)
    assert ks == [2, 3, 4, 5]


def test_points_between_do_not_outgrow_the_grid() -> None:
    found = over("gf2", n=tuple(range(20, 60, 2)), k=(2, 3, 4, 5), noise=(0.0, 1e-4))
    assert 160 <= len(found.bounds) <= 160 + 3 * 150


def test_the_bounds_are_those_of_the_theory() -> None:
    found = over("gf2", n=(20, 30), noise=(0.0, 0.1))
    for row in found.bounds:
        n, k, noise = row["n"], row["k"], row["noise"]
        assert row["half_of_subsets"] == math.comb(n, k) / 2
        information = theory.information_samples(n, k, noise, 0.5)
        assert row["examples_necessary"] == information.necessary
        asked = theory.sq_queries(n, k, (1 - 2 * noise) / 4, noise=noise)
        assert row["queries_necessary"] == pytest.approx(asked, rel=1e-4)


def test_bounds_of_medians_are_not_drawn_beside_expected_costs() -> None:
    found = over("gf2", n=(20, 30))
    assert [bound.column for bound in found.bounding("samples", "median")] == ["examples_necessary"]
    assert not found.bounding("samples", "expected")
    assert [bound.column for bound in found.bounding("queries", "expected")] == ["half_of_subsets"]
    assert not found.bounding("seconds", "median")


def test_no_forecast_where_failure_is_more_likely_than_success() -> None:
    """Elimination needs clean labels: 60 of them at noise 0.1 are not to be had."""
    found = over("gf2", noise=(0.0, 0.1))
    assert {row["noise"] for row in found.forecasts if row["noise"] > 0.02} == set()
    assert any(row["noise"] == 0 for row in found.forecasts)


def test_no_forecast_of_who_was_not_told_what_the_formula_knows() -> None:
    assert over("exhaustive", n=(20, 30)).forecasts
    assert not over("exhaustive", {"told": ()}, n=(20, 30)).forecasts
    # A network uses nothing of what it could be told.
    assert over("sgd", {"told": ()}, n=(20, 30)).forecasts


@pytest.mark.parametrize("learner", ["nobody-knows[a=1]", "sgd[nonsense=1]"])
def test_a_learner_unknown_here_has_no_forecast_and_hides_none(learner: str) -> None:
    parameters = {"parameters": {"nonsense": 1}}
    found = drawn([*cell(learner, [1.0] * 3, spec=parameters), *cell("gf2", [1.0] * 3)])
    assert {row["learner"] for row in found.forecasts} == {"gf2"}
    assert [contestant.label for contestant in found.unknown] == [learner]
    assert found.notes("steps") == [
        f"Forecasts of {learner} are missing: the learner is not known here."
    ]


def test_seconds_are_foretold_of_single_trials_on_one_core_alone() -> None:
    assert over("sgd", n=(20, 30)).foresees("seconds")
    for changes in ({"threads": 4}, {"device": "cuda"}):
        assert not over("sgd", changes, n=(20, 30)).foresees("seconds")
    parallel = cell("sgd", [1.0] * 3, timing="single, 4 at a time")
    found = drawn(parallel)
    assert not found.foresees("seconds")
    assert found.foresees("steps")
    # The seconds of simulated queries mean nothing.
    assert not drawn(cell("sq", [1.0] * 3)).foresees("seconds")


def test_guesses_are_called_so_where_they_are_drawn() -> None:
    found = over("sgd", n=(20, 30), noise=(0.0, 0.1))
    (note,) = found.notes("steps")
    assert note.startswith("Forecasts of sgd are in part guesses. Its steps follow a law fitted")
    assert not found.notes("queries")
    assert {row["guess"] for row in found.forecasts} == {False, True}
    assert not over("sgd", n=(20, 30)).notes("steps")


def test_nothing_is_fitted_to_the_results() -> None:
    slow, fast = drawn(demo(scale=1.0)), drawn(demo(scale=100.0))
    assert slow.forecasts == fast.forecasts
