"""Stumbling in the dark? The hazard of success over time, with the verdicts of the tests."""

from __future__ import annotations

from parity_compare.reports.digest import Digest
from parity_compare.reports.figure import Figure


def hazard_figure(digest: Digest) -> Figure | None:
    """The figure, or None if there is nothing to draw."""
    return None
