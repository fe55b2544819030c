"""Every architecture against a plain per-trial twin and automatic differentiation."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_compare.algorithms.networks import catalogue
from parity_compare.algorithms.networks.activations import (
    ParityPolynomial,
    ParityZigzag,
    Power,
    ReLU,
    Sine,
    Zigzag,
)
from parity_compare.algorithms.networks.network import Examples, TrainedNetwork, padded
from parity_compare.algorithms.training.losses import LOSSES
from parity_compare.algorithms.training.starts import Start
from parity_compare.problems.bits import pack, to_signs

VARIANTS = [
    (name, options)
    for name in catalogue.NAMES
    for options in (
        [{}, {"second_layer": False}, {"scale": 0.25}]
        if name in ("relu", "power", "k-zigzag", "polynomial", "zigzag", "sine")
        else [{}]
    )
]
every_variant = pytest.mark.parametrize(
    ("name", "options"), VARIANTS, ids=[f"{name}-{options}" for name, options in VARIANTS]
)


def make(name, n, *, k=2, width=None, **options):
    width = width or {"transformer": 32, "deep": 5}.get(name, 3)
    return catalogue.make_network(name, n, width=width, k=k, **options)


def plain_activation(activation, z):
    """The activation by another formula than the project's."""
    if isinstance(activation, ReLU):
        return torch.clamp(z, min=0)
    if isinstance(activation, Power):
        return torch.stack([z] * activation.k).prod(dim=0)
    if isinstance(activation, Sine):
        return torch.cos(activation.frequency * z + activation.phase - math.pi / 2)
    if isinstance(activation, Zigzag):
        return 2 / math.pi * torch.asin(torch.sin(math.pi / 2 * (z + activation.phase)))
    k = activation.k
    nodes = torch.arange(-k, k + 1, 2, dtype=z.dtype)
    values = [(-1.0) ** (k - j) for j in range(k + 1)]
    if isinstance(activation, ParityPolynomial):  # Lagrange
        total = torch.zeros_like(z)
        for j in range(k + 1):
            others = [(z - nodes[i]) / (nodes[j] - nodes[i]) for i in range(k + 1) if i != j]
            total = total + values[j] * torch.stack(others).prod(dim=0)
        return total
    # A line through the first two nodes, and a kink at every inner one.
    slopes = [(values[j + 1] - values[j]) / 2 for j in range(k)]
    total = values[0] + slopes[0] * (z - nodes[0])
    for j in range(1, k):
        total = total + (slopes[j] - slopes[j - 1]) * torch.clamp(z - nodes[j], min=0)
    return total


def plain_outputs(network, theta, x):
    """f by the book: one network, no padding; ``x`` ``(m, n)`` signs."""
    name = network.name
    ones = torch.ones(len(x), 1, dtype=x.dtype)
    inputs = torch.cat([x, ones], dim=1)
    if name == "polynet":
        return (inputs @ theta["W"].T).prod(dim=1)
    if name == "deep":
        h = plain_activation(network.activation, inputs @ theta["W1"].T)
        for layer in range(2, len(network.widths) + 1):
            z = h @ theta[f"W{layer}"].T + theta[f"b{layer}"]
            h = plain_activation(network.activation, z)
        return h @ theta["u"] + theta["c"]
    if name == "transformer":
        return plain_transformer(network, theta, x)
    hidden = plain_activation(network.activation, inputs @ theta["W"].T)
    return network.scale * (hidden @ theta["u"]) + theta["c"]


def plain_transformer(network, theta, x):
    heads, a = network.heads, 8
    tokens = torch.where(x[:, :, None] > 0, theta["token"][0], theta["token"][1])
    h = theta["position"] + tokens  # (m, n, d)
    query = theta["Q"] @ theta["readout"]
    mixed = []
    for head in range(heads):
        rows = slice(head * a, (head + 1) * a)
        keys, values = h @ theta["K"][rows].T, h @ theta["V"][rows].T
        weights = torch.softmax(keys @ query[rows] / math.sqrt(a), dim=1)
        mixed.append((weights[:, :, None] * values).sum(dim=1))
    stream = theta["readout"] + torch.cat(mixed, dim=1) @ theta["O"].T
    return torch.relu(stream @ theta["A"].T + theta["a"]) @ theta["u"] + theta["c"]


def draw(network, trials, size, seed):
    """Parameters in double precision, and a batch, of each trial."""
    rng = np.random.default_rng(seed)
    starts = [Start("gaussian", 0.7).draw(network, rng) for _ in range(trials)]
    values = {key: np.stack([s[key] for s in starts]).astype(np.float64) for key in starts[0]}
    bits = rng.integers(0, 2, size=(trials, size, network.n), dtype=np.uint8)
    labels = rng.integers(0, 2, size=(trials, size), dtype=np.uint8)
    batch = Examples(trials, size, network.n, "cpu", torch.float64)
    batch.fill(pack(bits), labels)
    return values, batch, bits, labels


