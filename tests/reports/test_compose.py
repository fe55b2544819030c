"""Figures as files: one picture that stands alone, and the numbers behind it."""

from __future__ import annotations

import csv
import io
import re
import struct
import xml.etree.ElementTree as ET
import zlib
from dataclasses import replace
from pathlib import Path

import altair as alt
import pytest
from made_up import demo, results

from parity_compare.problems.errors import InvalidInput
from parity_compare.reports import choosing, lettering
from parity_compare.reports.compose import compose, described, write
from parity_compare.reports.digest import digest
from parity_compare.reports.figure import Caption, Chart, Control, Figure, Key, Panel, View
from parity_compare.reports.figures.charts import finish
from parity_compare.reports.numbers import as_csv, numbers
from parity_compare.reports.palette import Scheme

DIGEST = digest(results(demo(2)))
HUES = {contestant.index: contestant.hue for contestant in DIGEST.contestants}
HOSTILE = "<script>alert(1)</script>&\"'"
SVG = "{http://www.w3.org/2000/svg}"


def made(name: str = "sgd") -> Figure:
    """Dots and a clipped line for two contestants, in two currencies, under two access models."""
    points = alt.Chart(alt.NamedData("points")).encode(
        x=alt.X("seconds:Q", title="time to solution"),
        y=alt.Y("learner:N"),
        color=alt.Color("colour:N", scale=None),
        tooltip=[alt.Tooltip("learner:N")],
    )
    drawn = alt.layer(points.mark_point(filled=True), points.mark_line(clip=True))
    spec = finish(drawn, 120)
    rows = [
        {"currency": "seconds", "learner": name, "seconds": 0.5, "colour": "var(--hue-0)"},
        {"currency": "seconds", "learner": "gf2", "seconds": None, "colour": "var(--hue-3)"},
        {"currency": "steps", "learner": name, "seconds": 1e-9, "colour": "var(--hue-0)"},
    ]

    def view(currency: str) -> View:
        chart = Chart(spec, {"points": "points"}, f"{HOSTILE} in {currency}", "10⁹ against `x₀`")
        panels = [
            Panel([replace(chart, where={"currency": currency})], contestant)
            for contestant in DIGEST.contestants[:2]
        ]
        keys = [Key(name, "var(--hue-0)", "circle", (), "solid"), Key("all", "var(--ink)", "band")]
        return View({"n = 30": panels}, keys)

    controls = [
        Control("currency", "Currency", [("seconds", "Seconds"), ("steps", "Steps")]),
        Control("access", "Among", [("a", "As"), ("b", "Bs")], several=True),
    ]
    views = {
        (currency, among): view(currency)
        for currency in ("seconds", "steps")
        for among in controls[1].values
    }
    return Figure("cost", "Cost", Caption("", "", ""), views, {"points": rows}, controls)


def drawn(figure: Figure, width: int = 900, theme: Scheme = "light") -> str:
    return compose(figure, figure.first, HUES, width=width, theme=theme)


def test_a_picture_stands_alone() -> None:
    svg = drawn(made())
    root = ET.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert (root.get("width"), root.get("viewBox", "").split()[2]) == ("900", "900")
    # No style sheet, script or reference to elsewhere; the namespaces are names and not loaded.
    assert "var(" not in svg
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "g", "path", "text", "tspan", "rect", "circle", "line", "title", "defs", "clipPath",
    }  # fmt: skip
    urls = re.findall(r"https?://[^\"' ]+", svg)
    assert set(urls) <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    texts = {"".join(element.itertext()) for element in root.iter(f"{SVG}text")}
    assert {"Cost", "n = 30", "sgd", "solid", "time to solution", "109 against x0"} <= texts
    assert "Currency: Seconds · Among: As, Bs" in texts


def test_clip_paths_of_one_chart_are_not_those_of_another() -> None:
    root = ET.fromstring(drawn(made()))
    names = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(names) == len(set(names)) >= 2
    used = re.findall(r"url\(#([^)]*)\)", ET.tostring(root, encoding="unicode"))
    assert set(used) <= set(names)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contestants_keep_their_colours_in_both_themes(theme: Scheme) -> None:
    svg = drawn(made(), theme=theme)
    for index in (0, 3):
        assert getattr(HUES[index], theme) in svg


def test_equal_figures_give_equal_documents() -> None:
    assert drawn(made()) == drawn(made())


def test_hostile_names_stay_text() -> None:
    root = ET.fromstring(drawn(made(HOSTILE + "\x00\x1b")))
    texts = {"".join(element.itertext()) for element in root.iter(f"{SVG}text")}
    assert HOSTILE in texts
    assert f"{SVG}script" not in {element.tag for element in root.iter()}
    titles = {element.text for element in root.iter(f"{SVG}title")}
    assert f"{HOSTILE} in seconds" in titles


def test_a_colour_in_a_text_is_no_colour() -> None:
    root = ET.fromstring(drawn(made("sgd var(--hue-1)")))
    assert any("sgd var(--hue-1)" in "".join(e.itertext()) for e in root.iter(f"{SVG}text"))


