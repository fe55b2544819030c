"""Population gradients: enumeration, automatic differentiation, finite differences, closed form."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_compare.algorithms.networks import catalogue
from parity_compare.algorithms.networks.network import Examples, TrainedNetwork
from parity_compare.algorithms.population import (
    network_coefficients,
    population_gradients,
    population_loss,
    threshold_neuron_gradient,
)
from parity_compare.algorithms.training.losses import LOSSES
from parity_compare.algorithms.training.starts import Start
from parity_compare.problems.bits import pack, to_signs
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.fourier import cube, fourier_coefficients, fourier_gap, index_of
from parity_compare.problems.thresholds import best_gap, majority_gap


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    """Products this small cost torch's threads more than they gain."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


every_network = pytest.mark.parametrize("name", catalogue.NAMES)
every_loss = pytest.mark.parametrize("loss", LOSSES)


def trained(name, n, *, k=2, seed=0, width=None, **options):
    """A network of random weights in double precision."""
    width = width or {"transformer": 16, "deep": 5}.get(name, 3)
    network = catalogue.make_network(name, n, width=width, k=k, **options)
    start = Start("gaussian", 0.7).draw(network, np.random.default_rng(seed))
    values = {key: value[np.newaxis].astype(np.float64) for key, value in start.items()}
    theta = network.assemble(values, "cpu")
    return TrainedNetwork(network, {key: value[0].numpy() for key, value in theta.items()})


def by_differentiation(net, support, loss, noise):
    """torch.autograd on the mean loss over the whole cube, with both labels of every input."""
    network, bits = net.network, cube(net.network.n)
    labels = np.bitwise_xor.reduce(bits[:, list(support)], axis=1)
    batch = Examples(1, len(bits), network.n, "cpu", torch.float64)
    batch.fill(pack(bits)[np.newaxis], labels[np.newaxis])
    trainable = [key for key, block in network.blocks().items() if block.trained]
    theta = {
        key: torch.tensor(value)[np.newaxis].requires_grad_(key in trainable)
        for key, value in net.theta.items()
    }
    f, value = network.outputs(theta, batch.X)[:, : len(bits)], LOSSES[loss].value
    y = batch.y[:, : len(bits)]
    mean = ((1 - noise) * value(y, f) + noise * value(-y, f)).mean()
    gradients = torch.autograd.grad(mean, [theta[key] for key in trainable], allow_unused=True)
    result = {}
    for key, gradient in zip(trainable, gradients, strict=True):
        block = network.blocks()[key]
        whole = np.zeros(block.stored) if gradient is None else gradient[0].numpy()
        cut = whole[tuple(slice(0, size) for size in block.shape)]
        result[key] = cut if block.mask is None else cut * block.mask
    return float(mean.detach()), result


@every_network
@every_loss
@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_gradients_equal_those_of_automatic_differentiation_over_the_cube(name, loss, noise):
    net = trained(name, 6)
    support = (0, 4) if name == "disjoint-polynet" else (1, 2, 5)
    value, wanted = by_differentiation(net, support, loss, noise)
    ours = population_gradients(net, support, loss, noise=noise)
    assert ours.keys() == wanted.keys()
    for key, gradient in ours.items():
        assert gradient.dtype == np.float64
        assert gradient == pytest.approx(wanted[key], rel=1e-9, abs=1e-11)
    assert population_loss(net, support, loss, noise=noise) == pytest.approx(value, rel=1e-12)


@every_network
@pytest.mark.parametrize("loss", ["square", "logistic"])
def test_gradients_equal_finite_differences(name, loss):
    """Along a random direction of each block, by Richardson's extrapolation.

    A kink that an input crosses within the step would spoil the comparison; there is none at these
    seeds."""
    net, rng = trained(name, 6, seed=3), np.random.default_rng(0)
    gradients = population_gradients(net, (0, 3), loss, noise=0.1)
    for key, gradient in gradients.items():
        block, direction = net.network.blocks()[key], np.zeros(net.theta[key].shape)
        within = tuple(slice(0, size) for size in block.shape)
        direction[within] = rng.normal(size=block.shape) * (
            True if block.mask is None else block.mask
        )

        def at(step, key=key, direction=direction):
            moved = {**net.theta, key: net.theta[key] + step * direction}
            return population_loss(replace(net, theta=moved), (0, 3), loss, noise=0.1)

        h = 1e-5
        near, far = (at(h) - at(-h)) / (2 * h), (at(2 * h) - at(-2 * h)) / (4 * h)
        slope = float((gradient * direction[within]).sum())
        assert (4 * near - far) / 3 == pytest.approx(slope, rel=1e-5, abs=1e-7)


@every_network
def test_blocks_of_inputs_add_up(name, monkeypatch):
    net = trained(name, 8)
    whole = population_gradients(net, (1, 6), "logistic")
    monkeypatch.setattr("parity_compare.algorithms.population._NUMBERS", 1 << 11)
    for key, gradient in population_gradients(net, (1, 6), "logistic").items():
        assert gradient == pytest.approx(whole[key], rel=1e-10, abs=1e-13)


@pytest.mark.parametrize("name", ["relu", "sine"])
def test_untrained_blocks_have_no_gradient(name):
    net = trained(name, 5, second_layer=False)
    assert set(population_gradients(net, (0, 1))) == {"W"}


