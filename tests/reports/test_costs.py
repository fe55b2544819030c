"""Costs: who stands where, what is drawn, what is left out, and what is said of it."""

from __future__ import annotations

import itertools
import math
from typing import Any

import altair as alt
import pytest
import vl_convert
from made_up import cell, demo, record, results

from parity_compare.reports.digest import digest
from parity_compare.reports.figure import Chart, Figure, Row, View
from parity_compare.reports.figures import charts, costs
from parity_compare.reports.figures.marks import MARKS_AT_MOST
from parity_compare.results import Record


def figure(records: list[Record]) -> Figure:
    drawn = costs.cost_figure(digest(results(records)))
    assert drawn is not None
    return drawn


def rows(records: list[Record], currency: str = "seconds") -> list[str]:
    """Names of the rows from top to bottom."""
    (chart,) = figure(records).views[(currency,)].charts
    names: list[str] = chart.spec["encoding"]["y"]["scale"]["domain"]
    return [name.split("\n")[0] for name in names]


def grid(**axes: tuple[Any, ...]) -> list[Record]:
    names = list(axes)
    return [
        one
        for values in itertools.product(*axes.values())
        for one in cell("gf2", [1e-3, None, 2e-3], spec=dict(zip(names, values, strict=True)))
    ]


def drawn(picture: Figure, view: View) -> list[Row]:
    """The estimates of all charts of a view."""
    return [row for chart in view.charts for row in picture.rows(chart)["costs"]]


def test_nothing_run_is_no_figure() -> None:
    assert costs.cost_figure(digest(results([]))) is None


def test_a_trial_is_a_mark_and_the_cheapest_learner_comes_first() -> None:
    picture = figure(demo())
    assert rows(demo()) == ["gf2", "exhaustive", "sgd", "langevin", "sq"]
    assert len(picture.tables["trials"]) == 50
    assert sum(not trial["solved"] for trial in picture.tables["trials"]) == 1
    (control,) = picture.controls
    assert control.name == "currency"
    assert control.values == ["seconds", "samples", "queries", "steps", "operations", "peak_memory"]
    assert "The dashed rule is the limit of 60 s per trial." in picture.views[("seconds",)].notes


def test_every_row_names_access_and_side_information() -> None:
    spec = figure(demo()).views[("seconds",)].charts[0].spec
    named = spec["encoding"]["y"]["scale"]["domain"]
    assert "gf2\nsample, told k" in named
    assert "sgd\nexamples, told nothing" in named


def test_times_without_a_rank_stand_below_all_others_and_say_why() -> None:
    """Even the shortest, and in no order of their own."""
    records = [
        *cell("langevin", [5e-9] * 6, timing="single, 4 at a time"),
        *cell("sgd", [1e-9] * 6, timing="batch of 6, 4 at a time"),
        *cell("exhaustive", [1e-2] * 6),
        *cell("gf2", [1e-3] * 6),
    ]
    assert rows(records) == ["gf2", "exhaustive", "langevin", "sgd (batch of 6)"]
    text = {row["learner"]: row["text"] for row in figure(records).tables["seconds"]}
    assert text["gf2"] == "1 ms"
    assert text["langevin"] == "0.005 µs, 4 at a time"
    assert text["sgd (batch of 6)"] == "0.001 µs, batch of 6, 4 at a time"


def test_simulated_times_are_below_all_others_but_simulated_queries_are_ranked() -> None:
    records = [*cell("sq", [1e-9] * 6), *cell("gf2", [1.0] * 6)]
    assert rows(records) == ["gf2", "sq"]
    queried = [*cell("sq", [1.0] * 6, cost={"queries": 7}), *cell("gf2", [1.0] * 6)]
    assert rows(queried, "queries") == ["sq"]


def test_an_infinite_median_has_words_and_no_number() -> None:
    (median,) = figure(cell("sgd", [0.1, None, None])).tables["seconds"]
    assert median["median"] is None
    assert median["text"] == "> 60 s (1 of 3 solved)"
    (steps,) = figure(cell("sgd", [0.1, None, None])).tables["steps"]
    assert steps["text"] == "∞ (1 of 3 solved)"


