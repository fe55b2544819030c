"""The panel on mechanism: which trials it shows and what it says of them."""

from __future__ import annotations

import numpy as np
import pytest
from made_up import cell, demo, record, results

from parity_compare.algorithms.outcome import Trace
from parity_compare.reports.digest import digest
from parity_compare.reports.mechanism.courses import StepAxis, courses, mechanism


def trace(
    relevant: list[float], irrelevant: list[float], error: list[float], steps: list[int]
) -> Trace:
    return Trace(
        {
            "step": np.array(steps),
            "loss": np.ones(len(steps)),
            "error": np.array(error),
            "progress_relevant": np.array(relevant),
            "progress_irrelevant": np.array(irrelevant),
        }
    )


HIDDEN = trace([0, 1, 3, 9], [0, 2, 2, 2], [0.5, 0.5, 0.48, 0.0], [0, 10, 20, 30])
LATE = trace([0, 1, 1, 9], [0, 2, 2, 2], [0.5, 0.5, 0.1, 0.0], [0, 10, 20, 30])
WITHOUT_OTHERS = trace([0, 1, 3, 9], [np.nan] * 4, [0.5, 0.5, 0.48, 0.0], [0, 10, 20, 30])


def test_parting_and_falling_are_the_last_changes_of_order() -> None:
    (course,) = courses(digest(results([record("sgd", trace=HIDDEN)])).entries[0])
    assert (course.parting(), course.falling(), course.hidden) == (20, 30, True)
    (course,) = courses(digest(results([record("sgd", trace=LATE)])).entries[0])
    assert (course.parting(), course.falling(), course.hidden) == (30, 20, False)


def test_the_verdict_counts_the_trials_with_hidden_progress() -> None:
    records = [record("sgd", 0, trace=HIDDEN), record("sgd", 1, trace=LATE)]
    panel = mechanism(digest(results(records)))
    assert panel is not None
    assert panel.verdict == (
        "In 1 of 2 solved trials of sgd, the weights on S were ahead of all others for good while "
        "the error still stood above 0.4."
    )
    panel = mechanism(digest(results(records[:1])))
    assert panel is not None
    assert panel.verdict.startswith("In all 1 solved trial of sgd")
    assert panel.verdict.endswith(": progress that the error does not show.")


def test_where_all_coordinates_are_relevant_nothing_is_compared() -> None:
    panel = mechanism(digest(results([record("sgd", trace=WITHOUT_OTHERS)])))
    assert panel is not None
    assert panel.verdict == ""
    assert "S is all coordinates here" in panel.sentences[0]
    rows = panel.figure.charts[0].data["traces"]
    assert [row["i"] for row in rows] == [None] * 4


def test_unsolved_traces_claim_nothing() -> None:
    records = [record("sgd", i, solved=False, trace=LATE) for i in range(2)]
    panel = mechanism(digest(results(records)))
    assert panel is not None
    assert panel.verdict == ""
    assert panel.sentences == ["sgd: none of the 2 traced trials was solved."]
    assert panel.figure.charts[0].data["rule"] == []


def test_no_panel_without_the_columns() -> None:
    other = Trace({"step": np.arange(3), "<b>": np.arange(3)})
    assert mechanism(digest(results([record("sgd", trace=other), *cell("gf2", [1.0])]))) is None


def test_the_bold_trial_has_the_median_number_of_steps() -> None:
    entry = next(e for e in digest(results(demo())).entries if e.contestant.name == "sgd")
    found = courses(entry)
    steps = sorted(course.last_step for course in found)
    assert found[0].last_step == steps[(len(steps) - 1) // 2]


def test_long_and_many_traces_are_thinned_and_an_unsolved_one_leaves_the_picture() -> None:
    long = 5000
    steady = np.linspace(0, 1, long)
    course = trace(list(steady), list(steady / 2), list(0.5 - steady / 2), list(range(long)))
    records = [record("sgd", i, trace=course) for i in range(30)]
    endless = trace([0.0] * 3, [0.0] * 3, [0.5] * 3, [0, 10**5, 10**6])
    records.insert(0, record("sgd", 99, solved=False, trace=endless))
    panel = mechanism(digest(results(records)))
    assert panel is not None
    rows = panel.figure.charts[0].data["traces"]
    assert len({row["t"] for row in rows}) == 12
    assert len(rows) <= 12 * 90
    for trial in range(10):
        assert {0, long - 1} <= {row["s"] for row in rows if row["t"] == trial}
    assert any("12 of 31 traces" in note for note in panel.figure.notes)
    assert any("1 unsolved trial ran on beyond" in note for note in panel.figure.notes)


@pytest.mark.parametrize(("longest", "kind"), [(120, None), (1200, "symlog")])
def test_all_columns_share_one_step_axis(longest: int, kind: str | None) -> None:
    """A course three times as long looks longer; one thirty times as long makes the axis bend."""
    long = trace([0, 1, 3, 9], [0, 2, 2, 2], [0.5, 0.5, 0.48, 0.0], [0, 10, 20, longest])
    records = [record("sgd", trace=HIDDEN), record("langevin", trace=long)]
    panel = mechanism(digest(results(records)))
    assert panel is not None
    scales = [
        layer["encoding"]["x"]["scale"]
        for spec in panel.figure.specs.values()
        for layer in spec["layer"]
        if "x" in layer["encoding"]
    ]
    assert len(scales) >= 2 * 3 * 2
    assert all(scale == scales[0] for scale in scales)
    assert scales[0].get("type") == kind
    assert scales[0]["domain"][0] == 0
    assert longest < scales[0]["domain"][1] < 1.3 * longest


def test_the_logarithmic_step_axis_has_a_tick_at_zero_and_at_powers_of_ten() -> None:
    assert StepAxis.over([30, 1200]).axis(labels=True).to_dict()["values"] == [0, 1, 10, 100, 1000]


def test_the_hardest_instance_that_was_solved_is_shown() -> None:
    records = [
        record("sgd", 0, trace=HIDDEN, spec={"n": 20}),
        record("sgd", 0, trace=HIDDEN, spec={"n": 40}),
        record("sgd", 0, trace=LATE, solved=False, spec={"n": 80}),
    ]
    panel = mechanism(digest(results(records)))
    assert panel is not None
    assert panel.instance.n == 40
