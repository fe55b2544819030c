"""Success rates: every trial counts, and every rate has its interval."""

from __future__ import annotations

import altair as alt
import pytest
from made_up import cell, demo, results

from parity_compare.reports.digest import digest
from parity_compare.reports.figures.success import success_figure
from parity_compare.statistics import wilson


def test_nothing_run_is_no_figure() -> None:
    assert success_figure(digest(results([]))) is None


def test_rates_count_failures_and_have_wilsons_interval() -> None:
    picture = success_figure(digest(results(demo())))
    assert picture is not None
    by_name = {row["learner"]: row for row in picture.tables["rates"]}
    langevin, expected = by_name["langevin"], wilson(9, 10)
    assert (langevin["solved"], langevin["trials"], langevin["rate"]) == (9, 10, 0.9)
    assert langevin["low"] == pytest.approx(expected.low, rel=1e-4)
    assert langevin["high"] == pytest.approx(expected.high, rel=1e-4)
    (chart,) = picture.views[()].charts
    assert "langevin 9 of 10" in chart.alt
    alt.LayerChart.from_dict(chart.spec)


def test_over_a_grid_rates_are_drawn_along_every_axis() -> None:
    records = [
        one
        for k in (2, 3)
        for noise in (0.0, 0.1)
        for one in cell("gf2", [1.0, None if noise else 1.0], spec={"k": k, "noise": noise})
    ]
    picture = success_figure(digest(results(records)))
    assert picture is not None
    assert set(picture.views) == {("k",), ("noise",)}
    along_noise = picture.views[("noise",)]
    assert [chart.title for chart in along_noise.charts] == ["k = 2", "k = 3"]
    for chart in along_noise.charts:
        assert [row["rate"] for row in picture.rows(chart)["rates"]] == [1.0, 0.5]
        assert "gf2 2 of 2 at first, 1 of 2 at last" in chart.alt
    alt.LayerChart.from_dict(along_noise.charts[0].spec)


def test_company_does_not_part_a_rates_line() -> None:
    records = [
        one
        for n in (20, 30)
        for one in cell("sgd", [0.1] * 4, timing="single, 4 at a time", spec={"n": n})
    ]
    picture = success_figure(digest(results(records)))
    assert picture is not None
    assert len({row["series"] for row in picture.tables["rates"]}) == 1
