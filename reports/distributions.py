"""Runtime distributions: the share of trials solved within a budget."""

from __future__ import annotations

from parity_compare.reports.digest import Digest
from parity_compare.reports.figure import Figure


def distribution_figure(digest: Digest) -> Figure | None:
    """The figure, or None if there is nothing to draw."""
    return None
