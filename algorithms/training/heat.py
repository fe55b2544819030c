"""Langevin's heat: normal numbers that belong to (trial, step, parameter), whoever draws them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from parity_compare.algorithms.kernels.heat import normals, torch_normals
from parity_compare.algorithms.networks.network import Network, Theta


def add_heat(
    network: Network,
    theta: Theta,
    keys: npt.NDArray[np.uint64],
    step: int,
    scales: tuple[float, float],
) -> None:
    """theta <- theta + scale N(0, I), with one scale for the first layer and one for the others.

    Parameter p of P, counted through the blocks in order without their padding, takes number
    step P + p of its trial's stream. Blocks that are not trained stay where they are.

    Args:
        network: the architecture.
        theta: its parameters, changed in place.
        keys: ``(T,)`` names of the streams.
        step: number of updates before this one.
        scales: of the first layer and of all others.
    """
    count = network.parameter_count
    device = next(iter(theta.values())).device
    index = np.full(len(keys), step * count, dtype=np.uint64)
    if device.type == "cpu":
        drawn = np.empty((len(keys), count), dtype=np.float32)
        normals(keys, index, drawn)
        heat = torch.from_numpy(drawn)
    else:
        names, first = (torch.from_numpy(words.view(np.int64)) for words in (keys, index))
        heat = torch_normals(names, first, count, device)
    place = 0
    for name, block in network.blocks().items():
        values = heat[:, place : place + block.size].view(-1, *block.shape)
        place += block.size
        scale = scales[0 if block.first else 1]
        if not block.trained or not scale:
            continue
        if block.mask is not None:
            values = values * torch.from_numpy(block.mask).to(device)
        target = theta[name][(slice(None), *(slice(0, size) for size in block.shape))]
        target.add_(values, alpha=scale)
