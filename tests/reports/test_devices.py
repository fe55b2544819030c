"""CPU against GPU: only like is compared with like."""

from __future__ import annotations

from typing import Any

import altair as alt
import pytest
from made_up import cell, results

from parity_compare.reports.digest import digest
from parity_compare.reports.figure import Figure
from parity_compare.reports.figures.devices import device_figure
from parity_compare.results import Record


def on(
    device: str, times: list[float | None], learner: str = "sgd", n: int = 30, **facts: Any
) -> list[Record]:
    threads = facts.pop("threads", 1)
    return cell(learner, times, spec={"device": device, "n": n, "threads": threads}, **facts)


def figure(*cells: list[Record]) -> Figure | None:
    return device_figure(digest(results([one for records in cells for one in records])))


def factors(*cells: list[Record]) -> list[dict[str, Any]]:
    picture = figure(*cells)
    return [] if picture is None else list(picture.tables["factors"])


def test_the_factor_is_that_of_the_medians_with_an_interval() -> None:
    (row,) = factors(on("cpu", [8.0, 10.0, 12.0] * 4), on("cuda", [1.5, 2.0, 2.5] * 4))
    assert row["factor"] == 5.0
    assert 1 < row["low"] < 5 < row["high"]
    assert (row["cpu_median_seconds"], row["gpu_median_seconds"]) == (10.0, 2.0)
    assert row["timing"] == "single"


@pytest.mark.parametrize(
    ("cpu", "gpu"),
    [
        (on("cpu", [1.0] * 6), on("cpu", [1.0] * 6, "gf2")),
        (on("cpu", [1.0] * 6), on("cuda", [1.0] * 6, "langevin")),
        (on("cpu", [1.0] * 6), on("cuda", [1.0] * 6, timing="batch of 6")),
        (on("cpu", [1.0] * 6), on("cuda", [1.0] * 6, access="sample")),
        (on("cpu", [1.0] * 6), on("cuda", [1.0] * 6, side_information="k")),
        (on("cpu", [1.0] * 6), on("cuda", [1.0] * 6, n=40)),
        (
            on("cpu", [1.0] * 6, timing="single, 4 at a time"),
            on("cuda", [1.0] * 6, timing="single, 4 at a time"),
        ),
        (on("cpu", [1.0] * 6, "sq"), on("cuda", [1.0] * 6, "sq")),
    ],
)
def test_unlike_is_not_compared(cpu: list[Record], gpu: list[Record]) -> None:
    assert figure(cpu, gpu) is None


def test_batches_are_compared_by_each_trials_share() -> None:
    """Twice the trials in the same time are twice as fast."""
    (row,) = factors(
        on("cpu", [4.0] * 8, timing="batch of 8"), on("cuda", [4.0] * 16, timing="batch of 16")
    )
    assert row["factor"] == 2.0
    assert row["cpu_median_seconds"] == 0.5
    assert row["timing"] == "batch of 8 on the CPU, batch of 16 on the GPU"


def test_batches_of_several_sizes_have_no_share_to_compare() -> None:
    cpu = [
        *on("cpu", [4.0] * 8, timing="batch of 8"),
        *[
            one
            for one in on("cpu", [4.0] * 12, timing="batch of 4")
            if one.spec.trial >= 8
        ],
    ]  # fmt: skip
    single = [on("cpu", [1.0] * 6, "exhaustive"), on("cuda", [1.0] * 6, "exhaustive")]
    picture = figure(cpu, on("cuda", [4.0] * 12, timing="batch of 12"), *single)
    assert picture is not None
    assert [row["learner"] for row in picture.tables["factors"]] == ["exhaustive"]
    (view,) = picture.views.values()
    assert view.notes == ["Not compared, for they were not timed alike on both: sgd."]


def test_every_number_of_cpu_threads_has_its_own_factor() -> None:
    rows = factors(on("cpu", [8.0] * 6), on("cpu", [3.0] * 6, threads=4), on("cuda", [1.0] * 6))
    assert {row["learner"]: row["factor"] for row in rows} == {
        "sgd": 8.0, "sgd with 4 CPU threads": 3.0,
    }  # fmt: skip


def test_a_failure_bounds_the_factor_from_the_side_it_knows() -> None:
    """Trials that were ended after 60 s would have taken longer."""
    (row,) = factors(on("cpu", [None] * 6), on("cuda", [2.0] * 6))
    assert (row["factor"], row["low"], row["high"]) == (None, 30.0, None)
    assert row["text"] == "more than 30 times"
    (row,) = factors(on("cpu", [6.0] * 6), on("cuda", [None] * 6))
    assert (row["factor"], row["low"], row["high"]) == (None, 0.0, 0.1)
    assert row["text"] == "less than 0.1 times"


def test_where_neither_solves_half_nothing_is_compared() -> None:
    picture = figure(
        on("cpu", [1.0] * 6), on("cuda", [0.5] * 6),
        on("cpu", [None] * 6, n=60), on("cuda", [None] * 6, n=60),
    )  # fmt: skip
    assert picture is not None
    assert [row["n"] for row in picture.tables["factors"]] == [30]
    (view,) = picture.views.values()
    assert view.notes[0].startswith("On 1 instance neither device solved half")


def test_over_a_grid_a_line_runs_along_the_axis() -> None:
    slow = [on("cpu", [3.0 * n] * 6, n=n) for n in (20, 40)]
    fast = [on("cuda", [1.0 * n] * 6, n=n) for n in (20, 40)]
    picture = figure(*slow, *fast)
    assert picture is not None
    (view,) = picture.views.values()
    (chart,) = view.charts
    assert {row["series"] for row in picture.rows(chart)["factors"]} == {"0 1"}
    assert chart.alt.endswith("sgd at n = 20 3 times [3, 3]; sgd at n = 40 3 times [3, 3].")
    alt.LayerChart.from_dict(chart.spec)
    one = figure(on("cpu", [3.0] * 6), on("cuda", [1.0] * 6))
    assert one is not None
    alt.LayerChart.from_dict(one.views[()].charts[0].spec)
