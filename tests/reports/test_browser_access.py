"""Tables and trials in a reader's browser: by mouse, keyboard and screen reader, from strangers."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browsing import DESK, PHONE, ROWS, SHOWN, charts, choose, drawn, opened, overflow, save
from made_up import cell, record, results

from parity_compare.reports.digest import digest
from parity_compare.reports.numbers import as_csv, numbers
from parity_compare.reports.report import figures, write_report
from parity_compare.results import Results

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def test_a_click_or_a_key_on_a_heading_sorts_the_rows_below_their_instance(
    browser: Browser, demo_page: Path
) -> None:
    with opened(browser, demo_page, table="summary-table") as page:
        heading = page.locator("#summary-table th", has_text="Seconds")
        heading.locator("button").click()
        by_time = ["gf2", "exhaustive", "sq", "sgd", "langevin"]
        assert page.evaluate(ROWS) == ["n = 30, k = 3, no noise", *by_time]
        assert heading.get_attribute("aria-sort") == "ascending"
        page.keyboard.press("Enter")
        assert page.evaluate(ROWS)[1:] == by_time[::-1]
        assert heading.get_attribute("aria-sort") == "descending"


def test_the_switch_stays_in_sight_and_covers_no_heading(browser: Browser, demo_page: Path) -> None:
    with opened(browser, demo_page, reduced_motion="reduce", table="summary-table") as page:
        for width in (PHONE, DESK):
            page.set_viewport_size({"width": width, "height": 800})
            page.evaluate("location.hash = ''")
            page.evaluate("location.hash = 'profile'")
            bar = page.locator(".currency").bounding_box()
            heading = page.locator("h2#profile").bounding_box()
            assert bar is not None
            assert heading is not None
            assert bar["y"] == 0
            assert bar["height"] < 64
            assert heading["y"] >= bar["height"]


def test_a_trial_opens_to_all_that_is_known_of_it(browser: Browser, demo_page: Path) -> None:
    with opened(browser, demo_page, table="every-trial") as page:
        section = page.locator("#every-trial")
        section.get_by_label("Ended").select_option("timeout")
        assert section.locator(".count").inner_text() == "1 of 50 trials"
        opener = section.get_by_role("button", name="Details of langevin, trial 6")
        opener.focus()
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog", name="langevin, trial 6")
        text = dialog.inner_text()
        assert "Ended: timeout; not solved." in text
        assert "The time or step limit came first." in text
        assert "raise it" in text  # the status's advice
        assert "none given" in text
        for fact in ("Noise", "Seed", "Limits", "Unit of operations", "Hyper-parameters"):
            assert fact in text
        assert "parity-compare run --trial 6 --algos langevin --n 30 --k 3" in text
        page.keyboard.press("Escape")
        assert not dialog.is_visible()
        assert opener.evaluate("button => button === document.activeElement")


def test_in_a_trials_view_answer_and_secret_are_set_against_each_other(
    browser: Browser, tmp_path: Path
) -> None:
    wrong = record("sgd", 0, solved=False, status="found", support=(1, 4, 9))
    path = write_report(results([wrong, *cell("gf2", [1e-3, 2e-3])]), tmp_path / "r.html")
    with opened(browser, path, table="every-trial") as page:
        page.get_by_role("button", name="Details of sgd, trial 0").click()
        dialog = page.get_by_role("dialog")
        sets = "name => [...document.querySelectorAll(`[data-set=${name}] .wrong`)].map(" \
            "chip => chip.textContent)"  # fmt: skip
        assert page.evaluate(sets, "answer") == ["9 not in S"]
        assert page.evaluate(sets, "secret") == ["7 missed"]
        dialog.get_by_role("button", name="Next trial").click()
        assert page.locator("#trial-title").inner_text() == "gf2, trial 0"
        assert page.evaluate(sets, "answer") == []
        dialog.get_by_role("button", name="Close").click()
        assert not dialog.is_visible()


def test_a_trials_command_can_be_copied_and_ends_its_lines_at_spaces(
    browser: Browser, demo_page: Path
) -> None:
    """An option that is broken after its hyphens could be taken for two."""
    heights = "() => [...document.querySelectorAll('[data-command] span')].map(" \
        "word => [word.textContent, word.getClientRects().length, word.offsetHeight])"  # fmt: skip
    clipboard = ["clipboard-read", "clipboard-write"]
    with opened(browser, demo_page, 640, permissions=clipboard, table="every-trial") as page:
        page.get_by_role("button", name="Details of gf2, trial 3").click()
        command = page.locator("[data-command]").inner_text()
        page.get_by_role("button", name="Copy").click()
        page.get_by_text("Copied.").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == command
        words = page.evaluate(heights)
        assert [word for word, *_ in words][:4] == ["parity-compare", "run", "--trial", "3"]
        assert {boxes for _, boxes, _ in words} == {1}
        assert len({height for *_, height in words}) == 1


def test_all_controls_are_reached_by_keyboard_and_the_first_skips_to_the_verdict(
    browser: Browser, demo_page: Path
) -> None:
    with opened(browser, demo_page, table="summary-table") as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the verdict"
        page.keyboard.press("Enter")
        assert page.evaluate("location.hash") == "#verdict"
        unreachable = page.evaluate(
            """[...document.querySelectorAll('button, input, select, summary, a[href]')].filter(
                e => e.checkVisibility() && e.tabIndex < 0).length"""
        )
        assert unreachable == 0
        page.locator("[data-control=currency] input:checked").focus()
        page.keyboard.press("ArrowRight")
        drawn(page)
        assert page.evaluate(SHOWN, "cost") == ["samples"]
        outline = "getComputedStyle(document.activeElement.nextElementSibling).outlineStyle"
        assert page.evaluate(outline) == "solid"


@pytest.mark.parametrize(("width", "scheme"), [(PHONE, "light"), (DESK, "dark")])
def test_axe_finds_nothing_serious(
    browser: Browser, demo_page: Path, width: int, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()

    def examine(where: str) -> None:
        serious = [
            (one["id"], [node["html"][:200] for node in one["nodes"][:3]])
            for one in axe.run(page, where, {"resultTypes": ["violations"]}).response["violations"]
            if one["impact"] in ("serious", "critical")
        ]
        assert serious == []

    with opened(browser, demo_page, width, color_scheme=scheme, table="every-trial") as page:
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        page.locator("[data-figure=success] [data-numbers]").click()
        # A chart is one image to a screen reader, whatever it is made of; and of fifty trials in
        # a table, ten tell as much: one of them failed.
        page.evaluate("document.querySelectorAll('.chart > div').forEach(d => d.replaceChildren())")
        page.locator("#every-trial").get_by_label("Learner").select_option("langevin")
        examine("html")
        page.get_by_role("button", name="Details of langevin, trial 6").evaluate("b => b.click()")
        examine("#trial")


@pytest.mark.parametrize(
    ("records", "least"),
    [([], 0), (cell("gf2", [1e-3, 2e-3, 3e-3]), 2), (cell("sgd", [None] * 4), 2)],
    ids=["nothing", "one learner", "all failed"],
)
def test_unusual_results_make_a_page_that_works(
    browser: Browser, tmp_path: Path, records: Sequence[Any], least: int
) -> None:
    path = write_report(results(records), tmp_path / "r.html")
    with opened(browser, path, PHONE) as page:
        found = charts(page)
        assert len(found) >= least
        assert all(chart["marks"] > 1 for chart in found)
        assert overflow(page) <= 0


HOSTILE = "</script><img src=x onerror=\"document.title='owned'\"><!-- \u2028"
PHONE, TABLET, DESK = 390, 820, 1280


def hostile() -> Results:
    """Strangers' text wherever a store can hold some."""
    records = [
        *(record(f"{HOSTILE}[x=1]", i, message=HOSTILE, seconds=0.1 + i) for i in range(6)),
        record(access=HOSTILE, side_information=HOSTILE, solved=False, status=HOSTILE),
        *cell(f"=sum({HOSTILE})", [0.1, 0.2, None]),
    ]
    return results(records, processor=HOSTILE, **{HOSTILE: "1"})


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(hostile(), tmp_path_factory.mktemp("hostile") / "report.html")


