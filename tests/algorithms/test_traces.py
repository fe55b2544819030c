"""What learners that are no networks record along a trial, and that it changes nothing else."""

import itertools
import subprocess
import sys

import numpy as np
import pytest
from watched import COURSE, PREDICTORS, meet

from parity_compare import run
from parity_compare.algorithms import Status, Task, registry
from parity_compare.algorithms.registry import parse
from parity_compare.probes import COURSES
from parity_compare.storage import traces
from parity_compare.timing import is_stepwise

NETWORKS = ("sgd[width=30,batch=32]", "langevin[width=30,batch=32]")
LEARNERS = [
    *(PREDICTORS.get(name, name) for name in registry.names() if name not in ("sgd", "langevin")),
    *("sq[answers=gaussian]", "sq[answers=sample]", "sq[strategy=batched]", "bkw[memory=2097152]"),
]
LIMITS = {
    "in full": {},
    "with noise": {"noise": 0.1},
    "of a short list": {"samples": 9},
    "of a noisy list": {"samples": 300, "noise": 0.2},
    "until a limit": {"steps": 30},
}


def facts(outcome):
    """All of an outcome but its time, its trace and its memory."""
    cost = outcome.cost
    spent = (cost.samples, cost.queries, cost.steps, cost.operations)
    return (outcome.support, outcome.status, outcome.detail, outcome.engine, *spent)


# --- all learners ---------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3], ids=["alone", "as a batch"])
@pytest.mark.parametrize(
    ("label", "limits"),
    [
        (label, name)
        for label, name in itertools.product(LEARNERS, LIMITS)
        # No oracle answers all queries from so few examples.
        if (label, name) != ("sq[answers=sample]", "of a short list")
    ],
)
def test_who_is_watched_does_the_same(label, limits, count):
    limits = LIMITS[limits]
    watched = meet(label, **limits, count=count)
    alone = meet(label, **limits, count=count, watched=False)
    assert [facts(outcome) for outcome in watched] == [facts(outcome) for outcome in alone]
    memory = [[outcome.cost.peak_memory for outcome in outcomes] for outcomes in (watched, alone)]
    assert memory[0] == memory[1]
    assert all(len(outcome.trace) == 0 for outcome in alone)


@pytest.mark.parametrize("label", NETWORKS)
def test_a_network_that_is_watched_only_keeps_its_start_besides(label):
    watched, alone = (meet(label, steps=200, count=3, watched=seen) for seen in (True, False))
    assert [facts(outcome) for outcome in watched] == [facts(outcome) for outcome in alone]


@pytest.mark.parametrize("name", COURSE)
def test_a_course_has_its_columns_and_is_small(name):
    size = {} if name in PREDICTORS else {"n": 20, "k": 3}
    for outcome in meet(PREDICTORS.get(name, name), **size, count=3):
        assert outcome.status is Status.FOUND
        trace = outcome.trace
        assert tuple(trace.columns) == COURSE[name]
        assert 2 <= len(trace) <= 200
        assert np.isfinite([*trace.columns.values()]).all()
        packed = traces.pack(trace)
        assert len(packed) < 2000  # bytes
        restored = traces.unpack(packed)
        assert all(np.array_equal(restored[column], trace[column]) for column in COURSE[name])


@pytest.mark.parametrize("name", sorted(set(registry.names()) - {*COURSE, "sgd", "langevin"}))
def test_the_others_record_nothing(name):
    assert len(meet(name)[0].trace) == 0


@pytest.mark.parametrize("name", COURSE)
@pytest.mark.parametrize("count", [1, 3], ids=["alone", "as a batch"])
def test_no_clock_of_a_batch_runs_while_a_course_is_made(name, count, monkeypatch):
    label = PREDICTORS.get(name, name)
    parse(label).prepare(7)  # which may be a trial of its own
    monkeypatch.setattr(type(parse(label)), "prepare", lambda self, n: None)
    tasks, running, keep = [], [], Task.record

    def record(self, make):
        def watched():
            running.extend(task.clock.running for task in tasks)
            return make()

        keep(self, watched)

    begin = Task.__post_init__
    monkeypatch.setattr(
        Task, "__post_init__", lambda self, probes: (tasks.append(self), begin(self, probes))[0]
    )
    monkeypatch.setattr(Task, "record", record)
    meet(label, count=count)
    assert len(tasks) == count
    assert running
    assert not any(running)


@pytest.mark.parametrize("label", ["exhaustive[persist=true]", "random", "sq", "bkw"])
def test_a_timeout_keeps_what_was_recorded(label):
    if label == "bkw":  # its time is over after the first stage of more than one
        label, limits = "bkw[memory=1048576]", {"n": 40, "k": 3, "steps": 1}
    else:
        limits = {"n": 60, "k": 4, "steps": 300}
    (outcome,) = meet(label, **limits)
    assert outcome.status is Status.TIMEOUT
    assert len(outcome.trace) > 1


def test_nothing_is_compiled_on_the_clock():
    """In a process where nothing has been compiled yet, and for all learners but networks."""
    program = f"""
import sys
from numba.core.registry import CPUDispatcher
from parity_compare.algorithms import Budget
from parity_compare.algorithms.outcome import Finding
from parity_compare.algorithms.registry import parse
from parity_compare.execution.trials import make_oracle
from parity_compare.problems import SparseParity

def compiled():
    # A numba function is compiled for every new combination of types that it is called with.
    return {{
        thing.py_func.__qualname__: len(thing.signatures)
        for name, module in [*sys.modules.items()]
        if name.startswith("parity_compare.")
        for thing in vars(module).values()
        if type(thing) is CPUDispatcher
    }}

for label in {LEARNERS}:
    for n, k, noise in ((20, 3, 0.0), (70, 2, 0.0), (12, 2, 0.1)):
        learner, problem = parse(label), SparseParity(n, k, noise=noise)
        learner.prepare(n)
        before = compiled()
        oracle, probes = make_oracle(learner, problem), {{"error": lambda state: 0.0}}
        learner.learn(oracle, k=k, noise=noise, budget=Budget(seconds=20), rng=0, probes=probes)
        late = [name for name, count in compiled().items() if count != before.get(name, 0)]
        if late:
            print(label, n, late)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert ended.stdout == ""


def test_the_first_trials_of_a_cell_keep_their_courses_or_all_do():
    def traced(**options):
        records = run(["gf2"], n=4, k=1, trials=COURSES + 2, **options).records
        return [len(record.trace) > 0 for record in sorted(records, key=lambda r: r.spec.trial)]

    assert traced() == [True] * COURSES + [False] * 2
    assert traced(batch=True) == [True] * COURSES + [False] * 2
    assert all(traced(probes="full"))
    assert not any(traced(probes="none"))


def test_a_course_cuts_no_training_into_steps():
    (record,) = run(["gf2"], n=8, k=2, trials=1, moments="every").records
    assert len(record.trace) > 0
    assert not is_stepwise(record.timing)
