"""The command ``solve``."""

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


def solve(
    data: Annotated[
        Path, typer.Argument(help="CSV or TSV with a header, Parquet, NPZ with X and y, or NPY.")
    ],
    label: Annotated[
        list[str] | None,
        typer.Option(
            help="The label's column; of an NPZ with X an array, 'y' by default. "
            "Repeatable: each label has its own answer, and none is another's column."
        ),
    ] = None,
    algo: Annotated[
        str,
        typer.Option(help="A learner, or auto: gf2 first, then by size, rank and noise."),
    ] = "auto",
    k: Annotated[int | None, typer.Option(help="Number of columns in the XOR, if known.")] = None,
    noise: Annotated[
        float | None, typer.Option(help="Share of wrong labels, if known, in [0, 0.5).")
    ] = None,
    bits: UnpackOption = None,
    ignore: IgnoreOption = None,
    missing: MissingOption = "error",
    seed: Annotated[int, typer.Option(help="Seed of the learners' randomness.")] = 0,
    time_limit: Annotated[
        str, typer.Option(help="For each label, such as 60s, 2m or 1h; 'none' for no limit.")
    ] = "60s",
    threads: Annotated[
        int | None, typer.Option(help="Threads to search with; by default all usable cores.")
    ] = None,
    encoding: EncodingOption = "auto",
    json: Annotated[bool, typer.Option("--json", help="Print the answers as JSON.")] = False,
) -> None:
    """Find the columns of a data file that XOR to its labels.

    Exit code 1 if there is no such answer for some label, or one that luck may have made.
    """
    from parity_compare import arguments
    from parity_compare.algorithms.threads import usable_cores
    from parity_compare.problems.errors import InvalidInput
    from parity_compare.problems.files import read_table
    from parity_compare.solving.solve import solve as solve_samples
    from parity_compare.terminal.solution import print_solutions

    limit = arguments.duration("--time-limit", time_limit)
    if threads is not None and threads < 1:
        raise InvalidInput(f"--threads must be at least 1, got {threads}")
    labels = tuple(label or ())
    twice = [name for name in labels if labels.count(name) > 1]
    if twice:
        raise InvalidInput(f"--label must name every label once, got '{twice[0]}' twice")
    if not labels and data.suffix.lower() == ".npz":
        labels = ("y",)
    table = read_table(
        data,
        unpack=bits or (),
        ignore=ignore or (),
        missing=cast("Missing", missing),
        encoding=cast("Encoding", encoding),
        labels=labels,
    )
    if not labels:
        from parity_compare.problems.faults import listed

        raise InvalidInput(
            f"no --label was given; data file {data} has the columns {listed(table.names)}"
        )
    solutions = {
        name: solve_samples(
            table.samples(name, without=[other for other in labels if other != name]),
            algo=algo,
            k=k,
            noise=noise,
            seed=seed,
            time_limit=limit,
            threads=threads or usable_cores(),
        )
        for name in labels
    }
    print_solutions(
        solutions,
        dropped=table.dropped,
        dropped_columns=table.dropped_columns,
        as_json=json,
    )
    if not all(solution.sure for solution in solutions.values()):
        sys.exit(exits.NOT_FOUND)