def read(text: str) -> list[list[str | float]]:
    """The records of a CSV file, numbers as such however they are written."""

    def value(written: str) -> str | float:
        try:
            return float(written)
        except ValueError:
            return written

    return [[value(field) for field in row] for row in csv.reader(io.StringIO(text))]


def test_saved_numbers_are_those_that_python_would_write(
    browser: Browser, hostile_page: Path
) -> None:
    told = {figure.name: figure for figure in figures(digest(hostile()))}
    assert {"cost", "success", "distribution"} <= set(told)
    with opened(browser, hostile_page) as page:
        for name, figure in told.items():
            if not figure.views[figure.first].charts:
                assert page.locator(f"[data-figure={name}] [data-save=csv]").is_disabled()
                continue
            file, content = save(page, name, "csv")
            assert re.fullmatch(rf"{name}[\w.=-]*\.csv", file)
            text = content.decode()
            assert text.count("\n") == text.count("\r\n")
            assert read(text) == read(as_csv(numbers(figure, figure.first)))


def test_strangers_text_stays_text_in_every_view_and_every_file(
    browser: Browser, hostile_page: Path
) -> None:
    def safe() -> None:
        assert page.title() != "owned"
        assert page.locator("img").count() == 0

    with opened(browser, hostile_page, PHONE) as page:
        safe()
        for _ in choose(page, most=1):
            safe()
        for button in page.get_by_role("button", name="Numbers").all():
            if button.is_enabled():
                button.click()
        safe()
        # Tooltips show strangers' text too; some marks lie under others that have none.
        tooltip = page.locator("#vg-tooltip-element.visible")
        for symbol in page.locator(
            "[data-figure=cost] .view:not([hidden]) .mark-symbol path"
        ).all():
            symbol.evaluate("one => one.scrollIntoView({block: 'center', behavior: 'instant'})")
            symbol.hover(force=True)
            if tooltip.count():
                break
        assert "<img src=x" in tooltip.inner_text()
        safe()
        page.wait_for_selector("#every-trial tbody tr")
        page.locator("button.open").first.evaluate("button => button.click()")
        assert "<img src=x" in page.get_by_role("dialog").inner_text()
        safe()
        page.keyboard.press("Escape")
        assert overflow(page) <= 0
        svg = save(page, "cost", "svg")[1].decode()
        assert "<img" not in svg
        ET.fromstring(svg)
        numbers = list(csv.DictReader(io.StringIO(save(page, "cost", "csv")[1].decode())))
        assert any(row["learner"].startswith("'=sum(") for row in numbers)
