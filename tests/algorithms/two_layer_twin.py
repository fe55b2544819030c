"""Made-up ensembles for the compiled training of two-layer networks, and its twin in NumPy."""

import math

import numpy as np

from parity_compare.algorithms.kernels.two_layer import (
    CORRELATION,
    HINGE,
    LOGISTIC,
    SQUARE,
    Data,
    Model,
    Networks,
    Progress,
    Schedule,
    Screening,
    padded,
)
from parity_compare.problems.bits import mask, random_words, words_for
from parity_compare.problems.seeding import generator
from parity_compare.problems.stream_kernel import stream_state


def model(n, width, batch, degree=0, scale=1.0, loss=HINGE, bias1=True, bias2=True):
    return Model(n, width, batch, degree, scale, loss, bias1, bias2)


def networks(shape, trials, seed=0):
    """Trials at random points of the size of PyTorch's default."""
    rng = np.random.default_rng(seed)
    n, r = shape.n, shape.width
    W = np.zeros((trials, padded(r), padded(n + 1)), dtype=np.float32)
    u = np.zeros((trials, padded(r)), dtype=np.float32)
    W[:, :r, : n + 1] = rng.uniform(-1, 1, (trials, r, n + 1)) / math.sqrt(n)
    u[:, :r] = rng.uniform(-1, 1, (trials, r)) / math.sqrt(r)
    return Networks(W, u, rng.uniform(-0.1, 0.1, trials).astype(np.float32))


def ring(shape, trials, slots, seed=0):
    """A ring filled by the caller, with random labels."""
    rng = np.random.default_rng(seed)
    rows = np.stack([random_words(rng, slots * shape.batch, shape.n) for _ in range(trials)])
    labels = rng.integers(0, 2, rows.shape[:2]).astype(np.uint8)
    none = np.empty((0, 8), dtype=np.uint64)
    return Data(rows, labels, none, none, np.empty(0))


def streamed(shape, problems, slots=1):
    """A ring that the kernel fills from the problems' streams."""
    trials, words = len(problems), words_for(shape.n)
    named = [(p.n, p.k, p.seed, 0) for p in problems]
    return Data(
        np.zeros((trials, slots * shape.batch, words), dtype=np.uint64),
        np.zeros((trials, slots * shape.batch), dtype=np.uint8),
        np.stack([stream_state(generator("inputs", *s), generator("flips", *s)) for s in named]),
        np.stack([mask(p.support, p.n) for p in problems]),
        np.array([p.noise for p in problems], dtype=float),
    )


def schedule(trials, steps, first=0, rates=(0.1, 0.1), keeps=(1, 1), heats=(0, 0)):
    constants = [np.full(steps, value, np.float32) for value in (*rates, *keeps, *heats)]
    return Schedule(first, *constants, np.arange(5, 5 + trials, dtype=np.uint64))


def screening(shape, trials, every=0, seed=9):
    rng = np.random.default_rng(seed)
    rows = np.stack([random_words(rng, 65, shape.n) for _ in range(trials)])
    return Screening(rows, every, np.zeros((trials, shape.n), dtype=np.uint8))


def progress(trials, step=0):
    return Progress(
        np.full(trials, step, dtype=np.int64),
        np.zeros(trials, dtype=np.float32),
        np.zeros(trials, dtype=np.uint8),
        np.zeros((trials, 2), dtype=np.int64),
    )


def copied(arrays):
    return Networks(*(array.copy() for array in arrays))


def same(left, right):
    return all(np.array_equal(a, b) for a, b in zip(left, right, strict=True))


class Twin:
    """One network in float64, by the formulas."""

    def __init__(self, shape, nets, t):
        self.shape = shape
        self.W = nets.W[t, : shape.width, : shape.n].astype(float)
        self.b = nets.W[t, : shape.width, shape.n].astype(float)
        self.u = nets.u[t, : shape.width].astype(float)
        self.c = float(nets.c[t])

    def outputs(self, X):
        return self.shape.scale * self.act(X @ self.W.T + self.b) @ self.u + self.c

    def act(self, z):
        return np.maximum(z, 0) if self.shape.degree == 0 else z**self.shape.degree

    def slope(self, z):
        k = self.shape.degree
        return (z > 0) * 1.0 if k == 0 else k * z ** (k - 1)

    def step(self, X, y, rates, keeps, heats, normal):
        s, (rate1, rate2), (keep1, keep2) = self.shape.scale, rates, keeps
        z, f = X @ self.W.T + self.b, self.outputs(X)
        loss, g = {
            HINGE: (np.maximum(1 - y * f, 0), -y * (1 - y * f > 0)),
            SQUARE: ((y - f) ** 2, 2 * (f - y)),
            LOGISTIC: (np.log1p(np.exp(-y * f)), -y / (1 + np.exp(y * f))),
            CORRELATION: (-y * f, -y),
        }[self.shape.loss]
        g = g / len(y)
        M = s * self.u * self.slope(z) * g[:, None]
        du = s * g @ self.act(z)
        n, r = self.shape.n, self.shape.width
        first, second = normal[: r * (n + 1)].reshape(r, n + 1), normal[r * (n + 1) :]
        self.W = keep1 * self.W - rate1 * M.T @ X + heats[0] * first[:, :n]
        if self.shape.bias1:
            self.b = keep1 * self.b - rate1 * M.sum(axis=0) + heats[0] * first[:, n]
        self.u = keep2 * self.u - rate2 * du + heats[1] * second[:r]
        if self.shape.bias2:
            self.c = keep2 * self.c - rate2 * g.sum() + heats[1] * second[r]
        return loss.mean(), np.abs(1 - y * f).min(), np.abs(z).min()
