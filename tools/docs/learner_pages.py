"""A page per learner, made of its class: what the code says of itself is what the site shows."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import re
import typing
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

from docstrings import without_roles
from mathematics import plain_formula

from parity_compare.algorithms import registry
from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.outcome import Status
from parity_compare.problems import Access
from parity_compare.terminal.description import describe, told

FOLDER = "learners"
"""The pages' folder in the site."""

_HOME = "parity-compare"
_ALGORITHMS = "parity_compare.algorithms."
_LABELS = re.compile(r"^(Complexity|Access|Source): ", re.MULTILINE)
_ACCESS = {
    Access.EXAMPLES: "fresh examples, as many as it likes, or a fixed list",
    Access.SAMPLE: "a sample: a list of examples that is drawn once and then fixed",
    Access.QUERIES: "statistical queries, answered to within a tolerance",
}


class IncompleteDocstring(ValueError):
    """A learner's class says too little about itself."""


@dataclass(frozen=True)
class Described:
    """A class docstring, taken apart.

    Attributes:
        summary: its first sentence.
        body: the paragraphs that follow, Markdown with LaTeX between dollar signs.
        attributes: what is said about each hyper-parameter.
    """

    summary: str
    body: str
    attributes: dict[str, str]


def learners() -> list[type[Learner]]:
    """The learners of this package, in the order of their entry points."""
    return [registry.learner_class(name) for name in registry.names()
            if registry.origin(name) == _HOME]  # fmt: skip


def described(cls: type[Learner]) -> Described:
    """A learner's docstring, its inherited hyper-parameters included.

    Raises:
        IncompleteDocstring: there is none, or a hyper-parameter is left out.
    """
    text = without_roles(inspect.getdoc(cls) or "")
    head, _, listed = text.partition("\nAttributes:\n")
    summary, _, body = head.strip().partition("\n\n")
    if not summary:
        raise IncompleteDocstring(f"learner {cls.name} has no docstring")
    attributes = _entries(listed)
    for base in cls.__mro__[1:]:
        if base is not Learner and issubclass(base, Learner):
            inherited = without_roles(inspect.getdoc(base) or "").partition("\nAttributes:\n")[2]
            attributes = _entries(inherited) | attributes
    missing = [field.name for field in fields(cls) if field.name not in attributes]
    if missing:
        raise IncompleteDocstring(
            f"the docstring of learner {cls.name} must describe its parameters, "
            f"{', '.join(missing)} missing"
        )
    return Described(summary.replace("\n", " "), _labelled(body.strip()), attributes)


def page(cls: type[Learner]) -> str:
    """The page of one learner, in Markdown."""
    known, text = describe(cls), described(cls)
    facts = {
        "Access": _ACCESS[cls.access],
        "Makes use of": told(known),
        "One operation is": f"a {cls.operations_unit}" if cls.operations_unit else "not counted",
        "Trials as one batch": "no" if cls.search_many is Learner.search_many else "yes",
        "On a GPU": "yes, with `device=cuda`" if cls().has_device else "no",
    }
    # What the docstring says at length need not be said in short as well.
    shorter = {"Complexity": plain_formula(cls.complexity), "Source": cls.source}
    facts |= {name: words for name, words in shorter.items() if f"**{name}.**" not in text.body}
    parts = [
        # The heading has the class's full name as its anchor, which the reference links to.
        f"# {cls.name} {{ #{cls.__module__}.{cls.__qualname__} }}",
        f"**{text.summary}**",
        "\n".join(f"- {name}: {words}" for name, words in facts.items()),
        "## What it does",
        text.body,
        "## Parameters",
        _parameters(cls, text, known["parameters"]),
        "## Run it",
        _command_line(cls),
        _library(cls),
        "## How it ends",
        "Its trials end in one of these; each says what to try next.",
        _table(("status", "what to try next"), [(f"`{s}`", s.advice) for s in statuses(cls)]),
    ]
    return "\n\n".join(parts) + "\n"


def overview(classes: list[type[Learner]]) -> str:
    """The page that compares all learners, in Markdown."""
    rows = [
        (
            f"[`{cls.name}`]({cls.name}.md)",
            described(cls).summary,
            str(cls.access),
            told(describe(cls)),
            plain_formula(cls.complexity),
        )
        for cls in classes
    ]
    columns = ("learner", "what it does", "access", "makes use of", "complexity")
    access = [(f"`{access}`", words) for access, words in _ACCESS.items()]
    return "\n\n".join(
        [
            "# Learners",
            "Every learner is handed an oracle and looks for the hidden set $S$ of $k$ out of $n$ "
            "coordinates; $\\eta$ is the share of labels that are flipped. Learners of different "
            "access models, or told different things, are never ranked together.",
            _table(columns, rows),
            "These pages are made from the learners' own classes. `parity-compare list` shows the "
            "same in a terminal, learners of other packages included; "
            "[Add a learner](../how-to/add-a-learner.md) says how one gets there.",
            "## Access models",
            _table(("name", "what a learner may ask"), access),
            "## Statuses",
            "How a trial can end, whatever the learner. Anything but `found` counts as a failure.",
            _table(("status", "what to try next"), [(f"`{s}`", s.advice) for s in Status]),
        ]
    )


