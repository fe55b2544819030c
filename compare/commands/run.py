"""The command ``run``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from parity_compare.commands import exits
from parity_compare.settings import default_text

if TYPE_CHECKING:
    from parity_compare.experiment import Experiment
    from parity_compare.results import Results
    from parity_compare.settings import Settings


def run(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="An experiment file (TOML), which options override.")
    ] = None,
    algos: Annotated[
        str | None,
        typer.Option(help="Learners, comma-separated; parameters in brackets: sgd[lr=0.1]."),
    ] = None,
    n: Annotated[
        str | None,
        typer.Option(help="Numbers of bits, comma-separated.", show_default=default_text("n")),
    ] = None,
    k: Annotated[
        str | None,
        typer.Option(
            help="Sizes of the support; 'none' hides a dense parity.",
            show_default=default_text("k"),
        ),
    ] = None,
    noise: Annotated[
        str | None,
        typer.Option(help="Noise rates in [0, 0.5).", show_default=default_text("noise")),
    ] = None,
    samples: Annotated[
        str | None,
        typer.Option(
            help="Sizes of a fixed list of examples; 'none' for fresh ones.",
            show_default=default_text("samples"),
        ),
    ] = None,
    trials: Annotated[
        int | None,
        typer.Option(help="Instances per cell of the grid.", show_default=default_text("trials")),
    ] = None,
    trial: Annotated[
        int | None,
        typer.Option(
            help="Run only the trial with this number, from 0, of every cell; instead of --trials.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(help="Root of all seeds.", show_default=default_text("seed")),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(
            help="auto, cpu, cuda, or 'cpu,cuda' to contrast them.",
            show_default=default_text("device"),
        ),
    ] = None,
    time_limit: Annotated[
        str | None,
        typer.Option(
            help="Per trial, such as 60s, 2m or 1h; 'none' for no limit.",
            show_default=default_text("time-limit"),
        ),
    ] = None,
    sample_limit: Annotated[
        str | None,
        typer.Option(
            help="Most examples per trial; 'none' for no limit.",
            show_default=default_text("sample-limit"),
        ),
    ] = None,
    step_limit: Annotated[
        str | None,
        typer.Option(
            help="Most steps per trial; 'none' for no limit.",
            show_default=default_text("step-limit"),
        ),
    ] = None,
    total_time: Annotated[
        str | None,
        typer.Option(
            help="Of the whole run, such as 8h; what is left, the same command does later.",
            show_default=default_text("total-time"),
        ),
    ] = None,
    memory_limit: Annotated[
        str | None,
        typer.Option(
            help="Per worker, such as 2GB or 512MiB; 'none' for no limit.",
            show_default=default_text("memory-limit"),
        ),
    ] = None,
    tell: Annotated[
        str | None,
        typer.Option(
            help="Side information offered to the learners: k,noise or 'none'.",
            show_default=default_text("tell"),
        ),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(help="CPU threads per trial.", show_default=default_text("threads")),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(help="Worker processes.", show_default=default_text("jobs")),
    ] = None,
    backend: Annotated[
        str | None,
        typer.Option(
            help="loky for this machine, or dask for a cluster.",
            show_default=default_text("backend"),
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(help="Dask's scheduler, tcp://host:port.", show_default=False),
    ] = None,
    batch: Annotated[
        bool | None,
        typer.Option(
            "--batch/--no-batch",
            help="Train networks together; their times are marked.",
            show_default=default_text("batch"),
        ),
    ] = None,
    variant: Annotated[
        str | None,
        typer.Option(
            help="Kinds of instances: plain, blocks, random-labels (the control).",
            show_default=default_text("variant"),
        ),
    ] = None,
    probes: Annotated[
        str | None,
        typer.Option(
            help="What is recorded along a trial: standard, full or none.",
            show_default=default_text("probes"),
        ),
    ] = None,
    moments: Annotated[
        str | None,
        typer.Option(
            help="When it is recorded: log (ever rarer), or every (step).",
            show_default=default_text("moments"),
        ),
    ] = None,
    replays: Annotated[
        int | None,
        typer.Option(
            help="Trials in a row that share secret and start, on examples of their own.",
            show_default=default_text("replays"),
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(help="Folder of the results.", show_default=default_text("out")),
    ] = None,
    retry_errors: Annotated[
        bool | None,
        typer.Option(
            "--retry-errors/--no-retry-errors",
            help="Run trials that ended in an error again.",
            show_default=default_text("retry-errors"),
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Run all trials again; new results replace old ones.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be run and what it would take.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print the table as JSON on stdout, nothing else there.")
    ] = False,
) -> None:
    """Run learners head to head on the same hidden parities and write an HTML report.

    Trials that the folder already has are not run again. The table shows this command's trials;
    the report, all of the folder's.
    """
    from parity_compare.experiment_file import ExperimentFile
    from parity_compare.settings import Settings

    given = {name.replace("_", "-"): value for name, value in context.params.items()}
    settings = Settings(ExperimentFile(file) if file is not None else None, given)
    experiment = settings.experiment()
    if dry_run:
        _plan(settings, experiment, force=force, as_json=json)
    else:
        _run(settings, experiment, force=force, as_json=json)


def _plan(settings: Settings, experiment: Experiment, *, force: bool, as_json: bool) -> None:
    from parity_compare.plan import plan
    from parity_compare.storage.store import Store
    from parity_compare.terminal.plan_table import print_plan, print_plan_json

    with Store(settings.out, read_only=True) as store:
        planned = plan(
            experiment,
            store,
            settings.resources(),
            retry_errors=settings.retry_errors,
            force=force,
        )
    show = print_plan_json if as_json else print_plan
    show(planned)


def _run(settings: Settings, experiment: Experiment, *, force: bool, as_json: bool) -> None:
    from parity_compare.execution.interrupts import INTERRUPTED, Stop, stopped_by_signals
    from parity_compare.execution.runner import run_experiment
    from parity_compare.reports.loading import read
    from parity_compare.storage.store import Store
    from parity_compare.terminal.console import print_json, print_table
    from parity_compare.terminal.live import Live

    resources, out, stop = settings.resources(), settings.out, Stop()
    with Store(out) as store:
        finished = store.finished(errors=not settings.retry_errors, force=force)
        with stopped_by_signals(stop), Live(experiment, finished) as live:
            results = run_experiment(
                experiment,
                store,
                resources=resources,
                retry_errors=settings.retry_errors,
                force=force,
                progress=live.advance,
                notice=live.say,
                stop=stop,
            )
    if stop.requested:
        why = "Interrupted" if stop.reason == INTERRUPTED else "The total time is up"
        _tell_how_to_resume(why, results, out)
    if stop.reason == INTERRUPTED:
        sys.exit(exits.INTERRUPTED)
    report = read([out]).results.report()
    if as_json:
        print_json(results, report)
    else:
        print_table(results, report)
    if stop.requested:
        sys.exit(exits.OUT_OF_TIME)


def _tell_how_to_resume(why: str, results: Results, out: Path) -> None:
    print(
        f"{why}: {len(results)} finished trials are kept in {out}; the same command goes on from "
        f"there, and 'parity-compare report {out}' shows what there is.",
        file=sys.stderr,
    )
