"""The command ``export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export(
    folder: Annotated[Path, typer.Argument(help="Folder of the results.")],
    format: Annotated[str, typer.Option(help="csv, json or parquet.")] = "csv",
    out: Annotated[
        Path | None, typer.Option(help="Where to write; stdout by default (csv and json).")
    ] = None,
) -> None:
    """Write all trials of a results folder as a table, one row per trial."""
    from parity_compare.export import export as export_results
    from parity_compare.storage.store import load

    export_results(load(folder), format, out)
