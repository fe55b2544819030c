"""Ours in benchmarks/networks.py: many trials as one ensemble, through the public learner."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import dataclass
from unittest import mock

import torch
from one_seed_loop import K, N

from parity_compare.algorithms import Budget
from parity_compare.algorithms.sgd import SGD
from parity_compare.algorithms.training import loop
from parity_compare.problems import SparseParity


@dataclass
class Course:
    """Many trials of a learner for a fixed number of steps."""

    learner: SGD
    trials: int
    steps: int
    threads: int

    def run(self, *, reading: bool = False) -> tuple[float, float, float]:
        """Trial-steps per second on the learner's clock, on the wall and of processor time.

        Args:
            reading: whether to include what happens once per trial, off the clock, when training
                has ended: the reading of supports off networks that ran out of steps.
        """
        torch.set_num_threads(1)
        blocks = self.learner.network == "disjoint-polynet"
        problems = (SparseParity(N, K, seed=seed, blocks=blocks) for seed in range(self.trials))
        oracles = [problem.examples() for problem in problems]
        budget = Budget(steps=self.steps, threads=self.threads)
        start, worked = time.perf_counter(), time.process_time()
        with (
            nullcontext() if reading else mock.patch.object(loop, "read_support", return_value=None)
        ):
            outcomes = self.learner.learn_many(oracles, k=K, rngs=range(self.trials), budget=budget)
        wall, worked = time.perf_counter() - start, time.process_time() - worked
        made = sum(outcome.cost.steps for outcome in outcomes)
        clock = max(outcome.cost.seconds for outcome in outcomes)
        return made / clock, made / wall, made / worked
