"""The reference: every public name, on the page of the part of the package it comes from."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from docstrings import without_roles
from learner_pages import FOLDER as LEARNERS

from parity_compare.algorithms.learner import Learner

FOLDER = "api"
"""The pages' folder in the site."""


@dataclass(frozen=True)
class Part:
    """A page of the reference.

    Attributes:
        name: of the page.
        title: its heading.
        about: what stands in this part, in a sentence.
        homes: the modules, or packages with all their modules, whose public names stand here.
        package: a package whose own ``__all__`` is public too, None if only ``parity_compare``'s
            names are.
    """

    name: str
    title: str
    about: str
    homes: tuple[str, ...]
    package: str | None = None


PARTS = (
    Part(
        "data",
        "Your own data",
        "Files and arrays of bits, the parity behind a label, and the relations among columns.",
        ("solving", "solve", "dual", "estimator", "problems.tables", "problems.files",
         "problems.samples", "problems.redundant_columns"),
    ),
    Part(
        "problems",
        "Instances, oracles and Fourier analysis",
        "The hidden parity, what learners may ask about it, and functions on the cube.",
        ("problems",),
        "parity_compare.problems",
    ),
    Part(
        "algorithms",
        "Learners and their interface",
        "What a learner is, what it is handed, and what it answers.",
        ("algorithms",),
        "parity_compare.algorithms",
    ),
    Part(
        "theory",
        "Theory",
        "Bounds, costs and gradient flows that are computed, not simulated.",
        ("theory",),
        "parity_compare.theory",
    ),
    Part(
        "mechanism",
        "Tests of mechanism",
        "What the times and traces of trials say about how a learner finds S.",
        ("mechanism",),
        "parity_compare.mechanism",
    ),
    Part(
        "compare",
        "Running and comparing",
        "One instance, a whole experiment, and the results that a folder keeps.",
        ("",),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A public name.

    Attributes:
        shown: as a user writes it, ``parity_compare.learn``.
        address: where it is defined, ``parity_compare.api.learn``.
        summary: its first sentence.
        learner: the name of the learner that it is, None if it is none or the interface itself.
    """

    shown: str
    address: str
    summary: str
    learner: str | None


def pages() -> dict[str, str]:
    """The reference's pages in Markdown, by their place in the site."""
    listed = entries()
    made = {f"{FOLDER}/index.md": _overview(listed)}
    for part, of_part in listed.items():
        made[f"{FOLDER}/{part.name}.md"] = _page(part, of_part)
    return made


def entries() -> dict[Part, list[Entry]]:
    """All public names, each once, by the page they stand on."""
    listed: dict[Part, list[Entry]] = {part: [] for part in PARTS}
    seen: set[str] = set()
    packages = ["parity_compare", *(part.package for part in PARTS if part.package)]
    for package in packages:
        module = importlib.import_module(package)
        for name in module.__all__:
            value = getattr(module, name)
            if isinstance(value, ModuleType):
                continue
            entry = _entry(package, name, value)
            if entry.address not in seen:
                seen.add(entry.address)
                listed[_part_of(entry.address)].append(entry)
    return listed


def _entry(package: str, name: str, value: Any) -> Entry:
    home = getattr(value, "__module__", None)
    # A type alias or a constant does not know where it was defined.
    owner = home if home and home.startswith("parity_compare") else _home_of(package, name)
    is_learner = isinstance(value, type) and issubclass(value, Learner) and value is not Learner
    summary = without_roles((inspect.getdoc(value) or "").partition("\n\n")[0])
    if owner != home:
        summary = ""  # inspect answers with the documentation of the value's type
    return Entry(
        f"{package}.{name}",
        f"{owner}.{getattr(value, '__qualname__', name) if owner == home else name}",
        summary.replace("\n", " "),
        value.name if is_learner else None,
    )


def _home_of(package: str, name: str) -> str:
    """The module that a package takes a name from, by what it says to type checkers."""
    import ast

    source = inspect.getsource(importlib.import_module(package))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and name in {alias.name for alias in node.names}:
            return node.module or package
    raise ImportError(f"{package} does not say where {name} comes from")


def _part_of(address: str) -> Part:
    inside = address.removeprefix("parity_compare.")
    for part in PARTS:
        if any(not home or inside == home or inside.startswith(f"{home}.") for home in part.homes):
            return part
    raise LookupError(f"no page of the reference takes {address}")


def _overview(listed: dict[Part, list[Entry]]) -> str:
    parts = [
        "# Reference",
        "`import parity_compare as pc` gives the names that stand here by themselves; the others "
        "are imported from the package they are listed with. Nothing else is promised to stay.",
    ]
    for part, of_part in listed.items():
        parts.append(f"## [{part.title}]({part.name}.md)\n\n{part.about}")
        rows = [f"| {_link(entry, part)} | {entry.summary.replace('|', chr(92) + '|')} |"
                for entry in of_part]  # fmt: skip
        parts.append("\n".join(["| name | what it is |", "|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def _link(entry: Entry, part: Part) -> str:
    shown = f"`{entry.shown.removeprefix('parity_compare.')}`"
    if entry.learner is not None:
        return f"[{shown}](../{LEARNERS}/{entry.learner}.md)"
    return f"[{shown}]({part.name}.md#{entry.address})"


def _page(part: Part, of_part: list[Entry]) -> str:
    parts = [f"# {part.title}", part.about]
    learners = [entry for entry in of_part if entry.learner is not None]
    if learners:
        names = ", ".join(f"[`{e.shown}`](../{LEARNERS}/{e.learner}.md)" for e in learners)
        parts.append(f"The learners {names} have pages of their own.")
    parts += [f"::: {entry.address}" for entry in of_part if entry.learner is None]
    return "\n\n".join(parts) + "\n"
