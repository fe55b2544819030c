"""The page of a reproduction: every claim with its verdict, in Markdown, and the pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from parity_compare.reports.accounts import Account, accounts, write_account
from parity_compare.reports.plots import draw
from parity_compare.reproduction.claims import Claim, Table
from parity_compare.reproduction.conduct import Reproduction
from parity_compare.storage.writing import replacing

PAGE, IMAGES = "claims.md", "images"


def write_study(reproduction: Reproduction) -> None:
    """Write a study's claims and pictures into the folder of its trials.

    ``claims.json`` has all of it for programs, ``images/NAME.svg`` are its plots.

    Raises:
        OSError: the folder cannot be written to.
    """
    for plot in reproduction.examination.plots:
        _write(reproduction.path / IMAGES / f"{plot.name}.svg", draw(plot))
    write_account(reproduction)


def write_page(out: Path) -> Path:
    """Write ``claims.md``, the verdicts of all studies that have been judged in a folder.

    Returns:
        Its path.

    Raises:
        InvalidInput: a study's file has been damaged.
        OSError: the folder cannot be written to.
    """
    _write(out / PAGE, page(accounts(out)))
    return out / PAGE


def page(told: Sequence[Account]) -> str:
    """The claims in Markdown, study by study."""
    lines = ["# The paper's claims, run again", ""]
    lines += [
        "Barak et al. 2022, arXiv 2207.08799. Published numbers of figure 1 were read off the "
        "figure, to about 1 %. How verdicts are reached is told in docs/reproduction.md.",
        "",
        *_summary([claim for account in told for claim in account.claims]),
    ]
    for account in told:
        lines += ["", *_study(account)]
    return "\n".join(lines) + "\n"


def _summary(claims: Sequence[Claim]) -> list[str]:
    """How many claims ended how, the paper's and ours apart."""
    lines = ["| | claims | verdicts |", "|---|---|---|"]
    for origin, name in (("paper", "the paper's"), ("ours", "ours, beside them")):
        verdicts = [claim.verdict for claim in claims if claim.origin == origin]
        counted = ", ".join(f"{verdicts.count(v)} {v}" for v in dict.fromkeys(verdicts))
        lines.append(f"| {name} | {len(verdicts)} | {counted or '-'} |")
    return lines


def _study(account: Account) -> list[str]:
    lines = [
        *(f"## {account.study}: {account.title}", "", account.about, ""),
        f"Scale `{account.scale}`, seed {account.seed}, {account.device}; "
        f"{account.trials:,} trials.",
        "",
    ]
    for claim in account.claims:
        lines += [*_claim(claim), ""]
    for name, title in account.plots.items():
        lines += [f"![{title}]({account.study}/{IMAGES}/{name}.svg)", ""]
    for table in account.tables:
        lines += [*_table(table), ""]
    lines += [f"- {note}" for note in account.notes]
    return lines


def _claim(claim: Claim) -> list[str]:
    published = f" Published: {_cell(claim.published)}." if claim.published else ""
    return [
        f"**{claim.verdict.capitalize()}** (`{claim.name}`, {claim.source}): {claim.statement}",
        "",
        f"{published} Measured: {_cell(claim.measured)}. {claim.because}".strip(),
    ]


def _table(table: Table) -> list[str]:
    return [
        f"{table.title}:",
        "",
        f"| {' | '.join(map(_cell, table.columns))} |",
        "|" + "---|" * len(table.columns),
        *(f"| {' | '.join(map(_cell, row))} |" for row in table.rows),
    ]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").removesuffix(".")


def _write(path: Path, text: str) -> None:
    with replacing(path) as new:
        new.write_text(text, encoding="utf-8")
