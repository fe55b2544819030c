"""Draws a tally on lines of a terminal: a row per learner, the totals, the worst cell.

Every line fits the width: a narrow terminal loses columns, and long labels their middles; nothing
is ever wrapped. If there are more learners than lines, those that are done are counted instead of
shown, and then those for which there is no room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from parity_compare.progress import Progress, Tally
from parity_compare.terminal.wording import cropped, duration, printable, rate

if TYPE_CHECKING:
    from rich.text import Text

_GAP = 2
_NAME = 14  # cells that a name keeps while other columns ask for room
_BAR, _LONGEST_BAR = 10, 40
_HEADINGS = ("done", "solved", "rate", "left")
_BY_IMPORTANCE = ("done", "left", "solved", "rate")  # the bar comes last


@dataclass(frozen=True)
class Room:
    """The lines that there are, their width in cells, and whether they hold ASCII only."""

    width: int
    height: int
    ascii_only: bool = False


def board(tally: Tally, room: Room, *, running: bool = True) -> list[Text]:
    """The lines, at most ``room.height`` of them, none wider than ``room.width``.

    Args:
        tally: what to draw.
        room: where.
        running: whether the run goes on, so that rates and times mean anything.
    """
    from rich.text import Text

    rows = [(printable(name), tally.progress(name)) for name in tally.contestants]
    shown, remarks = _choose(rows, room.height - 3)  # a heading, the totals, the worst cell
    lines = _table(shown, room, running=running) if shown else []
    lines += [Text(cropped(remark, room.width), style="dim") for remark in remarks]
    lines.append(
        Text(cropped(summary(tally, room.width, running=running), room.width), style="bold")
    )
    worst = tally.worst()
    if worst is not None:
        lines.append(Text(cropped(printable(f"worst: {worst}"), room.width)))
    lines = lines[-room.height :]
    for line in lines:
        if room.ascii_only:
            line.plain = line.plain.replace("…", "~").encode("ascii", "replace").decode()
    return lines


def summary(tally: Tally, width: int | None = None, *, running: bool = True) -> str:
    """``1240/10000 trials, 1211 solved, 18.2/s, 8 min left``, as far as it fits the width."""
    overall = tally.overall()
    parts = [f"{_of_all(overall)} trials"]
    if overall.ran:
        parts.append(_solved(overall))
    if overall.statuses.get("error"):
        errors = overall.statuses["error"]
        parts.append(f"{errors} error{'s' if errors > 1 else ''}")
    if running and overall.done < overall.total:
        parts += [] if overall.rate is None else [rate(overall.rate)]
        parts += [] if overall.left is None else [f"{duration(overall.left)} left"]
    elif running:
        parts.append(f"in {duration(tally.elapsed())}")
    while width is not None and len(parts) > 1 and len(", ".join(parts)) > width:
        # The counts say most; of the rest, the time left does.
        del parts[-2 if len(parts) > 2 and parts[-1].endswith("left") else -1]
    return ", ".join(parts)


def _of_all(progress: Progress) -> str:
    """``310/1000``; older stores do not say how many were planned."""
    return f"{progress.done}/{progress.total}" if progress.total else str(progress.done)


def _solved(progress: Progress) -> str:
    """How many were solved: of all that ran, which need not be all that are done."""
    if progress.ran == progress.done:
        return f"{progress.solved} solved"
    return f"{progress.solved} of {progress.ran} solved"


def _choose(
    rows: Sequence[tuple[str, Progress]], at_most: int
) -> tuple[list[tuple[str, Progress]], list[str]]:
    """The rows to show, and remarks that stand for the others; together at most so many lines."""
    if len(rows) <= at_most:
        return list(rows), []
    unfinished = [row for row in rows if row[1].done < row[1].total]
    ended = len(rows) - len(unfinished)
    remarks = [f"{ended} of {len(rows)} learners are done"] if ended else []
    room = max(at_most - len(remarks), 0)
    if len(unfinished) <= room:
        return unfinished, remarks
    room = max(room - 1, 0)
    # Those that have begun are worth more than those that wait; both stay in the plan's order.
    begun = sorted(unfinished, key=lambda row: row[1].ran == 0)[:room]
    chosen = [row for row in unfinished if row in begun]
    return chosen, [f"{len(unfinished) - len(chosen)} more are not shown", *remarks]


def _table(rows: Sequence[tuple[str, Progress]], room: Room, *, running: bool) -> list[Text]:
    from rich.cells import cell_len
    from rich.text import Text

    cells = [dict(zip(_HEADINGS, _cells(progress), strict=True)) for _, progress in rows]
    sizes = {column: max(len(column), *(len(row[column]) for row in cells)) for column in _HEADINGS}
    longest = max(len("learner"), *(cell_len(name) for name, _ in rows))
    free = room.width - min(longest, _NAME)
    columns = set()
    for column in _BY_IMPORTANCE if running else ("done", "solved"):
        if free >= sizes[column] + _GAP:
            columns.add(column)
            free -= sizes[column] + _GAP
    measured = any(progress.total for _, progress in rows)
    bar = _BAR if measured and free >= _BAR + _GAP else 0
    free -= bar + _GAP if bar else 0
    name_size = min(longest, min(longest, _NAME) + free, room.width)
    free -= name_size - min(longest, _NAME)
    bar += min(free, _LONGEST_BAR - bar) if bar else 0

    def line(name: str, drawn: Text, values: dict[str, str], style: str) -> Text:
        text = Text(style=style)
        short = cropped(name, name_size)
        text.append(short + " " * (name_size - cell_len(short)))
        if bar:
            text.append(" " * _GAP)
            text.append_text(drawn)
        for column in _HEADINGS:
            if column in columns:
                text.append(" " * _GAP + values[column].rjust(sizes[column]))
        return text

    heading = line("learner", Text(" " * bar), {name: name for name in _HEADINGS}, "dim")
    return [heading] + [
        line(name, _bar(progress, bar, ascii_only=room.ascii_only), values, "")
        for (name, progress), values in zip(rows, cells, strict=True)
    ]


def _cells(progress: Progress) -> tuple[str, str, str, str]:
    over = progress.done >= progress.total
    return (
        _of_all(progress),
        f"{progress.solved}/{progress.ran}" if progress.ran else "",
        "" if over or progress.rate is None else rate(progress.rate),
        "done" if over else "" if progress.left is None else duration(progress.left),
    )


def _bar(progress: Progress, size: int, *, ascii_only: bool) -> Text:
    from rich.text import Text

    share = min(progress.done / progress.total, 1.0) if progress.total else 0.0
    filled = int(share * size)  # full only if everything is done
    full, empty = ("#", "-") if ascii_only else ("━", "─")
    return Text.assemble((full * filled, "green"), (empty * (size - filled), "dim"))
