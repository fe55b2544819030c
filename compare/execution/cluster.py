"""Workers on a cluster, reached through Dask's scheduler.

Every thread of a Dask worker watches over a worker process of ours (:mod:`.supervisor`), so that
the limits hold there as they do at home; of Dask's own workers nothing is asked but to be there.
joblib's Dask backend is not used: it drops everything that is under way once one task fails.
"""

from __future__ import annotations

import logging
import re
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from parity_compare.algorithms import registry
from parity_compare.algorithms.outcome import Status
from parity_compare.execution.protocol import Group, Setup
from parity_compare.execution.supervisor import Deliver, Notice, Stopped, Supervisor
from parity_compare.execution.trials import lost
from parity_compare.problems.errors import InvalidInput, RunFailed
from parity_compare.results import Record
from parity_compare.timing import timing

_ANSWER, _PATIENCE = 5.0, 15.0
"""Seconds to wait for the scheduler, and for it to have a worker."""


class Cluster:
    """A connection to Dask's scheduler.

    Args:
        scheduler: its address, such as ``tcp://host:8786``.

    Raises:
        InvalidInput: Dask is not installed, nobody answers, there is no worker, or a worker has
            another version of parity-compare, or none.
    """

    def __init__(self, scheduler: str) -> None:
        if not re.fullmatch(r"[a-z]+://[^/\s]+:\d+", scheduler):
            raise InvalidInput(f"scheduler must be like tcp://host:8786, got {scheduler!r}")
        try:
            from distributed import Client
        except ImportError:
            raise InvalidInput(
                "backend dask needs Dask: pip install 'parity-compare[dask]'"
            ) from None
        # Its loss of workers and connections is told in our own words.
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        try:
            self._client = Client(scheduler, timeout=_ANSWER, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise InvalidInput(
                f"scheduler must be the address of a running Dask scheduler, got {scheduler!r}: "
                f"{error}"
            ) from None
        self._address, self._run = scheduler, uuid4().hex
        try:
            self._check_workers()
        except BaseException:
            self._client.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with suppress(Exception):  # the cluster may be what failed
            self._client.run(_end_supervisors, self._run)
        self._client.close()

    @property
    def threads(self) -> int:
        """How many trials the cluster's workers run at once."""
        return sum(self._client.nthreads().values())

    def memory(self) -> float:
        """Bytes that the smallest worker has for each of its threads; inf if none has a limit."""
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        return min(
            (w["memory_limit"] / w["nthreads"] for w in workers if w["memory_limit"]),
            default=float("inf"),
        )

    def slot(self, setup: Setup, notice: Notice) -> ClusterSlot:
        """A place on the cluster; which worker that is, the scheduler decides for each portion."""
        return ClusterSlot(self._client, replace(setup, run=self._run), notice)

    def _check_workers(self) -> None:
        try:
            self._client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError:
            raise InvalidInput(
                f"scheduler {self._address} has no worker: start one with 'dask worker "
                f"{self._address}'"
            ) from None
        ours = version("parity-compare")
        for address, answer in self._client.run(_version, on_error="return").items():
            if isinstance(answer, BaseException):
                raise InvalidInput(f"worker {address} lacks parity-compare: {answer}")
            if answer != ours:
                raise InvalidInput(
                    f"worker {address} has parity-compare {answer}, this is {ours}; results of "
                    "different versions do not mix"
                )


class ClusterSlot:
    """One of the places of a cluster (see :class:`.crew.Slot`)."""

    def __init__(self, client: Any, setup: Setup, notice: Notice) -> None:
        self._client, self._setup, self._notice = client, setup, notice
        self._stopped = False
        self._future: Any = None

    def run(
        self,
        groups: tuple[Group, ...],
        deliver: Deliver,
        *,
        at_once: int,
        enough: Callable[[], bool],
    ) -> None:
        """Run groups of trials on some worker; a portion is begun whole or not at all.

        If Dask's workers die under a portion, its groups are tried once more one by one, then
        recorded as ``error``.

        Raises:
            Stopped: :meth:`stop` was called meanwhile.
            RunFailed: the connection to the scheduler is lost.
        """
        portions = deque([(groups, 1)])
        while portions and not enough():
            portion, attempt = portions.popleft()
            try:
                ended = self._result(_run_there, self._setup, portion, at_once)
            except _WorkersDied as death:
                if attempt == 1:
                    self._notice(f"{death} What they were at is tried once more.")
                    portions.extend(((group,), 2) for group in portion)
                else:
                    (group,) = portion
                    label = partial(timing, len(group), at_once=at_once)
                    error = partial(lost, status=Status.ERROR, detail=str(death), label=label)
                    deliver(tuple(map(error, group)), 0.0)
                continue
            for records, seconds in ended:
                deliver(records, seconds)

    def call(self, function: Callable[[], Any], seconds: float) -> Any:
        """The value of a function on some worker (see :meth:`.supervisor.Supervisor.call`)."""
        return self._result(_call_there, self._setup, function, seconds)

    def stop(self) -> None:
        """Want nothing more of what is under way; :class:`Cluster` ends it when it is left."""
        self._stopped = True
        future = self._future
        if future is not None:
            with suppress(Exception):  # without a connection there is nothing to call off
                future.cancel()

    def close(self) -> None:
        """Nothing: the workers belong to the cluster."""

    def _result(self, function: Callable[..., Any], *arguments: Any) -> Any:
        from distributed import KilledWorker

        if self._stopped:
            raise Stopped
        self._future = self._client.submit(function, *arguments, pure=False)
        if self._stopped:  # it came between the two
            self.stop()
        try:
            return self._future.result()
        except KilledWorker as error:
            raise _WorkersDied(f"Dask's workers died repeatedly: {error}.") from None
        except CancelledError:
            if self._stopped:
                raise Stopped from None
            raise RunFailed("the connection to Dask's scheduler is lost") from None
        finally:
            self._future = None


class _WorkersDied(Exception):
    """Several workers of Dask's died while they ran a portion."""


# What runs on the cluster: each thread of a Dask worker keeps a supervisor from portion to portion.
_supervisors: dict[int, tuple[Setup, Supervisor]] = {}


def _version() -> str:
    import parity_compare.execution.worker  # noqa: F401 - it must be there, not only its metadata

    return version("parity-compare")


def _run_there(
    setup: Setup, groups: tuple[Group, ...], at_once: int
) -> list[tuple[tuple[Record, ...], float]]:
    ended: list[tuple[tuple[Record, ...], float]] = []
    try:
        _supervisor(setup).run(groups, lambda *end: ended.append(end), at_once=at_once)
    except Stopped:
        raise RuntimeError("the run was stopped") from None
    return ended


def _call_there(setup: Setup, function: Callable[[], Any], seconds: float) -> Any:
    try:
        return _supervisor(setup).call(function, seconds)
    except Stopped:
        raise RuntimeError("the run was stopped") from None


def _supervisor(setup: Setup) -> Supervisor:
    """This thread's own; another run's with another setup is let go of."""
    mine = threading.get_ident()
    kept = _supervisors.get(mine)
    if kept is not None and kept[0] == setup:
        return kept[1]
    if kept is not None:
        kept[1].close()
    registry.adopt(setup.learners)  # to describe trials of theirs that are lost
    supervisor = Supervisor(setup)
    _supervisors[mine] = (setup, supervisor)
    return supervisor


def _end_supervisors(run: str) -> None:
    """End the worker processes of one run; others may be using the cluster, too."""
    for thread, (setup, supervisor) in list(_supervisors.items()):
        if setup.run == run:
            del _supervisors[thread]
            supervisor.stop()
