"""What the terminal shows of a study that has been judged."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from parity_compare.reproduction.claims import Answer, Claim
from parity_compare.reproduction.conduct import Reproduction
from parity_compare.terminal.output import Output
from parity_compare.terminal.wording import printable

_STYLES: dict[Answer, str] = {"yes": "green", "no": "red", "undecided": "yellow"}


def print_study(reproduction: Reproduction) -> None:
    """The study's claims, one block each."""
    console, study = Output(highlight=False), reproduction.study
    console.print(Text(f"{study.name}: {study.title}", style="bold"))
    for claim in reproduction.examination.claims:
        _print_claim(console, claim)
    console.print()


def print_counts(reproductions: Sequence[Reproduction]) -> None:
    """How many claims ended how."""
    claims = [claim for r in reproductions for claim in r.examination.claims]
    for origin, name in (("paper", "The paper's claims"), ("ours", "Ours beside them")):
        verdicts = [claim.verdict for claim in claims if claim.origin == origin]
        if verdicts:
            counted = ", ".join(f"{verdicts.count(v)} {v}" for v in dict.fromkeys(verdicts))
            print(f"{name}: {counted}.")


def _print_claim(console: Console, claim: Claim) -> None:
    head = Text()
    head.append(claim.verdict, style=_STYLES[claim.answer])
    head.append(f"  {printable(claim.name)}")
    console.print(Padding(head, (0, 0, 0, 2)))
    numbers = f"measured {claim.measured}"
    if claim.published:
        numbers = f"published {claim.published}; {numbers}"
    for text, style in ((claim.statement, ""), (f"{numbers}.", "dim"), (claim.because, "dim")):
        console.print(Padding(Text(printable(text), style=style), (0, 0, 0, 6)))
