"""A transformer that reads a parity off one token: Barak et al. 2022, section 3.1 (*iii).

The paper's layout was not available (its appendix D.1.3); known are d_emb = 1024, d_attn = 8 and
128 heads. This is the simplest layout with these sizes: one layer, learned positions, a read-out
token whose query attends to all others, and a ReLU layer behind it, without which the
output would be an average over coordinates and no parity.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from parity_compare.algorithms.networks.network import (
    Block,
    Floats,
    Network,
    Theta,
    padded,
    read_out,
)

HEAD = 8
"""d_attn: numbers per head in queries, keys and values."""


@dataclass(frozen=True)
class Transformer(Network):
    """f(x) = u . relu(A (r + O attention) + a) + c, r the read-out token's embedding.

    Token i is h_i = p_i + e_(x_i); head h takes softmax over i of (Q_h r) . (K_h h_i) / sqrt(8),
    and averages V_h h_i with it; O mixes the heads. As h_i is affine in the sign x_i, so are keys
    and values, and neither is computed example by example.

    Parameters, with C = padded(n + 1) and d = width: ``position`` ``(C, d)``, ``token`` ``(2, d)``
    (e_+1, e_-1), ``readout`` ``(d,)``, ``Q``, ``K``, ``V`` ``(d, d)`` (heads by rows), ``O``
    ``(d, d)``, ``A`` ``(d, d)``, ``a`` ``(d,)``, ``u`` ``(d,)``, ``c`` ``(1,)``.

    Attributes:
        n: number of input bits.
        width: d_emb, a multiple of 16; there are width / 8 heads of 8 numbers.
    """

    width: int = 64

    name: ClassVar[str] = "transformer"

    @property
    def heads(self) -> int:
        """Number of heads."""
        return self.width // HEAD

    def blocks(self) -> dict[str, Block]:
        n, d = self.n, self.width
        square = Block((d, d), d, d, (d, d))
        return {
            "position": Block((n, d), n, d, (padded(n + 1), d), first=True),
            "token": Block((2, d), 2, d, (2, d), first=True),
            "readout": Block((d,), 1, d, (d,), first=True),
            "Q": square,
            "K": square,
            "V": square,
            "O": square,
            "A": square,
            "a": Block((d,), d, 1, (d,), bias=True),
            "u": Block((d,), d, 1, (d,)),
            "c": Block((1,), d, 1, (1,), bias=True),
        }

    def outputs(self, theta: Theta, X: Tensor) -> Tensor:
        trials, batch, columns = X.shape
        signs = X[:, None]  # (T, 1, M, C); column n holds ones, which the mask takes out
        mean = theta["token"].mean(dim=1, keepdim=True)  # (T, 1, d)
        half = theta["token"][:, :1] - mean
        affine = torch.cat([theta["position"] + mean, half], dim=1)  # (T, C + 1, d)
        keys, values = (self._by_head(torch.bmm(affine, theta[name].mT)) for name in "KV")
        query = self._by_head(torch.bmm(theta["readout"][:, None], theta["Q"].mT))
        logits = (query * keys).sum(dim=3) / math.sqrt(HEAD)  # (T, H, C + 1)
        absent = torch.arange(columns, device=X.device) >= self.n
        base = logits[:, :, :columns].masked_fill(absent, -math.inf)
        attention = torch.softmax(base[:, :, None] + logits[:, :, columns:, None] * signs, dim=3)
        shape = (trials * self.heads, batch, columns)
        average = torch.bmm(
            attention.reshape(shape), values[:, :, :columns].reshape(-1, columns, HEAD)
        ).view(trials, self.heads, batch, HEAD)
        tilt = (attention * signs).sum(dim=3, keepdim=True)
        average = average + tilt * values[:, :, columns:]
        mixed = torch.bmm(average.transpose(1, 2).reshape(trials, batch, -1), theta["O"].mT)
        stream = theta["readout"][:, None] + mixed
        hidden = torch.relu(torch.bmm(stream, theta["A"].mT) + theta["a"][:, None])
        return read_out(theta["u"], hidden) + theta["c"]

    def _by_head(self, rows: Tensor) -> Tensor:
        """``(T, m, d)`` to ``(T, H, m, 8)``."""
        return rows.view(*rows.shape[:2], self.heads, HEAD).transpose(1, 2)

    def input_weights(self, theta: Mapping[str, npt.NDArray[np.floating]]) -> Floats:
        """The positions' embeddings, ``(d, n)``."""
        return np.asarray(theta["position"][: self.n].T, dtype=np.float32)

    def operations(self, batch: int) -> float:
        """B (H n (6 * 8 + 18) + 12 d^2) for attention and the two products behind it, and
        12 d^2 (n + 1) for keys and values of all positions; the backward pass counts twice."""
        d, n = self.width, self.n
        return float(batch * (self.heads * n * (6 * HEAD + 18) + 12 * d * d) + 12 * d * d * (n + 1))

    def activations(self) -> int:
        return 3 * self.heads * padded(self.n + 1) + 8 * self.width
