"""The command ``theory``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def theory(
    n: Annotated[int, typer.Option(help="Number of bits.")] = 30,
    k: Annotated[int, typer.Option(help="Size of the hidden subset.")] = 3,
    noise: Annotated[float, typer.Option(help="Share of wrong labels, in [0, 0.5).")] = 0.0,
    samples: Annotated[
        int | None,
        typer.Option(help="Size of a fixed list of examples.", show_default="fresh without end"),
    ] = None,
    algos: Annotated[
        str | None,
        typer.Option(
            help="Learners, such as gf2,sgd[width=1000].", show_default="all that are known"
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder of results whose finished trials correct the seconds.", show_default="none"
        ),
    ] = None,
    failure: Annotated[
        float, typer.Option(help="Chance of failure that the bounds are for, in (0, 1).")
    ] = 0.01,
    json: Annotated[bool, typer.Option("--json", help="Print the prediction as JSON.")] = False,
) -> None:
    """Predict what each learner needs on an instance, beside the bounds, and who should win.

    Nothing is run and nothing is written.
    """
    from parity_compare.algorithms import registry
    from parity_compare.terminal.theory_table import print_needs, print_needs_json
    from parity_compare.theory import predict

    learners = None if algos is None else registry.split(algos)
    needs = predict(n, k, noise, samples=samples, learners=learners, out=out, failure=failure)
    show = print_needs_json if json else print_needs
    show(needs)
