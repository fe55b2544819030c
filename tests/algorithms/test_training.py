"""SGD and Langevin find S, trials do not disturb each other, and every end is told rightly."""

import itertools
import math
import subprocess
import sys
import time

import numpy as np
import pytest
import torch

from parity_compare.algorithms import Budget, Status, budget
from parity_compare.algorithms.langevin import Langevin
from parity_compare.algorithms.networks import catalogue
from parity_compare.algorithms.registry import label, parse
from parity_compare.algorithms.sgd import SGD
from parity_compare.algorithms.training import loop
from parity_compare.algorithms.training.fused_steps import FusedSteps
from parity_compare.algorithms.training.tracing import moments
from parity_compare.problems import ExampleOracle, InvalidInput, Samples, SparseParity
from parity_compare.problems.bits import pack

CAP = Budget(steps=3000)


def solve(learner, problem, *, seed=0, budget=CAP, **more):
    return learner.learn(problem.examples(), rng=seed, budget=budget, **more)


def equal_networks(one, other):
    """Whether two outcomes hold the same network, to the last bit."""
    mine, others = one.predictor.theta, other.predictor.theta
    return mine.keys() == others.keys() and all(
        np.array_equal(mine[name], others[name]) for name in mine
    )


# --- it learns ------------------------------------------------------------------------------------


def test_sgd_finds_the_support_of_thirty_bits_and_the_network_is_the_parity():
    """The rule saw no error in 8192 inputs, so in other 8192 there are few: a rate of 1 in 1000
    would have passed with probability e^-8."""
    problems = [SparseParity(30, 3, seed=seed) for seed in range(8)]
    outcomes = SGD().learn_many([p.examples() for p in problems], rngs=range(8), budget=CAP)
    for problem, outcome in zip(problems, outcomes, strict=True):
        clean = problem.clean_sample(8192)
        assert outcome.status is Status.FOUND
        assert outcome.support == problem.support
        assert np.count_nonzero(outcome.predictor(clean.bits) != clean.labels) <= 8


@pytest.mark.parametrize(
    ("n", "k", "noise"),
    [(1, 1, 0), (2, 1, 0), (2, 2, 0), (3, 3, 0), (4, 4, 0), (30, 1, 0), (30, 2, 0), (70, 2, 0),
     (20, 3, 0.1), (10, 2, 0.3)],
)  # fmt: skip
def test_sgd_finds_supports_of_every_kind(n, k, noise):
    problems = [SparseParity(n, k, noise, seed) for seed in range(3)]
    outcomes = SGD().learn_many([p.examples() for p in problems], rngs=range(3), budget=CAP)
    assert [o.support for o in outcomes] == [p.support for p in problems]


def test_langevin_finds_the_support_at_its_default_temperature():
    problems = [SparseParity(20, 3, seed=seed) for seed in range(4)]
    outcomes = Langevin().learn_many([p.examples() for p in problems], rngs=range(4), budget=CAP)
    assert [o.support for o in outcomes] == [p.support for p in problems]


def test_the_labels_alone_decide_what_is_found():
    """One stream of inputs, labelled by two different secrets."""

    def stream(secret):
        rng = np.random.default_rng(5)

        def source(m):
            bits = rng.integers(0, 2, size=(m, 12), dtype=np.uint8)
            return Samples(12, pack(bits), np.bitwise_xor.reduce(bits[:, list(secret)], axis=1))

        return ExampleOracle(12, source)

    for secret in ((2, 9), (0, 5)):
        assert SGD().learn(stream(secret), rng=0, budget=CAP).support == secret


def test_labels_of_pure_chance_are_explained_by_nothing():
    """Few bits and a tiny network: it equals some parity at times, which must not be believed."""
    rng = np.random.default_rng(0)

    def source(m):
        rows = rng.integers(0, 4, size=(m, 1), dtype=np.uint64)
        return Samples(2, rows, rng.integers(0, 2, size=m, dtype=np.uint8))

    oracles = [ExampleOracle(2, source) for _ in range(10)]
    outcomes = SGD(width=5).learn_many(oracles, rngs=range(10), budget=Budget(steps=400))
    assert {outcome.status for outcome in outcomes} == {Status.TIMEOUT}


