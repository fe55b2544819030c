"""Docstrings as Markdown and mkdocstrings want them; how they are written stays as it is."""

from __future__ import annotations

import re
from typing import Any

import griffe

_ROLE = re.compile(r":(?:mod|class|meth|func|attr|data|exc):`~?([^`]+)`")
_SEVERAL = re.compile(
    r"^(?P<indent> *)(?P<names>\w+(?:, ?\w+)+): (?P<text>.*(?:\n(?P=indent) .*)*)$", re.MULTILINE
)
_SECTION = re.compile(r"^(Args|Attributes):\n(?:(?: .*)?\n?)*", re.MULTILINE)


def without_roles(text: str) -> str:
    """Sphinx's references as code: ``:meth:`.Learner.search``` becomes ```Learner.search```."""
    return _ROLE.sub(lambda match: f"`{''.join(match[1].split()).lstrip('.')}`", text)


def one_by_one(text: str) -> str:
    """Entries for several parameters, ``n, k: sizes``, as one entry each with the same words."""

    def parted(entry: re.Match[str]) -> str:
        names = re.split(r", ?", entry["names"])
        return "\n".join(f"{entry['indent']}{name}: {entry['text']}" for name in names)

    return _SECTION.sub(lambda section: _SEVERAL.sub(parted, section[0]), text)


class Readable(griffe.Extension):
    """Applies both to every docstring that mkdocstrings shows."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Rewrite the docstring of a module, class, function or attribute."""
        if obj.docstring is not None:
            obj.docstring.value = one_by_one(without_roles(obj.docstring.value))
