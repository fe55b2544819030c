"""What learners that are no networks record along a trial, and that it changes nothing else."""

import itertools
import math
import subprocess
import sys

import galois
import numpy as np
import pytest

from parity_compare import run
from parity_compare.algorithms import Budget, Status, Task, agreement_course, registry
from parity_compare.algorithms.answer_histogram import AnswerHistogram
from parity_compare.algorithms.kernels import agreements
from parity_compare.algorithms.kernels.guesses import draw_subset
from parity_compare.algorithms.outcome import Finding
from parity_compare.algorithms.rank_course import rank_course
from parity_compare.algorithms.registry import parse
from parity_compare.execution.trials import make_oracle
from parity_compare.probes import COURSES
from parity_compare.problems import ExampleOracle, Samples, SparseParity
from parity_compare.storage import traces
from parity_compare.timing import is_stepwise

WATCHED = {"error": lambda state: 0.0}  # what the judge's probes measure is of no matter here
COURSE = {
    "exhaustive": ("subsets", "agreement", "examples"),
    "random": ("guesses", "agreement", "examples"),
    "gf2": ("examples", "rank", "determined", "consistent"),
    "galois": ("examples", "rank", "determined", "consistent"),
    "sq": ("answer", "answers", "bar"),
    "bkw": ("answer", "answers", "bar"),
    "fourier-gap": ("coordinate", "gradient"),
    "lasso": ("answer", "answers", "bar"),
    "forest": ("trained", "accuracy", "held_out"),
    "kernel": ("trained", "accuracy", "held_out"),
    "nearest": ("trained", "accuracy", "held_out"),
}
PREDICTORS = {  # quick ones, to be met where they can learn something
    "forest": "forest[trees=10,examples=32,most_examples=512]",
    "kernel": "kernel[examples=32,most_examples=256]",
    "nearest": "nearest[examples=128,most_examples=2048]",
}
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


def meet(label, *, n=None, k=2, noise=0.0, samples=None, steps=math.inf, watched=True, count=1):
    """Outcomes of a learner on the first ``count`` instances of a cell, as one batch."""
    n = n or (7 if label in PREDICTORS.values() else 12)
    learner = parse(label)
    learner.prepare(n)
    problems = [SparseParity(n, k, noise=noise, seed=seed) for seed in range(count)]
    return learner.learn_many(
        [make_oracle(learner, problem, samples=samples, seed=3) for problem in problems],
        k=k,
        noise=noise,
        budget=Budget(steps=min(steps, 20_000)),
        rngs=list(range(count)),
        probes=[WATCHED if watched else {}] * count,
    )


def facts(outcome):
    """All of an outcome but its time, its trace and its memory."""
    cost = outcome.cost
    spent = (cost.samples, cost.queries, cost.steps, cost.operations)
    return (outcome.support, outcome.status, outcome.detail, outcome.engine, *spent)


def columns(outcome):
    return {name: np.asarray(column) for name, column in outcome.trace.columns.items()}


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


# --- the best agreement ---------------------------------------------------------------------------


def enumerated(samples, subsets):
    """Running best agreement of subsets in their order, by plain NumPy."""
    agreed = [samples.agreement(subset) for subset in subsets]
    return np.maximum.accumulate(agreed) / samples.m


