"""What the tests of the report share: the demo's page."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_up import demo, results

from parity_compare.reports.report import write_report


@pytest.fixture(scope="session")
def demo_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the demo's five learners."""
    return write_report(results(demo()), tmp_path_factory.mktemp("demo") / "report.html")
