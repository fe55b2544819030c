"""Watches over one worker process, which runs trials, and holds it to the limits.

The worker is a process of joblib's loky. A learner that does not stop when its time is up, or that
takes too much memory, is ended with its process; so is nobody else. A new process takes over the
rest of the work.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from parity_compare.algorithms.outcome import Status
from parity_compare.execution.process import Lost, WorkerProcess
from parity_compare.execution.protocol import (
    Call,
    Done,
    Ended,
    Group,
    Raised,
    Request,
    Run,
    Setup,
    Value,
)
from parity_compare.execution.trials import lost
from parity_compare.problems.errors import RunFailed
from parity_compare.results import Record
from parity_compare.timing import timing

Deliver = Callable[[tuple[Record, ...], float], None]
"""Takes the records of a group and the seconds that it took, all told."""
Notice = Callable[[str], None]
"""Takes a sentence that the user should read."""

_STARTS, _FAULTS = 10, 3
"""How often a worker is started before it is given up: as often as somebody kills it, and fewer
times if it ends by itself."""


class Stopped(BaseException):
    """The run was told to stop now; what it was at is no result, not even an error."""


class Supervisor:
    """One worker process, or its successor.

    Args:
        setup: what the process is made with.
        notice: told of every process that was lost.
    """

    def __init__(self, setup: Setup, *, notice: Notice | None = None) -> None:
        self._setup = setup
        self._notice = notice or (lambda _: None)
        self._process: WorkerProcess | None = None
        self._stopped = False

    def run(
        self,
        groups: tuple[Group, ...],
        deliver: Deliver,
        *,
        at_once: int = 1,
        enough: Callable[[], bool] = lambda: False,
    ) -> None:
        """Run groups of trials; each is delivered as soon as it has ended.

        A trial whose worker dies is tried once more, then recorded as an ``error``. A group is
        halved until the trial is found that its worker dies of.

        Args:
            groups: what to run, in this order.
            deliver: called once for every group, or for the parts it was cut into.
            at_once: how many workers of the run are busy.
            enough: asked now and then; once it is true, no further group is begun.

        Raises:
            Stopped: :meth:`stop` was called meanwhile.
            InvalidInput: a trial cannot be set up in the worker.
            RunFailed: no worker can be started.
        """
        waiting = deque((group, 1) for group in groups)
        while waiting and not enough():
            begun = time.monotonic()
            try:
                process = self._ask(Run(tuple(group for group, _ in waiting), at_once))
                while True:
                    limit = waiting[0][0][0].seconds if waiting else None
                    reply = process.receive(limit, enough)
                    if isinstance(reply, Done):
                        return
                    if isinstance(reply, Raised) and waiting and waiting[0][1] > 1:
                        raise reply.error
                    if not isinstance(reply, Ended) or not waiting:
                        # An earlier trial may have left the process in disorder.
                        raise Lost(Status.ERROR, "A worker process lost its way.", 0.0, retry=True)
                    waiting.popleft()
                    deliver(reply.records, time.monotonic() - begun)
                    begun = time.monotonic()
            except Lost as loss:
                self._replace()
                if not waiting:  # it died after its last answer
                    return
                group, attempt = waiting.popleft()
                spent = time.monotonic() - begun
                if loss.retry and attempt == 1:
                    self._notice(f"{loss.detail} What it was at is tried once more.")
                    waiting.appendleft((group, 2))
                elif len(group) > 1:
                    middle = len(group) // 2
                    self._notice(f"{loss.detail} Its batch of {len(group)} is halved.")
                    waiting.extendleft([(group[middle:], attempt), (group[:middle], attempt)])
                else:
                    label = partial(timing, 1, at_once=at_once)
                    twice = " for the second time" if loss.retry else ""
                    detail = loss.detail.removesuffix(".") + twice + "."
                    record = lost(group[0], loss.status, detail, seconds=loss.seconds, label=label)
                    deliver((record,), spent)

    def call(self, function: Callable[[], Any], seconds: float) -> Any:
        """The value of a function in the worker; if that dies, it is asked once more.

        Args:
            function: what to call; it pickles.
            seconds: what it may take, grace aside.

        Raises:
            Stopped: :meth:`stop` was called meanwhile.
            RuntimeError: the worker died twice, or was ended for taking too long.
            RunFailed: no worker can be started.
            Exception: what the function raised.
        """
        for attempt in (1, 2):
            try:
                reply = self._ask(Call(function)).receive(seconds, lambda: False)
            except Lost as loss:
                self._replace()
                if attempt == 2 or not loss.retry:
                    raise RuntimeError(loss.detail) from None
                self._notice(f"{loss.detail} What it was at is tried once more.")
                continue
            if isinstance(reply, Raised):
                raise reply.error
            assert isinstance(reply, Value)
            return reply.value
        raise AssertionError

    def stop(self) -> None:
        """End the worker now, whatever it is at; may be called from another thread."""
        self._stopped = True
        process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """End the worker; a later request makes a new one."""
        self._discard()

    @property
    def pid(self) -> int | None:
        """The worker's process number, None where there is none."""
        return None if self._process is None else self._process.pid

    def _ask(self, request: Request) -> WorkerProcess:
        """Hand a request to the worker, which is made if need be."""
        if self._stopped:
            raise Stopped
        if self._process is None:
            self._process = self._start()
        self._process.send(request)
        return self._process

    def _start(self) -> WorkerProcess:
        """A worker that stands.

        Raises:
            Stopped: :meth:`stop` was called meanwhile.
            InvalidInput: it cannot load the learners that were registered at run time.
            RunFailed: several in a row died before they stood.
        """
        faults = 0
        for _ in range(_STARTS):
            self._process = process = WorkerProcess(self._setup)
            try:
                if self._stopped:  # before there was a process that could be ended
                    process.kill()
                reply = process.receive(None, lambda: False)
            except Lost as loss:
                self._replace()
                fault = loss.detail
                faults += not loss.killed
                if faults >= _FAULTS:
                    break
                continue
            if isinstance(reply, Raised):
                raise reply.error
            return process
        raise RunFailed(f"workers die before they stand; the last: {fault}")

    def _replace(self) -> None:
        """Let go of a process that was lost; the next request makes another."""
        self._discard()
        if self._stopped:  # that is what it was lost by
            raise Stopped

    def _discard(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.join()
