"""The command ``solve``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from parity_compare.commands import exits

if TYPE_CHECKING:
    from parity_compare.problems.samples import Encoding


def solve(
    data: Annotated[Path, typer.Argument(help="CSV with a header, or NPZ with X and y.")],
    label: Annotated[
        str | None, typer.Option(help="The label's column (CSV) or array (NPZ, 'y' by default).")
    ] = None,
    algo: Annotated[
        str, typer.Option(help="A learner, or auto: gf2, then exhaustive in rising k.")
    ] = "auto",
    k: Annotated[int | None, typer.Option(help="Number of columns in the XOR, if known.")] = None,
    noise: Annotated[
        float | None, typer.Option(help="Share of wrong labels, if known, in [0, 0.5).")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the learner's randomness.")] = 0,
    time_limit: Annotated[
        str, typer.Option(help="Such as 60s, 2m or 1h; 'none' for no limit.")
    ] = "60s",
    encoding: Annotated[
        str, typer.Option(help="bits (0/1), signs (-1/+1), or auto, which reads it off the values.")
    ] = "auto",
    json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Find the columns of a data file that XOR to its label.

    Exit code 1 if there is no such answer, or one that luck may have made.
    """
    from parity_compare import arguments
    from parity_compare.problems.files import read_samples
    from parity_compare.solve import solve as solve_samples
    from parity_compare.terminal.console import print_solution

    limit = arguments.duration("--time-limit", time_limit)
    samples = read_samples(data, label, encoding=cast("Encoding", encoding))
    solution = solve_samples(samples, algo=algo, k=k, noise=noise, seed=seed, time_limit=limit)
    print_solution(solution, label or "y", as_json=json)
    if not solution.sure:
        sys.exit(exits.NOT_FOUND)
