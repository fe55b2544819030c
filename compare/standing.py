"""How the newest run of a results folder stands, as its store tells it."""

from __future__ import annotations

import math
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from parity_compare.problems.errors import InvalidInput
from parity_compare.progress import Clock, Tally, cell, contestant
from parity_compare.storage.rows import Glimpse, Session
from parity_compare.storage.store import FILE_NAME, Store

RUNNING, KILLED, UNKNOWN = "running", "killed", "unknown"
"""States besides the ends that a session records: its process lives; it is gone without a word;
or there is no telling from here."""

_CLOCKS_APART = 60.0  # seconds by which a process's recorded beginning may be off


@dataclass(frozen=True)
class Standing:
    """How a run stands.

    Attributes:
        session: the newest run, None if the store has none.
        state: :data:`RUNNING`, :data:`KILLED`, :data:`UNKNOWN`, or how it says that it ended.
        tally: its trials; its clock stands still where the run does.
        last: Unix time at which its newest trial was stored, None before the first.
        stored: trials in the store, those of other runs included.
        now: Unix time at which this was so.
    """

    session: Session | None
    state: str
    tally: Tally
    last: float | None
    stored: int
    now: float


def standing(folder: Path, *, clock: Clock = time.time) -> Standing:
    """How the newest run of a results folder stands; nothing is written and nobody is held up.

    Args:
        folder: where its store is.
        clock: tells the Unix time.

    Raises:
        InvalidInput: there is no such folder, or no store in it, or one that cannot be trusted.
    """
    if not folder.is_dir():
        raise InvalidInput(f"there is no folder {folder}")
    if not (folder / FILE_NAME).is_file():
        raise InvalidInput(f"no results in {folder}: it has no {FILE_NAME}")
    with Store(folder, read_only=True) as store:
        # In this order: what is added in between is counted, and belongs to this session at most.
        session = store.session()
        return store.survey(lambda glimpses: weigh(session, glimpses, clock=clock))


def weigh(
    session: Session | None, glimpses: Iterable[Glimpse], *, clock: Clock = time.time
) -> Standing:
    """How a run stands by what its store holds.

    Args:
        session: the run, None if there was none.
        glimpses: all trials of the store, in the order of writing.
        clock: tells the Unix time.
    """
    if session is None:
        count = sum(1 for _ in glimpses)
        return Standing(None, UNKNOWN, Tally({}, clock=clock), None, count, clock())
    started = session.started.timestamp()
    state = session.how if session.ended is not None else _without_an_end(session)
    ended = None if session.ended is None else session.ended.timestamp()
    last: float | None = None

    def standing_still() -> float:
        # A run without an end on record is known to have lived until its last trial.
        return max(started, ended or last or started)

    tally = Tally(
        session.planned,
        session.already,
        clock=clock if state == RUNNING else standing_still,
        started=started,
    )
    stored, moment = 0, started
    for spec, status, solved, seconds, finished, run in glimpses:
        stored += 1
        if run != session.id:
            continue
        if not math.isnan(finished):
            last = finished if last is None else max(last, finished)
            moment = max(moment, finished)  # a clock may have been set back
        tally.add(
            contestant(spec.learner, spec.device), cell(spec), status, solved, seconds, moment
        )
    return Standing(session, state, tally, last, stored, clock())


def _without_an_end(session: Session) -> str:
    """What a session is that has recorded no end."""
    if session.host != socket.gethostname() or not session.pid:
        return UNKNOWN
    import psutil

    try:
        process = psutil.Process(session.pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return KILLED
        # Numbers of processes are given out again: one that began later is somebody else.
        later = process.create_time() > session.started.timestamp() + _CLOCKS_APART
    except psutil.NoSuchProcess:
        return KILLED
    except psutil.AccessDenied:
        return RUNNING  # it is there, and another user's
    return KILLED if later else RUNNING