def unpadded(network, values, t):
    blocks = network.blocks()
    return {
        name: torch.from_numpy(values[name][t]).clone().requires_grad_(blocks[name].trained)
        for name in blocks
    }


def cut(block, stored):
    return stored[tuple(slice(0, size) for size in block.shape)]


@every_variant
@pytest.mark.parametrize("loss", LOSSES)
@settings(max_examples=6, deadline=None)
@given(
    half=st.integers(1, 6),
    k=st.integers(1, 4),
    size=st.integers(1, 20),
    trials=st.integers(1, 3),
    seed=st.integers(0, 2**32 - 1),
)
def test_gradients_equal_those_of_automatic_differentiation(
    name, options, loss, half, k, size, trials, seed
):
    n = k * half if name == "disjoint-polynet" else 2 * half
    network = make(name, n, k=k, **options)
    values, batch, bits, labels = draw(network, trials, size, seed)
    theta = network.assemble(values, "cpu")
    weights = torch.zeros(batch.y.shape[1], dtype=torch.float64)
    weights[:size] = 1 / size
    f, way = network.forward(theta, batch.X)
    slopes = LOSSES[loss].slope(batch.y, f) * weights
    gradients = network.backward(theta, batch.X, way, slopes)
    blocks = network.blocks()
    assert set(gradients) == {key for key, block in blocks.items() if block.trained}
    torch.testing.assert_close(network.outputs(theta, batch.X), f)
    for t in range(trials):
        plain = unpadded(network, values, t)
        x, y = (torch.from_numpy(to_signs(a)).double() for a in (bits[t], labels[t]))
        expected = plain_outputs(network, plain, x)
        torch.testing.assert_close(f[t, :size], expected)
        z = y * expected
        plain_loss = {
            "hinge": torch.clamp(1 - z, min=0),
            "square": (y - expected) ** 2,
            "logistic": torch.logaddexp(torch.zeros_like(z), -z),
            "correlation": -z,
        }[loss]
        value = LOSSES[loss].value(batch.y, f)[t, :size]
        torch.testing.assert_close(value, plain_loss)
        plain_loss.mean().backward()
        for key, gradient in gradients.items():
            wanted = plain[key].grad
            if blocks[key].mask is not None:
                wanted = wanted * torch.from_numpy(blocks[key].mask)
            torch.testing.assert_close(cut(blocks[key], gradient[t]), wanted)
            outside = gradient[t].clone()
            cut(blocks[key], outside).zero_()
            assert not outside.any(), "padding has no gradient"


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5, 8])
@pytest.mark.parametrize("kind", [ParityPolynomial, ParityZigzag])
def test_interpolating_activations_are_the_parity_at_its_sums(kind, k):
    """At z = x_1 + ... + x_k the value is x_1 ... x_k."""
    nodes = torch.arange(-k, k + 1, 2, dtype=torch.float64)
    parity = torch.tensor([(-1.0) ** (k - j) for j in range(k + 1)], dtype=torch.float64)
    torch.testing.assert_close(kind(k).value(nodes), parity)


def test_the_endless_waves_are_every_parity_up_to_a_shift():
    for k in (1, 2, 3, 6):
        z = torch.arange(-k, k + 1, 2, dtype=torch.float64)
        parity = torch.tensor([(-1.0) ** (k - j) for j in range(k + 1)], dtype=torch.float64)
        shifted = z - k + 1
        torch.testing.assert_close(Zigzag().value(shifted), parity)
        torch.testing.assert_close(Sine(math.pi / 2).value(shifted), parity)


@pytest.mark.parametrize(
    "activation",
    [ReLU(), Power(1), Power(2), Power(5), ParityPolynomial(4), Zigzag(), ParityZigzag(3),
     ParityZigzag(4), Sine(), Sine(1.7, 0.4), Zigzag(0.7)],
    ids=str,
)  # fmt: skip
def test_slopes_are_derivatives_between_the_kinks(activation):
    z = torch.linspace(-7.03, 6.98, 200, dtype=torch.float64)
    step = 1e-6
    quotient = (activation.value(z + step) - activation.value(z - step)) / (2 * step)
    torch.testing.assert_close(activation.slope(z), quotient, rtol=1e-6, atol=1e-5)


@every_variant
def test_a_snapshot_computes_what_the_network_computes_and_stays_as_it_is(name, options):
    n, size = 6, 37
    network = make(name, n, **options)
    values, _, bits, _ = draw(network, 2, size, 5)
    values = {key: value.astype(np.float32) for key, value in values.items()}
    batch32 = Examples(2, size, n, "cpu")
    batch32.fill(pack(bits), np.zeros((2, size), dtype=np.uint8))
    theta = network.assemble(values, "cpu")
    outputs = network.outputs(theta, batch32.X)[:, :size].numpy()
    for t in range(2):
        copy = TrainedNetwork(
            network, {key: value[t].numpy().copy() for key, value in theta.items()}
        )
        np.testing.assert_allclose(copy.outputs(bits[t]), outputs[t], rtol=1e-3, atol=1e-4)
        np.testing.assert_array_equal(copy(bits[t]), ~(copy.outputs(bits[t]) > 0))
        assert copy.input_weights().shape[1] == n
    for value in theta.values():
        value.zero_()
    np.testing.assert_allclose(copy.outputs(bits[1]), outputs[1], rtol=1e-3, atol=1e-4)


