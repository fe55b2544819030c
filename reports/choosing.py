"""Finds a figure and one of its views by what somebody writes on a command line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

from parity_compare.problems.errors import InvalidInput
from parity_compare.reports.figure import Control, Figure


def find(figures: Sequence[Figure], name: str) -> Figure:
    """The figure of this name.

    Raises:
        InvalidInput: there is none; the message names those that there are.
    """
    by_name = {figure.name: figure for figure in figures}
    if name not in by_name:
        if not by_name:
            raise InvalidInput(f"there is no figure {name!r}: these results have no figures")
        raise InvalidInput(_unknown("figure", name, by_name, "these results have"))
    return by_name[name]


def choice(figure: Figure, wanted: Mapping[str, str]) -> tuple[str, ...]:
    """The view's key for what is wanted; of what is not said, the first.

    Args:
        figure: the figure.
        wanted: a value by the name of a control; where several can be chosen, joined by ``+`` in
            any order.

    Raises:
        InvalidInput: the figure has no such control, or the control no such value.
    """
    controls = {control.name: control for control in figure.controls}
    for name in wanted:
        if name not in controls:
            if not controls:
                raise InvalidInput(f"figure {figure.name} has nothing to choose, got {name!r}")
            raise InvalidInput(_unknown("choice", name, controls, f"figure {figure.name} has"))
    return tuple(
        _value(figure, control, wanted[name]) if name in wanted else control.values[0]
        for name, control in controls.items()
    )


def _value(figure: Figure, control: Control, text: str) -> str:
    options = [value for value, _ in control.options]
    if text in options:
        return text
    parts = text.split("+") if control.several else [text]
    for part in parts:
        if part not in options:
            what = f"value of {control.name}"
            raise InvalidInput(_unknown(what, part, options, f"figure {figure.name} has"))
    return "+".join(value for value in options if value in parts)


def _unknown(what: str, name: str, known: Iterable[str], who: str) -> str:
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else ";"
    return f"unknown {what} {name!r}{hint} {who} {', '.join(names)}"
