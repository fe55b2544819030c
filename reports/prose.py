"""Plain text of sentences and captions as HTML: names in their colours, code as code."""

from __future__ import annotations

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

from parity_compare.reports.contestants import Contestant


def breakable(name: str) -> Markup:
    """A learner's name, which a narrow column may break where its parameters begin."""
    return Markup(str(escape(name)).replace("[", "[<wbr>").replace(",", ",<wbr>"))


class Prose:
    """Turns text into HTML that is safe whatever stands in it.

    Args:
        contestants: those whose names are marked with their colours.
    """

    def __init__(self, contestants: Iterable[Contestant]) -> None:
        self._by_name = {contestant.name: contestant for contestant in contestants}
        names = sorted(self._by_name, key=len, reverse=True)
        either = "|".join(re.escape(name) for name in names)
        self._pattern = re.compile(rf"(?<![\w-])({either})(?![\w\[-])") if names else None

    def __call__(self, text: str) -> Markup:
        """What stands between two backticks is code, and no names are marked in it."""
        *parts, last = text.split("`")
        whole = Markup("").join(
            Markup("<code>{}</code>").format(part) if index % 2 else self._named(part)
            for index, part in enumerate(parts)
        )
        # A single backtick left over is only a character.
        unpaired = len(parts) % 2 == 1
        return whole + (escape("`" + last) if unpaired else self._named(last))

    def _named(self, text: str) -> Markup:
        if self._pattern is None:
            return escape(text)
        return Markup("").join(
            Markup('<span class="who" style="--hue:{}">{}</span>').format(
                self._by_name[part].colour, part
            )
            if index % 2
            else escape(part)
            for index, part in enumerate(self._pattern.split(text))
        )
