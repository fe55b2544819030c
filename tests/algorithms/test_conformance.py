"""What every learner promises, and what no oracle gives away."""

import inspect
from collections.abc import Mapping
from dataclasses import MISSING, FrozenInstanceError, fields, is_dataclass

import numpy as np
import pytest

from parity_compare.algorithms import Budget, Learner, Outcome, Status, registry
from parity_compare.algorithms.registry import label, parse
from parity_compare.problems import Access, ExampleOracle, InvalidInput, Samples, SparseParity
from parity_compare.problems.oracles import QueryOracle

NAMES = registry.names()
SMALL = {
    "sgd": "sgd[width=30,batch=32]",
    "langevin": "langevin[width=30,batch=32]",
    "forest": "forest[trees=30,examples=1024,most_examples=4096]",
    "kernel": "kernel[most_examples=512]",
    "nearest": "nearest[examples=4096,most_examples=16384]",
}
N, K = 10, 2
LIMIT = Budget(seconds=60, steps=20_000)

by_name = pytest.mark.parametrize("name", NAMES)
from_examples = pytest.mark.parametrize(
    "name", [name for name in NAMES if registry.learner_class(name).access is not Access.QUERIES]
)


@pytest.fixture(scope="module")
def learners():
    """One small learner of every name, prepared."""
    made = {name: parse(SMALL.get(name, name)) for name in NAMES}
    for learner in made.values():
        learner.prepare(N)
    return made


def oracle_for(learner, problem, seed=0):
    if learner.access is not Access.QUERIES:
        return problem.examples(seed=seed)
    demand = learner.query_demand(problem.noise)
    return problem.queries(tolerance=demand.tolerance, answers=demand.answers)


def asked(oracle):
    return oracle.asked if isinstance(oracle, QueryOracle) else 0


def meet(learner, problem, *, oracle=None, seed=0, budget=LIMIT, **told):
    told = told or {"k": problem.k, "noise": problem.noise}
    oracle = oracle or oracle_for(learner, problem)
    return learner.learn(oracle, budget=budget, rng=seed, **told), oracle


def facts(outcome):
    """What must not depend on anything but the examples, the seed and the hyper-parameters."""
    cost = outcome.cost
    spent = (cost.samples, cost.queries, cost.steps, cost.operations, cost.peak_memory)
    return (outcome.support, outcome.status, outcome.side_information, *spent)


# --- every learner --------------------------------------------------------------------------------


@by_name
def test_a_learner_is_a_frozen_record_of_its_hyperparameters(name):
    cls = registry.learner_class(name)
    assert issubclass(cls, Learner)
    assert is_dataclass(cls)
    assert all(f.default is not MISSING for f in fields(cls))
    learner = cls()
    assert learner == parse(name) == parse(label(learner))
    assert hash(learner) == hash(cls())
    assert learner.parameters() == {f.name: f.default for f in fields(cls)}
    for f in fields(cls):
        with pytest.raises(FrozenInstanceError):
            setattr(learner, f.name, f.default)


@by_name
def test_a_learner_says_what_it_is(name):
    cls = registry.learner_class(name)
    assert cls.name == name
    assert cls.access in Access
    assert set(cls.uses) <= {"k", "noise"}
    for text in (cls.complexity, cls.source, cls.operations_unit):
        assert isinstance(text, str)
        assert text
    documented = inspect.getdoc(cls)
    assert all(f"{f.name}:" in documented for f in fields(cls) if f.name in vars(cls))


@by_name
def test_it_finds_a_small_noiseless_parity_and_accounts_for_it(name, learners):
    """Failures by chance are bounded by 1e-6 per learner, or by the fixed seed."""
    learner, problem = learners[name], SparseParity(N, K, seed=4)
    outcome, oracle = meet(learner, problem)
    assert isinstance(outcome, Outcome)
    assert (outcome.status, outcome.support) == (Status.FOUND, problem.support)
    assert outcome.side_information == tuple(n for n in ("k", "noise") if n in learner.uses)
    assert outcome.cost.samples == oracle.drawn
    assert outcome.cost.queries == asked(oracle)
    assert outcome.cost.samples + outcome.cost.queries > 0
    assert outcome.cost.operations_unit == learner.operations_unit
    assert outcome.cost.seconds > 0
    assert outcome.cost.steps > 0
    assert outcome.cost.operations > 0
    assert outcome.cost.peak_memory > 0
    clean = problem.clean_sample(500)
    assert np.array_equal(outcome.predict_bits(clean.bits), clean.labels)


