"""The command ``status``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from parity_compare.progress import Progress
    from parity_compare.standing import Standing


def status(
    folder: Annotated[Path, typer.Argument(help="Folder of the results.")],
    json: Annotated[bool, typer.Option("--json", help="Print the state as JSON.")] = False,
) -> None:
    """Show how the newest run of a results folder stands, while it runs or afterwards.

    Nothing is written, and a run that is going on is not held up.
    """
    from parity_compare.standing import standing

    found = standing(folder)
    if json:
        import json as encoder

        print(encoder.dumps(_facts(folder, found), indent=1))
    else:
        _show(folder, found)


def _show(folder: Path, found: Standing) -> None:
    from rich.text import Text

    from parity_compare.standing import RUNNING
    from parity_compare.terminal.board import Room, board
    from parity_compare.terminal.output import Output
    from parity_compare.terminal.wording import printable

    console = Output()
    # What goes to a file or another program is not shortened.
    width = console.width if console.is_terminal else 10_000
    lines = [Text(printable(_headline(folder, found)))]
    if found.tally.contestants:
        room = Room(width, height=10**6, ascii_only=console.options.ascii_only)
        lines += board(found.tally, room, running=found.state == RUNNING)
    lines += [Text(printable(line)) for line in [*_ends(found), *_afterword(found)]]
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False)


def _headline(folder: Path, found: Standing) -> str:
    """``results: running since 2026-01-02 03:04:05, for 12 min, as process 4711``."""
    from parity_compare.standing import KILLED, RUNNING, UNKNOWN
    from parity_compare.terminal.wording import duration

    session = found.session
    if session is None:
        return f"{folder}: no run on record"
    since = f"since {_when(session.started.timestamp())}"
    took = f"after {duration(found.tally.elapsed())}"
    if found.state == RUNNING:
        lasting = duration(found.tally.elapsed())
        return f"{folder}: running {since}, for {lasting}, as process {session.pid}"
    if found.state == KILLED:
        return f"{folder}: killed (process {session.pid} is gone; it had run {since})"
    if found.state == UNKNOWN:
        where = f"; it ran on {session.host}" if session.host else ""
        return f"{folder}: no end on record{where}, {since}"
    assert session.ended is not None
    return f"{folder}: {found.state} at {_when(session.ended.timestamp())}, {took}"


def _ends(found: Standing) -> list[str]:
    """How the trials ended, learner by learner, where not all were found."""
    lines = []
    for name in found.tally.contestants:
        statuses = found.tally.progress(name).statuses
        if set(statuses) - {"found"}:
            counts = ", ".join(f"{count} {status}" for status, count in statuses.items())
            lines.append(f"{name}: {counts}")
    return lines


def _afterword(found: Standing) -> list[str]:
    """When the last trial ended, what else is stored, and how to go on."""
    from parity_compare.standing import RUNNING, UNKNOWN
    from parity_compare.terminal.wording import duration

    overall = found.tally.overall()
    lines = []
    if found.last is not None:
        ago = (
            f", {duration(max(found.now - found.last, 0.0))} ago" if found.state == RUNNING else ""
        )
        lines.append(f"last trial ended at {_when(found.last)}{ago}")
    if found.stored > overall.done:
        lines.append(f"{found.stored} trials are stored in all, those of other runs included")
    missing, errors = overall.total - overall.done, overall.statuses.get("error", 0)
    if found.state == RUNNING or found.session is None:
        return lines
    if missing > 0:
        unless = "unless it is still running there, " if found.state == UNKNOWN else ""
        lines.append(f"to go on: {unless}the same command again; it runs the {missing} missing")
    elif errors:
        lines.append(f"the same command again tries the {errors} that ended in error once more")
    return lines


def _when(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment):%Y-%m-%d %H:%M:%S}"


def _facts(folder: Path, found: Standing) -> dict[str, Any]:
    session, tally, worst = found.session, found.tally, found.tally.worst()
    return {
        "folder": str(folder),
        "state": found.state,
        "started": None if session is None else session.started.isoformat(),
        "ended": None if session is None or session.ended is None else session.ended.isoformat(),
        "seconds": None if session is None else tally.elapsed(),
        "pid": None if session is None else session.pid or None,
        "host": None if session is None else session.host or None,
        "overall": _counts(tally.overall(), found),
        "learners": [
            {"learner": name, **_counts(tally.progress(name), found)} for name in tally.contestants
        ],
        "worst": None
        if worst is None
        else {
            "learner": worst.contestant,
            "cell": worst.cell,
            "trials": worst.trials,
            "solved": worst.solved,
            "mean_seconds": worst.seconds,
        },
        "last_trial": None if found.last is None else _iso(found.last),
        "stored": found.stored,
    }


def _counts(progress: Progress, found: Standing) -> dict[str, Any]:
    from parity_compare.standing import RUNNING

    running = found.state == RUNNING
    return {
        "done": progress.done,
        "total": progress.total,
        "ran": progress.ran,
        "solved": progress.solved,
        "statuses": dict(progress.statuses),
        "trials_per_second": progress.rate if running else None,
        "seconds_left": progress.left if running else None,
    }


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
