"""Running and storing: nothing is lost, nothing is done twice, every learner is treated alike."""

import math
import time
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from parity_compare.algorithms import registry
from parity_compare.algorithms.gaussian_elimination import GaussianElimination
from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.outcome import Finding, Status, Trace
from parity_compare.algorithms.task import Task
from parity_compare.api import learn, run
from parity_compare.judge import judge
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import Access
from parity_compare.problems.parity import SparseParity
from parity_compare.results import CELL, COLUMNS, Record, Results
from parity_compare.storage.store import FILE_NAME, Store, load


@dataclass(frozen=True)
class _Scripted(Learner):
    """Does what its field says."""

    name = "scripted"
    access = Access.SAMPLE

    deed: str = "raise"

    def search(self, task: Task) -> Finding:
        task.draw(3)
        if self.deed == "raise":
            raise ZeroDivisionError("by <b>design</b>")
        if self.deed == "sometimes":
            time.sleep(0.02)
            if task.rng.random() < 0.5:
                raise OSError("the disk of the learner")
            return Finding(Status.GAVE_UP)
        if self.deed in ("doubled", "beyond", "text"):
            wrong = {"doubled": (1, 1), "beyond": (1, 10), "text": ("a", "b")}[self.deed]
            return Finding(Status.FOUND, support=wrong)  # type: ignore[arg-type]
        if self.deed == "boast":
            task.operations = math.nan
            return Finding(Status.GAVE_UP)
        if self.deed == "exit":
            raise SystemExit(3)
        if self.deed == "array":
            samples = task.draw(64)
            pairs = combinations(range(task.n), 2)
            best = max(pairs, key=samples.agreement)
            return Finding(Status.FOUND, support=np.array(best[::-1]))  # type: ignore[arg-type]
        if self.deed == "peek":
            assert task.observe(_Still(), step=0.0) is None
            assert task.probes is None  # type: ignore[attr-defined]
            return Finding(Status.GAVE_UP)
        if self.deed == "interrupt":
            raise KeyboardInterrupt
        if self.deed == "guess":
            return Finding(Status.FOUND, support=(0,))
        if self.deed == "spin":
            while True:
                task.poll()
                time.sleep(0.001)
        if self.deed == "greed":
            while True:
                task.draw(10)
        if self.deed == "constant":
            return Finding(Status.FOUND, predictor=lambda bits: np.zeros(len(bits), np.uint8))
        trace = Trace({"step": np.arange(3), "value": np.array([1.0, math.nan, math.inf])})
        return Finding(Status.GAVE_UP, detail="Enough.", trace=trace)


class _Still:
    """A state that never changes."""

    step = 0

    def predict(self, bits: np.ndarray) -> np.ndarray:
        return np.zeros(len(bits), np.uint8)

    def displacement(self) -> np.ndarray:
        return np.zeros(10)


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._registered, "scripted", _Scripted)


def deed(name: str) -> str:
    return f"scripted[deed={name}]"


def fingerprint(results: Results) -> list[tuple[object, ...]]:
    """All of a result that must be reproducible: everything but the seconds."""
    return [
        (r.key, r.status, r.support, r.secret, r.cost.samples, r.cost.queries, r.cost.steps)
        for r in results.records
    ]


def test_results_do_not_depend_on_order_or_company() -> None:
    together = run(["gf2", "exhaustive", "sq"], n=[12, 20], k=[2], noise=[0.0, 0.1], trials=3)
    alone = run(["exhaustive"], n=20, k=2, noise=0.1, trials=3)
    by_key = {entry[0]: entry for entry in fingerprint(together)}
    assert all(by_key[entry[0]] == entry for entry in fingerprint(alone))


