"""The options by which every command reads a data file."""

from __future__ import annotations

from typing import Annotated

import typer

UnpackOption = Annotated[
    list[str] | None,
    typer.Option("--bits", help="Unpack an integer column, such as addr:6-37. Repeatable."),
]
IgnoreOption = Annotated[list[str] | None, typer.Option(help="A column to leave out. Repeatable.")]
MissingOption = Annotated[str, typer.Option(help="Empty cells: error, drop-rows or drop-columns.")]
EncodingOption = Annotated[
    str, typer.Option(help="bits (0/1), signs (-1/+1), or auto, which reads it off the values.")
]