def test_panels_go_below_each_other_where_there_is_no_room() -> None:
    def lefts(width: int) -> list[str | None]:
        root = ET.fromstring(drawn(made(), width))
        return [element.get("x") for element in root.findall(f"{SVG}svg")]

    assert len(set(lefts(900))) == 2
    assert lefts(400) == ["20", "20"]
    for element in ET.fromstring(drawn(made(), 400)).findall(f"{SVG}svg"):
        assert float(element.get("width", "0")) <= 360


def test_pictures_are_what_their_endings_say(tmp_path: Path) -> None:
    svg = drawn(made())
    for kind in ("svg", "png", "pdf"):
        write(svg, tmp_path / "new" / f"cost.{kind}", scale=1.5)
    assert (tmp_path / "new" / "cost.svg").read_text(encoding="utf-8") == svg
    png = (tmp_path / "new" / "cost.png").read_bytes()
    assert struct.unpack(">I", png[16:20]) == (1350,)
    pdf = (tmp_path / "new" / "cost.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    # Real text: a font with a map back to characters, some of which is in the title.
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    plain = b"".join(_inflated(stream) for stream in streams)
    assert b"/Font" in pdf
    assert b"beginbfchar" in plain or b"beginbfrange" in plain
    assert b" Tf" in plain
    with pytest.raises(InvalidInput, match=r"must end in \.svg, \.png, \.pdf, got cost\.gif"):
        write(svg, tmp_path / "cost.gif")
    with pytest.raises(InvalidInput, match=r"scale must lie in \[0\.1, 10\], got 99"):
        write(svg, tmp_path / "cost.png", scale=99)


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return stream


def test_what_cannot_be_drawn_is_refused_in_words() -> None:
    with pytest.raises(InvalidInput, match=r"width must lie in \[300, 4000\] pixels, got 10"):
        drawn(made(), 10)
    bare = Figure("bare", "Bare", Caption("", "", ""), {(): View(notes=["Nobody ran."])}, {})
    with pytest.raises(InvalidInput, match=r"bare shows nothing under this choice: Nobody ran\."):
        drawn(bare)


def test_a_choice_is_made_by_name_and_the_rest_is_the_first() -> None:
    figure = made()
    assert choosing.choice(figure, {}) == ("seconds", "a+b")
    assert choosing.choice(figure, {"currency": "steps", "access": "b"}) == ("steps", "b")
    assert choosing.choice(figure, {"access": "b+a"}) == ("seconds", "a+b")
    assert described(figure, ("steps", "b")) == "Currency: Steps · Among: Bs"
    for wanted, message in [
        ({"currency": "step"}, "unknown value of currency 'step'; did you mean steps?"),
        ({"axis": "n"}, "unknown choice 'axis'; figure cost has currency, access"),
        ({"access": "a+c"}, "unknown value of access 'c'; did you mean|figure cost has a, b"),
        ({"currency": "seconds+steps"}, "unknown value of currency"),
    ]:
        with pytest.raises(InvalidInput) as refused:
            choosing.choice(figure, wanted)
        assert any(part in str(refused.value) for part in message.split("|"))


def test_an_unknown_figure_has_its_nearest_name() -> None:
    assert choosing.find([made()], "cost").name == "cost"
    with pytest.raises(InvalidInput, match=r"unknown figure 'costs'; did you mean cost\?"):
        choosing.find([made()], "costs")
    with pytest.raises(InvalidInput, match="these results have no figures"):
        choosing.find([], "cost")


def test_numbers_are_those_that_are_drawn_without_the_drawing() -> None:
    figure = made('=cmd|"x"')
    found = numbers(figure, ("seconds", "b"))
    assert found == {
        "points": [
            {"currency": "seconds", "learner": '=cmd|"x"', "seconds": 0.5},
            {"currency": "seconds", "learner": "gf2", "seconds": None},
        ]
    }
    text = as_csv(found)
    assert text.count("\r\n") == 3
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows == [
        ["currency", "learner", "seconds"],
        ["seconds", '\'=cmd|"x"', "0.5"],
        ["seconds", "gf2", ""],
    ]
    both = as_csv({"one": [{"a": True}], "two": [{"b": [1, 2]}]})
    assert both == "table,a,b\r\none,true,\r\ntwo,,1 2\r\n"


def test_text_breaks_into_lines_that_fit() -> None:
    text = "the weights on S were ahead of all others for good " + "x" * 200
    for room in (60, 200, 5000):
        found = lettering.lines(text, 12, room)
        assert "".join(found).replace(" ", "") == text.replace(" ", "")
        assert all(lettering.width(line, 12) <= room for line in found)
    assert lettering.lines("", 12, 100) == []


def test_exponents_and_indices_are_set_apart() -> None:
    assert lettering.scripts("1.2 × 10⁻¹² w₀.") == [
        ("1.2 × 10", 0), ("−12", 1), (" w", 0), ("0", -1), (".", 0),
    ]  # fmt: skip
