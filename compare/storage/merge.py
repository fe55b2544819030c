"""The union of several stores on disk: what other machines, or other days, have found out."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from parity_compare.problems.errors import InvalidInput
from parity_compare.storage import reading, rows, schema
from parity_compare.storage.lock import FolderLock
from parity_compare.storage.store import FILE_NAME, check_folder, insert, put
from parity_compare.storage.union import Conflict, Union, check_sources, opened, read_again


@dataclass(frozen=True)
class MergeReport:
    """What a merge did.

    Attributes:
        out: the folder that was made.
        found: trials in every folder that was merged.
        trials: trials in ``out``.
        sessions: sessions in ``out``.
        in_several: trials that more than one folder had.
        mended: trials that ended in ``error`` in one folder and otherwise in another.
        conflicts: trials whose records contradict each other.
    """

    out: Path
    found: dict[Path, int]
    trials: int
    sessions: int
    in_several: int
    mended: int
    conflicts: list[Conflict]


def merge(folders: Sequence[Path], out: Path) -> MergeReport:
    """Write the union of several stores into a new folder, which appears whole or not at all.

    A trial that several folders have is kept once: an end other than ``error`` goes before
    ``error``, then the first-named folder's. Trials come in the order in which they were run, and
    with them the sessions in which they were; copies of one session become one.

    Args:
        folders: results folders, at least two; they are left as they are.
        out: a new or empty folder.

    Raises:
        InvalidInput: fewer than two folders, one that is named twice or has no store or a damaged
            one, or an ``out`` that is one of them or not empty.
    """
    _check(folders, out)
    union = Union()
    try:
        with opened(folders) as connections:
            readers = {folder: reading.Reader(one) for folder, one in connections.items()}
            for folder, connection in connections.items():
                union.take(folder, readers[folder], reading.sessions(connection))
            _write(union, readers, out)
    except reading.Changed:
        raise InvalidInput(
            "a folder was written to while it was merged; merge again when its run has ended"
        ) from None
    return MergeReport(
        out=out,
        found=union.found,
        trials=len(union.chosen),
        sessions=len(union.sessions),
        in_several=len(union.in_several),
        mended=len(union.mended),
        conflicts=union.conflicts,
    )


def _write(union: Union, readers: dict[Path, reading.Reader], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with FolderLock(out), _written(out), schema.made_aside(out / FILE_NAME) as connection:
        # The file is synced as a whole before it gets its name.
        connection.execute("PRAGMA synchronous = OFF")
        numbers = {
            identity: insert(connection, "sessions", rows.session_row(session))
            for identity, session in sorted(
                union.sessions.items(), key=lambda item: item[1].started
            )
        }
        settings: dict[bytes, int] = {}
        for candidate in union.in_order():
            # Read again, now with its trace: not all traces need fit into the memory at once.
            stored = read_again(candidate, readers[candidate.folder])
            finished = None if math.isnan(stored.finished) else stored.finished
            put(connection, stored.record, numbers[candidate.session], finished, settings)


@contextmanager
def _written(out: Path) -> Iterator[None]:
    """Have a full disk be told as the output's fault, since the inputs are open around it."""
    try:
        yield
    except sqlite3.Error as error:
        raise InvalidInput(f"{out} cannot be written: {error}") from None


def _check(folders: Sequence[Path], out: Path) -> None:
    if len(folders) < 2:
        raise InvalidInput(f"a merge needs at least two folders, got {len(folders)}")
    check_sources(folders)
    if out.resolve() in {folder.resolve() for folder in folders}:
        raise InvalidInput(f"the output folder must be none of those merged, got {out}")
    if check_folder(out):
        raise InvalidInput(f"the output folder must be new or empty, {out} has a {FILE_NAME}")
