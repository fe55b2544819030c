"""The store: what was added is there, and is there once; who reads it, and where it may be."""

import math
import os
import shutil
import socket
import sqlite3
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from stored import ENVIRONMENT, all_same, failed, record, same, specs, ten_trials, trace

from parity_compare.algorithms.outcome import Status
from parity_compare.problems.errors import InvalidInput
from parity_compare.storage import lock, reading, schema
from parity_compare.storage.store import FILE_NAME, Store, check_folder, load


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return ten_trials(tmp_path / "r")


class TestKeeping:
    def test_a_record_comes_back_as_it_was(self, tmp_path: Path) -> None:
        records = [
            record(0, trace=trace()),
            failed(1),
            failed(2, Status.TIMEOUT, support=(1, 2), criterion="support", accuracy=0.5),
            record(3, message="ünï—code\nand lines", engine="torch cpu"),
            record(4, cost={"seconds": 1e-9, "steps": 2**62, "operations": 1e100}),
        ]
        with Store(tmp_path) as store:
            store.begin_session(ENVIRONMENT)
            for one in records:
                store.add(one)
        assert all_same(load(tmp_path).records, records)

    def test_records_keep_the_order_of_writing_and_the_newest_wins(self, tmp_path: Path) -> None:
        with Store(tmp_path) as store:
            store.begin_session(ENVIRONMENT)
            for trial in (5, 1, 3):
                store.add(failed(trial))
            store.add(record(5, trace=trace()))
            kept = store.results().records
        assert [r.spec.trial for r in kept] == [1, 3, 5]
        assert same(kept[2], record(5, trace=trace()))

    def test_a_replaced_trial_leaves_no_trace_behind(self, tmp_path: Path) -> None:
        with Store(tmp_path) as store:
            store.begin_session(ENVIRONMENT)
            store.add(record(0, trace=trace()))
            store.add(record(0))
            assert len(store.results().records[0].trace) == 0
        with sqlite3.connect(tmp_path / FILE_NAME) as database:
            assert database.execute("SELECT count(*) FROM traces").fetchone() == (0,)
        database.close()

    def test_an_error_is_tried_again_unless_told_not_to(self, tmp_path: Path) -> None:
        with Store(tmp_path) as store:
            store.begin_session(ENVIRONMENT)
            store.add(record(0))
            store.add(failed(1))
            store.add(failed(2, Status.TIMEOUT))
            keys = [spec.key for spec in specs()]
            assert store.finished() == {keys[0], keys[2]}
            assert store.finished(errors=True) == set(keys[:3])

    def test_a_setting_is_written_once(self, folder: Path) -> None:
        with sqlite3.connect(folder / FILE_NAME) as database:
            assert database.execute("SELECT count(*) FROM settings").fetchone() == (1,)
        database.close()

    def test_a_long_message_is_cut_and_a_broken_character_is_spelt_out(
        self, tmp_path: Path
    ) -> None:
        with Store(tmp_path) as store:
            store.begin_session(ENVIRONMENT)
            store.add(failed(0, message="x" * 20_000))
            store.add(failed(1, message="no such file: \udcff"))
        long, broken = (r.message for r in load(tmp_path).records)
        assert (len(long), long[-1]) == (10_000, "…")
        assert broken == "no such file: \\udcff"

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"accuracy": 1.5}, "accuracy must lie in"),
            ({"cost": {"operations": math.inf}}, "operations must lie in"),
            ({"cost": {"seconds": -1.0}}, "seconds must lie in"),
            ({"cost": {"steps": 2**63}}, "steps must be a whole number"),
            ({"support": (2, 1)}, "support must be rising coordinates in 0..29"),
            ({"support": (1, 2)}, "solved by support means that the support is the secret"),
            ({"status": "found?"}, "status must be one of found"),
            ({"timing": "single\x1b[2J"}, "timing must not have control characters"),
        ],
    )
    def test_what_no_reader_would_accept_is_not_written(
        self, folder: Path, change: dict[str, object], message: str
    ) -> None:
        with Store(folder) as store:
            store.begin_session(ENVIRONMENT)
            with pytest.raises(InvalidInput, match=message):
                store.add(record(20, **change))  # type: ignore[arg-type]
            store.add(record(21))
        assert len(load(folder)) == 11

    @pytest.mark.parametrize("learner", ["gf2", "exhaustive", "sgd"])
    def test_ten_thousand_trials_take_less_than_seven_hundred_bytes_each(
        self, tmp_path: Path, learner: str
    ) -> None:
        """Without traces; the promise to the user is 2 kB. Two thousand trials tell."""
        count = 2000
        with Store(tmp_path) as store:
            store.begin_session(ENVIRONMENT)
            for spec in specs(learner, count):
                advice = Status.TIMEOUT.advice
                store.add(replace(failed(0, Status.TIMEOUT), spec=spec, message=advice))
        assert (tmp_path / FILE_NAME).stat().st_size < 700 * count


