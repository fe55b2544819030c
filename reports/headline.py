"""The verdict in three sentences."""

from __future__ import annotations

from parity_compare.reports.digest import Digest

_NO_TRACES = "No trial recorded traces, so the mechanism is not shown."


def headline(digest: Digest, mechanism: str) -> list[str]:
    """Who solved what; how much faster, in which currency; and by what mechanism.

    Args:
        digest: the results.
        mechanism: what the traces say, empty if there are none.

    Returns:
        Exactly three sentences.
    """
    from parity_compare.reports.verdict import verdict

    found = {statement.topic: statement.text for statement in verdict(digest)}
    return [
        found.get("Solved", "No trial has finished yet."),
        found.get("Like for like") or found.get("Overall") or "Nothing can be compared.",
        mechanism or _NO_TRACES,
    ]