# --- trials and their randomness ------------------------------------------------------------------


@pytest.mark.parametrize(
    "learner", [SGD(), SGD(width=33, batch=17, lr=0.5, decay=1e-4), Langevin(width=10)]
)
def test_a_batch_of_trials_equals_the_trials_alone_bit_for_bit(learner):
    problems = [SparseParity(10, 2, 0.05 * (seed % 2), seed) for seed in range(6)]
    batched = learner.learn_many(
        [p.examples() for p in problems], rngs=range(6), budget=Budget(steps=60)
    )
    assert len({outcome.cost.steps for outcome in batched}) > 1, "the batch must shrink on the way"
    for seed, problem in enumerate(problems):
        alone = solve(learner, problem, seed=seed, budget=Budget(steps=60))
        assert alone.cost.steps == batched[seed].cost.steps
        assert alone.status == batched[seed].status
        assert alone.support == batched[seed].support
        assert equal_networks(alone, batched[seed])


def test_a_seed_determines_the_trial():
    problem = SparseParity(12, 2, seed=4)
    first, again, other = (solve(SGD(), problem, seed=seed) for seed in (1, 1, 2))
    assert equal_networks(first, again)
    assert not equal_networks(first, other)


def test_langevin_at_zero_temperature_is_sgd_bit_for_bit():
    for seed in range(4):
        problem = SparseParity(20, 3, 0.05, seed)
        sgd = solve(SGD(), problem, seed=seed)
        langevin = solve(Langevin(temperature=0.0), problem, seed=seed)
        assert langevin.status is sgd.status is Status.FOUND
        assert langevin.cost.steps == sgd.cost.steps
        assert langevin.support == sgd.support
        assert equal_networks(langevin, sgd)


@pytest.mark.parametrize(("lr", "temperature"), [(1.0, 0.1), (0.25, 2.0)])
def test_heat_has_variance_2_lr_temperature_and_meets_the_same_data_and_start(lr, temperature):
    """After one update Langevin minus SGD is the heat alone: 3201 normal numbers.

    Their mean square has standard deviation sqrt(2 / 3201) and their mean 1 / sqrt(3201); 4.9
    standard deviations are passed with probability 1e-6.
    """
    problem, once = SparseParity(30, 3, seed=1), Budget(steps=1)
    heats = []
    for seed in (0, 1):
        hot = solve(Langevin(lr=lr, temperature=temperature), problem, seed=seed, budget=once)
        cold = solve(SGD(lr=lr), problem, seed=seed, budget=once)
        moved = {
            name: hot.predictor.theta[name] - cold.predictor.theta[name] for name in ("W", "u", "c")
        }
        assert not moved["W"][100:].any()
        assert not moved["W"][:, 31:].any()
        parts = [moved["W"][:100, :31].ravel(), moved["u"][:100], moved["c"]]
        heats.append(np.concatenate(parts) / math.sqrt(2 * lr * temperature))
    size = 3201
    for heat in heats:
        assert heat.shape == (size,)
        assert abs(np.mean(heat**2) - 1) < 4.9 * math.sqrt(2 / size)
        assert abs(np.mean(heat)) < 4.9 / math.sqrt(size)
    assert abs(np.mean(heats[0] * heats[1])) < 4.9 / math.sqrt(size)


def test_much_heat_drowns_the_gradient():
    problems = [SparseParity(20, 3, seed=seed) for seed in range(5)]
    oracles = [p.examples() for p in problems]
    outcomes = Langevin(temperature=0.1).learn_many(
        oracles, rngs=range(5), budget=Budget(steps=300)
    )
    assert {outcome.status for outcome in outcomes} == {Status.TIMEOUT}


# --- what is counted ------------------------------------------------------------------------------


@pytest.mark.parametrize("check_every", [1, 7, 50])
def test_every_example_drawn_is_trained_on(check_every):
    problem = SparseParity(20, 3, seed=2)
    oracle = problem.examples()
    outcome = SGD(batch=100, check_every=check_every).learn(oracle, rng=0, budget=CAP)
    assert outcome.status is Status.FOUND
    assert outcome.cost.samples == oracle.drawn == 100 * outcome.cost.steps


