"""One course whoever computes it: the compiled path as PyTorch, batches as lone trials."""

import math

import numpy as np
import pytest
import torch

from parity_compare.algorithms import Budget, Status
from parity_compare.algorithms.langevin import Langevin
from parity_compare.algorithms.networks import catalogue
from parity_compare.algorithms.sgd import SGD
from parity_compare.algorithms.training import engines, loop
from parity_compare.problems import ExampleOracle, SparseParity
from parity_compare.problems.streams import Stream

NEVER = 10_000  # check_every beyond the budget: the course alone matters


@pytest.fixture
def torch_path(monkeypatch):
    """Let PyTorch train what the compiled kernel would."""
    monkeypatch.setattr(engines, "compiled", lambda recipe: False)


def course(learner, problems, steps=100, k=None, **more):
    return learner.learn_many(
        [p.examples() for p in problems],
        k=k or problems[0].k,
        rngs=range(len(problems)),
        budget=Budget(steps=steps, **more),
    )


def same(one, other):
    mine, others = one.predictor.theta, other.predictor.theta
    return all(np.array_equal(mine[name], others[name]) for name in mine)


# --- the compiled path gives PyTorch's courses ----------------------------------------------------

RECIPES = [
    {},
    {"loss": "square", "lr": 0.01},
    {"loss": "logistic"},
    {"loss": "correlation", "lr": 0.02},
    {"network": "power", "lr": 0.01, "degree": 2},
    {"network": "power", "lr": 0.005, "degree": 3, "loss": "square"},
    {"second_layer": False, "lr": 0.02},
    {"mean_field": True, "lr": 5.0},
    {"decay": 1e-3, "weight_decay": 1e-2, "later_lr": 0.03},
    {"schedule": "cosine", "horizon": 80},
    {"width": 1, "batch": 1, "lr": 0.05},
    {"width": 33, "batch": 17, "init": "bernoulli"},
    {"width": 10, "init": "sparse", "lr": 0.05},
]


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
@pytest.mark.parametrize("temperature", [0.0, 1e-4])
def test_compiled_courses_follow_pytorchs_for_a_hundred_steps(recipe, temperature, request):
    """Both round differently, and a rounded example may cross a kink: a few parts in a thousand."""
    settings = {"lr": 0.1, "width": 20, "batch": 32, "check_every": NEVER, **recipe}
    learner = Langevin(temperature=temperature, **settings)
    problems = [SparseParity(19, 3, 0.1, seed) for seed in range(3)]
    compiled = course(learner, problems)
    request.getfixturevalue("torch_path")
    batched = course(learner, problems)
    assert {o.engine for o in compiled} == {"fused cpu"}
    assert {o.engine for o in batched} == {"torch cpu"}
    for one, other in zip(compiled, batched, strict=True):
        assert one.cost.samples == other.cost.samples
        for name, value in one.predictor.theta.items():
            scale = np.abs(value).max()
            np.testing.assert_allclose(
                value, other.predictor.theta[name], rtol=2e-3, atol=2e-3 * scale
            )


def test_both_paths_stop_at_the_same_step(request):
    problems = [SparseParity(20, 3, seed=seed) for seed in range(6)]
    compiled = course(SGD(), problems, steps=1000)
    request.getfixturevalue("torch_path")
    batched = course(SGD(), problems, steps=1000)
    steps = [(a.cost.steps, b.cost.steps) for a, b in zip(compiled, batched, strict=True)]
    assert [o.support for o in compiled] == [p.support for p in problems]
    assert [o.support for o in batched] == [p.support for p in problems]
    assert all(abs(a - b) <= 0.05 * a for a, b in steps), steps


def test_other_optimisers_and_networks_are_trained_by_pytorch():
    problems = [SparseParity(10, 2, seed=0)]
    for learner in (SGD(optimiser="adam"), SGD(network="sine"), SGD(network="polynet")):
        assert course(learner, problems, steps=3)[0].engine == "torch cpu"


# --- a trial's course is its own ------------------------------------------------------------------

EVERY = [
    *[{"network": name} for name in catalogue.NAMES],
    {"network": "sine", "second_layer": False},
    {"optimiser": "sign", "lr": 1e-3, "dead_zone": 1e-3},
    {"optimiser": "momentum", "lr": 0.05},
    {"optimiser": "adam", "lr": 1e-3},
    {"loss": "square", "lr": 0.01},
    {"loss": "logistic"},
]


