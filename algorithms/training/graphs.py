"""CUDA graphs: the kernels of one update, recorded once and launched as one."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

_REHEARSALS = 3  # PyTorch asks for a few runs on a side stream before recording


class Graph:
    """One update as a graph of kernels.

    Args:
        update: makes one update in place, on tensors that stay where they are, with the same
            numbers every time.
        state: the tensors that an update changes: rehearsals must not count.
    """

    def __init__(self, update: Callable[[], None], state: Callable[[], list[Tensor]]) -> None:
        before = [value.clone() for value in state()]
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(_REHEARSALS):
                update()
        torch.cuda.current_stream().wait_stream(side)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            update()
        for k, value in enumerate(state()):
            # What the rehearsals made anew, such as a first momentum, started from nothing.
            value.copy_(before[k]) if k < len(before) else value.zero_()

    def replay(self) -> None:
        """Make one update."""
        self._graph.replay()
