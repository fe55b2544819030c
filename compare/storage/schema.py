"""The store's file: its schema and versions, how it is made, brought up to date and checked."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

from parity_compare.problems.errors import InvalidInput
from parity_compare.storage.migrations import CREATED, STEPS

APPLICATION_ID = 0x70617269  # "pari": tells our files from other programs' SQLite files
VERSION = max(CREATED)
BUSY_SECONDS = 30.0
"""How long a connection waits for another's transaction, which takes milliseconds."""

COMPANIONS = ("-journal", "-wal", "-shm")
"""What SQLite adds to a database's name for its own files beside it."""
_NEW = ".new"
"""What we add to a store's name while it is made."""
_MACHINES_FAULTS = (
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
)  # fmt: skip


def connect(path: Path | None, mode: str = "rw", *, immutable: bool = False) -> sqlite3.Connection:
    """Open a database without trusting it; transactions are begun by hand.

    Args:
        path: the file, None for a database in memory.
        mode: SQLite's ``ro``, ``rw`` or ``rwc``.
        immutable: whether SQLite may take for granted that nobody writes the file meanwhile; it
            then needs no files beside it.
    """
    if path is None:
        address = "file::memory:"
    else:
        fixed = "&immutable=1" if immutable else ""
        address = f"{path.absolute().as_uri()}?mode={mode}{fixed}"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=BUSY_SECONDS)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """All that is done inside, or nothing; ``DEFERRED`` shows readers one unchanging state."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk makes SQLite roll back by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def create(connection: sqlite3.Connection) -> None:
    """Lay out an empty store of the present version."""
    with transaction(connection):
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        for statement in CREATED[VERSION]:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")


@contextmanager
def made_aside(
    path: Path, copied: sqlite3.Connection | None = None
) -> Iterator[sqlite3.Connection]:
    """A new store to fill; it appears at ``path`` when the block ends, whole or not at all.

    The caller holds the folder's lock. What an earlier process left behind half made is removed.

    Args:
        path: where it will be.
        copied: a store that it shall be a copy of; empty by default.
    """
    aside = path.with_name(path.name + _NEW)
    _remove(aside)
    connection = connect(aside, "rwc")
    try:
        if copied is None:
            create(connection)
        else:
            copied.backup(connection)
        connection.execute("PRAGMA journal_mode = WAL")
        yield connection
        connection.close()
        _to_disk(aside)
        os.replace(aside, path)
        _to_disk(path.parent)
    except BaseException:
        connection.close()
        _remove(aside)
        raise


def keep_log(path: Path) -> None:
    """See that a store writes ahead into a log, as ours do; other programs' copies may not.

    The caller holds the folder's lock. The store is replaced by a copy, since a change in place
    needs a rollback journal for a moment, and that is what we refuse to follow.
    """
    with path.open("rb") as file:
        header = file.read(20)
    if header[18:] != b"\x02\x02":
        with closing(connect(path)) as connection, made_aside(path, connection):
            pass


def leftovers(path: Path) -> set[str]:
    """Names of the files that a process killed while it made ``path`` may leave beside it."""
    aside = path.name + _NEW
    return {aside, *(aside + ending for ending in COMPANIONS)}


def refuse_links(path: Path) -> None:
    """Refuse a store whose files are not its own, or that SQLite would repair in an unsafe way.

    Raises:
        InvalidInput: the file or one of SQLite's beside it is a symbolic link, or there is a
            rollback journal.
    """
    for name in (path.name, *(path.name + ending for ending in COMPANIONS)):
        if path.with_name(name).is_symlink():
            raise InvalidInput(f"{path.with_name(name)} must be a file of its own, it is a link")
    journal = path.with_name(path.name + "-journal")
    if journal.exists():
        # Our stores have none. SQLite would follow it, and a forged one names files to delete.
        raise InvalidInput(
            f"{journal} must not be there: another program wrote to the store and was "
            "interrupted; if you trust it, sqlite3 rolls it back when it opens the store"
        )


def check(connection: sqlite3.Connection, path: Path) -> int:
    """Whether it is one of our stores, with our schema and undamaged; returns its version.

    Raises:
        InvalidInput: it is not.
    """
    try:
        identity = _pragma(connection, "application_id")
        version = _pragma(connection, "user_version")
        found = _schema(connection) if identity == APPLICATION_ID else set()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        if _is_database(path):
            raise unreadable(path, error) from None
        raise InvalidInput(f"{path} is not a results store: {error}") from None
    if identity != APPLICATION_ID:
        raise InvalidInput(f"{path} is not a results store (its application id is {identity})")
    if version not in CREATED:
        raise InvalidInput(
            f"{path} is not a results store of schema version 1 to {VERSION} (its version is "
            f"{version}); a newer parity-compare may read it"
        )
    if found not in _known_schemas(version):
        raise InvalidInput(
            f"{path} is not a results store: its tables are not those of schema version {version}"
        )
    _check_integrity(connection, path)
    return version


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring a checked store to the present version, each version in one transaction.

    Raises:
        InvalidInput: a value in it cannot be carried over; the store stays as it was.
    """
    connection.execute("PRAGMA foreign_keys = OFF")  # tables are replaced; checked afterwards
    try:
        while (version := _pragma(connection, "user_version")) < VERSION:
            with transaction(connection):
                if _pragma(connection, "user_version") == version:  # nobody has done it meanwhile
                    STEPS[version](connection)
                    connection.execute(f"PRAGMA user_version = {version + 1}")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise damaged(path, error) from None
    except sqlite3.Error as error:
        if _is_machines_fault(error):
            raise
        raise damaged(path, error) from None
    finally:
        connection.execute("PRAGMA foreign_keys = ON")
    _check_integrity(connection, path)


