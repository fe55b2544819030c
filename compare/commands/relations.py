"""The command ``relations``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from parity_compare.commands import exits
from parity_compare.commands.data_options import (
    EncodingOption,
    IgnoreOption,
    MissingOption,
    UnpackOption,
)

if TYPE_CHECKING:
    from parity_compare.problems.assembly import Missing
    from parity_compare.problems.samples import Encoding


def relations(
    data: Annotated[Path, typer.Argument(help="CSV, TSV, Parquet, NPZ or NPY.")],
    max_k: Annotated[int, typer.Option(help="Largest number of columns in a relation.")] = 6,
    group: Annotated[
        str | None,
        typer.Option(help="Column of groups: look for parities that are constant within each."),
    ] = None,
    bits: UnpackOption = None,
    ignore: IgnoreOption = None,
    missing: MissingOption = "error",
    fdr: Annotated[
        float, typer.Option(help="Bound on the expected share of false discoveries, in (0, 1).")
    ] = 0.01,
    time_limit: Annotated[
        str,
        typer.Option(
            help="For the search, such as 60s, 2m or 1h; 'none' for no limit. Reading comes before."
        ),
    ] = "60s",
    threads: Annotated[
        int | None, typer.Option(help="Threads to search with; by default all usable cores.")
    ] = None,
    encoding: EncodingOption = "auto",
    show_all: Annotated[
        bool, typer.Option("--all", help="List every relation found, not only a basis.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Find every XOR relation among the columns of a data file.

    Exit code 1 if there is none. Ctrl-C ends the search with what was found so far.
    """
    from parity_compare import arguments
    from parity_compare.dual.hunt import Hunt
    from parity_compare.dual.limits import checked
    from parity_compare.execution.interrupts import Stop, stopped_by_signals
    from parity_compare.problems.files import read_table
    from parity_compare.terminal.relations import print_interruption, print_relations

    seconds = arguments.duration("--time-limit", time_limit)
    limits = checked(max_k, fdr, seconds, threads, called=_option)
    table = read_table(
        data,
        group=group,
        unpack=bits or (),
        ignore=ignore or (),
        missing=cast("Missing", missing),
        encoding=cast("Encoding", encoding),
    )
    hunt, stop = Hunt(table, limits), Stop()
    # Before this there is nothing to keep, and Ctrl-C ends the command at once.
    with stopped_by_signals(stop):
        found = hunt.run(stop=lambda: stop.requested)
    print_relations(found, show_all=show_all, as_json=json)
    if found.interrupted:
        print_interruption(found)
        sys.exit(exits.INTERRUPTED)
    if not found.found:
        sys.exit(exits.NOT_FOUND)


def _option(parameter: str) -> str:
    return "--" + parameter.replace("_", "-")
