"""What a reader's browser makes of a report over many instances."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browsing import CHARTS, DESK, ROWS, choose, drawn, opened, overflow
from made_up import demo, results

from parity_compare.reports.report import write_report

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def grid() -> list[Any]:
    """Two sizes, two k, two noise rates."""
    return [
        one
        for n in (20, 30)
        for k in (2, 3)
        for noise in (0.0, 0.1)
        for one in demo(3, n=n, k=k, noise=noise)
    ]


@pytest.fixture(scope="module")
def grid_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(results(grid()), tmp_path_factory.mktemp("grid") / "report.html")


def test_every_choice_over_a_grid_is_drawn(browser: Browser, grid_page: Path) -> None:
    with opened(browser, grid_page) as page:
        for _ in choose(page, most=1):
            assert overflow(page) <= 0
        for chart in page.evaluate(CHARTS):
            assert chart["marks"] > 1 or not chart["drawn"], chart


def test_nothing_moves_while_the_page_is_drawn(browser: Browser, grid_page: Path) -> None:
    page = browser.new_page(viewport={"width": DESK, "height": 800})
    page.add_init_script(
        """window.shifts = [];
        new PerformanceObserver(list => shifts.push(...list.getEntries().map(e => e.value)))
            .observe({type: 'layout-shift', buffered: true});"""
    )
    page.goto(grid_page.as_uri())
    drawn(page)
    page.wait_for_selector("#every-trial tbody tr")
    page.evaluate("scrollTo({top: document.body.scrollHeight, behavior: 'instant'})")
    page.wait_for_timeout(200)
    assert sum(page.evaluate("shifts")) < 0.01
    page.close()


def test_the_summary_shows_the_rows_that_are_asked_for(browser: Browser, grid_page: Path) -> None:
    with opened(browser, grid_page, table="summary-table") as page:
        summary = page.locator("#summary-table")
        count = summary.locator(".count")
        assert count.inner_text() == "40 rows"
        assert count.get_attribute("role") == "status"
        summary.get_by_role("checkbox", name="sgd").click()
        assert count.inner_text() == "32 of 40 rows"
        summary.get_by_role("checkbox", name="queries").click()
        assert count.inner_text() == "24 of 40 rows"
        summary.get_by_role("searchbox").fill("n = 20 NOISE = 0.1 gf2")
        assert page.evaluate(ROWS) == [
            "n = 20, k = 2, noise = 0.1", "gf2", "n = 20, k = 3, noise = 0.1", "gf2",
        ]  # fmt: skip
        summary.get_by_role("searchbox").fill("nobody")
        assert page.evaluate(ROWS) == []
        assert count.inner_text() == "0 of 40 rows"


LINES = """name => {
    const table = document.querySelector('#every-trial table');
    const at = [...table.tHead.rows[0].cells].findIndex(cell => cell.dataset.column === name);
    return [...table.tBodies[0].rows].map(row => row.cells[at].textContent);
}"""


def test_trials_are_turned_page_by_page_sorted_and_filtered(
    browser: Browser, grid_page: Path
) -> None:
    with opened(browser, grid_page, table="every-trial") as page:
        section = page.locator("#every-trial")
        assert section.locator(".count").inner_text() == "120 trials"
        assert len(page.evaluate(LINES, "trial")) == 50
        back = section.get_by_role("button", name="Previous", exact=True)
        on = section.get_by_role("button", name="Next", exact=True)
        assert back.is_disabled()
        on.click()
        on.click()
        assert section.locator(".pages span").inner_text() == "Page 3 of 3"
        assert len(page.evaluate(LINES, "trial")) == 20
        assert on.is_disabled()
        heading = section.locator("th[data-column=steps]")
        heading.locator("button").click()
        assert section.locator(".pages span").inner_text() == "Page 1 of 3"
        steps = [int(text.replace(",", "")) for text in page.evaluate(LINES, "steps")]
        assert steps == sorted(steps)
        heading.locator("button").click()
        assert heading.get_attribute("aria-sort") == "descending"
        assert max(steps) < int(page.evaluate(LINES, "steps")[0].replace(",", ""))
        section.get_by_label("Learner").select_option("sq")
        assert section.locator(".count").inner_text() == "24 of 120 trials"
        assert set(page.evaluate(LINES, "learner")) == {"sq"}
        section.get_by_label("Find").fill("nothing of the kind")
        assert page.evaluate(LINES, "learner") == []
