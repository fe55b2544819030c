"""A worker process: runs what it is asked for, tells how its clocks stand, ends with its parent.

The main thread works. One thread reads requests and ends the process when the parent has gone;
another gives signs of life. A learner that never lets go of the interpreter silences both, which
the supervisor notices.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from queue import SimpleQueue

from parity_compare.algorithms import registry
from parity_compare.algorithms.budget import Clock
from parity_compare.algorithms.outcome import Status
from parity_compare.algorithms.task import Task
from parity_compare.execution.protocol import (
    BEAT,
    Beat,
    Begun,
    Call,
    Done,
    Ended,
    Enough,
    Raised,
    Ready,
    Reply,
    Request,
    Run,
    Setup,
    Value,
)
from parity_compare.execution.trials import lost, run_trials
from parity_compare.problems.errors import InvalidInput
from parity_compare.timing import timing


def serve(connection: Connection, setup: Setup) -> None:
    """Answer requests until the other end closes; this is all that a worker process does."""
    _detach()
    worker = _Worker(connection)
    try:
        registry.adopt(setup.learners)
    except Exception as error:  # a class that cannot be had here
        worker.reply(Raised(InvalidInput(f"a registered learner cannot be loaded: {error}")))
        return
    worker.reply(Ready())
    worker.serve()


def _detach() -> None:
    """Leave the keyboard's signals, standard output and a dying parent to what they are for."""
    # Ctrl-C goes to every process of a terminal; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):  # blocked until now, see .process
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    # Standard output is the command's table or JSON; what learners print is a side remark.
    sys.stdout.flush()
    os.dup2(2, 1)
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):
            # Even a process that holds the interpreter for good must not outlive its parent.
            parent_death_signal = 1
            ctypes.CDLL(None).prctl(parent_death_signal, signal.SIGKILL)


class _Worker:
    """The state that the three threads share."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self._requests: SimpleQueue[Request] = SimpleQueue()
        self._busy = threading.Event()
        self._enough = threading.Event()
        self._clocks: Sequence[Clock] = ()

    def serve(self) -> None:
        for target in (self._read, self._beat):
            threading.Thread(target=target, daemon=True).start()
        while True:
            request = self._requests.get()
            self._busy.set()
            try:
                if isinstance(request, Run):
                    self._run(request)
                elif isinstance(request, Call):
                    self._call(request)
            finally:
                self._busy.clear()

    def reply(self, message: Reply) -> None:
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        with self._sending, suppress(BrokenPipeError):  # the reader ends us a moment later
            self._connection.send_bytes(data)

    def _run(self, request: Run) -> None:
        for group in request.groups:
            if self._enough.is_set():
                break
            try:
                records = run_trials(group, at_once=request.at_once, watch=self._watch)
            except Exception as error:  # the trial cannot be set up here, such as a missing plug-in
                self.reply(Raised(InvalidInput(str(error))))
                return
            except BaseException as error:  # such as KeyboardInterrupt: nobody's but the learner's
                detail = f"{type(error).__name__}: {error}"
                label = partial(timing, len(group), at_once=request.at_once)
                records = [lost(spec, Status.ERROR, detail, label=label) for spec in group]
            finally:
                self._clocks = ()
            self.reply(Ended(tuple(records)))
        self.reply(Done())

    def _call(self, request: Call) -> None:
        clock = Clock()
        self._clocks = [clock]
        self.reply(Begun())
        clock.start()
        try:
            self.reply(Value(request.function()))
        except Exception as error:  # it belongs to whoever asked
            self.reply(Raised(error))
        finally:
            self._clocks = ()

    def _watch(self, tasks: Sequence[Task]) -> None:
        self._clocks = [task.clock for task in tasks]
        self.reply(Begun())

    def _read(self) -> None:
        while True:
            try:
                request: Request = pickle.loads(self._connection.recv_bytes())
            except (EOFError, OSError):
                os._exit(0)  # the parent has gone; nobody wants the rest
            if isinstance(request, Enough):
                self._enough.set()
            else:
                self._enough.clear()
                self._requests.put(request)

    def _beat(self) -> None:
        pause = threading.Event()
        while True:
            self._busy.wait()
            pause.wait(BEAT)
            if self._busy.is_set():
                running = [clock.seconds for clock in self._clocks if clock.running]
                self.reply(Beat(max(running, default=0.0), bool(running)))
