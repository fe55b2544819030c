"""Texts under headings, broken between words to the width of the terminal."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Sequence

from parity_compare.terminal.wording import printable

_LEAST_WIDTH = 20
_NAMED = 8


def width() -> int | None:
    """Columns of the terminal; None where the output is no terminal, and is not to be broken."""
    if not sys.stdout.isatty() and "COLUMNS" not in os.environ:
        return None
    return max(_LEAST_WIDTH, shutil.get_terminal_size().columns)


def print_text(text: str, width: int | None, heading: str = "", indent: int = 0) -> None:
    """Print one text, broken between words, never within.

    Args:
        text: what to print; what a terminal might obey is replaced.
        width: see :func:`width`.
        heading: stands before the first line.
        indent: cells from the left margin to the text; without it, further lines have four.
    """
    first = f"  {heading:<{indent - 2}}" if indent else ""
    text = printable(text)
    if width is None:
        print(first + text)
        return
    lines = textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=" " * (len(first) or 4),
        break_long_words=False,
        break_on_hyphens=False,
    )
    print("\n".join(lines) or first.rstrip())


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: ``1 row``, ``2 rows``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def left_out(rows: int, columns: Sequence[str]) -> str:
    """Which rows or columns of a file are missing from the answer; empty if none are.

    Args:
        rows: how many were left out because values were missing.
        columns: names of those that were left out because values were missing.
    """
    what = [counted(rows, "row")] if rows else []
    if columns:
        more = f" and {len(columns) - _NAMED} more" if len(columns) > _NAMED else ""
        names = ", ".join(columns[:_NAMED])
        what.append(f"{counted(len(columns), 'column')} ({names}{more})")
    return f"{' and '.join(what)} with missing values left out." if what else ""