def test_checking_more_rarely_ends_at_a_later_multiple():
    for seed in range(4):
        problem = SparseParity(20, 3, seed=seed)
        every, seventh = (solve(SGD(check_every=c), problem).cost.steps for c in (1, 7))
        assert seventh % 7 == 0
        assert every <= seventh < every + 42


def test_operations_and_memory_follow_the_formulae():
    problem = SparseParity(30, 6, seed=0)
    cold = solve(SGD(), problem, budget=Budget(steps=10)).cost
    hot = solve(Langevin(), problem, budget=Budget(steps=10)).cost
    parameters = 100 * 32 + 1
    assert cold.operations_unit == hot.operations_unit == "FLOP"
    assert cold.operations == 10 * (128 * 100 * (4 * 31 + 7) + 2 * parameters)
    assert hot.operations - cold.operations == 10 * 2 * parameters
    assert 4 * (2 * parameters + 128 * 31 + 128 * 100) < cold.peak_memory < 2**20


# --- how it ends ----------------------------------------------------------------------------------


def test_steps_run_out():
    outcome = solve(SGD(), SparseParity(40, 8, seed=0), budget=Budget(steps=37))
    assert outcome.status is Status.TIMEOUT
    assert outcome.cost.steps == 37
    assert outcome.support is None
    assert "37 updates" in outcome.message
    assert set(outcome.predict_bits(np.eye(40, dtype=np.uint8))) <= {0, 1}


def test_seconds_run_out():
    outcome = solve(SGD(), SparseParity(60, 20, seed=0), budget=Budget(seconds=0.1))
    assert outcome.status is Status.TIMEOUT
    assert 0.1 <= outcome.cost.seconds < 2
    assert outcome.can_predict


def test_a_budget_of_samples_is_drawn_by_whole_batches():
    oracle = SparseParity(40, 8, seed=0).examples()
    outcome = SGD(check_every=5).learn(oracle, rng=0, budget=Budget(samples=1000))
    assert outcome.status is Status.OUT_OF_SAMPLES
    assert (outcome.cost.steps, oracle.drawn) == (7, 7 * 128)
    assert "104 were left" in outcome.detail
    assert outcome.can_predict


def test_a_huge_learning_rate_diverges():
    outcome = solve(SGD(lr=1e30), SparseParity(20, 3, seed=0))
    assert outcome.status is Status.DIVERGED
    assert outcome.cost.steps < 20
    assert "lower the learning rate" in outcome.message
    assert outcome.can_predict


def test_each_trial_of_a_batch_ends_by_itself():
    problem = SparseParity(20, 2, seed=0)
    empty = ExampleOracle.over(problem.sample(0))
    oracles = [problem.examples(), empty, ExampleOracle.over(problem.sample(600))]
    fresh, none, listed = SGD().learn_many(oracles, rngs=range(3), budget=CAP)
    assert (fresh.status, none.status, listed.status) == (
        Status.FOUND, Status.OUT_OF_SAMPLES, Status.FOUND,
    )  # fmt: skip
    assert none.cost.steps == none.cost.samples == 0
    assert none.cost.seconds < listed.cost.seconds, "its clock stops before the others of its batch"


# --- a fixed list ---------------------------------------------------------------------------------


def test_a_fixed_list_is_drawn_once_and_used_again():
    problem = SparseParity(20, 2, seed=3)
    outcome = SGD(batch=64).learn(ExampleOracle.over(problem.sample(400)), rng=0, budget=CAP)
    assert outcome.support == problem.support
    assert outcome.cost.samples == 400 < 64 * outcome.cost.steps


def test_a_list_within_a_budget_is_cut_to_it():
    problem = SparseParity(20, 2, seed=3)
    budget = Budget(steps=20, samples=300)
    outcome = SGD().learn(ExampleOracle.over(problem.sample(400)), rng=0, budget=budget)
    assert outcome.cost.samples == 300


def test_a_list_shorter_than_a_batch_serves_too():
    problem = SparseParity(30, 4, seed=3)
    oracle = ExampleOracle.over(problem.sample(50))
    outcome = SGD().learn(oracle, rng=0, budget=Budget(steps=200))
    assert outcome.status is Status.TIMEOUT
    assert (outcome.cost.samples, outcome.cost.steps) == (50, 200)
    seen = problem.sample(50)
    assert np.mean(outcome.predict_bits(seen.bits) == seen.labels) == 1, "it learned them by heart"