def test_labels_of_coin_tosses_teach_the_correlation_loss_nothing():
    for gradient in population_gradients(trained("relu", 6), (0, 1), noise=0.5).values():
        assert np.abs(gradient).max() < 1e-14


def test_the_coefficients_of_a_network_are_its_correlations_with_parities():
    """The correlation loss is minus the coefficient at S; a PolyNet of k factors has degree k."""
    net = trained("polynet", 7, k=3)
    coefficients = network_coefficients(net)
    assert coefficients[index_of((1, 4, 6))] == pytest.approx(-population_loss(net, (1, 4, 6)))
    sizes = np.bitwise_count(np.arange(2**7))
    assert np.abs(coefficients[sizes > 3]).max() < 1e-12


@settings(max_examples=60, deadline=None)
@given(data=st.data(), n=st.integers(1, 11), seed=st.integers(0, 2**32))
def test_the_threshold_neuron_s_closed_form_is_its_enumeration(data, n, seed):
    rng = np.random.default_rng(seed)
    k = data.draw(st.integers(0, n))
    bias = data.draw(st.floats(-n - 2, n + 2) | st.sampled_from([5e-324, -5e-324, 1e-38]))
    noise = data.draw(st.sampled_from([0.0, 0.25]))
    support = tuple(int(i) for i in rng.permutation(n)[:k])
    w, x = rng.choice([-1.0, 1.0], n), to_signs(cube(n)).astype(float)
    y = x[:, list(support)].prod(axis=1)
    enumerated = (1 - 2 * noise) * ((y * (x @ w >= bias)) @ x) / 2**n
    closed = threshold_neuron_gradient(w, bias, support, noise=noise)
    assert closed == pytest.approx(enumerated, rel=1e-11, abs=1e-14)


def test_the_threshold_neuron_is_a_relu_unit():
    """Minus the gradient of relu(w.x - b) with the correlation loss, from the network itself."""
    n, support, bias = 9, (0, 3, 4, 8), 1.5
    network = catalogue.make_network("relu", n, width=1, second_layer=False)
    w = np.random.default_rng(1).choice([-1.0, 1.0], n)
    values = {
        "W": np.append(w, -bias)[np.newaxis, np.newaxis],
        "u": np.ones((1, 1)),
        "c": np.zeros((1, 1)),
    }
    theta = {key: value[0].numpy() for key, value in network.assemble(values, "cpu").items()}
    net = TrainedNetwork(network, theta)
    gradient = population_gradients(net, support, noise=0.1)["W"][0, :n]
    closed = threshold_neuron_gradient(w, bias, support, noise=0.1)
    assert -gradient == pytest.approx(closed, rel=1e-12, abs=1e-16)


@pytest.mark.parametrize(("n", "k"), [(9, 2), (9, 4), (51, 4), (101, 6)])
def test_its_gap_is_half_the_majority_s(n, k):
    size = np.abs(threshold_neuron_gradient(np.ones(n), 0, tuple(range(k))))
    assert size[:k].min() - size[k:].max() == pytest.approx(majority_gap(n, k) / 2, rel=1e-10)
    if n <= 9:
        fires = fourier_coefficients((to_signs(cube(n)).sum(axis=1) > 0).astype(float))
        assert fourier_gap(fires, range(k)) == pytest.approx(majority_gap(n, k) / 2, rel=1e-12)


def test_it_is_what_the_best_gap_rests_on():
    gap = best_gap(30, 3)
    size = np.abs(threshold_neuron_gradient(np.ones(30), 30 - 2 * gap.radius, (4, 5, 6)))
    assert size[4] == pytest.approx(gap.inside, rel=1e-12)
    assert size[0] == pytest.approx(gap.outside, rel=1e-12)


def test_a_million_inputs_are_no_matter():
    n = 10**6 + 1
    gradient = threshold_neuron_gradient(np.ones(n), 0, (0, 1))
    assert gradient[0] == pytest.approx(1 / math.sqrt(2 * math.pi * n), rel=1e-5)
    assert np.all(np.abs(gradient[2:]) < np.abs(gradient[0]) / 1e5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"support": (0, 6)}, r"support must lie in 0..n-1 = 0..5, got 6"),
        ({"support": (1, 1)}, "subset must hold distinct coordinates"),
        ({"loss": "cubic"}, "loss must be one of hinge, .* got 'cubic'"),
        ({"noise": 0.7}, r"noise must lie in \[0, 0.5\], got 0.7"),
    ],
)
def test_arguments_out_of_range(arguments, message):
    with pytest.raises(InvalidInput, match=message):
        population_gradients(trained("relu", 6), **{"support": (0,), **arguments})


def test_networks_of_many_bits_are_not_enumerated():
    with pytest.raises(InvalidInput, match=r"n must be at most 20 .* got 21"):
        population_gradients(trained("relu", 21), (0,))


@pytest.mark.parametrize(
    ("weights", "bias", "message"),
    [([1, 0.5], 0, "signs -1 and 1"), ([], 0, "signs"), ([1, -1], math.nan, "bias must be finite")],
)
def test_a_neuron_of_other_weights_has_no_closed_form(weights, bias, message):
    with pytest.raises(InvalidInput, match=message):
        threshold_neuron_gradient(weights, bias, (0,))
