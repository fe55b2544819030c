"""The union of several stores: what other machines, or other days, have found out."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parity_compare.algorithms.outcome import Status
from parity_compare.problems.errors import InvalidInput
from parity_compare.results import Record
from parity_compare.spec import TrialSpec
from parity_compare.storage import reading, rows, schema
from parity_compare.storage.lock import FolderLock
from parity_compare.storage.rows import Session
from parity_compare.storage.store import FILE_NAME, check_folder, insert, put


@dataclass(frozen=True)
class Conflict:
    """A trial that ended in two ways, though only its seconds may depend on the machine.

    Attributes:
        spec: what was run.
        kept, other: the folders whose record was kept, and dropped.
        differences: by name, the kept value and the other one.
    """

    spec: TrialSpec
    kept: Path
    other: Path
    differences: dict[str, tuple[Any, Any]]


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
    with ExitStack() as stack:
        sources = []
        for folder in folders:
            source = reading.open_to_read(folder / FILE_NAME)
            stack.callback(source.close)
            sources.append(source)
        union = _Union()
        try:
            with ExitStack() as states:
                readers = []
                for folder, source in zip(folders, sources, strict=True):
                    connection = states.enter_context(source.unchanging())
                    readers.append(reading.Reader(connection))
                    union.take(folder, readers[-1], reading.sessions(connection))
                _write(union, dict(zip(folders, readers, strict=True)), out)
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


@dataclass(frozen=True)
class _Candidate:
    """A trial of one folder, without its trace."""

    folder: Path
    stored: reading.Stored
    session: tuple[Any, ...]
    time: float


class _Union:
    """What the merged store will hold."""

    def __init__(self) -> None:
        self.found: dict[Path, int] = {}
        self.chosen: dict[str, _Candidate] = {}
        self.sessions: dict[tuple[Any, ...], Session] = {}
        self.in_several: set[str] = set()
        self.mended: set[str] = set()
        self.conflicts: list[Conflict] = []

    def take(self, folder: Path, reader: reading.Reader, sessions: dict[int, Session]) -> None:
        """Add a folder's sessions and trials."""
        for session in sessions.values():
            known = self.sessions.setdefault(_identity(session), session)
            if known.ended is None and session.ended is not None:
                # The other copy was made while it ran.
                self.sessions[_identity(session)] = session
        self.found[folder] = 0
        for stored in reader.records(with_traces=False):
            self.found[folder] += 1
            session = sessions[stored.session]
            time = stored.finished
            if math.isnan(time):  # an old store's: its session's beginning is all that is known
                time = session.started.timestamp()
            self._choose(_Candidate(folder, stored, _identity(session), time))

    def _choose(self, new: _Candidate) -> None:
        key = new.stored.key
        old = self.chosen.setdefault(key, new)
        if old is new:
            return
        self.in_several.add(key)
        failed = [c.stored.record.status == Status.ERROR for c in (old, new)]
        if any(failed):
            if not all(failed):
                self.mended.add(key)
            if failed == [True, False]:
                self.chosen[key] = new
            return
        differences = _differences(old.stored.record, new.stored.record)
        if differences:
            spec = new.stored.record.spec
            self.conflicts.append(Conflict(spec, old.folder, new.folder, differences))


def _write(union: _Union, readers: dict[Path, reading.Reader], out: Path) -> None:
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
        for candidate in sorted(union.chosen.values(), key=lambda candidate: candidate.time):
            # Read again, now with its trace: not all traces need fit into the memory at once.
            stored = _read_again(candidate, readers[candidate.folder])
            finished = None if math.isnan(stored.finished) else stored.finished
            put(connection, stored.record, numbers[candidate.session], finished, settings)


def _read_again(candidate: _Candidate, reader: reading.Reader) -> reading.Stored:
    try:
        return reader.record(candidate.stored.number)
    except sqlite3.Error as error:
        raise schema.unreadable(candidate.folder / FILE_NAME, error) from None


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
    seen: dict[Path, Path] = {}
    for folder in folders:
        if not check_folder(folder):
            raise InvalidInput(f"no results in {folder}: it has no {FILE_NAME}")
        if folder.resolve() in seen:
            raise InvalidInput(f"folder {folder} is named twice")
        seen[folder.resolve()] = folder
    if out.resolve() in seen:
        raise InvalidInput(f"the output folder must be none of those merged, got {out}")
    if check_folder(out):
        raise InvalidInput(f"the output folder must be new or empty, {out} has a {FILE_NAME}")


def _identity(session: Session) -> tuple[Any, ...]:
    """What two copies of one session have in common, also if one was made while it ran."""
    environment = tuple(sorted(session.environment.items()))
    return session.started, session.host, session.pid, environment


def _differences(one: Record, other: Record) -> dict[str, tuple[Any, Any]]:
    """In what two records of one trial contradict each other.

    Where the time ran out for both, how far each got by then is the machine's doing.
    """
    facts = [_facts(record) for record in (one, other)]
    if all(fact["status"] == Status.TIMEOUT for fact in facts):
        return {}
    return {
        name: (value, facts[1][name]) for name, value in facts[0].items() if value != facts[1][name]
    }


def _facts(record: Record) -> dict[str, Any]:
    """What does not depend on the machine."""
    cost = record.cost
    return {
        "status": record.status,
        "solved": record.solved,
        "support": record.support,
        "samples": cost.samples,
        "queries": cost.queries,
        "steps": cost.steps,
    }
