"""What a report costs: seconds to write, memory, size, and how soon a browser shows its charts.

    python benchmarks/report.py [--keep FOLDER] [--out docs/benchmarks/report.md]

The stores hold made-up trials of fixed seed: five learners, two of which record a course, on one
instance, on twenty and on a hundred. ``--keep`` leaves them there, and finds them again. Each
report is written by a process of its own, whose clock begins when the report's modules are
imported. Where there is headless Chromium, it opens each report from the disk.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from parity_compare.algorithms.outcome import Cost, Status, Trace
from parity_compare.environment import describe
from parity_compare.experiment import Experiment
from parity_compare.results import Record
from parity_compare.storage import schema
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
began, started = time.perf_counter(), time.process_time()
results = read([sys.argv[1]]).results
loaded = time.perf_counter()
write_report(results, Path(sys.argv[2]))
ended = time.perf_counter()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
used = time.process_time() - started
print(json.dumps([len(results), loaded - began, ended - began, used, peak]))
"""
WATCH = """
(() => {
  const look = () => {
    if (window.firstChart === undefined && document.querySelector(".chart[data-drawn]")) {
      window.firstChart = performance.now();
    }
    if (window.allCharts === undefined && document.querySelector("[data-ready]")) {
      window.allCharts = performance.now();
    }
  };
  const all = { subtree: true, childList: true, attributes: true };
  new MutationObserver(look).observe(document, all);
})();
"""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
HEAD = """# Reports

What a report costs, by the trials of the store
(`python benchmarks/report.py --out docs/benchmarks/report.md`). Made-up trials of five learners
on 1, 20 and 100 instances; two of the learners record a course per trial. {runs}, on
{processor}, {cores} cores, at a load average of {load:.1f} before the first run.

| trials | read, s | written, s | CPU, s | memory, MB | file, MB | first chart, s | all charts, s |
|---:|---:|---:|---:|---:|---:|---:|---:|
"""
TAIL = """
"Written" has the reading in it; the chart library, which takes a second or two to build and some
0.8 MB of every file; and PyTorch, which takes two seconds to import where networks are forecast.
"CPU" is the same in processor time; where it is much less, the machine did other work, too. Memory
is the process's at its largest. The browser is headless Chromium on the same machine, which opens
the file from the disk; its times begin with navigation. "All charts" are those of the views that
are shown at first.
"""


@dataclass(frozen=True)
class Measured:
    """What one report costs, in seconds and bytes; ``computed`` is processor time."""

    trials: int
    read: float
    written: float
    computed: float
    memory: int
    size: int
    first: float
    ready: float


def trials(experiment: Experiment, rng: np.random.Generator) -> Iterator[Record]:
    """A made-up record for every trial of an experiment."""
    secrets: dict[tuple[int, ...], tuple[int, ...]] = {}
    for spec in experiment.specs():
        assert spec.k is not None
        name = spec.learner
        place = (spec.n, spec.k, spec.trial)
        if place not in secrets:  # which all learners meet, at every noise rate
            drawn = rng.choice(spec.n, spec.k, replace=False)
            secrets[place] = tuple(sorted(map(int, drawn)))
        secret = secrets[place]
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


def measure(store: Path, page: Path) -> Measured:
    """Write a report in a process of its own, and open it."""
    ended = subprocess.run(
        [sys.executable, "-c", WRITER, str(store), str(page)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    count, read, written, computed, kilobytes = json.loads(ended.stdout)
    first, ready = opened(page)
    size = page.stat().st_size
    return Measured(count, read, written, computed, 1024 * kilobytes, size, first, ready)


def opened(page: Path) -> tuple[float, float]:
    """Seconds until a browser has drawn the first chart, and all; nan without a browser."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        path = None
    if path is None:
        return math.nan, math.nan
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        tab.add_init_script(WATCH)
        tab.goto(page.as_uri())
        tab.wait_for_selector("html[data-ready]", timeout=300_000)
        first, ready = tab.evaluate("[window.firstChart, window.allCharts]")
        browser.close()
    return first / 1000, ready / 1000


def main() -> None:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--keep", type=Path, help="folder of the stores, made if need be")
    parser.add_argument("--out", type=Path, help="page that is written")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--most", type=int, default=max(STORES), help="trials at most")
    chosen = parser.parse_args()
    lines, load = [], os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as scratch:
        for size, experiment in STORES.items():
            if size > chosen.most:
                continue
            store = (chosen.keep or Path(scratch)) / f"trials-{size}"
            if not store.exists():
                make(store, experiment)
            page = Path(scratch) / "report.html"
            runs = [measure(store, page) for _ in range(chosen.repeats)]
            lines.append(row(runs))
            print(lines[-1], flush=True)
    if chosen.out is not None:
        environment = describe()
        head = HEAD.format(
            runs="One run" if chosen.repeats == 1 else f"Medians of {chosen.repeats} runs",
            processor=environment.get("processor", "an unknown processor"),
            cores=environment.get("cores", "?"),
            load=load,
        )
        chosen.out.write_text(head + "\n".join(lines) + "\n" + TAIL, encoding="utf-8")


def row(runs: list[Measured]) -> str:
    """Medians as a line of the table."""

    def middle(name: str) -> float:
        return statistics.median(getattr(run, name) for run in runs)

    cells = [
        f"{runs[0].trials:,}",
        f"{middle('read'):.1f}",
        f"{middle('written'):.1f}",
        f"{middle('computed'):.1f}",
        f"{middle('memory') / 1e6:,.0f}",
        f"{middle('size') / 1e6:.1f}",
        f"{middle('first'):.2f}",
        f"{middle('ready'):.1f}",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
