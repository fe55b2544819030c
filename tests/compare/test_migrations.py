"""Stores of earlier versions: every trial is kept, its key stays true, and a kill undoes a step."""

import contextlib
import math
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path

import numpy as np
import pytest
from stored import ENVIRONMENT, record

from parity_compare.api import run
from parity_compare.problems.errors import InvalidInput
from parity_compare.results import Record
from parity_compare.storage import migrations, schema
from parity_compare.storage.store import FILE_NAME, Store, load

DATA = Path(__file__).parent / "data"
DUMPS = ("store_1_first", "store_1_last", "store_2")
"""What SQLite's ``.dump`` says of stores that earlier versions of this program wrote."""


@pytest.fixture(params=DUMPS)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A store of an earlier version."""
    return laid_out(tmp_path / "r", request.param)


def laid_out(folder: Path, name: str) -> Path:
    folder.mkdir()
    with database(folder) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript((DATA / f"{name}.sql").read_text(encoding="utf-8"))
    return folder


@contextlib.contextmanager
def database(folder: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(folder / FILE_NAME)
    with contextlib.closing(connection), connection:
        yield connection


def version(folder: Path) -> int:
    with database(folder) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def old_rows(folder: Path) -> list[tuple[object, ...]]:
    with database(folder) as connection:
        return connection.execute(
            "SELECT key, status, solved, seconds, samples, steps, operations, message, started "
            "FROM trials JOIN sessions ON session = sessions.id ORDER BY trials.rowid"
        ).fetchall()


def test_every_trial_is_kept_as_it_was(old: Path) -> None:
    before = old_rows(old)
    with Store(old) as store:
        assert store.finished(errors=True) == {row[0] for row in before}
        records = store.results().records
        assert all(math.isnan(glimpse.finished) for glimpse in store.glimpses())
    assert version(old) == schema.VERSION
    after = [
        (r.status, r.solved, r.cost.seconds, r.cost.samples, r.cost.steps, r.cost.operations)
        for r in records
    ]
    assert after == [row[1:7] for row in before]
    assert [r.message for r in records] == [row[7] for row in before]
    assert load(old).environment["started"] == "; ".join(dict.fromkeys(row[8] for row in before))


@pytest.mark.parametrize("name", DUMPS[1:])
def test_traces_are_kept_and_trials_are_not_run_again(tmp_path: Path, name: str) -> None:
    old = laid_out(tmp_path / "r", name)
    ran: list[Record] = []
    results = run(
        "gf2", n=12, k=2, noise=[0.0, 0.1], trials=3, device="cpu", out=old, progress=ran.append
    )
    assert [r.spec.trial for r in ran] == [2, 2]
    assert len(results) == 6
    assert [r.key for r in results.records if r.spec.trial < 2] == [
        r.key for r in load(old).records[:4]
    ]
    trained = load(old).records[4]
    assert trained.spec.learner == "sgd"
    assert trained.trace["step"][0] == 0
    assert np.isfinite(trained.trace["error"]).all()


def test_an_old_store_is_read_without_being_touched(old: Path) -> None:
    content = (old / FILE_NAME).read_bytes()
    results = load(old)
    assert len(results) >= 4
    assert (old / FILE_NAME).read_bytes() == content
    assert [path.name for path in old.iterdir()] == [FILE_NAME]
    Store(old).close()
    assert version(old) == schema.VERSION
    assert load(old).frame().equals(results.frame())


def test_a_migrated_store_is_like_a_new_one(old: Path) -> None:
    with Store(old) as store:
        store.begin_session(ENVIRONMENT)
        store.add(record(0))
        before = len(store.results())
    with database(old) as connection:
        migrated = schema._schema(connection)
    with contextlib.closing(schema.connect(None)) as connection:
        schema.create(connection)
        assert migrated == schema._schema(connection)
    assert len(load(old)) == before


def test_a_version_that_fails_in_the_midst_leaves_the_one_before(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, before = version(old), old_rows(old)
    whole = migrations.STEPS[2]

    def fail(connection: sqlite3.Connection) -> None:
        whole(connection)
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setitem(migrations.STEPS, 2, fail)
    with pytest.raises(InvalidInput, match="is damaged"):
        Store(old)
    assert (version(old), old_rows(old)) == (2, before)
    monkeypatch.undo()
    with Store(old) as store:
        assert len(store.results()) == len(before)
    assert first <= 2


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_a_kill_in_the_midst_leaves_the_version_before(old: Path, mode: str) -> None:
    """Also if another program made it keep a rollback journal, which we would not follow."""
    if "fork" not in get_all_start_methods():
        pytest.skip("this system cannot fork")
    with database(old) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
    before = old_rows(old)
    for step in (1, 2):
        if version(old) <= step:
            process = get_context("fork").Process(target=migrate_and_die, args=(old, step))
            process.start()
            process.join()
            assert process.exitcode == -signal.SIGKILL
            assert (version(old), old_rows(old)) == (step, before)
    with Store(old) as store:
        assert len(store.results()) == len(before)


def migrate_and_die(folder: Path, step: int) -> None:
    """Kill this process when all of a version's step is done but for the commit."""
    whole: Callable[[sqlite3.Connection], None] = migrations.STEPS[step]

    def die(connection: sqlite3.Connection) -> None:
        whole(connection)
        os.kill(os.getpid(), signal.SIGKILL)

    if step == 2:
        # The layouts of all versions are made up in memory first, by the same steps.
        schema._known_schemas(1), schema._known_schemas(2)
    else:
        schema._known_schemas(1)
    migrations.STEPS[step] = die
    Store(folder)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trials SET spec = '{'",
        "UPDATE trials SET spec = '[]'",
        "UPDATE trials SET spec = '{}'",
        "UPDATE trials SET spec = replace(spec, '0.0', 'NaN')",
        "UPDATE trials SET message = x'00'",
        "UPDATE trials SET key = substr(key, 2)",
        "UPDATE trials SET spec = replace(spec, '\"seed\": 0', '\"seed\": 1')",
        "UPDATE trials SET session = 99",
        "UPDATE trials SET trace = 5",
        "CREATE TRIGGER t AFTER INSERT ON trials BEGIN DELETE FROM sessions; END",
    ],
)
def test_a_hostile_old_store_is_refused_and_left_alone(tmp_path: Path, statement: str) -> None:
    old = laid_out(tmp_path / "r", "store_2")
    with database(old) as connection:
        connection.execute(statement)
    content = (old / FILE_NAME).read_bytes()
    with pytest.raises(InvalidInput):
        load(old)
    assert (old / FILE_NAME).read_bytes() == content


def test_a_later_version_is_refused(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.begin_session(ENVIRONMENT)
    with database(tmp_path) as connection:
        connection.execute("PRAGMA user_version = 99")
    for attempt in (load, Store):
        with pytest.raises(InvalidInput, match=r"schema version 1 to 3 \(its version is 99\)"):
            attempt(tmp_path)
