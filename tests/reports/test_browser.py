"""What a reader's browser makes of the report, opened from a file with no network at hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from made_up import cell, demo, record, results

from parity_compare.reports.report import write_report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HOSTILE = "</script><img src=x onerror=\"document.title='owned'\"><!-- \u2028"
PHONE, DESK = 390, 1280


@contextmanager
def opened(browser: Browser, path: Path, width: int = DESK, **options: Any) -> Iterator[Page]:
    """The page, drawn; leaving asserts that it asked for nothing and complained of nothing."""
    page = browser.new_page(viewport={"width": width, "height": 800}, **options)
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    try:
        yield page
        assert asked == [path.as_uri()]
        assert complaints == []
    finally:
        page.close()


def charts(page: Page) -> list[dict[str, Any]]:
    """Every chart's box and the drawing in it."""
    found: list[dict[str, Any]] = page.evaluate(
        """[...document.querySelectorAll('.chart')].map(box => ({
            id: box.id, height: box.clientHeight, width: box.clientWidth,
            marks: box.querySelectorAll('svg path, svg line').length,
            drawn: [Number(box.querySelector('svg')?.getAttribute('width')),
                    Number(box.querySelector('svg')?.getAttribute('height'))]}))"""
    )
    return found


def overflow(page: Page) -> int:
    """How many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_every_chart_is_drawn_and_fills_the_box_kept_for_it(
    browser: Browser, demo_page: Path, width: int
) -> None:
    with opened(browser, demo_page, width) as page:
        drawn = charts(page)
        assert len(drawn) == 1 + 1 + 4 + 2 * 3
        for chart in drawn:
            assert chart["marks"] > 5, chart
            assert chart["drawn"] == [chart["width"], chart["height"]], chart
        assert overflow(page) <= 0


def test_the_summary_fits_a_window_of_1200_pixels(browser: Browser, demo_page: Path) -> None:
    with opened(browser, demo_page, 1200) as page:
        hidden = page.evaluate(
            "(box => box.scrollWidth - box.clientWidth)(document.querySelector('.scroll'))"
        )
        assert hidden <= 0


def test_in_the_dark_the_page_and_its_charts_turn_light_on_dark(
    browser: Browser, demo_page: Path
) -> None:
    colours = """() => [getComputedStyle(document.body).backgroundColor,
        ...[...document.querySelectorAll('.chart .role-axis-label text')].map(
            text => getComputedStyle(text).fill)]"""
    brightness = {}
    for scheme in ("light", "dark"):
        with opened(browser, demo_page, color_scheme=scheme) as page:
            page_colour, *labels = page.evaluate(colours)
            assert len(labels) > 20
            assert len(set(labels)) == 1
            brightness[scheme] = [
                sum(int(part) for part in text.removeprefix("rgb(")[:-1].split(","))
                for text in (page_colour, labels[0])
            ]
    assert brightness["light"][0] > 700 > 150 > brightness["light"][1]
    assert brightness["dark"][0] < 100 < 600 < brightness["dark"][1]


def test_charts_follow_the_window(browser: Browser, demo_page: Path) -> None:
    with opened(browser, demo_page) as page:
        page.set_viewport_size({"width": PHONE, "height": 800})
        page.wait_for_function(
            "document.querySelector('#time-0 svg').getAttribute('width') < 390", timeout=5000
        )
        assert overflow(page) <= 0


def test_a_click_or_a_key_on_a_heading_sorts_the_rows_below_their_instance(
    browser: Browser, demo_page: Path
) -> None:
    names = """() => [...document.querySelector('table.sortable').tBodies[0].rows].map(
        row => row.cells[0].textContent.trim())"""
    with opened(browser, demo_page) as page:
        first = page.locator("table.sortable").first
        heading = first.locator("th", has_text="Seconds")
        heading.locator("button").click()
        by_time = ["gf2", "exhaustive", "sq", "sgd", "langevin"]
        assert page.evaluate(names) == ["n = 30, k = 3, no noise", *by_time]
        assert heading.get_attribute("aria-sort") == "ascending"
        page.keyboard.press("Enter")
        assert page.evaluate(names)[1:] == by_time[::-1]
        assert heading.get_attribute("aria-sort") == "descending"


def test_saved_figures_stand_alone(browser: Browser, demo_page: Path, tmp_path: Path) -> None:
    saved = tmp_path / "time.svg"
    with opened(browser, demo_page, color_scheme="dark") as page:
        with page.expect_download() as download:
            page.locator("button[data-save=time]").click()
        download.value.save_as(saved)
    text = saved.read_text(encoding="utf-8")
    assert text.startswith("<svg")
    assert "var(" not in text
    assert "langevin" in text


def test_on_paper_nothing_is_wider_than_the_sheet(browser: Browser, demo_page: Path) -> None:
    with opened(browser, demo_page) as page:
        page.emulate_media(media="print", color_scheme="dark")
        page.set_viewport_size({"width": 720, "height": 1000})
        assert overflow(page) <= 0
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert background == "rgb(255, 255, 255)"


def grid() -> list[Any]:
    """Three sizes, two k, three noise rates."""
    return [
        one
        for n in (20, 30, 40)
        for k in (2, 3)
        for noise in (0.0, 0.05, 0.1)
        for one in demo(2, n=n, k=k, noise=noise)
    ]


@pytest.mark.parametrize(
    ("records", "count"),
    [
        ([], 0),
        (cell("gf2", [1e-3, 2e-3, 3e-3]), 5),
        (cell("sgd", [None] * 4), 5),
        (grid(), 6 + 6 + 4 * 6 + 6),
        ([record(f"{HOSTILE}[x=1]", message=HOSTILE), record(access=HOSTILE)], 5),
    ],
    ids=["nothing", "one learner", "all failed", "grid", "hostile"],
)
def test_unusual_results_make_a_page_that_works(
    browser: Browser, tmp_path: Path, records: Sequence[Any], count: int
) -> None:
    path = write_report(results(records, processor=HOSTILE, **{HOSTILE: "1"}), tmp_path / "r.html")
    with opened(browser, path, PHONE) as page:
        drawn = charts(page)
        assert len(drawn) == count
        assert all(chart["marks"] > 1 for chart in drawn)
        assert overflow(page) <= 0
        assert page.title() != "owned"
        assert page.locator("img").count() == 0
        if count:
            # A tooltip shows strangers' text too.
            page.locator("#time-0 svg [aria-roledescription=point]").first.hover(force=True)
            assert page.locator("img").count() == 0
            assert page.title() != "owned"