def statuses(cls: type[Learner]) -> list[Status]:
    """The ways in which a learner's trials end, read off its source.

    They are those that are named in the modules of the class, of its bases, and of what these
    import from :mod:`parity_compare.algorithms`. An error can happen to any learner.
    """
    modules = {base.__module__ for base in cls.__mro__ if issubclass(base, Learner)}
    named = {Status.ERROR}
    for name in modules | {inner for module in modules for inner in _imports(module)}:
        for node in ast.walk(_tree(name)):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "Status"
            ):
                named.add(Status[node.attr])
    return [status for status in Status if status in named]


def _imports(module: str) -> set[str]:
    """The modules of algorithms/ that a module imports, wherever in it; outcome.py only defines."""
    found = {
        node.module
        for node in ast.walk(_tree(module))
        if isinstance(node, ast.ImportFrom) and node.module
    }
    return {name for name in found if name.startswith(_ALGORITHMS) and "outcome" not in name}


def _tree(module: str) -> ast.Module:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ImportError(f"module {module} is not there")
    return ast.parse(Path(spec.origin).read_text(encoding="utf-8"))


def _entries(listed: str) -> dict[str, str]:
    """The entries of an ``Attributes:`` section: ``a, b: text``, further lines indented deeper."""
    entries: dict[str, str] = {}
    for entry in re.split(r"\n(?= {4}\S)", "\n" + listed):
        head, colon, words = entry.strip().partition(": ")
        if colon:
            entries |= dict.fromkeys(re.split(r",\s*", head), " ".join(words.split()))
    return entries


def _labelled(body: str) -> str:
    """A paragraph of its own for what a docstring says line by line: ``Source: …``."""
    return _LABELS.sub(lambda match: f"\n**{match[1]}.** ", body).strip()


def _parameters(cls: type[Learner], text: Described, effective: dict[str, Any]) -> str:
    if not fields(cls):
        return "It has none."
    hints = typing.get_type_hints(cls)
    rows = []
    for field in fields(cls):
        default = _value(None if field.default is MISSING else field.default)
        taken = _value(effective[field.name])
        shown = f"`{default}`" if taken == default else f"`{default}`, which is `{taken}`"
        rows.append((f"`{field.name}`", _kind(hints[field.name]), shown,
                     text.attributes[field.name]))  # fmt: skip
    return _table(("name", "value", "default", "what it says"), rows)


def _kind(hint: Any) -> str:
    """A type in words: ``integer or none``, or the words to choose from."""
    words = {int: "integer", float: "number", bool: "true or false", str: "text",
             type(None): "none"}  # fmt: skip
    if hint in words:
        return words[hint]
    if typing.get_origin(hint) is typing.Literal:
        return ", ".join(f"`{_value(option)}`" for option in typing.get_args(hint))
    return " or ".join(_kind(option) for option in typing.get_args(hint))


def _value(value: Any) -> str:
    """A parameter's value as the command line has it."""
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).lower() if isinstance(value, bool | None) else str(value)


def _settable(cls: type[Learner]) -> tuple[str, Any] | None:
    """A parameter to show in examples, and its value: the first whose default is a number."""
    for field in fields(cls):
        if isinstance(field.default, int | float) and not isinstance(field.default, bool):
            return field.name, field.default
    return None


def _command_line(cls: type[Learner]) -> str:
    run = f"parity-compare run --algos {cls.name} --n 20 --k 3 --trials 10 --out {cls.name}"
    lines = [run]
    parameter = _settable(cls)
    if parameter is not None:
        name, value = parameter
        lines.append(f'parity-compare run --algos "{cls.name}[{name}={_value(value)}]" --n 20 '
                     f"--k 3 --out {cls.name}")  # fmt: skip
    lines.append(f"parity-compare theory --n 20 --k 3 --algos {cls.name}")
    return "On the command line:\n\n```bash\n" + "\n".join(lines) + "\n```"


def _library(cls: type[Learner]) -> str:
    parameter = _settable(cls)
    arguments = f"{parameter[0]}={parameter[1]!r}" if parameter else ""
    return (
        "From Python:\n\n```python\n"
        "import parity_compare as pc\n"
        f"from {cls.__module__} import {cls.__qualname__}\n\n"
        "problem = pc.SparseParity(n=20, k=3, noise=0.0, seed=0)\n"
        f"outcome = pc.learn({cls.__qualname__}({arguments}), problem, seed=0)\n"
        "print(outcome.status, outcome.support, outcome.cost.seconds)\n"
        "```"
    )


def _table(columns: tuple[str, ...], rows: typing.Sequence[tuple[str, ...]]) -> str:
    def line(cells: typing.Sequence[str]) -> str:
        # A bar inside a cell would end it, in a formula as well.
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    return "\n".join([line(columns), line(["---"] * len(columns)), *map(line, rows)])
