"""What is shown while a run lasts: on a terminal of any size, and where there is none."""

from __future__ import annotations

import io
import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from parity_compare.algorithms.outcome import Cost
from parity_compare.experiment import Experiment
from parity_compare.progress import Tally
from parity_compare.results import Record
from parity_compare.terminal.board import Room, board
from parity_compare.terminal.live import LINE_SECONDS, Live

LONG = "sgd[network=disjoint-polynet,width=1000,lr=0.1,loss=square]"


class Hand:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def experiment(trials: int = 10, learners: tuple[str, ...] = ("gf2", "sgd")) -> Experiment:
    return Experiment(learners, n=(40,), k=(4,), trials=trials)


def records(grid: Experiment, *, solved: bool = True, **changes: Any) -> list[Record]:
    """A made-up end for every trial of a grid."""
    status = "found" if solved else "timeout"
    made = [
        Record(
            spec=spec, access="sample", side_information="", timing="single", status=status,
            solved=solved, criterion="support", accuracy=1.0, support=(), secret=(),
            cost=Cost(seconds=0.5), message="",
        )
        for spec in grid.specs()
    ]  # fmt: skip
    return [replace(record, **changes) for record in made]


def plain(file: io.StringIO) -> Console:
    return Console(file=file, force_terminal=False)


def terminal(file: io.StringIO, width: int = 80, height: int = 24) -> Console:
    return Console(
        file=file, force_terminal=True, width=width, height=height,
        _environ={"TERM": "xterm-256color"},
    )  # fmt: skip


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for something that another thread does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_line_a_minute_and_one_at_the_end() -> None:
    file, clock, grid = io.StringIO(), Hand(), experiment()
    gf2 = [r for r in records(grid) if r.spec.learner == "gf2"]
    sgd = [r for r in records(grid, solved=False) if r.spec.learner == "sgd"]
    with Live(grid, set(), console=plain(file), clock=clock) as live:
        for record in gf2:
            clock.now += 10.0
            live.advance(record)
        for record in sgd[:3]:
            clock.now += 10.0
            live.advance(record)
    lines = file.getvalue().splitlines()
    assert len(lines) == 3  # after 60 s, after 120 s, and at the end, after 130 s
    clocktime = r"\d\d:\d\d:\d\d "
    assert re.fullmatch(
        clocktime + "6/20 trials, 6 solved, 6/min, 2 min left; worst: gf2 n=40 k=4: 6/6", lines[0]
    )
    assert re.fullmatch(
        clocktime + "12/20 trials, 10 solved, 6/min, 80 s left; worst: sgd n=40 k=4: 0/2", lines[1]
    )
    assert re.fullmatch(
        clocktime + "13/20 trials, 10 solved, 6/min, 70 s left; worst: sgd n=40 k=4: 0/3", lines[2]
    )


def test_a_line_comes_while_no_trial_ends() -> None:
    """A run whose trials last for hours still shows that it is alive."""
    file, clock = io.StringIO(), Hand()
    with Live(experiment(), set(), console=plain(file), clock=clock):
        clock.now += LINE_SECONDS
        until(lambda: "0/20 trials" in file.getvalue())
        clock.now += LINE_SECONDS - 1
        assert file.getvalue().count("\n") == 1
    assert file.getvalue().count("\n") == 2


def test_what_was_there_before_is_said_first_and_not_counted_as_solved_now() -> None:
    file, clock, grid = io.StringIO(), Hand(), experiment()
    made = records(grid)
    with Live(grid, {r.key for r in made[:4]}, console=plain(file), clock=clock) as live:
        assert file.getvalue() == "4 of 20 trials are already there.\n"
        clock.now += 60.0
        live.advance(made[4])
    assert "5/20 trials, 1 of 1 solved, " in file.getvalue()


def test_nothing_to_run_is_one_line() -> None:
    file, grid = io.StringIO(), experiment()
    with Live(grid, {spec.key for spec in grid.specs()}, console=plain(file)):
        pass
    assert file.getvalue() == "20 of 20 trials are already there.\n"


def test_a_run_that_is_done_says_how_long_it_took_and_what_failed() -> None:
    file, clock, grid = io.StringIO(), Hand(), experiment(trials=1)
    with Live(grid, set(), console=plain(file), clock=clock) as live:
        clock.now += 7.0
        for record in records(grid, solved=False, status="error"):
            live.advance(record)
    assert "2/2 trials, 0 solved, 2 errors, in 7 s; worst: gf2 n=40 k=4: 0/1" in file.getvalue()


