"""Watches over one worker process, which runs trials, and holds it to the limits.

The worker is a process of joblib's loky. A learner that does not stop when its time is up, or that
takes too much memory, is ended with its process; so is nobody else. A new process takes over the
rest of the work.
"""

from __future__ import annotations

import math
import multiprocessing
import pickle
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from parity_compare.algorithms.outcome import Status
from parity_compare.execution.protocol import (
    Beat,
    Begun,
    Call,
    Done,
    Ended,
    Enough,
    Group,
    Raised,
    Reply,
    Request,
    Run,
    Setup,
    Value,
)
from parity_compare.execution.trials import lost
from parity_compare.execution.worker import serve
from parity_compare.problems.errors import RunFailed
from parity_compare.results import Record
from parity_compare.timing import timing

Deliver = Callable[[tuple[Record, ...], float], None]
"""Takes the records of a group and the seconds that it took, all told."""
Notice = Callable[[str], None]
"""Takes a sentence that the user should read."""

_LOOK = 0.1
"""Seconds between two looks at a worker's memory and silence."""
_LEAST_GRACE = 2.0
_SHARE_OF_GRACE = 0.1
_LATE_BEATS = 2
_STARTS, _FAULTS = 10, 3
"""How often a worker is started before it is given up: as often as somebody kills it, and fewer
times if it ends by itself."""
_OFF_CLOCK, _OFF_CLOCK_SHARE = 900.0, 100.0


class Stopped(BaseException):
    """The run was told to stop now; what it was at is no result, not even an error."""


