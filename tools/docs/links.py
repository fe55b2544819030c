"""Links that leave docs/: what they point at becomes a page of the site.

The pages in docs/ are read in the repository as well, where ``../benchmarks/speeds.py`` is the
right link to a script. In the site the script has a page of its own, and the link leads there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_LINK = re.compile(r"(?P<before>\]\()(?P<target>[^)\s]+)(?P<after>(?:\s+\"[^\"]*\")?\))")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_LANGUAGES = {
    ".py": "python",
    ".toml": "toml",
    ".sh": "bash",
    ".md": "markdown",
    ".csv": "text",
    ".txt": "text",
    ".yml": "yaml",
    "Makefile": "makefile",
}
_HIDDEN = ("__pycache__", "build")

SOURCES = "source"
"""The folder of the site that shows files from outside docs/."""


class BrokenLink(ValueError):
    """A link to a file that is not there, or cannot be shown."""


@dataclass(frozen=True)
class Repository:
    """The repository that docs/ belongs to.

    Attributes:
        root: the repository's folder.
        docs: its folder docs/.
        pages: files outside docs/ that are pages of the site themselves, and their place in it.
    """

    root: Path
    docs: Path
    pages: dict[Path, str]

    def place_in_site(self, file: Path) -> str:
        """Where a file of the repository stands in the site, as a path to a source file."""
        if file in self.pages:
            return self.pages[file]
        if file.is_relative_to(self.docs):
            return file.relative_to(self.docs).as_posix()
        inside = file.relative_to(self.root).as_posix()
        return f"{SOURCES}/{inside}/index.md" if file.is_dir() else f"{SOURCES}/{inside}.md"

    def outside(self, markdown: str, page: Path) -> set[Path]:
        """The files outside docs/ that a page links to.

        Args:
            markdown: its text.
            page: its file.

        Raises:
            BrokenLink: one is not there.
        """
        found = set()
        for match in _links(markdown):
            file = self._target(match["target"], page)
            if file is not None and file not in self.pages and not file.is_relative_to(self.docs):
                found.add(file)
        return found

    def rewritten(self, markdown: str, page: Path) -> str:
        """A page's text with its links as the site needs them.

        Args:
            markdown: its text.
            page: its file; the place of the page in the site follows from it.

        Raises:
            BrokenLink: a link leads to nothing.
        """
        here = PurePosixPath(self.place_in_site(page)).parent
        parts, end = [], 0
        for match in _links(markdown):
            file = self._target(match["target"], page)
            if file is None or (page.is_relative_to(self.docs) and file.is_relative_to(self.docs)):
                continue
            _, mark, anchor = match["target"].partition("#")
            there = os.path.relpath(self.place_in_site(file), here)
            parts += [markdown[end : match.start("target")], there + mark + anchor]
            end = match.end("target")
        return "".join([*parts, markdown[end:]])

    def shown(self, file: Path) -> str:
        """The Markdown of a page that shows a file, or all files of a folder."""
        name = file.relative_to(self.root).as_posix()
        if not file.is_dir():
            return f"# {name}\n\n{_fenced(file, name)}"
        files = sorted(f for f in file.rglob("*") if f.is_file() and not _is_hidden(f, file))
        parts = [f"# {name}/", "The files of this folder."]
        for inner in files:
            inside = inner.relative_to(file).as_posix()
            parts += [f"## {inside}", _fenced(inner, inside)]
        return "\n\n".join(parts)

    def _target(self, link: str, page: Path) -> Path | None:
        """The file that a relative link leads to; None for an address or an anchor."""
        path = link.partition("#")[0]
        if not path or re.match(r"[a-z][a-z+.-]*:|//", path):
            return None
        file = Path(os.path.normpath(page.parent / path))
        if not file.is_relative_to(self.root) or not file.exists():
            if page.is_relative_to(self.docs) and file.is_relative_to(self.docs):
                return (
                    None  # a page that is made while the site is built, or one that MkDocs misses
                )
            raise BrokenLink(f"{page.relative_to(self.root)} links to {link}, which is not there")
        return file


def _links(markdown: str) -> Iterator[re.Match[str]]:
    """The inline links of a text, in order; code is left alone."""
    place, fence = 0, ""
    for line in markdown.splitlines(keepends=True):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and fence and mark[1].startswith(fence):
            fence = ""
        elif not fence:
            code = [match.span() for match in _CODE.finditer(line)]
            for match in _LINK.finditer(markdown, place, place + len(line)):
                at = match.start() - place
                if not any(start <= at < end for start, end in code):
                    yield match
        place += len(line)


def _fenced(file: Path, title: str) -> str:
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BrokenLink(f"{title} is linked, but is no text that can be shown") from error
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    language = _LANGUAGES.get(file.suffix) or _LANGUAGES.get(file.name, "text")
    return f"{fence} {language}\n{text.rstrip()}\n{fence}\n"


def _is_hidden(file: Path, folder: Path) -> bool:
    parts = file.relative_to(folder).parts
    return any(part.startswith(".") or part.endswith(".egg-info") or part in _HIDDEN
               for part in parts)  # fmt: skip
