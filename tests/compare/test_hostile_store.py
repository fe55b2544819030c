"""Results come from strangers: whatever a store holds, it is read, or refused in words."""

import pickle
import random
import shutil
import sqlite3
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attacks import FORMULA, SCRIPT, Canary, attack, bomb, change, honest_store, read_everything
from stored import ENVIRONMENT, record, trace

from parity_compare.algorithms import registry
from parity_compare.algorithms.outcome import Cost, Status, Trace
from parity_compare.results import Record
from parity_compare.spec import TrialSpec
from parity_compare.storage.checks import LARGEST
from parity_compare.storage.store import FILE_NAME, Store, load

FLIPPED, SET = 120, 100
"""Random cases: bytes of the file overwritten, and values of rows replaced."""


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return honest_store(tmp_path_factory.mktemp("good") / "r")


def test_an_honest_store_is_read(good: Path, tmp_path: Path) -> None:
    assert attack(good, tmp_path, lambda folder: None) == ""


def test_overwritten_bytes_are_read_or_refused(good: Path, tmp_path: Path) -> None:
    rng = random.Random(1)
    size = (good / FILE_NAME).stat().st_size

    def deed(folder: Path) -> None:
        content = bytearray((folder / FILE_NAME).read_bytes())
        for _ in range(rng.choice((1, 1, 2, 8, 64))):
            place = rng.choice((rng.randrange(100), rng.randrange(size), rng.randrange(size)))
            content[place] = rng.randrange(256)
        if rng.random() < 0.1:
            del content[rng.randrange(size) :]
        (folder / FILE_NAME).write_bytes(content)

    said = [attack(good, tmp_path, deed) for _ in range(FLIPPED)]
    assert sum("is damaged" in text for text in said) > FLIPPED / 10


def hostile(rng: random.Random, canary: Path) -> object:
    """A value that nobody expects in the place where it is put."""
    return rng.choice(
        [
            None, "", 0, -1, 1, 2**63 - 1, -(2**63), 1e308, -1e308, float("inf"), 1e-320, 0.5, b"",
            b"\xff\xfe\x00", bytes(32), "NaN", "-Infinity", "1e999", "[1,", "{}", "[]", "null",
            "[NaN]", "[" * 100_000, '{"a":' * 50_000, "9" * 5000, f"[{'9' * 5000}]", "[0,1e3]",
            "[0, 1, 2]", "[-1]", "[2,1]", "[true]", SCRIPT, f'"{SCRIPT}"', f"</script>{SCRIPT}",
            FORMULA, f"\t{FORMULA}", f"\n {FORMULA}", "＝1+1", "＠SUM(1)", '"=1', "-2+3", "+1",
            "../../x", "/etc/passwd", "x" * 3_000_000, "a\x00b", "\x1b[2J", "‮txt", "\ufeff=1",
            pickle.dumps(Canary(canary)), bomb(), "2026-01-01T00:00:00",
            "9999-12-31T23:59:59+00:00",
            "0001-01-01T00:00:00+23:59", '{"x":"y"}', '{"gf2":-1}', "found", "error", "timeout",
        ]
    )  # fmt: skip


TABLES = {
    "trials": (
        "key", "setting", "trial", "session", "finished", "access", "side_information", "timing",
        "status", "solved", "criterion", "accuracy", "support", "secret", "seconds", "samples",
        "queries", "steps", "operations", "peak_memory", "operations_unit", "message", "engine",
    ),
    "settings": ("digest", "spec"),
    "sessions": (
        "started", "ended", "how", "planned", "already", "pid", "host", "environment",
    ),
    "traces": ("arrays",),
}  # fmt: skip


def test_values_of_any_kind_are_read_or_refused(good: Path, tmp_path: Path) -> None:
    rng = random.Random(2)
    canary = tmp_path / "canary"

    def deed(folder: Path) -> None:
        for _ in range(rng.choice((1, 1, 1, 3))):
            table = rng.choice(["trials", "trials", "settings", "sessions", "traces"])
            column = rng.choice(TABLES[table])
            where = rng.choice(["", f" WHERE rowid = (SELECT max(rowid) FROM {table})"])
            try:
                change(
                    folder,
                    "PRAGMA foreign_keys = OFF",
                    f"UPDATE {table} SET {column} = ?{where}",
                    values=(hostile(rng, canary),),
                )
            except sqlite3.IntegrityError:
                continue  # what the schema itself forbids

    said = [attack(good, tmp_path, deed) for _ in range(SET)]
    assert not canary.exists()
    assert SET / 10 < sum(not text for text in said) < SET
    assert all(len(text) < 1500 and "\n" not in text and "\x1b" not in text for text in said)


TEXTS = [
    SCRIPT, FORMULA, "＝1", "", "sgd[lr=0.1]", "a" * 1999, "x[", "]]", "{{7*7}}", '"onload="x',
    "%s%n", "</script><!--", "\u202etxt", "\u2028", "batch of x",
    "batch of 99999999999999999999", "&lt;",
]  # fmt: skip


