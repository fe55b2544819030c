"""SGD and Langevin find S, and trials do not disturb each other."""

import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from trained import CAP, equal_networks, solve

from parity_compare.algorithms import Budget, Status
from parity_compare.algorithms.langevin import Langevin
from parity_compare.algorithms.networks import catalogue
from parity_compare.algorithms.registry import label, parse
from parity_compare.algorithms.sgd import SGD
from parity_compare.problems import ExampleOracle, InvalidInput, Samples, SparseParity
from parity_compare.problems.bits import pack

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
