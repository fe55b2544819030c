"""Mathematics for a browser that has no network: LaTeX as MathML, and plain formulas as HTML."""

from __future__ import annotations

import html
import re

from latex2mathml.converter import convert

_MARKED = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">\\(?P<open>[(\[])(?P<latex>.*?)\\[)\]]</(?P=tag)>',
    re.DOTALL,
)
_SYMBOLS = {
    "eta": "η",
    "gamma": "γ",
    "tau": "τ",
    "Omega": "Ω",
    "O~": "Õ",
    "<=": "≤",
    ">=": "≥",
    " x ": " × ",
}
_SYMBOL = re.compile("|".join(rf"\b{s}\b" if s.isalpha() else re.escape(s) for s in _SYMBOLS))


class FormulaError(ValueError):
    """A formula that cannot be drawn."""


def mathml(latex: str, *, block: bool = False) -> str:
    """One formula as a ``<math>`` element, which every browser draws by itself.

    Args:
        latex: the formula, without dollar signs.
        block: whether it stands on a line of its own.

    Raises:
        FormulaError: it is no LaTeX, or has a command that is not known.
    """
    if _depth(latex) != 0:
        raise FormulaError(f"formula ${latex}$ has a bracket {{ or }} without its other half")
    try:
        drawn = convert(latex, display="block" if block else "inline")
    except Exception as error:  # of many kinds, which share no base of the package's own
        raise FormulaError(f"formula ${latex}$ cannot be read: {error!r}") from error
    unknown = re.search(r"\\[a-zA-Z]+", drawn)
    if unknown:
        raise FormulaError(f"formula ${latex}$ has the unknown command {unknown[0]}")
    return drawn


def draw_marked(page: str) -> str:
    r"""Replace what pymdownx.arithmatex marked, ``\(...\)`` and ``\[...\]``, by MathML.

    Raises:
        FormulaError: see :func:`mathml`.
    """

    def draw(match: re.Match[str]) -> str:
        return mathml(html.unescape(match["latex"]).strip(), block=match["open"] == "[")

    return _MARKED.sub(draw, page)


def _depth(latex: str) -> int:
    """Opening braces less closing ones, those that are to be shown left out."""
    bare = re.sub(r"\\\\[{}]", "", latex)
    return bare.count("{") - bare.count("}")


def plain_formula(text: str) -> str:
    """A formula in plain text as HTML: powers raised, Greek letters by their names.

    ``C(n,k) subsets x m/64, m = O(k log n / (1-2 eta)^2)`` is how a terminal shows a learner's
    complexity.
    """
    shown, place = [], 0
    for mark in re.finditer(r"\^", text):
        if mark.start() < place:
            continue
        end = _end_of_power(text, mark.end())
        power = text[mark.end() : end]
        if power.startswith("(") and power.endswith(")"):
            power = power[1:-1]
        shown += [_symbols(text[place : mark.start()]), f"<sup>{_symbols(power)}</sup>"]
        place = end
    return "".join([*shown, _symbols(text[place:])])


def _end_of_power(text: str, start: int) -> int:
    """Where an exponent ends: after its bracket, or after a number or a name and its bracket."""
    simple = re.compile(r"-?[\w.]+").match(text, start)
    end = simple.end() if simple else start
    if text[end : end + 1] != "(" or (simple and text[start:end] != "O"):
        return end
    depth = 0
    for place in range(end, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place + 1
    return len(text)


def _symbols(text: str) -> str:
    parts, place = [], 0
    for match in _SYMBOL.finditer(text):
        parts += [html.escape(text[place : match.start()]), _SYMBOLS[match[0]]]
        place = match.end()
    return "".join([*parts, html.escape(text[place:])])