def extreme(rng: random.Random) -> Record:
    """A record of which every value is allowed, and many are at the end of what is."""

    def usual(value: Any, *others: Any) -> Any:
        return value if rng.random() < 0.75 else rng.choice(others)

    n = usual(30, 1, 2, 10**6, LARGEST)
    k = usual(min(3, n), None, 1)
    spec = TrialSpec(
        learner=usual(rng.choice(("gf2", "sgd", "sq")), *TEXTS),
        device=rng.choice(("cpu", "cuda")),
        n=n,
        k=k,
        noise=usual(0.0, 0.1, 0.4999999, 1e-100),
        samples=usual(None, 1, LARGEST),
        trial=usual(rng.randrange(5), LARGEST),
        seed=usual(0, -LARGEST, LARGEST),
        told=rng.choice((("k", "noise"), ("k",), ())),
        seconds=usual(60.0, None, 1e100, 1e-100, 1),
        max_samples=usual(None, 1, LARGEST, 1.5),
        max_steps=usual(None, 1, LARGEST),
        threads=usual(1, LARGEST),
        batched=rng.random() < 0.2,
        parameters=usual({"lr": 0.1}, {}, {SCRIPT: SCRIPT, "x": None}, {"f": -1e300, "i": LARGEST}),
        variant=usual("plain", "random-labels"),
        moments=usual("log", "every"),
    )
    secret = tuple(sorted(rng.sample(range(min(n, 40)), k or 1)))
    status = usual("found", *map(str, Status))
    solved = status == "found" and rng.random() < 0.8
    column = usual([1.0, 0.5, 0.0], [float("nan")] * 3, [float("inf")] * 3, [-1e300, 0, 1e300], [])
    names = ("seconds", "loss", "error", "progress_relevant", "progress_irrelevant", "weights")
    return Record(
        spec=spec,
        access=rng.choice(("examples", "sample", "queries")),
        side_information=usual("k", *TEXTS),
        timing=usual("single", *TEXTS),
        status=status,
        solved=solved,
        criterion=rng.choice(("support", "prediction")),
        accuracy=usual(1.0, float("nan"), 0.0),
        support=secret if solved else usual(None, secret, ()),
        secret=secret,
        cost=Cost(
            seconds=usual(0.01, 0.0, 1e100, 1e-100, 0),
            samples=usual(10, 0, LARGEST),
            queries=usual(0, LARGEST),
            steps=usual(10, 0, LARGEST),
            operations=usual(1.0, 0.0, 1e100),
            operations_unit=usual("FLOP", *TEXTS),
            peak_memory=usual(10, 0, LARGEST),
        ),
        message=usual("Enough.", *TEXTS, "\x1b[2J\x00\r\n=1", "x" * 20_000),
        engine=usual("", *TEXTS),
        trace=Trace(
            {name: np.array(column) for name in names}
            | {"step": np.array([0.0, 1.0, usual(2.0, 1.0, 1e18)])[: len(column)]}
        ),
    )


@pytest.mark.parametrize("seed", range(4))
def test_what_is_allowed_at_most_is_summarised_drawn_and_written(tmp_path: Path, seed: int) -> None:
    """A stranger can give every key its true hash: only what values are allowed protects then."""
    rng = random.Random(seed)
    with Store(tmp_path / "r") as store:
        store.begin_session({"python": "3.12", SCRIPT: FORMULA}, planned={SCRIPT: LARGEST})
        for _ in range(12):
            store.add(extreme(rng))
    (tmp_path / "out").mkdir()
    with np.errstate(all="ignore"):
        assert read_everything(tmp_path / "r", tmp_path / "out") == ""


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t AFTER INSERT ON trials BEGIN DELETE FROM sessions; END",
        "CREATE VIEW v AS SELECT * FROM trials",
        "CREATE TABLE more (x)",
        "CREATE INDEX i ON trials (status)",
        "CREATE VIRTUAL TABLE f USING fts3 (x)",
        "ALTER TABLE trials ADD COLUMN more",
        "ALTER TABLE trials ADD COLUMN more GENERATED ALWAYS AS (hex(zeroblob(1000000000)))",
        "ALTER TABLE traces RENAME TO paths",
    ],
)
def test_a_store_of_other_tables_is_refused(good: Path, tmp_path: Path, statement: str) -> None:
    said = attack(good, tmp_path, lambda folder: change(folder, statement))
    assert "its tables are not those of schema version 3" in said


def test_a_row_must_be_what_its_key_says(good: Path, tmp_path: Path) -> None:
    statement = "UPDATE trials SET trial = 77 WHERE id = 2"
    said = attack(good, tmp_path, lambda folder: change(folder, statement))
    assert said.startswith("trial 2 of the store: its key must be the hash of its specification")


def test_a_learner_of_the_store_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name may be that of an installed plug-in, whose import runs code."""

    def load_it(entry: EntryPoint) -> None:
        raise AssertionError(f"{entry.name} was loaded")

    installed = dict(registry._entry_points())
    installed["plugged"] = EntryPoint("plugged", "no_such_module:Plugged", registry.GROUP)
    monkeypatch.setattr(registry, "_entry_points", lambda: installed)
    monkeypatch.setattr(registry, "_load", load_it)
    with Store(tmp_path / "r") as store:
        store.begin_session(ENVIRONMENT)
        for trial in range(3):
            spec = replace(record(trial).spec, learner="plugged[x=1]", parameters={"x": 1})
            store.add(replace(record(trial, trace=trace()), spec=spec))
    (tmp_path / "out").mkdir()
    assert read_everything(tmp_path / "r", tmp_path / "out") == ""
    assert "plugged" in (tmp_path / "out" / "t.csv").read_text()


def test_a_report_is_never_written_through_a_link(good: Path, tmp_path: Path) -> None:
    shutil.copytree(good, tmp_path / "r")
    (tmp_path / "thesis.tex").write_text("dear")
    (tmp_path / "r" / "report.html").symlink_to(tmp_path / "thesis.tex")
    load(tmp_path / "r").report()
    assert (tmp_path / "thesis.tex").read_text() == "dear"
    assert not (tmp_path / "r" / "report.html").is_symlink()
