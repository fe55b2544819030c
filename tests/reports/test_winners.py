"""The winner map, on grids made so that the winner of every cell is known."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import altair
import numpy as np
import pytest
import vl_convert
from made_up import cell, demo, record, results

from parity_compare.reports.digest import Digest, digest
from parity_compare.reports.embed import payload
from parity_compare.reports.figure import SWITCH, Chart, Figure, Row
from parity_compare.reports.figures.distributions import distribution_figure
from parity_compare.reports.figures.profiles import profile_figure
from parity_compare.reports.figures.winner_chart import _HALF, _hatches
from parity_compare.reports.figures.winners import winner_figure
from parity_compare.reports.numbers import numbers
from parity_compare.results import Record

ACCESS = {"sgd": "examples", "langevin": "examples", "gf2": "sample", "sq": "queries"}


def figure(records: Sequence[Record]) -> Figure:
    found = winner_figure(digest(results(records)))
    assert found is not None
    return found


def cells(found: Figure, *choice: str) -> list[Row]:
    """All rows of the maps under a choice."""
    return [row for chart in found.views[choice].charts for row in found.rows(chart)["cells"]]


def at(found: Figure, n: int, *choice: str) -> Row:
    (row,) = [row for row in cells(found, *choice) if row["n"] == n]
    return row


def times(around: float, spread: float = 0.1) -> list[float]:
    return [around * (1 + spread * (i / 10 - 0.5)) for i in range(10)]


def two(n: int, one: list[Any], other: list[Any]) -> list[Record]:
    return [*cell("sgd", one, spec={"n": n}), *cell("langevin", other, spec={"n": n})]


def test_every_state_of_a_cell() -> None:
    found = figure(
        [
            *two(10, times(1.0), times(4.0)),
            *two(20, times(1.0, 1), times(1.05, 1)),
            *two(30, [None] * 10, [1.0, 1.0, *[None] * 8]),
            *cell("sgd", times(1.0), spec={"n": 40}),
            *cell("sgd", times(1.0), spec={"n": 50}, timing="batch of 10"),
        ]
    )
    clear = at(found, 10, "seconds")
    assert (clear["outcome"], clear["reason"]) == ("decided", "decided against every rival")
    assert clear["winner"] == "sgd, fresh examples, told nothing"
    assert clear["runner_up"] == "langevin, fresh examples, told nothing"
    assert (clear["factor"], clear["factor_low"], clear["factor_high"]) == (4, 3.84, 4.16)
    assert (clear["winner_median"], clear["winner_solved"]) == (0.995, "10 of 10")
    close = at(found, 20, "seconds")
    assert close["outcome"] == "not decided"
    assert close["reason"] == "not decided against langevin: the intervals overlap"
    hard = at(found, 30, "seconds")
    assert (hard["outcome"], hard["winner"], hard["factor"]) == ("nobody", None, None)
    assert hard["reason"] == (
        "nobody solved more than half of the trials; best: langevin, 2 of 10, a rate of 0.20 "
        "[0.06, 0.51]"
    )
    assert at(found, 40, "seconds")["outcome"] == "no rival"
    assert not [row for row in cells(found, "seconds") if row["n"] == 50]
    assert "Not compared in seconds: sgd (batch of 10)" in " ".join(found.views[("seconds",)].notes)
    looks = [key.label for key in found.views[("seconds",)].legend]
    assert looks[1:] == [
        "pale, “?”: not decided",
        "outlined: no rival",
        "hatched: nobody solves it",
    ]
    assert found.views[("seconds",)].legend[0].remark.endswith("ahead on 3 of 4, 1 decided")


def test_a_winner_must_beat_all_rivals_not_just_the_next() -> None:
    """The next is beaten clearly, but one of three trials is not."""
    found = figure(
        [
            one
            for n in (10, 20)
            for one in (
                *cell("sgd", times(1.0), spec={"n": n}),
                *cell("langevin", times(2.0), spec={"n": n}),
                *cell("sgd[lr=1]", [9.0] * 3, spec={"n": n}),
            )
        ]
    )
    row = at(found, 10, "seconds")
    assert row["runner_up"].startswith("langevin")
    assert row["factor_low"] > 1.5
    assert row["reason"] == "not decided against sgd[lr=1]: fewer than 6 trials each"


def test_the_map_says_that_trials_were_cut_short() -> None:
    impatient = [
        record("langevin", trial, seconds=1.0, solved=False, spec={"n": n})
        for n in (10, 20)
        for trial in range(10)
    ]
    found = figure(
        [*impatient, *(one for n in (10, 20) for one in cell("sgd", times(20), spec={"n": n}))]
    )
    row = at(found, 10, "seconds")
    assert (row["outcome"], row["winner"][:3]) == ("not decided", "sgd")
    assert row["reason"] == (
        "not decided against langevin: its trials were cut short before they had spent as much"
    )


def grid(rng: np.random.Generator) -> list[Record]:
    """Four learners of three access models on 24 instances; costs of their own on each."""
    records: list[Record] = []
    for n, k, noise in itertools.product((10, 20, 30, 40), (2, 3, 4), (0.0, 0.1)):
        for learner in ACCESS:
            scale = rng.lognormal(0, 1, 3)
            fails = rng.random() < 0.2
            for trial in range(7):
                seconds, samples, steps = scale * rng.lognormal(0, 0.2, 3)
                cost = {"samples": math.ceil(1000 * samples), "steps": math.ceil(1000 * steps)}
                if learner == "sq":
                    cost = {"samples": 0, "queries": 5, "steps": cost["steps"]}
                records.append(
                    record(
                        learner, trial, seconds=float(seconds), cost=cost,
                        solved=not (fails and trial < 5), spec={"n": n, "k": k, "noise": noise},
                    )
                )  # fmt: skip
    return records


def test_each_choice_has_one_cell_per_instance_won_by_the_least_median() -> None:
    """Against the medians of the table, under every currency and every choice of access models."""
    digested = digest(results(grid(np.random.default_rng(0))))
    found = winner_figure(digested)
    assert found is not None
    for currency, access in found.views:
        rows = {(r["n"], r["k"], r["noise"]): r for r in cells(found, currency, access)}
        assert len(rows) == len(cells(found, currency, access))
        for instance in digested.instances:
            medians = {
                entry.contestant.name: entry.cost(currency).estimate
                for entry in digested.on(instance)
                if entry.contestant.access in access.split("+")
                and entry.uses(currency)
                and not (currency == "seconds" and entry.contestant.simulated)
            }
            row = rows.get((instance.n, instance.k, instance.noise))
            if not medians:
                assert row is None
            elif math.isinf(min(medians.values())):
                assert row is not None
                assert row["outcome"] == "nobody"
            else:
                assert row is not None
                winner = row["winner"].partition(",")[0]
                assert medians[winner] == min(medians.values())
                assert row["winner_median"] == pytest.approx(medians[winner], rel=5e-3)
                rest = sorted(medians.values())[1:]
                if rest and math.isfinite(rest[0]):
                    assert row["runner_up_median"] == pytest.approx(rest[0], rel=5e-3)


def test_operations_of_different_units_are_never_decided() -> None:
    found = figure([one for n in (20, 30) for one in demo(n=n)])
    row = at(found, 20, "operations", "examples+sample+queries")
    assert row["outcome"] == "not decided"
    assert row["reason"] == "not decided against sq: word XORs and queries do not compare"
    assert row["unit"] == "word XORs against queries"
    assert row["factor"] > 1
    same = at(found, 20, "operations", "examples")
    assert (same["outcome"], same["unit"]) == ("decided", "FLOPs")


def test_a_tie_is_not_decided() -> None:
    found = figure([*two(10, times(1.0), times(1.0)), *two(20, times(1.0), times(2.0))])
    row = at(found, 10, "peak_memory")
    assert row["reason"] == "not decided against langevin: equal medians"
    assert (row["factor"], row["factor_low"], row["factor_high"]) == (1, 1, 1)


@pytest.mark.parametrize(
    ("axes", "across", "up", "panels"),
    [
        ({"n": (20, 30), "k": (2, 3)}, "n, bits", "k, size of S", [""]),
        ({"n": (20, 30)}, "n, bits", None, [""]),
        ({"k": (2, 3, None)}, "k, size of S", None, [""]),
        (
            {"samples": (100, None), "noise": (0.0, 0.1)},
            "examples in the sample", "noise rate", [""],
        ),
        (
            {"n": (20, 30), "noise": (0.0, 0.1), "k": (2, 3)},
            "n, bits", "k, size of S", ["no noise", "noise = 0.1"],
        ),
        (
            {"k": (2, 3), "variant": ("plain", "random-labels")},
            "k, size of S", "kind of instance", [""],
        ),
    ],
)  # fmt: skip
def test_axes_are_those_that_vary(
    axes: dict[str, tuple[Any, ...]], across: str, up: str | None, panels: list[str]
) -> None:
    records = [
        one
        for values in itertools.product(*axes.values())
        for one in cell("gf2", [1e-3] * 6, spec=dict(zip(axes, values, strict=True)))
    ]
    found = figure(records)
    charts = found.views[("seconds",)].charts
    assert [chart.title for chart in charts] == panels
    assert charts[0].spec["encoding"]["x"]["title"] == across
    assert charts[0].spec["encoding"]["y"]["title"] == up
    assert sum(len(found.rows(chart)["cells"]) for chart in charts) == math.prod(
        map(len, axes.values())
    )


def test_at_most_twelve_panels_are_drawn_and_the_rest_is_said() -> None:
    found = figure(
        [
            one
            for n, k, noise in itertools.product((20, 30), (2, 3), range(13))
            for one in cell("gf2", [1.0], spec={"n": n, "k": k, "noise": noise / 100})
        ]
    )
    view = found.views[("seconds",)]
    assert len(view.charts) == 12
    assert "12 of 13 panels are drawn" in " ".join(view.notes)


def svg(found: Figure, chart: Chart, width: int) -> str:
    spec = chart.spec | {"width": width, "datasets": found.rows(chart)}
    return vl_convert.vegalite_to_svg(json.dumps(spec))


def texts(drawing: str) -> set[str]:
    return set(re.findall(r">([^<>]+)</text>", drawing))


def test_learners_of_one_hue_are_told_apart_where_there_is_room_and_where_not() -> None:
    found = figure(
        [
            *two(10, times(1.0), times(4.0)),
            *cell("sgd[lr=1]", times(0.1), spec={"n": 10}),
            *two(20, times(1.0), times(1.01)),
            *cell("sgd[lr=1]", times(30.0), spec={"n": 20}),
        ]
    )
    (chart,) = found.views[("seconds",)].charts
    assert {"sgd A ?", "sgd B"} <= texts(svg(found, chart, 600))
    assert {"A?", "B"} <= texts(svg(found, chart, 90))
    keys = {key.label: key.remark for key in found.views[("seconds",)].legend}
    assert keys["sgd[lr=1]"].startswith("“sgd B”; fresh examples")


def test_nobody_is_drawn_as_hatching_within_the_cell() -> None:
    for ends in _hatches():
        assert max(map(abs, ends)) <= _HALF
        x, y, x2, y2 = ends
        assert x2 - x == pytest.approx(y2 - y, abs=1e-3)
    found = figure([*two(10, [None] * 6, [None] * 6), *two(20, [1.0] * 6, [2.0] * 6)])
    (chart,) = found.views[("seconds",)].charts
    drawing = svg(found, chart, 400)
    assert drawing.count('stroke="var(--muted)"') >= len(_hatches())


def test_the_tooltip_tells_both_sides_and_the_factor() -> None:
    """Vega writes it, so it is read from what Vega draws: here as the label of the cells."""
    found = figure([*two(10, times(2e-3), times(5.0)), *two(20, [None] * 6, [1.0] * 6)])
    (chart,) = found.views[("seconds",)].charts
    spec = json.loads(json.dumps(chart.spec))
    answers = spec["layer"][-1]
    tips = {tip["title"]: tip["field"] for tip in answers["encoding"]["tooltip"]}
    told = {}
    for title, column in tips.items():
        answers["mark"] = {"type": "text"}
        answers["encoding"] = {"x": {"field": "x", "type": "quantitative"},
                               "y": {"field": "y", "type": "quantitative"},
                               "text": {"field": column}}  # fmt: skip
        alone = spec | {"layer": [answers]}
        told[title] = texts(svg(found, replace(chart, spec=alone), 600))
    assert "sgd, fresh examples, told nothing" in told["ahead"]
    assert "1.99 ms [1.94 ms, 2.04 ms]" in told["ahead: median"]
    assert "4.97 s [4.85 s, 5.1 s]" in told["next: median"]
    assert {"no finite median", "0 of 6"} <= told["next: median"] | told["next: solved"]
    assert "2,500 [2,400, 2,600]" in told["factor"]
    assert "decided against every rival" in told["outcome"]


def test_names_of_strangers_stay_text() -> None:
    hostile = "x[a=\"');alert(1)//\\u2028</script><b>${datum.x}]"
    records = [
        one
        for n in (10, 20)
        for name in (hostile, "__proto__", "sgd")
        for one in cell(name, times(1.0 if name == hostile else 2.0), spec={"n": n})
    ]
    digested: Digest = digest(results(records))
    for make in (winner_figure, distribution_figure, profile_figure):
        found = make(digested)
        assert found is not None
        (chart,) = found.views[found.first].charts
        drawing = svg(found, chart, 600)
        assert "<b>" not in drawing
        assert "<script" not in drawing
    found = figure(records)
    assert "x" in texts(svg(found, found.views[found.first].charts[0], 600))


def test_specifications_are_vega_lite() -> None:
    """They are written as dictionaries; altair knows the schema."""
    digested = digest(results([one for n in (20, 30) for one in demo(n=n)]))
    for make in (winner_figure, distribution_figure, profile_figure):
        found = make(digested)
        assert found is not None
        (chart,) = found.views[found.first].charts
        altair.Chart.from_dict(chart.spec, validate=True)


def test_a_single_instance_has_no_map() -> None:
    assert winner_figure(digest(results(demo()))) is None
    assert winner_figure(digest(results([]))) is None


def test_a_map_of_300_instances_is_small() -> None:
    """Each instance, currency and pair of rivals is one row, however many choices show it."""
    records = [
        one
        for n, k, noise in itertools.product(range(10, 110, 10), range(2, 8), range(5))
        for name in ("sgd", "gf2")
        for one in cell(name, [n * k * (2.0 if name == "sgd" else 1.0)],
                        spec={"n": n, "k": k, "noise": noise / 20})
    ]  # fmt: skip
    found = figure(records)
    # Alone, alone, and against each other, in seconds, samples, steps, operations and memory.
    assert len(found.tables["cells"]) == 300 * 3 * 5
    assert all(len(cells(found, currency, "examples+sample")) == 300
               for currency in found.controls[0].values)  # fmt: skip


def test_switches_of_the_map_are_no_columns_of_its_numbers() -> None:
    """They choose the rows of a choice of access models, and tell a reader nothing more."""
    found = figure(grid(np.random.default_rng(3)))
    assert any(column.startswith(SWITCH) for column in found.tables["cells"][0])
    for choice in found.views:
        for rows in numbers(found, choice).values():
            assert not any(column.startswith(SWITCH) for row in rows for column in row)
    drawing = payload([found], {})["drawing"]
    assert any(column.startswith(SWITCH) for column in drawing)
