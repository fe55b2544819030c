"""Trials as CSV, JSON or Parquet."""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

from parity_compare.problems.errors import InvalidInput
from parity_compare.results import Results
from parity_compare.storage.writing import replacing

FORMATS = ("csv", "json", "parquet")
_FORMULA_STARTS = ("=", "+", "-", "@")


def export(results: Results, format: str, out: Path | None) -> None:
    """Write one row per trial, to a file or to stdout.

    In CSV, a text that a spreadsheet would run as a formula gets a leading apostrophe: labels and
    messages may come from strangers. A file is replaced in one step, and a link is not followed.

    Raises:
        InvalidInput: unknown format, Parquet to stdout, or no pyarrow for Parquet.
    """
    if format not in FORMATS:
        raise InvalidInput(f"--format must be one of {', '.join(FORMATS)}, got {format!r}")
    frame = results.frame()
    if format == "parquet":
        if out is None:
            raise InvalidInput("--format parquet needs --out, since it is not text")
        try:
            import pyarrow  # noqa: F401 - pandas' own message is longer than a line
        except ImportError:
            raise InvalidInput(
                "--format parquet needs pyarrow: pip install 'parity-compare[parquet]'"
            ) from None
        with replacing(out) as new:
            frame.to_parquet(new, index=False)
        return
    if format == "json":
        text = frame.to_json(orient="records", indent=1) + "\n"
    else:
        for name in frame.columns[frame.dtypes.map(lambda kind: kind.kind not in "biuf")]:
            frame[name] = frame[name].map(inert)
        text = frame.rename(columns=inert).to_csv(index=False)
    if out is None:
        sys.stdout.write(text)
    else:
        with replacing(out) as new:
            new.write_text(text, encoding="utf-8")


def inert(value: object) -> object:
    """A value of a cell that no spreadsheet takes for a formula, its lines ended alike.

    Some programs look for the formula behind leading blanks, quotation marks and invisible
    characters, and take full-width signs for plain ones.
    """
    if not isinstance(value, str):
        return value
    plain = unicodedata.normalize("NFKC", value)
    begins = next((c for c in plain if not _is_skipped(c)), "")
    leading_control = bool(value) and unicodedata.category(value[0]) in ("Cc", "Zl", "Zp")
    # A lone carriage return is not quoted by Python before 3.13, and would begin a row.
    lines = value.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{lines}" if begins in _FORMULA_STARTS or leading_control else lines


def _is_skipped(character: str) -> bool:
    """Blanks, quotation marks, control and formatting characters such as the byte-order mark."""
    return character in "'\"" or unicodedata.category(character)[0] in "ZC"
