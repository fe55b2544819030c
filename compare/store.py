"""Trials on disk: one SQLite file per folder, one transaction per trial, nothing executable."""

from __future__ import annotations

import io
import json
import math
import sqlite3
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from parity_compare.algorithms.outcome import Cost, Status, Trace
from parity_compare.problems.errors import InvalidInput
from parity_compare.results import COSTS, Record, Results
from parity_compare.spec import TrialSpec

FILE_NAME = "results.sqlite"
_APPLICATION_ID = 0x70617269  # "pari": tells our files from other programs' SQLite files
_SCHEMA_VERSION = 2
_SCHEMA = """
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    started TEXT NOT NULL,
    environment TEXT NOT NULL
);
CREATE TABLE trials (
    key TEXT PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES sessions (id),
    spec TEXT NOT NULL,
    access TEXT NOT NULL,
    side_information TEXT NOT NULL,
    timing TEXT NOT NULL,
    status TEXT NOT NULL,
    solved INTEGER NOT NULL,
    criterion TEXT NOT NULL,
    accuracy REAL,
    support TEXT,
    secret TEXT NOT NULL,
    seconds REAL NOT NULL,
    samples INTEGER NOT NULL,
    queries INTEGER NOT NULL,
    steps INTEGER NOT NULL,
    operations REAL NOT NULL,
    peak_memory INTEGER NOT NULL,
    operations_unit TEXT NOT NULL,
    message TEXT NOT NULL,
    trace BLOB NOT NULL,
    engine TEXT NOT NULL DEFAULT ''
);
"""
_MIGRATIONS = {1: "ALTER TABLE trials ADD COLUMN engine TEXT NOT NULL DEFAULT ''"}
"""What turns a store of one schema version into one of the next."""


class Store:
    """The trials of one folder, or of this process's memory if ``folder`` is None.

    A folder that does not exist is made when the first trial is written.

    Raises:
        InvalidInput: the folder holds something else than a store and its reports, or a store of
            another schema version.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._session: int | None = None
        self._database: sqlite3.Connection | None = None
        if folder is None:
            self._database = _connect(":memory:")
            self._database.executescript(_SCHEMA)
        elif check_folder(folder):
            self._database = _open(folder / FILE_NAME)

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
        """Close the file; a second call does nothing."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def finished(self) -> set[str]:
        """Keys of the trials that need not be run again: all but those that ended in ``error``."""
        if self._database is None:
            return set()
        rows = self._database.execute("SELECT key FROM trials WHERE status != ?", (Status.ERROR,))
        return {key for (key,) in rows}

    def begin_session(self, environment: Mapping[str, str]) -> None:
        """Record where the trials that follow are run; makes the folder and the file if need be."""
        if self._database is None:
            assert self.folder is not None
            self.folder.mkdir(parents=True, exist_ok=True)
            self._database = _connect(str(self.folder / FILE_NAME))
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            self._database.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
            self._database.executescript(_SCHEMA)
        with self._database:
            cursor = self._database.execute(
                "INSERT INTO sessions (started, environment) VALUES (?, ?)",
                (datetime.now(UTC).isoformat(timespec="seconds"), json.dumps(dict(environment))),
            )
        self._session = cursor.lastrowid

    def add(self, record: Record) -> None:
        """Write one trial, in a transaction of its own; one of the same key is replaced."""
        assert self._database is not None
        assert self._session is not None, "begin_session comes first"
        values = _to_row(record) | {"session": self._session}
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        with self._database:
            self._database.execute(
                f"INSERT OR REPLACE INTO trials ({names}) VALUES ({marks})", values
            )

    def results(self, keys: Iterable[str] | None = None) -> Results:
        """The trials with the given keys, in their order; without keys, all in order of writing."""
        if self._database is None:
            return Results([], {}, self.folder)
        self._database.row_factory = sqlite3.Row
        rows = list(self._database.execute("SELECT * FROM trials ORDER BY rowid"))
        records = {row["key"]: _to_record(row) for row in rows}
        wanted = list(records) if keys is None else [key for key in keys if key in records]
        sessions = {row["session"] for row in rows if row["key"] in set(wanted)}
        environment = self._environment(sessions)
        return Results([records[key] for key in wanted], environment, self.folder)

    def _environment(self, sessions: set[int]) -> dict[str, str]:
        """Where the trials of these sessions ran; what differs between them is given in full."""
        assert self._database is not None
        facts: dict[str, dict[str, None]] = {}
        for row in self._database.execute("SELECT * FROM sessions ORDER BY id"):
            if row["id"] in sessions:
                described = {"started": row["started"], **json.loads(row["environment"])}
                for name, value in described.items():
                    facts.setdefault(str(name), {})[str(value)] = None
        return {name: "; ".join(values) for name, values in facts.items()}


