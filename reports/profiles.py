"""Performance profiles (Dolan and More 2002): how far from the best, how often."""

from __future__ import annotations

from parity_compare.reports.digest import Digest
from parity_compare.reports.figure import Figure


def profile_figure(digest: Digest) -> Figure | None:
    """The figure, or None if there is nothing to draw."""
    return None
