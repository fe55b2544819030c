"""Tables for other programs: complete, and inert in a spreadsheet, whoever wrote the texts."""

import csv
import json
import os
import re
import sys
from pathlib import Path

import pandas as pd
import pytest
from stored import failed, record

from parity_compare.export import export, inert
from parity_compare.problems.errors import InvalidInput
from parity_compare.results import COLUMNS, Results
from parity_compare.storage.writing import replacing

FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "＝1+1", "＋1", "－1", "＠SUM(A1)",
    "﹢1", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1", "\ufeff=1", "\u200b=1", "'=1", '"=1', '" =1',
    "\x00=1", "\tindented", "\nsecond line", "\u2028=1",
]  # fmt: skip
PLAIN = [
    "gf2",
    "sgd[lr=0.1]",
    "n = 3",
    "a-b",
    "1 2 3",
    "",
    "é=1",
    "(=1)",
    " padded",
    "'quoted'",
    "a\n=1",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_becomes_a_text(text: str) -> None:
    assert inert(text) == f"'{text}".replace("\r", "\n")


@pytest.mark.parametrize("text", PLAIN)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert inert(text) == text


def test_no_cell_of_a_csv_begins_like_a_formula(tmp_path: Path) -> None:
    texts = [*FORMULAS, "two lines\r=1+1", "two lines\n=1+1"]
    records = [failed(i, message=text) for i, text in enumerate(texts)]
    export(Results(records), "csv", tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        heading, *rows = csv.reader(file)
    assert heading == list(COLUMNS)
    assert not [cell for row in rows for cell in row if cell[:1] in {*"=+-@＝＋－＠\t\r\n"}]
    assert [row[heading.index("message")] for row in rows] == [inert(text) for text in texts]


def test_a_negative_number_stays_a_number(tmp_path: Path) -> None:
    from dataclasses import replace

    spec = replace(record(0).spec, seed=-5)
    export(Results([replace(record(0), spec=spec)]), "csv", tmp_path / "t.csv")
    assert pd.read_csv(tmp_path / "t.csv").seed.tolist() == [-5]


def test_json_has_the_texts_as_they_are(tmp_path: Path) -> None:
    export(Results([failed(0, message="=1+1")]), "json", tmp_path / "t.json")
    (row,) = json.loads((tmp_path / "t.json").read_text())
    assert row["message"] == "=1+1"
    assert row["accuracy"] is None


@pytest.mark.parametrize("format", ["csv", "json", "parquet"])
def test_a_link_is_replaced_and_not_followed(tmp_path: Path, format: str) -> None:
    if format == "parquet":
        pytest.importorskip("pyarrow")
    (tmp_path / "thesis.tex").write_text("dear")
    out = tmp_path / "table"
    out.symlink_to(tmp_path / "thesis.tex")
    export(Results([record(0)]), format, out)
    assert (tmp_path / "thesis.tex").read_text() == "dear"
    assert not out.is_symlink()
    assert {p.name for p in tmp_path.iterdir()} == {"thesis.tex", "table"}


def test_a_device_or_a_folder_is_not_replaced(tmp_path: Path) -> None:
    targets = [tmp_path]
    if sys.platform != "win32":
        targets += [Path(os.devnull), Path("/dev/stdout")]
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "link").symlink_to(os.devnull)
        targets += [tmp_path / "pipe", tmp_path / "link"]
    for target in targets:
        with pytest.raises(InvalidInput, match="is a folder or a device"):
            export(Results([record(0)]), "csv", target)
    assert not Path(os.devnull).is_file()


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("old")

    def fail() -> None:
        with replacing(tmp_path / "t") as new:
            new.write_text("half")
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        fail()
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"t": "old"}


def test_what_cannot_be_written_is_named_with_the_reason(tmp_path: Path) -> None:
    """Never the name of the file that was to take its place."""
    (tmp_path / "file").write_text("kept")
    reason = f"{tmp_path / 'file'} is not a folder"
    for below in ("x.svg", "deep/er/x.svg"):
        target = tmp_path / "file" / below
        message = re.escape(f"{target} cannot be written: {reason}")
        with pytest.raises(InvalidInput, match=f"^{message}$"), replacing(target):
            pass
    assert (tmp_path / "file").read_text() == "kept"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="only Linux has /proc")
def test_a_folder_that_takes_no_files_is_named() -> None:
    target = Path("/proc/x.svg")
    message = "^/proc/x.svg cannot be written: [^.]+$"
    with pytest.raises(InvalidInput, match=message), replacing(target):
        pass