# --- traces ---------------------------------------------------------------------------------------


def test_moments_are_every_step_then_seven_percent_apart():
    steps = list(itertools.takewhile(lambda step: step < 10_000, moments()))
    assert steps[:19] == [*range(17), 18, 20]
    assert all(
        1 <= later - step <= max(1, 0.07 * step + 1) for step, later in itertools.pairwise(steps)
    )
    assert len(steps) < 150


def test_probes_see_every_moment_and_the_trace_has_columns_of_one_length():
    seen = []

    def error(state):
        seen.append(state.step)
        assert state.predict(np.zeros((5, 20), np.uint8)).shape == (5,)
        return float(np.mean(state.predict(clean.bits) != clean.labels))

    def moved(state):
        assert state.displacement().shape == (20,)
        return float(state.displacement()[list(problem.support)].min())

    problem = SparseParity(20, 3, seed=0)
    clean = problem.clean_sample(2000)
    outcome = solve(SGD(), problem, probes={"error": error, "moved": moved})
    trace, last = outcome.trace, outcome.cost.steps
    assert list(trace.columns) == ["step", "seconds", "loss", "error", "moved"]
    expected = [*itertools.takewhile(lambda step: step < last, moments()), last]
    assert trace["step"].tolist() == seen == expected
    assert np.isfinite(trace["loss"]).all()
    assert (np.diff(trace["seconds"]) > 0).all()
    assert trace["seconds"][-1] == outcome.cost.seconds, "the clock stops before the last probe"
    assert trace["moved"][0] == 0
    assert trace["moved"][-1] > 0.1
    assert trace["error"][-1] == 0
    assert trace["error"][0] > 0.3


def test_probes_change_nothing_and_without_them_there_is_no_trace():
    problem = SparseParity(20, 3, seed=0)
    plain = solve(SGD(), problem)
    probed = solve(SGD(), problem, probes={"zero": lambda state: 0.0})
    assert equal_networks(plain, probed)
    assert len(plain.trace) == 0


def test_nobodys_clock_runs_during_a_probe():
    """Both trials end at step 10, after 11 moments of one of them; that time is on no clock."""
    problem, slept = SparseParity(40, 8, seed=0), 11 * 0.03
    began = time.perf_counter()

    def sleepy(state):
        time.sleep(0.03)
        return 0.0

    outcomes = SGD().learn_many(
        [problem.examples(), problem.examples(seed=1)],
        rngs=[0, 1],
        budget=Budget(steps=10),
        probes=[{"sleepy": sleepy}, {}],
    )
    assert len(outcomes[0].trace) == 11
    elapsed = time.perf_counter() - began
    assert max(outcome.cost.seconds for outcome in outcomes) <= elapsed - slept


# --- hyper-parameters and devices -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("width", 0, "width must be at least 1, got 0"),
        ("batch", 2.5, "batch must be an integer, got 2.5"),
        ("check_every", -1, "check_every must be at least 1, got -1"),
        ("lr", 0.0, "lr must be positive and finite, got 0.0"),
        ("lr", math.nan, "lr must be positive and finite, got nan"),
        ("decay", 1.0, "decay must lie in [0, 1), got 1.0"),
        ("device", "tpu", "device must be cpu, cuda or cuda:<index>, got 'tpu'"),
        ("temperature", -1.0, "temperature must be finite and at least 0, got -1.0"),
    ],
)
def test_hyper_parameters_are_checked_where_they_enter(field, value, message):
    with pytest.raises(InvalidInput) as raised:
        Langevin(**{field: value})
    assert str(raised.value) == message


def test_learners_are_made_from_text():
    assert parse("sgd[width=10,lr=0.1,check_every=5]") == SGD(width=10, lr=0.1, check_every=5)
    assert label(parse("langevin[temperature=0.5]")) == "langevin[temperature=0.5]"