def test_who_spends_nothing_in_a_currency_is_left_out_and_named() -> None:
    picture = figure(demo())
    assert rows(demo(), "queries") == ["sq"]
    notes = picture.views[("queries",)].notes
    assert "Not in this picture, for they spend none: gf2, exhaustive, sgd and langevin." in notes
    by_name = {row["learner"]: row for row in picture.tables["operations"]}
    assert by_name["gf2"]["unit"] == "word XORs"
    assert by_name["sgd"]["text"].endswith("FLOPs")


def test_too_many_trials_are_thinned_by_rank_failures_in_proportion() -> None:
    picture = figure(cell("sgd", [*[0.1 + i * 1e-3 for i in range(3000)], *[None] * 1000]))
    trials = picture.tables["trials"]
    assert len(trials) == MARKS_AT_MOST
    assert sum(not trial["solved"] for trial in trials) == pytest.approx(375, abs=2)
    assert {0.1, 3.099} <= {trial["seconds"] for trial in trials}
    assert picture.views[("seconds",)].notes[1].startswith("1,500 of sgd’s 4,000 trials are drawn")


@pytest.mark.parametrize(
    ("axes", "drawn_along", "panels"),
    [
        ({"n": (20, 30, 40), "k": (2, 3), "noise": (0.0, 0.05, 0.1)}, ["n", "k", "noise"], 6),
        ({"k": (2, 3, 4)}, ["k"], 1),
        ({"noise": (0.0, 0.1), "k": (2, None)}, ["noise"], 2),
        ({"samples": (100, 1000), "n": (20,)}, ["sample_size"], 1),
        ({"samples": (None, 1000)}, ["n"], 2),
        ({"n": (20, 30), "noise": tuple(i / 100 for i in range(20))}, ["n", "noise"], 12),
    ],
)
def test_a_grid_is_drawn_along_every_axis_of_numbers_with_a_panel_per_other(
    axes: dict[str, tuple[Any, ...]], drawn_along: list[str], panels: int
) -> None:
    picture = figure(grid(**axes))
    control = next(control for control in picture.controls if control.name == "axis")
    assert control.values == drawn_along
    view = picture.views[picture.first]
    assert len(view.panels) == panels
    cells = math.prod(map(len, axes.values()))
    assert len(drawn(picture, view)) == (cells if cells <= 24 else 24)
    assert any("panels are drawn" in note for note in view.notes) == (cells > 24)
    trials = [row for chart in view.charts for row in picture.rows(chart)["trials"]]
    assert sum(not trial["solved"] for trial in trials) * 3 == len(trials)


def test_an_infinite_estimate_breaks_the_line_and_stands_at_the_most_that_was_spent() -> None:
    records = [
        *cell("sgd", [0.1] * 4, spec={"n": 20}),
        *cell("sgd", [0.1, None, None, None], spec={"n": 30}),
        *cell("sgd", [None] * 4, spec={"n": 40}),
    ]
    near, far, never = figure(records).tables["seconds"]
    assert (near["median"], near["expected"]) == (0.1, 0.1)
    assert (far["median"], far["expected"]) == (None, pytest.approx(180.1))
    assert (never["median"], never["expected"]) == (None, None)
    assert [row["most_spent"] for row in (near, far, never)] == [0.1, 60.0, 60.0]


def test_no_line_joins_times_of_parallel_trials() -> None:
    records = [
        *(one for n in (20, 30, 40) for one in cell("gf2", [1e-3] * 6, spec={"n": n})),
        *(
            one
            for n in (20, 30, 40)
            for one in cell("sgd", [0.1] * 6, timing="single, 4 at a time", spec={"n": n})
        ),
    ]
    picture = figure(records)
    joined = {
        (currency, who): {
            row["series"] for row in picture.tables[currency] if row["learner"] == who
        }
        for currency in ("seconds", "steps")
        for who in ("gf2", "sgd")
    }
    assert len(joined["seconds", "gf2"]) == 1
    assert len(joined["seconds", "sgd"]) == 3
    assert not joined["seconds", "gf2"] & joined["seconds", "sgd"]
    # What does not depend on company is joined as ever.
    assert len(joined["steps", "sgd"]) == 1
    texts = [row["median_text"] for row in picture.tables["seconds"] if row["learner"] == "sgd"]
    assert texts == ["100 ms (4 at a time)"] * 3
    assert any(
        note.endswith("show no scaling: sgd, 4 at a time.")
        for note in picture.views[("seconds", "n", "median", "shown")].notes
    )


