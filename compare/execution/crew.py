"""The workers of a run and what they hand back; one thread watches over each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from parity_compare.execution.interrupts import OUT_OF_TIME, Stop
from parity_compare.execution.jobs import Jobs, Part
from parity_compare.execution.protocol import Group
from parity_compare.execution.splitting import WorkerScatter
from parity_compare.execution.supervisor import Deliver, Notice, Stopped
from parity_compare.execution.trials import run_trials
from parity_compare.results import Record
from parity_compare.spec import TrialSpec

_LOOK = 0.1
"""Seconds between two looks at the flags that end a run."""
_LAST_WORDS = 10.0
"""Seconds that are waited for a worker that was told to stop now."""


class Slot(Protocol):
    """A place where one trial at a time is run: a supervisor, or one on a cluster."""

    def run(
        self,
        groups: tuple[Group, ...],
        deliver: Deliver,
        *,
        at_once: int,
        enough: Callable[[], bool],
    ) -> None:
        """Run groups of trials (see :meth:`.supervisor.Supervisor.run`)."""

    def call(self, function: Callable[[], Any], seconds: float) -> Any:
        """The value of a function (see :meth:`.supervisor.Supervisor.call`)."""

    def stop(self) -> None:
        """End what it is at, now; may be called from any thread."""

    def close(self) -> None:
        """Let go of the worker."""


class Crew:
    """Slots that share the work of a run.

    Args:
        jobs: the work.
        at_once: how many slots are said to be busy, for the labels of times.
        stop: flags that end the run early.
        notice: told what the user should know.
        deadline: moment of :func:`time.monotonic` at which the run is stopped, None for none.
    """

    def __init__(
        self,
        jobs: Jobs,
        *,
        at_once: int,
        stop: Stop,
        notice: Notice,
        deadline: float | None = None,
    ) -> None:
        self._jobs, self._at_once, self._stop, self._notice = jobs, at_once, stop, notice
        self._deadline = deadline
        self._slots: list[Slot] = []
        self._threads: list[threading.Thread] = []
        # Records, what a thread raised, what the user should know, or None as a thread ends.
        self._events: SimpleQueue[tuple[Record, ...] | BaseException | str | None] = SimpleQueue()

    def notice(self, text: str) -> None:
        """Pass a sentence on to the user, from any thread."""
        self._events.put(text)

    def join(self, slot: Slot) -> None:
        """Put another slot to work."""
        self._slots.append(slot)
        self._begin(lambda: self._work(slot))

    def search(self, specs: Sequence[TrialSpec], workers: int) -> None:
        """Run long searches, one after the other, each spread over all workers."""
        self._jobs.begin_split()
        self._begin(lambda: self._coordinate(specs, workers))

    def records(self) -> Iterator[tuple[Record, ...]]:
        """What the slots hand back, group by group, until all is done or the run is stopped.

        Raises:
            InvalidInput: a trial cannot be set up in a worker.
            RunFailed: workers cannot be started, or the cluster is lost.
        """
        asked = False
        with self._ended():
            running = len(self._threads)
            while running:
                try:
                    event = self._events.get(timeout=_LOOK)
                except Empty:
                    pass
                else:
                    if event is None:
                        running -= 1
                    elif isinstance(event, str):
                        self._notice(event)
                    elif isinstance(event, BaseException):
                        raise event
                    else:
                        yield event
                if self._deadline is not None and time.monotonic() > self._deadline:
                    self._stop.now(OUT_OF_TIME)
                if self._stop.immediate:
                    return
                if self._stop.requested and not asked:
                    asked = True
                    self._jobs.finish()
                    self._notice("Nothing new is begun; what is running may end. Ctrl-C ends it.")

    def _begin(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()

    @contextmanager
    def _ended(self) -> Iterator[None]:
        """Leave no worker behind, however the body ends."""
        try:
            yield
        finally:
            self._jobs.close()
            for slot in self._slots:
                slot.stop()
            patience = time.monotonic() + _LAST_WORDS
            for thread in self._threads:
                thread.join(max(0.0, patience - time.monotonic()))

    def _work(self, slot: Slot) -> None:
        def deliver(records: tuple[Record, ...], seconds: float) -> None:
            self._jobs.learnt(records, seconds)
            self._events.put(records)

        try:
            while (job := self._jobs.next()) is not None:
                if isinstance(job, Part):
                    self._answer(job, slot)
                else:
                    slot.run(
                        job.groups,
                        deliver,
                        at_once=self._at_once,
                        enough=lambda: self._stop.requested,
                    )
        except Stopped:
            pass
        except BaseException as error:
            self._events.put(error)
        finally:
            slot.close()
            self._events.put(None)

    def _answer(self, part: Part, slot: Slot) -> None:
        try:
            part.result.set_result(slot.call(part.call.function, part.seconds))
        except Stopped as stopped:
            part.result.set_exception(stopped)
            raise
        except Exception as error:  # it belongs to the search
            part.result.set_exception(error)

    def _coordinate(self, specs: Sequence[TrialSpec], workers: int) -> None:
        scatter = WorkerScatter(self._jobs, workers)
        try:
            for spec in specs:
                if not self._stop.requested:
                    self._events.put(tuple(run_trials([spec], scatter=scatter)))
        except Stopped:
            pass
        except BaseException as error:
            self._events.put(error)
        finally:
            self._jobs.end_split()
            self._events.put(None)
