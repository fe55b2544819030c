"""Stores as strangers might have changed them, and everything that reads one."""

import hashlib
import io
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from stored import ENVIRONMENT, failed, record, trace

from parity_compare.algorithms.outcome import Status
from parity_compare.export import export
from parity_compare.problems.errors import InvalidInput
from parity_compare.results import Results
from parity_compare.storage.store import FILE_NAME, Store, load
from parity_compare.storage.union import gather

SCRIPT = "<script>alert(1)</script>"
FORMULA = "=cmd|' /C calc'!A0"


def honest_store(folder: Path) -> Path:
    """Make a store of every kind of trial, as an honest run leaves it."""
    with Store(folder) as store:
        store.begin_session(ENVIRONMENT, planned={"gf2": 4}, already={})
        for trial in range(4):
            store.add(record(trial))
            store.add(record(trial, "sgd", access="examples", trace=trace()))
        store.add(failed(4, Status.TIMEOUT))
        store.add(failed(5))
        store.end_session("done")
    return folder


class Canary:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.write_text, (self.path, "sung")


def change(folder: Path, *statements: str, values: tuple[object, ...] = ()) -> None:
    """Do to a store what its owner might have done, checks switched off."""
    with sqlite3.connect(folder / FILE_NAME) as database:
        for statement in statements:
            database.execute(statement, values if "?" in statement else ())
    database.close()


def read_everything(folder: Path, out: Path) -> str:
    """All that a reader may do with results; returns the error, or nothing.

    Raises whatever is not a refusal in words, and checks what was written.
    """
    try:
        results = load(folder)
        with Store(folder, read_only=True) as store:
            store.session()
            list(store.glimpses())
            store.finished()
        content = fingerprint(results)
        assert fingerprint(gather([folder]).results) == content
        if content in SEEN:
            return ""
        results.summary()
        export(results, "csv", out / "t.csv")
        export(results, "json", out / "t.json")
        results.report(out / "r.html")
        SEEN.add(content)
    except InvalidInput as error:
        return str(error)
    assert SCRIPT not in (out / "r.html").read_text(encoding="utf-8")
    cells = pd.read_csv(out / "t.csv", dtype=str, keep_default_na=False, header=None)
    signs = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
    numbers = {"seconds", "accuracy", "seed"}
    texts = cells.loc[:, [name not in numbers for name in cells.iloc[0]]]
    assert not texts.map(lambda cell: cell.strip(" '\"").startswith(signs) and cell[0] != "'").any(
        axis=None
    )
    return ""


SEEN: set[str] = set()
"""Results that have been through everything: most overwritten bytes change nothing that is read."""


def fingerprint(results: Results) -> str:
    """Tells results apart, to the last bit of a trace."""
    courses = [
        (name, column.dtype.str, column.shape, column.tobytes())
        for r in results.records
        for name, column in r.trace.columns.items()
    ]
    content = ([r.row() for r in results.records], results.environment, courses)
    return hashlib.sha256(repr(content).encode()).hexdigest()


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def attack(good: Path, tmp_path: Path, deed: Callable[[Path], None]) -> str:
    """A copy of the good store, changed by ``deed``, is read; nothing else may appear anywhere."""
    folder, out = tmp_path / "r", tmp_path / "out"
    shutil.copytree(good, folder, dirs_exist_ok=True)
    out.mkdir(exist_ok=True)
    deed(folder)
    before = names(tmp_path)
    said = read_everything(folder, out)
    appeared = names(tmp_path) - before
    assert appeared <= {"out/t.csv", "out/t.json", "out/r.html", f"r/{FILE_NAME}-shm"}
    shutil.rmtree(folder)
    return said


def bomb(claim: int = 2**31) -> bytes:
    """A small archive that says that it unpacks to two gibibytes."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, step=np.zeros(1000))
    content = bytearray(buffer.getvalue())
    size = content.rindex(b"PK\x01\x02") + 24  # where the directory has the unpacked size
    content[size : size + 4] = claim.to_bytes(4, "little")
    return bytes(content)