def test_contestants_of_one_value_stand_beside_each_other() -> None:
    records = [
        one for a in ("gf2", "sgd") for n in (20, 30) for one in cell(a, [1.0] * 3, spec={"n": n})
    ]
    shifts = {row["learner"]: row["shift"] for row in figure(records).tables["seconds"]}
    assert shifts["gf2"] == -shifts["sgd"] != 0


def test_a_control_run_has_panels_of_its_own() -> None:
    """What cannot be solved is not drawn over what can."""
    records = [
        *cell("sgd", [0.1] * 4),
        *cell("sgd", [None] * 4, spec={"variant": "random-labels"}),
    ]
    picture = figure(records)
    view = picture.views[picture.first]
    assert [chart.title for chart in view.charts] == ["any support", "random labels (control)"]
    assert [len(picture.rows(chart)["costs"]) for chart in view.charts] == [1, 1]
    # Theory has nothing to say where there is nothing to learn.
    assert {row["kind"] for row in picture.tables["forecasts"]} == {"plain"}


def test_memory_is_not_added_up_over_restarts() -> None:
    picture = figure(grid(n=(20, 30)))
    assert not picture.views[("peak_memory", "n", "expected", "shown")].charts
    assert all("expected" not in row for row in picture.tables["peak_memory"])


def test_a_panel_in_which_nobody_spends_the_currency_is_left_out() -> None:
    places = [{"n": n, "k": k} for n in (20, 30) for k in (2, 3)]
    records = [one for place in places for one in cell("gf2", [1.0] * 3, spec=place)]
    asked = {"queries": 9}
    records += [
        one
        for place in places
        if place["k"] == 2
        for one in cell("sq", [1.0] * 3, spec=place, cost=asked)
    ]
    picture = figure(records)
    assert [c.title for c in picture.views[("queries", "n", "median", "shown")].charts] == ["k = 2"]


def marks(picture: Figure, chart: Chart) -> str:
    """The chart as SVG, drawn as the page draws it."""
    spec = chart.spec | {"width": 400, "datasets": picture.rows(chart), "config": charts.THEME}
    svg: str = vl_convert.vegalite_to_svg(spec)
    return svg


def test_charts_are_valid_and_draw_every_estimate() -> None:
    """One chart of each kind, against the schema and drawn."""
    records = [one for noise in (0.0, 0.1) for n in (20, 30) for one in demo(3, n=n, noise=noise)]
    for picture, choice, learners in (
        (figure(demo(3)), ("samples",), 4),
        (figure(records), ("samples", "n", "median", "shown"), 4),
        (figure(records), ("seconds", "noise", "expected", "hidden"), 5),
    ):
        chart = picture.views[choice].charts[0]
        alt.LayerChart.from_dict(chart.spec)
        svg = marks(picture, chart)
        assert "NaN" not in svg
        shown = [row for row in picture.rows(chart)["costs"] if row["median"] != 0]
        assert len({row["learner"] for row in shown}) == learners
        # Every estimate is a mark of its contestant's colour, with nothing left to the default.
        for row in shown:
            assert row["colour"] in svg
        assert "#4c78a8" not in svg


def test_hostile_names_reach_no_expression() -> None:
    """A name stands in data and predicates, which are quoted, and never in an expression."""
    name = "sgd'] || alert(1) || ['\\"
    view = figure(cell(name, [0.1] * 3)).views[("seconds",)]
    expressions = [
        step if isinstance(step, str) else ""
        for layer in view.charts[0].spec["layer"]
        for transform in layer.get("transform", [])
        for step in (*transform.values(),)
    ]
    assert expressions
    assert not any("alert" in text for text in expressions)
    assert "alert" in marks(figure(cell(name, [0.1] * 3)), view.charts[0])


def test_a_trial_without_cost_is_drawn_at_the_edge_of_its_row() -> None:
    records = [record("gf2", 0, seconds=0.0, solved=False, status="error"), *cell("sq", [1.0])]
    picture = figure(records)
    assert "NaN" not in marks(picture, picture.views[("seconds",)].charts[0])


def test_what_a_chart_says_aloud_is_what_it_shows() -> None:
    picture = figure(grid(n=(20, 30, 40)))
    (chart,) = picture.views[("seconds", "n", "expected", "shown")].charts
    assert chart.alt.startswith("Expected running time against n, bits. gf2 30 s at n = 20")
    assert "medians: gf2 204 µs" not in figure(demo()).views[("steps",)].charts[0].alt