class TestSessions:
    def test_a_session_says_what_was_planned_and_how_it_ended(self, folder: Path) -> None:
        with Store(folder, read_only=True) as store:
            session = store.session()
        assert session is not None
        assert (session.planned, session.already) == ({"gf2": 12}, {"gf2": 2})
        assert (session.pid, session.host) == (os.getpid(), socket.gethostname())
        assert (session.how, session.environment) == ("done", ENVIRONMENT)
        assert session.ended is not None
        assert session.started <= session.ended <= datetime.now(UTC)

    def test_a_session_that_has_not_ended_has_no_end(self, folder: Path) -> None:
        with Store(folder) as store:
            store.begin_session({})
            session = store.session()
        assert session is not None
        assert (session.ended, session.how) == (None, "")

    def test_an_end_has_a_known_name(self, tmp_path: Path) -> None:
        with Store(tmp_path) as store:
            store.begin_session({})
            with pytest.raises(InvalidInput, match="how must be one of done, interrupted"):
                store.end_session("gone")

    def test_glimpses_are_the_trials_from_afar(self, folder: Path) -> None:
        before = time.time() - 60
        with Store(folder, read_only=True) as store:
            seen = list(store.glimpses())
            records = store.results().records
            session = store.session()
        assert session is not None
        assert [g.spec for g in seen] == [replace(r.spec, trial=0) for r in records]
        assert [g.seconds for g in seen] == [r.cost.seconds for r in records]
        assert all(g.solved and g.status == "found" and g.session == session.id for g in seen)
        assert all(before < g.finished <= time.time() for g in seen)

    def test_an_empty_folder_has_neither(self, tmp_path: Path) -> None:
        with Store(tmp_path) as store:
            assert store.session() is None
            assert list(store.glimpses()) == []
            assert store.finished() == set()
        assert not list(tmp_path.iterdir())


class TestReaders:
    def test_reading_leaves_the_folder_as_it_is(self, folder: Path) -> None:
        def state() -> dict[str, tuple[bytes, int]]:
            return {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.iterdir()}

        before = state()
        load(folder)
        with Store(folder, read_only=True) as store:
            store.results()
            list(store.glimpses())
            assert state() == before
        assert state() == before

    def test_readers_see_what_a_writer_has_finished_and_do_not_stop_it(self, folder: Path) -> None:
        with Store(folder) as writer, Store(folder, read_only=True) as early:
            writer.begin_session(ENVIRONMENT)
            for trial in range(10, 20):
                writer.add(record(trial))
                with Store(folder, read_only=True) as reader:
                    assert len(reader.results()) == trial + 1
            assert len(early.results()) in (10, 20)  # opened when nobody wrote
        with Store(folder, read_only=True) as reader:
            assert len(reader.results()) == 20

    def test_a_reader_notices_that_the_file_was_rewritten_under_it(self, folder: Path) -> None:
        """It was opened while nobody wrote, so SQLite reads it without any lock."""
        with Store(folder, read_only=True) as reader:
            with Store(folder) as writer:
                writer.begin_session(ENVIRONMENT)
                for trial in range(10, 200):
                    writer.add(record(trial))
            assert all_same(reader.results().records, [record(i) for i in range(200)])

    def test_the_log_of_a_killed_writer_is_read_from_read_only_media(
        self, folder: Path, tmp_path: Path
    ) -> None:
        with Store(folder) as writer:
            writer.begin_session(ENVIRONMENT)
            writer.add(record(10))
            media = tmp_path / "media"
            media.mkdir()
            for ending in ("", "-wal"):
                shutil.copy(folder / (FILE_NAME + ending), media)
        # Root may write to a folder of any mode, so what SQLite does after it fails is called.
        connection = reading._copied(media / FILE_NAME)
        assert connection.execute("SELECT count(*) FROM trials").fetchone() == (11,)
        connection.close()
        assert sorted(p.name for p in media.iterdir()) == [FILE_NAME, FILE_NAME + "-wal"]
        assert len(load(media)) == 11


