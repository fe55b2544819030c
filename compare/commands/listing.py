"""The command ``list``."""

from __future__ import annotations

from typing import Annotated

import typer


def list_learners(
    json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
) -> None:
    """List the learners: access model, complexity, parameters with defaults, source."""
    from parity_compare.terminal.console import print_learners

    print_learners(as_json=json)
