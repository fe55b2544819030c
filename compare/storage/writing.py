"""Writing a file in one step: a reader sees the old one or the new one, never half of it."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from parity_compare.problems.errors import InvalidInput

_DEVICES = Path("/dev")


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A new file beside ``target`` to write to, which takes its place when the block ends.

    A ``target`` that is a symbolic link is replaced itself: a folder of results may come from a
    stranger, and what its links point to is not written. The folder is made if need be.

    Raises:
        InvalidInput: ``target`` is something else than a file, such as a device or a folder, or
            no file can be made in its folder.
    """
    _refuse_special(target)
    new = _beside(target)
    try:
        yield new
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(new, 0o666 & ~mask)  # mkstemp's files are private, these are to be passed on
        try:
            os.replace(new, target)
        except OSError as error:  # whose own text is about the new file
            raise InvalidInput(f"{target} cannot be written: {error.strerror or error}") from None
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _beside(target: Path) -> Path:
    """An empty file in the folder of ``target``, which is made if need be."""
    folder = target.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, prefix=f".{target.stem}-", suffix=".new")
    except OSError as error:
        obstacles = [one for one in (folder, *folder.parents) if one.exists() and not one.is_dir()]
        if obstacles:
            reason = f"{obstacles[0]} is not a folder"
        elif isinstance(error, FileNotFoundError):
            reason = f"no file can be made in {folder}"  # of /proc, which has files of its own only
        else:
            reason = str(error.strerror)
        raise InvalidInput(f"{target} cannot be written: {reason}") from None
    os.close(handle)
    return Path(name)


def _refuse_special(target: Path) -> None:
    """Refuse what must not be replaced by a file, such as /dev/null or /dev/stdout."""
    try:
        kind = target.stat().st_mode
    except OSError:  # there is none yet, or it is a link to nothing
        regular = True
    else:
        regular = stat.S_ISREG(kind)
    if not regular or _DEVICES in target.absolute().parents:
        raise InvalidInput(f"a file is to be written, but {target} is a folder or a device")