class TestFolders:
    def test_what_a_killed_maker_leaves_counts_as_nothing(self, tmp_path: Path) -> None:
        for name in (*schema.leftovers(Path(FILE_NAME)), lock.FILE_NAME):
            (tmp_path / name).write_bytes(b"half")
        assert not check_folder(tmp_path)
        with Store(tmp_path) as store:
            store.begin_session(ENVIRONMENT)
            store.add(record(0))
        assert {p.name for p in tmp_path.iterdir()} == {FILE_NAME, lock.FILE_NAME}

    def test_a_store_that_is_a_link_is_refused(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "s").mkdir()
        (tmp_path / "s" / FILE_NAME).symlink_to(folder / FILE_NAME)
        for attempt in (load, Store):
            with pytest.raises(InvalidInput, match="must be a file of its own, it is a link"):
                attempt(tmp_path / "s")

    def test_a_rollback_journal_is_not_followed(self, folder: Path) -> None:
        """It may name a file that SQLite then deletes; our stores have none."""
        (folder / (FILE_NAME + "-journal")).write_bytes(b"anything")
        for attempt in (load, Store):
            with pytest.raises(InvalidInput, match="must not be there: another program wrote"):
                attempt(folder)

    def test_damage_is_named_and_left_alone(self, folder: Path) -> None:
        path = folder / FILE_NAME
        content = bytearray(path.read_bytes())
        content[4096 * 2 : 4096 * 2 + 400] = bytes(400)
        path.write_bytes(content)
        for attempt in (load, Store):
            with pytest.raises(
                InvalidInput, match=r"is damaged .* merge other copies .* \.recover"
            ):
                attempt(folder)
        assert path.read_bytes() == content

    def test_a_trial_of_no_session_is_damage(self, folder: Path) -> None:
        with sqlite3.connect(folder / FILE_NAME) as database:
            database.execute("PRAGMA foreign_keys = OFF")
            database.execute("DELETE FROM sessions")
        database.close()
        with pytest.raises(InvalidInput, match="row 1 of trials refers to a missing sessions"):
            load(folder)


def test_all_trials_come_with_the_order_in_which_their_contestants_were_planned(
    tmp_path: Path,
) -> None:
    """Trials are run, and so stored, in a shuffled order."""
    with Store(tmp_path) as store:
        store.begin_session(ENVIRONMENT, planned={"sq": 9, "gf2": 9})
        store.add(record(0, "gf2"))
        store.end_session("interrupted")
        store.begin_session(ENVIRONMENT, planned={"gf2": 9, "sgd on cuda": 9, "sq": 9})
        store.add(record(1, "gf2"))
    assert load(tmp_path).order == ("sq", "gf2", "sgd on cuda")
    with Store(tmp_path, read_only=True) as store:
        # Whoever asks for certain trials gets them in the order of asking.
        assert store.results([record(1, "gf2").key]).order == ()
