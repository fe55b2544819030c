"""What holds of every claim that any of these tests makes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from parity_compare.reproduction.claims import Claim


@pytest.fixture(autouse=True)
def claims_are_told_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """A brace in a sentence is a number that was never put into it."""
    make: Callable[..., None] = Claim.__init__

    def checked(claim: Claim, *given: object, **named: object) -> None:
        make(claim, *given, **named)
        for text in (claim.statement, claim.published, claim.measured, claim.because):
            assert "{" not in text, f"{claim.name}: {text}"
            assert "}" not in text, f"{claim.name}: {text}"

    monkeypatch.setattr(Claim, "__init__", checked)
