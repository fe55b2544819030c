"""One panel per learner: how it came to its answer, by its own traces."""

from __future__ import annotations

from parity_compare.reports.digest import Digest
from parity_compare.reports.figure import Figure


def mechanism_figures(digest: Digest) -> list[Figure]:
    """The figures, one per kind of mechanism that the results have traces of."""
    return []


def mechanism_sentence(digest: Digest) -> str:
    """By what mechanism the learners came to their answers, in one sentence; may be empty."""
    return ""
