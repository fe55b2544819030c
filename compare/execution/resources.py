"""With what a run is carried out, and how long it may take; none of it changes a trial's key."""

from __future__ import annotations

from dataclasses import dataclass

from parity_compare.problems.errors import InvalidInput

BACKENDS = ("loky", "dask")
LEAST_MEMORY = 200_000_000


@dataclass(frozen=True)
class Resources:
    """Where trials are computed, and within which bounds.

    Attributes:
        jobs: worker processes; with ``backend="dask"`` None means all that the cluster has. With
            ``loky``, None means that trials run in this process, one after the other, where nobody
            can end a learner that does not poll or that takes too much memory.
        backend: joblib's ``loky`` for this machine, or ``dask`` for a cluster.
        scheduler: address of Dask's scheduler, such as ``tcp://host:8786``.
        memory: bytes that one worker may hold, None for no limit.
        total_seconds: wall-clock seconds of the whole run, None for no limit.

    Raises:
        InvalidInput: a value out of range, or a scheduler without Dask or the reverse.
    """

    jobs: int | None = None
    backend: str = "loky"
    scheduler: str | None = None
    memory: int | None = None
    total_seconds: float | None = None

    def __post_init__(self) -> None:
        if self.backend not in BACKENDS:
            raise InvalidInput(
                f"backend must be one of {', '.join(BACKENDS)}, got {self.backend!r}"
            )
        if self.jobs is not None and self.jobs < 1:
            raise InvalidInput(f"jobs must be at least 1, got {self.jobs}")
        if self.backend == "dask" and self.scheduler is None:
            raise InvalidInput("backend dask needs the scheduler's address: tcp://host:port")
        if self.backend != "dask" and self.scheduler is not None:
            raise InvalidInput(f"scheduler goes with backend dask, got backend {self.backend!r}")
        if self.memory is not None and self.memory < LEAST_MEMORY:
            raise InvalidInput(
                f"memory must be at least {LEAST_MEMORY} bytes, which a worker takes before it has "
                f"a trial, got {self.memory}"
            )
        if self.total_seconds is not None and not self.total_seconds > 0:
            raise InvalidInput(f"total_seconds must be positive, got {self.total_seconds}")
        if self.jobs is None and self.backend == "loky" and self.memory is not None:
            raise InvalidInput("memory limits a worker process; set jobs too")

    @property
    def parallel(self) -> bool:
        """Whether trials share the machine with others, so that their times are no contest."""
        return self.backend == "dask" or (self.jobs or 1) > 1
