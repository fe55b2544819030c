"""The commands, each loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

STYLE: dict[str, Any] = {
    "add_completion": False,
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
}
"""What all commands have in common."""

HOMES = {
    "run": "run.run",
    "status": "status.status",
    "solve": "solve.solve",
    "relations": "relations.relations",
    "theory": "theory.theory",
    "mechanism": "mechanism.mechanism",
    "reproduce": "reproduce.reproduce",
    "report": "report.report",
    "figure": "figure.figure",
    "export": "export.export",
    "merge": "merge.merge",
    "list": "listing.list_learners",
}
"""For every command its module and function, in the order in which help lists them."""


class Catalogue(MutableMapping[str, Any]):
    """The commands by name.

    A name is looked up without loading anything. Importing all commands takes several times as
    long as importing one.
    """

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}
        self._names = dict.fromkeys(HOMES)

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._loaded:
            self._loaded[name] = _load(name)
        return self._loaded[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._names[name] = None
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._names[name]
        self._loaded.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _load(name: str) -> Any:
    module, _, function = HOMES[name].partition(".")
    alone = typer.Typer(**STYLE)
    alone.command(name)(getattr(import_module(f"{__package__}.{module}"), function))
    return typer.main.get_command(alone)


class ReaderGone(Exception):
    """Whoever read the output has closed it."""


class LazyGroup(TyperGroup):
    """All commands of the catalogue.

    Typer would end a command whose reader has gone with exit code 1, which means something else
    here; hence it is told apart before Typer sees it.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.commands = Catalogue()

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        """Parse the arguments, which prints help where it is asked for."""
        with _noticing_readers():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:
        """Carry the command out."""
        with _noticing_readers():
            return super().invoke(ctx)


@contextmanager
def _noticing_readers() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise ReaderGone from error
