"""The figure that asks who stumbles, and the verdicts below its panels."""

from __future__ import annotations

import numpy as np
import pytest
from made_up import cell, record, results

from parity_compare.reports.digest import digest
from parity_compare.reports.figure import Figure
from parity_compare.reports.mechanism.hazards import hazard_figure
from parity_compare.results import Record


def trials(learner: str, steps: list[int], **facts: object) -> list[Record]:
    return [
        record(learner, trial, cost={"steps": count}, **facts)  # type: ignore[arg-type]
        for trial, count in enumerate(steps)
    ]


def drawn(records: list[Record]) -> Figure:
    figure = hazard_figure(digest(results(records)))
    assert figure is not None
    return figure


def notes(figure: Figure) -> dict[str, str]:
    return {
        panel.contestant.name: panel.charts[0].note
        for panel in figure.views[()].panels
        if panel.contestant
    }


def test_luck_stumbles_and_progress_does_not() -> None:
    """One seed of a test that is wrong once in twenty; the answers are those of that seed."""
    rng = np.random.default_rng(0)
    luck = trials("random", rng.geometric(1 / 500, 400).tolist())
    progress = trials("sgd", rng.integers(90, 110, 40).tolist())
    few = trials("exhaustive", [10, 20, 30])
    said = notes(drawn([*luck, *progress, *few]))
    assert said["random"].startswith("Yes, it stumbles")
    assert said["sgd"].startswith("No: the longer it has run, the likelier its next step succeeds")
    assert said["exhaustive"].startswith("Undecided. 3 of 3 trials succeeded")


def test_a_hazard_of_one_is_that_of_all_trials_together() -> None:
    """Weighted by the steps under risk, every contestant's hazard is 1 in the mean."""
    figure = drawn([*trials("random", [5, 9, 14, 30, 2, 21]), *trials("sgd", [50, 60, 70, 55, 52])])
    for learner in ("random", "sgd"):
        rows = [row for row in figure.tables["hazard"] if row["learner"] == learner]
        weight = np.array([row["steps_under_risk"] for row in rows])
        assert weight @ [row["hazard"] for row in rows] / weight.sum() == pytest.approx(1, rel=1e-4)
        assert sum(row["successes"] for row in rows) == (6 if learner == "random" else 5)
        for row in rows:
            assert row["low"] <= row["hazard"] <= row["high"]


def test_failed_trials_are_under_risk_until_they_end() -> None:
    solved = trials("random", [5, 9, 14, 30, 2, 21])
    failed = [record("random", 6, solved=False, cost={"steps": 100})]
    exposure = [
        sum(row["steps_under_risk"] for row in drawn(records).tables["hazard"])
        for records in (solved, [*solved, *failed])
    ]
    assert exposure == [81, 181]


def test_who_solved_nothing_is_named() -> None:
    figure = drawn([*trials("gf2", [30] * 6), *cell("lasso", [None, None])])
    assert list(notes(figure)) == ["gf2"]
    assert figure.views[()].notes == ["Without a success there is no hazard to draw: lasso."]
    assert hazard_figure(digest(results(cell("lasso", [None])))) is None
    assert hazard_figure(digest(results([]))) is None


def test_at_most_twelve_contestants_are_drawn() -> None:
    records = [r for i in range(14) for r in trials(f"sgd[width={10 + i}]", [50, 60, 70])]
    figure = drawn(records)
    assert len(figure.views[()].panels) == 12
    assert figure.views[()].notes == [
        "Not drawn, for want of room: sgd[width=22] and sgd[width=23]."
    ]


def test_the_start_is_asked_where_trials_share_one() -> None:
    rng = np.random.default_rng(0)
    starts = np.repeat(rng.lognormal(5, 1, 20), 5) * rng.lognormal(0, 0.05, 100)
    records = trials("sgd", starts.round().astype(int).tolist(), spec={"replays": 5})
    (note,) = drawn(records).views[()].notes
    assert note.startswith("sgd: Does the initialisation decide the time to success? Yes.")
