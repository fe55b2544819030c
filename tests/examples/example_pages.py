"""The commands of the examples' pages, what the pages say that they print, and what they do print.

``python tests/examples/example_pages.py`` runs them all and writes their output into the pages;
names of pages after it are the only ones that are written.
"""

from __future__ import annotations

import io
import os
import re
import runpy
import shlex
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "examples"
NAMES = sorted(path.stem for path in (ROOT / "examples").glob("*.py"))

_CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TIME = re.compile(r"\b\d[\d.]*(e-?\d+)? ?(ns|us|µs|ms|s|seconds|min|minutes)\b")
_WIDTH = "100"


@dataclass(frozen=True)
class Command:
    """A command of a page.

    Attributes:
        text: as the page has it, continued lines included.
        output: what it prints, according to the page.
    """

    text: str
    output: str

    @property
    def arguments(self) -> list[str]:
        """The program and its arguments."""
        return shlex.split(self.text.replace("\\\n", " "))


def commands(page: str) -> list[Command]:
    """The commands of a page's console blocks, in order."""
    return [command for block in _CONSOLE.findall(page) for command in _split(block)]


def _split(block: str) -> Iterator[Command]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        match = re.fullmatch(r"((?:[^\n]*\\\n)*[^\n]*)\n(.*)", part, re.DOTALL)
        assert match is not None
        yield Command(match[1], match[2])


@contextmanager
def clone(folder: Path) -> Iterator[None]:
    """Work in a folder that has the examples, as a clone of the repository has."""
    before = Path.cwd()
    (folder / "examples").symlink_to(ROOT / "examples")
    os.chdir(folder)
    try:
        with patch.dict(os.environ, COLUMNS=_WIDTH):
            yield
    finally:
        os.chdir(before)


def run(command: Command) -> tuple[int, str]:
    """Run a page's command in this process; its exit code and what it prints."""
    from parity_compare.cli import main

    program, *arguments = command.arguments
    printed, code = io.StringIO(), 0
    try:
        with redirect_stdout(printed), patch.object(sys, "argv", [program, *arguments]):
            if program == "python":
                sys.argv = arguments
                runpy.run_path(arguments[0], run_name="__main__")
            else:
                assert program == "parity-compare", program
                main(arguments)
    except SystemExit as ended:
        code = int(ended.code or 0)
    return code, printed.getvalue()


def comparable(text: str) -> list[str]:
    """Words without the times among them, whose lengths decide where lines break."""
    return _TIME.sub("TIME", " ".join(text.split())).split()


def _refreshed(page: str) -> str:
    def block(match: re.Match[str]) -> str:
        made = [f"$ {command.text}\n{run(command)[1]}" for command in _split(match[1])]
        return "```console\n" + "".join(made) + "```"

    return _CONSOLE.sub(block, page)


if __name__ == "__main__":
    for path in [PAGES / f"{name}.md" for name in sys.argv[1:]] or sorted(PAGES.glob("*.md")):
        with tempfile.TemporaryDirectory() as made, clone(Path(made)):
            path.write_text(_refreshed(path.read_text()))
