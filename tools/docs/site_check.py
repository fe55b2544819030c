"""Look at every page of the built site: what MkDocs does not notice.

    python tools/docs/site_check.py site

Links and anchors inside the site lead somewhere; nothing is fetched from another host; every page
has one heading of the first level, none is skipped, and every picture has words for those who do
not see it; no formula, cross-reference or snippet is left as it was written.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_FETCHED = {
    "img": "src",
    "script": "src",
    "iframe": "src",
    "source": "src",
    "link": "href",
}
_RAW = {
    "a formula": re.compile(r"\\[(\[]|\\(?:frac|sum|eta|binom)\b|\$[^$\n]{1,40}\\[a-z]+[^$\n]*\$"),
    "a cross-reference": re.compile(r":(?:mod|class|meth|func|attr):`"),
    "a snippet": re.compile(r"--8<--"),
}
_WHOLE = ("gallery/",)
"""Reports are pages of their own, with tests of their own."""


@dataclass
class Page(HTMLParser):
    """What one page has: anchors, links, headings, pictures, and its text outside code."""

    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)
    wordless: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the element says."""
        values = {name: value or "" for name, value in attrs}
        self.anchors |= {values[name] for name in ("id", "name") if values.get(name)}
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        if tag in _FETCHED and values.get(_FETCHED[tag]):
            self.fetched.append(values[_FETCHED[tag]])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "img" and not values.get("alt"):
            self.wordless.append(values.get("src", ""))
        if tag in ("pre", "code", "script", "style"):
            self._code += 1

    def handle_endtag(self, tag: str) -> None:
        """Note the end of code."""
        if tag in ("pre", "code", "script", "style"):
            self._code -= 1

    def handle_data(self, data: str) -> None:
        """Keep text that is no code, element by element."""
        if not self._code:
            self.text.append(data)


def problems(site: Path) -> list[str]:
    """What is wrong with a built site, one line each, in the order of the pages."""
    pages: dict[str, Page] = {}
    for file in sorted(site.rglob("*.html")):
        page = pages[file.relative_to(site).as_posix()] = Page()
        page.feed(file.read_text(encoding="utf-8"))
    found = []
    for place, page in pages.items():
        if place == "404.html" or (place.startswith(_WHOLE) and place != "gallery/index.html"):
            continue
        found += [f"{place}: {words}" for words in _faults(page)]
        found += [f"{place}: {words}" for words in _broken(site, place, page, pages)]
    return found


def _faults(page: Page) -> list[str]:
    found = []
    if page.headings.count(1) != 1:
        found.append(f"has {page.headings.count(1)} headings of the first level")
    for before, after in zip(page.headings, page.headings[1:], strict=False):
        if after > before + 1:
            found.append(f"a heading of level {after} follows one of level {before}")
    found += [f"picture {source} has no words" for source in page.wordless]
    text = "\n".join(page.text)
    for what, pattern in _RAW.items():
        if match := pattern.search(text):
            near = " ".join(text[max(0, match.start() - 30) : match.end() + 30].split())
            found.append(f"{what} is left as it was written: {near}")
    return found


def _broken(site: Path, place: str, page: Page, pages: dict[str, Page]) -> list[str]:
    found = [f"fetches {url} from elsewhere" for url in page.fetched if urlsplit(url).netloc]
    for url in [*page.links, *(url for url in page.fetched if not urlsplit(url).netloc)]:
        parts = urlsplit(url)
        if parts.scheme or parts.netloc:
            continue
        target = (site / place).parent / unquote(parts.path) if parts.path else site / place
        target = Path(target).resolve()
        if target.is_dir():
            target /= "index.html"
        if not target.is_file():
            found.append(f"{url} leads to nothing")
            continue
        there = target.relative_to(site.resolve()).as_posix()
        anchor = unquote(parts.fragment)
        if anchor and there in pages and anchor not in pages[there].anchors:
            found.append(f"{url} names an anchor that is not there")
    return found


def main(arguments: list[str]) -> int:
    """Print what is wrong; exit code 1 if anything is."""
    site = Path(arguments[0])
    if not (site / "index.html").is_file():
        print(f"{site} is no built site: it has no index.html", file=sys.stderr)
        return 1
    found = problems(site)
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
