"""What MkDocs is told to do beside rendering docs/: generated pages, outside links, mathematics."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import api_pages
import learner_pages
from links import BrokenLink, Repository
from mathematics import FormulaError, draw_marked
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

_PAGES = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md",
          "README.md": "index.md"}  # fmt: skip
_FROM_ROOT = ("changelog.md", "contributing.md")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Fill in the parts of the navigation that name a folder instead of a page."""
    if config.nav is not None:
        config.nav = _expanded(config.nav, config)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are generated, and those that links from docs/ lead out to."""
    for place, text in _generated().items():
        files.append(File.generated(config, place, content=text))
    repository = _repository(config)
    for file, place in repository.pages.items():
        if place in _FROM_ROOT:
            text = file.read_text(encoding="utf-8")
            files.append(File.generated(config, place, content=text))
    try:
        for file in sorted(_outside(files, repository)):
            place = repository.place_in_site(file)
            files.append(File.generated(config, place, content=repository.shown(file)))
    except BrokenLink as error:
        raise PluginError(str(error)) from error
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links that leave docs/ to the pages that stand for their targets."""
    source = _source_of(page.file, _repository(config))
    return markdown if source is None else _repository(config).rewritten(markdown, source)


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Draw the formulas."""
    try:
        return draw_marked(html)
    except FormulaError as error:
        raise PluginError(f"{page.file.src_uri}: {error}") from error


def on_post_build(config: MkDocsConfig) -> None:
    """Write the search's index as a script too: a page that is read from a folder loads no JSON."""
    index = Path(config.site_dir, "search", "search_index.json")
    if index.is_file():
        text = index.read_text(encoding="utf-8")
        index.with_suffix(".js").write_text(f"var __index = {text}", encoding="utf-8")


def _generated() -> dict[str, str]:
    """The pages about learners and the reference, by their place in the site."""
    try:
        classes = learner_pages.learners()
        pages = {f"{learner_pages.FOLDER}/{cls.name}.md": learner_pages.page(cls)
                 for cls in classes}  # fmt: skip
        pages[f"{learner_pages.FOLDER}/index.md"] = learner_pages.overview(classes)
    except learner_pages.IncompleteDocstring as error:
        raise PluginError(str(error)) from error
    return pages | api_pages.pages()


def _outside(files: Files, repository: Repository) -> set[Path]:
    """What the pages link to outside docs/, and what is linked to from there."""
    found: set[Path] = set()
    for file in files.documentation_pages():
        source = _source_of(file, repository)
        if source is not None:
            found |= repository.outside(source.read_text(encoding="utf-8"), source)
    return found


def _source_of(file: File, repository: Repository) -> Path | None:
    """The file of the repository that a page's text was written in; None for generated pages."""
    if file.generated_by is None:
        return Path(str(file.abs_src_path))
    by_place = {place: source for source, place in repository.pages.items()}
    return by_place.get(file.src_uri) if file.src_uri in _FROM_ROOT else None


def _repository(config: MkDocsConfig) -> Repository:
    docs = Path(config.docs_dir).resolve()
    root = docs.parent
    there = {root / name: place for name, place in _PAGES.items() if (root / name).is_file()}
    return Repository(root, docs, there)


def _expanded(entry: Any, config: MkDocsConfig) -> Any:
    """An entry of the navigation; ``Examples: examples/`` becomes a list of that folder's pages."""
    if isinstance(entry, dict):
        return {title: _expanded(value, config) for title, value in entry.items()}
    if isinstance(entry, str):
        return _pages_of(entry, config) if entry.endswith("/") else entry
    shown = []
    for inner in entry:
        pages = _expanded(inner, config)
        shown += pages if isinstance(pages, list) else [pages]
    return shown


def _pages_of(folder: str, config: MkDocsConfig) -> list[str]:
    """A folder's pages, its index first, learners in the order of their entry points."""
    if folder == f"{learner_pages.FOLDER}/":
        return [
            f"{folder}index.md",
            *(f"{folder}{cls.name}.md" for cls in learner_pages.learners()),
        ]
    if folder == f"{api_pages.FOLDER}/":
        return [f"{folder}index.md", *(f"{folder}{part.name}.md" for part in api_pages.PARTS)]
    found = sorted(Path(config.docs_dir, folder).glob("*.md"))
    return [f"{folder}{file.name}" for file in sorted(found, key=lambda f: f.stem != "index")]
