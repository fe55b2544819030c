"""Trials of one folder or several, read for a report: no more traces than it may draw."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from stored import ENVIRONMENT, all_same, failed, record, same, trace

from parity_compare.algorithms.outcome import Status
from parity_compare.problems.errors import InvalidInput
from parity_compare.reports import loading
from parity_compare.reports.digest import digest
from parity_compare.reports.provenance import provenance
from parity_compare.results import Record
from parity_compare.storage.merge import merge
from parity_compare.storage.store import FILE_NAME, Store, load
from parity_compare.storage.union import gather


def made(folder: Path, *records: Record, host: str = "here") -> Path:
    """A folder with these trials, run on a machine of this name."""
    with Store(folder) as store:
        store.begin_session({**ENVIRONMENT, "host": host}, planned={"gf2": len(records)})
        for one in records:
            store.add(one)
        store.end_session("done")
    return folder


def test_one_folder_is_what_the_library_loads(tmp_path: Path) -> None:
    folder = made(tmp_path / "a", record(3, trace=trace()), failed(1), record(2))
    found, loaded = gather([folder]).results, load(folder)
    assert all_same(found.records, loaded.records)
    assert (found.environment, found.path) == (loaded.environment, loaded.path)
    assert found.order == loaded.order


def test_several_folders_are_what_a_merge_writes(tmp_path: Path) -> None:
    a = made(tmp_path / "a", record(0, trace=trace()), failed(1), record(2))
    b = made(tmp_path / "b", failed(0), record(1), record(3, "sgd", trace=trace()), host="there")
    found = gather([a, b])
    merge([a, b], tmp_path / "c")
    loaded = load(tmp_path / "c")
    assert all_same(found.results.records, loaded.records)
    assert found.results.path is None
    assert found.results.environment == {**loaded.environment, "folders": "a; b"}
    assert found.results.order == loaded.order
    assert found.conflicts == []


def test_records_that_contradict_each_other_are_told_of(tmp_path: Path) -> None:
    a = made(tmp_path / "a", record(0))
    b = made(tmp_path / "b", failed(0, Status.TIMEOUT))
    found = gather([a, b])
    assert [(c.kept, c.other) for c in found.conflicts] == [(a, b)]
    assert same(found.results.records[0], record(0))


def test_only_chosen_traces_are_read(tmp_path: Path) -> None:
    records = [record(i, trace=trace() if i % 2 else record(i).trace) for i in range(6)]
    folder = made(tmp_path / "a", *records)
    asked: list[int] = []

    def last(traced: object) -> list[int]:
        asked.extend(one.spec.trial for one in traced)  # type: ignore[attr-defined]
        return [2]

    found = gather([folder], last).results.records
    assert asked == [1, 3, 5]
    assert [one.spec.trial for one in found if len(one.trace)] == [5]
    assert same(found[5], records[5])


def test_what_cannot_be_merged_is_refused_and_named(tmp_path: Path) -> None:
    a = made(tmp_path / "a", record(0))
    damaged = made(tmp_path / "damaged", record(1))
    (damaged / FILE_NAME).write_bytes(b"SQLite format 3\0" + bytes(5000))
    for folders, message in [
        ([a, tmp_path / "none"], "no results in .*none"),
        ([a, a], "is named twice"),
        ([a, damaged], "damaged"),
    ]:
        with pytest.raises(InvalidInput, match=message):
            gather(folders)


def test_a_report_says_which_machine_ran_how_much(tmp_path: Path) -> None:
    a = made(tmp_path / "a", record(0), record(1))
    b = made(tmp_path / "b", record(1), record(2), host="there")
    results = loading.read([a, b]).results
    environment = dict(provenance(results, digest(results)).environment)
    cpu = ENVIRONMENT["processor"]
    assert environment["machines"] == f"here: {cpu} (2 trials); there: {cpu} (1 trial)"
    alone = loading.read([a]).results
    assert "machines" not in dict(provenance(alone, digest(alone)).environment)


def test_a_large_store_gives_traces_of_every_cell_and_most_of_the_hardest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loading, "TRACES_AT_MOST", 60)
    monkeypatch.setattr(loading, "TRACES_PER_CELL", 20)
    few = [record(i, "sgd", trace=trace()) for i in range(60)]
    assert list(loading._worth_reading(few)) == list(range(60))

    def in_cell(count: int, n: int, *, solved: bool = True) -> list[Record]:
        from dataclasses import replace

        return [
            replace(one, spec=replace(one.spec, n=n), solved=solved and i % 4 > 0)
            for i, one in enumerate(record(i, "sgd") for i in range(count))
        ]

    traced = [*in_cell(50, 20), *in_cell(50, 40), *in_cell(50, 30), *in_cell(50, 50, solved=False)]
    chosen = [traced[i] for i in loading._worth_reading(traced)]
    counted = Counter(one.spec.n for one in chosen)
    # 7 of each at first; then the hardest that was solved, n = 40, has as many as it may.
    assert counted == {40: 20, 30: 20, 20: 13, 50: 7}
    solved = Counter(one.solved for one in chosen if one.spec.n == 40)
    assert solved == {True: 15, False: 5}
