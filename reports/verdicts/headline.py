"""The verdict in three sentences that can be read aloud, generated from the results alone."""

from __future__ import annotations

from parity_compare.reports.digest import Digest
from parity_compare.reports.verdicts import contrast, solved, speech

_NO_TRACES = "No trial recorded traces, so the mechanism is not shown."


def headline(digest: Digest, mechanism: str) -> list[str]:
    """Who solved what; how much faster, in which currency; and by what mechanism.

    Where there are more learners than an ear can follow, a sentence sums up and names the best and
    the worst; the table has them all.

    Args:
        digest: the results.
        mechanism: what the traces say in one sentence, empty if there are none.

    Returns:
        Exactly three sentences, each on one line and with one full stop at its end.
    """
    if not digest.entries:
        return [
            "No trial has finished yet, so nobody has solved anything.",
            "There are no times and no other costs to compare.",
            _NO_TRACES,
        ]
    return [
        speech.sentence(solved.in_one_sentence(digest)),
        speech.sentence(contrast.in_one_sentence(digest)),
        speech.sentence(mechanism or _NO_TRACES),
    ]
