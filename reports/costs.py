"""What a solution costs, in every currency, against every axis of the grid, beside theory."""

from __future__ import annotations

from parity_compare.reports.digest import Digest
from parity_compare.reports.figure import Figure


def cost_figure(digest: Digest) -> Figure | None:
    """The figure, or None if there is nothing to draw."""
    return None