@pytest.mark.parametrize("recipe", EVERY, ids=str)
@pytest.mark.parametrize("path", ["chosen", "torch"])
def test_a_batch_of_trials_equals_the_trials_alone_bit_for_bit(recipe, path, request):
    if path == "torch":
        request.getfixturevalue("torch_path")
    size = {"transformer": 32, "relu": 10, "power": 10, "deep": 4}
    width = size.get(recipe.get("network", "relu"))
    learner = Langevin(temperature=1e-5, width=width, batch=24, check_every=NEVER, **recipe)
    problems = [SparseParity(12, 2, 0.05 * (seed % 2), seed) for seed in range(5)]
    together = course(learner, problems, steps=30)
    for seed in (0, 3):
        alone = learner.learn(problems[seed].examples(), k=2, rng=seed, budget=Budget(steps=30))
        assert same(alone, together[seed])


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_change_nothing(threads):
    problems = [SparseParity(15, 2, 0.1, seed) for seed in range(7)]
    one, many = (course(SGD(width=20), problems, steps=80, threads=t) for t in (1, threads))
    assert [o.cost.steps for o in one] == [o.cost.steps for o in many]
    assert all(same(a, b) for a, b in zip(one, many, strict=True))


@pytest.mark.parametrize("recipe", EVERY, ids=str)
def test_langevin_at_zero_temperature_is_sgd_bit_for_bit(recipe, request):
    settings = {"width": 32 if recipe.get("network") == "transformer" else 4, **recipe}
    problems = [SparseParity(12, 2, seed=seed) for seed in range(2)]
    for path in ("chosen", "torch"):
        if path == "torch":
            request.getfixturevalue("torch_path")
        cold = course(Langevin(temperature=0.0, **settings), problems, steps=25)
        plain = course(SGD(**settings), problems, steps=25)
        for a, b in zip(cold, plain, strict=True):
            assert (a.status, a.support, a.cost.steps) == (b.status, b.support, b.cost.steps)
            assert same(a, b)


def test_streams_and_oracles_asked_batch_by_batch_give_one_course():
    """An oracle that hides where its examples come from is asked for every batch."""
    problem = SparseParity(20, 3, 0.05, seed=1)
    inner = problem.examples()
    hidden = ExampleOracle(20, inner.draw)
    for check_every in (1, 10):
        learner = SGD(check_every=check_every)
        direct = learner.learn(problem.examples(), rng=0, budget=Budget(steps=2000))
        inner = problem.examples()
        hidden = ExampleOracle(20, inner.draw)
        asked = learner.learn(hidden, rng=0, budget=Budget(steps=2000))
        assert (direct.support, direct.cost.steps) == (asked.support, asked.cost.steps)
        assert direct.cost.samples == asked.cost.samples == hidden.drawn
        assert same(direct, asked)


def test_an_oracle_goes_on_where_training_stopped():
    problem = SparseParity(70, 2, 0.1, seed=1)
    trained, fresh = problem.examples(), problem.examples()
    assert isinstance(trained._stream, Stream)
    outcome = SGD().learn(trained, rng=0, budget=Budget(steps=20))
    fresh.draw(outcome.cost.samples)
    assert trained.drawn == fresh.drawn
    one, other = trained.draw(10), fresh.draw(10)
    np.testing.assert_array_equal(one.rows, other.rows)
    np.testing.assert_array_equal(one.labels, other.labels)


def test_what_was_drawn_is_counted_whatever_ends_the_training():
    problem = SparseParity(20, 3, seed=1)
    oracle = problem.examples()

    def fail(state):
        if state.step == 16:
            raise RuntimeError("a probe's own fault")
        return 0.0

    with pytest.raises(RuntimeError, match="own fault"):
        SGD().learn(oracle, rng=0, probes={"fail": fail})
    assert oracle.drawn == 16 * 128
    oracles = [SparseParity(20, 3, seed=seed).examples() for seed in range(3)]
    with pytest.raises(RuntimeError, match="own fault"):
        SGD(batch=10).learn_many(
            oracles, rngs=range(3), budget=Budget(steps=16), probes=[{}, {}, {"fail": fail}]
        )
    assert [oracle.drawn for oracle in oracles] == [160] * 3


# --- heat -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["chosen", "torch"])
def test_the_stationary_variance_on_a_quadratic_is_that_of_the_temperature(path, request):
    """f = w . x with square loss and no parity to find: the loss is |w|^2 plus a constant.

    w <- (1 - 2 lr) w + sqrt(2 lr T) xi + lr * noise of the batch's gradient; the stationary
    variance is lr T / (2 lr - 2 lr^2) = T / (2 (1 - lr)) but for that noise, whose variance 4 / B
    adds lr / B, a thousandth here. 64 trials of 40 coordinates, thinned to
    12 independent moments: a relative error of sqrt(2 / 30720) = 0.8 %; 4.9 of them is 4 %.
    """
    if path == "torch":
        request.getfixturevalue("torch_path")
    lr, temperature, n, trials = 0.05, 0.5, 40, 64
    learner = Langevin(
        network="power", degree=1, width=1, second_layer=False, loss="square", lr=lr,
        temperature=temperature, batch=256, check_every=NEVER,
    )  # fmt: skip
    problems = [SparseParity(n, 3, seed=seed) for seed in range(trials)]
    squares = []

    def watch(state):
        if state.step >= 120 and state.step % 60 == 0:
            squares.append(np.mean(state.input_weights() ** 2))
        return 0.0

    tasks = learner.begin(
        [p.examples() for p in problems], k=3, rngs=range(trials),
        budget=Budget(steps=800), probes=[{"watch": watch}] * trials,
    )  # fmt: skip
    for task in tasks:
        task.every_step = True
    learner.search_many(tasks)
    expected = temperature / (2 * (1 - lr)) * (1 + 1e-3)
    assert len(squares) == 12 * trials
    assert np.mean(squares) == pytest.approx(expected, rel=0.045)


