"""Opening stores and reading what is in them, also while somebody writes and without trust."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Set
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from parity_compare.algorithms.outcome import Trace
from parity_compare.problems.errors import InvalidInput
from parity_compare.results import Record
from parity_compare.spec import TrialSpec
from parity_compare.storage import checks, rows, schema, traces
from parity_compare.storage.lock import FolderLock
from parity_compare.storage.rows import Glimpse, Session, Setting

T = TypeVar("T")

_ATTEMPTS = 10
_FAULTS = (ArithmeticError, UnicodeError, RecursionError, MemoryError)
# What Python raises, besides SQLite's own errors, at values that no store of ours holds.
_NO_TRACE = Trace()
_UNPACKED_FREELY = 2**30
_UNPACKED_RATIO = 100
# The traces of a store may unpack to a gibibyte, or to a hundred times their size on disk: several
# times what real ones do, while an archive made to fill the memory claims a thousand times.

_State = tuple[int, int, int]


@dataclass(frozen=True)
class Stored:
    """A trial as it was stored: its number and key, the record, its session, the Unix time."""

    number: int
    key: str
    record: Record
    session: int
    finished: float


class Changed(Exception):
    """Somebody began to write to a store that was being read as if nobody did."""


class Source:
    """An open store.

    Args:
        connection: to a store of the present schema version, checked.
        path: its file, None in memory.
        state: for a connection that takes for granted that nobody writes: what the file was like.
    """

    def __init__(
        self, connection: sqlite3.Connection, path: Path | None, state: _State | None = None
    ) -> None:
        self.connection = connection
        self.path = path
        self._state = state

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    @contextmanager
    def unchanging(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state of the store, whatever is written meanwhile.

        Raises:
            InvalidInput: the store cannot be read, or holds values that are none of ours.
            Changed: the file was written to, although nobody wrote when it was opened.
        """
        try:
            with schema.transaction(self.connection, "DEFERRED"):
                yield self.connection
        except (InvalidInput, sqlite3.Error, *_FAULTS) as fault:
            if self._changed():
                raise Changed from None
            if isinstance(fault, InvalidInput):
                raise
            raise schema.unreadable(self.path, fault) from None
        if self._changed():
            raise Changed

    def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """What ``query`` makes of one state of the store.

        Raises:
            InvalidInput: the store cannot be read, or holds values that are none of ours.
        """
        for _ in range(_ATTEMPTS):
            try:
                with self.unchanging() as connection:
                    return query(connection)
            except Changed:
                assert self.path is not None, "nobody else writes to memory"
                self.connection.close()
                fresh = open_to_read(self.path)
                self.connection, self._state = fresh.connection, fresh._state
        raise InvalidInput(f"{self.path} is changed too often to be read")

    def _changed(self) -> bool:
        if self.path is None or self._state is None:
            return False
        return self._state != _state(self.path)


def open_to_write(path: Path, lock: FolderLock) -> Source:
    """Open a store for writing; one of an older schema is brought up to date under the lock.

    Raises:
        InvalidInput: it is no store, or is damaged, or has to be brought up to date while another
            process writes.
    """
    schema.refuse_links(path)
    connection = schema.connect(path)
    try:
        if schema.check(connection, path) < schema.VERSION:
            with lock:
                connection.close()
                schema.keep_log(path)
                connection = schema.connect(path)
                schema.migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return Source(connection, path)


def open_to_read(path: Path) -> Source:
    """Open a store and leave its folder as it is; an older one is brought up to date in memory.

    While nobody writes, SQLite is told so and needs no files of its own. While somebody does, the
    reader joins the writer's.

    Raises:
        InvalidInput: it is no store, or is damaged.
    """
    for _ in range(_ATTEMPTS):
        schema.refuse_links(path)
        state = _state(path)
        log = path.with_name(path.name + "-wal")
        quiet = not log.exists() or log.stat().st_size == 0
        connection = schema.connect(path, "ro", immutable=True) if quiet else _join(path)
        try:
            if schema.check(connection, path) < schema.VERSION:
                connection = _in_memory(connection)
                schema.migrate(connection, path)
        except InvalidInput:
            connection.close()
            if quiet and state != _state(path):
                continue  # what looked like damage was somebody's writing
            raise
        return Source(connection, path, state if quiet else None)
    raise InvalidInput(f"{path} is changed too often to be read")


