"""Processes that hold, fill and break a store, and may be killed at any moment."""

import itertools
import multiprocessing
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from stored import ENVIRONMENT, record, specs, trace

from parity_compare.storage.store import Store


class Child:
    """A process that does ``work(report, *arguments)`` and may be killed at any moment.

    It is forked, which takes a millisecond, so that many can be killed.
    """

    def __init__(self, work: Callable[..., None], *arguments: object) -> None:
        if "fork" not in multiprocessing.get_all_start_methods():
            pytest.skip("this system cannot fork")
        context = multiprocessing.get_context("fork")
        self._reports, reporter = context.Pipe(duplex=False)
        self._process = context.Process(target=work, args=(reporter.send, *arguments))
        self._process.start()
        reporter.close()

    def report(self) -> object:
        """The next thing that it reports; None once it has ended."""
        try:
            return self._reports.recv()
        except EOFError:
            return None

    def kill(self) -> list[object]:
        """Kill it; returns what it had reported by then and was not yet asked for."""
        self._process.kill()
        return self.rest()

    def rest(self) -> list[object]:
        """What else it reports until it ends."""
        reports = list(iter(self.report, None))
        self._process.join()
        return reports


def begin_and_wait(report: Callable[[object], None], folder: Path) -> None:
    """Hold a folder's lock for a minute."""
    with Store(folder) as store:
        store.begin_session({})
        report("ready")
        time.sleep(60)


def add_all(report: Callable[[object], None], folder: Path, first: int) -> None:
    """Add trials without end, and say of each that it was added."""
    with Store(folder) as store:
        store.begin_session(ENVIRONMENT)
        report("begun")
        for trial in range(first, len(specs())):
            store.add(record(trial))
            report(trial)


def make_and_die(report: Callable[[object], None], folder: Path, moment: int) -> None:
    """Make a store, and be killed before the step with this number that Python hears of."""
    steps = itertools.count()

    def count(event: str, arguments: tuple[object, ...]) -> None:
        watched = ("sqlite3.connect", "open", "os.remove", "os.rename", "os.mkdir", "os.listdir")
        about_us = event in watched and str(folder) in str(arguments)
        if about_us and next(steps) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    with Store(folder) as store:
        store.begin_session({})
    report("survived")


def fill_the_disk(report: Callable[[object], None], folder: Path) -> None:
    """Add trials until no file may grow any more."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    with Store(folder) as store:
        store.begin_session(ENVIRONMENT)
        try:
            for trial in range(200):
                store.add(record(trial, trace=trace()))
                report(trial)
        except sqlite3.Error as error:
            report(str(error))
