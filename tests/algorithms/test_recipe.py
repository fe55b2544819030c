"""The parts of a recipe by themselves: starts, schedules, held layers, batches of a list."""

import numpy as np
import pytest
import torch

from parity_compare.algorithms import Budget, Status
from parity_compare.algorithms.networks import catalogue, mlp
from parity_compare.algorithms.sgd import SGD
from parity_compare.algorithms.training.schedules import Schedule
from parity_compare.algorithms.training.starts import Start
from parity_compare.algorithms.training.supply import ListSupply
from parity_compare.problems import ExampleOracle, SparseParity

CAP = Budget(steps=3000)


def test_batches_with_replacement_repeat_examples_of_the_list():
    """300 draws from 30 examples: each comes about ten times, not exactly ten times."""
    problem = SparseParity(20, 2, seed=3)
    for replacement in (False, True):
        drawn = ListSupply(
            [SGD().begin([ExampleOracle.over(problem.sample(30))])[0]], 30,
            [np.random.default_rng(0)], replacement=replacement,
        )  # fmt: skip
        drawn.fetch(0, 10)
        _, counts = np.unique(drawn.rows[0, :300], return_counts=True)
        assert counts.sum() == 300
        assert (len(set(counts)) > 1) == replacement
    outcome = SGD(replacement=True, batch=16).learn(
        ExampleOracle.over(problem.sample(500)), rng=0, budget=CAP
    )
    assert outcome.support == problem.support


def test_a_layer_that_is_held_does_not_move():
    problem, once = SparseParity(12, 2, seed=0), Budget(steps=30)
    for settings in ({"later_lr": 0.0, "decay": 0.01}, {"second_layer": False}):
        few = SGD(**settings).learn(problem.examples(), rng=0, budget=Budget(steps=1))
        many = SGD(**settings).learn(problem.examples(), rng=0, budget=once)
        np.testing.assert_array_equal(few.predictor.theta["u"], many.predictor.theta["u"])
        assert not np.array_equal(few.predictor.theta["W"], many.predictor.theta["W"])


@pytest.mark.parametrize(
    ("shape", "expected"),
    [("constant", [1, 1, 1]), ("linear", [1, 0.5, 0]), ("cosine", [1, 0.5, 0]),
     ("inverse", [1, 2 / 3, 0.5]), ("warmup", [0.1, 0.6, 1])],
)  # fmt: skip
def test_schedules_follow_their_formulae(shape, expected):
    schedule = Schedule(2.0, shape=shape, horizon=10, decay=0.25, weight_decay=0.1)
    numbers = [schedule.steps(t, 1) for t in (0, 5, 10)]
    np.testing.assert_allclose([s.rate1[0] for s in numbers], [2 * e for e in expected], rtol=1e-6)
    for s in numbers:
        kept = 1 - (0.25 if s.rate1[0] else 0) - 0.1 * s.rate1[0]
        assert s.keep1[0] == pytest.approx(kept)


@pytest.mark.parametrize("law", ["default", "uniform", "gaussian", "bernoulli", "sparse"])
@pytest.mark.parametrize("scale", [None, 0.3])
def test_starts_follow_their_laws(law, scale):
    n, width = 16, 400
    drawn = Start(law, scale).draw(mlp.ReLUNetwork(n, width), np.random.default_rng(0))
    weights = drawn["W"][:, :n]
    if law == "sparse":
        assert ((weights != 0).sum(axis=1) == 2).all()
        assert set(np.abs(weights[weights != 0])) == {np.float32(scale or 1)}
        return
    xavier = np.sqrt(6 / (n + width))
    c = scale or {"default": 1 / np.sqrt(n), "gaussian": np.sqrt(2 / n)}.get(law, xavier)
    spread = {"default": c / np.sqrt(3), "uniform": c / np.sqrt(3)}.get(law, c)
    # 6400 numbers: the standard deviation is known to about 1 %.
    assert np.std(weights) == pytest.approx(spread, rel=0.05)
    if law == "bernoulli":
        assert set(np.abs(weights).ravel()) == {np.float32(c)}
    if law == "default":
        default = torch.nn.Linear(n, 50)
        assert default.weight.abs().max() <= 1 / np.sqrt(n)
        assert np.abs(drawn["W"]).max() <= c
        bound = scale or 1 / np.sqrt(width)
        assert 0.9 * bound < np.abs(drawn["u"]).max() <= bound


def test_sparse_starts_keep_to_the_entries_that_exist():
    """A factor of a disjoint PolyNet reads its own block only, and none starts empty."""
    blocks = catalogue.make_network("disjoint-polynet", 30, width=1, k=3)
    W = Start("sparse").draw(blocks, np.random.default_rng(0))["W"]
    assert ((W != 0).sum(axis=1) == 2).all()
    assert not W[~blocks.blocks()["W"].mask].any()


def test_only_biases_are_scaled_as_biases():
    transformer = catalogue.make_network("transformer", 6, width=16)
    for name, values in Start(bias_scale=0.0).draw(transformer, np.random.default_rng(0)).items():
        assert (values[..., -1] != 0).any(), name
    W = Start(bias_scale=0.0).draw(mlp.ReLUNetwork(6, 4), np.random.default_rng(0))["W"]
    assert not W[:, -1].any()
    assert W[:, :-1].all()


@pytest.mark.parametrize(
    ("network", "n", "k", "reason"),
    [("disjoint-polynet", 10, 3, "k = 3 blocks must divide n = 10"),
     ("disjoint-polynet", 10, 12, "k = 12 blocks must divide n = 10"),
     ("polynomial", 30, 13, "no polynomial of degree 13 > 12")],
)  # fmt: skip
def test_networks_that_cannot_be_made_say_why(network, n, k, reason):
    learner = SGD(network=network, degree=k)
    learner.prepare(n)
    outcome = learner.learn(SparseParity(n, 2).examples(), rng=0)
    assert outcome.status is Status.GAVE_UP
    assert reason in outcome.detail