def test_every_row_has_every_column() -> None:
    results = run(["gf2", "sq"], n=15, k=2, noise=0.2, trials=2)
    frame = results.frame()
    assert list(frame.columns) == list(COLUMNS)
    assert all(tuple(record.cell()) == CELL for record in results.records)
    assert len(frame) == 4
    gf2 = frame[frame.label == "gf2"]
    assert set(gf2.status) == {"inconsistent"}
    assert not gf2.solved.any()
    assert (gf2.samples == 15 + 32).all()
    assert (frame[frame.label == "sq"].side_information == "k, noise").all()


def test_an_empty_frame_has_the_columns() -> None:
    assert list(Results([]).frame().columns) == list(COLUMNS)


def test_what_is_not_told_is_not_known() -> None:
    results = run(["exhaustive"], n=12, k=2, noise=0.1, trials=1, tell=())
    assert results.records[0].side_information == ""
    assert results.records[0].solved


def test_a_second_run_does_nothing(tmp_path: Path) -> None:
    told: list[Record] = []
    first = run("gf2,sq", n=12, k=2, trials=4, out=tmp_path / "r", progress=told.append)
    assert len(told) == 8
    second = run("gf2,sq", n=12, k=2, trials=4, out=tmp_path / "r", progress=told.append)
    assert len(told) == 8
    assert second.frame().equals(first.frame())
    third = run("gf2,sq", n=12, k=2, trials=5, out=tmp_path / "r", progress=told.append)
    assert len(told) == 10
    assert len(third) == 10
    assert len(load(tmp_path / "r")) == 10


@pytest.mark.usefixtures("scripted")
def test_a_record_that_no_store_can_hold_is_an_error_and_the_run_goes_on(tmp_path: Path) -> None:
    results = run([deed("boast"), "gf2"], n=10, k=2, trials=2, out=tmp_path / "r")
    refused, solved = results.records[::2], results.records[1::2]
    assert {record.status for record in refused} == {"error"}
    assert all("Its record is refused: operations must" in r.message for r in refused)
    assert {record.status for record in solved} == {"found"}


@pytest.mark.usefixtures("scripted")
def test_a_learner_that_raises_is_a_result_and_the_run_goes_on(tmp_path: Path) -> None:
    results = run([deed("raise"), "gf2"], n=10, k=2, trials=2, out=tmp_path / "r")
    failed, solved = results.records[::2], results.records[1::2]
    assert {r.status for r in failed} == {"error"}
    assert "ZeroDivisionError: by <b>design</b>" in failed[0].message
    assert all(r.solved for r in solved)
    # An error may be mended: unlike every other end it is tried again.
    told: list[Record] = []
    run([deed("raise"), "gf2"], n=10, k=2, trials=2, out=tmp_path / "r", progress=told.append)
    assert [r.status for r in told] == ["error", "error"]


@pytest.mark.usefixtures("scripted")
def test_a_crash_costs_what_it_took_and_stays_in_its_cell() -> None:
    """Half of the trials crash: they share a cell, and their time counts in the ERT."""
    results = run([deed("sometimes")], n=10, k=2, trials=8, seed=3)
    crashed = [r for r in results.records if r.status == "error"]
    assert 0 < len(crashed) < 8
    assert len(results.cells()) == 1
    assert all(r.cost.seconds >= 0.02 and r.cost.samples == 3 for r in crashed)
    assert results.summary().iloc[0].ert_seconds > len(crashed) * 0.02 / 8


@pytest.mark.usefixtures("scripted")
@pytest.mark.parametrize("what", ["doubled", "beyond", "text", "exit"])
def test_an_impossible_answer_is_an_error(what: str, tmp_path: Path) -> None:
    results = run([deed(what)], n=10, k=2, trials=1, out=tmp_path / "r")
    assert results.records[0].status == "error"
    assert load(tmp_path / "r").records[0].support is None


@pytest.mark.usefixtures("scripted")
def test_an_answer_of_numpy_integers_in_any_order_is_an_answer() -> None:
    """Recovered from 64 examples: the right set, as an unsorted array."""
    results = run([deed("array")], n=10, k=2, trials=4)
    assert all(r.solved for r in results.records)


