"""What a reader's browser makes of the report, opened from a file with no network at hand."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from made_up import cell, demo, record, results

from parity_compare.reports.digest import digest
from parity_compare.reports.numbers import as_csv, numbers
from parity_compare.reports.report import figures, write_report
from parity_compare.results import Results

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HOSTILE = "</script><img src=x onerror=\"document.title='owned'\"><!-- \u2028"
PHONE, TABLET, DESK = 390, 820, 1280

CHARTS = """() => [...document.querySelectorAll('.chart')].map(box => ({
    id: box.id, height: box.clientHeight,
    width: Math.floor(box.getBoundingClientRect().width),
    shown: !box.closest('[hidden]'), drawn: 'drawn' in box.dataset, alt: box.ariaLabel,
    marks: box.querySelectorAll('svg path, svg line, svg text').length,
    size: [Number(box.querySelector('svg')?.getAttribute('width')),
           Number(box.querySelector('svg')?.getAttribute('height'))]}))"""
"""Every chart's box and the drawing in it."""

CHOOSE = """([figure, choice]) => {
    const section = document.querySelector(`[data-figure="${figure}"]`);
    JSON.parse(section.dataset.controls).forEach((name, i) => {
        const named = `[data-control="${name}"]`;
        const control =
            section.querySelector(named) ?? document.querySelector(`.currency ${named}`);
        if (control.tagName === 'SELECT') {
            control.value = choice[i];
            control.dispatchEvent(new Event('change', {bubbles: true}));
        }
        if (control.tagName !== 'FIELDSET') return;
        const inputs = [...control.querySelectorAll('input')];
        const wanted = control.dataset.several === undefined ? [choice[i]] : choice[i].split('+');
        // What is to be chosen first, lest nothing be chosen in between.
        for (const to of [true, false])
            for (const input of inputs)
                if (wanted.includes(input.value) === to && input.checked !== to
                    && (to || input.type === 'checkbox')) input.click();
    });
}"""
"""Chooses a view of a figure with its controls."""

VIEWS = """() => [...document.querySelectorAll('[data-figure]')].flatMap(figure => {
    const choices = [...figure.querySelectorAll('.view')].map(
        view => JSON.parse(view.dataset.choice));
    return choices.map(choice => [figure.dataset.figure, choice,
        choice.filter((value, i) => value !== choices[0][i]).length]);
})"""
"""Every view's figure, its choice, and in how many controls that differs from the first."""

SHOWN = """figure => JSON.parse(
    document.querySelector(`[data-figure="${figure}"] .view:not([hidden])`).dataset.choice)"""


@contextmanager
def opened(
    browser: Browser, path: Path, width: int = DESK, *, table: str = "", **options: Any
) -> Iterator[Page]:
    """The page; leaving asserts that it asked for nothing and complained of nothing.

    All that is shown has been drawn, or only the table of the section ``table`` has rows.
    """
    page = browser.new_page(viewport={"width": width, "height": 800}, **options)
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path.as_uri(), wait_until="domcontentloaded")
    if table:
        page.locator(f"#{table}").scroll_into_view_if_needed()
        page.locator(f"#{table} tbody tr").first.wait_for()
    else:
        drawn(page)
    try:
        yield page
        assert asked == [path.as_uri()]
        assert complaints == []
    finally:
        page.close()


def drawn(page: Page) -> None:
    """Wait until all that is shown is drawn."""
    page.wait_for_selector("html[data-ready]", state="attached")


def charts(page: Page) -> list[dict[str, Any]]:
    """Every chart of a shown view."""
    return [chart for chart in page.evaluate(CHARTS) if chart["shown"]]