def test_listing_the_learners_does_not_load_pytorch():
    program = (
        "import sys, parity_compare.algorithms.sgd, parity_compare.algorithms.langevin;"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_gpu_that_is_not_there_is_refused_before_training():
    learner = SGD(device="cuda:97")
    with pytest.raises(InvalidInput, match="device must be present, got 'cuda:97'"):
        learner.prepare(10)
    with pytest.raises(InvalidInput, match="device must be present"):
        learner.learn(SparseParity(10, 2).examples())


@pytest.mark.cuda
def test_a_gpu_finds_the_support_too():
    if not torch.cuda.is_available():
        pytest.skip("PyTorch sees no NVIDIA GPU here")
    problems = [SparseParity(30, 3, seed=seed) for seed in range(5)]
    for learner in (SGD(device="cuda"), Langevin(device="cuda", temperature=0.0)):
        outcomes = learner.learn_many([p.examples() for p in problems], rngs=range(5), budget=CAP)
        assert [o.support for o in outcomes] == [p.support for p in problems]


def test_the_settings_fill_in_what_is_left_to_the_network():
    assert SGD().settings() | {"width": 100, "batch": 128, "lr": 1.0} == SGD().settings()
    sine = SGD(network="sine", lr=0.5)
    assert (sine.settings()["width"], sine.settings()["lr"]) == (1, 0.5)
    for network in ("relu", "power", "polynet", "transformer"):
        left_open, spelt_out = SGD(network=network), SGD(**SGD(network=network).settings())
        assert None not in [
            value
            for name, value in left_open.settings().items()
            if name not in ("degree", "init_scale", "later_lr")
        ]
        assert spelt_out._recipe(12, 2) == left_open._recipe(12, 2)


@pytest.mark.parametrize("network", [n for n in catalogue.NAMES if n != "disjoint-polynet"])
def test_every_network_finds_a_pair_at_its_defaults(network):
    """Most of five trials at n = 20, k = 2; the medians are some tens to hundreds of steps."""
    problems = [SparseParity(20, 2, seed=seed) for seed in range(5)]
    outcomes = SGD(network=network).learn_many(
        [p.examples() for p in problems], k=2, rngs=range(5), budget=Budget(steps=4000)
    )
    solved = [
        o.status is Status.FOUND and o.support == p.support
        for o, p in zip(outcomes, problems, strict=True)
    ]
    assert sum(solved) >= 3
    assert all(outcome.status is not Status.DIVERGED for outcome in outcomes)


@pytest.mark.parametrize("optimiser", ["sign", "momentum", "adam"])
def test_every_optimiser_finds_a_pair(optimiser):
    rates = {"sign": 0.01, "momentum": 0.1, "adam": 0.01}
    problems = [SparseParity(20, 2, seed=seed) for seed in range(3)]
    outcomes = SGD(optimiser=optimiser, lr=rates[optimiser]).learn_many(
        [p.examples() for p in problems], rngs=range(3), budget=Budget(steps=2000)
    )
    assert [o.support for o in outcomes] == [p.support for p in problems]


def test_to_be_watched_costs_no_time_on_the_clock(monkeypatch):
    """On a made-up clock on which an update takes 1 s, a call of the kernel 5 s and a probe 100 s.

    Those who watch make training stop at every moment; the clock shows what it would have without.
    """
    now = [0.0]
    monkeypatch.setattr(budget.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(loop, "_POLL", 60.0)
    advance, calls = FusedSteps.advance, []

    def made_up(stepper, until):
        before = int(stepper.steps.sum())
        halts = advance(stepper, until)
        stepper.made = float(stepper.steps.sum() - before)
        now[0] += stepper.made + 5.0
        calls.append(until)
        return halts

    def probe(state):
        now[0] += 100.0
        return 0.0

    monkeypatch.setattr(FusedSteps, "advance", made_up)
    monkeypatch.setattr(FusedSteps, "update_seconds", lambda stepper: stepper.made)
    monkeypatch.setattr(FusedSteps, "checking_seconds", lambda stepper: 0.0)
    shown = []
    for probes in ({}, {"any": probe}):
        calls.clear()
        outcome = SGD().learn(SparseParity(20, 3, seed=1).examples(), rng=0, probes=probes)
        shown.append((outcome.cost, len(calls)))
    (alone, fewer), (watched, more) = shown
    assert more > 2 * fewer
    assert alone == watched
    assert alone.seconds == alone.steps + 5.0 * fewer
