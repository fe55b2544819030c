"""The command ``merge``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parity_compare.storage.merge import MergeReport
    from parity_compare.storage.union import Conflict


def merge(
    folders: Annotated[list[Path], typer.Argument(help="Folders of results, at least two.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="A new or empty folder.")],
) -> None:
    """Unite results of several machines or days in a new folder.

    A trial that several folders have is kept once, the first-named folder's; one that did not end
    in an error goes before one that did. Records that contradict each other in more than their
    times are conflicts: they are reported on stderr, and the exit code is still 0.
    """
    from parity_compare.storage.merge import merge as merge_folders

    report = merge_folders(folders, out)
    tell_conflicts(report.conflicts)
    _print_summary(report)


def tell_conflicts(conflicts: Iterable[Conflict]) -> None:
    """Say on stderr which records contradict each other, and which of them were kept."""
    for conflict in conflicts:
        print(_conflict_text(conflict), file=sys.stderr)


def _print_summary(report: MergeReport) -> None:
    for folder, trials in report.found.items():
        print(f"{folder}: {_count(trials, 'trial')}")
    print(
        f"{report.out}: {_count(report.trials, 'trial')} of {_count(report.sessions, 'session')}; "
        f"in several folders: {report.in_several}, errors mended: {report.mended}, "
        f"conflicts: {len(report.conflicts)}"
    )


def _conflict_text(conflict: Conflict) -> str:
    spec = conflict.spec
    k = "dense" if spec.k is None else spec.k
    differences = "; ".join(
        f"{name} {_value(kept)} in {conflict.kept}, {_value(other)} in {conflict.other}"
        for name, (kept, other) in conflict.differences.items()
    )
    return (
        f"conflict: {spec.key[:8]}, {spec.learner}, n = {spec.n}, k = {k}, noise = {spec.noise:g}, "
        f"trial {spec.trial}: {differences}; kept that of {conflict.kept}"
    )


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return "{" + ", ".join(map(str, value[:20])) + (", …}" if len(value) > 20 else "}")
    return "none" if value is None else str(value).lower()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
