"""The signs of a legend, drawn as the charts draw them."""

from __future__ import annotations

from markupsafe import Markup

from parity_compare.reports.figure import Key

HEIGHT = 14
_LINE, _SYMBOL = 34, 14  # widths, in pixels

_SHAPES = {
    "circle": "M4.2 0a4.2 4.2 0 1 1-8.4 0a4.2 4.2 0 1 1 8.4 0z",
    "square": "M-4-4h8v8h-8z",
    "diamond": "M0-5.5L5.5 0L0 5.5L-5.5 0z",
    "cross": "M-1.6-5h3.2v3.4H5v3.2H1.6V5h-3.2V1.6H-5v-3.2h3.4z",
    "triangle-up": "M-5 4L0-4.5L5 4z",
    "triangle-down": "M-5-4L0 4.5L5-4z",
    "triangle-left": "M4-5L-4.5 0L4 5z",
    "triangle-right": "M-4-5L4.5 0L-4 5z",
    "stroke": "M-5-1.2H5v2.4H-5z",
}


def width(key: Key) -> int:
    """How wide the sign is, in pixels: a line and an interval need more room than a symbol."""
    return _LINE if key.dash is not None or key.shape == "band" else _SYMBOL


def sign(key: Key) -> Markup:
    """What stands before the label of a legend's entry, as the content of an SVG element.

    The element is :func:`width` by :data:`HEIGHT` pixels in size.

    Raises:
        ValueError: the shape is not one that can be drawn.
    """
    room, middle = width(key), width(key) / 2
    parts = []
    if key.dash is not None:
        dashes = " ".join(map(str, key.dash)) or "none"
        parts.append(
            Markup(
                '<path d="M0 7h{}" fill="none" stroke="{}" stroke-width="2" stroke-dasharray="{}"/>'
            ).format(room, key.colour, dashes)
        )
    if key.shape == "band":
        parts.append(
            Markup('<path d="M0 1h{}v12H0z" fill="{}" fill-opacity="0.22"/>').format(
                room, key.colour
            )
        )
    elif key.shape == "tick":
        parts.append(
            Markup('<path d="M{} 0v14" fill="none" stroke="{}" stroke-width="3"/>').format(
                middle, key.colour
            )
        )
    elif key.shape:
        scale = "" if key.size == 1 else f" scale({key.size:g})"
        fill, stroke = ("none", key.colour) if key.hollow else (key.colour, "none")
        parts.append(
            Markup(
                '<path transform="translate({} 7){}" d="{}" fill="{}" stroke="{}" '
                'stroke-width="{:g}"/>'
            ).format(middle, scale, _outline(key.shape), fill, stroke, 1.6 / key.size)
        )
    return Markup("").join(parts)


def _outline(shape: str) -> str:
    """A symbol of Vega's around the origin."""
    if shape not in _SHAPES:
        raise ValueError(f"shape must be one of {', '.join(_SHAPES)}, got {shape!r}")
    return _SHAPES[shape]
