"""A dry run: what it counts, what its predictions rest on, and that it leaves no trace."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from parity_compare.algorithms import Finding, Learner, Status, registry
from parity_compare.algorithms.forecast import Forecast
from parity_compare.algorithms.outcome import Cost
from parity_compare.calibration import Calibration, Sight, censored_median
from parity_compare.cli import main
from parity_compare.execution.memory import WORKER
from parity_compare.execution.resources import Resources
from parity_compare.execution.runner import run_experiment
from parity_compare.experiment import Experiment
from parity_compare.plan import plan
from parity_compare.problems import Access
from parity_compare.results import Record
from parity_compare.spec import TrialSpec
from parity_compare.storage.rows import Glimpse
from parity_compare.storage.store import Store
from parity_compare.terminal.plan_table import print_plan, span

GF2 = Experiment(learners=("gf2",), n=(12, 16), k=(3,), trials=4, seconds=60.0)
UNKNOWN = "test-plan-of-nothing"


@dataclass(frozen=True)
class _Unforeseen(Learner):
    """Nobody knows what it takes."""

    name = UNKNOWN
    access = Access.SAMPLE

    def search(self, task):
        return Finding(Status.GAVE_UP)


@pytest.fixture
def unforeseen(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(registry._registered, UNKNOWN, _Unforeseen)
    return UNKNOWN


def record(spec: TrialSpec, seconds: float, status: str = "found", timing: str = "single"):
    secret = tuple(range(spec.k or 0))
    return Record(
        spec=spec,
        access="sample",
        side_information="",
        timing=timing,
        status=status,
        solved=status == "found",
        criterion="support",
        accuracy=math.nan,
        support=secret if status == "found" else None,
        secret=secret,
        cost=Cost(seconds=seconds, operations=1.0, operations_unit="word XOR"),
        message="",
    )


def stored(*records: Record) -> Store:
    store = Store(None)
    store.begin_session({})
    for one in records:
        store.add(one)
    return store


def specs_of(experiment: Experiment, **where: Any) -> list[TrialSpec]:
    return [
        spec
        for spec in experiment.specs()
        if all(getattr(spec, name) == value for name, value in where.items())
    ]


def by_n(made) -> Mapping[int, Any]:
    return {cell.spec.n: cell for cell in made.cells}


ALONE = Resources(jobs=1)


def test_what_is_there_is_not_to_be_done():
    small = specs_of(GF2, n=12)
    store = stored(*(record(spec, 0.5) for spec in small[:3]), record(small[3], 0.5, "error"))
    cells = by_n(plan(GF2, store, ALONE))
    assert (cells[12].trials, cells[12].done, cells[12].to_do) == (4, 3, 1)
    assert (cells[16].trials, cells[16].done, cells[16].to_do) == (4, 0, 4)
    kept = plan(GF2, store, ALONE, retry_errors=False)
    assert (kept.trials, kept.to_do) == (8, 4)
    assert plan(GF2, store, ALONE, force=True).to_do == 8


def test_the_plan_is_what_is_then_run():
    store = Store(None)
    before = plan(GF2, store, Resources())
    assert len(run_experiment(GF2, store)) == before.to_do == 8
    after = plan(GF2, store, Resources())
    assert (after.to_do, after.seconds, after.memory) == (0, 0.0, 0)
    assert all(cell.prediction.basis == "cell" for cell in after.cells)


def test_three_trials_of_the_very_cell_say_more_than_a_formula():
    small = specs_of(GF2, n=12)
    store = stored(*(record(spec, s) for spec, s in zip(small, (1.0, 2.0, 9.0), strict=False)))
    cells = by_n(plan(GF2, store, ALONE))
    assert cells[12].prediction.basis == "cell"
    assert (cells[12].prediction.seconds, cells[12].prediction.trials) == (2.0, 3)
    assert cells[12].seconds == pytest.approx(2.0, rel=0.01)  # one is left to do
    assert cells[16].prediction.basis == "learner"
    assert cells[16].prediction.calibrated


def test_the_formula_is_scaled_by_what_was_measured():
    grown = Experiment(learners=("exhaustive",), n=(100, 150), k=(5,), trials=4)
    forecasts = {
        n: registry.parse("exhaustive").forecast(n, k=5, noise=0.0, samples=None).operations
        for n in grown.n
    }
    store = stored(*(record(spec, 10.0) for spec in specs_of(grown, n=100)))
    predicted = by_n(plan(grown, store, ALONE))[150].prediction
    assert predicted.basis == "learner"
    assert predicted.trials == 4
    assert predicted.seconds == pytest.approx(10 * forecasts[150] / forecasts[100], rel=0.05)


def test_the_cells_that_are_nearest_are_asked_first():
    grid = Experiment(learners=("exhaustive",), n=(60, 100, 140, 150), k=(5,), trials=25)
    slow, fast = specs_of(grid, n=60), specs_of(grid, n=140)
    calibration = Calibration(
        [Glimpse(spec, "found", True, 50.0, 0.0, 1) for spec in slow]
        + [Glimpse(spec, "found", True, 0.2, 0.0, 1) for spec in fast]
    )
    far = specs_of(grid, n=150)[0]
    forecast = registry.parse("exhaustive").forecast(150, k=5, noise=0.0, samples=None)
    assert calibration.predict(far, forecast).seconds < 1.0


def test_without_finished_trials_the_machine_is_taken_for_a_common_one():
    cells = by_n(plan(GF2, Store(None), ALONE))
    assert cells[12].prediction.basis == "speed"
    assert not cells[12].prediction.calibrated
    assert 0 < cells[12].prediction.seconds < 0.01


def test_a_prediction_ends_at_the_limit():
    hopeless = Experiment(learners=("exhaustive",), n=(1000,), k=(9,), trials=3, seconds=7.0)
    (cell,) = plan(hopeless, Store(None), ALONE).cells
    assert cell.prediction.capped
    assert cell.seconds == pytest.approx(21.0, rel=0.01)
    (endless,) = plan(replace(hopeless, seconds=None), Store(None), ALONE).cells
    assert not endless.prediction.capped
    assert endless.seconds > 1e9


def test_what_ran_into_the_limit_took_longer():
    grid = Experiment(learners=("gf2",), n=(12,), k=(3,), trials=9, seconds=60.0)
    short = replace(grid, seconds=1.0)
    ended = [record(spec, 1.0, "timeout") for spec in list(short.specs())[:5]]
    store = stored(*ended, *(record(spec, 0.5) for spec in list(short.specs())[5:7]))
    (cell,) = plan(grid, store, ALONE).cells
    assert cell.prediction.capped
    assert cell.prediction.seconds == 60.0


def test_a_limit_on_steps_is_a_limit_on_seconds():
    grid = Experiment(learners=("sgd",), n=(30,), k=(3,), trials=2)
    (whole,) = plan(grid, Store(None), ALONE).cells
    (cut,) = plan(replace(grid, max_steps=10), Store(None), ALONE).cells
    assert cut.prediction.seconds < whole.prediction.seconds / 5


def test_the_unknown_is_said_to_be_unknown(unforeseen, capsys):
    grid = Experiment(learners=(unforeseen, "gf2"), n=(12,), k=(3,), trials=5, seconds=60.0)
    made = plan(grid, Store(None), ALONE)
    assert made.unknown == 5
    assert made.cells[0].prediction.seconds is None
    assert made.most_seconds == pytest.approx(300.0, rel=0.01)
    print_plan(made, console=Console(width=130))
    out = capsys.readouterr().out
    assert "unknown, at most 60 s" in out
    assert "5 are unknown, at most their time limit, 5 min in all" in out
    endless = plan(replace(grid, seconds=None), Store(None), ALONE)
    assert math.isinf(endless.most_seconds)


def test_unknown_learners_are_known_once_they_have_run(unforeseen):
    grid = Experiment(learners=(unforeseen,), n=(12,), k=(3,), trials=5, seconds=60.0)
    store = stored(*(record(spec, 2.0) for spec in list(grid.specs())[:3]))
    made = plan(grid, store, ALONE)
    assert made.unknown == 0
    assert made.seconds == pytest.approx(4.0, rel=0.01)


def test_the_sums_hold_what_is_off_the_clock():
    grid = Experiment(learners=("sgd", "gf2"), n=(12,), k=(3,), trials=10)
    network, exact = plan(grid, Store(None), ALONE).cells
    assert network.seconds > 10 * network.prediction.seconds + 0.5
    assert 10 * exact.prediction.seconds < exact.seconds < 0.1


def test_a_refusal_costs_nothing():
    grid = Experiment(learners=("random",), n=(20,), k=(None,), trials=5)
    made = plan(grid, Store(None), ALONE)
    assert made.cells[0].prediction.basis == "refusal"
    assert made.unknown == 0
    assert made.seconds < 0.1


def test_workers_share_the_time_and_add_up_their_memory():
    one, four = plan(GF2, Store(None), ALONE), plan(GF2, Store(None), Resources(jobs=4))
    assert four.seconds == pytest.approx(one.seconds / 4)
    assert four.memory == 4 * one.memory
    assert one.memory > WORKER
    cluster = Resources(backend="dask", scheduler="tcp://nowhere:1")
    assert plan(GF2, Store(None), cluster).workers is None


def test_a_batch_takes_as_long_as_its_longest_trial_and_holds_all():
    grid = Experiment(learners=("sgd",), n=(30,), k=(3,), trials=40, batch=True)
    specs = list(grid.specs())
    batch = [record(spec, 1.0 + i / 9, timing="batch of 10") for i, spec in enumerate(specs[:10])]
    made = plan(grid, stored(*batch), ALONE)
    (cell,) = made.cells
    assert cell.prediction.basis == "cell"
    assert cell.prediction.seconds == pytest.approx(0.2)
    assert (cell.batch, cell.to_do) == (30, 30)
    alone = registry.parse("sgd").forecast(30, k=3, noise=0.0, samples=None)
    assert cell.memory == 30 * alone.memory


@pytest.mark.parametrize(
    ("sights", "median"),
    [
        ([], math.nan),
        ([(3.0, False)], 3.0),
        ([(1.0, False), (2.0, False), (9.0, False)], 2.0),
        ([(1.0, False), (2.0, False), (2.5, True)], 2.0),
        ([(1.0, False), (5.0, True), (5.0, True)], math.inf),
        # Cut short at 1, a trial is as likely to end at 2 as the others.
        ([(1.0, True), (1.0, True), (2.0, False), (3.0, False)], 2.0),
        ([(2.0, True), (2.0, False)], 2.0),
    ],
)
def test_the_median_of_what_was_cut_short(sights, median):
    found = censored_median(Sight(*sight) for sight in sights)
    assert found == median or (math.isnan(found) and math.isnan(median))


def test_forecasts_that_never_end_are_no_number_in_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    call = "run --algos exhaustive --n 5000 --k 900 --time-limit none --dry-run --json"
    with pytest.raises(SystemExit) as exit_info:
        main(call.split())
    assert not exit_info.value.code
    facts = json.loads(capsys.readouterr().out)
    assert facts["seconds"] is None
    assert facts["cells"][0]["operations"] is None
    assert (facts["trials"], facts["to_do"], facts["workers"]) == (10, 10, 1)


@pytest.mark.parametrize("width", [60, 140])
def test_a_dry_run_prints_and_writes_nothing(
    width,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", str(width))
    with pytest.raises(SystemExit) as exit_info:
        main(["run", "--algos", "gf2,exhaustive", "--n", "12,40", "--trials", "3", "--dry-run"])
    assert not exit_info.value.code
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= width
    words = " ".join(out.split())
    assert "12 of 12 trials to do, 0 already done." in words
    assert "uncalibrated" in words
    assert "with 1 worker; memory at the peak" in words
    assert not list(tmp_path.iterdir())


def test_a_dry_run_leaves_a_store_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    with Store(Path("results")) as store:
        run_experiment(GF2, store)
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in tmp_path.rglob("*") if p.is_file()}
    with pytest.raises(SystemExit):
        main(["run", "--algos", "gf2", "--n", "12,16", "--trials", "6", "--dry-run"])
    assert "4 of 12 trials to do, 8 already done." in capsys.readouterr().out
    after = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in tmp_path.rglob("*") if p.is_file()}
    assert after == before


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2e-5, "20 us"), (2.04e-4, "200 us"), (0.0032, "3.2 ms"), (12.3, "12 s"), (90, "90 s"),
     (16200, "4.5 h"),
     (1e13, "3.2e+05 years"), (math.inf, "no end")],
)  # fmt: skip
def test_predicted_times_have_two_digits(seconds, text):
    assert span(seconds) == text


def test_a_forecast_is_no_promise_of_a_plug_in(unforeseen):
    assert _Unforeseen().forecast(10, k=3, noise=0.0, samples=None) is None
    assert Forecast(1.0, 1).begins
