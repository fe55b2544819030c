"""The command line: one command per file of ``commands``."""

from __future__ import annotations

import os
import sqlite3
import sys
from typing import Annotated, Any

import typer

from parity_compare.commands import exits
from parity_compare.commands.catalogue import STYLE, LazyGroup, ReaderGone
from parity_compare.problems.errors import InvalidInput, RunFailed

# Typer's own usage errors derive from these, under any version of Typer.
_USAGE_ERROR: Any = typer.BadParameter.__mro__[1]

app = typer.Typer(
    cls=LazyGroup,
    name="parity-compare",
    help="Who learns a hidden sparse parity, at what cost, and by what mechanism?",
    no_args_is_help=True,
    **STYLE,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"parity-compare {version('parity-compare')}")
        raise typer.Exit


@app.callback()
def _before_commands(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """What is asked of no command."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit.

    Exit codes: 0 done, and those of :mod:`parity_compare.commands.exits`.
    """
    if sys.stdout is None:  # closed by whoever called
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    if not (sys.argv[1:] if arguments is None else arguments):
        arguments = ["--help"]
    try:
        code = _carried_out(arguments)
    except InvalidInput as error:
        _fail(str(error))
    except _USAGE_ERROR as error:
        _fail(error.format_message())
    except (ReaderGone, BrokenPipeError):
        # The interpreter must not try to flush what nobody reads once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(exits.READER_GONE)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        _fail(f"{error.strerror or error}{where}")
    except sqlite3.Error as error:
        _fail(f"the results store failed, what it has is kept: {error}", exits.FAILED)
    except RunFailed as error:
        _fail(f"the run failed, finished trials are kept: {error}", exits.FAILED)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        sys.exit(exits.INTERRUPTED)
    sys.exit(code)


def _carried_out(arguments: list[str] | None) -> Any:
    """The exit code of a command, once all that it printed is written."""
    try:
        code = app(arguments, standalone_mode=False)
        if code == exits.INTERRUPTED:  # Typer's way with a Ctrl-C that no command has expected
            raise KeyboardInterrupt
    except SystemExit as ended:
        code = ended.code
    sys.stdout.flush()
    return code


def _fail(message: str, code: int = exits.BAD_INPUT) -> None:
    from parity_compare.terminal.wording import printable

    print(f"parity-compare: error: {printable(' '.join(message.split()))}", file=sys.stderr)
    sys.exit(code)
