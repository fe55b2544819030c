"""A figure as one picture that stands alone: SVG, from which PNG and PDF are made, for papers."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import vl_convert
from markupsafe import Markup, escape

from parity_compare.problems.errors import InvalidInput
from parity_compare.reports import lettering, signs
from parity_compare.reports.figure import Chart, Figure, Panel, View
from parity_compare.reports.figures import charts
from parity_compare.reports.palette import Hue, Scheme, variables
from parity_compare.storage.writing import replacing

FORMATS = ("svg", "png", "pdf")
NARROWEST, WIDEST = 300, 4_000
"""Pixels that a picture may be wide."""
_MARGIN = 20
_GAP = 28  # between panels
_LEAST_PANEL = 250  # pixels; narrower ones go below each other
_TITLE, _HEADING, _NAME, _TEXT, _SMALL = 19, 15, 13, 12.5, 12  # sizes of text
_LEADING = 1.4  # a line's height, in sizes of its text
_SVG = "http://www.w3.org/2000/svg"
ET.register_namespace("", _SVG)
_VARIABLE = re.compile(r"var\((--[\w-]+)\)")
_REFERENCE = re.compile(r"url\(#([^)]*)\)")
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DROPPED = ("class", "role", "aria-label", "aria-roledescription", "aria-hidden", "tabindex")


def compose(
    figure: Figure,
    choice: Sequence[str],
    hues: Mapping[int, Hue],
    *,
    width: int = 900,
    theme: Scheme = "light",
) -> str:
    """One view of a figure as an SVG document: title, legend, headings and charts.

    It refers to nothing outside of it, and equal figures give equal documents. Captions and notes
    are left to the text around it.

    Args:
        figure: the figure.
        choice: the value of each of its controls, in their order.
        hues: the contestants' colours by their index.
        width: of the whole, in pixels.
        theme: the page that it is for, ``light`` or ``dark``.

    Raises:
        InvalidInput: there is no such view, it has no chart, or the width is out of range.
    """
    if not NARROWEST <= width <= WIDEST:
        raise InvalidInput(f"width must lie in [{NARROWEST}, {WIDEST}] pixels, got {width}")
    view = figure.views.get(tuple(choice))
    if view is None:
        raise InvalidInput(f"figure {figure.name} has no view {'/'.join(choice)}")
    if not view.charts:
        why = " ".join(view.notes) or "it has no chart"
        raise InvalidInput(f"figure {figure.name} shows nothing under this choice: {why}")
    colours = variables(hues, theme)
    drawing = _Drawing(width, colours)
    drawing.text(figure.title, _TITLE, bold=True, below=4)
    drawing.text(described(figure, choice), _SMALL, "var(--muted)", below=8)
    drawing.legend(view)
    for heading, panels in view.groups.items():
        if heading:
            drawing.space(10)
            drawing.text(_plain(heading), _HEADING, bold=True, below=4)
        _panels(drawing, figure, panels, view.columns)
    return drawing.finished(figure.title)


def described(figure: Figure, choice: Sequence[str]) -> str:
    """The choice in words: ``Currency: Seconds · Against: n``; empty if there was none."""
    parts = []
    for control, value in zip(figure.controls, choice, strict=True):
        if len(control.options) < 2:
            continue
        labels = dict(control.options)
        # Only where any number of values can be chosen does a plus sign join them.
        values = value.split("+") if control.several and value not in labels else [value]
        parts.append(f"{control.label}: {', '.join(labels.get(one, one) for one in values)}")
    return " · ".join(parts)


def write(svg: str, target: Path, *, scale: float = 2.0) -> None:
    """Write a picture as SVG, PNG or PDF, by the ending of ``target``, which is replaced.

    Args:
        svg: the document.
        target: the file; its folder is made if need be.
        scale: pixels of a PNG per pixel of the document.

    Raises:
        InvalidInput: another ending, or a scale out of range.
    """
    kind = target.suffix.removeprefix(".").lower()
    if kind not in FORMATS:
        raise InvalidInput(f"a picture must end in .{', .'.join(FORMATS)}, got {target.name}")
    if not 0.1 <= scale <= 10:
        raise InvalidInput(f"scale must lie in [0.1, 10], got {scale:g}")
    content = svg.encode()
    if kind == "png":
        content = vl_convert.svg_to_png(svg, scale)
    elif kind == "pdf":
        content = vl_convert.svg_to_pdf(svg)
    with replacing(target) as new:
        new.write_bytes(content)


def _panels(drawing: _Drawing, figure: Figure, panels: Sequence[Panel], columns: int) -> None:
    """Panels in rows under each other, as many side by side as fit."""
    room = drawing.room
    side_by_side = max(1, min(columns, len(panels), int((room + _GAP) // (_LEAST_PANEL + _GAP))))
    each = (room - _GAP * (side_by_side - 1)) / side_by_side
    for start in range(0, len(panels), side_by_side):
        top = drawing.y
        reached = top
        for place, panel in enumerate(panels[start : start + side_by_side]):
            drawing.move(_MARGIN + place * (each + _GAP), top, each)
            _panel(drawing, figure, panel)
            reached = max(reached, drawing.y)
        drawing.move(_MARGIN, reached + 14, room)


def _panel(drawing: _Drawing, figure: Figure, panel: Panel) -> None:
    if panel.contestant is not None:
        drawing.name(panel.contestant.name, panel.contestant.colour, panel.contestant.terms)
    for chart in panel.charts:
        if chart.title:
            alone = panel.contestant is None
            drawing.text(_plain(chart.title), _NAME if alone else _TEXT, bold=alone, below=2)
        drawing.chart(figure, chart)
        if chart.note:
            drawing.text(_plain(chart.note), _SMALL, "var(--muted)", below=4)


class _Drawing:
    """An SVG document that grows downwards.

    Args:
        width: of the whole, in pixels.
        colours: what the CSS variables stand for.
    """

    def __init__(self, width: int, colours: Mapping[str, str]) -> None:
        self.width = width
        self.y = float(_MARGIN)
        self.x = float(_MARGIN)
        self.room = float(width - 2 * _MARGIN)
        self._colours = colours
        self._parts: list[str] = []
        self._charts = 0

    def move(self, x: float, y: float, room: float) -> None:
        """Go on elsewhere."""
        self.x, self.y, self.room = x, y, room

    def space(self, height: float) -> None:
        """Leave some."""
        self.y += height

    def text(
        self, text: str, size: float, ink: str = "var(--ink)", *, bold: bool = False, below: float
    ) -> None:
        """A paragraph, and some room below it; nothing at all for an empty text."""
        for line in lettering.lines(text, size, self.room, bold=bold):
            self._line(line, self.x, size, ink, bold=bold)
            self.y += _LEADING * size
        self.y += below if text else 0

    def name(self, name: str, colour: str, terms: str) -> None:
        """A contestant's name behind a dot of its colour, and its terms, muted."""
        self._parts.append(
            Markup('<circle cx="{}" cy="{}" r="4.5" fill="{}"/>').format(
                _short(self.x + 4.5), _short(self.y + 0.62 * _NAME), self._resolved(colour)
            )
        )
        indent, left, room = 15, self.x, self.room
        self.move(left + indent, self.y, room - indent)
        wide = lettering.width(f"{name}  ", _NAME, bold=True)
        if wide + lettering.width(terms, _SMALL) <= self.room:
            self._line(terms, self.x + wide, _SMALL, "var(--muted)", size_of_line=_NAME)
            terms = ""
        self.text(name, _NAME, bold=True, below=2)
        self.text(terms, _SMALL, "var(--muted)", below=2)
        self.move(left, self.y, room)

    def legend(self, view: View) -> None:
        """The entries one after the other, in as many lines as they need."""
        left, room, high = self.x, self.room, _LEADING * _TEXT + 3
        for key in view.legend:
            indent = signs.width(key) + 7
            text = lettering.width(key.label, _TEXT)
            remark = lettering.width(f" {key.remark}", _TEXT) if key.remark else 0.0
            wide = indent + text + remark
            if self.x > left and self.x + wide > left + room:
                self.move(left, self.y + high, room)
            self._parts.append(
                Markup('<g transform="translate({} {})">{}</g>').format(
                    _short(self.x), _short(self.y + 1), Markup(self._resolved(signs.sign(key)))
                )
            )
            if wide > room:
                # One that is longer than a line has several lines of its own.
                self.move(left + indent, self.y, room - indent)
                self.text(key.label, _TEXT, below=0)
                self.text(key.remark, _TEXT, "var(--muted)", below=3)
                self.move(left, self.y, room)
                continue
            self._line(key.label, self.x + indent, _TEXT, "var(--ink)")
            if key.remark:
                self._line(key.remark, self.x + indent + 4 + text, _TEXT, "var(--muted)")
            self.move(self.x + wide + 20, self.y, room)
        ended = self.y + high if self.x > left else self.y
        self.move(left, ended + 8 if view.legend else ended, room)

    def chart(self, figure: Figure, chart: Chart) -> None:
        """A chart as wide as there is room."""
        spec = json.loads(_NOT_XML.sub("", self._resolved(_json(chart.spec))))
        spec["width"] = round(self.room)
        spec["datasets"] = {
            name: [{key: self._shown(value) for key, value in row.items()} for row in rows]
            for name, rows in figure.rows(chart).items()
        }
        theme = json.loads(self._resolved(_json(charts.THEME))) | {"font": lettering.FONT}
        svg: str = vl_convert.vegalite_to_svg(spec, config=theme, allowed_base_urls=[])
        self._charts += 1
        root = ET.fromstring(svg)
        _tidy(root, f"chart{self._charts}-")
        root.set("x", _short(self.x))
        root.set("y", _short(self.y))
        described = ET.Element(f"{{{_SVG}}}title")
        described.text = _NOT_XML.sub("", chart.alt)
        root.insert(0, described)
        self._parts.append(ET.tostring(root, encoding="unicode").replace(f' xmlns="{_SVG}"', "", 1))
        self.y += float(root.get("height", chart.height)) + 6

    def finished(self, title: str) -> str:
        """The whole document."""
        height = round(self.y + _MARGIN - 14)
        head = Markup(
            '<svg xmlns="{}" width="{}" height="{}" viewBox="0 0 {} {}" font-family="{}">'
            '<title>{}</title><rect width="{}" height="{}" fill="{}"/>'
        ).format(
            _SVG, self.width, height, self.width, height, lettering.FONT, _NOT_XML.sub("", title),
            self.width, height, self._colours["--page"],
        )  # fmt: skip
        return "\n".join([head, *self._parts, "</svg>"]) + "\n"

    def _line(
        self,
        text: str,
        x: float,
        size: float,
        ink: str,
        *,
        bold: bool = False,
        size_of_line: float | None = None,
    ) -> None:
        weight = Markup(' font-weight="600"') if bold else ""
        baseline = self.y + 1.05 * (size_of_line or size)
        self._parts.append(
            Markup('<text x="{}" y="{}" font-size="{}" fill="{}"{}>{}</text>').format(
                _short(x), _short(baseline), size, self._resolved(ink), weight, _set(text, size)
            )
        )

    def _resolved(self, text: str) -> str:
        """With colours in place of the variables that stand for them."""
        return _VARIABLE.sub(lambda found: self._colours.get(found[1], found[0]), text)

    def _shown(self, value: Any) -> Any:
        """A value of a row; only one that is a variable and nothing else stands for a colour."""
        if not isinstance(value, str):
            return value
        found = _VARIABLE.fullmatch(value)
        return self._colours.get(found[1], value) if found else _NOT_XML.sub("", value)


