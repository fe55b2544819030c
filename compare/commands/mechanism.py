"""The command ``mechanism``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def mechanism(
    folder: Annotated[Path, typer.Argument(help="Folder of the results.")],
    json: Annotated[bool, typer.Option("--json", help="Print the verdicts as JSON.")] = False,
) -> None:
    """Ask a results folder how its learners find S: by luck, or step by step.

    Are times to success memoryless? Does the initialisation decide them? Does hidden progress
    foretell them? Does the exponent rise with n? What a question lacks is said.
    """
    from parity_compare.mechanism.examination import examine
    from parity_compare.storage.store import load
    from parity_compare.terminal.mechanism_table import print_examined, print_examined_json

    examined = examine(load(folder))
    show = print_examined_json if json else print_examined
    show(examined)