def test_a_prior_holds_the_weights_of_a_flat_loss():
    """Second layer held at 0 by an init of nothing: no gradient, so the weights become the prior.

    w <- (1 - lr T / s^2) w + sqrt(2 lr T) xi has variance s^2 / (1 - lr T / (2 s^2)).
    """
    spread, lr, temperature = 0.5, 1.0, 0.02
    learner = Langevin(
        network="power", degree=1, width=300, mean_field=True, loss="correlation", lr=lr,
        later_lr=0.0, init_scale=1e-12, init="gaussian", temperature=temperature, prior=spread,
        check_every=NEVER, batch=1,
    )  # fmt: skip
    outcome = course(learner, [SparseParity(30, 3, seed=0)], steps=300)[0]
    weights = outcome.predictor.input_weights()
    pull = lr * temperature / spread**2
    expected = spread**2 / (1 - pull / 2)
    # 9000 numbers: a relative error of sqrt(2 / 9000) = 1.5 %, 4.9 of them is 7.3 %.
    assert np.mean(weights**2) == pytest.approx(expected, rel=0.073)


# --- the engine's promises ------------------------------------------------------------------------


def test_a_network_that_needs_k_says_so_where_it_is_not_told():
    problem = SparseParity(12, 2, seed=0)
    blind = SGD(network="polynet").learn(problem.examples(), rng=0)
    assert blind.status is Status.GAVE_UP
    assert "polynet has to be told k" in blind.detail
    told = SGD(network="polynet").learn(problem.examples(), k=2, rng=0, budget=Budget(steps=2000))
    assert told.side_information == ("k",)
    assert told.support == problem.support
    given = SGD(network="polynet", degree=2)
    assert given.learn(problem.examples(), rng=0, budget=Budget(steps=2000)).side_information == ()


def test_many_trials_take_little_memory():
    """4096 trials of width 100 on 100 bits within 2 GiB: 512 KiB each for all that is held of one.

    benchmarks/networks.py measures the process: 1.84 GiB with Python, PyTorch and the kernels.
    """
    learner, trials = SGD(batch=32), 16
    tasks = learner.begin(
        [SparseParity(100, 3, seed=seed).examples() for seed in range(trials)],
        rngs=range(trials), budget=Budget(steps=3),
    )  # fmt: skip
    training = loop._Training(dict(enumerate(tasks)), learner._recipe(100, 3))
    stepper, supply = training.stepper, training.supply
    arrays = [
        *(value.numpy() for value in stepper.ensemble.theta.values()), supply.rows, supply.labels,
        stepper._screen_rows, stepper._candidates, supply.streams.states, supply.streams.masks,
    ]  # fmt: skip
    assert all(len(array) == trials for array in arrays)
    assert sum(array.nbytes for array in arrays) / trials < 2**31 / 4096


def test_an_overflow_ends_its_own_trial_only():
    problems = [SparseParity(20, 2, seed=seed) for seed in range(3)]
    outcomes = course(SGD(lr=1e30), problems)
    assert {o.status for o in outcomes} == {Status.DIVERGED}
    assert all(math.isfinite(o.cost.seconds) and o.cost.samples for o in outcomes)


@pytest.mark.cuda
@pytest.mark.parametrize(
    ("settings", "engine"),
    [({}, "triton cuda"), ({"network": "power", "degree": 2, "lr": 0.02}, "triton cuda"),
     ({"network": "sine"}, "torch cuda"), ({"network": "polynet"}, "torch cuda"),
     ({"optimiser": "momentum", "lr": 0.05}, "torch cuda"), ({"network": "deep"}, "torch cuda")],
    ids=str,
)  # fmt: skip
def test_gpu_courses_follow_the_cpus(settings, engine):
    """One CUDA graph per update, or one launch for many, against the engines of the CPU."""
    if not torch.cuda.is_available():
        pytest.skip("PyTorch sees no NVIDIA GPU here")
    problems = [SparseParity(19, 2, 0.1, seed) for seed in range(4)]
    for temperature in (0.0, 1e-4):
        common = {"temperature": temperature, "check_every": NEVER, "batch": 32, **settings}
        here = course(Langevin(**common), problems, steps=60)
        there = course(Langevin(device="cuda", **common), problems, steps=60)
        assert {o.engine for o in there} == {engine}
        for one, other in zip(here, there, strict=True):
            for name, value in one.predictor.theta.items():
                tolerance = 5e-3 * np.abs(value).max()
                np.testing.assert_allclose(other.predictor.theta[name], value, 5e-3, tolerance)
