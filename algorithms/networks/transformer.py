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
_DEPTH = 0.95
"""Logits below a head's greatest by more than this share of -ln of the smallest positive number (83
in single, 673 in double precision) count as this far below: an example that has none of the tokens
with greater ones must not divide zero by zero."""


@dataclass(frozen=True)
class Transformer(Network):
    """f(x) = u . relu(A (r + O attention) + a) + c, r the read-out token's embedding.

    Token i is h_i = p_i + e_(x_i); head h takes softmax over i of (Q_h r) . (K_h h_i) / sqrt(8),
    and averages V_h h_i with it; O mixes the heads. There are two tokens, so exp(logit) and value
    take one of two values at a place and are computed once, not example by example: numerator and
    denominator of an average are sums over the tokens that are there, matrix products.

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
        query = torch.bmm(theta["readout"][:, None], theta["Q"].mT).reshape(-1, 1, HEAD)
        asked = torch.bmm(query, theta["K"].reshape(-1, HEAD, self.width)) / math.sqrt(HEAD)
        logits = _per_token(theta, asked.view(trials, self.heads, self.width))  # (T, 2, C, H)
        most = logits[:, :, : self.n].detach().amax(dim=(1, 2), keepdim=True)
        present = (torch.arange(columns, device=X.device) < self.n).to(X.dtype)
        least = _DEPTH * math.log(torch.finfo(X.dtype).tiny)
        weights = (logits - most).clamp(least, 0).exp() * present[:, None]
        weights = weights.view(trials, 2 * columns, self.heads)
        values = _per_token(theta, theta["V"]).view(trials, 2 * columns, self.heads, HEAD)
        weighted = (values * weights.unsqueeze(3)).view(trials, 2 * columns, self.width)
        there = torch.cat([1 + X, 1 - X], dim=2)  # (T, M, 2 C), 2 for a token that is there, else 0
        total = torch.bmm(there, weighted).view(trials, batch, self.heads, HEAD)
        average = total / torch.bmm(there, weights).unsqueeze(3)
        mixed = torch.bmm(average.view(trials, batch, self.width), theta["O"].mT)
        stream = theta["readout"][:, None] + mixed
        hidden = torch.relu(torch.bmm(stream, theta["A"].mT) + theta["a"][:, None])
        return read_out(theta["u"], hidden) + theta["c"]

    def input_weights(self, theta: Mapping[str, npt.NDArray[np.floating]]) -> Floats:
        """The positions' embeddings, ``(d, n)``."""
        return np.asarray(theta["position"][: self.n].T, dtype=np.float32)

    def operations(self, batch: int) -> float:
        """B (8 n (d + H) + 12 d^2) for attention and the two products behind it, and
        6 d (d + H) (n + 2) for values and logits of all tokens; the backward pass counts twice, but
        for the examples, which have no gradient."""
        d, n = self.width, self.n
        both = d + self.heads
        return float(batch * (8 * n * both + 12 * d * d) + 6 * d * both * (n + 2))

    def activations(self) -> int:
        return 2 * padded(self.n + 1) + 9 * self.width


def _per_token(theta: Theta, rows: Tensor) -> Tensor:
    """Products of the embeddings of both tokens at all places with ``rows`` ``(T, m, d)``:
    ``(T, 2, C, m)``."""
    places, tokens = (torch.bmm(theta[name], rows.mT) for name in ("position", "token"))
    return places[:, None] + tokens[:, :, None]