def overflow(page: Page) -> int:
    """How many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def save(page: Page, figure: str, kind: str) -> tuple[str, bytes]:
    """What a figure's button saves: the file's name and its content."""
    with page.expect_download() as download:
        page.locator(f"[data-figure={figure}] [data-save={kind}]").click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


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


@pytest.mark.parametrize("width", [PHONE, TABLET])
def test_every_chart_is_drawn_and_fills_the_box_kept_for_it(
    browser: Browser, demo_page: Path, width: int
) -> None:
    with opened(browser, demo_page, width) as page:
        found = charts(page)
        assert len(found) >= 5
        for chart in found:
            assert chart["marks"] > 5, chart
            assert chart["size"] == [chart["width"], chart["height"]], chart
            assert chart["alt"], chart
        assert overflow(page) <= 0


def choose(page: Page, most: int) -> Iterator[None]:
    """Choose views, of every figure those that differ from its first in few enough controls."""
    for figure, choice, different in page.evaluate(VIEWS):
        if different <= most:
            page.evaluate(CHOOSE, [figure, choice])
            assert page.evaluate(SHOWN, figure) == choice
            drawn(page)
            yield


def test_every_view_of_every_figure_is_drawn_when_it_is_chosen(
    browser: Browser, demo_page: Path
) -> None:
    with opened(browser, demo_page) as page:
        for _ in choose(page, most=9):
            assert overflow(page) <= 0
        for chart in page.evaluate(CHARTS):
            assert chart["drawn"], chart
            assert chart["marks"] > 1, chart


def test_every_choice_over_a_grid_is_drawn(browser: Browser, grid_page: Path) -> None:
    with opened(browser, grid_page) as page:
        for _ in choose(page, most=1):
            assert overflow(page) <= 0
        for chart in page.evaluate(CHARTS):
            assert chart["marks"] > 1 or not chart["drawn"], chart


def test_charts_of_hidden_views_wait_until_they_are_shown(
    browser: Browser, demo_page: Path
) -> None:
    with opened(browser, demo_page) as page:
        assert all(chart["drawn"] == chart["shown"] for chart in page.evaluate(CHARTS))


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


def test_the_switch_stays_in_sight_and_covers_no_heading(browser: Browser, demo_page: Path) -> None:
    for width in (PHONE, DESK):
        with opened(
            browser, demo_page, width, reduced_motion="reduce", table="summary-table"
        ) as page:
            page.evaluate("location.hash = 'profile'")
            bar = page.locator(".currency").bounding_box()
            heading = page.locator("h2#profile").bounding_box()
            assert bar is not None
            assert heading is not None
            assert bar["y"] == 0
            assert bar["height"] < 64
            assert heading["y"] >= bar["height"]


def test_of_several_choices_one_stays(browser: Browser, demo_page: Path) -> None:
    with opened(browser, demo_page) as page:
        boxes = page.locator("[data-figure=profile] fieldset[data-several] input")
        count = boxes.count()
        assert count > 1
        for i in range(count):
            boxes.nth(i).click()
        assert [boxes.nth(i).is_checked() for i in range(count)] == [False] * (count - 1) + [True]
        drawn(page)


def test_the_summary_fits_a_window_of_1200_pixels(browser: Browser, demo_page: Path) -> None:
    with opened(browser, demo_page, 1200, table="summary-table") as page:
        hidden = page.evaluate(
            "(box => box.scrollWidth - box.clientWidth)(document.querySelector('.scroll'))"
        )
        assert hidden <= 0


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
            timeout=5000,
        )
        assert overflow(page) <= 0


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


ROWS = """() => [...document.querySelectorAll('#summary-table tbody tr')].filter(
    row => row.clientHeight).map(row => row.cells[0].textContent.trim())"""


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


def test_a_trials_command_can_be_copied(browser: Browser, demo_page: Path) -> None:
    with opened(
        browser, demo_page, permissions=["clipboard-read", "clipboard-write"], table="every-trial"
    ) as page:
        page.get_by_role("button", name="Details of gf2, trial 3").click()
        command = page.locator("[data-command]").inner_text()
        page.get_by_role("button", name="Copy").click()
        page.get_by_text("Copied.").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == command


def test_a_trials_command_ends_its_lines_at_spaces(browser: Browser, demo_page: Path) -> None:
    """An option that is broken after its hyphens could be taken for two."""
    heights = "() => [...document.querySelectorAll('[data-command] span')].map(" \
        "word => [word.textContent, word.getClientRects().length, word.offsetHeight])"  # fmt: skip
    with opened(browser, demo_page, 640, table="every-trial") as page:
        page.get_by_role("button", name="Details of gf2, trial 3").click()
        words = page.evaluate(heights)
        assert [word for word, *_ in words][:4] == ["parity-compare", "run", "--trial", "3"]
        assert {boxes for _, boxes, _ in words} == {1}
        assert len({height for *_, height in words}) == 1


@pytest.mark.parametrize(("width", "columns"), [(390, 1), (820, 2), (1280, 2)])
def test_captions_stand_in_two_columns_where_there_is_room(
    browser: Browser, demo_page: Path, width: int, columns: int
) -> None:
    """What was computed is beside what to see and what is not shown."""
    places = "() => [...document.querySelectorAll('figcaption')].map(caption =>" \
        "[...caption.children].map(part => part.getBoundingClientRect().left))"  # fmt: skip
    with opened(browser, demo_page, width, table="summary-table") as page:
        for see, computed, omits in page.evaluate(places):
            assert see == omits
            assert (computed > see) == (columns == 2)


def test_a_short_summary_is_not_cut(browser: Browser, demo_page: Path) -> None:
    with opened(browser, demo_page, table="summary-table") as page:
        box = "document.querySelector('#summary-table .scroll')"
        assert page.evaluate(f"{box}.scrollHeight <= {box}.clientHeight")


SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_saved_picture_is_one_document_that_stands_alone(
    browser: Browser, demo_page: Path, scheme: str
) -> None:
    with opened(browser, demo_page, color_scheme=scheme) as page:
        page.get_by_role("radio", name="Operations", exact=True).check()
        drawn(page)
        name, content = save(page, "cost", "svg")
        count = sum(chart["id"].startswith("cost-") for chart in charts(page))
        width = page.locator("[data-figure=cost] .view:not([hidden])").evaluate(
            "v => v.clientWidth"
        )
    assert name == "cost-operations.svg"
    text = content.decode()
    assert "var(" not in text
    root = ET.fromstring(text)
    assert root.tag == f"{SVG}svg"
    assert abs(float(root.attrib["width"]) - width - 40) <= 1
    assert root.find(f"{SVG}rect").attrib["fill"] == ("#ffffff" if scheme == "light" else "#14171c")  # type: ignore[union-attr]
    assert "system-ui" in root.attrib["font-family"]
    words = [element.text for element in root.iter(f"{SVG}text")]
    assert words[:2] == ["Cost to solution", "Currency: Operations"]
    described = [e for e in root.iter(f"{SVG}svg") if e.find(f"{SVG}title") is not None]
    assert len(described) - 1 == count >= 1
    assert {"text/html", "script", "foreignObject"}.isdisjoint(e.tag for e in root.iter())


def test_a_saved_png_has_twice_the_pixels(browser: Browser, demo_page: Path) -> None:
    with opened(browser, demo_page) as page:
        root = ET.fromstring(save(page, "success", "svg")[1])
        name, content = save(page, "success", "png")
    assert name.startswith("success")
    assert name.endswith(".png")
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    sides = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
    assert tuple(sides) == tuple(2 * int(root.attrib[side]) for side in ("width", "height"))
    assert len(content) > 5000


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
        # A chart is one image to a screen reader, whatever it is made of.
        context = {"include": [[where]], "exclude": [[".chart > div"]]}
        serious = [
            (one["id"], [node["html"][:200] for node in one["nodes"][:3]])
            for one in axe.run(page, context).response["violations"]
            if one["impact"] in ("serious", "critical")
        ]
        assert serious == []

    with opened(browser, demo_page, width, color_scheme=scheme, table="every-trial") as page:
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        page.locator("[data-figure=success] [data-numbers]").click()
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
