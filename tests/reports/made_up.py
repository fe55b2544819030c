"""Made-up trials for the report's tests, of the shape and size that real ones have."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from parity_compare.algorithms.outcome import Cost, Status, Trace
from parity_compare.results import Record, Results
from parity_compare.spec import TrialSpec

ENVIRONMENT = {
    "started": "2026-01-02T03:04:05+00:00",
    "python": "3.12.1",
    "parity-compare": "0.1.0",
    "processor": "Imaginary CPU @ 3 GHz",
    "cores": "2",
}

ACCESS = {"sgd": "examples", "langevin": "examples", "sq": "queries"}
TOLD = {"gf2": "k", "exhaustive": "k, noise", "sq": "k, noise"}
UNITS = {"gf2": "word XOR", "exhaustive": "word operation", "sq": "query"}
SPEED = {"gf2": 2e-4, "exhaustive": 3e-3, "sq": 4e-3, "sgd": 0.1, "langevin": 0.4}


def record(
    learner: str = "gf2",
    trial: int = 0,
    *,
    seconds: float = 1e-3,
    solved: bool = True,
    spec: dict[str, Any] | None = None,
    cost: dict[str, Any] | None = None,
    **facts: Any,
) -> Record:
    """One trial; ``spec``, ``cost`` and ``facts`` replace values of the three records' fields."""
    name = learner.partition("[")[0]
    specification = {
        "learner": learner, "device": "cpu", "n": 30, "k": 3, "noise": 0.0, "samples": None,
        "trial": trial, "seed": 0, "told": ("k", "noise"), "seconds": 60.0, "max_samples": None,
        "max_steps": None, "threads": 1,
    } | (spec or {})  # fmt: skip
    spent = {
        "seconds": seconds, "samples": 0 if name == "sq" else 62, "queries": 0, "steps": 30,
        "operations": 1e3, "operations_unit": UNITS.get(name, "FLOP"), "peak_memory": 4096,
    } | (cost or {})  # fmt: skip
    secret = (1, 4, 7)
    whole = {
        "access": ACCESS.get(name, "sample"),
        "side_information": TOLD.get(name, ""),
        "timing": "single",
        "status": Status.FOUND if solved else Status.TIMEOUT,
        "solved": solved,
        "criterion": "support" if solved else "none",
        "accuracy": 1.0 if solved else math.nan,
        "support": secret if solved else None,
        "secret": secret,
        "message": "" if solved else "The time or step limit came first.",
        "trace": Trace(),
    } | facts
    return Record(spec=TrialSpec(**specification), cost=Cost(**spent), **whole)


def cell(learner: str, times: Sequence[float | None], **changes: Any) -> list[Record]:
    """A trial per time; None is a timeout after 60 s."""
    return [
        record(learner, trial, seconds=60.0 if t is None else t, solved=t is not None, **changes)
        for trial, t in enumerate(times)
    ]


def trace(steps: int, rng: np.random.Generator, *, solved: bool = True) -> Trace:
    """A plateau, then a fall, with the relevant weights moving ahead of the others before it."""
    moments = [s for s in _moments() if s < steps]
    t = np.array([*moments, steps], dtype=np.float64)
    u = t / steps
    relevant = 0.9 * u**1.6 if solved else 0.02 * np.sqrt(t)
    irrelevant = 0.012 * np.sqrt(t) * (1 + 0.05 * rng.standard_normal(len(t)))
    error = 0.5 / (1 + np.exp((u - 0.86) * 40)) if solved else np.full(len(t), 0.5)
    error = np.clip(error + 0.008 * rng.standard_normal(len(t)) * (error > 0.05), 0, 1)
    if solved:
        error[-1] = 0.0
    loss = 0.05 + 1.9 * error + 0.03 * rng.random(len(t))
    return Trace(
        {
            "step": t,
            "seconds": 7e-4 * t,
            "loss": loss,
            "error": error,
            "progress_relevant": relevant + 0.004 * rng.random(len(t)) * (t > 0),
            "progress_irrelevant": irrelevant,
        }
    )


def _moments() -> list[int]:
    moments, step = [], 0
    while step < 10**6:
        moments.append(step)
        step = max(step + 1, math.ceil(1.07 * step) if step >= 16 else 0)
    return moments


def demo(trials: int = 10, *, scale: float = 1.0, **instance: Any) -> list[Record]:
    """Five learners on the instance with these coordinates; Langevin fails once."""
    rng = np.random.default_rng(0)
    records = []
    for learner, speed in SPEED.items():
        for trial in range(trials):
            seconds = speed * scale * float(rng.lognormal(0, 0.15))
            if learner in ("sgd", "langevin"):
                solved = not (learner == "langevin" and trial == 6)
                steps = int((150 if learner == "sgd" else 520) * rng.lognormal(0, 0.15) * scale)
                steps = steps if solved else 40_000
                cost = {"steps": steps, "samples": 128 * steps, "operations": 1.3e6 * steps}
                course = trace(steps, rng, solved=solved)
                seconds = seconds if solved else 60.02
            else:
                solved = True
                subsets = int(4060 * rng.random()) + 1
                course = Trace()
                cost = {
                    "gf2": {"steps": 30, "operations": 930 + trial},
                    "exhaustive": {"steps": subsets, "samples": 64, "operations": 2.0 * subsets},
                    "sq": {"steps": subsets, "queries": subsets, "operations": float(subsets)},
                }[learner]
            records.append(
                record(
                    learner, trial, seconds=seconds, solved=solved, spec=instance, cost=cost,
                    trace=course,
                )
            )  # fmt: skip
    return records


def results(records: Sequence[Record], **environment: str) -> Results:
    """Results of these trials, run on an imaginary machine."""
    return Results(records, ENVIRONMENT | environment)
