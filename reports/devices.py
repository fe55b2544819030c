"""The same learner on a CPU and on a GPU: by what factor it is faster."""

from __future__ import annotations

from parity_compare.reports.digest import Digest
from parity_compare.reports.figure import Figure


def device_figure(digest: Digest) -> Figure | None:
    """The figure, or None if there is nothing to draw."""
    return None
