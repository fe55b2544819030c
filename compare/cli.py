"""The command line: one command per file of ``commands``."""

from __future__ import annotations

import os
import sqlite3
import sys
from typing import Any

import typer

from parity_compare.commands import exits
from parity_compare.commands.export import export
from parity_compare.commands.figure import figure
from parity_compare.commands.listing import list_learners
from parity_compare.commands.mechanism import mechanism
from parity_compare.commands.merge import merge
from parity_compare.commands.relations import relations
from parity_compare.commands.report import report
from parity_compare.commands.reproduce import reproduce
from parity_compare.commands.run import run
from parity_compare.commands.solve import solve
from parity_compare.commands.status import status
from parity_compare.commands.theory import theory
from parity_compare.problems.errors import InvalidInput, RunFailed

# Typer's own usage errors derive from these, under any version of Typer.
_USAGE_ERROR: Any = typer.BadParameter.__mro__[1]

app = typer.Typer(
    name="parity-compare",
    help="Who learns a hidden sparse parity, at what cost, and by what mechanism?",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for _command in (
    run, status, solve, relations, theory, mechanism, reproduce, report, figure, export, merge,
):  # fmt: skip
    app.command()(_command)
app.command(name="list")(list_learners)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit.

    Exit codes: 0 done, and those of :mod:`parity_compare.commands.exits`.
    """
    try:
        code = app(arguments, standalone_mode=False)
        if code == exits.INTERRUPTED:  # Typer's way with a Ctrl-C that no command has expected
            raise KeyboardInterrupt
    except InvalidInput as error:
        _fail(str(error))
    except _USAGE_ERROR as error:
        _fail(error.format_message())
    except BrokenPipeError:
        # Whoever read our output has gone; the interpreter must not try to flush it once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(exits.NOT_FOUND)
    except OSError as error:
        _fail(f"{error.strerror}: {error.filename}" if error.filename else str(error))
    except sqlite3.Error as error:
        _fail(f"the results store failed, what it has is kept: {error}", exits.FAILED)
    except RunFailed as error:
        _fail(f"the run failed, finished trials are kept: {error}", exits.FAILED)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        sys.exit(exits.INTERRUPTED)
    sys.exit(code)


def _fail(message: str, code: int = exits.BAD_INPUT) -> None:
    from parity_compare.terminal.wording import printable

    print(f"parity-compare: error: {printable(' '.join(message.split()))}", file=sys.stderr)
    sys.exit(code)