@pytest.mark.parametrize(
    ("n", "k", "noise", "samples"),
    [(12, 3, 0.0, None), (9, 1, 0.0, None), (7, 7, 0.0, 40), (12, 3, 0.2, None), (10, 4, 0.3, 900)],
)
def test_the_course_of_exhaustive_search_is_the_enumerations(n, k, noise, samples):
    (outcome,) = meet("exhaustive", n=n, k=k, noise=noise, samples=samples)
    problem, course = SparseParity(n, k, noise=noise), columns(outcome)
    m = int(course["examples"][0])
    assert set(course["examples"]) == {m}
    assert m == outcome.cost.samples
    order = list(itertools.combinations(range(n), k))[: outcome.cost.steps]
    oracle = make_oracle(parse("exhaustive"), problem, samples=samples, seed=3)
    expected = enumerated(oracle.draw(m), order)
    assert outcome.status is Status.FOUND
    assert course["subsets"][0] == 1
    assert course["subsets"][-1] == outcome.cost.steps
    assert (np.diff(course["subsets"]) > 0).all()
    assert np.allclose(course["agreement"], expected[course["subsets"] - 1], rtol=1e-12, atol=0)
    # It may be drawn as steps: no rise lies between two moments.
    rises = np.flatnonzero(np.diff(expected, prepend=0)) + 1
    assert set(rises) <= set(course["subsets"])


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_a_long_course_goes_on_with_what_the_search_had_kept(noise, monkeypatch):
    monkeypatch.setattr(agreement_course, "_REPLAYED_WORDS", 400)
    (outcome,) = meet("exhaustive", n=16, k=4, noise=noise)
    course = columns(outcome)
    m = int(course["examples"][0])
    order = itertools.islice(itertools.combinations(range(16), 4), outcome.cost.steps)
    oracle = make_oracle(parse("exhaustive"), SparseParity(16, 4, noise=noise), seed=3)
    expected = enumerated(oracle.draw(m), order)[course["subsets"] - 1]
    exact = course["subsets"] <= 400 // -(-m // 64)
    assert 10 < exact.sum() < len(exact)
    assert np.array_equal(course["agreement"][exact], expected[exact])
    assert (course["agreement"] <= expected).all()
    assert course["agreement"][-1] == expected[-1]


def test_without_a_replay_a_course_is_what_the_search_tells():
    """As on a GPU, whose blocks of subsets have no order; nothing is known before the first."""
    task = Task(SparseParity(20, 3).examples(), probes=WATCHED)
    course = agreement_course.AgreementCourse(task)
    course.begin(10, None)
    for visited, best in ((50, -1), (100, 6), (101, 6), (300, 8), (1000, 7)):
        course.reach(visited, best)
    course.end()
    told = parse("exhaustive").conclude(task, Finding(Status.GAVE_UP)).trace
    subsets, agreement = told["subsets"].tolist(), told["agreement"].tolist()
    assert (subsets[0], subsets[-1]) == (100, 1000)
    assert agreement == [0.6 if number < 300 else 0.8 for number in subsets]


def test_a_search_through_sizes_counts_on():
    (outcome,) = parse("exhaustive").learn_many(
        [make_oracle(parse("exhaustive"), SparseParity(14, 3, seed=1))], probes=[WATCHED]
    )
    course = columns(outcome)
    starts = np.flatnonzero(np.diff(course["examples"], prepend=0))
    assert list(course["subsets"][starts]) == [1, 15, 15 + math.comb(14, 2)]
    assert (course["agreement"][: starts[2]] < 0.8).all()
    assert course["agreement"][-1] == 1


def test_a_course_without_end_stays_short():
    """Twenty-four sizes of coin tosses, each with a best agreement of its own."""
    samples = SparseParity(14, 3).sample(60, random_labels=True)
    outcome = parse("exhaustive").learn(ExampleOracle.over(samples), probes=WATCHED)
    course = columns(outcome)
    assert outcome.support is None
    assert 100 < len(course["subsets"]) <= 200
    assert (np.diff(course["subsets"]) > 0).all()


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_the_course_of_random_search_is_its_guesses(noise):
    n, k = 14, 2
    (outcome,) = meet("random", n=n, k=k, noise=noise)
    course = columns(outcome)
    samples = SparseParity(n, k, noise=noise).examples(seed=3).draw(outcome.cost.samples)
    state = np.random.default_rng(0).integers(0, 2**64, size=1, dtype=np.uint64)
    guess, guesses = np.empty(k, dtype=np.int64), []
    for _ in range(outcome.cost.steps):
        draw_subset(n, state, guess)
        guesses.append(tuple(guess.tolist()))
    expected = enumerated(samples, guesses)
    assert outcome.status is Status.FOUND
    assert tuple(sorted(guesses[-1])) == outcome.support
    assert course["guesses"][-1] == outcome.cost.steps
    assert np.allclose(course["agreement"], expected[course["guesses"] - 1], rtol=1e-12, atol=0)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_agreements_are_first_met_where_counting_meets_them(size):
    samples = SparseParity(9, 3).sample(70, seed=2)
    order = list(itertools.combinations(range(9), size))
    agreed = [samples.agreement(subset) for subset in order]
    for visits in (1, 8, len(order)):
        first = np.zeros(samples.m + 1, dtype=np.int64)
        agreements.agree_in_order(samples.columns, samples.label_words, size, visits, first)
        expected = np.zeros_like(first)
        for number, agreement in reversed([*enumerate(agreed[:visits], start=1)]):
            expected[agreement] = number
        assert np.array_equal(first, expected)


