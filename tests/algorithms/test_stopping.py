"""The stopping rule: a network is recognised as a parity if, and only if, it is one."""

import numpy as np
import pytest

from parity_compare.algorithms.networks.mlp import MLP
from parity_compare.algorithms.stopping import Screen, equals_parity, explains
from parity_compare.problems import SparseParity


def parity_network(n, support, sign=1):
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
    flat = np.concatenate([rows.ravel(), sign * u, [sign * values[0]]])
    return flat.astype(np.float32)[None]


@pytest.mark.parametrize(
    ("n", "support"), [(1, (0,)), (5, (1, 3)), (12, (0, 4, 11)), (4, (0, 1, 2, 3))]
)
def test_a_network_that_is_a_parity_is_recognised(n, support):
    networks = MLP(n, len(support) + 1, parity_network(n, support), "cpu")
    found, finite = Screen(n, [np.random.default_rng(0)], "cpu").examine(networks)
    assert found == [support]
    assert finite.all()
    assert equals_parity(networks.snapshot(0), n, support, np.random.default_rng(1))


def test_the_negated_parity_is_not_recognised():
    networks = MLP(9, 4, parity_network(9, (2, 5, 7), sign=-1), "cpu")
    assert Screen(9, [np.random.default_rng(0)], "cpu").examine(networks)[0] == [None]


def test_random_networks_are_not_recognised():
    """Three hundred random functions on 30 bits: next to no chance of 64 agreements."""
    rng = np.random.default_rng(0)
    flat = np.stack([MLP.initial(30, 10, rng) for _ in range(300)])
    found, finite = Screen(30, rng.spawn(300), "cpu").examine(MLP(30, 10, flat, "cpu"))
    assert found == [None] * 300
    assert finite.all()


@pytest.mark.parametrize("position", [0, -2, -1])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_weight_that_is_no_number_is_noticed(position, value):
    flat = np.concatenate([parity_network(9, (2, 5, 7))] * 2)
    flat[1, position] = value
    _, finite = Screen(9, np.random.default_rng(0).spawn(2), "cpu").examine(MLP(9, 4, flat, "cpu"))
    assert finite.tolist() == [True, False]


def test_one_error_in_2000_inputs_is_noticed():
    """Errors at rate 1/2^11 escape 8192 inputs with probability about e^-4; this seed's do not."""
    support, special = (0, 3), tuple(range(11))

    def nearly(bits):
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
