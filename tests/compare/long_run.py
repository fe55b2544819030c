"""Runs 200 short trials in some workers into the folder that it is given; made to be killed."""

from __future__ import annotations

import sys

from misbehaving import Deliberate

import parity_compare as pc

# A learner that needs compiled kernels would load them in every worker that replaces a killed one.
LEARNERS = tuple(
    f"deliberate[seconds={seconds}]" for seconds in (0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1)
)
TRIALS = 25
WORKERS = 3  # so that, of those that are killed and replaced, some are at work


def run(folder: str | None) -> pc.Results:
    """The run."""
    pc.register(Deliberate)
    return pc.run(LEARNERS, n=16, k=3, trials=TRIALS, seed=5, jobs=WORKERS, out=folder, batch=False)


if __name__ == "__main__":
    run(sys.argv[1])