class _Lost(Exception):
    """The worker is no more.

    Args:
        status: how the trial that it was at ended.
        detail: why, in a sentence.
        seconds: what the trial's clock showed, as far as known.
        retry: whether a second attempt may end otherwise.
        killed: whether a signal ended it.
    """

    def __init__(
        self, status: Status, detail: str, seconds: float, *, retry: bool, killed: bool = True
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.seconds = status, detail, seconds
        self.retry, self.killed = retry, killed


class Supervisor:
    """One worker process, or its successor.

    Args:
        setup: what the process is made with.
        notice: told of every process that was lost.
    """

    def __init__(self, setup: Setup, *, notice: Notice | None = None) -> None:
        self._setup = setup
        self._notice = notice or (lambda _: None)
        self._process: _Process | None = None
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
                    if isinstance(reply, Raised):
                        raise reply.error
                    assert isinstance(reply, Ended)
                    waiting.popleft()
                    deliver(reply.records, time.monotonic() - begun)
                    begun = time.monotonic()
            except _Lost as loss:
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
            except _Lost as loss:
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

    def _ask(self, request: Request) -> _Process:
        """Hand a request to the worker, which is made if need be."""
        if self._stopped:
            raise Stopped
        if self._process is None:
            self._process = self._start()
        self._process.send(request)
        return self._process

    def _start(self) -> _Process:
        """A worker that stands.

        Raises:
            Stopped: :meth:`stop` was called meanwhile.
            InvalidInput: it cannot load the learners that were registered at run time.
            RunFailed: several in a row died before they stood.
        """
        faults = 0
        for _ in range(_STARTS):
            self._process = process = _Process(self._setup)
            try:
                if self._stopped:  # before there was a process that could be ended
                    process.kill()
                reply = process.receive(None, lambda: False)
            except _Lost as loss:
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


class _Process:
    """A worker process and what is known of the clock of the trial that it is at."""

    def __init__(self, setup: Setup) -> None:
        import psutil
        from joblib.externals.loky.backend import get_context

        context = get_context("loky")
        self._connection: Connection
        self._connection, theirs = context.Pipe()
        threads = str(setup.threads)
        self._process = context.Process(
            target=serve,
            args=(theirs, setup),
            daemon=True,
            # The libraries read these when they are loaded, before anybody can tell them.
            env={f"{library}_NUM_THREADS": threads for library in _THREADED},
        )
        with _STARTING, _children_allowed():
            self._process.start()
        theirs.close()
        self.pid: int = self._process.pid
        self._system = psutil.Process(self.pid)
        self._memory = setup.memory
        self._told_enough = False
        self._await_group()

    def send(self, request: Request) -> None:
        self._await_group()
        self._told_enough = False
        with suppress(OSError):  # receiving tells that it has died
            self._connection.send_bytes(pickle.dumps(request, pickle.HIGHEST_PROTOCOL))

    def receive(self, limit: float | None, enough: Callable[[], bool]) -> Reply:
        """The next answer.

        Args:
            limit: seconds that the clock of the present group may show, None for no end.
            enough: whether nothing further is to be begun.

        Raises:
            _Lost: the process died, or was ended here.
        """
        bound = math.inf if limit is None else limit
        while True:
            try:
                if not self._connection.poll(_LOOK):
                    self._look(bound)
                    continue
                reply: Reply = pickle.loads(self._connection.recv_bytes())
            except (EOFError, OSError):
                raise self._death() from None
            if isinstance(reply, Begun):
                self._clock, self._running, self._heard = 0.0, True, time.monotonic()
            elif isinstance(reply, Beat):
                self._heed(reply, bound)
                self._look(bound)
                if enough() and not self._told_enough:
                    self.send_enough()
            else:
                self._await_group()
                return reply

    def send_enough(self) -> None:
        self._told_enough = True
        with suppress(OSError):
            self._connection.send_bytes(pickle.dumps(Enough()))

    def kill(self) -> None:
        """End the process at once."""
        import psutil

        with suppress(psutil.Error):
            self._system.kill()

    def join(self) -> None:
        """Wait for the end of a process that was killed, and let go of it."""
        self._process.join()
        self._connection.close()

    def _await_group(self) -> None:
        self._clock, self._running, self._late = 0.0, False, 0
        self._heard = self._since = time.monotonic()

    def _heed(self, beat: Beat, limit: float) -> None:
        """Take note of a sign of life; a clock that is late twice is no slip of the reading."""
        self._heard = time.monotonic()
        self._clock, self._running = beat.seconds, beat.running
        self._late = self._late + 1 if beat.running and beat.seconds > _late(limit) else 0
        if self._late >= _LATE_BEATS:
            raise self._overdue(limit)

    def _look(self, limit: float) -> None:
        """End a process that is silent while its clock runs, or that holds too much memory."""
        import psutil

        now = time.monotonic()
        silence = now - self._heard if self._running else 0.0
        if self._clock + silence > _late(limit) and silence > _LEAST_GRACE:
            raise self._overdue(limit)
        aside = now - self._since - self._clock - silence
        if aside > _OFF_CLOCK + _OFF_CLOCK_SHARE * limit:
            self.kill()
            detail = f"Setting up and judging took {aside:.0f} s, so its worker was ended."
            raise _Lost(Status.ERROR, detail, self._clock, retry=False)
        if self._memory is not None:
            with suppress(psutil.Error):
                held = self._system.memory_info().rss
                if held > self._memory:
                    self.kill()
                    detail = (
                        f"Its worker held {held / 1e6:.0f} MB, {self._memory / 1e6:.0f} MB are "
                        "allowed, and was ended."
                    )
                    raise _Lost(Status.ERROR, detail, self._clock + silence, retry=False)

    def _overdue(self, limit: float) -> _Lost:
        seconds = self._clock
        if self._running:
            seconds += time.monotonic() - self._heard
        self.kill()
        detail = (
            f"It did not stop at its limit of {limit:g} s; its worker was ended after "
            f"{seconds:.1f} s."
        )
        return _Lost(Status.TIMEOUT, detail, seconds, retry=False)

    def _death(self) -> _Lost:
        self._process.join(1.0)
        code = self._process.exitcode
        how = "closed its connection"
        if code is not None and code < 0:
            try:
                how = f"was killed by {signal.Signals(-code).name}"
            except ValueError:
                how = f"was killed by signal {-code}"
        elif code is not None:
            how = f"ended with exit code {code}"
        killed = code is None or code < 0
        detail = f"A worker process {how}."
        return _Lost(Status.ERROR, detail, self._clock, retry=True, killed=killed)


_STARTING = threading.Lock()
_THREADED = ("OMP", "OPENBLAS", "MKL", "BLIS", "NUMEXPR", "VECLIB_MAXIMUM")


def _late(limit: float) -> float:
    """Seconds on a trial's clock beyond which it is ended: learners poll ten times a second."""
    return limit + max(_LEAST_GRACE, _SHARE_OF_GRACE * limit)


@contextmanager
def _children_allowed() -> Iterator[None]:
    """Let a daemonic process, as Dask's workers are, have a child; it is ended with it."""
    config: dict[str, Any] = multiprocessing.current_process()._config  # type: ignore[attr-defined]
    daemon = config.pop("daemon", None)
    try:
        yield
    finally:
        if daemon is not None:
            config["daemon"] = daemon
