"""Merging: the union of what several machines found out, and where they contradict each other."""

import signal
import sys
from pathlib import Path

import pytest
from stored import ENVIRONMENT, all_same, failed, record, same, trace

from parity_compare.algorithms.outcome import Status
from parity_compare.cli import main
from parity_compare.problems.errors import InvalidInput
from parity_compare.results import Record
from parity_compare.storage.merge import merge
from parity_compare.storage.store import FILE_NAME, Store, load


def made(folder: Path, *records: Record, host: str = "here") -> Path:
    """A folder with these trials, run on a machine of this name."""
    with Store(folder) as store:
        store.begin_session({**ENVIRONMENT, "host": host}, planned={"gf2": len(records)})
        for one in records:
            store.add(one)
        store.end_session("done")
    return folder


def test_a_union_has_every_trial_once_in_the_order_of_running(tmp_path: Path) -> None:
    a = made(tmp_path / "a", record(3, trace=trace()), record(1))
    b = made(tmp_path / "b", record(1), record(2, "sgd", trace=trace()), host="there")
    report = merge([b, a], tmp_path / "deep" / "c")
    assert (report.trials, report.in_several, report.mended) == (3, 1, 0)
    assert (report.found, report.conflicts) == ({b: 2, a: 2}, [])
    merged = load(tmp_path / "deep" / "c").records
    # The doubled one is that of b, the folder named first, and later.
    expected = [record(3, trace=trace()), record(1), record(2, "sgd", trace=trace())]
    assert all_same(merged, expected)
    assert [r.spec.trial for r in load(a).records] == [3, 1]


def test_trials_keep_their_sessions_and_times(tmp_path: Path) -> None:
    a = made(tmp_path / "a", record(0))
    b = made(tmp_path / "b", record(1), host="there")
    merge([a, b], tmp_path / "c")
    times = []
    for folder in (a, b):
        with Store(folder, read_only=True) as store:
            times += [glimpse.finished for glimpse in store.glimpses()]
    with Store(tmp_path / "c", read_only=True) as store:
        assert [glimpse.finished for glimpse in store.glimpses()] == times
        assert len({glimpse.session for glimpse in store.glimpses()}) == 2
        second = store.results([record(1).key])
    assert second.environment["host"] == "there"


def test_a_union_has_the_order_of_the_plans_whichever_folder_comes_first(tmp_path: Path) -> None:
    for folder, planned in (("a", {"gf2": 2, "sq": 2}), ("b", {"exhaustive": 2, "sq": 2})):
        with Store(tmp_path / folder) as store:
            store.begin_session(ENVIRONMENT, planned=planned)
            store.add(record(len(folder), "gf2" if folder == "a" else "sq"))
    a, b = tmp_path / "a", tmp_path / "b"
    merge([a, b], tmp_path / "ab")
    merge([b, a], tmp_path / "ba")
    assert load(tmp_path / "ab").order == load(tmp_path / "ba").order == ("gf2", "sq", "exhaustive")


def test_copies_of_one_store_share_their_sessions(tmp_path: Path) -> None:
    """One copy was made while the run went on: its session has no end yet."""
    source = tmp_path / "source"
    with Store(source) as store:
        store.begin_session(ENVIRONMENT)
        store.add(record(0))
        merge([source, made(tmp_path / "empty")], tmp_path / "early")
        store.add(record(1))
        store.end_session("done")
    report = merge([tmp_path / "early", source], tmp_path / "c")
    assert (report.trials, report.in_several) == (2, 1)
    assert report.sessions == 2
    with Store(tmp_path / "c", read_only=True) as store:
        assert len({glimpse.session for glimpse in store.glimpses()}) == 1
    assert set(load(tmp_path / "c").environment) == {"started", *ENVIRONMENT}


def test_an_end_goes_before_an_error_wherever_it_stands(tmp_path: Path) -> None:
    a = made(tmp_path / "a", failed(0), record(1), failed(2, message="first"))
    b = made(tmp_path / "b", record(0), failed(1), failed(2, message="second"))
    report = merge([a, b], tmp_path / "c")
    assert (report.mended, report.in_several, report.conflicts) == (2, 3, [])
    by_trial = {r.spec.trial: r for r in load(tmp_path / "c").records}
    assert same(by_trial[0], record(0))
    assert same(by_trial[1], record(1))
    assert by_trial[2].message == "first"


@pytest.mark.parametrize(
    ("other", "differences"),
    [
        (record(0, cost={"seconds": 9.0, "peak_memory": 1}, engine="torch cuda"), {}),
        (record(0, cost={"steps": 31}), {"steps": (30, 31)}),
        (record(0, cost={"samples": 63}), {"samples": (62, 63)}),
        (
            failed(0, Status.TIMEOUT, cost={"steps": 30}),
            {
                "status": ("found", "timeout"),
                "solved": (True, False),
                "support": (record(0).support, None),
            },
        ),
    ],
)
def test_only_what_should_not_depend_on_the_machine_conflicts(
    tmp_path: Path, other: Record, differences: dict[str, object]
) -> None:
    a, b = made(tmp_path / "a", record(0)), made(tmp_path / "b", other)
    report = merge([a, b], tmp_path / "c")
    found = [(c.spec, c.kept, c.other, c.differences) for c in report.conflicts]
    assert found == ([(record(0).spec, a, b, differences)] if differences else [])
    assert same(load(tmp_path / "c").records[0], record(0))


