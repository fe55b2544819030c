"""What the page says of the hidden sets: only what is true of the trials that it shows."""

from __future__ import annotations

import re

import pytest
from made_up import cell, results

from parity_compare.reports import report
from parity_compare.reports.digest import digest
from parity_compare.results import Record

SAME = "met the same hidden sets and had to name S."
PAIRED = "The learners meet the same hidden sets"


def texts(records: list[Record]) -> tuple[str, str]:
    """The lead, and the whole page without its tags."""
    held = results(records)
    page = report.page(held, digest(held), [])
    lead = re.search(r'<p class="lead">(.*?)</p>', page)
    assert lead is not None
    return lead[1], re.sub("<[^>]*>", "", page)


def test_learners_of_the_same_trials_met_the_same_sets() -> None:
    lead, page = texts([*cell("gf2", [1e-3] * 6), *cell("sgd", [1e-3] * 6)])
    assert SAME in lead
    assert PAIRED in page
    assert "Instances are paired" in page
    assert "random" not in lead


def test_a_run_taken_up_beside_others_is_still_paired() -> None:
    """Its trials stand in two cells, but its learner met all the sets."""
    later = cell("gf2", [1e-3] * 6, timing="single, 2 at a time")[3:]
    records = [*cell("gf2", [1e-3] * 3), *later, *cell("sgd", [1e-3] * 6)]
    assert digest(results(records)).paired


@pytest.mark.parametrize(
    "other",
    [
        cell("sgd", [1e-3] * 6, spec={"n": 40}),
        cell("sgd", [1e-3] * 4),
        cell("sgd", [1e-3] * 6, spec={"seed": 1}),
    ],
    ids=["another instance", "fewer trials", "another seed"],
)
def test_learners_of_other_trials_are_not_said_to_have_met_the_same_sets(
    other: list[Record],
) -> None:
    lead, page = texts([*cell("gf2", [1e-3] * 6), *other])
    assert SAME not in lead
    assert "not all met the same hidden sets" in lead
    assert PAIRED not in page
    assert "Instances are paired" not in page


def test_where_labels_are_random_there_is_no_set_to_name() -> None:
    control = {"variant": "random-labels"}
    only = cell("gf2", [None] * 6, spec=control)
    lead, _ = texts(only)
    assert "no hidden set S" in lead
    assert "had to name S" not in lead
    both, _ = texts([*cell("gf2", [1e-3] * 6), *only])
    assert "A learner has to name S." in both
    assert "Where labels are random, as a control, there is no S to name." in both


def test_replays_are_said_to_count_as_their_starts() -> None:
    counted = "Wilson’s interval counts starts instead of trials"
    assert counted in texts(cell("sgd", [1e-3] * 8, spec={"replays": 4}))[1]
    assert counted not in texts(cell("sgd", [1e-3] * 8))[1]