def check_folder(folder: Path) -> bool:
    """Whether ``folder`` holds a store; False for one that is missing or empty.

    Raises:
        InvalidInput: it is a file, or holds something but no store.
    """
    if not folder.exists():
        return False
    if not folder.is_dir():
        raise InvalidInput(f"output folder {folder} is a file")
    if (folder / FILE_NAME).is_file():
        return True
    if any(folder.iterdir()):
        raise InvalidInput(
            f"output folder {folder} holds something else than results (no {FILE_NAME}); "
            "give a new or empty folder"
        )
    return False


def load(folder: str | Path) -> Results:
    """All trials of a results folder.

    Raises:
        InvalidInput: there is no store in it.
    """
    path = Path(folder)
    if not check_folder(path):
        raise InvalidInput(f"no results in {path}: it has no {FILE_NAME}")
    with Store(path) as store:
        return store.results()


def _connect(database: str) -> sqlite3.Connection:
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _open(path: Path) -> sqlite3.Connection:
    connection = _connect(str(path))
    try:
        identity = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.DatabaseError as error:
        connection.close()
        raise InvalidInput(f"{path} is not a results store: {error}") from error
    if identity == _APPLICATION_ID and version in _MIGRATIONS:
        version = _migrate(connection, version)
    if identity != _APPLICATION_ID or version != _SCHEMA_VERSION:
        connection.close()
        what = "version" if identity == _APPLICATION_ID else "application id"
        raise InvalidInput(
            f"{path} is not a results store of schema version {_SCHEMA_VERSION} (its {what} is "
            f"{version if identity == _APPLICATION_ID else identity})"
        )
    return connection


def _migrate(connection: sqlite3.Connection, version: int) -> int:
    """Bring a store to the present schema, each version in one transaction; returns it."""
    while version in _MIGRATIONS:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            now = connection.execute("PRAGMA user_version").fetchone()[0]
            if now == version:  # nobody else has done it meanwhile
                connection.execute(_MIGRATIONS[version])
                connection.execute(f"PRAGMA user_version = {version + 1}")
        version += 1
    return version


def _to_row(record: Record) -> dict[str, Any]:
    cost = record.cost
    return {
        "key": record.key,
        "spec": record.spec.to_json(),
        "access": record.access,
        "side_information": record.side_information,
        "timing": record.timing,
        "status": record.status,
        "solved": int(record.solved),
        "criterion": record.criterion,
        "accuracy": None if math.isnan(record.accuracy) else record.accuracy,
        "support": None if record.support is None else json.dumps(record.support),
        "secret": json.dumps(record.secret),
        **{name: getattr(cost, name) for name in COSTS},
        "operations_unit": cost.operations_unit,
        "message": record.message,
        "engine": record.engine,
        "trace": _pack_trace(record.trace),
    }


def _to_record(row: sqlite3.Row) -> Record:
    return Record(
        spec=TrialSpec.from_json(row["spec"]),
        access=row["access"],
        side_information=row["side_information"],
        timing=row["timing"],
        status=row["status"],
        solved=bool(row["solved"]),
        criterion=row["criterion"],
        accuracy=math.nan if row["accuracy"] is None else row["accuracy"],
        support=None if row["support"] is None else tuple(json.loads(row["support"])),
        secret=tuple(json.loads(row["secret"])),
        cost=Cost(**{name: row[name] for name in COSTS}, operations_unit=row["operations_unit"]),
        message=row["message"],
        engine=row["engine"],
        trace=_unpack_trace(row["trace"]),
    )


def _pack_trace(trace: Trace) -> bytes:
    """A trace as a compressed NPZ archive of plain arrays; empty bytes for no trace."""
    if not len(trace):
        return b""
    buffer = io.BytesIO()
    arrays: dict[str, Any] = dict(trace.columns)
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def _unpack_trace(blob: bytes) -> Trace:
    if not blob:
        return Trace()
    try:
        with np.load(io.BytesIO(blob), allow_pickle=False) as archive:
            return Trace({name: archive[name] for name in archive.files})
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise InvalidInput(f"a trace of the store cannot be read: {error}") from None