@by_name
def test_equal_seeds_give_equal_trials(name, learners):
    learner, problem = learners[name], SparseParity(N, K, noise=0.05, seed=5)
    first, _ = meet(learner, problem, seed=7)
    second, _ = meet(learner, problem, seed=7)
    assert facts(first) == facts(second)


@by_name
def test_a_batch_of_trials_gives_what_each_gives_alone(name, learners):
    learner = learners[name]
    problems = [SparseParity(N, K, seed=seed) for seed in (6, 7, 8)]
    told = {"k": K, "noise": 0.0, "budget": LIMIT}
    batch = learner.learn_many([oracle_for(learner, p) for p in problems], rngs=range(3), **told)
    alone = [meet(learner, p, seed=seed)[0] for seed, p in enumerate(problems)]
    assert [o.support for o in batch] == [p.support for p in problems]
    for one, other in zip(batch, alone, strict=True):
        assert (one.support, one.status, one.cost.samples, one.cost.queries, one.cost.steps) == (
            other.support, other.status, other.cost.samples, other.cost.queries, other.cost.steps
        )  # fmt: skip


@by_name
def test_what_it_is_not_told_it_does_not_know(name, learners):
    """Told nothing, it may fail but not lie about it; what it does not use it is not told."""
    learner, problem = learners[name], SparseParity(N, K, seed=9)
    blind, oracle = meet(learner, problem, k=None, noise=None)
    assert blind.side_information == ()
    assert blind.cost.samples == oracle.drawn
    assert blind.status is not Status.ERROR
    if blind.status is Status.FOUND:
        assert blind.support == problem.support
    else:
        assert blind.message.endswith(blind.status.advice)
    for given, value in (("k", 1), ("noise", 0.25)):
        if given not in learner.uses:
            told, _ = meet(learner, problem, **{"k": None, "noise": None, given: value})
            assert facts(told) == facts(blind)


@by_name
def test_the_hidden_instance_is_not_needed(name, learners):
    """An oracle over numbers that were written down before leads to the same trial."""
    learner, problem = learners[name], SparseParity(N, K, noise=0.05, seed=5)
    first, used = meet(learner, problem)
    if isinstance(used, QueryOracle):
        support, bias = problem.support, 1 - 2 * problem.noise
        tau = used.tolerance

        def source(subsets):
            return np.array([bias - tau if tuple(s) == support else tau for s in subsets])

        replayed = QueryOracle(N, tau, source)
    else:
        record = problem.sample(used.drawn)
        rows, labels = record.rows.copy(), record.labels.copy()
        place = 0

        def source(m):
            nonlocal place
            place += m
            return Samples(N, rows[place - m : place].copy(), labels[place - m : place].copy())

        replayed = ExampleOracle(N, source)
    second, _ = meet(learner, problem, oracle=replayed)
    assert facts(first) == facts(second)


@by_name
def test_the_other_kind_of_oracle_is_refused(name, learners):
    learner, problem = learners[name], SparseParity(N, K)
    queries = learner.access is Access.QUERIES
    wrong = problem.examples() if queries else problem.queries(tolerance=0.1)
    with pytest.raises(InvalidInput, match=rf"{name} learns from .*Oracle, got .*Oracle"):
        learner.learn(wrong, k=K, noise=0.0)
    assert (wrong.drawn, asked(wrong)) == (0, 0)


@by_name
def test_side_information_out_of_range_is_refused(name, learners):
    learner, problem = learners[name], SparseParity(N, K)
    for field, value, rule in [
        ("k", 0, f"k must lie in 1..n = 1..{N}, got 0"),
        ("k", N + 1, f"k must lie in 1..n = 1..{N}, got {N + 1}"),
        ("noise", 0.5, "noise must lie in [0, 0.5), got 0.5"),
    ]:
        if field in learner.uses:
            oracle = oracle_for(learner, problem)
            with pytest.raises(InvalidInput) as error:
                learner.learn(oracle, **{field: value})
            assert str(error.value) == rule
            assert asked(oracle) == 0


