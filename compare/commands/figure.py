"""The command ``figure``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from parity_compare.commands.merge import tell_conflicts
from parity_compare.problems.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parity_compare.reports.figure import Control, Figure
    from parity_compare.reports.palette import Scheme

_ENDINGS = (".pdf", ".svg", ".png", ".csv")
_THEMES = ("light", "dark")
_USAGE = "parity-compare figure DIR... NAME -o FILE"


def figure(
    arguments: Annotated[
        list[str],
        typer.Argument(
            metavar="DIR... [NAME]",
            help="Folders of results, and the name of a figure; without one, they are listed.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="A file that ends in .pdf, .svg, .png or .csv."),
    ] = None,
    currency: Annotated[
        str | None,
        typer.Option(
            help="seconds, samples, queries, steps, operations or peak_memory.",
            show_default="the first that the results have",
        ),
    ] = None,
    choose: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="What else can be chosen, such as axis=k; may be repeated.",
            show_default=False,
        ),
    ] = None,
    width: Annotated[int, typer.Option(help="Of the picture, in pixels.")] = 900,
    theme: Annotated[str, typer.Option(help="light or dark.")] = "light",
    scale: Annotated[float, typer.Option(help="Pixels of a PNG per pixel of the picture.")] = 2.0,
    list_: Annotated[
        bool, typer.Option("--list", help="List the figures and what can be chosen in each.")
    ] = False,
) -> None:
    """Write a figure of the report as PDF, SVG or PNG, or its numbers as CSV.

    Several folders are merged in memory, as 'parity-compare merge' would do it.
    """
    from parity_compare.reports import choosing
    from parity_compare.reports.digest import digest
    from parity_compare.reports.loading import read
    from parity_compare.reports.report import figures

    target = None if list_ else out
    folders, name = _split(arguments, named=target is not None)
    if target is not None:
        _check(target, theme)
    wanted = _wanted(currency, choose or [])
    gathered = read(folders)
    tell_conflicts(gathered.conflicts)
    digested = digest(gathered.results)
    drawn = figures(digested)
    if target is None:
        _print_list(drawn if name is None else [choosing.find(drawn, name)])
        return
    chosen = choosing.find(drawn, name or "")
    view = choosing.choice(chosen, wanted)
    if target.suffix.lower() == ".csv":
        from parity_compare.reports.numbers import as_csv, numbers
        from parity_compare.storage.writing import replacing

        with replacing(target) as new:
            new.write_text(as_csv(numbers(chosen, view)), encoding="utf-8", newline="")
    else:
        from parity_compare.reports.compose import compose, write

        hues = {contestant.index: contestant.hue for contestant in digested.contestants}
        scheme: Scheme = "dark" if theme == "dark" else "light"
        write(compose(chosen, view, hues, width=width, theme=scheme), target, scale=scale)
    print(target)


def _split(arguments: list[str], *, named: bool) -> tuple[list[str], str | None]:
    """The folders, and the name of a figure if there is one.

    With a file to write, the last argument is a name, whatever folders there are; without, it is
    one if it is no folder.
    """
    *before, last = arguments
    if named and not before:
        raise InvalidInput(f"say which folder and which figure: {_USAGE}, got {last!r} alone")
    if named or (before and not Path(last).is_dir()):
        return before, last
    return arguments, None


def _check(target: Path, theme: str) -> None:
    """Refuse what cannot be written before results are read."""
    if target.suffix.lower() not in _ENDINGS:
        raise InvalidInput(f"--out must end in {', '.join(_ENDINGS)}, got {target.name!r}")
    if theme not in _THEMES:
        raise InvalidInput(f"--theme must be {' or '.join(_THEMES)}, got {theme!r}")


def _wanted(currency: str | None, choose: list[str]) -> dict[str, str]:
    """What is to be chosen, by the names of the controls."""
    wanted = {} if currency is None else {"currency": currency}
    for text in choose:
        name, sign, value = text.partition("=")
        if not (sign and name and value):
            raise InvalidInput(f"--choose must be NAME=VALUE, such as axis=k, got {text!r}")
        if name in wanted:
            raise InvalidInput(f"{name} must be chosen once, got {wanted[name]} and {value}")
        wanted[name] = value
    return wanted


def _print_list(figures: Sequence[Figure]) -> None:
    from parity_compare.terminal.wording import printable

    wide = max((len(figure.name) for figure in figures), default=0)
    for figure in figures:
        print(printable(f"{figure.name:<{wide}}  {figure.title}"))
        for control in figure.controls:
            if len(control.options) > 1:
                print(printable(f"{'':<{wide}}  {_control(control)}"))
    if not figures:
        print("these results have no figures")


def _control(control: Control) -> str:
    """How it is written on the command line: ``--choose axis=n, or k``."""
    flag = "--currency " if control.name == "currency" else f"--choose {control.name}="
    values = [value for value, _ in control.options]
    joined = "+".join(values)
    return f"{flag}{joined} or fewer of them" if control.several else f"{flag}{'|'.join(values)}"