def test_how_far_two_machines_got_before_the_time_ran_out_is_no_conflict(tmp_path: Path) -> None:
    a = made(tmp_path / "a", failed(0, Status.TIMEOUT, cost={"steps": 5, "samples": 10}))
    b = made(tmp_path / "b", failed(0, Status.TIMEOUT, cost={"steps": 9, "samples": 18}))
    assert merge([a, b], tmp_path / "c").conflicts == []


def test_merging_again_changes_nothing(tmp_path: Path) -> None:
    a = made(tmp_path / "a", record(0), failed(1))
    b = made(tmp_path / "b", record(2, trace=trace()))
    merge([a, b], tmp_path / "c")
    report = merge([tmp_path / "c", a, b], tmp_path / "d")
    assert (report.sessions, report.conflicts) == (2, [])
    assert all_same(load(tmp_path / "d").records, load(tmp_path / "c").records)


def test_a_run_goes_on_in_a_merged_folder(tmp_path: Path) -> None:
    a, b = made(tmp_path / "a", record(0)), made(tmp_path / "b", record(1))
    merge([a, b], tmp_path / "c")
    with Store(tmp_path / "c") as store:
        assert store.finished() == {record(0).key, record(1).key}
        store.begin_session(ENVIRONMENT)
        store.add(record(2))
    assert len(load(tmp_path / "c")) == 3


def test_what_cannot_be_merged_is_said_and_nothing_is_made(tmp_path: Path) -> None:
    a, b = made(tmp_path / "a", record(0)), made(tmp_path / "b", record(1))
    out = tmp_path / "c"
    (tmp_path / "empty").mkdir()
    for folders, target, message in (
        ([a], out, "needs at least two folders, got 1"),
        ([a, tmp_path / "b" / ".." / "a"], out, "is named twice"),
        ([a, tmp_path / "nowhere"], out, "no results in .*nowhere"),
        ([a, tmp_path / "empty"], out, "no results in .*empty"),
        ([a, b], b, "must be none of those merged"),
        ([a, b], made(tmp_path / "full"), "must be new or empty"),
        ([a, b], tmp_path, "holds something else than results"),
    ):
        with pytest.raises(InvalidInput, match=message):
            merge(folders, target)
    assert not out.exists()


def test_a_damaged_input_leaves_no_half_of_a_store(tmp_path: Path) -> None:
    """Its trace cannot be read, which is found when half of the union is written."""
    import sqlite3

    a, b = made(tmp_path / "a", record(0)), made(tmp_path / "b", record(1, trace=trace()))
    with sqlite3.connect(b / FILE_NAME) as database:
        database.execute("UPDATE traces SET arrays = x'00'")
    database.close()
    with pytest.raises(InvalidInput, match="a trace cannot be read"):
        merge([a, b], tmp_path / "c")
    assert not (tmp_path / "c" / FILE_NAME).exists()
    merge([a, made(tmp_path / "d", record(2))], tmp_path / "c")


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on the size of files")
def test_a_full_disk_is_the_outputs_fault_and_leaves_no_half(tmp_path: Path) -> None:
    import resource

    parts = [
        made(tmp_path / name, *(record(i, trace=trace(500)) for i in range(start, start + 8)))
        for name, start in (("a", 0), ("b", 8))
    ]
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(InvalidInput, match=r"/c cannot be written: (disk I/O|database or)"):
            merge(parts, tmp_path / "c")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert not (tmp_path / "c" / FILE_NAME).exists()
    assert merge(parts, tmp_path / "c").trials == 16


def test_the_command_tells_conflicts_apart_from_the_summary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made(Path("a"), record(0), record(1))
    made(Path("b"), record(0, cost={"steps": 31}), failed(1))
    with pytest.raises(SystemExit) as end:
        main(["merge", "a", "b", "-o", "c"])
    out, err = capsys.readouterr()
    assert not end.value.code
    assert out.splitlines() == [
        "a: 2 trials",
        "b: 2 trials",
        "c: 2 trials of 2 sessions; in several folders: 2, errors mended: 1, conflicts: 1",
    ]
    assert err == (
        f"conflict: {record(0).key[:8]}, gf2, n = 30, k = 3, noise = 0, trial 0: "
        "steps 30 in a, 31 in b; kept that of a\n"
    )
    with pytest.raises(SystemExit) as end:
        main(["merge", "a", "-o", "d"])
    assert end.value.code == 2
