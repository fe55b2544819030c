"""Opening stores and reading what is in them, also while somebody writes and without trust."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Set
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from parity_compare import checks, rows, schema, traces
from parity_compare.algorithms.outcome import Trace
from parity_compare.lock import FolderLock
from parity_compare.problems.errors import InvalidInput
from parity_compare.results import Record
from parity_compare.rows import Glimpse, Session, Setting
from parity_compare.spec import TrialSpec

T = TypeVar("T")

_ATTEMPTS = 10
_UNPACKED_FREELY = 2**30
_UNPACKED_RATIO = 100
# The traces of a store may unpack to a gibibyte, or to a hundred times their size on disk: several
# times what real ones do, while an archive made to fill the memory claims a thousand times.

_State = tuple[int, int, int]


@dataclass(frozen=True)
class Stored:
    """A trial as it was stored: its key, the record, its session's number, the Unix time."""

    key: str
    record: Record
    session: int
    finished: float


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

    def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """What ``query`` makes of one unchanging state of the store.

        Raises:
            InvalidInput: the store cannot be read, or holds values that are none of ours.
        """
        for _ in range(_ATTEMPTS):
            try:
                with schema.transaction(self.connection, "DEFERRED"):
                    found = query(self.connection)
            except (
                InvalidInput,
                sqlite3.Error,
                ArithmeticError,
                UnicodeError,
                RecursionError,
            ) as e:
                fault = e if isinstance(e, InvalidInput) else schema.unreadable(self.path, e)
                if self._untouched():
                    raise fault from None
            else:
                if self._untouched():
                    return found
            # Somebody began to write after we had seen that nobody did: read again.
            assert self.path is not None
            self.connection.close()
            fresh = open_to_read(self.path)
            self.connection, self._state = fresh.connection, fresh._state
        raise InvalidInput(f"{self.path} is changed too often to be read")

    def _untouched(self) -> bool:
        return self._state is None or self.path is None or self._state == _state(self.path)


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


def records(connection: sqlite3.Connection, keys: Set[str] | None = None) -> Iterator[Stored]:
    """Trials in the order of writing.

    Args:
        connection: to a store.
        keys: which trials, None for all.

    Raises:
        InvalidInput: a value is none of ours.
    """
    settings = _Settings(connection)
    allowance = _Allowance()
    for row in _select(connection, "SELECT * FROM trials ORDER BY id"):
        if keys is not None and hexadecimal(row["key"]) not in keys:
            continue
        try:
            spec = settings.spec(row)
            trace = _trace(connection, row["id"], allowance)
            record = rows.to_record(spec, row, trace)
            key, seen = hexadecimal(row["key"]), rows.to_glimpse(spec, row)
        except InvalidInput as error:
            raise InvalidInput(f"trial {row['id']} of the store: {error}") from None
        yield Stored(key, record, seen.session, seen.finished)


def glimpses(connection: sqlite3.Connection) -> Iterator[Glimpse]:
    """All trials in the order of writing, from afar."""
    settings = _Settings(connection)
    names = "id, key, setting, trial, session, finished, status, solved, seconds"
    for row in _select(connection, f"SELECT {names} FROM trials ORDER BY id"):
        try:
            glimpse = rows.to_glimpse(settings.spec(row), row)
        except InvalidInput as error:
            raise InvalidInput(f"trial {row['id']} of the store: {error}") from None
        yield glimpse


def sessions(connection: sqlite3.Connection) -> dict[int, Session]:
    """The sessions by number, oldest first."""
    found = map(rows.to_session, _select(connection, "SELECT * FROM sessions ORDER BY id"))
    return {session.id: session for session in found}


def hexadecimal(key: object) -> str:
    """A key as it is written elsewhere."""
    if not isinstance(key, bytes) or len(key) != 32:
        raise InvalidInput(f"a key must be 32 bytes, got {checks.short(key)}")
    return key.hex()


class _Settings:
    """The store's settings, each read and checked when it is first met."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: dict[object, Setting] = {}

    def spec(self, row: rows.Row) -> TrialSpec:
        """The spec of a trial's row."""
        number = row["setting"]
        if number not in self._known:
            query = "SELECT spec FROM settings WHERE id = ?"
            (text,) = self._connection.execute(query, (number,)).fetchone()
            self._known[number] = Setting(text)
        return self._known[number].spec(row["trial"], row["key"])


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


def _trace(connection: sqlite3.Connection, trial: int, allowance: _Allowance) -> Trace:
    query = "SELECT arrays FROM traces WHERE trial = ?"
    found = connection.execute(query, (trial,)).fetchone()
    if found is None:
        return Trace()
    (blob,) = found
    if not isinstance(blob, bytes):
        raise InvalidInput(f"a trace must be bytes, got {checks.short(blob)}")
    allowance.spend(blob)
    return traces.unpack(blob)


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
