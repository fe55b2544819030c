"""The union of stores in memory: which record of a trial counts, and whose traces are read."""

from __future__ import annotations

import gc
import math
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parity_compare.algorithms.outcome import Status
from parity_compare.environment import machine
from parity_compare.problems.errors import InvalidInput
from parity_compare.results import Record, Results
from parity_compare.spec import TrialSpec
from parity_compare.storage import reading, schema
from parity_compare.storage.rows import Session
from parity_compare.storage.store import FILE_NAME, check_folder, environment_of, order_planned

Choose = Callable[[Sequence[Record]], Iterable[int]]
"""Picks, out of trials that have a trace on record, the indices of those whose trace is read."""

FOLDERS = "folders"
"""What the environment of results of several folders names them by."""
_ATTEMPTS = 10


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
class Candidate:
    """A trial of one folder, without its trace."""

    folder: Path
    stored: reading.Stored
    session: tuple[Any, ...]
    time: float


class Union:
    """Every trial of several stores once, and every session.

    An end other than ``error`` goes before ``error``, then the first-named folder's record.

    Attributes:
        found: trials in every folder.
        chosen: by key, the record that counts.
        sessions: by what tells them apart, those of all folders.
        in_several: keys that more than one folder has.
        mended: keys of trials that ended in ``error`` in one folder and otherwise in another.
        conflicts: trials whose records contradict each other.
    """

    def __init__(self) -> None:
        self.found: dict[Path, int] = {}
        self.chosen: dict[str, Candidate] = {}
        self.sessions: dict[tuple[Any, ...], Session] = {}
        self.in_several: set[str] = set()
        self.mended: set[str] = set()
        self.conflicts: list[Conflict] = []

    def take(self, folder: Path, reader: reading.Reader, sessions: dict[int, Session]) -> None:
        """Add a folder's sessions and trials."""
        identities = {number: _identity(session) for number, session in sessions.items()}
        for number, session in sessions.items():
            known = self.sessions.setdefault(identities[number], session)
            if known.ended is None and session.ended is not None:
                # The other copy was made while it ran.
                self.sessions[identities[number]] = session
        self.found[folder] = 0
        for stored in reader.records(with_traces=False):
            self.found[folder] += 1
            time = stored.finished
            if math.isnan(time):  # an old store's: its session's beginning is all that is known
                time = sessions[stored.session].started.timestamp()
            self._choose(Candidate(folder, stored, identities[stored.session], time))

    def in_order(self) -> list[Candidate]:
        """Every trial once: as one folder has them, or in the order in which they were run."""
        everyone = list(self.chosen.values())
        if len(self.found) == 1:
            return everyone
        return sorted(everyone, key=lambda candidate: candidate.time)

    def _choose(self, new: Candidate) -> None:
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


@dataclass(frozen=True)
class Gathered:
    """Trials of one folder or several.

    Attributes:
        results: every trial once.
        conflicts: trials whose records contradict each other.
    """

    results: Results
    conflicts: list[Conflict]


def gather(folders: Sequence[Path], traced: Choose | None = None) -> Gathered:
    """The trials of a folder, or the union of several by the rules of :func:`.merge.merge`.

    Nothing is written. The trials of one folder come in the order of writing, those of several in
    the order in which they were run.

    Args:
        folders: results folders, at least one.
        traced: picks the traces that are read; None for all of them.

    Raises:
        InvalidInput: a folder is named twice, has no store, or one that cannot be trusted.
    """
    check_sources(folders)
    for _ in range(_ATTEMPTS):
        try:
            with opened(folders) as connections, _uncollected():
                return _gathered(connections, traced)
        except reading.Changed:
            continue
    raise InvalidInput(f"{_listed(folders)} is changed too often to be read")


def check_sources(folders: Sequence[Path]) -> None:
    """Refuse folders that have no store, or are named twice.

    Raises:
        InvalidInput: one is.
    """
    seen: set[Path] = set()
    for folder in folders:
        if not check_folder(folder):
            raise InvalidInput(f"no results in {folder}: it has no {FILE_NAME}")
        if folder.resolve() in seen:
            raise InvalidInput(f"folder {folder} is named twice")
        seen.add(folder.resolve())


@contextmanager
def opened(folders: Sequence[Path]) -> Iterator[dict[Path, sqlite3.Connection]]:
    """Connections to the folders' stores, each of which sees one state of its store.

    Raises:
        InvalidInput: a store cannot be read or trusted.
        reading.Changed: somebody began to write to one.
    """
    with ExitStack() as stack:
        sources = {}
        for folder in folders:
            sources[folder] = reading.open_to_read(folder / FILE_NAME)
            stack.callback(sources[folder].close)
        with ExitStack() as states:
            yield {
                folder: states.enter_context(source.unchanging())
                for folder, source in sources.items()
            }


def read_again(candidate: Candidate, reader: reading.Reader) -> reading.Stored:
    """A trial with its trace: not all traces need fit into the memory at once."""
    try:
        return reader.record(candidate.stored.number)
    except sqlite3.Error as error:
        raise schema.unreadable(candidate.folder / FILE_NAME, error) from None


@contextmanager
def _uncollected() -> Iterator[None]:
    """Reading makes millions of objects and no garbage; looking for some takes a fifth more."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _gathered(connections: dict[Path, sqlite3.Connection], traced: Choose | None) -> Gathered:
    union = Union()
    readers = {folder: reading.Reader(one) for folder, one in connections.items()}
    for folder, connection in connections.items():
        union.take(folder, readers[folder], reading.sessions(connection))
    candidates = union.in_order()
    records = [candidate.stored.record for candidate in candidates]
    with_trace = {folder: reader.traced() for folder, reader in readers.items()}
    there = [
        place
        for place, candidate in enumerate(candidates)
        if candidate.stored.number in with_trace[candidate.folder]
    ]
    for index in range(len(there)) if traced is None else traced([records[i] for i in there]):
        place = there[index]
        candidate = candidates[place]
        records[place] = read_again(candidate, readers[candidate.folder]).record
    ran_in = Counter(candidate.session for candidate in candidates)
    sessions = [session for identity, session in union.sessions.items() if identity in ran_in]
    machines: Counter[str] = Counter()
    for session in sessions:
        machines[machine(session.environment)] += ran_in[_identity(session)]
    alone = next(iter(connections)) if len(connections) == 1 else None
    # Without their paths: a report is passed on.
    folders = {} if alone else {FOLDERS: "; ".join(one.resolve().name for one in connections)}
    results = Results(
        records,
        {**environment_of(sessions), **folders},
        alone,
        order_planned(sessions),
        machines,
    )
    return Gathered(results, union.conflicts)


def _listed(folders: Sequence[Path]) -> str:
    return " or ".join(map(str, folders))


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
