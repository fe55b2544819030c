"""The summary table: every number with its interval, and columns that say something."""

from __future__ import annotations

import math

import pytest
from made_up import cell, demo, results

from parity_compare.reports import wording
from parity_compare.reports.digest import digest
from parity_compare.reports.tables import Cell, Summary, summary
from parity_compare.results import Record


def table(records: list[Record], **environment: str) -> Summary:
    return summary(digest(results(records, **environment)))


def by_heading(made: Summary) -> list[dict[str, Cell]]:
    """The rows, by the headings of their cells."""
    names = [heading for heading, _ in made.headings[1:]]
    return [dict(zip(names, row.cells, strict=True)) for _, rows in made.groups for row in rows]


def test_every_number_that_varies_stands_with_its_interval() -> None:
    entries = digest(results(demo())).entries
    for entry, row in zip(entries, by_heading(table(demo())), strict=True):
        assert row["Solved"].small == [wording.rate_bracket(entry.rate)]
        for heading, interval in (
            ("Seconds", entry.cost("seconds")),
            ("Expected", entry.expected("seconds")),
        ):
            assert row[heading].text == wording.seconds(interval.estimate)
            assert row[heading].small[0] == wording.seconds.bracket(interval)
            assert row[heading].small[0].startswith("[")
            assert row[heading].key == interval.estimate
        steps = entry.cost("steps")
        if steps.low < steps.high:
            assert row["Steps"].small == [wording.number.bracket(steps)]


def test_access_side_information_timing_and_unit_stand_in_the_row() -> None:
    rows = by_heading(table(cell("exhaustive", [1e-3, 2e-3], timing="single, 4 at a time")))
    (row,) = rows
    assert row["Access"].text == "sample"
    assert row["Access"].small == ["told k and noise"]
    assert row["Seconds"].small[-1] == "single, 4 at a time"
    assert row["Operations"].small[-1] == "word operations"


def test_where_nobody_succeeds_the_expected_time_is_bounded_below() -> None:
    """Eight failures of 60 s: the rate is at most 1 - 0.025^(1/8) = 0.369."""
    (row,) = by_heading(table(cell("sgd", [None] * 8)))
    assert row["Expected"].text == "∞"
    assert row["Expected"].key == "Infinity"
    assert row["Expected"].small == ["[162, ∞) s"]


def test_what_all_trials_agree_on_has_no_interval_but_is_said_to_be_so() -> None:
    (row,) = by_heading(table(cell("gf2", [1e-3, 2e-3, 3e-3])))
    assert row["Samples"].small == ["in all trials"]
    mostly = [*cell("gf2", [1e-3] * 20), *cell("gf2", [1e-3] * 21, cost={"samples": 99})[20:]]
    (row,) = by_heading(table(mostly))
    assert (row["Samples"].text, row["Samples"].small) == ("62", ["[62, 62]"])


def test_one_trial_has_no_interval_and_few_have_too_narrow_ones() -> None:
    alone = table(cell("gf2", [1e-3]))
    (row,) = by_heading(alone)
    for heading in ("Seconds", "Expected", "Samples", "Steps", "Operations", "Memory"):
        assert "no interval" in row[heading].small
    assert "fewer than 6 trials" in alone.notes[0]
    assert not table(cell("gf2", [1e-3] * 6)).notes


def test_columns_that_say_nothing_are_left_out() -> None:
    headings = [heading for heading, _ in table(cell("gf2", [1e-3] * 6)).headings]
    assert headings == [
        "Learner", "Access", "Solved", "Seconds", "Expected", "Samples", "Steps", "Operations",
        "Memory", "Ended",
    ]  # fmt: skip
    nothing = {"samples": 0, "steps": 0, "operations": 0.0, "peak_memory": 0}
    bare = [heading for heading, _ in table(cell("gf2", [1e-3] * 6, cost=nothing)).headings]
    assert bare == ["Learner", "Access", "Solved", "Seconds", "Expected", "Ended"]
    records = [*cell("gf2", [1e-3]), *cell("sgd", [1e-3], spec={"device": "cuda", "threads": 2})]
    wide = [heading for heading, _ in table(records).headings]
    assert {"Device", "Threads"} <= set(wide)


def test_what_a_learner_does_not_spend_is_sorted_behind_all_others() -> None:
    rows = by_heading(table([*cell("gf2", [1e-3]), *cell("sq", [1e-3], cost={"queries": 9})]))
    assert (rows[0]["Queries"].text, rows[0]["Queries"].key) == ("–", "")
    assert (rows[1]["Samples"].text, rows[1]["Samples"].key) == ("–", "")


@pytest.mark.parametrize(
    ("times", "solved"),
    [([1.0, 2.0], "all trials"), ([1.0, None], "some trials"), ([None], "no trial")],
)
def test_rows_can_be_chosen_by_what_was_solved(times: list[float | None], solved: str) -> None:
    ((_, (row,)),) = table(cell("sgd[lr=0.1]", times)).groups
    assert row.filters == {
        "learner": "sgd[lr=0.1]",
        "access": "examples",
        "told": "nothing",
        "device": "cpu",
        "solved": solved,
    }


def test_only_what_differs_can_be_chosen_by() -> None:
    made = table([*cell("gf2", [1e-3]), *cell("sgd", [None])])
    found = {choice.name: choice.values for choice in made.filters}
    assert found == {
        "learner": ["gf2", "sgd"],
        "access": ["sample", "examples"],
        "told": ["k", "nothing"],
        "solved": ["all trials", "no trial"],
    }
    assert table(cell("gf2", [1e-3])).filters == []


def test_rows_stand_by_instance_from_easy_to_hard() -> None:
    records = [one for n in (40, 20) for one in cell("gf2", [1e-3], spec={"n": n})]
    assert [instance.n for instance, _ in table(records).groups] == [20, 40]


def test_mixed_machines_are_said_beside_the_table() -> None:
    notes = table(cell("gf2", [1e-3] * 6), processor="A; B").notes
    assert notes == ["Seconds mix 2 kinds of processor: A and B."]


def test_the_medians_key_is_what_javascript_reads() -> None:
    (row,) = by_heading(table(cell("sgd", [1.0, None, None])))
    assert row["Seconds"].key == "Infinity"
    assert row["Seconds"].text.startswith("> 60 s")
    assert isinstance(row["Solved"].key, float)
    assert math.isclose(row["Solved"].key, 1 / 3)
