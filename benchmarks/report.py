"""What a report costs: seconds to write, memory, size, and how soon a browser shows its charts.

    python benchmarks/report.py [--keep FOLDER] [--out docs/benchmarks/report.md]

The stores hold made-up trials of fixed seed: five learners, two of which record a course, on one
instance, twenty, and a hundred. ``--keep`` leaves them, and finds them again. Each report is written
by a process of its own, whose clock begins when its imports are done. Where there is
headless Chromium, it opens each report from the disk: the first chart counts from the beginning of
navigation until there is a drawn one, and "all" until those of the shown views are.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np

from parity_compare.algorithms.outcome import Cost, Status, Trace
from parity_compare.experiment import Experiment
from parity_compare.results import Record
from parity_compare.storage import schema
from parity_compare.storage.rows import Session
from parity_compare.storage.store import FILE_NAME, Store, put

LEARNERS = ("sgd", "langevin", "exhaustive", "gf2", "sq")
ACCESS = {"sgd": "examples", "langevin": "examples", "sq": "queries"}
TOLD = {"gf2": "k", "exhaustive": "k, noise", "sq": "k, noise"}
UNITS = {"gf2": "word XOR", "exhaustive": "word operation", "sq": "query"}
STORES = {
    50: Experiment(LEARNERS, n=(30,), k=(3,), trials=10, seconds=60.0),
    10_000: Experiment(
        LEARNERS, n=(20, 30, 40, 50, 60), k=(2, 3), noise=(0.0, 0.1), trials=100, seconds=60.0
    ),
    100_000: Experiment(
        LEARNERS, n=(20, 30, 40, 50, 60), k=(2, 3, 4, 5), noise=(0.0, 0.05, 0.1, 0.15, 0.2),
        trials=200, seconds=60.0,
    ),
}  # fmt: skip
WRITER = """
import json, resource, sys, time
from pathlib import Path
from parity_compare.reports.loading import read
from parity_compare.reports.report import write_report
began = time.perf_counter()
results = read([sys.argv[1]]).results
loaded = time.perf_counter()
write_report(results, Path(sys.argv[2]))
ended = time.perf_counter()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([len(results), loaded - began, ended - began, peak]))
"""
READY = """
() => ({
  drawn: document.querySelectorAll("figure svg .mark-group, .chart svg").length > 0,
  ready: document.documentElement.hasAttribute("data-ready"),
  now: performance.now(),
})
"""


def trials(experiment: Experiment, rng: np.random.Generator) -> Iterator[Record]:
    """A made-up record for every trial of an experiment."""
    for spec in experiment.specs():
        assert spec.k is not None
        name, secret = spec.learner, tuple(sorted(rng.choice(spec.n, spec.k, replace=False)))
        secret = tuple(map(int, secret))
        size = math.comb(spec.n, spec.k)
        luck = float(rng.lognormal(0, 0.3))
        solved = float(rng.random()) > {"gf2": spec.noise > 0, "langevin": 0.2}.get(name, 0.02)
        steps = {
            "sgd": 30.0 * spec.n * spec.k * luck,
            "langevin": 90.0 * spec.n * spec.k * luck,
            "exhaustive": 1 + size * float(rng.random()),
            "gf2": float(spec.n),
            "sq": 1 + size * float(rng.random()),
        }[name]
        seconds = {"sgd": 7e-4, "langevin": 8e-4, "gf2": 6e-6, "exhaustive": 1e-6, "sq": 1e-6}
        cost = Cost(
            seconds=seconds[name] * steps if solved else 60.0,
            samples={"sgd": 128, "langevin": 128, "sq": 0}.get(name, 2) * int(steps),
            queries=int(steps) if name == "sq" else 0,
            steps=int(steps),
            operations=1e4 * steps,
            operations_unit=UNITS.get(name, "FLOP"),
            peak_memory=4096,
        )
        yield Record(
            spec=spec,
            access=ACCESS.get(name, "sample"),
            side_information=TOLD.get(name, ""),
            timing="single",
            status=str(Status.FOUND if solved else Status.TIMEOUT),
            solved=solved,
            criterion="support" if solved else "none",
            accuracy=1.0 if solved else math.nan,
            support=secret if solved else None,
            secret=secret,
            cost=cost,
            message="" if solved else Status.TIMEOUT.advice,
            trace=course(int(steps), rng) if name in ("sgd", "langevin") else Trace(),
        )


def course(steps: int, rng: np.random.Generator) -> Trace:
    """A plateau and a fall, at moments that are ever rarer."""
    step = np.unique(np.geomspace(1, steps, 160).astype(np.int64)).astype(np.float64)
    part = step / steps
    return Trace(
        {
            "step": step,
            "seconds": 7e-4 * step,
            "loss": 1 - 0.9 * part**8 + 0.02 * rng.random(len(step)),
            "error": 0.5 / (1 + np.exp(40 * (part - 0.86))),
            "progress_relevant": part**1.6,
            "progress_irrelevant": 0.012 * np.sqrt(step),
        }
    )


def make(folder: Path, experiment: Experiment) -> None:
    """A store of made-up trials, in the shuffled order in which a run would have written them."""
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True)
    records = list(trials(experiment, rng))
    rng.shuffle(records)  # type: ignore[arg-type]
    with Store(folder) as store:
        planned = dict.fromkeys(LEARNERS, len(records) // len(LEARNERS))
        store.begin_session({"processor": "made up"}, planned=planned)
        store.end_session("done")
    connection = schema.connect(folder / FILE_NAME)
    connection.execute("PRAGMA synchronous = OFF")
    settings: dict[bytes, int] = {}
    for record in records:
        put(connection, record, 1, time.time(), settings)
    connection.close()
