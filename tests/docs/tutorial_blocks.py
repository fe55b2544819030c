"""The tutorial's commands and scripts, what the page says they print, and what they do print.

``python tests/docs/tutorial_blocks.py`` runs them all and writes their output into the page.

A ``console`` block holds commands and their output; a ``python`` block that begins with a comment
``# name.py`` is the file of that name, which a later command runs. Other blocks are not run.
"""

from __future__ import annotations

import io
import os
import re
import runpy
import shlex
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"

_BLOCK = re.compile(r"^```(console|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (\w+\.py)\n")
_TIME = re.compile(r"\b\d[\d.]*(?:e-?\d+)? ?(?:ns|us|ms|s|seconds|min|h)\b")
_TABLE = "│"


@dataclass(frozen=True)
class Step:
    """A command of the page, or a script that is written to a file.

    Attributes:
        command: what is typed; empty for a script.
        output: what it prints according to the page, or the script's text.
        file: the script's name; empty for a command.
    """

    command: str
    output: str
    file: str = ""


def steps(page: str) -> Iterator[Step]:
    """The page's commands and scripts, in order."""
    for kind, text in _BLOCK.findall(page):
        if kind == "console":
            for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
                command, output = re.fullmatch(
                    r"((?:[^\n]*\\\n)*[^\n]*)\n(.*)", part, re.S
                ).groups()
                yield Step(command, output)
        elif named := _FILE.match(text):
            yield Step("", text, named[1])


def outputs(page: str) -> dict[str, str]:
    """Run the page from its top in an empty folder; what each command printed."""
    printed: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder, _standing_in(folder):
        for step in steps(page):
            if step.file:
                Path(step.file).write_text(step.output, encoding="utf-8")
            else:
                printed[step.command] = _run(shlex.split(step.command.replace("\\\n", " ")))
    return printed


def told_apart(shown: str, printed: str) -> list[str]:
    """What a page shows and the command does not print: passages, or words of a table.

    Lengths of time are the clock's and compared with nothing, and neither is where they make a line
    break or a column end. ``…`` on a line of its own stands for what the page leaves out.
    """
    text, words = _comparable(printed)
    wanted_text, wanted_words = _comparable(shown)
    missing, place = [], 0
    for passage in filter(None, (part.strip() for part in wanted_text.split("…"))):
        found = text.find(passage, place)
        if found < 0:
            missing.append(passage)
        else:
            place = found + len(passage)
    return [*missing, *(wanted_words - words).elements()]


def rewritten(page: str) -> str:
    """The page with the output that its commands print now, those with ``…`` as they are."""
    printed = outputs(page)

    def fill(match: re.Match[str]) -> str:
        if match[1] != "console":
            return match[0]
        parts = []
        for step in steps(match[0]):
            kept = step.output if "…\n" in step.output else printed[step.command]
            parts.append(f"$ {step.command}\n{kept}")
        return "```console\n" + "".join(parts) + "```"

    return _BLOCK.sub(fill, page)


def _comparable(text: str) -> tuple[str, Counter[str]]:
    """The text outside tables in one line, and the words inside, times masked."""
    lines = text.splitlines()
    outside = " ".join(line for line in lines if not re.match(r"[│┃┏┡└]", line))
    cells = " ".join(line for line in lines if line.startswith(_TABLE))
    # A cell may break between a number and its unit, which is then nothing but a unit.
    words = re.findall(r"\b(?!(?:ns|us|ms|s)\b)[A-Za-z][\w-]*\b|\d+/\d+", cells)
    return _TIME.sub("#", " ".join(outside.split())), Counter(words)


def _run(arguments: list[str]) -> str:
    """What a command prints to stdout, in this process: an import that was made is not repeated."""
    from parity_compare.cli import main
    from parity_compare.execution.resources import Resources
    from parity_compare.settings import Settings

    printed = io.StringIO()
    program, *rest = arguments
    target: list[str] = []
    if ">" in rest:
        rest, target = rest[: rest.index(">")], rest[rest.index(">") + 1 :]
    with redirect_stdout(printed), redirect_stderr(io.StringIO()):
        if program == "python":
            with patch.object(sys, "argv", rest):
                runpy.run_path(rest[0], run_name="__main__")
        else:
            assert program == "parity-compare", program
            # Workers, which take a second to start, have tests of their own.
            with patch.object(Settings, "resources", lambda self: Resources()):
                code = _exit_code(main, rest)
            if code:
                raise AssertionError(f"{shlex.join(arguments)} ended with exit code {code}")
    text = "".join(line.rstrip() + "\n" for line in printed.getvalue().splitlines())
    if target:
        Path(target[0]).write_text(text, encoding="utf-8")
        return ""
    return text


def _exit_code(main: Callable[[list[str]], None], arguments: list[str]) -> int:
    try:
        main(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@contextmanager
def _standing_in(folder: str) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        with patch.dict(os.environ, {"COLUMNS": "110", "NO_COLOR": "1"}):
            yield
    finally:
        os.chdir(before)


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
