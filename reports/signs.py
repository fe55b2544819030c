"""The signs of a legend, drawn as the charts draw them, on a ground of 34 by 14 pixels."""

from __future__ import annotations

from markupsafe import Markup

from parity_compare.reports.figure import Key

WIDTH, HEIGHT = 34, 14

_SHAPES = {
    "circle": "M4.2 0a4.2 4.2 0 1 1-8.4 0a4.2 4.2 0 1 1 8.4 0z",
    "square": "M-4-4h8v8h-8z",
    "diamond": "M0-5.5L5.5 0L0 5.5L-5.5 0z",
    "cross": "M-1.6-5h3.2v3.4H5v3.2H1.6V5h-3.2V1.6H-5v-3.2h3.4z",
    "triangle-up": "M-5 4L0-4.5L5 4z",
    "triangle-down": "M-5-4L0 4.5L5-4z",
    "triangle-left": "M4-5L-4.5 0L4 5z",
    "triangle-right": "M-4-5L4.5 0L-4 5z",
}


def sign(key: Key) -> Markup:
    """What stands before the label of a legend's entry, as the content of an SVG element."""
    parts = []
    if key.dash is not None:
        parts.append(
            Markup('<path d="M0 7h34" fill="none" stroke="{}" stroke-width="2"{}/>').format(
                key.colour, _dashes(key.dash)
            )
        )
    if key.shape == "band":
        parts.append(
            Markup('<path d="M0 1h34v12h-34z" fill="{}" fill-opacity="0.22"/>').format(key.colour)
        )
    elif key.shape == "tick":
        parts.append(
            Markup('<path d="M17 0v14" fill="none" stroke="{}" stroke-width="3"/>').format(
                key.colour
            )
        )
    elif key.shape:
        paint = 'fill="{}"' if not key.hollow else 'fill="none" stroke="{}" stroke-width="1.6"'
        parts.append(
            Markup(f'<path transform="translate(17 7)" d="{_path(key.shape)}" {paint}/>').format(
                key.colour
            )
        )
    return Markup("").join(parts)


def _path(shape: str) -> str:
    """The outline of a symbol of Vega's around the origin."""
    if shape not in _SHAPES:
        raise ValueError(f"shape must be one of {', '.join(_SHAPES)}, got {shape!r}")
    return _SHAPES[shape]


def _dashes(dash: tuple[int, ...]) -> Markup:
    joined = " ".join(map(str, dash))
    return Markup(' stroke-dasharray="{}"').format(joined) if dash else Markup("")
