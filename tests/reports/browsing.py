"""The report in a browser: opening it, choosing in it, saving from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PHONE, TABLET, DESK = 390, 820, 1200
PATIENCE = 120_000
"""Milliseconds after which a page is taken to be stuck, however busy the machine is."""

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

ROWS = """() => [...document.querySelectorAll('#summary-table tbody tr')].filter(
    row => row.clientHeight).map(row => row.cells[0].textContent.trim())"""
"""The first cells of the summary's visible rows."""


_idle: dict[Browser, list[Page]] = {}
"""Tabs that a page was seen in: with its scripts compiled, the next one takes half of the work."""


@contextmanager
def opened(
    browser: Browser,
    path: Path,
    width: int = DESK,
    *,
    table: str = "",
    color_scheme: Literal["light", "dark"] = "light",
    reduced_motion: Literal["reduce", "no-preference"] = "no-preference",
    permissions: Sequence[str] = (),
) -> Iterator[Page]:
    """The page; leaving asserts that it asked for nothing and complained of nothing.

    All that is shown has been drawn, or only the table of the section ``table`` has rows. Nothing
    of one reader's visit is left for the next.
    """
    tabs = _idle.setdefault(browser, [])
    page = tabs.pop() if tabs else browser.new_page()
    page.set_default_timeout(PATIENCE)
    asked: list[str] = []
    complaints: list[str] = []
    listeners: dict[Any, Callable[[Any], None]] = {
        "request": lambda request: asked.append(request.url),
        "console": lambda message: complaints.append(message.text),
        "pageerror": lambda error: complaints.append(str(error)),
    }
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(media="null", color_scheme=color_scheme, reduced_motion=reduced_motion)
    page.context.grant_permissions(list(permissions))
    for event, listener in listeners.items():
        page.on(event, listener)
    try:
        page.goto(path.as_uri(), wait_until="domcontentloaded")
        if table:
            page.locator(f"#{table}").scroll_into_view_if_needed()
            page.locator(f"#{table} tbody tr").first.wait_for()
        else:
            drawn(page)
        yield page
        assert asked == [path.as_uri()]
        assert complaints == []
    except BaseException:
        page.close()
        raise
    for event, listener in listeners.items():
        page.remove_listener(event, listener)
    page.evaluate("localStorage.clear()")
    page.context.clear_permissions()
    page.goto("about:blank")
    tabs.append(page)


def drawn(page: Page) -> None:
    """Wait until all that is shown is drawn."""
    page.wait_for_selector("html[data-ready]", state="attached")


def charts(page: Page) -> list[dict[str, Any]]:
    """Every chart of a shown view."""
    return [chart for chart in page.evaluate(CHARTS) if chart["shown"]]


def overflow(page: Page) -> int:
    """How many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def choose(page: Page, most: int) -> Iterator[None]:
    """Choose views, of every figure those that differ from its first in few enough controls."""
    for figure, choice, different in page.evaluate(VIEWS):
        if different <= most:
            page.evaluate(CHOOSE, [figure, choice])
            assert page.evaluate(SHOWN, figure) == choice
            drawn(page)
            yield


def save(page: Page, figure: str, kind: str) -> tuple[str, bytes]:
    """What a figure's button saves: the file's name and its content."""
    with page.expect_download() as download:
        page.locator(f"[data-figure={figure}] [data-save={kind}]").click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()