@from_examples
def test_a_limit_on_samples_is_kept(name, learners):
    for samples in (1, 10, 40):
        budget = Budget(seconds=60, steps=2000, samples=samples)
        outcome, oracle = meet(learners[name], SparseParity(N, K, seed=4), budget=budget)
        assert outcome.cost.samples == oracle.drawn <= samples
        assert outcome.support in (None, SparseParity(N, K, seed=4).support)


@from_examples
def test_no_examples_at_all_are_told_as_such(name, learners):
    problem = SparseParity(N, K)
    outcome, _ = meet(learners[name], problem, oracle=ExampleOracle.over(problem.sample(0)))
    assert outcome.status is Status.OUT_OF_SAMPLES
    assert outcome.support is None


@from_examples
def test_coin_tosses_are_never_called_a_parity(name, learners):
    """Labels independent of the examples; each learner's false alarm is 1e-6 by its own bound."""
    rng = np.random.default_rng(3)
    tosses = Samples.from_arrays(rng.integers(0, 2, (1500, N)), rng.integers(0, 2, 1500))
    budget = Budget(seconds=20, steps=100 if name in ("sgd", "langevin") else 10**6)
    for told in ({"k": K, "noise": 0.1}, {"k": K, "noise": None}):
        oracle = ExampleOracle.over(tosses)
        outcome, _ = meet(learners[name], None, oracle=oracle, budget=budget, **told)
        assert outcome.status is not Status.FOUND


# --- every oracle ---------------------------------------------------------------------------------

SECRET = SparseParity(40, 7, noise=0.1, seed=11)


def reachable(root, depth=4):
    """All objects that lead from ``root`` by public attributes and items."""
    seen, found, edge = set(), [], [root]
    for _ in range(depth):
        inner = []
        for value in edge:
            if id(value) in seen or isinstance(value, type | str | bytes | int | float):
                continue
            seen.add(id(value))
            found.append(value)
            if isinstance(value, Mapping):
                inner += value.values()
            elif isinstance(value, tuple | list | set | frozenset):
                inner += value
            elif not isinstance(value, np.ndarray | np.generic):
                names = [name for name in dir(value) if not name.startswith("_")]
                inner += [getattr(value, name) for name in names]
        edge = inner
    return found


def gives_away(value):
    """Whether a value is the instance, its support, or a vector that marks or excludes it."""
    if isinstance(value, SparseParity):
        return True
    if not isinstance(value, tuple | list | set | frozenset | np.ndarray):
        return False
    support = list(SECRET.support)
    marks = np.isin(np.arange(40), support)
    array = np.asarray(sorted(value, key=str) if isinstance(value, set | frozenset) else value)
    if array.dtype.kind not in "iufb":
        return False
    flat = array.ravel()
    return np.array_equal(np.sort(flat), support) or (
        flat.shape == (40,)
        and (np.array_equal(flat != 0, marks) or np.array_equal(flat == 0, marks))
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: SECRET.examples(),
        lambda: ExampleOracle.over(SECRET.sample(300)),
        lambda: SECRET.queries(tolerance=0.1),
        lambda: SECRET.queries(tolerance=0.1, answers="exact"),
        lambda: SECRET.queries(tolerance=0.1, answers="gaussian"),
        lambda: SECRET.queries(tolerance=0.9, answers="sample"),
    ],
    ids=["examples", "list", "adversarial", "exact", "gaussian", "sample"],
)
def test_nothing_public_leads_from_an_oracle_to_the_secret(make):
    oracle = make()
    assert SECRET.support  # it has been computed, so it could be found
    things = reachable(oracle)
    if isinstance(oracle, ExampleOracle):
        things += reachable(oracle.draw(5))
    assert not any(gives_away(thing) for thing in things)


def test_the_search_for_a_leak_would_find_one():
    class Leaky(ExampleOracle):
        def __init__(self, hint):
            super().__init__(40, lambda m: None)
            self.hint = hint

    marks = np.isin(np.arange(40), SECRET.support)
    for hint in (SECRET, {"a": [SECRET]}, SECRET.support, [np.array(SECRET.support)[::-1]],
                 set(SECRET.support), marks, 1 - 2 * marks.astype(int) == 1):  # fmt: skip
        assert any(gives_away(thing) for thing in reachable(Leaky(hint)))
    assert not any(gives_away(thing) for thing in reachable(Leaky([1, 2, 3])))
