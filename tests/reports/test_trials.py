"""Every trial in one table, with the command that runs just that one again."""

from __future__ import annotations

import math
import shlex
from collections import Counter

import pytest
from made_up import cell, demo, record, results

from parity_compare.algorithms.outcome import Status
from parity_compare.reports import trials
from parity_compare.reports.digest import digest
from parity_compare.reports.trials import TrialsTable, trials_table
from parity_compare.results import Record


def table(records: list[Record]) -> TrialsTable:
    return trials_table(digest(results(records)))


def test_every_column_has_a_value_for_every_trial() -> None:
    made = table(demo())
    assert made.total == 50
    assert made.note == ""
    assert {column.name for column in made.columns} == set(made.rows) - {"contestant"}
    for values in [*made.rows.values(), *made.shown.values(), made.command_of, made.parameters_of]:
        assert len(values) == 50


def test_values_are_sorted_by_and_texts_are_read() -> None:
    made = table([record("gf2", 3, seconds=3.5e-4, cost={"samples": 123_456})])
    row = {name: values[0] for name, values in made.rows.items()}
    row |= {f"{name} shown": texts[0] for name, texts in made.shown.items()}
    assert (row["seconds"], row["seconds shown"]) == (3.5e-4, "350 µs")
    assert (row["samples shown"], row["queries"], row["queries shown"]) == ("123,456", None, "–")
    assert (row["answer"], row["solved"], row["trial"]) == ("{1, 4, 7}", True, 3)
    assert (row["sample_size"], row["sample_size shown"]) == (None, "fresh")
    assert (row["accuracy"], row["accuracy shown"]) == (1.0, "100 %")
    assert row["limits"] == "60 s"


def test_trials_stand_in_order_whatever_the_order_of_the_store() -> None:
    records = cell("gf2", [1e-3] * 5)
    made = table([records[i] for i in (3, 0, 4, 2, 1)])
    assert made.rows["trial"] == [0, 1, 2, 3, 4]


def test_a_column_that_tells_no_trials_apart_is_left_to_the_details() -> None:
    def main(*records: Record) -> set[str]:
        return {column.name for column in table(list(records)).columns if column.main}

    assert main(*demo(2)) & {"n", "k", "device", "seconds"} == {"seconds"}
    assert main(record(), record(spec={"n": 20})) & {"n", "k"} == {"n"}
    assert main(record()) & {"samples", "queries"} == {"samples"}
    assert main(record("sq", cost={"queries": 9})) & {"samples", "queries"} == {"queries"}


def test_each_status_has_its_advice() -> None:
    made = table([record(), record(trial=1, solved=False)])
    statuses = (Status.FOUND, Status.TIMEOUT)
    assert made.advice == {str(status): status.advice for status in statuses}
    unheard_of = table([record(status="weird", solved=False)])
    assert unheard_of.advice == {}


def test_a_command_names_the_trial_once_whatever_the_label_says() -> None:
    labels = ["gf2", "x{trial}y", "a'{trial}'b; rm -rf ~", "--out={trial}"]
    made = table([record(label, 6) for label in labels])
    assert len(made.commands) == len(labels)
    for row, label in enumerate(made.rows["learner"]):
        template = made.commands[made.command_of[row]]
        assert template.count("{trial}") == 1
        words = shlex.split(made.command(row))
        options = dict(zip(words[2::2], words[3::2], strict=True))
        assert (options["--algos"], options["--trial"]) == (label, "6")


def test_numbers_in_a_command_are_read_back_as_they_were() -> None:
    noise, limit = 0.1 + 0.2, 1e-5 / 3
    made = table([record(spec={"noise": noise, "seconds": limit, "seed": -(2**62) - 1})])
    words = shlex.split(made.command(0))
    options = dict(zip(words[2::2], words[3::2], strict=True))
    assert float(options["--noise"]) == noise
    assert float(options["--time-limit"].removesuffix("s")) == limit
    assert options["--seed"] == made.shown["seed"][0] == str(-(2**62) - 1)


def test_a_large_store_shows_failures_first_and_something_of_every_cell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trials, "TRIALS_AT_MOST", 20)
    records = [
        one for n in (20, 30, 40) for one in cell("gf2", [None] * 8 + [1e-3] * 10, spec={"n": n})
    ]
    made = table(records)
    assert made.total == 54
    assert len(made.command_of) == 20
    counted = Counter(zip(made.rows["n"], made.rows["solved"], strict=True))
    assert [counted[n, False] for n in (20, 30, 40)] == [6, 5, 5]
    assert [counted[n, True] for n in (20, 30, 40)] == [2, 1, 1]
    assert "16 of the 24 failures and 4 of the 30 successes" in made.note
    assert "parity-compare export" in made.note


def test_a_missing_number_is_none_and_not_nan() -> None:
    made = table([record(solved=False, spec={"k": None})])
    for values in made.rows.values():
        assert not any(isinstance(value, float) and math.isnan(value) for value in values)
    assert (made.rows["k"], made.shown["k"]) == ([None], ["dense"])
