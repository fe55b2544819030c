"""The rival of benchmarks/networks.py: the loop that one writes in PyTorch for one seed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from parity_compare.algorithms.networks import activations

N, K, BATCH = 30, 3, 32


class Apply(nn.Module):
    """A function as a module."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, z: Tensor) -> Tensor:
        return self.function(z)


class BlockForms(nn.Module):
    """k linear forms, each on a block of n / k coordinates of its own."""

    def __init__(self, n: int, k: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(k, n // k) / math.sqrt(n // k))

    def forward(self, x: Tensor) -> Tensor:
        return (x.view(-1, *self.weight.shape) * self.weight).sum(dim=2)


class Attention(nn.Module):
    """The project's transformer, written with PyTorch's layers and its fused attention."""

    def __init__(self, n: int, d: int) -> None:
        super().__init__()
        self.token = nn.Embedding(2, d)
        self.position = nn.Parameter(torch.randn(n, d) / math.sqrt(d))
        self.readout = nn.Parameter(torch.randn(d) / math.sqrt(d))
        self.Q, self.K, self.V, self.O = (nn.Linear(d, d, bias=False) for _ in range(4))
        self.A, self.u = nn.Linear(d, d), nn.Linear(d, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.position + self.token((x < 0).long())
        query = self.Q(self.readout).expand(len(x), 1, -1)
        q, k, v = (self._by_head(part) for part in (query, self.K(h), self.V(h)))
        attention = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(1)
        return self.u(torch.relu(self.A(self.readout + self.O(attention))))

    @staticmethod
    def _by_head(rows: Tensor) -> Tensor:
        return rows.unflatten(-1, (-1, 8)).transpose(1, 2)


def module(name: str, width: int) -> nn.Module:
    """An architecture of the catalogue as one writes it in PyTorch."""
    if name == "polynet":
        return nn.Sequential(nn.Linear(N, K), Apply(lambda z: z.prod(dim=1, keepdim=True)))
    if name == "disjoint-polynet":
        return nn.Sequential(BlockForms(N, K), Apply(lambda z: z.prod(dim=1, keepdim=True)))
    if name == "deep":
        square = Apply(torch.square)
        inner = (nn.Linear(N, width), square, nn.Linear(width, width), square)
        return nn.Sequential(*inner, nn.Linear(width, 1))
    if name == "transformer":
        return Attention(N, width)
    functions: dict[str, Callable[[Tensor], Tensor]] = {
        "relu": torch.relu,
        "power": lambda z: z**K,
        "k-zigzag": activations.ParityZigzag(K).value,
        "polynomial": activations.ParityPolynomial(K).value,
        "zigzag": activations.Zigzag().value,
        "sine": torch.sin,
    }
    return nn.Sequential(nn.Linear(N, width), Apply(functions[name]), nn.Linear(width, 1))


def one_seed(
    model: nn.Module, lr: float, *, threads: int, lasting: float, device: str = "cpu"
) -> tuple[float, float]:
    """Steps per second of one seed's loop, on the wall and of processor time.

    The loop goes on for ``lasting`` seconds of processor time and thread.
    """
    torch.set_num_threads(threads)
    model = model.to(device)
    optimiser = torch.optim.SGD(model.parameters(), lr=lr)
    steps, start, worked = 0, time.perf_counter(), time.process_time()
    while time.process_time() - worked < threads * lasting:
        for _ in range(20):
            x = 2.0 * torch.randint(0, 2, (BATCH, N), device=device) - 1
            y = x[:, :K].prod(dim=1)
            loss = torch.relu(1 - y * model(x).squeeze(1)).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        if device != "cpu":
            torch.cuda.synchronize()
        steps += 20
    return steps / (time.perf_counter() - start), steps / (time.process_time() - worked)