class Reader:
    """Reads the trials of an open store; every setting is read and checked once.

    Args:
        connection: to a store of the present schema version.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._settings: dict[object, Setting] = {}
        self._allowance = _Allowance()

    def records(
        self, keys: Set[str] | None = None, *, with_traces: bool = True
    ) -> Iterator[Stored]:
        """Trials in the order of writing.

        Args:
            keys: which, None for all.
            with_traces: whether their traces are read too.

        Raises:
            InvalidInput: a value is none of ours.
        """
        for row in self._rows("*", "ORDER BY id"):
            try:
                if keys is not None and hexadecimal(row["key"]) not in keys:
                    continue
                stored = self._stored(row, with_traces)
            except InvalidInput as error:
                raise _named("trial", row["id"], error) from None
            yield stored

    def record(self, number: int) -> Stored:
        """The trial with this number."""
        (row,) = self._rows("*", f"WHERE id = {number:d}")
        with _naming("trial", row["id"]):
            return self._stored(row, with_traces=True)

    def traced(self) -> set[int]:
        """Numbers of the trials that have a trace, none of which is looked at."""
        return {number for (number,) in self._connection.execute("SELECT trial FROM traces")}

    def glimpses(self) -> Iterator[Glimpse]:
        """All trials in the order of writing, from afar: without a look at their keys."""
        names = "id, setting, status, solved, seconds, finished, session"
        for number, setting, *values in self._connection.execute(
            f"SELECT {names} FROM trials ORDER BY id"
        ):
            try:
                glimpse = rows.to_glimpse(self._setting(setting), *values)
            except InvalidInput as error:
                raise _named("trial", number, error) from None
            yield glimpse

    def _stored(self, row: rows.Row, with_traces: bool) -> Stored:
        spec = self._spec(row)
        trace = self._trace(row["id"]) if with_traces else _NO_TRACE
        return Stored(
            row["id"],
            hexadecimal(row["key"]),
            rows.to_record(spec, row, trace),
            rows.session_number(row["session"]),
            rows.finish_time(row["finished"]),
        )

    def _rows(self, names: str, which: str) -> Iterator[rows.Row]:
        return _select(self._connection, f"SELECT {names} FROM trials {which}")

    def _spec(self, row: rows.Row) -> TrialSpec:
        return self._setting(row["setting"]).spec(row["trial"], row["key"])

    def _setting(self, number: object) -> Setting:
        setting = self._settings.get(number)
        if setting is None:
            query = "SELECT spec FROM settings WHERE id = ?"
            (text,) = self._connection.execute(query, (number,)).fetchone()
            setting = self._settings[number] = Setting(text)
        return setting

    def _trace(self, trial: int) -> Trace:
        query = "SELECT arrays FROM traces WHERE trial = ?"
        found = self._connection.execute(query, (trial,)).fetchone()
        if found is None:
            return _NO_TRACE
        (blob,) = found
        if not isinstance(blob, bytes):
            raise InvalidInput(f"a trace must be bytes, got {checks.short(blob)}")
        self._allowance.spend(blob)
        return traces.unpack(blob)


def sessions(connection: sqlite3.Connection) -> dict[int, Session]:
    """The sessions by number, oldest first."""
    found = {}
    for row in _select(connection, "SELECT * FROM sessions ORDER BY id"):
        with _naming("session", row["id"]):
            session = rows.to_session(row)
        found[session.id] = session
    return found


def hexadecimal(key: object) -> str:
    """A key as it is written elsewhere."""
    if not isinstance(key, bytes) or len(key) != 32:
        raise InvalidInput(f"a key must be 32 bytes, got {checks.short(key)}")
    return key.hex()


class _Allowance:
    """Holds what all traces together unpack to within a measure of their size on disk."""

    def __init__(self) -> None:
        self._packed = 0
        self._unpacked = 0

    def spend(self, blob: bytes) -> None:
        """Count a trace before it is unpacked."""
        self._packed += len(blob)
        self._unpacked += traces.unpacked_size(blob)
        if self._unpacked > max(_UNPACKED_FREELY, _UNPACKED_RATIO * self._packed):
            raise InvalidInput(
                f"the traces must unpack to at most {_UNPACKED_FREELY} bytes or {_UNPACKED_RATIO} "
                f"times their size, got {self._unpacked} from {self._packed}"
            )


@contextmanager
def _naming(what: str, number: object) -> Iterator[None]:
    """Have errors say which row they are about."""
    try:
        yield
    except InvalidInput as error:
        raise _named(what, number, error) from None


def _named(what: str, number: object, error: InvalidInput) -> InvalidInput:
    return InvalidInput(f"{what} {number} of the store: {error}")


def _select(connection: sqlite3.Connection, query: str) -> Iterator[rows.Row]:
    """Rows by the names of their columns."""
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    for values in cursor:
        yield dict(zip(names, values, strict=True))


def _state(path: Path) -> _State:
    """What changes when a file is written or replaced."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _join(path: Path) -> sqlite3.Connection:
    """A connection that reads the file together with the log of a process that writes or wrote."""
    connection = schema.connect(path, "ro")
    try:
        connection.execute("SELECT 1 FROM sqlite_master")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            return connection  # whatever it is, the check finds it again and names it
        # A killed process left a log where nothing may be written beside it: read-only media.
        connection.close()
        return _copied(path)
    except sqlite3.Error:
        pass
    return connection


def _copied(path: Path) -> sqlite3.Connection:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        for ending in ("", "-wal"):
            shutil.copyfile(path.with_name(path.name + ending), copy.with_name(copy.name + ending))
        connection = schema.connect(copy, "rw")
        try:
            return _in_memory(connection)
        finally:
            connection.close()


def _in_memory(source: sqlite3.Connection) -> sqlite3.Connection:
    """A copy that may be changed; the source is closed."""
    with closing(source):
        copy = schema.connect(None)
        source.backup(copy)
    return copy
