"""A worker process as its parent sees it: its answers, its clock, and when it is ended."""

from __future__ import annotations

import math
import multiprocessing
import multiprocessing.resource_tracker
import pickle
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any

import psutil

# Imported here, by one thread: several that import parts of joblib at once may find it half made.
from joblib.externals.loky.backend import get_context
from joblib.externals.loky.backend import resource_tracker as loky_tracker

from parity_compare.algorithms.outcome import Status
from parity_compare.execution.protocol import Beat, Begun, Enough, Reply, Request, Setup
from parity_compare.execution.worker import serve

_LOOK = 0.1
"""Seconds between two looks at a worker's memory and silence."""
_LEAST_GRACE, _SHARE_OF_GRACE = 2.0, 0.1
"""Seconds, or share of the limit, that a learner may be late: it polls ten times a second."""
_LATE_BEATS = 2
_OFF_CLOCK, _OFF_CLOCK_SHARE = 900.0, 100.0
"""Seconds that setting up a trial may take, and with so many multiples of the limit, once its clock
has run, probes and judging too: those of every step take a hundred times what a step does."""
_THREADED = ("OMP", "OPENBLAS", "MKL", "BLIS", "NUMEXPR", "VECLIB_MAXIMUM")
_starting = threading.Lock()


class Lost(Exception):
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


class WorkerProcess:
    """A worker process and what is known of the clock of the trial that it is at."""

    def __init__(self, setup: Setup) -> None:
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
        with _starting, _children_allowed(), _undisturbed():
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
            Lost: the process died, or was ended here.
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
                self._begun = True
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
        with suppress(psutil.Error):
            self._system.kill()

    def join(self) -> None:
        """Wait for the end of a process that was killed, and let go of it."""
        self._process.join()
        self._connection.close()

    def _await_group(self) -> None:
        self._clock, self._running, self._late, self._begun = 0.0, False, 0, False
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
        now = time.monotonic()
        silence = now - self._heard if self._running else 0.0
        if self._clock + silence > _late(limit) and silence > _LEAST_GRACE:
            raise self._overdue(limit)
        aside = now - self._since - self._clock - silence
        allowed = _OFF_CLOCK + (_OFF_CLOCK_SHARE * limit if self._begun else 0.0)
        if aside > allowed:
            self.kill()
            detail = f"Setting up and judging took {aside:.0f} s, so its worker was ended."
            raise Lost(Status.ERROR, detail, self._clock, retry=False)
        if self._memory is not None:
            with suppress(psutil.Error):
                held = self._system.memory_info().rss
                if held > self._memory:
                    self.kill()
                    detail = (
                        f"Its worker held {held / 1e6:.0f} MB, {self._memory / 1e6:.0f} MB are "
                        "allowed, and was ended."
                    )
                    raise Lost(Status.ERROR, detail, self._clock + silence, retry=False)

    def _overdue(self, limit: float) -> Lost:
        seconds = self._clock
        if self._running:
            seconds += time.monotonic() - self._heard
        self.kill()
        detail = (
            f"It did not stop at its limit of {limit:g} s; its worker was ended after "
            f"{seconds:.1f} s."
        )
        return Lost(Status.TIMEOUT, detail, seconds, retry=False)

    def _death(self) -> Lost:
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
        return Lost(Status.ERROR, detail, self._clock, retry=True, killed=killed)


def _late(limit: float) -> float:
    """Seconds on a trial's clock beyond which it is ended."""
    return limit + max(_LEAST_GRACE, _SHARE_OF_GRACE * limit)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let what is started here be born deaf to Ctrl-C, which it ignores once it can say so."""
    if not hasattr(signal, "pthread_sigmask"):  # as on Windows
        yield
        return
    # Starting a first process starts these too, after which they would unblock the signal.
    for tracker in (loky_tracker, multiprocessing.resource_tracker):
        tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
