"""Runtime distributions against what counting trials one by one gives."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from made_up import cell, demo, record, results

from parity_compare.algorithms.outcome import Status
from parity_compare.reports.digest import digest
from parity_compare.reports.figure import Figure, Row
from parity_compare.reports.figures.distributions import INSTANCES_AT_MOST, distribution_figure
from parity_compare.reports.figures.step_curves import curve, half_width, step_rows
from parity_compare.results import Record

INF = float("inf")


def figure(*records: Record) -> Figure:
    found = distribution_figure(digest(results(records)))
    assert found is not None
    return found


def drawn(found: Figure, *choice: str) -> dict[str, list[Row]]:
    (chart,) = found.views[choice].charts
    return found.rows(chart)


def of(rows: list[Row], learner: str) -> list[Row]:
    return [row for row in rows if row["learner"] == learner]


def mixed(rng: np.random.Generator, size: int) -> Any:
    """Costs with ties, of which a fifth is infinite."""
    values = np.round(rng.lognormal(0, 2, size), 1)
    values[rng.random(size) < 0.2] = INF
    return values


def test_a_curve_is_the_share_of_all_values_at_or_below() -> None:
    rng = np.random.default_rng(1)
    for size in (1, 2, 7, 40):
        values = mixed(rng, size)
        found = curve(values)
        assert found.total == size
        for at in np.linspace(0, 20, 41):
            assert found.share(at) == pytest.approx(np.mean(values <= at))
        assert found.limit == pytest.approx(np.mean(np.isfinite(values)))


def test_a_thinned_curve_is_exact_where_it_has_points_and_keeps_ends_and_quartiles() -> None:
    values = mixed(np.random.default_rng(2), 5000)
    whole = curve(values)
    for at_most in (12, 50, 150):
        thin = whole.thinned(at_most)
        assert len(thin.at) <= at_most
        for at, share in zip(thin.at, thin.shares, strict=True):
            assert share == np.mean(values <= at)
        assert {whole.at[0], whole.at[-1]} <= set(thin.at)
        for quartile in (0.25, 0.5, 0.75):
            assert min(at for at in whole.at if np.mean(values <= at) >= quartile) in thin.at


def test_the_band_is_as_wide_as_massarts_constant_says() -> None:
    assert half_width(100) == pytest.approx(math.sqrt(math.log(40) / 200))
    for row in step_rows(curve(np.arange(1.0, 101)), "cost", start=0.5):
        assert row["low"] == pytest.approx(max(0, row["share"] - 0.1358), abs=1e-4)
        assert row["high"] == pytest.approx(min(1, row["share"] + 0.1358), abs=1e-4)


@pytest.mark.parametrize("strata", [1, 4])
def test_the_band_misses_the_truth_at_most_one_time_in_twenty(strata: int) -> None:
    """Also over a grid, whose instances have equally many trials and different laws. Of 1,000 bands
    at most 70 may miss: were the rate 5 %, more would miss with probability 0.2 %. The seed is
    fixed."""
    rng = np.random.default_rng(3)
    missed, size = 0, 40
    for _ in range(1000):
        part = np.arange(size) % strata
        values = (part + rng.random(size)) / strata  # uniform on [0, 1] if parts are pooled
        found = curve(values)
        above = found.shares - found.at
        off = max(above.max(), (1 / size - above).max())
        missed += off > half_width(size)
    assert missed <= 70


def test_curves_rise_from_nought_at_the_first_success_to_the_share_solved() -> None:
    found = figure(*cell("sgd", [0.1, 0.2, None, 0.4]), *cell("gf2", [1e-3] * 4))
    rows = drawn(found, "seconds")
    steps = [(row["cost"], row["share"]) for row in of(rows["curves"], "sgd")]
    assert steps == [(0.1, 0), (0.1, 0.25), (0.2, 0.5), (0.4, 0.75), (60.0, 0.75)]
    assert {row["trials"] for row in rows["curves"]} == {4}
    (end,) = rows["ends"]
    assert (end["learner"], end["cost"], end["share"], end["cut_off"]) == ("sgd", 60.0, 0.75, 1)
    assert [row["share"] for row in of(rows["quartiles"], "sgd")] == [0.25, 0.5, 0.75]
    assert [row["share"] for row in of(rows["quartiles"], "gf2")] == [1, 1, 1]


def test_a_cheap_failure_is_never_a_success() -> None:
    """Not even where it ended before all others."""
    failed = record("gf2", 0, seconds=1e-6, solved=False, status="inconsistent")
    found = figure(failed, record("gf2", 1, seconds=1e-3))
    steps = [(row["cost"], row["share"]) for row in drawn(found, "seconds")["curves"]]
    assert steps == [(1e-3, 0), (1e-3, 0.5)]
    assert not drawn(found, "seconds")["ends"]


def test_who_solved_nothing_lies_on_the_ground_up_to_the_limit() -> None:
    found = figure(*cell("sgd", [None] * 6), *cell("gf2", [1e-3] * 6))
    rows = of(drawn(found, "seconds")["curves"], "sgd")
    assert {row["share"] for row in rows} == {0}
    assert rows[-1]["cost"] == 60.0
    assert not of(drawn(found, "seconds")["quartiles"], "sgd")


def test_only_seconds_of_single_trials_are_drawn_and_the_others_named() -> None:
    found = figure(
        *cell("sgd", [1e-9] * 6, timing="batch of 6"),
        *cell("langevin", [1e-9] * 6, timing="single, 4 at a time"),
        *cell("gf2", [1e-3] * 6),
    )
    assert {row["learner"] for row in drawn(found, "seconds")["curves"]} == {"gf2"}
    note = found.views[("seconds",)].notes[0]
    assert note == (
        "Left out: sgd (batch of 6) and langevin (4 at a time), whose seconds are simulated, or "
        "not those of single trials that ran alone."
    )
    assert len({row["learner"] for row in drawn(found, "steps")["curves"]}) == 3


def test_a_learner_partly_in_company_is_one_in_all_currencies_but_seconds() -> None:
    records = [
        *(record("gf2", trial, seconds=1.0) for trial in range(4)),
        *(record("gf2", trial, seconds=9.0, timing="single, 2 at a time") for trial in range(4, 9)),
        *cell("sgd", [2.0] * 9),
    ]
    digested = digest(results(records))
    found = distribution_figure(digested)
    assert found is not None
    colours = {contestant.name: contestant.colour for contestant in digested.contestants}
    samples = drawn(found, "samples")["curves"]
    assert {(row["learner"], row["trials"]) for row in samples} == {("gf2", 9), ("sgd", 9)}
    assert of(samples, "sgd")[0]["colour"] == colours["sgd"]
    assert {row["trials"] for row in of(drawn(found, "seconds")["curves"], "gf2")} == {4}


def test_several_instances_can_be_looked_at_together_or_one_by_one() -> None:
    found = figure(
        *cell("gf2", [0.1] * 3, spec={"n": 20}),
        *cell("gf2", [0.9] * 1, spec={"n": 30}),
        *cell("sgd", [0.5] * 2, spec={"n": 20}),
    )
    assert found.controls[1].values == ["all", "n=20", "n=30"]
    together = of(drawn(found, "seconds", "all")["curves"], "gf2")
    assert [row["share"] for row in together] == [0, 0.75, 1]
    assert {row["cost"] for row in of(drawn(found, "seconds", "n=30")["curves"], "gf2")} == {0.9}
    notes = " ".join(found.views["seconds", "all"].notes)
    assert "weighted by their trials" in notes
    assert "Not all met all 2 instances, so compare them on one of them: sgd 1." in notes
    axes = [view.charts[0].spec for choice, view in found.views.items() if choice[0] == "seconds"]
    assert axes[0] == axes[1] == axes[2], "instances share an axis"


def test_too_many_instances_are_only_shown_together() -> None:
    records = [
        one for n in range(20, 21 + INSTANCES_AT_MOST) for one in cell("gf2", [1e-3], spec={"n": n})
    ]
    found = figure(*records)
    assert [control.name for control in found.controls] == ["currency"]
    assert "25 instances, too many to show" in " ".join(found.views[("seconds",)].notes)


def test_curves_stay_small_however_many_trials_there_are() -> None:
    rng = np.random.default_rng(5)
    found = figure(*cell("sgd", list(rng.lognormal(0, 1, 3000))))
    assert len(drawn(found, "seconds")["curves"]) <= 152


def test_a_cost_of_nought_stands_at_the_edge_of_the_logarithmic_axis() -> None:
    found = figure(*(record("gf2", trial, cost={"steps": trial * 10}) for trial in range(6)))
    (chart,) = found.views[("steps",)].charts
    domain = chart.spec["encoding"]["x"]["scale"]["domain"]
    assert 0 < domain[0] <= 10
    assert drawn(found, "steps")["curves"][0] == {
        "currency": "steps", "instance": "n = 30, k = 3, no noise", "learner": "gf2",
        "colour": "var(--hue-0)", "access": "sample", "told": "k", "unit": "steps", "trials": 6,
        "cost": 0.0, "share": 0.1667, "low": 0.0, "high": 0.7211, "dash": [],
    }  # fmt: skip


def test_the_legend_names_rules_rates_and_simulations() -> None:
    found = figure(*demo())
    keys = {key.label: key.remark for key in found.views[("seconds",)].legend}
    assert keys["langevin"] == "fresh examples, told nothing; 9 of 10 solved"
    assert "sq" not in keys  # its seconds are those of an oracle that knows S
    assert any("sq (simulated)" in note for note in found.views[("seconds",)].notes)
    assert "the most that a trial spent that was cut off" in keys
    operations = {key.label: key.remark for key in found.views[("operations",)].legend}
    assert operations["gf2"].endswith("in word XORs")
    assert any("Units differ" in note for note in found.views[("operations",)].notes)


def test_nothing_ran() -> None:
    assert distribution_figure(digest(results([]))) is None


def test_only_trials_that_were_cut_off_have_a_triangle() -> None:
    """What a learner came to by itself, no higher limit would have changed."""
    ended = [record("gf2", i, solved=False, status=Status.INCONSISTENT) for i in range(6)]
    assert not drawn(figure(*ended, *cell("sgd", [1.0] * 6)), "seconds")["ends"]
    cut = [record("gf2", i, solved=False, seconds=2.0 + i) for i in range(6, 8)]
    (end,) = drawn(figure(*ended, *cut), "seconds")["ends"]
    assert (end["cost"], end["cut_off"], end["trials"]) == (9.0, 2, 8)
