"""What is known of a learner: for the list of learners, asked of its class and of nothing else."""

from __future__ import annotations

import inspect
import typing
from dataclasses import MISSING, fields
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from parity_compare.algorithms import registry
from parity_compare.algorithms.learner import Learner
from parity_compare.problems.errors import InvalidInput


def describe(cls: type[Learner]) -> dict[str, Any]:
    """Name, first sentence, access, side information, complexity, parameters, source and origin.

    Returns:
        Plain values, for JSON. ``parameters`` has the defaults as they take effect;
        ``side_information`` is what the learner makes use of at these defaults, and
        ``side_information_if`` what else it does for some choice of a parameter, such as
        ``{"k": {"network": ["power", "polynet"]}}``; ``version`` is that of the distribution
        ``origin``, None for a learner that was registered at run time.
    """
    complete = all(field.default is not MISSING for field in fields(cls))
    origin = registry.origin(cls.name)
    return {
        "name": cls.name,
        "what": (inspect.getdoc(cls) or "").partition("\n")[0],
        "access": str(cls.access),
        "side_information": list(cls().wants if complete else cls.uses),
        "side_information_if": _wants_by_choice(cls) if complete else {},
        "complexity": cls.complexity,
        "parameters": cls().settings() if complete else {f.name: None for f in fields(cls)},
        "source": cls.source,
        "origin": origin,
        "version": _version(origin),
    }


def told(description: dict[str, Any]) -> str:
    """What the learner makes use of, in words: ``k, noise``, ``k (if network is power or …)``."""
    words = list(description["side_information"])
    for name, choices in description["side_information_if"].items():
        conditions = [f"{field} is {_either(values)}" for field, values in choices.items()]
        words.append(f"{name} (if {' or '.join(conditions)})")
    return ", ".join(words) or "nothing"


def origin(description: dict[str, Any]) -> str:
    """Where it comes from: ``parity-compare 0.1.0``, ``registered at run time``."""
    return " ".join(filter(None, (description["origin"], description["version"])))


def _wants_by_choice(cls: type[Learner]) -> dict[str, dict[str, list[str]]]:
    """Side information that is wanted for some choices of one parameter, all others at default."""
    usual = cls().wants
    found: dict[str, dict[str, list[str]]] = {}
    for field, choices in _choices(cls).items():
        for choice in choices:
            try:
                wanted = cls(**{field: choice}).wants
            except InvalidInput:  # it does not go with the other parameters' defaults
                continue
            for name in wanted:
                if name not in usual:
                    found.setdefault(name, {}).setdefault(field, []).append(str(choice))
    return found


def _choices(cls: type[Learner]) -> dict[str, list[Any]]:
    """The parameters that are one of several words, and the words."""
    hints = typing.get_type_hints(cls)
    found: dict[str, list[Any]] = {}
    for field in fields(cls):
        for option in (hints[field.name], *typing.get_args(hints[field.name])):
            if typing.get_origin(option) is typing.Literal:
                found.setdefault(field.name, []).extend(typing.get_args(option))
    return found


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:  # of no distribution: registered at run time
        return None


def _either(words: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
