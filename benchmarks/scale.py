"""What a run of 10,000 short trials costs beside the trials: time per trial, bytes per trial.

    python benchmarks/scale.py [--write]

Overhead per trial and worker is wall-clock time times workers over trials, less the mean of what
the learners' clocks showed: oracles, judge, store, progress, workers' start and all. ``--write``
puts the table into docs/benchmarks/scale.md.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from parity_compare.execution.resources import Resources
from parity_compare.execution.runner import run_experiment
from parity_compare.experiment import Experiment
from parity_compare.storage.store import FILE_NAME, Store

TRIALS = 10_000
REPEATS = 3
DOCUMENT = Path(__file__).parent.parent / "docs" / "benchmarks" / "scale.md"


def measure(learner: str, jobs: int | None) -> tuple[float, float, float]:
    """Milliseconds beside the learner and in it, per trial and worker, and bytes per trial."""
    experiment = Experiment(
        learners=(learner,), n=(20,), k=(3,), trials=TRIALS, seconds=60.0, batch=False
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "results"
        began = time.perf_counter()
        with Store(folder) as store:
            results = run_experiment(experiment, store, resources=Resources(jobs))
        wall = time.perf_counter() - began
        size = (folder / FILE_NAME).stat().st_size
    assert all(record.status == "found" for record in results.records)
    inside = statistics.fmean(record.cost.seconds for record in results.records)
    per_trial = wall * (jobs or 1) / TRIALS
    return 1e3 * (per_trial - inside), 1e3 * inside, size / TRIALS


def main() -> None:
    """Measure, print, and write if asked to."""
    rows = []
    for learner in ("gf2", "exhaustive"):
        for jobs in (None, 1, 2):
            runs = [measure(learner, jobs) for _ in range(REPEATS)]
            beside, inside, size = (statistics.median(column) for column in zip(*runs, strict=True))
            workers = "this process" if jobs is None else str(jobs)
            row = f"| `{learner}` | {workers} | {beside:.2f} | {inside:.3f} | {size:.0f} |"
            print(row, flush=True)
            rows.append(row)
    if "--write" in sys.argv[1:]:
        head = [
            f"Runs of {TRIALS:,} trials at n = 20, k = 3, medians of {REPEATS} "
            "(`python benchmarks/scale.py --write`).",
            "",
            "| learner | workers | ms beside the learner, per trial and worker | ms in it "
            "| bytes of the store per trial |",
            "|---|---|---|---|---|",
        ]
        DOCUMENT.write_text("\n".join([*head, *rows]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
