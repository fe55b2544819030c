"""How near the compiled training of two-layer networks comes to the machine's matrix product.

    python benchmarks/fused.py [--repeats 5]

One trial on one core: updates per second, and floating-point operations per second as a share of
torch's product of two 2048 x 2048 float32 matrices on one core of the same process. An update
counts B r (4 (n + 1) + 7) + 2 P operations, P = r (n + 2) + 1; drawing the examples and testing
whether the network is a parity, which is done after every update or never, come on top and count
for nothing. The product and the shapes take turns, and the figures are medians; seconds are the
thread's own, so that others who share the core count less.
"""

from __future__ import annotations

import argparse
import itertools
import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from parity_compare.algorithms.kernels.two_layer import (
    HINGE,
    Data,
    Model,
    Networks,
    Progress,
    Schedule,
    Screening,
    padded,
    train,
)
from parity_compare.environment import describe
from parity_compare.problems import SparseParity
from parity_compare.problems.bits import mask, random_words, words_for
from parity_compare.problems.seeding import generator
from parity_compare.problems.stream_kernel import stream_state

_SIDE = 2048
_OPERATIONS = 2e9  # of one timed run: some tens of milliseconds


@dataclass
class Case:
    """A network in training at the default learning rate, one of the table's rows."""

    n: int
    width: int
    batch: int
    screened: bool
    heated: bool

    def __post_init__(self) -> None:
        n, r, B = self.n, self.width, self.batch
        rng, problem = np.random.default_rng(0), SparseParity(n, 3)
        self.operations = B * r * (4 * (n + 1) + 7) + 2 * (r * (n + 2) + 1)
        self.steps = math.ceil(_OPERATIONS / self.operations)
        self.model = Model(n, r, B, 0, 1.0, HINGE, True, True)
        W = np.zeros((1, padded(r), padded(n + 1)), dtype=np.float32)
        u = np.zeros((1, padded(r)), dtype=np.float32)
        W[0, :r, : n + 1] = rng.uniform(-1, 1, (r, n + 1)) / math.sqrt(n)
        u[0, :r] = rng.uniform(-1, 1, r) / math.sqrt(r)
        self.networks = Networks(W, u, np.zeros(1, dtype=np.float32))
        streams = [generator(name, n, 3, 0, 0) for name in ("inputs", "flips")]
        self.data = Data(
            np.zeros((1, B, words_for(n)), dtype=np.uint64),
            np.zeros((1, B), dtype=np.uint8),
            stream_state(*streams)[None],
            mask(problem.support, n)[None],
            np.zeros(1),
        )
        rows = random_words(rng, 65, n)[None]
        self.screening = Screening(rows, int(self.screened), np.zeros((1, n), dtype=np.uint8))

    def run(self) -> float:
        """Seconds per update. The rate is so small that the network stays on its plateau."""
        numbers = (1e-4, 1e-4, 1, 1, 1e-5 * self.heated, 1e-5 * self.heated)
        schedule = Schedule(
            0,
            *(np.full(self.steps, number, dtype=np.float32) for number in numbers),
            np.zeros(1, dtype=np.uint64),
        )
        progress = Progress(
            np.zeros(1, dtype=np.int64),
            np.zeros(1, dtype=np.float32),
            np.zeros(1, dtype=np.uint8),
            np.zeros((1, 2), dtype=np.int64),
        )
        arguments = (self.model, self.networks, self.data, schedule, self.screening, progress)
        return seconds(lambda: train(*arguments, self.steps)) / int(progress.steps[0])


def seconds(work: Callable[[], object]) -> float:
    """This thread's processor seconds."""
    start = time.thread_time()
    work()
    return time.thread_time() - start


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args(arguments).repeats
    torch.set_num_threads(1)
    left, right = torch.randn(2, _SIDE, _SIDE)
    shapes = itertools.product((30, 100), (100, 1000), (32, 128), (False, True))
    cases = [Case(*shape, heated=False) for shape in shapes]
    cases += [Case(30, 100, 32, screened=False, heated=True)]
    taken: list[list[float]] = [[] for _ in cases]
    products: list[float] = []
    for turn in range(repeats + 1):
        for case, times in zip(cases, taken, strict=True):
            product, step = seconds(lambda: left @ right), case.run()
            if turn:  # the first turn compiles and warms up
                products.append(product)
                times.append(step)
    peak = 2 * _SIDE**3 / statistics.median(products)
    described = describe()
    print(", ".join(f"{name} {described[name]}" for name in ("processor", "torch", "numba")))
    print(f"one core, torch's product of {_SIDE} x {_SIDE} float32: {peak / 1e9:.1f} GFLOP/s")
    print("  n width batch screened heated  updates/s  GFLOP/s  share")
    for case, times in zip(cases, taken, strict=True):
        step = statistics.median(times)
        rate = case.operations / step
        screened, heated = ("yes" if flag else "no" for flag in (case.screened, case.heated))
        print(
            f"{case.n:>3} {case.width:>5} {case.batch:>5} {screened:>8} {heated:>6} "
            f"{1 / step:>10.0f} {rate / 1e9:>8.1f} {rate / peak:>6.0%}"
        )


if __name__ == "__main__":
    main()