def unreadable(path: Path | None, error: Exception) -> InvalidInput:
    """The error for a store whose reading failed: its own fault, or the machine's."""
    if isinstance(error, sqlite3.Error) and _is_machines_fault(error):
        return InvalidInput(f"{path or 'the store'} cannot be read: {error}")
    return damaged(path, error)


def damaged(path: Path | None, what: object) -> InvalidInput:
    """The error for a store that cannot be read: what is wrong, and what may be done."""
    return InvalidInput(
        f"{path or 'the store'} is damaged ({' '.join(str(what).split())}); it was left as it is. "
        "Keep a copy; merge other copies of it with 'parity-compare merge', or save what can be "
        "read with 'sqlite3 results.sqlite .recover'"
    )


def _is_machines_fault(error: sqlite3.Error) -> bool:
    """Whether the disk, the memory or another process is to blame, and not the file's content."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & 0xFF in _MACHINES_FAULTS  # the higher bits tell particulars


def _check_integrity(connection: sqlite3.Connection, path: Path) -> None:
    try:
        faults = [str(fault) for (fault,) in connection.execute("PRAGMA quick_check(3)")]
        orphan = connection.execute("PRAGMA foreign_key_check").fetchone()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise unreadable(path, error) from None
    if faults != ["ok"]:
        raise damaged(path, faults[0])
    if orphan is not None:
        raise damaged(path, f"row {orphan[1]} of {orphan[0]} refers to a missing {orphan[2]}")


@cache
def _known_schemas(version: int) -> list[set[tuple[str, ...]]]:
    """The layouts that a store of this version may have: made as such, or migrated to it."""
    layouts = []
    for beginning in range(1, version + 1):
        with closing(connect(None)) as connection:
            for statement in CREATED[beginning]:
                connection.execute(statement)
            for step in range(beginning, version):
                STEPS[step](connection)
            layouts.append(_schema(connection))
    return layouts


def _schema(connection: sqlite3.Connection) -> set[tuple[str, ...]]:
    """Everything that the database defines: kind, name, table and text, blanks evened out."""
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master")
    return {tuple(" ".join(str(value).split()) for value in row) for row in rows}


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def _remove(aside: Path) -> None:
    for ending in ("", *COMPANIONS):
        aside.with_name(aside.name + ending).unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    """Have the system write a file or folder out; Windows knows no such thing for folders."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
