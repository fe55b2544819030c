"""The store's schema, version by version, and the steps from each to the next.

What stands here for a version that has been released never changes: stores of it are about.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable

from parity_compare.storage.checks import cut

_FACTS = """
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
    message TEXT NOT NULL"""

_SESSIONS_1 = """CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    started TEXT NOT NULL,
    environment TEXT NOT NULL
)"""

_TRIALS_1 = f"""CREATE TABLE trials (
    key TEXT PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES sessions (id),
    spec TEXT NOT NULL,{_FACTS},
    trace BLOB NOT NULL
)"""

_TRIALS_2 = f"""CREATE TABLE trials (
    key TEXT PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES sessions (id),
    spec TEXT NOT NULL,{_FACTS},
    trace BLOB NOT NULL,
    engine TEXT NOT NULL DEFAULT ''
)"""

_TABLES_3 = (
    """CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    started TEXT NOT NULL,
    ended TEXT,
    how TEXT NOT NULL,
    planned TEXT NOT NULL,
    already TEXT NOT NULL,
    pid INTEGER NOT NULL,
    host TEXT NOT NULL,
    environment TEXT NOT NULL
)""",
    """CREATE TABLE settings (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    spec TEXT NOT NULL
)""",
    f"""CREATE TABLE trials (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    setting INTEGER NOT NULL REFERENCES settings (id),
    trial INTEGER NOT NULL,
    session INTEGER NOT NULL REFERENCES sessions (id),
    finished REAL,{_FACTS},
    engine TEXT NOT NULL
)""",
    """CREATE TABLE traces (
    trial INTEGER PRIMARY KEY REFERENCES trials (id) ON DELETE CASCADE,
    arrays BLOB NOT NULL
)""",
)
# A setting is a spec without the trial's number, about a kilobyte for a network, so it is written
# once; its index holds the digest instead of the text. Traces are apart so that reading all trials
# does not turn their pages. A trial's id is its place in the order of writing; ``finished`` is Unix
# time, null where an older version did not record it.

CREATED = {1: (_SESSIONS_1, _TRIALS_1), 2: (_SESSIONS_1, _TRIALS_2), 3: _TABLES_3}
"""The statements that lay out an empty store, for every version."""


def _to_2(connection: sqlite3.Connection) -> None:
    """Which implementation of a learner ran."""
    connection.execute("ALTER TABLE trials ADD COLUMN engine TEXT NOT NULL DEFAULT ''")


def _to_3(connection: sqlite3.Connection) -> None:
    """Settings once, traces apart, and sessions that say what was planned and how they ended."""
    for table in ("sessions", "trials"):
        connection.execute(f"ALTER TABLE {table} RENAME TO {table}_2")
    for statement in _TABLES_3:
        connection.execute(statement)
    connection.execute(
        "INSERT INTO sessions SELECT id, started, NULL, '', '{}', '{}', 0, '', environment "
        "FROM sessions_2"
    )
    facts = (
        "access, side_information, timing, status, solved, criterion, accuracy, support, secret, "
        "seconds, samples, queries, steps, operations, peak_memory, operations_unit"
    )
    rows = connection.execute("SELECT rowid, key, spec, message FROM trials_2 ORDER BY rowid")
    for number, (row, key, spec, message) in enumerate(rows, start=1):
        values = json.loads(spec)
        trial = values.pop("trial")
        setting = json.dumps(values, sort_keys=True, separators=(",", ":"), allow_nan=False)
        digest = hashlib.sha256(setting.encode()).digest()
        connection.execute(
            "INSERT OR IGNORE INTO settings (digest, spec) VALUES (?, ?)", (digest, setting)
        )
        connection.execute(
            f"INSERT INTO trials (id, key, setting, trial, session, finished, {facts}, message, "
            "engine) SELECT ?, ?, (SELECT id FROM settings WHERE digest = ?), ?, session, NULL, "
            f"{facts}, ?, engine FROM trials_2 WHERE rowid = ?",
            (number, bytes.fromhex(key), digest, trial, cut(message), row),
        )
        connection.execute(
            "INSERT INTO traces SELECT ?, trace FROM trials_2 WHERE rowid = ? AND trace != x''",
            (number, row),
        )
    connection.execute("DROP TABLE trials_2")
    connection.execute("DROP TABLE sessions_2")


STEPS: dict[int, Callable[[sqlite3.Connection], None]] = {1: _to_2, 2: _to_3}
"""What turns a store of one version into one of the next, within the caller's transaction."""
