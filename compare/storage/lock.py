"""One writer per folder: a lock that the system lets go of when its process dies."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from parity_compare.problems.errors import InvalidInput

if TYPE_CHECKING:
    from filelock import FileLock

FILE_NAME = "run.lock"
_PATIENCE = 1.0
"""Seconds to wait for a lock: longer than somebody takes to ask whether it is held."""


class FolderLock:
    """The right to write to a folder's store, held by one process at a time.

    Args:
        folder: an existing folder; the lock's file, which stays there, is in it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: FileLock | None = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()

    def acquire(self) -> None:
        """Take the lock; each call asks for a release of its own.

        Raises:
            InvalidInput: another process holds it, or its file is no file of its own.
        """
        # Imported here, since only writers need it and most commands read.
        from filelock import FileLock, Timeout

        path = self.folder / FILE_NAME
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise InvalidInput(f"{path} must be a file of its own, it is a link or no file")
        if self._lock is None:
            self._lock = FileLock(path, thread_local=False)
        try:
            self._lock.acquire(timeout=_PATIENCE, poll_interval=0.02)
        except Timeout:
            raise InvalidInput(
                f"another process is writing to {self.folder}; wait for it, or give another folder"
            ) from None
        except NotImplementedError as error:  # a file system without locks
            raise InvalidInput(f"{self.folder} cannot be locked ({error})") from None

    def release(self) -> None:
        """Let others write; does nothing where the lock is not held."""
        if self._lock is not None:
            self._lock.release()


def is_held(folder: Path) -> bool:
    """Whether a process is writing to the folder at this moment."""
    from filelock import FileLock, Timeout

    path = folder / FILE_NAME
    if not path.is_file() or path.is_symlink():
        return False
    lock = FileLock(path, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except OSError:  # a folder that we may only read
        return False
    lock.release()
    return False