# --- rank -----------------------------------------------------------------------------------------


def solutions(bits, labels):
    """All s with bits s = labels over GF(2), ``(solutions, n)``."""
    every = np.array(list(itertools.product((0, 1), repeat=bits.shape[1])), dtype=np.uint8)
    return every[((every @ bits.T) % 2 == labels).all(axis=1)]


@pytest.mark.parametrize("seed", range(30))
def test_rank_and_what_is_determined_are_those_of_all_solutions(seed):
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 8)), 14
    bits = (rng.random((m, n)) < rng.choice([0.2, 0.5])).astype(np.uint8)
    secret = rng.integers(0, 2, n, dtype=np.uint8)
    labels = (bits @ secret) % 2
    if seed % 3 == 0:
        labels ^= (rng.random(m) < 0.2).astype(np.uint8)  # most of these contradict themselves
    samples = Samples.from_arrays(bits, labels, encoding="bits")
    course = rank_course([samples[:5], samples[5:]])
    for examples, rank, determined, consistent in zip(*course.values(), strict=True):
        found = solutions(bits[:examples], labels[:examples])
        assert consistent == (len(found) > 0)
        if not consistent:  # and the course ends with the first contradiction
            found = solutions(bits[: examples - 1], labels[: examples - 1])
            assert examples == course["examples"][-1]
        assert len(found) == 2 ** (n - rank)
        assert determined == (found == found[0]).all(axis=0).sum()
    assert list(course["examples"]) == list(range(1, len(course["examples"]) + 1))
    assert course["consistent"][-1] == 0 or course["examples"][-1] == m