def test_a_notice_is_a_line_of_its_own_that_no_terminal_obeys() -> None:
    file = io.StringIO()
    with Live(experiment(), set(), console=plain(file), clock=Hand()) as live:
        live.say("a worker died; its trials are tried again")
        live.say("\x1b[2J[bold]no markup[/bold]\nnor lines")
    lines = file.getvalue().splitlines()
    assert lines[0] == "a worker died; its trials are tried again"
    assert lines[1] == "?[2J[bold]no markup[/bold]?nor lines"


def test_losing_the_display_does_not_end_the_run() -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    grid, clock = experiment(), Hand()
    with Live(grid, set(), console=plain(Gone()), clock=clock) as live:
        for record in records(grid):
            clock.now += 61
            live.advance(record)
        live.say("still here")
        assert live._tally.overall().done == 20


def test_the_live_view_shows_every_learner_and_leaves_the_last_state_behind() -> None:
    file, clock, grid = io.StringIO(), Hand(), experiment()
    with Live(grid, set(), console=terminal(file), clock=clock) as live:
        for record in records(grid):
            clock.now += 1.0
            live.advance(record)
    last = _screen(file.getvalue(), 80, 24)
    assert re.fullmatch(r"gf2 +━+ +10/10 +10/10 +done", last[1].rstrip())
    assert re.fullmatch(r"sgd +━+ +10/10 +10/10 +done", last[2].rstrip())
    assert last[3].rstrip() == "20/20 trials, 20 solved, in 20 s"
    assert last[4].rstrip() == "worst: gf2 n=40 k=4: 10/10"


def test_what_is_left_behind_names_every_learner_even_beyond_the_screen() -> None:
    labels = tuple(f"gf2[surplus={i}]" for i in range(30))
    file, grid = io.StringIO(), experiment(trials=1, learners=labels)
    with Live(grid, set(), console=terminal(file, height=10), clock=Hand()) as live:
        for record in records(grid):
            live.advance(record)
    screen = _screen(file.getvalue(), 80, 60)
    assert [line.split()[0] for line in screen[1:31]] == list(labels)
    assert screen[31].startswith("30/30 trials, 30 solved")


def test_the_live_view_ticks_while_no_trial_ends() -> None:
    file, clock, grid = io.StringIO(), Hand(), experiment()
    with Live(grid, set(), console=terminal(file), clock=clock) as live:
        clock.now += 10
        live.advance(records(grid)[0])
        until(lambda: "3 min left" in file.getvalue())
        clock.now += 90
        until(lambda: "32 min left" in file.getvalue())


def test_a_notice_stands_above_the_live_view_untorn() -> None:
    file, grid = io.StringIO(), experiment()
    with Live(grid, set(), console=terminal(file), clock=Hand()) as live:
        live.advance(records(grid)[0])
        live.say("finishing 4 running trials; Ctrl-C again stops now [red]")
        live.advance(records(grid)[1])
    screen = [line.rstrip() for line in _screen(file.getvalue(), 80, 24)]
    assert screen[0] == "finishing 4 running trials; Ctrl-C again stops now [red]"
    assert screen[1].startswith("learner")
    assert sum(line.startswith("gf2") for line in screen) == 1