@pytest.mark.usefixtures("scripted")
def test_probes_are_out_of_a_learners_reach() -> None:
    """A probe knows the secret; a task shows it states and hands nothing back."""
    results = run([deed("peek")], n=10, k=2, trials=1)
    assert results.records[0].status == "gave_up"
    assert "error" in results.records[0].trace


def test_a_trial_under_two_limits_is_one_trial(tmp_path: Path) -> None:
    for limit in (30, 40):
        run("gf2", n=10, k=2, trials=3, time_limit=limit, out=tmp_path / "r")
    everything = load(tmp_path / "r")
    assert len(everything) == 6
    assert everything.summary().trials.tolist() == [3]
    assert {r.spec.seconds for r in everything.cells()[0]} == {40}


def test_batches_and_single_trials_are_kept_apart(tmp_path: Path) -> None:
    for batch in (False, True):
        run("gf2", n=10, k=2, trials=3, batch=batch, out=tmp_path / "r")
    summary = load(tmp_path / "r").summary()
    assert summary.timing.tolist() == ["single", "batch of 3"]
    assert summary.solved.tolist() == [3, 3]


def test_learners_may_be_given_as_objects() -> None:
    results = run([GaussianElimination(surplus=8)], n=10, k=2, trials=1)
    assert results.records[0].spec.learner == "gf2[surplus=8]"
    assert results.records[0].spec.parameters["surplus"] == 8


