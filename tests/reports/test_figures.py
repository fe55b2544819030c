"""What the charts are filled with."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any

import pytest
from made_up import cell, demo, record, results

from parity_compare.reports import charts, figures, lines, marks, wording
from parity_compare.reports.digest import digest
from parity_compare.reports.embed import payload
from parity_compare.statistics import Interval


def rows(records: list[Any]) -> dict[str, list[dict[str, Any]]]:
    return figures.time_figure(digest(results(records))).charts[0].data


def test_a_trial_is_a_dot_and_the_fastest_learner_comes_first() -> None:
    figure = figures.time_figure(digest(results(demo())))
    data = figure.charts[0].data
    assert len(data["trials"]) == 50
    assert [row["row"].split("\n")[0] for row in data["medians"]] == [
        "gf2", "exhaustive", "sgd", "langevin", "sq",
    ]  # fmt: skip
    assert [row["text"].endswith(", simulated") for row in data["medians"]] == [False] * 4 + [True]
    assert sum(not trial["solved"] for trial in data["trials"]) == 1
    assert "The dashed rule is the limit of 60 s per trial." in figure.notes


def test_times_without_a_rank_stand_below_all_others_and_say_why() -> None:
    """Even the shortest, and in no order of their own."""
    data = rows(
        [
            *cell("langevin", [5e-9] * 6, timing="single, 4 at a time"),
            *cell("sgd", [1e-9] * 6, timing="batch of 6, 4 at a time"),
            *cell("exhaustive", [1e-2] * 6),
            *cell("gf2", [1e-3] * 6),
        ]
    )
    assert [(row["row"].split("\n")[0], row["text"]) for row in data["medians"]] == [
        ("gf2", "1 ms"),
        ("exhaustive", "10 ms"),
        ("langevin", "0.005 µs, 4 at a time"),
        ("sgd (batch of 6)", "0.001 µs, batch of 6, 4 at a time"),
    ]


def test_no_line_joins_times_of_parallel_trials() -> None:
    records = [
        *(one for n in (20, 30, 40) for one in cell("gf2", [1e-3] * 6, spec={"n": n})),
        *(
            one
            for n in (20, 30, 40)
            for one in cell("sgd", [0.1] * 6, timing="single, 4 at a time", spec={"n": n})
        ),
    ]
    digested = digest(results(records))
    figure = lines.time_lines(digested)
    points = figure.charts[0].data["points"]
    joined = {who: {p["series"] for p in points if p["learner"] == who} for who in ("gf2", "sgd")}
    assert (len(joined["gf2"]), len(joined["sgd"])) == (1, 3)
    assert not joined["gf2"] & joined["sgd"]
    assert [p["spent"] for p in points if p["learner"] == "sgd"] == ["100 ms (4 at a time)"] * 3
    assert "show no scaling: sgd, 4 at a time." in figure.notes[-1]
    # What does not depend on company is joined as ever.
    for other in (lines.success_lines(digested), lines.cost_lines(digested)):
        for chart in other.charts:
            series = {p["series"] for p in chart.data["points"] if p["learner"] == "sgd"}
            assert len(series) == 1
        assert not other.notes


def test_every_row_names_access_and_side_information() -> None:
    named = {row["row"] for row in rows(demo())["medians"]}
    assert "gf2\nsample, told k" in named
    assert "sgd\nexamples, told nothing" in named


def test_an_infinite_median_has_words_instead_of_a_tick() -> None:
    (median,) = rows(cell("sgd", [0.1, None, None]))["medians"]
    assert median["value"] is None
    assert median["text"] == "> 60 s (1 of 3 solved)"


def test_a_trial_without_cost_is_drawn_at_the_edge() -> None:
    data = rows([record("gf2", 0, seconds=0.0, solved=False, status="error"), *cell("sq", [1.0])])
    assert all(trial["value"] > 0 for trial in data["trials"])


def test_too_many_trials_are_thinned_by_rank_failures_included() -> None:
    records = cell("sgd", [*[0.1 + i * 1e-3 for i in range(3000)], *[None] * 1000])
    figure = figures.time_figure(digest(results(records)))
    trials = figure.charts[0].data["trials"]
    assert len(trials) == marks.MARKS_AT_MOST
    assert sum(not trial["solved"] for trial in trials) == pytest.approx(375, abs=2)
    assert {0.1, 3.099} <= {trial["value"] for trial in trials}
    assert "1500 of sgd’s 4,000 trials are drawn" in figure.notes[0]


def test_costs_are_drawn_for_those_who_spend_them() -> None:
    figure = figures.cost_figure(digest(results(demo())))
    by_title = {chart.title: chart for chart in figure.charts}
    queries = by_title["Statistical queries asked"]
    assert len(queries.data["medians"]) == 1
    assert queries.note == "None spent by gf2, exhaustive, sgd and langevin."
    assert "Units differ" in by_title["Elementary operations"].note
    assert by_title["Elementary operations"].data["medians"][0]["text"].endswith("word XORs")


def grid(**axes: tuple[Any, ...]) -> list[Any]:
    names = list(axes)
    return [
        one
        for values in itertools.product(*axes.values())
        for one in cell("gf2", [1e-3, None, 2e-3], spec=dict(zip(names, values, strict=True)))
    ]


@pytest.mark.parametrize(
    ("axes", "axis", "panels"),
    [
        ({"n": (20, 30, 40), "k": (2, 3), "noise": (0.0, 0.05, 0.1)}, "n", 6),
        ({"k": (2, 3, 4)}, "k", 1),
        ({"noise": (0.0, 0.1), "k": (2, None)}, "noise", 2),
        ({"samples": (100, 1000), "n": (20,)}, "sample_size", 1),
        ({"samples": (None, 1000)}, "n", 2),
        ({"n": (20, 30), "noise": tuple(i / 100 for i in range(20))}, "n", 12),
    ],
)
def test_a_grid_is_drawn_along_its_first_axis_with_a_panel_per_other(
    axes: dict[str, tuple[Any, ...]], axis: str, panels: int
) -> None:
    digested = digest(results(grid(**axes)))
    assert lines.main_axis(digested.instances) == axis
    figure = lines.time_lines(digested)
    assert len(figure.panels) == panels
    assert len(figure.specs) == 1
    assert bool(figure.notes) == (len(digested.instances) > 24)
    trials = figure.charts[0].data["trials"]
    assert sum(not trial["solved"] for trial in trials) * 3 == len(trials)


def test_an_infinite_median_breaks_the_line_and_stands_at_the_longest_time() -> None:
    records = [
        *cell("sgd", [0.1] * 4, spec={"n": 20}),
        *cell("sgd", [None] * 4, spec={"n": 30}),
    ]
    near, far = lines.time_lines(digest(results(records))).charts[0].data["points"]
    assert (near["value"], near["spent_at_least"]) == (0.1, None)
    assert (far["value"], far["low"], far["spent_at_least"]) == (None, None, 60.0)


def test_the_payload_holds_finite_numbers_and_shared_data_once() -> None:
    digested = digest(results(demo()))
    packed = payload([figures.time_figure(digested), figures.cost_figure(digested)], {})
    json.dumps(packed, allow_nan=False)
    assert {chart["spec"] for chart in packed["charts"]} == set(packed["specs"])
    assert len({chart["id"] for chart in packed["charts"]}) == len(packed["charts"])


@pytest.mark.parametrize(
    "domain",
    [(1e-4, 100.0), (0.75, 1.5), (10, 31), (3.1, 6.0), (7.2, 14.0), (1e-9, 1e12), (0.1, 10)],
)
def test_a_logarithmic_axis_has_ticks_with_labels_of_their_own(
    domain: tuple[float, float],
) -> None:
    ticks = charts.log_ticks(domain)
    assert len(ticks) >= 2
    assert all(domain[0] <= tick <= domain[1] for tick in ticks)
    assert len({wording.seconds(tick) for tick in ticks}) == len(ticks)


@pytest.mark.parametrize(
    ("show", "value", "text"),
    [
        (wording.seconds, 2.04e-4, "204 µs"),
        (wording.seconds, 0.0999, "99.9 ms"),
        (wording.seconds, 0.99999, "1 s"),
        (wording.seconds, 60.0, "60 s"),
        (wording.seconds, 3600.0, "60 min"),
        (wording.seconds, math.inf, "∞"),
        (wording.seconds, 0.0, "0"),
        (wording.number, 62, "62"),
        (wording.number, 19072, "19,072"),
        (wording.number, 999999, "999,999"),
        (wording.number, 1e6, "10⁶"),
        (wording.number, 2.5e9, "2.5 × 10⁹"),
        (wording.number, 0.12345, "0.123"),
        (wording.number, math.nan, "–"),
        (wording.memory, 798_123, "798 kB"),
        (wording.ratio, 2345.0, "2,300"),
        (wording.ratio, 1.18, "1.2"),
    ],
)
def test_numbers_are_written_to_three_digits(show: Any, value: float, text: str) -> None:
    assert show(value) == text


def test_intervals_share_the_unit_of_their_estimate() -> None:
    assert wording.seconds.both(Interval(2e-3, 9e-4, 1.5)) == "2 ms [0.9, 1,500]"
    assert wording.seconds.bracket(Interval(2e-3, 1e-3, 3e-3)) == "[1, 3] ms"
    assert wording.seconds.bracket(Interval(0.5, 0.4, math.inf)) == "[400, ∞) ms"
    assert wording.seconds.bracket(Interval(math.inf, 0.4, math.inf)) == "[400, ∞) ms"
    assert wording.number.bracket(Interval(2e8, 1.5e8, 3e8)) == "[1.5, 3] × 10⁸"
    assert wording.number.bracket(Interval(5, 5, 5)) == ""


def test_a_control_run_has_panels_of_its_own() -> None:
    """What cannot be solved is not drawn over what can."""
    records = [
        *cell("sgd", [0.1] * 4),
        *cell("sgd", [None] * 4, spec={"variant": "random-labels"}),
    ]
    found = digest(results(records))
    titles = [instance.title() for instance in found.instances]
    assert titles == ["n = 30, k = 3, no noise", "n = 30, k = 3, no noise, random labels (control)"]
    drawn = [chart.title for chart in lines.success_lines(found).charts]
    assert drawn == ["any support", "random labels (control)"]
