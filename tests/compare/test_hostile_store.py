"""Results come from strangers: whatever a store holds, it is read, or refused in words."""

import hashlib
import io
import pickle
import random
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from stored import ENVIRONMENT, failed, record, trace

from parity_compare.algorithms import registry
from parity_compare.algorithms.outcome import Cost, Status, Trace
from parity_compare.export import export
from parity_compare.problems.errors import InvalidInput
from parity_compare.results import Record, Results
from parity_compare.spec import TrialSpec
from parity_compare.storage import reading, traces
from parity_compare.storage.checks import LARGEST
from parity_compare.storage.store import FILE_NAME, Store, load
from parity_compare.storage.union import gather

FLIPPED, SET = 120, 100
"""Random cases: bytes of the file overwritten, and values of rows replaced."""
SCRIPT = "<script>alert(1)</script>"
FORMULA = "=cmd|' /C calc'!A0"


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of every kind of trial, as an honest run leaves it."""
    folder = tmp_path_factory.mktemp("good") / "r"
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


def bomb(claim: int = 2**31) -> bytes:
    """A small archive that says that it unpacks to two gibibytes."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, step=np.zeros(1000))
    content = bytearray(buffer.getvalue())
    size = content.rindex(b"PK\x01\x02") + 24  # where the directory has the unpacked size
    content[size : size + 4] = claim.to_bytes(4, "little")
    return bytes(content)


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


def archive(members: Iterable[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members:
            file.writestr(name, content)
    return buffer.getvalue()


def array(values: object, **options: object) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(values), **options)  # type: ignore[arg-type]
    return buffer.getvalue()


class TestTraces:
    @pytest.mark.parametrize(
        ("blob", "message"),
        [
            (b"nothing of the kind", "cannot be read"),
            (bomb(), "must unpack to at most 1073741824 bytes, got 2147483648"),
            (bomb(500), "cannot be read|as long as it says"),
            (archive([("step.npy", array([print], allow_pickle=True))]), "must hold numbers"),
            (archive([("step.npy", array(["text"]))]), "must hold numbers"),
            (archive([("step.npy", array([1 + 2j]))]), "must hold numbers"),
            (archive([("step.npy", array(np.zeros(2, "f8,i4")))]), "must hold numbers"),
            (archive([("step.npy", array(3.0))]), "1 to 4 dimensions"),
            (archive([("step.npy", array(np.zeros((1,) * 9)))]), "1 to 4 dimensions"),
            (archive([("step.npy", array([1.0])[:-1])]), "must be as long as it says"),
            (archive([("step.npy", array([1.0], version=(2, 0)))]), "of NumPy's format"),
            (archive([("../step.npy", array([1.0]))]), "must have a name of letters"),
            (archive([(SCRIPT + ".npy", array([1.0]))]), "must have a name of letters"),
            (archive([("step", array([1.0]))]), "must hold arrays"),
            (archive([("a.npy", array([1.0])), ("b.npy", array([1, 2]))]), "one length"),
            (archive((f"{i}.npy", array([1.0])) for i in range(65)), "at most 64 columns"),
        ],
    )
    def test_what_no_run_writes_is_refused(self, blob: bytes, message: str) -> None:
        with pytest.raises(InvalidInput, match=message):
            traces.unpack(blob)

    def test_a_shape_that_no_memory_holds_is_refused(self) -> None:
        content = array(np.zeros(1000))
        for claim in (b"(10**9,)", b"(9999999999,)", b"(-1, -1000)", b"(True,)", b"(1e3,)"):
            forged = content.replace(b"(1000,), }" + b" " * 10, claim + b", }" + b" " * 20, 1)
            forged = forged[: len(content) - len(forged)] if len(forged) > len(content) else forged
            with pytest.raises(InvalidInput):
                traces.unpack(archive([("step.npy", forged)]))

    def test_many_small_bombs_are_refused_before_the_memory_is_full(
        self, good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each within the limit of one trace: zeros, a thousandth of their size on the disk."""
        monkeypatch.setattr(reading, "_UNPACKED_FREELY", 2**20)
        packed = traces.pack(Trace({"step": np.zeros(2**15)}))  # a quarter of the limit
        statement = "INSERT OR REPLACE INTO traces SELECT id, ? FROM trials"
        said = attack(good, tmp_path, lambda folder: change(folder, statement, values=(packed,)))
        assert "the traces must unpack to at most 1048576 bytes or 100 times their size" in said
