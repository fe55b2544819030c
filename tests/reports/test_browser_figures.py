"""What a reader's browser makes of the figures: drawn, chosen, coloured, printed and saved."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import (
    CHARTS,
    DESK,
    PHONE,
    SHOWN,
    TABLET,
    charts,
    choose,
    drawn,
    opened,
    overflow,
    save,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


AtRest = Callable[[int], "Page"]


@pytest.fixture(scope="module")
def at_rest(browser: Browser, demo_page: Path) -> Iterator[AtRest]:
    """The demo's page by the window's width, drawn once: for tests that look and touch nothing."""
    with ExitStack() as pages:
        yield cache(lambda width: pages.enter_context(opened(browser, demo_page, width)))


@pytest.mark.parametrize("width", [PHONE, TABLET])
def test_every_chart_is_drawn_and_fills_the_box_kept_for_it(at_rest: AtRest, width: int) -> None:
    page = at_rest(width)
    found = charts(page)
    assert len(found) >= 5
    for chart in found:
        assert chart["marks"] > 5, chart
        assert chart["size"] == [chart["width"], chart["height"]], chart
        assert chart["alt"], chart
    assert overflow(page) <= 0


def test_charts_of_hidden_views_wait_until_they_are_shown(at_rest: AtRest) -> None:
    assert all(chart["drawn"] == chart["shown"] for chart in at_rest(DESK).evaluate(CHARTS))


@pytest.mark.parametrize(("width", "columns"), [(PHONE, 1), (TABLET, 2), (DESK, 2)])
def test_captions_stand_in_two_columns_where_there_is_room(
    at_rest: AtRest, width: int, columns: int
) -> None:
    """What was computed is beside what to see and what is not shown."""
    places = "() => [...document.querySelectorAll('figcaption')].map(caption =>" \
        "[...caption.children].map(part => part.getBoundingClientRect().left))"  # fmt: skip
    for see, computed, omits in at_rest(width).evaluate(places):
        assert see == omits
        assert (computed > see) == (columns == 2)


def test_the_summary_fits_a_window_of_1200_pixels(at_rest: AtRest) -> None:
    hidden = at_rest(1200).evaluate(
        "(box => box.scrollWidth - box.clientWidth)(document.querySelector('.scroll'))"
    )
    assert hidden <= 0


def test_a_short_summary_is_not_cut(at_rest: AtRest) -> None:
    box = "document.querySelector('#summary-table .scroll')"
    assert at_rest(DESK).evaluate(f"{box}.scrollHeight <= {box}.clientHeight")


def test_every_view_of_every_figure_is_drawn_when_it_is_chosen(
    browser: Browser, demo_page: Path
) -> None:
    with opened(browser, demo_page) as page:
        for _ in choose(page, most=9):
            assert overflow(page) <= 0
        for chart in page.evaluate(CHARTS):
            assert chart["drawn"], chart
            assert chart["marks"] > 1, chart


def test_one_switch_sets_the_currency_of_every_figure(browser: Browser, demo_page: Path) -> None:
    with opened(browser, demo_page) as page:
        having = "[...document.querySelectorAll('[data-figure]')].filter(f => JSON.parse(" \
            "f.dataset.controls).includes('currency')).map(f => f.dataset.figure)"  # fmt: skip
        figures = page.evaluate(having)
        assert "cost" in figures
        assert len(figures) > 1
        for currency in ("Samples", "Operations", "Seconds"):
            page.get_by_role("radio", name=currency, exact=True).check()
            drawn(page)
            for figure in figures:
                assert currency.lower() in page.evaluate(SHOWN, figure)


def test_of_several_choices_one_stays(browser: Browser, demo_page: Path) -> None:
    with opened(browser, demo_page) as page:
        boxes = page.locator("[data-figure=profile] fieldset[data-several] input")
        count = boxes.count()
        assert count > 1
        for i in range(count):
            boxes.nth(i).click()
        assert [boxes.nth(i).is_checked() for i in range(count)] == [False] * (count - 1) + [True]
        drawn(page)


def brightness(colour: str) -> int:
    """The sum of the parts of ``rgb(r, g, b)``."""
    return sum(int(part) for part in colour.removeprefix("rgb(")[:-1].split(","))


def shades(page: Page) -> tuple[int, int]:
    """How bright the page and its charts' labels are."""
    page_colour, *labels = page.evaluate(
        """() => [getComputedStyle(document.body).backgroundColor,
            ...[...document.querySelectorAll('.chart .role-axis-label text')].map(
                text => getComputedStyle(text).fill)]"""
    )
    assert len(labels) > 20
    assert len(set(labels)) == 1
    return brightness(page_colour), brightness(labels[0])


def is_dark(page: Page) -> bool:
    """Whether page and charts are light on dark; anything between is an error."""
    ground, text = shades(page)
    if ground < 100 < 600 < text:
        return True
    assert ground > 700 > 150 > text
    return False