@pytest.mark.usefixtures("scripted")
def test_an_interruption_keeps_every_finished_trial(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(["gf2", deed("interrupt")], n=10, k=2, trials=3, out=tmp_path / "r")
    assert [r.spec.learner for r in load(tmp_path / "r").records] == ["gf2"]


@pytest.mark.usefixtures("scripted")
def test_a_wrong_answer_is_no_success() -> None:
    results = run([deed("guess"), deed("constant")], n=30, k=3, trials=3)
    assert not any(r.solved for r in results.records)
    assert {r.criterion for r in results.records[::2]} == {"support"}
    assert {r.criterion for r in results.records[1::2]} == {"prediction"}
    assert all(0.4 < r.accuracy < 0.6 for r in results.records)


@pytest.mark.usefixtures("scripted")
def test_limits_are_kept() -> None:
    slow = run([deed("spin")], n=10, k=2, trials=1, time_limit=0.05).records[0]
    assert slow.status == "timeout"
    assert 0.05 <= slow.cost.seconds < 1
    greedy = run([deed("greed")], n=10, k=2, trials=1, sample_limit=100).records[0]
    assert greedy.status == "out_of_samples"
    assert greedy.cost.samples <= 100
    finite = run([deed("greed")], n=10, k=2, samples=50, trials=1).records[0]
    assert finite.status == "out_of_samples"
    assert finite.cost.samples <= 50


@pytest.mark.usefixtures("scripted")
def test_traces_survive_the_store(tmp_path: Path) -> None:
    run([deed("trace")], n=10, k=2, trials=1, out=tmp_path / "r")
    record = load(tmp_path / "r").records[0]
    assert np.array_equal(record.trace["step"], np.arange(3))
    assert np.array_equal(record.trace["value"], [1.0, math.nan, math.inf], equal_nan=True)
    assert record.message.startswith("Enough.")


def test_a_fixed_list_is_the_beginning_of_the_stream() -> None:
    problem = SparseParity(20, 3)
    assert np.array_equal(problem.sample(10).rows, problem.sample(50).rows[:10])


def test_judge_wants_exact_recovery_from_a_learner_that_vouches_for_it() -> None:
    problem = SparseParity(20, 3, seed=4)
    outcome = learn("gf2", problem)
    verdict = judge(outcome, problem)
    assert (verdict.solved, verdict.criterion, verdict.accuracy) == (True, "support", 1.0)
    other = SparseParity(20, 3, seed=5)
    assert not judge(outcome, other).solved


def test_the_judge_sees_hidden_progress() -> None:
    """Before SGD recovers S, its weights on S have moved further than all others."""
    record = run(["sgd"], n=20, k=3, trials=1, seed=1).records[0]
    assert record.solved
    trace = record.trace
    error, relevant = trace["error"], trace["progress_relevant"]
    assert error[0] > 0.3
    assert error[-1] == 0
    assert relevant[0] == trace["progress_irrelevant"][0] == 0
    assert relevant[-1] > 1.5 * trace["progress_irrelevant"][-1]
    everything = run(["sgd"], n=2, k=2, trials=1).records[0].trace
    assert np.isnan(everything["progress_irrelevant"]).all()
    assert np.isfinite(everything["progress_relevant"]).all()


def test_summary_counts_failures_as_infinite() -> None:
    summary = run(["gf2"], n=12, k=2, noise=0.3, trials=4).summary()
    row = summary.iloc[0]
    assert (row.solved, row.trials, row.statuses) == (0, 4, "4 inconsistent")
    assert math.isinf(row.seconds)
    assert math.isinf(row.ert_seconds)


class TestStore:
    def test_a_folder_with_something_else_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.tex").write_text("dear")
        with pytest.raises(InvalidInput, match="holds something else"):
            run("gf2", n=10, k=2, trials=1, out=tmp_path)
        assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]

    def test_a_file_is_no_folder(self, tmp_path: Path) -> None:
        (tmp_path / "f").write_text("")
        with pytest.raises(InvalidInput, match="is a file"):
            run("gf2", n=10, k=2, trials=1, out=tmp_path / "f")

    def test_bad_input_makes_no_folder(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidInput):
            run("gf2", n=10, k=20, trials=1, out=tmp_path / "r")
        assert not (tmp_path / "r").exists()

    @pytest.mark.parametrize("content", ["not a database at all, but long enough to be read", ""])
    def test_another_programs_file_is_refused(self, tmp_path: Path, content: str) -> None:
        (tmp_path / FILE_NAME).write_text(content)
        with pytest.raises(InvalidInput, match="is not a results store"):
            load(tmp_path)

    def test_nothing_to_load(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidInput, match="no results in"):
            load(tmp_path / "nowhere")

    def test_in_memory_leaves_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        run("gf2", n=10, k=2, trials=1)
        assert not list(tmp_path.iterdir())

    def test_environment_is_on_record(self, tmp_path: Path) -> None:
        run("gf2", n=10, k=2, trials=1, out=tmp_path)
        environment = load(tmp_path).environment
        assert {"started", "python", "numpy", "processor"} <= set(environment)

    def test_keys_keep_their_order(self, tmp_path: Path) -> None:
        results = run("sq,gf2", n=[10, 12], k=2, trials=2, out=tmp_path)
        keys = [record.key for record in results.records]
        with Store(tmp_path) as store:
            again = [record.key for record in store.results(reversed(keys)).records]
        assert again == keys[::-1]


def test_numba_is_held_to_the_threads_of_the_trial_and_restored(tmp_path: Path) -> None:
    numba = pytest.importorskip("numba")
    seen = []

    @dataclass(frozen=True)
    class Witness(Learner):
        name = "witness"
        access = Access.SAMPLE

        def search(self, task: Task) -> Finding:
            seen.append(numba.get_num_threads())
            return Finding(Status.GAVE_UP)

    before, most = numba.get_num_threads(), numba.config.NUMBA_NUM_THREADS
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry._registered, "witness", Witness)
        for threads in (1, most, most + 7):
            run(
                algos=["witness"],
                n=[5],
                k=[2],
                trials=1,
                threads=threads,
                out=tmp_path / str(threads),
            )
    assert seen == [1, most, most]
    assert numba.get_num_threads() == before