@every_variant
def test_input_gradients_are_the_gradients_of_the_input_weights(name, options):
    """Against central differences of the network's own outputs, in single precision."""
    n = 4
    network = make(name, n, **options)
    rng = np.random.default_rng(3)
    values = Start("gaussian", 0.6).draw(network, rng)
    assembled = network.assemble({key: value[None] for key, value in values.items()}, "cpu")
    theta = {key: value[0].numpy() for key, value in assembled.items()}
    bits = rng.integers(0, 2, size=(9, n), dtype=np.uint8)
    slopes = rng.normal(size=9).astype(np.float32)
    found = TrainedNetwork(network, theta).input_gradients(bits, slopes)
    key = next(iter(theta))  # the first block holds the input weights
    step = 1e-2
    for unit, i in ((0, 0), (found.shape[0] - 1, n - 1)):
        place = (i, unit) if name == "transformer" else (unit, i)
        if network.blocks()[key].mask is not None and not network.blocks()[key].mask[place]:
            assert found[unit, i] == 0
            continue
        totals = []
        for sign in (1, -1):
            moved = {k: v.copy() for k, v in theta.items()}
            moved[key][place] += sign * step
            totals.append(float(slopes @ TrainedNetwork(network, moved).outputs(bits)))
        assert found[unit, i] == pytest.approx((totals[0] - totals[1]) / (2 * step), abs=2e-2)


@every_variant
def test_gradients_of_many_batches_are_those_of_each_alone(name, options):
    n, b, m = 4, 3, 9
    network = make(name, n, **options)
    rng = np.random.default_rng(4)
    values = Start("gaussian", 0.6).draw(network, rng)
    assembled = network.assemble({key: value[None] for key, value in values.items()}, "cpu")
    trained = TrainedNetwork(network, {key: value[0].numpy() for key, value in assembled.items()})
    bits = rng.integers(0, 2, size=(b, m, n), dtype=np.uint8)
    labels = rng.integers(0, 2, size=(b, m), dtype=np.uint8)
    rows = np.stack([pack(batch) for batch in bits])
    together = trained.batch_gradients(rows, labels, lambda y, f: f - y)
    for i in range(b):
        slopes = (trained.outputs(bits[i]) - (1 - 2 * labels[i].astype(np.float32))) / m
        alone = trained.input_gradients(bits[i], slopes)
        np.testing.assert_allclose(together[i], alone, rtol=1e-4, atol=1e-5)


def test_a_disjoint_polynet_reads_each_block_in_one_factor():
    network = make("disjoint-polynet", 6, k=3)
    start = Start("bernoulli", 1.0).draw(network, np.random.default_rng(0))["W"]
    blocks = np.kron(np.eye(3), np.ones((1, 2)))
    np.testing.assert_array_equal(np.abs(start), np.hstack([blocks, np.zeros((3, 1))]))


def test_examples_hold_signs_a_column_of_ones_and_padding():
    bits = np.random.default_rng(0).integers(0, 2, size=(2, 5, 70), dtype=np.uint8)
    labels = np.array([[0, 1, 0, 1, 1]] * 2, dtype=np.uint8)
    batch = Examples(2, 5, 70, "cpu")
    batch.fill(pack(bits), labels)
    assert batch.X.shape == (2, padded(5), padded(71))
    np.testing.assert_array_equal(batch.X[:, :5, :70], to_signs(bits))
    assert (batch.X[:, :5, 70] == 1).all()
    assert not batch.X[:, 5:].any()
    assert not batch.X[:, :, 71:].any()
    np.testing.assert_array_equal(batch.y[:, :5], to_signs(labels))
    assert not batch.y[:, 5:].any()


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_every_name_has_defaults_and_says_whether_it_needs_k(name):
    own = catalogue.DEFAULTS[name]
    shapes = {
        k: {key: block.shape for key, block in make(name, 12, k=k).blocks().items()} for k in (2, 3)
    }
    networks = [make(name, 12, k=k) for k in (2, 3)]
    assert own.needs_k == (networks[0] != networks[1])
    assert networks[0].parameter_count == sum(math.prod(s) for s in shapes[2].values())


def test_a_network_s_own_factors_scale_biases_and_later_layers_alone():
    network = make("relu", 12, width=9)
    plain = Start().draw(network, np.random.default_rng(0))
    scaled = Start(bias_scale=0.0, later_scale=2.0).draw(network, np.random.default_rng(0))
    np.testing.assert_array_equal(scaled["W"][:, :12], plain["W"][:, :12])
    assert plain["W"][:, 12].any()
    assert not scaled["W"][:, 12].any()
    for name in ("u", "c"):
        np.testing.assert_allclose(scaled[name], 2 * plain[name], rtol=1e-6)
