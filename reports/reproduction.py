"""Writes what a reproduction found: a page in Markdown, the same for programs, and the pictures."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from parity_compare.reports.plots import draw
from parity_compare.reproduction.claims import Claim, Table
from parity_compare.reproduction.conduct import Reproduction
from parity_compare.storage.writing import replacing

PAGE, DATA, IMAGES = "claims.md", "claims.json", "images"


def write_study(reproduction: Reproduction) -> None:
    """Write a study's claims and pictures into the folder of its trials.

    ``claims.json`` has all of it for programs, ``images/NAME.svg`` are its plots.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder = reproduction.path
    (folder / IMAGES).mkdir(parents=True, exist_ok=True)
    for plot in reproduction.examination.plots:
        _write(folder / IMAGES / f"{plot.name}.svg", draw(plot))
    _write(folder / DATA, json.dumps(as_json(reproduction), indent=1, allow_nan=False) + "\n")


def write_page(reproductions: Sequence[Reproduction], out: Path) -> Path:
    """Write ``claims.md``, the verdicts on all claims of these studies, with their pictures.

    Returns:
        Its path.

    Raises:
        OSError: the folder cannot be written to.
    """
    out.mkdir(parents=True, exist_ok=True)
    _write(out / PAGE, page(reproductions))
    return out / PAGE


def as_json(reproduction: Reproduction) -> dict[str, Any]:
    """One study for programs; numbers that are not finite become null."""
    study, found = reproduction.study, reproduction.examination
    return {
        "study": study.name,
        "title": study.title,
        "terms": asdict(reproduction.terms),
        "trials": reproduction.trials,
        "environment": reproduction.environment,
        "claims": [asdict(claim) | {"verdict": claim.verdict} for claim in found.claims],
        "tables": [asdict(table) for table in found.tables],
        "plots": [_finite(asdict(plot)) for plot in found.plots],
        "notes": found.notes,
    }


def page(reproductions: Sequence[Reproduction]) -> str:
    """The claims in Markdown, study by study."""
    claims = [claim for r in reproductions for claim in r.examination.claims]
    lines = ["# The paper's claims, run again", ""]
    if reproductions:
        terms = reproductions[0].terms
        lines += [
            f"Scale `{terms.scale}`, seed {terms.seed}, device {terms.device}; "
            f"{sum(r.trials for r in reproductions):,} trials. "
            "Barak et al. 2022, arXiv 2207.08799. Published numbers of figure 1 were read off the "
            "figure, to about 1 %.",
            "",
            *_summary(claims),
        ]
    for reproduction in reproductions:
        lines += ["", *_study(reproduction)]
    return "\n".join(lines) + "\n"


def _summary(claims: Sequence[Claim]) -> list[str]:
    """How many claims ended how, the paper's and ours apart."""
    lines = ["| | claims | verdicts |", "|---|---|---|"]
    for origin, name in (("paper", "the paper's"), ("ours", "ours, beside them")):
        verdicts = [claim.verdict for claim in claims if claim.origin == origin]
        counted = ", ".join(f"{verdicts.count(v)} {v}" for v in dict.fromkeys(verdicts))
        lines.append(f"| {name} | {len(verdicts)} | {counted or '-'} |")
    return lines


def _study(reproduction: Reproduction) -> list[str]:
    study, found = reproduction.study, reproduction.examination
    lines = [f"## {study.name}: {study.title}", "", study.about, ""]
    for claim in found.claims:
        lines += [*_claim(claim), ""]
    for plot in found.plots:
        lines += [f"![{plot.title}]({study.name}/{IMAGES}/{plot.name}.svg)", ""]
    for table in found.tables:
        lines += [*_table(table), ""]
    lines += [f"- {note}" for note in found.notes]
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


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(part) for name, part in value.items()}
    return [_finite(part) for part in value] if isinstance(value, list | tuple) else value