@pytest.mark.parametrize("n", [1, 2, 63, 64, 65, 127, 128, 129])
def test_the_rank_of_beginnings_is_what_galois_says(n):
    samples = SparseParity(n, 1).sample(n + 5, seed=n)
    course = rank_course([samples])
    assert list(course["examples"]) == list(range(1, n + 6))
    for place in {0, n // 2, n - 1, n, n + 4}:
        rank = np.linalg.matrix_rank(galois.GF2(samples.bits[: place + 1]))
        assert course["rank"][place] == rank
    full = course["rank"] == n
    assert (course["determined"][full] == n).all()
    assert (course["determined"][~full] < n).all()
    assert course["consistent"].all()


def test_little_is_determined_before_nearly_all_is():
    """All or nothing: f equations short of full rank, a coordinate is determined with probability
    about 2^-f, since its pivot's row has a zero in each of the f free columns."""
    short = []
    for seed in range(20):
        course = rank_course([SparseParity(100, 3, seed=seed).sample(132, seed=seed)])
        short.append(course["determined"][course["rank"] == 90][0])
        assert course["determined"][-1] == 100
    # Twenty sums of about 90 / 2^10 each: 10 or more in all have a chance below 1e-5.
    assert sum(short) < 10


def test_of_a_long_list_the_neighbourhood_of_full_rank_is_told():
    problem = SparseParity(40, 3)
    course = rank_course([problem.sample(5000, seed=1)])
    full = int(np.flatnonzero(course["rank"] == 40)[0])
    near = course["examples"][full - 20 : full + 20]
    assert len(course["examples"]) <= 200
    assert course["examples"][0] == 1
    assert course["examples"][-1] == 5000
    assert (np.diff(near) == 1).all()


def test_a_contradiction_ends_the_course():
    (outcome,) = meet("gf2", n=20, k=3, noise=0.2, samples=100)
    course = columns(outcome)
    assert outcome.status is Status.INCONSISTENT
    assert course["consistent"][-1] == 0
    assert course["consistent"][:-1].all()
    assert course["examples"][-1] < 100


def test_gf2_and_galois_tell_the_same_course():
    one, other = (columns(meet(name, n=20, k=3)[0]) for name in ("gf2", "galois"))
    assert all(np.array_equal(one[name], other[name]) for name in COURSE["gf2"])


def test_there_is_no_course_of_very_many_unknowns():
    assert rank_course([SparseParity(2049, 1).sample(3)]) == {}
    assert len(rank_course([SparseParity(2048, 1).sample(3)])["rank"]) == 3


# --- answers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("answers", ["adversarial", "exact", "gaussian", "sample"])
@pytest.mark.parametrize("strategy", ["enumerate", "batched"])
def test_every_answer_is_in_the_histogram_and_one_stands_out(answers, strategy):
    (outcome,) = meet(f"sq[answers={answers},strategy={strategy}]", n=14, k=3)
    course = columns(outcome)
    width = np.diff(course["answer"])
    assert outcome.status is Status.FOUND
    assert np.allclose(width, width[0], rtol=1e-9, atol=0)
    assert course["answers"].sum() == outcome.cost.queries
    assert set(course["bar"]) == {course["bar"][0]}
    above = course["answer"] > course["bar"] + width[0]
    assert course["answers"][above].sum() == 1


def test_answers_beyond_the_bins_count_in_the_outermost():
    histogram = AnswerHistogram(1.25)
    answers = np.array([-7.0, -1.25, -0.001, 0.0, 0.4, 1.2499, 1.25, 90.0])
    histogram.add(answers)
    course = histogram.columns(0.5)
    assert course["answers"].sum() == len(answers)
    assert course["answers"][0] == 2
    assert course["answers"][40] == 2
    assert course["answers"][-1] == 3
    (place,) = np.flatnonzero(course["answers"] == 1)
    assert abs(course["answer"][place] - 0.4) <= 1.25 / 81
    assert AnswerHistogram(1.25).columns(0.5) == {}


def test_scaled_and_in_parts_the_counts_are_the_same():
    sums = np.random.default_rng(0).integers(-100, 101, 1000).astype(np.int32)
    whole, parts = AnswerHistogram(1.0), AnswerHistogram(1.0)
    whole.add(sums / 100)
    for first in range(0, 1000, 70):
        parts.add(sums[first : first + 70], 100)
    assert np.array_equal(whole.columns(0)["answers"], parts.columns(0)["answers"])


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_the_spectrum_of_bkw_has_one_peak_beyond_the_bar(noise):
    (outcome,) = meet("bkw", n=16, k=3, noise=noise)
    course = columns(outcome)
    total = int(course["answers"].sum())
    assert outcome.status is Status.FOUND
    assert total & (total - 1) == 0  # all parities of some of the bits
    assert f"transform of 2^{total.bit_length() - 1}" in outcome.detail
    assert course["answers"][course["answer"] > course["bar"]].sum() == 1


# --- the gradient ---------------------------------------------------------------------------------


def test_the_largest_gradients_are_the_answer():
    (outcome,) = meet("fourier-gap", n=20, k=3)
    course = columns(outcome)
    assert list(course["coordinate"]) == list(range(20))
    assert (course["gradient"] >= 0).all()
    assert (course["gradient"] <= 1).all()
    largest = np.sort(np.argsort(-course["gradient"], kind="stable")[:3])
    assert tuple(course["coordinate"][largest]) == outcome.support


def test_of_many_coordinates_the_largest_are_told():
    (outcome,) = meet("fourier-gap", n=90, k=1)
    course = columns(outcome)
    assert len(course["coordinate"]) == 64
    assert (np.diff(course["coordinate"]) > 0).all()
    assert course["coordinate"][np.argmax(course["gradient"])] == outcome.support[0]