def _set(text: str, size: float) -> Markup:
    """A line's text, its exponents and indices raised and lowered."""
    pieces, above = [], 0
    for piece, shift in lettering.scripts(_NOT_XML.sub("", text)):
        if not shift and not above:
            pieces.append(escape(piece))
            continue
        size_of_piece = Markup(' font-size="{}"').format(_short(size * lettering.SCRIPT))
        pieces.append(
            Markup('<tspan dy="{}"{}>{}</tspan>').format(
                _short(_shift(size) * (above - shift)), size_of_piece if shift else "", piece
            )
        )
        above = shift
    return Markup("").join(pieces)


def _shift(size: float) -> float:
    """How far an exponent stands above the line, in pixels."""
    return 0.33 * size


def _tidy(root: ET.Element, prefix: str) -> None:
    """Leave out what is for screen readers mark by mark, and make identifiers the document's own.

    A nested picture has one description. Vega numbers clip paths through all that a process draws.
    """
    found = [element.get("id") for element in root.iter()]
    names = {name: f"{prefix}{i}" for i, name in enumerate(dict.fromkeys(filter(None, found)))}
    for element in list(root.iter()):
        if element.text and len(lettering.scripts(element.text)) > 1:
            size = float((element.get("font-size") or str(_SMALL)).removesuffix("px"))
            pieces = ET.fromstring(f'<g xmlns="{_SVG}">{_set(element.text, size)}</g>')
            element.text = pieces.text
            element[:0] = list(pieces)
        for name in _DROPPED:
            element.attrib.pop(name, None)
        for name, value in element.attrib.items():
            if name == "id":
                element.set(name, names[value])
            else:
                refer = _REFERENCE.sub(lambda one: f"url(#{names.get(one[1], one[1])})", value)
                element.set(name, refer)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _plain(text: str) -> str:
    """Without the backticks that set code apart."""
    return text.replace("`", "")


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
