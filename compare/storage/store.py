"""Trials on disk: one SQLite file per folder, one transaction per trial, nothing executable."""

from __future__ import annotations

import hashlib
import math
import os
import socket
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from parity_compare.algorithms.outcome import Status
from parity_compare.problems.errors import InvalidInput, RunFailed
from parity_compare.results import Record, Results
from parity_compare.storage import reading, rows, schema, traces
from parity_compare.storage.lock import FILE_NAME as LOCK_NAME
from parity_compare.storage.lock import FolderLock
from parity_compare.storage.rows import Glimpse, Session

FORCED = "forced"
"""What the environment of a session says if it runs all trials again."""
FILE_NAME = "results.sqlite"
_SYNC_SECONDS = 0.25
# Waiting for a disk takes some 4 ms, all else about a trial 0.3 ms. A trial that is so short that
# many end within this time is soon run again; a long one is on the disk when ``add`` returns.

T = TypeVar("T")


class Store:
    """The trials of one folder, or of this process's memory if ``folder`` is None.

    A folder that does not exist is made when the first session begins. One process writes at a
    time; any number may read meanwhile. Results come from strangers: nothing in a file is executed,
    no learner is looked up, and every value is checked when it is read.

    Args:
        folder: where the file is, None for memory.
        read_only: whether to leave the folder exactly as it is. Nothing is locked, a store of an
            older schema is brought up to date in memory, and read-only media will do.

    Raises:
        InvalidInput: the folder holds something else than a store and its reports, or a store that
            is damaged, tampered with or of a later schema.
    """

    def __init__(self, folder: Path | None, *, read_only: bool = False) -> None:
        self.folder = folder
        self.read_only = read_only
        self._lock = None if folder is None or read_only else FolderLock(folder)
        self._writing = False
        self._synced = -math.inf
        self._session: int | None = None
        self._inode: int | None = None
        self._settings: dict[bytes, int] = {}
        self._source: reading.Source | None = None
        if folder is None:
            connection = schema.connect(None)
            schema.create(connection)
            self._source = reading.Source(connection, None)
        elif check_folder(folder):
            path = folder / FILE_NAME
            if self._lock is None:
                self._source = reading.open_to_read(path)
            else:
                self._source = reading.open_to_write(path, self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file and let others write; a second call does nothing."""
        if self._source is not None:
            self._source.close()
            self._source = None
        if self._writing and self._lock is not None:
            self._lock.release()
            self._writing = False

    def finished(self, *, errors: bool = False, force: bool = False) -> set[str]:
        """Keys of the trials that need not be run again.

        Args:
            errors: whether trials that ended in ``error`` are among them.
            force: whether all are to be run again; then none are, or those that such a run has
                come to already if it was interrupted.
        """

        def keys(connection: sqlite3.Connection) -> set[str]:
            since = _forced_since(reading.sessions(connection).values()) if force else 0
            if since is None:
                return set()
            found = connection.execute(
                "SELECT key FROM trials WHERE session >= ? AND status != ?",
                (since, "" if errors else str(Status.ERROR)),
            )
            return {reading.hexadecimal(key) for (key,) in found}

        return self._read(keys, set())

    def begin_session(
        self,
        environment: Mapping[str, str],
        *,
        planned: Mapping[str, int] | None = None,
        already: Mapping[str, int] | None = None,
    ) -> None:
        """Record where the trials that follow are run; makes the folder and the file if need be.

        From here until :meth:`close`, no other process can write to the folder.

        Args:
            environment: versions, processor, threads.
            planned: trials of the experiment, by contestant.
            already: how many of them are there already, by contestant.

        Raises:
            InvalidInput: another process is writing to the folder.
        """
        assert not self.read_only, "a store that is open for reading has no sessions"
        if self.folder is not None and self._lock is not None:
            self._source = self._prepare_to_write(self.folder, self._lock)
        assert self._source is not None
        connection = self._source.connection
        session = Session(
            id=0,
            started=datetime.now(UTC),
            ended=None,
            how="",
            planned=dict(planned or {}),
            already=dict(already or {}),
            pid=os.getpid(),
            host=socket.gethostname(),
            environment=dict(environment),
        )
        with schema.transaction(connection):
            self._session = insert(connection, "sessions", rows.session_row(session))

    def _prepare_to_write(self, folder: Path, lock: FolderLock) -> reading.Source:
        """Keep others from writing, and open the store, which is made if there is none."""
        if self._writing and self._source is not None:
            return self._source
        folder.mkdir(parents=True, exist_ok=True)
        if not self._writing:
            lock.acquire()
            self._writing = True
        if self._source is not None:
            # Before we had the lock, somebody may have put another file in this one's place.
            self._source.close()
        path = folder / FILE_NAME
        if check_folder(folder):
            schema.keep_log(path)
        else:
            with schema.made_aside(path):
                pass
        return reading.open_to_write(path, lock)

    def end_session(self, how: str) -> None:
        """Record that the session has ended, and how: one of :data:`rows.ENDS`."""
        if how not in rows.ENDS:
            raise InvalidInput(f"how must be one of {', '.join(rows.ENDS)}, got {how!r}")
        assert self._source is not None, "begin_session comes first"
        assert self._session is not None, "begin_session comes first"
        self._sync(always=True)
        with schema.transaction(self._source.connection):
            self._source.connection.execute(
                "UPDATE sessions SET ended = ?, how = ? WHERE id = ?",
                (datetime.now(UTC).isoformat(), how, self._session),
            )

    def add(self, record: Record) -> None:
        """Write one trial, in a transaction of its own; one of the same key is replaced.

        When this returns, the trial outlives this process, and a power cut too unless another was
        written less than a quarter of a second before: trials that are as short as that share the
        wait for the disk, which takes milliseconds.

        Raises:
            InvalidInput: the record holds a value that no reader would accept.
            sqlite3.Error: it could not be written, as on a full disk; earlier trials are kept.
        """
        assert self._source is not None, "begin_session comes first"
        assert self._session is not None, "begin_session comes first"
        self._sync()
        put(self._source.connection, record, self._session, time.time(), self._settings)

    def _sync(self, *, always: bool = False) -> None:
        """Decide whether the next transaction waits for the disk; if so, all before it are safe."""
        assert self._source is not None
        now = time.monotonic()
        full = always or now - self._synced >= _SYNC_SECONDS
        self._source.connection.execute(f"PRAGMA synchronous = {'FULL' if full else 'NORMAL'}")
        if full:
            self._check_that_it_is_there()
            self._synced = now

    def _check_that_it_is_there(self) -> None:
        """Notice that the file was removed: SQLite would write to what nobody can open again."""
        if self.folder is None:
            return
        path, found = self.folder / FILE_NAME, None
        with suppress(FileNotFoundError):
            found = path.stat().st_ino
        if self._inode is None:
            self._inode = found
        if found is None or found != self._inode:
            raise RunFailed(f"{path} was removed or replaced while it was written to")

    def results(self, keys: Iterable[str] | None = None) -> Results:
        """The trials with the given keys, in their order; without keys, all in order of writing.

        Trials are written as they end, and in a shuffled order at that; so all of them come with
        the order in which their contestants were planned.

        Raises:
            InvalidInput: the store is damaged or holds values that are none of ours.
        """
        wanted = None if keys is None else list(keys)

        def read(connection: sqlite3.Connection) -> Results:
            chosen = None if wanted is None else set(wanted)
            found = {stored.key: stored for stored in reading.Reader(connection).records(chosen)}
            order = list(found) if wanted is None else [key for key in wanted if key in found]
            ran_in = {found[key].session for key in order}
            sessions = [s for s in reading.sessions(connection).values() if s.id in ran_in]
            return Results(
                [found[key].record for key in order],
                environment_of(sessions),
                self.folder,
                order_planned(sessions) if wanted is None else (),
            )

        return self._read(read, Results([], {}, self.folder))

    def session(self) -> Session | None:
        """The newest session, None before the first."""

        def read(connection: sqlite3.Connection) -> Session | None:
            return next(reversed(reading.sessions(connection).values()), None)

        return self._read(read, None)

    def glimpses(self) -> Iterator[Glimpse]:
        """All trials in the order of writing, without what takes time to read."""
        yield from self.survey(list)

    def survey(self, look: Callable[[Iterator[Glimpse]], T]) -> T:
        """What ``look`` makes of all trials' glimpses, of which it need not keep any.

        It is called once more if somebody writes meanwhile to a store that had been at rest.
        """
        if self._source is None:
            return look(iter(()))
        return self._source.read(lambda connection: look(reading.Reader(connection).glimpses()))

    def _read(self, query: Callable[[sqlite3.Connection], T], nothing: T) -> T:
        return nothing if self._source is None else self._source.read(query)


def _forced_since(sessions: Iterable[Session]) -> int | None:
    """The first of the sessions of a run of everything again that has not come to its end."""
    since = None
    for session in sorted(sessions, key=lambda session: -session.id):
        if FORCED not in session.environment or session.how == "done":
            break
        since = session.id
    return since


def check_folder(folder: Path) -> bool:
    """Whether ``folder`` holds a store; False for one that is missing or empty.

    What a process leaves behind that was killed while it made the store counts as nothing.

    Raises:
        InvalidInput: it is a file, or holds something but no store, or a store that is a link.
    """
    if "\0" in str(folder):
        raise InvalidInput(f"output folder must be a path, got {str(folder)!r}")
    if not folder.exists():
        return False
    if not folder.is_dir():
        raise InvalidInput(f"output folder {folder} is a file")
    path = folder / FILE_NAME
    schema.refuse_links(path)
    if path.is_file():
        return True
    if {entry.name for entry in folder.iterdir()} - schema.leftovers(path) - {LOCK_NAME}:
        raise InvalidInput(
            f"output folder {folder} holds something else than results (no {FILE_NAME}); "
            "give a new or empty folder"
        )
    return False


def load(folder: str | Path) -> Results:
    """All trials of a results folder, which is left as it is.

    Raises:
        InvalidInput: there is no store in it, or one that cannot be trusted.
    """
    path = Path(folder)
    if not check_folder(path):
        raise InvalidInput(f"no results in {path}: it has no {FILE_NAME}")
    with Store(path, read_only=True) as store:
        return store.results()


def put(
    connection: sqlite3.Connection,
    record: Record,
    session: int,
    finished: float | None,
    settings: dict[bytes, int],
) -> None:
    """Write one trial in a transaction of its own; one of the same key goes.

    Args:
        connection: to a store of the present schema version.
        record: the trial.
        session: the number of its session.
        finished: Unix time, None if it is not known.
        settings: numbers of the settings met so far, by digest; grows.

    Raises:
        InvalidInput: the record holds a value that no reader would accept.
    """
    row = rows.to_row(record)
    arrays = traces.pack(record.trace)
    text = rows.setting_text(record.spec)
    digest = hashlib.sha256(text.encode()).digest()
    key = bytes.fromhex(record.key)
    with schema.transaction(connection):
        setting = settings.get(digest)
        if setting is None:
            setting = _setting(connection, digest, text)
        connection.execute("DELETE FROM trials WHERE key = ?", (key,))
        about = {"key": key, "setting": setting, "trial": record.spec.trial, "session": session}
        trial = insert(connection, "trials", {**about, "finished": finished, **row})
        if arrays:
            insert(connection, "traces", {"trial": trial, "arrays": arrays})
    settings[digest] = setting  # only now: what is rolled back has no number


def insert(connection: sqlite3.Connection, table: str, values: Mapping[str, Any]) -> int:
    """Add a row; returns its number."""
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    cursor = connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", dict(values))
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _setting(connection: sqlite3.Connection, digest: bytes, text: str) -> int:
    """The number of a setting, which is added if it is new."""
    query = "SELECT id FROM settings WHERE digest = ?"
    found = connection.execute(query, (digest,)).fetchone()
    if found is not None:
        return int(found[0])
    return insert(connection, "settings", {"digest": digest, "spec": text})


def order_planned(sessions: Iterable[Session]) -> list[str]:
    """The contestants of these sessions in the order of their plans, the earliest plan first."""
    earliest_first = sorted(sessions, key=lambda session: (session.started, session.id))
    return list(dict.fromkeys(name for session in earliest_first for name in session.planned))


def environment_of(sessions: Iterable[Session]) -> dict[str, str]:
    """Where the trials of these sessions ran; what differs between them is given in full."""
    facts: dict[str, dict[str, None]] = {}
    for session in sessions:
        described = {
            "started": session.started.isoformat(timespec="seconds"),
            **session.environment,
        }
        for name, value in described.items():
            facts.setdefault(name, {})[value] = None
    return {name: "; ".join(values) for name, values in facts.items()}
