"""Progress on stderr while a run lasts: a live view on a terminal, a line a minute elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Self

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live as RichLive
from rich.text import Text

from parity_compare.experiment import Experiment, Programme
from parity_compare.progress import Clock, Tally, cell, census, contestant
from parity_compare.results import Record
from parity_compare.terminal.board import Room, board, summary
from parity_compare.terminal.wording import printable

LINE_SECONDS = 60.0
"""Between two lines where there is no terminal to draw on."""

_FRAMES_PER_SECOND = 4
_LOOK_SECONDS = 1.0  # how often somebody looks whether a line is due


class Live:
    """Shows how a run stands, from ``__enter__`` to ``__exit__``.

    Trials may be reported in bursts; what is shown goes on ticking while none ends. Losing the
    display, as when a terminal is closed, does not end the run.

    Args:
        experiment: what is run.
        finished: keys of the trials that were there before.
        console: where to draw; stderr by default.
        clock: tells the time in seconds.
    """

    def __init__(
        self,
        experiment: Experiment | Programme,
        finished: set[str],
        *,
        console: Console | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        planned, already = census(experiment.specs(), finished)
        self._console = Console(stderr=True) if console is None else console
        self._clock = clock
        self._tally = Tally(planned, already, clock=clock)
        # Re-entrant: a signal's handler may speak while its own thread is counting.
        self._lock = threading.RLock()
        self._frame = _Frame(self._tally, self._lock)
        self._view: RichLive | None = None
        self._minutes: _Minutes | None = None

    def __enter__(self) -> Self:
        overall = self._tally.overall()
        if overall.done:
            self.say(f"{overall.done} of {overall.total} trials are already there.")
        if overall.done == overall.total:
            return self
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            self._view = RichLive(
                self._frame,
                console=self._console,
                refresh_per_second=_FRAMES_PER_SECOND,
                vertical_overflow="crop",
            )
            self._view.start(refresh=True)
        else:
            self._minutes = _Minutes(self._print_line, self._clock, self._lock)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._view is not None:
            self._frame.last = True
            with suppress(OSError):  # see _write
                self._view.stop()
            self._view = None
        if self._minutes is not None:
            self._minutes.stop()
            self._minutes = None
            self._print_line()

    def advance(self, record: Record) -> None:
        """Count one finished trial."""
        spec = record.spec
        name, where = contestant(spec.learner, spec.device), cell(spec)
        with self._lock:
            self._tally.add(name, where, record.status, record.solved, record.cost.seconds)
        if self._minutes is not None:
            self._minutes.look()

    def say(self, text: str) -> None:
        """Print a notice of one line, above the live view if there is one."""
        line = printable(text)
        if self._view is None:
            self._write(line)
            return
        with suppress(OSError):  # see _write
            self._console.print(Text(line))

    def _print_line(self) -> None:
        with self._lock:
            worst, text = self._tally.worst(), summary(self._tally)
        remark = "" if worst is None else f"; worst: {worst}"
        self._write(printable(f"{datetime.now():%H:%M:%S} {text}{remark}"))

    def _write(self, line: str) -> None:
        # Whoever read the lines may have gone. There is nobody left to tell, and the trials of a
        # weekend matter more than that.
        with suppress(OSError, ValueError):
            self._console.file.write(f"{line}\n")
            self._console.file.flush()


class _Frame:
    """What is drawn anew several times a second, by a thread of rich's.

    Attributes:
        last: whether it stays behind, and may therefore be longer than the screen.
    """

    def __init__(self, tally: Tally, lock: threading.RLock) -> None:
        self._tally = tally
        self._lock = lock
        self.last = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        # The last column and the last line stay free: some terminals wrap or scroll at them.
        width = max(options.max_width - 1, 1)
        height = 10**6 if self.last else max(options.size.height - 1, 1)
        with self._lock:
            lines = board(self._tally, Room(width, height, options.ascii_only))
        yield Text("\n", no_wrap=True, overflow="crop", end="").join(lines)


class _Minutes:
    """Calls ``speak`` once a minute, also while nothing else happens, until it is stopped."""

    def __init__(self, speak: Callable[[], None], clock: Clock, lock: threading.RLock) -> None:
        self._speak = speak
        self._clock = clock
        self._lock = lock
        self._last = clock()
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look_now_and_then, daemon=True)
        self._watch.start()

    def look(self) -> None:
        """Speak if a minute is over."""
        with self._lock:
            if self._clock() - self._last < LINE_SECONDS:
                return
            self._last = self._clock()
            self._speak()

    def stop(self) -> None:
        """Fall silent."""
        self._over.set()
        self._watch.join()

    def _look_now_and_then(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            self.look()
