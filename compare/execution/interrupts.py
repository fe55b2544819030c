"""How a run is told to end before its work is done: Ctrl-C once or twice, SIGTERM, total time."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED, OUT_OF_TIME = "interrupted", "out of time"

_MANY = 4096  # signals that are read at once


class Stop:
    """Whether, why and how soon a run is to end; flags that signal handlers may set."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self.immediate = False

    @property
    def requested(self) -> bool:
        """Whether nothing new is to be begun."""
        return self.reason is not None

    def request(self, reason: str) -> None:
        """Begin nothing new; what has begun may end."""
        self.reason = self.reason or reason

    def now(self, reason: str) -> None:
        """End what has begun, too."""
        self.request(reason)
        self.immediate = True


@contextmanager
def stopped_by_signals(stop: Stop) -> Iterator[None]:
    """Let Ctrl-C ask a run to end, a second one end it now, and SIGTERM end it now.

    A third Ctrl-C is Python's own. Outside the main thread, where Python handles no signals,
    nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    with _counted() as presses:

        def interrupt(number: int, frame: FrameType | None) -> None:
            # Python calls once for all that came while it was busy, such as writing to a slow
            # disk; who pressed twice meanwhile must not wait for a third.
            again = presses() > 1 or stop.requested
            stop.request(INTERRUPTED)
            if again:
                stop.now(INTERRUPTED)
                signal.signal(signal.SIGINT, signal.default_int_handler)

        def terminate(number: int, frame: FrameType | None) -> None:
            stop.now(INTERRUPTED)

        before = {
            signal.SIGINT: signal.signal(signal.SIGINT, interrupt),
            signal.SIGTERM: signal.signal(signal.SIGTERM, terminate),
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def _counted() -> Iterator[Callable[[], int]]:
    """How many Ctrl-C have come since one last asked, whether or not Python has handled them."""
    ours, pythons = socket.socketpair()
    with ours, pythons:
        ours.setblocking(False)
        pythons.setblocking(False)

        def count() -> int:
            try:
                return ours.recv(_MANY).count(signal.SIGINT)
            except BlockingIOError:
                return 0

        before = signal.set_wakeup_fd(pythons.fileno(), warn_on_full_buffer=False)
        try:
            yield count
        finally:
            signal.set_wakeup_fd(before)
