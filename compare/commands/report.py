"""The command ``report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from parity_compare.commands.merge import tell_conflicts


def report(
    folders: Annotated[
        list[Path], typer.Argument(metavar="DIR...", help="Folders of results, one or several.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Where to write; by default report.html in the folder, here if there are several.",
        ),
    ] = None,
) -> None:
    """Write the HTML report of a results folder, or of several as one.

    Several folders are merged in memory, by the rules of 'parity-compare merge'; they are left as
    they are.
    """
    from parity_compare.reports.loading import read

    gathered = read(folders)
    tell_conflicts(gathered.conflicts)
    print(gathered.results.report(out))
