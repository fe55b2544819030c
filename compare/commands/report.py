"""The command ``report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    folder: Annotated[Path, typer.Argument(help="Folder of the results.")],
    out: Annotated[
        Path | None, typer.Option(help="Where to write; report.html in the folder by default.")
    ] = None,
) -> None:
    """Write the HTML report of a results folder."""
    from parity_compare.storage.store import load

    print(load(folder).report(out))
