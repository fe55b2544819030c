"""What a supervisor and its worker process say to each other; every message is pickled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from parity_compare.results import Record
from parity_compare.spec import TrialSpec

Group = tuple[TrialSpec, ...]
"""Trials of one cell that are run by one call: one alone, or a batch."""

BEAT = 0.25
"""Seconds between two signs of life of a worker that has something to do."""


@dataclass(frozen=True)
class Setup:
    """What a worker process is made with.

    Attributes:
        learners: pickled learner classes, by name, that were registered at run time.
        threads: CPU threads of the numerical libraries.
        memory: bytes that the process may hold, None for no limit.
        run: tells the runs that share a cluster from each other.
    """

    learners: bytes
    threads: int = 1
    memory: int | None = None
    run: str = ""


@dataclass(frozen=True)
class Run:
    """Asks for trials; each group is answered by :class:`Ended`, all of them by :class:`Done`."""

    groups: tuple[Group, ...]
    at_once: int


@dataclass(frozen=True)
class Call:
    """Asks for the value of a function; answered by :class:`Value` or :class:`Raised`."""

    function: Callable[[], Any]


@dataclass(frozen=True)
class Enough:
    """Asks to begin nothing more of the present request."""


@dataclass(frozen=True)
class Ready:
    """The process stands; it is the first thing that it says."""


@dataclass(frozen=True)
class Begun:
    """The clock of the next group starts now."""


@dataclass(frozen=True)
class Beat:
    """A sign of life: what the clock of the running trial shows, or that none is running.

    Attributes:
        seconds: the largest among the running clocks.
        running: whether one is running.
    """

    seconds: float
    running: bool


@dataclass(frozen=True)
class Ended:
    """The records of the next group."""

    records: tuple[Record, ...]


@dataclass(frozen=True)
class Done:
    """The request is carried out, or as much of it as was wanted."""


@dataclass(frozen=True)
class Value:
    """What the function returned."""

    value: Any


@dataclass(frozen=True)
class Raised:
    """What the function, or the setting up of a trial, raised."""

    error: Exception


Request = Run | Call | Enough
Reply = Ready | Begun | Beat | Ended | Done | Value | Raised