def test_page_and_charts_follow_the_system_until_the_reader_chooses(
    browser: Browser, demo_page: Path
) -> None:
    with opened(browser, demo_page, color_scheme="dark") as page:
        button = page.get_by_role("button", name="Theme")
        for theme, dark in (("system", True), ("light", False), ("dark", True), ("system", True)):
            assert button.inner_text() == f"Theme: {theme}"
            assert is_dark(page) == dark
            button.click()
        button.click()
        button.click()
        page.emulate_media(color_scheme="light")
        assert button.inner_text() == "Theme: system"
        assert not is_dark(page)


def test_charts_follow_the_window_those_of_hidden_views_too(
    browser: Browser, demo_page: Path
) -> None:
    with opened(browser, demo_page) as page:
        page.get_by_role("radio", name="Samples", exact=True).check()
        drawn(page)
        page.set_viewport_size({"width": PHONE, "height": 800})
        page.get_by_role("radio", name="Seconds", exact=True).check()
        drawn(page)
        page.wait_for_function(
            """[...document.querySelectorAll('.chart')].filter(box => box.clientWidth).every(
                box => box.querySelector('svg').getAttribute('width')
                    == Math.floor(box.getBoundingClientRect().width))""",
        )
        assert overflow(page) <= 0


def test_on_paper_everything_is_there_dark_on_light_and_nothing_is_wider_than_the_sheet(
    browser: Browser, demo_page: Path
) -> None:
    with opened(browser, demo_page) as page:
        page.get_by_role("button", name="Theme").click()
        page.get_by_role("button", name="Theme").click()
        assert is_dark(page)
        page.emulate_media(media="print", color_scheme="dark")
        page.set_viewport_size({"width": 720, "height": 1000})
        assert overflow(page) <= 0
        assert not is_dark(page)
        for gone in (".actions", ".theme", "header nav", "[data-find]"):
            assert not page.locator(gone).first.is_visible()
        # Of the switch, paper keeps what was chosen.
        assert page.locator(".currency .options span:visible").all_inner_texts() == ["Seconds"]
        cut = "[...document.querySelectorAll('.scroll')].filter(box => " \
            "box.scrollHeight > box.clientHeight + 1 && getComputedStyle(box).overflowY !== " \
            "'visible').length"  # fmt: skip
        assert page.evaluate(cut) == 0


SVG = "{http://www.w3.org/2000/svg}"


def test_saved_pictures_stand_alone_in_the_colours_of_the_page(
    browser: Browser, demo_page: Path
) -> None:
    with opened(browser, demo_page) as page:
        page.get_by_role("radio", name="Operations", exact=True).check()
        drawn(page)
        for scheme, ground in (("light", "#ffffff"), ("dark", "#14171c")):
            page.emulate_media(color_scheme=scheme)
            name, content = save(page, "cost", "svg")
            assert name == "cost-operations.svg"
            text = content.decode()
            assert "var(" not in text
            root = ET.fromstring(text)
            assert root.tag == f"{SVG}svg"
            assert root.find(f"{SVG}rect").attrib["fill"] == ground  # type: ignore[union-attr]
            assert "system-ui" in root.attrib["font-family"]
            width = page.locator("[data-figure=cost] .view:not([hidden])").evaluate(
                "v => v.clientWidth"
            )
            assert abs(float(root.attrib["width"]) - width - 40) <= 1
            words = [element.text for element in root.iter(f"{SVG}text")]
            assert words[:2] == ["Cost to solution", "Currency: Operations"]
            described = [e for e in root.iter(f"{SVG}svg") if e.find(f"{SVG}title") is not None]
            count = sum(chart["id"].startswith("cost-") for chart in charts(page))
            assert len(described) - 1 == count >= 1
            tags = {e.tag for e in root.iter()}
            assert {"text/html", "script", "foreignObject"}.isdisjoint(tags)
        root = ET.fromstring(save(page, "success", "svg")[1])
        name, content = save(page, "success", "png")
    assert name.startswith("success")
    assert name.endswith(".png")
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    sides = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
    assert tuple(sides) == tuple(2 * int(root.attrib[side]) for side in ("width", "height"))
    assert len(content) > 5000


def test_the_numbers_behind_a_figure_are_a_table_that_follows_the_choice(
    browser: Browser, demo_page: Path
) -> None:
    with opened(browser, demo_page) as page:
        figure = page.locator("[data-figure=cost]")
        button = figure.get_by_role("button", name="Numbers")
        assert button.get_attribute("aria-expanded") == "false"
        button.click()
        assert button.get_attribute("aria-expanded") == "true"
        for currency in ("Seconds", "Steps"):
            page.get_by_role("radio", name=currency, exact=True).check()
            drawn(page)
            rows = list(csv.reader(io.StringIO(save(page, "cost", "csv")[1].decode())))
            shown = figure.locator(".numbers tbody tr").count()
            assert shown == len(rows) - 1 > 5
            first = figure.locator(".numbers tbody tr").first.inner_text().split("\t")
            written = [value for value in rows[1] if value]
            assert written[-1] in first
        button.click()
        assert figure.locator(".numbers table").count() == 0
