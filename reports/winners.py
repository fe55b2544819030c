"""The winner map: which learner wins where, in which currency, among which access models."""

from __future__ import annotations

from parity_compare.reports.digest import Digest
from parity_compare.reports.figure import Figure


def winner_figure(digest: Digest) -> Figure | None:
    """The figure, or None if there is nothing to draw."""
    return None
