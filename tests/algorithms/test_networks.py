"""The network's closed-form gradients, its padding, and its NumPy twin."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_compare.algorithms.networks.mlp import MLP, Examples, padded, parameter_count
from parity_compare.problems.bits import pack, to_signs

shapes = {
    "n": st.integers(1, 20),
    "width": st.integers(1, 20),
    "size": st.integers(1, 40),
    "trials": st.integers(1, 4),
    "seed": st.integers(0, 2**32 - 1),
}


def networks_and_batch(n, width, size, trials, seed, dtype=np.float64):
    """Random networks, a random batch for each, and the batch's bits and labels."""
    rng = np.random.default_rng(seed)
    flat = rng.normal(size=(trials, parameter_count(n, width))).astype(dtype)
    bits = rng.integers(0, 2, size=(trials, size, n), dtype=np.uint8)
    labels = rng.integers(0, 2, size=(trials, size), dtype=np.uint8)
    batch = Examples(trials, size, n, "cpu", torch.from_numpy(flat).dtype)
    batch.fill(pack(bits), labels)
    return flat, MLP(n, width, flat, "cpu"), batch, bits, labels


@settings(max_examples=60, deadline=None)
@given(**shapes)
def test_gradients_equal_those_of_automatic_differentiation(n, width, size, trials, seed):
    flat, networks, batch, bits, labels = networks_and_batch(n, width, size, trials, seed)
    losses, gradients = networks.hinge_gradients(batch)
    for t in range(trials):
        first = width * (n + 1)
        rows = torch.from_numpy(flat[t, :first].reshape(width, n + 1))
        W = rows[:, :n].clone().requires_grad_()
        b = rows[:, n].clone().requires_grad_()
        u = torch.from_numpy(flat[t, first:-1]).clone().requires_grad_()
        c = torch.from_numpy(flat[t, -1:]).clone().requires_grad_()
        x, y = (torch.from_numpy(to_signs(a)).double() for a in (bits[t], labels[t]))
        loss = torch.relu(1 - y * (torch.relu(x @ W.T + b) @ u + c)).mean()
        loss.backward()
        torch.testing.assert_close(losses[t].mean(), loss.detach())
        torch.testing.assert_close(gradients.W[t, :width, :n], W.grad)
        torch.testing.assert_close(gradients.W[t, :width, n], b.grad)
        torch.testing.assert_close(gradients.u[t, :width, 0], u.grad)
        torch.testing.assert_close(gradients.c[t, 0], c.grad)


@settings(max_examples=30, deadline=None)
@given(**shapes)
def test_padding_stays_zero_and_the_decay_multiplies_every_parameter(n, width, size, trials, seed):
    flat, networks, batch, *_ = networks_and_batch(n, width, size, trials, seed)
    _, gradients = networks.hinge_gradients(batch)
    still = MLP(n, width, 0.75 * flat, "cpu").parameters
    networks.descend(gradients, lr=0.5, decay=0.25)
    networks.add(torch.from_numpy(flat), 0.1)
    moved = networks.parameters
    assert moved.W.shape == (trials, padded(width), padded(n + 1))
    assert not moved.W[:, width:].any()
    assert not moved.W[:, :, n + 1 :].any()
    assert not moved.u[:, width:].any()
    twin = MLP(n, width, flat, "cpu").parameters
    for name in ("W", "u", "c"):
        start, gradient = getattr(still, name), getattr(gradients, name)
        expected = start - 0.5 * gradient + 0.1 * getattr(twin, name)
        torch.testing.assert_close(getattr(moved, name), expected)


@settings(max_examples=30, deadline=None)
@given(**shapes)
def test_a_snapshot_computes_what_the_network_computes(n, width, size, trials, seed):
    *_, networks, batch, bits, _ = networks_and_batch(n, width, size, trials, seed, np.float32)
    outputs = networks.outputs(batch.X)[:, :size, 0].numpy()
    for t in range(trials):
        snapshot = networks.snapshot(t)
        np.testing.assert_allclose(snapshot.outputs(bits[t]), outputs[t], rtol=1e-3, atol=1e-4)
        np.testing.assert_array_equal(snapshot(bits[t]), ~(snapshot.outputs(bits[t]) > 0))


def test_a_snapshot_does_not_change_with_the_network():
    _, networks, batch, bits, _ = networks_and_batch(5, 7, 9, 2, 0)
    snapshot = networks.snapshot(1)
    before = snapshot.outputs(bits[1])
    networks.descend(networks.hinge_gradients(batch)[1], lr=1.0, decay=0.0)
    np.testing.assert_array_equal(snapshot.outputs(bits[1]), before)


def test_the_initialisation_is_pytorchs_default():
    """Uniform on +-1/sqrt(fan-in), biases too: the extremes lie inside and near the bound."""
    n, width = 16, 400
    flat = MLP.initial(n, width, np.random.default_rng(0))
    first, second = flat[: width * (n + 1)], flat[width * (n + 1) :]
    for values, fan_in in ((first, n), (second, width)):
        bound = 1 / np.sqrt(fan_in)
        assert np.abs(values).max() <= bound
        assert np.abs(values).max() > 0.98 * bound
        assert np.std(values) == pytest.approx(bound / np.sqrt(3), rel=0.1)
        default = torch.nn.Linear(fan_in, 50)
        assert default.weight.abs().max() <= bound
        assert default.bias.abs().max() <= bound


def test_keeping_some_networks_leaves_them_as_they_were():
    _, networks, batch, *_ = networks_and_batch(5, 7, 9, 4, 0)
    outputs = networks.outputs(batch.X)
    networks.keep([3, 1])
    batch.keep([3, 1])
    torch.testing.assert_close(networks.outputs(batch.X), outputs[[3, 1]], rtol=0, atol=0)