def test_bursts_and_frames_from_several_threads_lose_no_trial() -> None:
    file, grid = io.StringIO(), experiment(trials=500)
    made = records(grid)
    with Live(grid, set(), console=terminal(file)) as live:
        threads = [
            threading.Thread(
                target=lambda part: [live.advance(r) for r in part], args=(made[i::4],)
            )
            for i in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert "1000/1000 trials, 1000 solved" in file.getvalue()


def _screen(stream: str, width: int, height: int) -> list[str]:
    """What a terminal shows after this stream: text, line ends, and rich's few control codes."""
    screen, row, column = [[" "] * width for _ in range(height)], 0, 0
    for code in re.findall(r"\x1b\[[?\d;]*[A-Za-z]|\r|\n|[^\x1b\r\n]", stream):
        if code == "\n":
            row, column = row + 1, 0
        elif code == "\r":
            column = 0
        elif code.startswith("\x1b"):
            if code.endswith("A"):
                row -= int(code[2:-1] or 1)
            elif code == "\x1b[2K":
                screen[row] = [" "] * width
            else:
                assert code[-1] in "mhl", code
        else:
            screen[row][column] = code
            column += 1
    return ["".join(line) for line in screen]


def drawn(tally: Tally, width: int, height: int, *, ascii_only: bool = False) -> list[str]:
    return [line.plain for line in board(tally, Room(width, height, ascii_only))]


def busy(names: list[str], clock: Hand) -> Tally:
    """The first name is done, the second half done, the others have not begun."""
    tally = Tally(dict.fromkeys(names, 1000), clock=clock)
    for name, count in zip(names, (1000, 500), strict=False):
        for _ in range(count):
            clock.now += 0.01
            tally.add(name, "n=40 k=4 noise=0.1 samples=5000", "found", True, 0.01)
    return tally


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("width", [1, 5, 12, 25, 40, 47, 60, 79, 120, 250])
@pytest.mark.parametrize("count", [1, 2, 30])
def test_every_line_fits(count: int, width: int, ascii_only: bool) -> None:
    names = [LONG, "学習者[幅=千]" * 4, *(f"learner-{i}" for i in range(28))][:count]
    tally = busy(names, Hand())
    for height in (1, 2, 4, 8, 50):
        lines = drawn(tally, width, height, ascii_only=ascii_only)
        assert 1 <= len(lines) <= height
        assert max(map(cell_len, lines)) <= width
        assert all("\n" not in line for line in lines)
        assert not ascii_only or all(line.isascii() for line in lines)


def test_a_narrow_terminal_loses_columns_before_it_loses_counts() -> None:
    tally = busy([LONG, "gf2"], Hand())
    wide, middling, narrow = (drawn(tally, width, 24) for width in (120, 60, 40))
    assert wide[0].split() == middling[0].split() == ["learner", "done", "solved", "rate", "left"]
    assert "━" in wide[1]
    assert "━" not in middling[1]
    assert wide[1].startswith(LONG)
    assert re.match(r"sgd\[network=\S*…\S*=square\]  1000/1000 ", middling[1])
    assert re.match(r"sgd\[\S*…\S*are\]  1000/1000 ", narrow[1])
    assert narrow[2].split()[:2] == ["gf2", "500/1000"]


def test_more_learners_than_lines_are_counted() -> None:
    names = [f"learner-{i}" for i in range(30)]
    lines = drawn(busy(names, Hand()), 80, 12)
    assert len(lines) == 12
    # The one that is done makes room, and of the others the one that has begun is shown first.
    assert lines[1].startswith("learner-1 ")
    assert [line.split()[0] for line in lines[2:8]] == [f"learner-{i}" for i in range(2, 8)]
    assert lines[8:10] == ["22 more are not shown", "1 of 30 learners are done"]
    assert lines[10].startswith("1500/30000 trials")


def test_a_learner_that_has_begun_is_shown_before_those_that_wait() -> None:
    tally = Tally({f"learner-{i}": 10 for i in range(30)}, clock=Hand())
    tally.add("learner-29", "n=40 k=4", "found", True, 1.0)
    assert any(line.startswith("learner-29 ") for line in drawn(tally, 80, 12))


def test_labels_are_no_markup_and_no_commands() -> None:
    name = "[red]x[/red]\x1b[2J"
    tally = Tally({name: 1}, clock=Hand())
    tally.add(name, "n=40 k=4", "found", True, 1.0)
    lines = drawn(tally, 80, 24)
    assert lines[1].startswith("[red]x[/red]?[2J ")
    assert lines[-1] == "worst: [red]x[/red]?[2J n=40 k=4: 1/1"
    file = io.StringIO()
    terminal(file).print(*board(tally, Room(80, 24)), sep="\n")
    assert "[red]x[/red]?[2J" in file.getvalue()


def test_a_bar_is_full_only_when_all_is_done() -> None:
    clock = Hand()
    tally = Tally({"gf2": 1000}, clock=clock)
    for _ in range(999):
        tally.add("gf2", "n=40 k=4", "found", True, 1.0)
    assert "─" in drawn(tally, 80, 24)[1]
    tally.add("gf2", "n=40 k=4", "found", True, 1.0)
    assert "─" not in drawn(tally, 80, 24)[1]
