"""The store and its processes: one writer, and nothing lost whenever one is killed."""

import random
import sys
import time
from pathlib import Path

import pytest
from children import Child, add_all, begin_and_wait, fill_the_disk, make_and_die
from stored import ENVIRONMENT, all_same, record, ten_trials, trace

from parity_compare.problems.errors import InvalidInput
from parity_compare.storage import lock
from parity_compare.storage.store import FILE_NAME, Store, check_folder, load


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return ten_trials(tmp_path / "r")


class TestLock:
    def test_one_process_writes_at_a_time(self, folder: Path) -> None:
        with Store(folder) as first:
            first.begin_session(ENVIRONMENT)
            assert lock.is_held(folder)
            with Store(folder) as second:
                with pytest.raises(InvalidInput, match=f"another process is writing to {folder}"):
                    second.begin_session(ENVIRONMENT)
                assert len(second.results()) == 10
            first.add(record(10))
        assert not lock.is_held(folder)
        with Store(folder) as third:
            third.begin_session(ENVIRONMENT)

    def test_a_killed_process_locks_nobody_out(self, folder: Path) -> None:
        child = Child(begin_and_wait, folder)
        assert child.report() == "ready"
        assert lock.is_held(folder)
        child.kill()
        with Store(folder) as store:
            store.begin_session(ENVIRONMENT)
            store.add(record(10))

    def test_a_lock_that_is_a_link_is_not_followed(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.tex").write_text("dear")
        (tmp_path / "r").mkdir()
        (tmp_path / "r" / lock.FILE_NAME).symlink_to(tmp_path / "thesis.tex")
        with Store(tmp_path / "r") as store, pytest.raises(InvalidInput, match="it is a link"):
            store.begin_session({})
        assert (tmp_path / "thesis.tex").read_text() == "dear"


class TestCrashes:
    def test_what_was_added_outlives_kills_at_random_moments(self, tmp_path: Path) -> None:
        """After each of twenty kills the store is read, and the next process goes on in it."""
        rng = random.Random(5)
        first = 0
        for _ in range(20):
            child = Child(add_all, tmp_path, first)
            assert child.report() == "begun"
            reports = [child.report() for _ in range(rng.randrange(8))]
            time.sleep(rng.random() * 3e-3)  # wherever it is by then
            reports += child.kill()
            kept = [r.spec.trial for r in load(tmp_path).records]
            assert reports == list(range(first, first + len(reports)))
            # The one that was being written may have come through without being reported.
            assert len(kept) - first - len(reports) in (0, 1)
            assert kept == list(range(len(kept)))
            first = len(kept)
        assert all_same(load(tmp_path).records, [record(i) for i in range(first)])

    def test_a_store_is_made_whole_or_not_at_all(self, tmp_path: Path) -> None:
        """Killed before every step that it takes to make one, each time in a new folder."""
        moment, reports = 0, [""]
        while reports != ["survived"]:
            folder = tmp_path / str(moment)
            reports = Child(make_and_die, folder, moment).rest()
            if check_folder(folder):
                assert len(load(folder)) == 0
            with Store(folder) as store:
                store.begin_session(ENVIRONMENT)
                store.add(record(0))
            assert len(load(folder)) == 1
            assert {p.name for p in folder.iterdir()} == {FILE_NAME, lock.FILE_NAME}
            moment += 1
        assert moment > 5

    @pytest.mark.parametrize("seed", range(2))
    def test_a_log_cut_off_anywhere_keeps_a_prefix(self, tmp_path: Path, seed: int) -> None:
        """A power cut: the newest part of the log did not reach the disk."""
        source, boundaries = tmp_path / "source", []
        with Store(source) as store:
            store.begin_session(ENVIRONMENT)
            log = source / (FILE_NAME + "-wal")
            for trial in range(30):
                store.add(record(trial, trace=trace()))
                boundaries.append(log.stat().st_size)
            base, whole = (source / FILE_NAME).read_bytes(), log.read_bytes()
        rng = random.Random(seed)
        inside = [rng.randrange(boundaries[0], len(whole)) for _ in range(16)]
        for number, size in enumerate([*inside, *boundaries[seed::6]]):
            copy = tmp_path / str(number)
            copy.mkdir()
            (copy / FILE_NAME).write_bytes(base)
            (copy / (FILE_NAME + "-wal")).write_bytes(whole[:size])
            complete = sum(boundary <= size for boundary in boundaries)
            if number % 2:
                kept = load(copy).records
            else:  # a writer recovers the log, a reader only looks into it
                with Store(copy) as store:
                    kept = store.results().records
                    store.begin_session(ENVIRONMENT)
                    store.add(record(100))
                assert len(load(copy)) == complete + 1
            assert all_same(kept, [record(i, trace=trace()) for i in range(complete)])

    @pytest.mark.skipif(sys.platform == "win32", reason="no limits on the size of files")
    def test_a_full_disk_loses_nothing_that_was_added(self, tmp_path: Path) -> None:
        *added, complaint = Child(fill_the_disk, tmp_path).rest()
        assert complaint in ("disk I/O error", "database or disk is full")
        assert 5 < len(added) < 200
        expected = [record(i, trace=trace()) for i in range(len(added))]
        assert all_same(load(tmp_path).records, expected)
        with Store(tmp_path) as store:
            store.begin_session(ENVIRONMENT)
            store.add(record(199))
        assert len(load(tmp_path)) == len(added) + 1
