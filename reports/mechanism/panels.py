"""One figure per kind of mechanism: how each learner came to its answer, by its own traces."""

from __future__ import annotations

from parity_compare.reports.digest import Digest
from parity_compare.reports.figure import Figure
from parity_compare.reports.mechanism.agreement import agreement_figure
from parity_compare.reports.mechanism.answers import answers_figure
from parity_compare.reports.mechanism.gradient import gradient_figure
from parity_compare.reports.mechanism.gradient_learners import courses_figure
from parity_compare.reports.mechanism.held_out import held_out_figure
from parity_compare.reports.mechanism.race import race_figure
from parity_compare.reports.mechanism.rank import rank_figure
from parity_compare.reports.mechanism.sentence import mechanism_sentence

__all__ = ["mechanism_figures", "mechanism_sentence"]

_FIGURES = (
    courses_figure,
    gradient_figure,
    agreement_figure,
    rank_figure,
    answers_figure,
    held_out_figure,
    race_figure,
)


def mechanism_figures(digest: Digest) -> list[Figure]:
    """The figures, one per kind of mechanism that the results have traces of."""
    return [figure for draw in _FIGURES if (figure := draw(digest)) is not None]
