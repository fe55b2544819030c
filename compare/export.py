"""Trials as CSV, JSON or Parquet."""

from __future__ import annotations

import sys
from pathlib import Path

from parity_compare.problems.errors import InvalidInput
from parity_compare.results import Results

FORMATS = ("csv", "json", "parquet")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def export(results: Results, format: str, out: Path | None) -> None:
    """Write one row per trial, to a file or to stdout.

    In CSV, a text that a spreadsheet would run as a formula gets a leading apostrophe: labels and
    messages may come from strangers.

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
        frame.to_parquet(out, index=False)
        return
    if format == "json":
        text = frame.to_json(orient="records", indent=1) + "\n"
    else:
        for name in frame.columns[frame.dtypes.map(lambda kind: kind.kind not in "biuf")]:
            frame[name] = frame[name].map(_inert)
        text = frame.to_csv(index=False)
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8")


def _inert(value: object) -> object:
    dangerous = isinstance(value, str) and value.startswith(_FORMULA_STARTS)
    return f"'{value}" if dangerous else value
