"""The site's own modules, and a small site."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools" / "docs"))


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
