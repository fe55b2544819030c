"""The plots of studies, as SVG files."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET

from parity_compare.reports.plots import draw, specification
from parity_compare.reproduction.plots import Axis, Plot, Point


def plot(points: list[Point], **changes: object) -> Plot:
    settings = {"name": "p", "title": "Steps", "x": Axis("n"), "y": Axis("t"), "points": points}
    return Plot(**(settings | changes))


def test_every_series_and_panel_is_named_in_the_picture() -> None:
    points = [
        Point(series, n, n * factor, panel=panel)
        for panel in ("left", "right")
        for series, factor in (("k = 2", 1.0), ("k = 2, published", 1.1))
        for n in (10.0, 20.0)
    ]
    svg = draw(plot(points, reference=("k = 2, published",)))
    ET.fromstring(svg)  # it is well-formed
    text = " ".join(re.findall(r">([^<>]+)</text>", svg))
    for word in ("Steps", "left", "right", "k = 2, published"):
        assert word in text


def test_a_published_curve_has_the_colour_of_the_measured_one() -> None:
    points = [
        Point("a", 1, 1), Point("b", 1, 1), Point("b, published", 1, 1), Point("theory", 1, 1),
        Point("flow, b", 1, 1),
    ]  # fmt: skip
    made = specification(plot(points, reference=("b, published", "theory", "flow, b")))
    scale = made["concat"][0]["layer"][0]["encoding"]["color"]["scale"]
    colour = dict(zip(scale["domain"], scale["range"], strict=True))
    assert colour["b, published"] == colour["flow, b"] == colour["b"] != colour["a"]
    assert colour["theory"] not in (colour["a"], colour["b"])


def test_what_an_axis_cannot_show_is_left_out_and_nothing_else() -> None:
    points = [Point("a", 1, 10), Point("a", 2, math.inf), Point("a", 3, 0), Point("a", 4, 20)]
    assert [row["y"] for row in _values(points)] == [10, None, None, 20]


def _values(points: list[Point]) -> list[dict[str, float | None]]:
    made = specification(plot(points, y=Axis("t", log=True)))
    (rows,) = made["datasets"].values()  # of one panel, which all its layers share
    return rows


def test_an_interval_without_an_end_runs_beyond_all_others() -> None:
    rows = _values([Point("a", 1, 10, 5, math.inf), Point("a", 2, 100, 90, 110)])
    assert rows[0]["high"] > 110
    assert rows[0]["low"] == 5


def test_a_plot_without_points_that_can_be_shown_is_drawn_all_the_same() -> None:
    for axis in (Axis("t"), Axis("t", log=True)):
        ET.fromstring(draw(plot([Point("a", 1, math.inf)], y=axis, x=axis)))
