"""Runs 200 short trials in two workers into the folder that it is given; made to be killed."""

from __future__ import annotations

import sys

from misbehaving import Deliberate

import parity_compare as pc

LEARNERS = ("deliberate", "exhaustive", "sq", "meet-in-the-middle")
TRIALS = 50


def run(folder: str | None) -> pc.Results:
    """The run."""
    pc.register(Deliberate)
    return pc.run(LEARNERS, n=16, k=3, trials=TRIALS, seed=5, jobs=2, out=folder, batch=False)


if __name__ == "__main__":
    run(sys.argv[1])
