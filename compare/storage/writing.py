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
        InvalidInput: ``target`` is something else than a file, such as a device or a folder.
    """
    _refuse_special(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem}-", suffix=".new")
    os.close(handle)
    new = Path(name)
    try:
        yield new
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(new, 0o666 & ~mask)  # mkstemp's files are private, these are to be passed on
        os.replace(new, target)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


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
