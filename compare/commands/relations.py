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
        str, typer.Option(help="Such as 60s, 2m or 1h; 'none' for no limit.")
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

    Exit code 1 if there is none.
    """
    from parity_compare import arguments
    from parity_compare.dual.relations import relations as find
    from parity_compare.terminal.relations import print_relations

    found = find(
        data,
        max_k=max_k,
        group=group,
        fdr=fdr,
        time_limit=arguments.duration("--time-limit", time_limit),
        threads=threads,
        unpack=bits or (),
        ignore=ignore or (),
        missing=cast("Missing", missing),
        encoding=cast("Encoding", encoding),
    )
    print_relations(found, show_all=show_all, as_json=json)
    if not found.found:
        sys.exit(exits.NOT_FOUND)
