"""The stopping rule: a network is recognised as a parity if, and only if, it is one."""

import numpy as np
import pytest

from parity_compare.algorithms.networks.mlp import ReLUNetwork
from parity_compare.algorithms.networks.network import TrainedNetwork
from parity_compare.algorithms.recognition import equals_parity, explains
from parity_compare.algorithms.training.ensemble import Ensemble
from parity_compare.algorithms.training.recipe import Recipe
from parity_compare.algorithms.training.schedules import Schedule
from parity_compare.algorithms.training.starts import Start
from parity_compare.algorithms.training.stopping import Screen
from parity_compare.problems import SparseParity
from parity_compare.problems.bits import unpack


def parity_weights(n, support, sign=1):
    """A network that is chi_S exactly: f = sum of ReLU kinks in z = sum of x_i over S.

    With k = |S|, chi_S is piecewise linear in z with value (-1)^((k - z)/2) at z = -k, ..., k.
    """
    k = len(support)
    width = k + 1
    rows, u = np.zeros((width, n + 1)), np.zeros(width)
    rows[:, list(support)] = 1
    values = [(-1) ** (k - j) for j in range(k + 1)]
    slopes = [0.0, *np.diff(values) / 2]
    for j in range(k):  # the slope changes at z = -k + 2 j
        rows[j, n] = k - 2 * j
        u[j] = slopes[j + 1] - slopes[j]
    theta = {"W": rows, "u": sign * u, "c": np.array([sign * values[0]])}
    return {name: value.astype(np.float32) for name, value in theta.items()}


def ensemble(n, width, *networks):
    """ReLU networks with given weights, or with random ones for a generator."""
    recipe = Recipe(ReLUNetwork(n, width), Start(), "hinge", "sgd", Schedule(1.0), 1, 1, "cpu")
    made = Ensemble(recipe, [np.random.default_rng(0)] * len(networks), np.zeros(len(networks)))
    stacked = {name: np.stack([theta[name] for theta in networks]) for name in networks[0]}
    made.theta = recipe.network.assemble(stacked, "cpu")
    return made


@pytest.mark.parametrize(
    ("n", "support"), [(1, (0,)), (5, (1, 3)), (12, (0, 4, 11)), (4, (0, 1, 2, 3))]
)
def test_a_network_that_is_a_parity_is_recognised(n, support):
    networks = ensemble(n, len(support) + 1, parity_weights(n, support))
    found, finite = Screen(n, [np.random.default_rng(0)], "cpu").examine(networks)
    assert found == [support]
    assert finite.all()
    snapshot = networks.snapshot(0)
    assert isinstance(snapshot, TrainedNetwork)
    assert equals_parity(snapshot.label, n, support, np.random.default_rng(1))


def test_the_negated_parity_is_not_recognised():
    networks = ensemble(9, 4, parity_weights(9, (2, 5, 7), sign=-1))
    assert Screen(9, [np.random.default_rng(0)], "cpu").examine(networks)[0] == [None]


def test_random_networks_are_not_recognised():
    """Three hundred random functions on 30 bits: next to no chance of 64 agreements."""
    rng = np.random.default_rng(0)
    drawn = [Start().draw(ReLUNetwork(30, 10), rng) for _ in range(300)]
    found, finite = Screen(30, rng.spawn(300), "cpu").examine(ensemble(30, 10, *drawn))
    assert found == [None] * 300
    assert finite.all()


@pytest.mark.parametrize("name", ["W", "u", "c"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_weight_that_is_no_number_is_noticed(name, value):
    sound, broken = parity_weights(9, (2, 5, 7)), parity_weights(9, (2, 5, 7))
    broken[name].flat[0] = value
    networks = ensemble(9, 4, sound, broken)
    _, finite = Screen(9, np.random.default_rng(0).spawn(2), "cpu").examine(networks)
    assert finite.tolist() == [True, False]


def test_keeping_some_networks_leaves_them_as_they_were():
    rng = np.random.default_rng(0)
    drawn = [Start().draw(ReLUNetwork(5, 7), rng) for _ in range(4)]
    networks = ensemble(5, 7, *drawn)
    screen = Screen(5, rng.spawn(4), "cpu")
    weights = [networks.snapshot(t).theta for t in (3, 1)]
    networks.keep([3, 1])
    screen.keep([3, 1])
    for t, theta in enumerate(weights):
        for name, value in theta.items():
            np.testing.assert_array_equal(networks.snapshot(t).theta[name], value)
    assert len(networks) == len(screen.examine(networks)[0]) == 2


def test_one_error_in_2000_inputs_is_noticed():
    """Errors at rate 1/2^11 escape 8192 inputs with probability about e^-4; this seed's do not."""
    support, special = (0, 3), tuple(range(11))

    def nearly(rows):
        bits = unpack(rows, 20)
        right = np.bitwise_xor.reduce(bits[:, list(support)], axis=1)
        return right ^ bits[:, list(special)].all(axis=1)

    assert not equals_parity(nearly, 20, support, np.random.default_rng(0))


def test_the_parity_of_the_labels_explains_them_and_others_do_not():
    problem = SparseParity(20, 3, noise=0.3, seed=1)
    recent = [problem.sample(128, seed=i) for i in range(10)]
    other = tuple(i for i in range(20) if i not in problem.support)[:3]
    assert explains(problem.support, recent)
    assert not explains(other, recent)
    assert not explains(problem.support, [])


def test_thirty_labels_are_too_few_to_tell():
    """C(20, 3) = 1140 subsets: the best fits m labels by luck with probability below 1140 / 2^m."""
    problem = SparseParity(20, 3, seed=1)
    assert not explains(problem.support, [problem.sample(30)])
    assert explains(problem.support, [problem.sample(31)])
