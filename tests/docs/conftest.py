"""The site's own modules, a small site, and one browser for the tests that look at it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools" / "docs"))

_NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium with a profile of its own."""
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip(f"no browser: none of {', '.join(_NAMES)} is on the path")
    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=options)
        yield running
        running.close()


@pytest.fixture(scope="session")
def small_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site's theme, extensions and learners' pages around one page of our own.

    The whole site takes a minute; ``make docs`` builds it, and looks at each of its pages.
    """
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    root = tmp_path_factory.mktemp("site")
    docs = root / "docs"
    shutil.copytree(ROOT / "docs" / "assets", docs / "assets")
    shutil.copytree(ROOT / "docs" / "images", docs / "images")
    (root / "script.py").write_text("print('shown')\n")
    (docs / "index.md").write_text(
        "# Start\n\nThe share $\\eta < 1/2$, a [script](../script.py), and\n\n"
        "$$\\sum_{i \\in S} x_i \\bmod 2.$$\n\n```python\nprint(1)\n```\n"
    )
    config = load_config(
        str(ROOT / "mkdocs.yml"),
        docs_dir=str(docs),
        site_dir=str(root / "built"),
        plugins=["search"],
        nav=None,
        validation={"links": {"not_found": "ignore", "anchors": "ignore"}},
    )
    build(config)
    return root / "built"
