"""Who solves how much: success rates with Wilson's intervals."""

from __future__ import annotations

from parity_compare.reports.digest import Digest
from parity_compare.reports.figure import Figure


def success_figure(digest: Digest) -> Figure | None:
    """The figure, or None if there is nothing to draw."""
    return None
