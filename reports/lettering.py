"""How wide text is in pictures that no browser lays out, and where it breaks into lines."""

from __future__ import annotations

FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif"
"""Typefaces of one set of widths, one of which every system has."""

_WIDTHS = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
)  # fmt: skip
# Thousandths of the font's size, of the characters from the blank to the tilde in Helvetica.
_OTHER = 600
_WIDE = 1000  # of writing that takes a square per character
_BOLD = 1.07


_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ", "0123456789−+n", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₋₊", "0123456789−+", strict=True))
SCRIPT = 0.72
"""Size of what is raised or lowered, in sizes of its text."""


def scripts(text: str) -> list[tuple[str, int]]:
    """The text in pieces: what stands on the line (0), is raised (1) or lowered (-1).

    Common typefaces have no characters for most exponents and indices; a picture that names such a
    face would change to another one for the whole text.
    """
    pieces: list[tuple[str, int]] = []
    for character in text:
        shift = (character in _RAISED) - (character in _LOWERED)
        plain = _RAISED.get(character, _LOWERED.get(character, character))
        if pieces and pieces[-1][1] == shift:
            pieces[-1] = (pieces[-1][0] + plain, shift)
        else:
            pieces.append((plain, shift))
    return pieces


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Pixels that a line takes, near enough."""
    units = sum(
        sum(map(_units, map(ord, piece))) * (SCRIPT if shift else 1.0)
        for piece, shift in scripts(text)
    )
    return units / 1000 * size * (_BOLD if bold else 1.0)


def lines(text: str, size: float, room: float, *, bold: bool = False) -> list[str]:
    """The text in lines of at most ``room`` pixels; a word that is longer is cut in two."""
    found: list[str] = []
    current = ""
    for word in text.split():
        longer = f"{current} {word}".strip()
        if width(longer, size, bold=bold) <= room:
            current = longer
            continue
        if current:
            found.append(current)
        while len(word) > 1 and width(word, size, bold=bold) > room:
            fits = max(
                1, sum(width(word[: n + 1], size, bold=bold) <= room for n in range(len(word)))
            )
            found.append(word[:fits])
            word = word[fits:]
        current = word
    return [*found, current] if current else found


def _units(code: int) -> int:
    if 32 <= code <= 126:
        return _WIDTHS[code - 32]
    return _WIDE if code >= 0x1100 else _OTHER
