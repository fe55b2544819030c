"""What the label of a time says, and that what is written is what is read."""

from __future__ import annotations

from itertools import product

import pytest

from parity_compare.problems.errors import InvalidInput
from parity_compare.timing import (
    company,
    is_head_to_head,
    is_parallel,
    is_stepwise,
    is_together,
    pooled,
    timing,
    without_company,
)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        (timing(1), "single"),
        (timing(1, at_once=4), "single, 4 at a time"),
        (timing(64, at_once=4, stepwise=True), "batch of 64, 4 at a time, stepwise"),
        (timing(1, split=4), "single, split over 4"),
        (timing(1, stepwise=True), "single, stepwise"),
    ],
)
def test_labels(label: str, expected: str) -> None:
    assert label == expected


def test_what_is_written_is_what_is_read() -> None:
    labels = set()
    for trials, at_once, split, stepwise in product((1, 2, 64), (1, 4), (1, 4), (False, True)):
        label = timing(trials, at_once=at_once, split=split, stepwise=stepwise)
        labels.add(label)
        assert is_together(label) == (trials > 1)
        assert is_parallel(label) == (at_once > 1 or split > 1)
        assert is_stepwise(label) == stepwise
        assert without_company(label) == timing(trials, stepwise=stepwise)
        assert bool(company(label)) == is_parallel(label)
        assert is_head_to_head(label) == (trials == at_once == split == 1 and not stepwise)
    assert len(labels) == 24


@pytest.mark.parametrize("text", ["", "single ", "Single", "alone", "single, quickly"])
def test_a_label_of_unknown_making_is_not_ranked(text: str) -> None:
    """A store may come from elsewhere, or from a later version."""
    assert not is_head_to_head(text)


def test_numbers_below_one_are_refused() -> None:
    with pytest.raises(InvalidInput, match="at_once must be at least 1, got 0"):
        timing(1, at_once=0)


def test_batches_that_differ_in_size_only_share_a_label() -> None:
    labels = pooled(
        ["single", "batch of 64", "batch of 9", "batch of 9, 2 at a time", "batch of nine"]
    )
    assert labels == {
        "batch of 64": "batches of 9 to 64",
        "batch of 9": "batches of 9 to 64",
        "batch of 9, 2 at a time": "batch of 9, 2 at a time",
    }
    assert all(map(is_together, labels.values()))
